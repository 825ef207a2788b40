"""S3-74: no text of a comment ever reaches a provider, whatever people do with comments, mentions and drafts."""

import ast
import contextlib
import random
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

import desktop_inbox
from desktop_inbox.app.office import open_office as open_command_office
from desktop_inbox.cli import EXIT_NOT_FOUND
from desktop_inbox.cli import run as run_command
from desktop_inbox.config import Config
from desktop_inbox.errors import InboxError
from desktop_inbox.events import EventBus
from desktop_inbox.models.entities.comment import AuthorKind, Comment
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.ids import ConversationId
from desktop_inbox.models.entities.timeline import TimelineEntry
from desktop_inbox.models.entities.user import Role
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work
from desktop_inbox.services.comments import CommentService
from desktop_inbox.services.inbox import InboxService
from desktop_inbox.services.settings import NOTES_SHOWN
from desktop_inbox.services.undo import UndoService
from tests.support.clock import HeldClock
from tests.support.run import eventually, run
from tests.support.scripted_provider import World
from tests.support.sending import Office, dispatching, open_office

_PACKAGE = Path(desktop_inbox.__file__).parent
#: What carries text to providers.
_SENDING = (
    "services/attempt.py", "services/automatic_answers.py", "services/channel_thread.py", "services/dispatcher.py",
    "services/enqueue.py", "services/gate.py", "services/lanes.py", "services/outbox.py", "services/provider_pool.py",
    "services/reconcile.py", "services/sending.py", "services/transitions.py", "models/repositories/outbox.py",
    "models/repositories/deliveries.py", "models/repositories/messages.py",
)  # fmt: skip
_OF_SENDING = (
    "outbox", "sending", "dispatcher", "enqueue", "gate", "providers", "provider_pool", "attempt", "channels",
    "channel_thread", "lanes", "reconcile",
)  # fmt: skip


def imports_of(path: Path) -> set[str]:
    """Every part of every module and name that a file imports."""
    parts: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            parts.update(part for alias in node.names for part in alias.name.split("."))
        elif isinstance(node, ast.ImportFrom):
            parts.update((node.module or "").split("."))
            parts.update(alias.name for alias in node.names)
    return parts


@pytest.mark.row("S3-74")
def test_comments_and_sending_share_no_code() -> None:
    for name in ("services/comments.py", "models/repositories/comments.py", "models/entities/comment.py"):
        assert not imports_of(_PACKAGE / name) & set(_OF_SENDING), name
    providers = sorted((_PACKAGE / "services" / "providers").glob("*.py"))
    assert len(providers) > 5
    for path in [*(_PACKAGE / name for name in _SENDING), *providers]:
        found = {part for part in imports_of(path) if "comment" in part.casefold()}
        assert not found, f"{path.name} imports {found}"
        assert ".comments" not in path.read_text(encoding="utf-8"), path.name


@pytest.mark.row("S3-74", "S3-73", "C01")
@pytest.mark.parametrize("seed", [1, 2])
def test_no_comment_ever_reaches_a_provider(
    open_store: Callable[..., Store], clock: HeldClock, tmp_path: Path, seed: int
) -> None:
    bus, world = EventBus(), World(clock=clock)
    office = open_office(open_store(publish=bus.publish), world, people=4)
    run(_fuzz(office, world, bus, tmp_path, random.Random(seed)))


async def _fuzz(office: Office, world: World, bus: EventBus, folder: Path, dice: random.Random) -> None:
    ben = office.store.run_sync(lambda work: work.users.add("Ben Ito", Role.AGENT))
    services = [CommentService(office.store, user_id=user) for user in (office.user_id, ben.id)]
    inbox = InboxService(office.store, world.clock, office.user_id)
    undo = UndoService(office.store, user_id=office.user_id)
    made: list[Comment] = []
    sent: list[str] = []
    async with dispatching(office, bus, folder):
        for step in range(90):
            person = dice.choice(office.people)
            secret = f"SECRET-{step} {dice.choice(('@Ben Ito', '@Ada', '', '/vip $contact.name', 'STOP'))}"
            with contextlib.suppress(InboxError):  # such as changing what somebody else wrote: refused, no more
                await _do(dice, dice.choice(services), person.conversation_id, secret, made, undo, inbox)
            if dice.random() < 0.2:
                sent.append(f"Reply {step}")
                await office.outbox.queue(
                    person.conversation_id,
                    sent[-1],
                    channel_id=office.channel.id,
                    address_id=person.address_id,
                    client_uuid=str(uuid.uuid4()),
                )
        await eventually(lambda: len(world.taken) == len(sent))
    assert made
    assert sorted(request.text for _, request in world.requests) == sorted(sent)
    assert not any("SECRET" in repr(request) for _, request in world.requests)
    stored = await office.store.read(_stored)
    assert stored["comments"] > 0
    assert stored["messages"] == stored["drafts"] == 0


def _stored(work: Work) -> dict[str, int]:
    """How many rows of what is sent, and of comments, hold the words of a comment."""
    count = "SELECT count(*) FROM {} WHERE substr(text, 1, 6) = 'SECRET'"
    return {
        table: work.connection.exec_driver_sql(count.format(table)).scalar_one()
        for table in ("messages", "drafts", "comments")
    }


async def _do(
    dice: random.Random,
    service: CommentService,
    conversation_id: ConversationId,
    secret: str,
    made: list[Comment],
    undo: UndoService,
    inbox: InboxService,
) -> None:
    kind = dice.choice(("add", "add", "note", "draft", "edit", "delete", "undo", "reply draft"))
    if kind == "add":
        made.append(await service.add(conversation_id, secret))
    elif kind == "note":
        made.append(await service.note(conversation_id, secret, author="Voicemail"))
    elif kind == "draft":
        await service.save_draft(conversation_id, secret)
    elif kind == "edit" and made:
        await service.edit(dice.choice(made).id, f"{secret} edited")
    elif kind == "delete" and made:
        await service.delete(dice.choice(made).id)
    elif kind == "undo":
        await undo.undo_last()
    elif kind == "reply draft":
        await inbox.save_draft(conversation_id, "half a reply")


@pytest.mark.row("S4-06", "S4-03", "S4-07", "S3-74")
def test_a_note_left_by_a_program_appears_and_is_not_sent(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DESKTOP_INBOX_HOME", str(tmp_path))

    async def prepare() -> ConversationId:
        config = Config.load(None)
        config.prepare()
        async with open_command_office(config) as office:
            contact = await office.store.run(lambda work: work.contacts.add([(Scheme.TEL, "+14155550148")]))
            return await office.contacts.conversation_of(contact.id)

    async def look() -> tuple[tuple[TimelineEntry, ...], int]:
        async with open_command_office(Config.load(None)) as office:
            page = await office.inbox.timeline(conversation_id)
            await office.settings.set(NOTES_SHOWN, False)
            return page.entries, await office.outbox.waiting_count()

    conversation_id = run(prepare())
    command = ("note", "+1 415 555 0148")
    assert run_command((*command, "Please call back", "--author", "Voicemail")) == 0
    assert run_command(("note", "+1 415 555 0199", "Nobody")) == EXIT_NOT_FOUND
    assert run_command((*command, "x" * 1001)) != 0
    assert "1,000" in capsys.readouterr().err
    (note,), waiting = run(look())
    assert isinstance(note, Comment)
    assert (note.text, note.author_kind, note.author_name) == ("Please call back", AuthorKind.EXTERNAL, "Voicemail")
    assert waiting == 0
    assert run_command((*command, "Switched off meanwhile")) != 0
    assert "switched off" in capsys.readouterr().err
