"""The hash-chained delivery ledger."""

from .base import Repository


class LedgerRepository(Repository):
    """The hash-chained delivery ledger."""
