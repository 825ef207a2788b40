"""Steps that can be taken back, on both databases."""

import pytest

from desktop_inbox.errors import InvalidInputError, NotFoundError, PermissionDeniedError
from desktop_inbox.events import ContactChanged, ConversationChanged, StepTaken, StepUndone
from desktop_inbox.models import schema
from desktop_inbox.models.entities.ids import ContactId, ConversationId, UndoStepId, UserId
from desktop_inbox.models.entities.user import Role
from desktop_inbox.models.repositories import undo as undo_repository
from desktop_inbox.models.work import Work
from desktop_inbox.services.undo import UndoService
from tests.integration.test_inbox import Desk
from tests.support.offices import Office
from tests.support.run import run

pytestmark = pytest.mark.row("D-20")


@pytest.fixture
def desk(office: Office) -> Desk:
    return Desk(office)


@pytest.fixture
def undo(office: Office) -> UndoService:
    return UndoService(office.store, user_id=office.user.id)


def tag(office: Office, contact_id: int, name: str = "VIP") -> UndoStepId:
    """Give a contact a tag, as a service does it."""

    def work_on(work: Work) -> UndoStepId | None:
        with work.undo.step(office.user.id, "tag_added", details={"tag": name}) as step:
            step.watch(schema.contact_tags, contact_id=[contact_id])
            step.watch("tags", name_key=[name.lower()])
            values = {"name": name, "name_key": name.lower(), "created_at": work.now()}
            key = work.connection.execute(
                schema.tags.insert().values(**values).returning(schema.tags.c.id)
            ).scalar_one()
            work.connection.execute(schema.contact_tags.insert().values(contact_id=contact_id, tag_id=key))
        return step.id

    key = office.store.run_sync(work_on)
    assert key is not None
    return key


def rename(office: Office, contact_id: ContactId, name: str) -> UndoStepId:
    def work_on(work: Work) -> UndoStepId | None:
        with work.undo.step(office.user.id, "contact_renamed") as step:
            step.watch(schema.contacts, id=[contact_id])
            work.contacts.change(contact_id, first_name=name)
        return step.id

    key = office.store.run_sync(work_on)
    assert key is not None
    return key


def rows(office: Office, table: str) -> list[tuple[object, ...]]:
    query = schema.metadata.tables[table].select()
    return sorted(tuple(row) for row in office.store.read_sync(lambda work: work.connection.execute(query).all()))


def test_rows_that_were_added_go_again(office: Office, desk: Desk, undo: UndoService) -> None:
    contact = desk.contact("Ann")
    tag(office, contact.id)
    assert len(rows(office, "contact_tags")) == len(rows(office, "tags")) == 1
    undone = run(undo.undo_last())
    assert undone is not None
    assert (undone.step.kind, undone.step.details, undone.restored) == ("tag_added", {"tag": "VIP"}, 2)
    assert rows(office, "contact_tags") == rows(office, "tags") == []


def test_rows_that_were_removed_come_back_with_what_they_hang_on(office: Office, desk: Desk, undo: UndoService) -> None:
    contact = desk.contact("Ann")
    tag(office, contact.id)
    before = rows(office, "contact_tags"), rows(office, "tags")

    def remove(work: Work) -> None:
        with work.undo.step(office.user.id, "tag_deleted") as step:
            step.watch(schema.contact_tags, contact_id=[contact.id])
            step.watch(schema.tags, name_key=["vip"])
            work.connection.execute(schema.tags.delete())

    office.store.run_sync(remove)
    assert rows(office, "contact_tags") == []
    run(undo.undo_last())
    assert (rows(office, "contact_tags"), rows(office, "tags")) == before


def test_a_name_is_found_again_under_what_it_was(office: Office, desk: Desk, undo: UndoService) -> None:
    contact = desk.contact("Ann")
    conversation = office.conversation_of(contact)
    rename(office, contact.id, "Zoë")
    office.heard.clear()
    run(undo.undo_last())
    found = office.store.read_sync(lambda work: work.contacts.find("ann", limit=5))
    assert [one.first_name for one in found] == ["Ann"]
    assert office.store.read_sync(lambda work: work.contacts.find("zoe", limit=5)) == ()
    row = office.store.read_sync(lambda work: work.connection.execute(schema.contacts.select()).one())
    assert row.name_key == "ann"
    assert ContactChanged(contact_id=contact.id) in office.heard
    assert ConversationChanged(conversation_id=conversation) in office.heard


