"""Ids of entries that are about to be made, in the order in which things were said."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from desktop_inbox.models.entities.ids import ConversationId, EntryId, entry_time
from desktop_inbox.models.work import Work

#: An entry's id may be that far ahead of the clock so that it still comes after what was said before.
_AHEAD: Final = timedelta(minutes=10)


def draw(work: Work, places: Sequence[tuple[ConversationId, int]], now: datetime) -> list[EntryId]:
    """Free ids, each for a conversation with its last entry, and behind what was said before it there."""
    while True:
        last: dict[ConversationId, int] = {}
        keys: list[EntryId] = []
        for conversation_id, last_entry_id in places:
            after = max(last_entry_id, last.get(conversation_id, 0))
            keys.append(work.draw_entry_id(_moment_after(now, after), after=after))
            last[conversation_id] = keys[-1]
        if len(set(keys)) == len(keys) and not work.taken_messages(keys):
            return keys


def _moment_after(now: datetime, last_entry_id: int) -> datetime:
    """The message's moment: now, or that of the last entry when another computer's clock is ahead."""
    last = entry_time(last_entry_id)
    return last if now < last <= now + _AHEAD else now
