"""A real store that fails when a test says so."""

import contextlib
from collections.abc import Callable
from typing import Any, TypeVar

from desktop_inbox.errors import StoreError
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work

T = TypeVar("T")


class TroubledStore:
    """Hands everything to ``store``, but the next so many reads or writes raise ``trouble`` instead."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.reads_that_fail = self.runs_that_fail = 0
        self.trouble: Exception = StoreError("store_unreachable", "The database cannot be reached.")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def read(self, work: Callable[[Work], T]) -> T:
        if self.reads_that_fail:
            self.reads_that_fail -= 1
            raise self.trouble
        return await self._store.read(work)

    async def run(self, work: Callable[[Work], T]) -> T:
        if self.runs_that_fail:
            self.runs_that_fail -= 1
            raise self.trouble
        return await self._store.run(work)


class _AgainError(Exception):
    """The database asks for the transaction once more."""


class RepeatingStore:
    """Hands everything to ``store``, but each write is done, rolled back and done once more, as after a deadlock."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def run(self, work: Callable[[Work], T]) -> T:
        def in_vain(opened: Work) -> None:
            work(opened)
            opened.flush()
            raise _AgainError

        with contextlib.suppress(_AgainError):
            await self._store.run(in_vain)
        return await self._store.run(work)