def test_the_timeline_says_that_something_was_undone_and_forgets_nothing(
    office: Office, desk: Desk, undo: UndoService
) -> None:
    contact = desk.contact("Ann")
    conversation = office.conversation_of(contact)
    desk.note(conversation, "contact_renamed")
    rename(office, contact.id, "Zoë")
    run(undo.undo_last())
    page = office.store.read_sync(lambda work: work.timeline.since(conversation, 0, 10))
    assert [(entry.kind, dict(entry.details)) for entry in page.entries] == [  # type: ignore[union-attr]
        ("contact_renamed", {}),
        ("undone", {"kind": "contact_renamed"}),
    ]
    assert page.entries[-1].actor_name == "Dana Reyes"  # type: ignore[union-attr]


def test_what_was_changed_since_is_left_and_counted(office: Office, desk: Desk, undo: UndoService) -> None:
    ann, bob = desk.contact("Ann"), desk.contact("Bob")

    def company(work: Work) -> None:
        with work.undo.step(office.user.id, "field_changed", count=2) as step:
            step.watch(schema.contacts, id=[ann.id, bob.id])
            for contact in (ann, bob):
                work.contacts.change(contact.id, company="Mill")

    office.store.run_sync(company)
    office.store.run_sync(lambda work: work.contacts.change(ann.id, company="Bakery"))
    office.store.run_sync(lambda work: work.contacts.change(bob.id, language="fr"))
    undone = run(undo.undo_last())
    assert undone is not None
    assert (undone.restored, undone.changed_since) == (1, 1)
    people = office.store.read_sync(lambda work: work.contacts.many([ann.id, bob.id]))
    assert [(one.company, one.language) for one in people] == [("Bakery", ""), ("", "fr")]


def test_an_address_that_somebody_else_has_by_now_is_left(office: Office, desk: Desk, undo: UndoService) -> None:
    ann = desk.contact("Ann")
    (address,) = ann.addresses

    def remove(work: Work) -> None:
        with work.undo.step(office.user.id, "address_removed") as step:
            step.watch(schema.contact_addresses, contact_id=[ann.id])
            work.connection.execute(schema.contact_addresses.delete())
            work.search.index_contact(ann.id)

    office.store.run_sync(remove)
    office.contact(address.path, first_name="Bob")
    undone = run(undo.undo_last())
    assert undone is not None
    assert (undone.restored, undone.changed_since) == (0, 1)
    assert len(rows(office, "contact_addresses")) == 1


def test_a_contact_that_was_added_goes_again_unless_somebody_wrote(
    office: Office, desk: Desk, undo: UndoService
) -> None:
    def add(name: str) -> ConversationId:
        def work_on(work: Work) -> ConversationId:
            with work.undo.step(office.user.id, "contact_added") as step:
                step.watch(schema.contacts, name_key=[name])
                contact = work.contacts.add([], first_name=name)
                conversation = work.conversations.of_contact(contact.id)
            return conversation

        return office.store.run_sync(work_on)

    add("silent")
    desk.hear(add("talking"))
    undone = [run(undo.undo(step.id)) for step in run(undo.history())]
    assert [(one.restored, one.changed_since) for one in undone] == [(0, 1), (1, 0)]
    assert [row.first_name for row in desk.office.store.read_sync(lambda w: w.contacts.find("", limit=9))] == [
        "talking"
    ]
    assert office.store.read_sync(lambda work: work.contacts.find("silent", limit=5)) == ()


def test_a_step_is_told_once_and_undone_once(office: Office, desk: Desk, undo: UndoService) -> None:
    office.heard.clear()
    contact = desk.contact("Ann")
    key = tag(office, contact.id)
    assert [event for event in office.heard if isinstance(event, StepTaken)] == [
        StepTaken(step_id=key, user_id=office.user.id, kind="tag_added", count=1)
    ]
    run(undo.undo(key))
    assert StepUndone(step_id=key, user_id=office.user.id) in office.heard
    with pytest.raises(InvalidInputError, match="already"):
        run(undo.undo(key))
    assert run(undo.undo_last()) is None
    assert [step.undone_at for step in run(undo.history())] == [office.clock()]


def test_steps_are_undone_in_any_order_and_by_nobody_else(office: Office, desk: Desk, undo: UndoService) -> None:
    ann, bob = desk.contact("Ann"), desk.contact("Bob")
    first = tag(office, ann.id, "VIP")
    tag(office, bob.id, "late")
    run(undo.undo(first))
    assert [row[0] for row in rows(office, "contact_tags")] == [bob.id]
    colleague = office.store.run_sync(lambda work: work.users.add("Sam", Role.AGENT))
    (last, _) = run(undo.history())
    theirs = UndoService(office.store, user_id=colleague.id)
    assert run(theirs.history()) == ()
    with pytest.raises(PermissionDeniedError):
        run(theirs.undo(last.id))
    with pytest.raises(NotFoundError):
        run(undo.undo(UndoStepId(10**9)))


