"""SendingPause: lets what waited leave at once when the office sends again (S1-25)."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace

from desktop_inbox.errors import InboxError
from desktop_inbox.events import ChannelChanged, EventBus, SettingChanged
from desktop_inbox.models.entities.outbox import SENDING_PAUSED as HELD_FOR
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work
from desktop_inbox.services.settings import SENDING_PAUSED, SettingsService
from desktop_inbox.services.transitions import Transitions

_log = logging.getLogger(__name__)


class SendingPause:
    """Asks the settings whether nothing may leave; ``follow`` hears when that ends, wherever it was chosen."""

    def __init__(self, store: Store, settings: SettingsService) -> None:
        self._store, self._settings = store, settings
        self._tasks: set[asyncio.Task[None]] = set()

    def is_on(self) -> bool:
        """Whether the whole office sends nothing for now."""
        return self._settings.get(SENDING_PAUSED)

    def follow(self, bus: EventBus) -> Callable[[], None]:
        """Release what is held as soon as the pause ends; returns the unsubscriber."""

        def heard(event: SettingChanged) -> None:
            if event.key == SENDING_PAUSED.key and not self.is_on():
                task = asyncio.get_running_loop().create_task(self._release())
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

        return bus.subscribe(SettingChanged, heard)

    async def _release(self) -> None:
        try:
            await self._store.run(release)
        except InboxError as error:  # the sender looks at held messages every quarter of an hour anyway
            _log.warning("what was held during the pause is released later: %s", error.code)


def release(work: Work) -> None:
    """Make due what was held while the office sent nothing; the gate sees it again before it leaves."""
    rules, at = Transitions(), work.outbox.now()
    held = work.outbox.held_for(HELD_FOR)
    work.outbox.apply([rules.let_go(replace(entry, due_at=at), at) for entry in held])
    for channel_id in sorted({entry.channel_id for entry in held}):  # wakes whoever sends for it
        work.announce(ChannelChanged(channel_id=channel_id))
