"""Messages on their way out."""

from .base import Repository


class OutboxRepository(Repository):
    """Messages on their way out."""
