"""A snooze that ends while the program is closed."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from desktop_inbox.app.office import Office, open_office
from desktop_inbox.config import Config
from desktop_inbox.models.entities.conversation import View
from desktop_inbox.models.entities.ids import ConversationId
from tests.support.clock import HeldClock
from tests.support.run import run


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    """A profile of its own."""
    monkeypatch.setenv("DESKTOP_INBOX_HOME", str(tmp_path))
    made = Config.load(None)
    made.prepare()
    return made


async def returned(office: Office, key: ConversationId) -> None:
    """Wait until a conversation is back."""
    async with asyncio.timeout(60):
        while not (await office.inbox.summaries([key], view=View.NEW)):
            await asyncio.sleep(0.02)


@pytest.mark.row("S3-35", "S2-45")
def test_what_was_due_while_the_program_was_closed_is_back_at_the_next_start(config: Config) -> None:
    clock = HeldClock()

    async def before() -> ConversationId:
        async with open_office(config, clock=clock) as office:
            key = await office.contacts.start("+14155550148")
            await office.states.snooze([key], clock() + timedelta(minutes=20))
            async with office.carrying():
                await office.scheduler.run_due()
            assert not await office.inbox.summaries([key], view=View.NEW)
            return key

    key = run(before())
    clock.advance(timedelta(hours=3))

    async def after() -> None:
        async with open_office(config, clock=clock) as office:
            assert not await office.inbox.summaries([key], view=View.NEW)
            async with office.carrying():
                await returned(office, key)
            (row,) = await office.inbox.summaries([key])
            assert row.returned_at == clock()

    run(after())