def test_nothing_is_kept_where_nothing_changed(office: Office, desk: Desk, undo: UndoService) -> None:
    contact = desk.contact("Ann")

    def idle(work: Work) -> object:
        with work.undo.step(office.user.id, "contact_renamed") as step:
            step.watch(schema.contacts, id=[contact.id])
        return step.id

    assert office.store.run_sync(idle) is None
    assert run(undo.history()) == ()


def test_a_step_within_a_step_belongs_to_it(office: Office, desk: Desk, undo: UndoService) -> None:
    contact = desk.contact("Ann")

    def nested(work: Work) -> None:
        with work.undo.step(office.user.id, "outer") as outer:
            outer.watch(schema.contacts, id=[contact.id])
            work.contacts.change(contact.id, company="Mill")
            with work.undo.step(office.user.id, "inner") as inner:
                inner.watch(schema.contacts, id=[contact.id])
                work.contacts.change(contact.id, first_name="Anna")

    office.store.run_sync(nested)
    assert [step.kind for step in run(undo.history())] == ["outer"]
    run(undo.undo_last())
    (now,) = office.store.read_sync(lambda work: work.contacts.many([contact.id]))
    assert (now.first_name, now.company) == ("Ann", "")


def test_a_step_of_several_transactions_is_one_step(office: Office, desk: Desk, undo: UndoService) -> None:
    people = [desk.contact(f"P{number}") for number in range(6)]
    head: UndoStepId | None = None
    for start in range(0, 6, 2):

        def part(work: Work, start: int = start, head: UndoStepId | None = head) -> UndoStepId | None:
            with work.undo.step(office.user.id, "field_changed", count=2, part_of=head, quiet=True) as step:
                step.watch(schema.contacts, id=[one.id for one in people[start : start + 2]])
                for one in people[start : start + 2]:
                    work.contacts.change(one.id, company="Mill")
            return step.id

        head = head or office.store.run_sync(part)
        if start:
            office.store.run_sync(part)
    office.store.run_sync(lambda work: work.undo.tell(head or UndoStepId(0)))
    assert isinstance(office.heard[-1], StepTaken)
    assert office.heard[-1].count == 6
    (step,) = run(undo.history())
    assert (step.id, step.count) == (head, 6)
    assert run(undo.undo(step.id)).restored == 6
    assert {row.company for row in office.store.read_sync(lambda work: work.contacts.find("", limit=9))} == {""}


def test_messages_and_ledgers_are_never_watched(office: Office) -> None:
    def watch(work: Work, table: str) -> None:
        with work.undo.step(office.user.id, "x") as step:
            step.watch(table, id=[1])

    for table in ("messages", "delivery_ledger", "consent_ledger", "conversation_events", "outbox"):
        with pytest.raises(ValueError, match="cannot be undone"):
            office.store.run_sync(lambda work, table=table: watch(work, table))


def test_older_steps_are_forgotten(sqlite_office: Office) -> None:
    contact = Desk(sqlite_office).contact("Ann")

    def many(work: Work) -> None:
        for number in range(undo_repository.KEPT + 3):
            with work.undo.step(sqlite_office.user.id, "contact_renamed") as step:
                step.watch(schema.contacts, id=[contact.id])
                work.connection.execute(schema.contacts.update().values(company=str(number)))

    sqlite_office.store.run_sync(many)
    assert len(rows(sqlite_office, "undo_steps")) == undo_repository.KEPT


def test_a_deleted_person_leaves_nothing_in_the_history(office: Office, desk: Desk, undo: UndoService) -> None:
    ann, bob = desk.contact("Ann"), desk.contact("Bob")
    rename(office, ann.id, "Annabel")
    rename(office, bob.id, "Bobby")
    office.store.run_sync(lambda work: work.undo.forget(contact_ids=[ann.id]))
    stored = " ".join(str(row) for row in rows(office, "undo_steps"))
    assert "Annabel" not in stored
    assert "Bobby" in stored


def test_a_kind_may_be_undone_in_a_way_of_its_own(office: Office) -> None:
    taken: list[object] = []

    def reverse(work: Work, note: object) -> tuple[int, int]:
        taken.append(note)
        return 3, 1

    def merge(work: Work) -> None:
        with work.undo.step(office.user.id, "contact_merged") as step:
            step.note["merge"] = 7

    office.store.run_sync(merge)
    undo = UndoService(office.store, user_id=office.user.id, reversals={"contact_merged": reverse})
    undone = run(undo.undo_last())
    assert undone is not None
    assert (undone.restored, undone.changed_since) == (3, 1)
    assert taken == [{"merge": 7}]
    assert UserId(office.user.id) == undone.step.user_id
