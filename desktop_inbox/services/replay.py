"""Replay: what the journal kept is recorded, and one result that cannot be recorded holds up none of the others."""

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path

from desktop_inbox.errors import StoreError
from desktop_inbox.models.entities.outbox import SendOutcome
from desktop_inbox.models.store import Store
from desktop_inbox.services.journal import Journal
from desktop_inbox.services.sending import Sending

_log = logging.getLogger(__name__)


async def replay(store: Store, sending: Sending, journal: Journal, *, others: bool = False) -> None:
    """Record what this process kept; with ``others`` also what earlier processes left.

    StoreError while the database takes nothing; what the database refuses for good is set aside.
    """
    if not others and not journal.pending:
        return
    for path in await asyncio.to_thread(journal.left_behind):
        if others or journal.is_mine(path):
            try:
                await _replay_one(store, sending, journal, path)
            except OSError as error:  # a file that cannot be read or set aside must not end all sending
                _log.error("a journal of sends is left for later (%s)", type(error).__name__)


async def _replay_one(store: Store, sending: Sending, journal: Journal, path: Path) -> None:
    taken, kept = await asyncio.to_thread(journal.take, path)
    refused = await _record(store, sending, kept) if kept else ()
    if refused:
        await asyncio.to_thread(journal.set_aside, refused)
    await asyncio.to_thread(journal.forget, taken)


async def _record(store: Store, sending: Sending, kept: Sequence[SendOutcome]) -> tuple[SendOutcome, ...]:
    """Record results, together or, where one of them is refused, one by one; returns those refused."""
    try:
        await store.run(lambda work: sending.record(work, kept))
    except StoreError:
        raise  # the database takes nothing now; everything stays in the journal
    except Exception as error:  # noqa: BLE001 - one of them is at fault; the text of an error may hold anything
        if len(kept) > 1:
            return tuple([lost for outcome in kept for lost in await _record(store, sending, (outcome,))])
        _log.error(
            "the result of send %s cannot be recorded and is set aside (%s)", kept[0].outbox_id, type(error).__name__
        )
        return tuple(kept)
    return ()
