"""Deleting conversations for good, and who may."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import func, select

from desktop_inbox.errors import InvalidInputError, NotFoundError, PermissionDeniedError
from desktop_inbox.events import ScheduleChanged
from desktop_inbox.models import schema
from desktop_inbox.models.entities.attachment import AttachmentState
from desktop_inbox.models.entities.batch import RecipientState
from desktop_inbox.models.entities.ids import ConversationId
from desktop_inbox.models.entities.user import Role
from desktop_inbox.models.repositories.batches import NewRecipient, Settled
from desktop_inbox.models.work import Work
from desktop_inbox.services.deletion import DeletionQuestion, DeletionService
from desktop_inbox.services.settings import DELETION
from desktop_inbox.services.undo import UndoService
from tests.integration import test_inbound
from tests.integration.test_state_rules import RuleDesk
from tests.support.offices import Office
from tests.support.run import run

SECRET = "quetzalcoatl"
SHA = "ab" * 32


@pytest.fixture
def desk(office: Office) -> RuleDesk:
    return RuleDesk(office)


@pytest.fixture
def purged() -> list[str]:
    return []


@pytest.fixture
def deletion(office: Office, purged: list[str]) -> DeletionService:
    return DeletionService(office.store, user_id=office.user.id, purge=purged.extend)


def count(office: Office, table: str) -> int:
    query = select(func.count()).select_from(schema.metadata.tables[table])
    return int(office.store.read_sync(lambda work: work.connection.execute(query).scalar_one()))


def full(desk: RuleDesk) -> ConversationId:
    """A conversation with everything that holds a text."""
    maria = desk.write(f"my {SECRET} hurts")
    desk.reply(maria, f"your {SECRET}?")

    def more(work: Work) -> None:
        (message, *_) = work.timeline.since(maria, 0, 1).entries
        work.attachments.add(message.id, state=AttachmentState.READY, sha256=SHA, original_name=f"{SECRET}.png")
        work.drafts.save(maria, desk.office.user.id, f"about {SECRET}")
        values = {"author_kind": "user", "text": SECRET, "text_key": SECRET, "author_name": "Dana"}
        key = work.new_entry_id(work.now(), schema.comments)
        work.connection.execute(schema.comments.insert().values(id=key, conversation_id=maria, **values))
        with work.undo.step(desk.office.user.id, "comment_changed", details={"text": SECRET}) as step:
            step.watch("comments", conversation_id=[maria])
            work.connection.execute(schema.comments.update().values(text=f"{SECRET}!"))

    desk.office.store.run_sync(more)
    return maria


@pytest.mark.row("S4-36", "S4-37")
def test_the_question_names_how_much_it_is(desk: RuleDesk, deletion: DeletionService) -> None:
    maria = desk.write()
    desk.write("two")
    other = desk.write("three", "+491701234567")
    assert run(deletion.ask([maria])) == DeletionQuestion(conversations=1, messages=2)
    assert run(deletion.ask([maria, other])) == DeletionQuestion(conversations=2, messages=3)
    with pytest.raises(NotFoundError):
        run(deletion.ask([ConversationId(10**9)]))


@pytest.mark.row("S4-38", "C5")
def test_nothing_that_was_said_is_left_anywhere(desk: RuleDesk, deletion: DeletionService, purged: list[str]) -> None:
    office = desk.office
    maria, other = full(desk), desk.write("something else", "+491701234567")
    ledger = count(office, "delivery_ledger")
    deleted = run(deletion.delete([maria]))
    assert (deleted.conversations, deleted.messages, deleted.skipped) == (1, 2, 0)
    assert purged == [SHA]
    for table in ("messages", "conversations"):
        assert count(office, table) == 1, table
    for table in ("comments", "drafts", "attachments", "outbox", "attempts"):
        assert count(office, table) == 0, table
    assert count(office, "delivery_ledger") > ledger
    found = office.store.read_sync(lambda work: str(work.connection.execute(schema.delivery_ledger.select()).all()))
    assert SECRET not in found
    steps = office.store.read_sync(lambda work: str(work.connection.execute(schema.undo_steps.select()).all()))
    assert SECRET not in steps
    assert office.store.read_sync(lambda work: work.contacts.find("600123456", limit=2))
    assert desk.row(other).snippet == "something else"


@pytest.mark.row("S4-38", "S5-10", "S1-24")
def test_what_a_file_said_of_somebody_and_replies_for_later_go_as_well(
    desk: RuleDesk, deletion: DeletionService
) -> None:
    office = desk.office
    maria = desk.write("hello")

    def add(work: Work) -> None:
        contact_id = work.conversations.contact_of(maria)
        assert contact_id is not None
        contact = work.contacts.get(contact_id)
        assert contact is not None
        at = work.now()
        to = {"channel_id": office.channel.id, "text": SECRET, "files": {}, "audience": {}, "options": {}}
        batch = work.batches.add(
            month="2611", kind="file", status="sending", user_id=office.user.id, created_at=at, due_at=at, **to
        )
        new = NewRecipient(contact_id=contact_id, address_id=contact.addresses[0].id, line=2, variables={"sum": SECRET})
        work.batches.add_recipients(batch, [new])
        (one,) = work.batches.recipients(batch)
        said = work.timeline.since(maria, 0, 1).entries[0]
        work.batches.settle([Settled(recipient_id=one.id, state=RecipientState.QUEUED, message_id=said.id)])
        work.schedules.add(
            kind="reply", state="active", conversation_id=maria, address_id=contact.addresses[0].id,
            starts_at="2030-01-01T09:00:00", zone="UTC", **to,
        )  # fmt: skip

    office.store.run_sync(add)
    office.heard.clear()
    run(deletion.delete([maria]))
    recipients = office.store.read_sync(
        lambda work: str(work.connection.execute(schema.batch_recipients.select()).all())
    )
    assert SECRET not in recipients
    assert count(office, "batch_recipients") == 1  # that there was one stays known
    assert count(office, "schedules") == 0
    assert ScheduleChanged() in office.heard


@pytest.mark.row("S4-38")
def test_the_file_of_the_database_does_not_hold_it_any_more(sqlite_office: Office) -> None:
    desk = RuleDesk(sqlite_office)
    deletion = DeletionService(sqlite_office.store, user_id=sqlite_office.user.id, purge=lambda _files: None)
    for number in range(40):
        desk.write(f"filler {number}", "+491701234567")
    maria = full(desk)
    path = sqlite_office.store.path
    assert path is not None
    run(deletion.delete([maria]))
    run(_closed(sqlite_office))
    left = b"".join(file.read_bytes() for file in Path(path).parent.glob(f"{path.name}*"))
    assert SECRET.encode() not in left
    assert b"filler 7" in left


async def _closed(office: Office) -> None:
    await asyncio.to_thread(office.store.close)


@pytest.mark.row("S4-38")
def test_a_provider_that_delivers_it_again_is_not_believed(desk: RuleDesk, deletion: DeletionService) -> None:
    message = desk.inbound.message("once")
    desk.inbound.take(message)
    maria = desk.inbound.summary().id
    run(deletion.delete([maria]))
    taken = desk.inbound.take(message)
    assert (taken.messages, taken.duplicates) == (0, 1)
    again = desk.write("new words")
    assert desk.row(again).snippet == "new words"
    assert again != maria or desk.office.store.dialect == "sqlite"


@pytest.mark.row("S4-38")
def test_what_waits_to_be_sent_is_cancelled_and_what_is_leaving_keeps_its_conversation(
    desk: RuleDesk, deletion: DeletionService
) -> None:
    maria = desk.write()
    desk.reply(maria)
    other = desk.write("hello", "+491701234567")
    desk.reply(other)

    def leaving(work: Work) -> None:
        values = {"state": "unknown", "reason": "unclear"}
        mine = schema.outbox.c.conversation_id == other
        work.connection.execute(schema.outbox.update().where(mine).values(**values))

    desk.office.store.run_sync(leaving)
    deleted = run(deletion.delete([maria, other]))
    assert (deleted.conversations, deleted.skipped) == (1, 1)
    kinds = desk.office.store.read_sync(
        lambda work: [row.kind for row in work.connection.execute(select(schema.delivery_ledger.c.kind))]
    )
    assert "conversation_deleted" in kinds
    with pytest.raises(InvalidInputError, match="just leaving"):
        run(deletion.delete([other]))


@pytest.mark.row("S4-39")
@pytest.mark.parametrize(
    ("policy", "role", "allowed"),
    [
        ("everybody", Role.AGENT, True),
        ("administrators", Role.AGENT, False),
        ("administrators", Role.ADMINISTRATOR, True),
        ("nobody", Role.ADMINISTRATOR, False),
    ],
)
def test_the_office_decides_who_may(sqlite_office: Office, policy: str, role: Role, allowed: bool) -> None:
    desk = RuleDesk(sqlite_office)
    user = sqlite_office.store.run_sync(lambda work: work.users.add("Sam", role))
    deletion = DeletionService(sqlite_office.store, user_id=user.id, purge=lambda _files: None)
    sqlite_office.store.run_sync(lambda work: work.settings.set(DELETION.key, policy))
    maria = desk.write()
    if allowed:
        assert run(deletion.delete([maria])).conversations == 1
        return
    with pytest.raises(PermissionDeniedError):
        run(deletion.ask([maria]))
    with pytest.raises(PermissionDeniedError):
        run(deletion.delete([maria]))
    assert desk.row(maria).snippet == "hello"


@pytest.mark.row("S4-38")
def test_a_file_that_somebody_else_has_too_stays(desk: RuleDesk, deletion: DeletionService, purged: list[str]) -> None:
    maria, other = full(desk), desk.write("something else", "+491701234567")

    def share(work: Work) -> None:
        (message,) = work.timeline.since(other, 0, 1).entries
        work.attachments.add(message.id, state=AttachmentState.READY, sha256=SHA)

    desk.office.store.run_sync(share)
    run(deletion.delete([maria]))
    assert purged == []


@pytest.mark.row("D-20", "S4-38")
def test_what_was_done_before_can_still_be_undone_for_others(desk: RuleDesk, deletion: DeletionService) -> None:
    maria, other = desk.write(), desk.write("hello", "+491701234567")
    run(desk.states.pin([maria, other]))
    run(deletion.delete([maria]))
    undone = run(UndoService(desk.office.store, user_id=desk.office.user.id).undo_last())
    assert undone is not None
    assert (undone.restored, undone.changed_since) == (1, 0)
    assert not desk.row(other).pinned
    assert test_inbound.MARIA in {row.address for row in run(desk.inbox.summaries([desk.write()]))}
