"""Desktop Inbox: a shared messaging inbox that keeps its data with the office."""

__version__ = "0.1.0"
