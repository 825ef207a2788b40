"""What waits to be sent later is shown in its own conversation alone."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from desktop_inbox.app.program import services_of
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.ids import ConversationId
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.panes.composer_widgets import ComposerWidgets
from desktop_inbox.views.panes.send_later import SendLater
from tests.integration.test_schedules_window import Desk, desk
from tests.support.qt import stage

__all__ = ["desk", "stage"]


class SlowSchedules:
    """Answers for one conversation only when told to."""

    def __init__(self, schedules: Any, slow: ConversationId) -> None:
        self._schedules, self._slow = schedules, slow
        self.waiting, self.answered = False, asyncio.Event()

    async def of_conversation(self, conversation_id: ConversationId) -> Any:
        rows = await self._schedules.of_conversation(conversation_id)
        if conversation_id == self._slow:
            self.waiting = True
            await self.answered.wait()
        return rows


@pytest.mark.row("UX-C09")
def test_what_waits_in_a_conversation_that_was_left_is_not_shown_in_another(desk: Desk) -> None:
    def somebody_else(work):  # type: ignore[no-untyped-def]
        return work.conversations.of_contact(work.contacts.add([(Scheme.TEL, "+14155550149")], first_name="Ben").id)

    other = desk.store.run_sync(somebody_else)
    desk.add(20)
    slow = SlowSchedules(desk.office.schedules, desk.conversation)
    widgets = ComposerWidgets(Formats(desk.clock))
    shown = [desk.conversation]
    services = replace(services_of(desk.office), schedules=slow)  # type: ignore[arg-type]
    later = SendLater(widgets, services, desk.stage.tasks, desk.bridge, lambda: shown[0])
    later.open(desk.conversation)
    desk.stage.until(lambda: slow.waiting)
    shown[0] = other
    later.open(other)
    desk.stage.until(lambda: desk.stage.tasks.count == 1)  # the other one is read
    slow.answered.set()
    desk.stage.settle()
    assert later.rows == ()
    shown[0] = desk.conversation
    later.open(desk.conversation)
    desk.stage.until(lambda: len(later.rows) == 1)
    widgets.deleteLater()
