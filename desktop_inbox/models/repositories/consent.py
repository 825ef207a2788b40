"""The consent ledger."""

from .base import Repository


class ConsentRepository(Repository):
    """The consent ledger."""
