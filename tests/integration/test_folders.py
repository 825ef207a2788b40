"""Folders: each message lies in one, its number is what it lists, and what people do with messages there."""

import asyncio
import random
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select, update
from sqlalchemy.exc import IntegrityError

from desktop_inbox.errors import InvalidInputError, NotFoundError, PermissionDeniedError
from desktop_inbox.models import schema
from desktop_inbox.models.entities.attachment import AttachmentState
from desktop_inbox.models.entities.call import CallStatus
from desktop_inbox.models.entities.folder import Folder, FolderFilter
from desktop_inbox.models.entities.ids import EntryId
from desktop_inbox.models.entities.message import DeliveryStatus, Direction, Visibility
from desktop_inbox.models.entities.user import Role
from desktop_inbox.models.work import Work
from desktop_inbox.services.export import ExportService
from desktop_inbox.services.filing import AllOf
from desktop_inbox.services.folders import FolderService
from desktop_inbox.services.labels import MOST
from desktop_inbox.services.settings import DELETION
from desktop_inbox.services.verify import VerifyService
from tests.support.filed import SHA, FolderDesk
from tests.support.offices import Office
from tests.support.run import run

S = DeliveryStatus
SECRET = "quetzalcoatl"


@pytest.fixture
def desk(office: Office) -> FolderDesk:
    return FolderDesk(office)


# -- where things lie


@pytest.mark.row("S1-10", "S1-11", "S1-12", "S1-16", "S1-18", "S1-25")
def test_every_state_has_its_folder(desk: FolderDesk) -> None:
    inbox, flow = desk.receive(), desk.receive(flow=7)
    assert (desk.where(inbox), desk.where(flow)) == ([Folder.INBOX], [Folder.FLOWS])
    wanted = {
        Folder.OUTBOX: (S.HELD, S.QUEUED, S.SENDING, S.RETRY_WAIT, S.UNKNOWN),
        Folder.SENT: (S.ACCEPTED, S.SENT, S.DELIVERED, S.READ),
        Folder.FAILED: (S.FAILED, S.UNDELIVERED, S.BLOCKED, S.EXPIRED),
    }
    for folder, statuses in wanted.items():
        keys = [desk.send(status=status) for status in statuses]
        assert desk.ids(folder) == keys[::-1], folder
        assert desk.count(folder) == len(statuses)
    cancelled = desk.send(status=S.CANCELLED)
    assert desk.where(cancelled) == []


@pytest.mark.row("S1-17")
def test_a_message_moves_from_the_outbox_to_sent_and_stays_the_same_row(desk: FolderDesk) -> None:
    key = desk.send(status=S.RETRY_WAIT)
    assert desk.where(key) == [Folder.OUTBOX]  # S1-16: what will be tried again still waits
    desk.store.run_sync(lambda work: desk.reach(work, key, S.SENT))
    assert desk.where(key) == [Folder.SENT]
    assert (desk.count(Folder.OUTBOX), desk.count(Folder.SENT)) == (0, 1)


@pytest.mark.row("S1-18")
def test_sent_is_in_the_order_of_sending_whatever_was_written_first(desk: FolderDesk) -> None:
    keys = [desk.send(f"number {number}") for number in range(12)]
    order = list(keys)
    random.Random(4).shuffle(order)
    for key in order:
        desk.office.clock.advance(timedelta(seconds=30))
        desk.store.run_sync(lambda work, key=key: desk.reach(work, key, S.SENT))  # type: ignore[misc]
    assert desk.ids(Folder.SENT) == order[::-1]

    def forget(work: Work) -> None:
        # Imported ones may be without: they are listed all the same, last.
        here = schema.messages.c.id.in_(keys[:3])
        work.connection.execute(update(schema.messages).where(here).values(status="accepted", sent_at=None))

    desk.store.run_sync(forget)
    listed = desk.ids(Folder.SENT)
    assert len(listed) == len(set(listed)) == desk.count(Folder.SENT) == 12
    assert listed[-3:] == keys[2::-1]


@pytest.mark.row("S1-18")
def test_many_sent_in_one_instant_are_neither_skipped_nor_repeated(desk: FolderDesk) -> None:
    keys = [desk.send() for _ in range(25)]
    desk.store.run_sync(lambda work: [desk.reach(work, key, S.SENT) for key in keys])
    assert [row.id for row in desk.rows(Folder.SENT, limit=4)] == keys[::-1]


@pytest.mark.row("S1-19")
def test_sent_shows_recipient_text_and_when_and_a_sent_message_has_a_time(desk: FolderDesk) -> None:
    key = desk.send("your order is ready", status=S.SENT, who=1)
    (row,) = desk.rows(Folder.SENT)
    assert (row.name, row.path, row.text) == ("Omar", "+14155550001", "your order is ready")
    assert row.shown_at == row.sent_at == desk.office.clock()
    without = update(schema.messages).where(schema.messages.c.id == key).values(sent_at=None)
    with pytest.raises(IntegrityError):
        desk.store.run_sync(lambda work: work.connection.execute(without))


@pytest.mark.row("S1-01", "S1-07", "S1-09")
def test_a_row_says_who_which_way_by_which_channel_and_how_many_segments(desk: FolderDesk) -> None:
    key = desk.send("x" * 400, segments=3, status=S.DELIVERED)
    assert desk.ids(Folder.SENT) == [key]
    row = desk.row(key)
    assert (row.segments, row.direction, row.channel_name) == (3, Direction.OUT, "Front desk")
    incoming = desk.row(desk.receive("hello", who=2))
    assert (incoming.direction, incoming.name, incoming.contact_id) == (Direction.IN, "Grace", desk.people[2].id)


@pytest.mark.row("S1-12")
def test_a_message_stays_in_flows_when_the_flow_is_over_and_returns_there(desk: FolderDesk) -> None:
    key = desk.receive("yes", flow=3)
    run(desk.folders.archive([key]))
    assert desk.where(key) == [Folder.ARCHIVED]
    run(desk.folders.restore([key]))
    assert desk.where(key) == [Folder.FLOWS]


# -- numbers


def _truth(work: Work, folder: Folder) -> int:
    """The rule of FEATURES 1.7 once more, without the column that the database computes."""
    m = schema.messages.c
    rules = {
        Folder.INBOX: (m.direction == "in") & (m.visibility == "visible") & m.flow_id.is_(None),
        Folder.FLOWS: (m.direction == "in") & (m.visibility == "visible") & m.flow_id.is_not(None),
        Folder.ARCHIVED: (m.direction == "in") & (m.visibility == "archived"),
        Folder.OUTBOX: (m.direction == "out")
        & m.status.in_(("held", "queued", "claimed", "sending", "retry_wait", "unknown")),
        Folder.SENT: (m.direction == "out") & m.status.in_(("accepted", "sent", "delivered", "read")),
        Folder.FAILED: (m.direction == "out") & m.status.in_(("failed", "undelivered", "blocked", "expired")),
    }
    if folder is Folder.CALLS:
        return int(work.connection.execute(select(func.count()).select_from(schema.calls)).scalar_one())
    if folder is Folder.SCHEDULES:
        return 0
    query = select(func.count()).select_from(schema.messages).where(rules[folder])
    return int(work.connection.execute(query).scalar_one())


_OUTGOING = (S.HELD, S.QUEUED, S.SENDING, S.RETRY_WAIT, S.UNKNOWN, S.ACCEPTED, S.SENT, S.DELIVERED, S.READ, S.FAILED,
             S.UNDELIVERED, S.BLOCKED, S.EXPIRED, S.CANCELLED)  # fmt: skip


class _Random:
    """Operations as they come, some of them at once in a transaction."""

    def __init__(self, desk: FolderDesk, seed: int) -> None:
        self.desk, self.random = desk, random.Random(seed)
        self.incoming: list[EntryId] = []
        self.outgoing: list[EntryId] = []
        self.labels = [run(desk.labels.create(f"label {number}")).name for number in range(4)]

    def some(self, among: list[EntryId]) -> list[EntryId]:
        return self.random.sample(among, min(len(among), self.random.randint(1, 4)))

    def steps(self, number: int) -> None:
        """Do many small things in one transaction: messages arrive, leave, fail, are archived."""

        def do(work: Work) -> None:
            for _ in range(number):
                self._one(work)

        self.desk.office.clock.advance(timedelta(seconds=1))
        self.desk.store.run_sync(do)

    def _one(self, work: Work) -> None:
        draw = self.random.random()
        who = self.random.randrange(len(self.desk.people))
        if draw < 0.15 or not self.incoming:
            flow = self.random.choice((None, None, 5))
            self.incoming.append(self.desk.received(work, "word", who=who, flow=flow))
        elif draw < 0.25 or not self.outgoing:
            status = self.random.choice(_OUTGOING)
            self.outgoing.append(self.desk.sent(work, "word", status=status, who=who))
        elif draw < 0.55:
            self.desk.reach(work, self.random.choice(self.outgoing), self.random.choice(_OUTGOING))
        elif draw < 0.75:
            work.folders.move(self.some(self.incoming), Visibility.VISIBLE, Visibility.ARCHIVED)
        elif draw < 0.85:
            work.folders.move(self.some(self.incoming), Visibility.ARCHIVED, Visibility.VISIBLE)
        elif draw < 0.97:
            label = work.labels.by_name(self.random.choice(self.labels))
            assert label is not None
            change = work.labels.put_on if self.random.random() < 0.6 else work.labels.take_off
            kept = [key for key in self.some(self.incoming) if self._exists(work, key)]
            change(kept, label.id)
        else:
            archived = [one.id for one in work.messages.many(self.some(self.incoming)) if one.visibility == "archived"]
            work.deletions.wipe(archived)
            self.incoming = [key for key in self.incoming if key not in archived]

    def _exists(self, work: Work, key: EntryId) -> bool:
        return work.messages.get(key) is not None

    def check(self) -> None:
        """Each number is what a count over the messages says, and what the list has, page by page."""
        counts = run(self.desk.folders.counts())
        truth = self.desk.store.read_sync(lambda work: {folder: _truth(work, folder) for folder in Folder})
        assert dict(counts.folders) == truth
        for place in (*(folder for folder in Folder if folder is not Folder.SCHEDULES), *(x.id for x in counts.labels)):
            listed = [row.id for row in self.desk.rows(place, limit=61)]
            assert len(listed) == len(set(listed)) == counts.of(place), place
            assert counts.of(place) == run(self.desk.folders.total(place)), place


def _run_operations(office: Office, number: int, *, every: int) -> None:
    desk = FolderDesk(office)
    script = _Random(desk, seed=18)
    for _ in range(number // every):
        script.steps(every)
        script.check()


@pytest.mark.row("S1-10", "S1-02", "D-18")
def test_numbers_are_what_is_listed_after_thousands_of_random_operations(office: Office) -> None:
    _run_operations(office, 4000, every=250)


@pytest.mark.chaos
@pytest.mark.row("D-18")
def test_numbers_are_what_is_listed_after_a_hundred_thousand(office: Office) -> None:
    _run_operations(office, 100_000, every=500)


@pytest.mark.row("S1-10")
def test_counts_read_the_index_alone(sqlite_office: Office) -> None:
    desk = FolderDesk(sqlite_office)
    for _ in range(5):
        desk.receive()

    query = "SELECT folder, count(*) FROM messages WHERE folder IS NOT NULL GROUP BY folder"

    def plan(work: Work) -> tuple[str, list[str]]:
        used = " ".join(row[-1] for row in work.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}"))
        return used, [row[1] for row in work.connection.exec_driver_sql(f"EXPLAIN {query}")]

    used, steps = desk.store.read_sync(plan)
    assert "ix_messages_folder" in used
    # It goes to the table only for a column that the index lacks, and none is read.
    assert "DeferredSeek" in steps
    assert "FinishSeek" not in steps


# -- archiving


@pytest.mark.row("S1-13", "S1-15", "C4")
def test_archiving_hides_a_message_and_restoring_puts_it_back_and_nothing_else_changes(desk: FolderDesk) -> None:
    plain, flow = desk.receive("one"), desk.receive("two", flow=2)
    before = desk.store.read_sync(lambda work: work.conversations.row(desk.row(plain).conversation_id))
    filed = run(desk.folders.archive([plain, flow]))
    assert (filed.count, filed.cancelled) == (2, False)
    assert desk.ids(Folder.ARCHIVED) == [flow, plain]
    assert (desk.ids(Folder.INBOX), desk.ids(Folder.FLOWS)) == ([], [])
    assert run(desk.folders.archive([plain])).count == 0
    assert run(desk.folders.restore([plain, flow])).count == 2
    assert (desk.where(plain), desk.where(flow)) == ([Folder.INBOX], [Folder.FLOWS])
    after = desk.store.read_sync(lambda work: work.conversations.row(desk.row(plain).conversation_id))
    assert after == before


@pytest.mark.row("S1-04")
def test_what_the_office_sent_cannot_be_archived(desk: FolderDesk) -> None:
    sent, received = desk.send(status=S.SENT), desk.receive()
    with pytest.raises(InvalidInputError, match="cannot be archived"):
        run(desk.folders.archive([received, sent]))
    assert desk.where(received) == [Folder.INBOX]  # all or nothing
    with pytest.raises(IntegrityError):  # and the database would not have it
        desk.store.run_sync(
            lambda work: work.connection.execute(
                update(schema.messages).where(schema.messages.c.id == sent).values(visibility="archived")
            )
        )


@pytest.mark.row("S1-13", "S1-15")
def test_archiving_and_restoring_can_be_undone_where_nobody_changed_it_since(desk: FolderDesk) -> None:
    keys = [desk.receive(f"number {number}") for number in range(4)]
    filed = run(desk.folders.archive(keys))
    assert filed.step_id is not None
    run(desk.folders.restore(keys[:1]))
    undone = run(desk.undo.undo(filed.step_id))
    assert (undone.restored, undone.changed_since) == (3, 1)
    assert desk.count(Folder.INBOX) == 4
    restored = run(desk.folders.archive(keys[:2]))
    assert restored.step_id is not None
    back = run(desk.folders.restore(keys[:2]))
    assert back.step_id is not None
    run(desk.undo.undo(back.step_id))
    assert desk.ids(Folder.ARCHIVED) == [keys[1], keys[0]]


@pytest.mark.row("S1-13")
def test_all_that_match_means_what_was_there_and_is_one_step_of_the_history(desk: FolderDesk) -> None:
    def fill(work: Work) -> None:
        for number in range(1300):
            desk.received(work, "parking question" if number % 2 else "other", who=number % 3)

    desk.store.run_sync(fill)
    chosen = run(desk.folders.all_of(Folder.INBOX, FolderFilter(text="parking")))
    late = desk.receive("parking, once more")
    told: list[tuple[int, int]] = []
    filed = run(desk.folders.archive(chosen, progress=lambda done, total: told.append((done, total))))
    assert filed.count == 650
    assert told[-1][0] == 650
    assert desk.where(late) == [Folder.INBOX]
    assert desk.count(Folder.ARCHIVED) == 650
    assert filed.step_id is not None
    assert run(desk.undo.undo(filed.step_id)).restored == 650
    assert desk.count(Folder.ARCHIVED) == 0


@pytest.mark.row("S1-13")
def test_stopping_half_way_keeps_what_was_done_and_it_can_be_undone(desk: FolderDesk) -> None:
    desk.store.run_sync(lambda work: [desk.received(work, "x") for _ in range(1200)])
    seen: list[int] = []
    filed = run(
        desk.folders.archive(
            AllOf(place=Folder.INBOX),
            progress=lambda done, _total: seen.append(done),
            cancelled=lambda: bool(seen),
        )
    )
    assert filed.cancelled
    assert filed.count == desk.count(Folder.ARCHIVED) == 500
    assert filed.step_id is not None
    run(desk.undo.undo(filed.step_id))
    assert desk.count(Folder.INBOX) == 1200


@pytest.mark.row("S1-13")
def test_archived_messages_are_in_exports_and_deleted_ones_say_nothing(desk: FolderDesk, tmp_path: Path) -> None:
    kept, gone = desk.receive("kept in the archive"), desk.receive(f"my {SECRET}")
    run(desk.folders.archive([kept, gone]))
    run(desk.folders.delete([gone]))
    target = tmp_path / "messages.csv"
    export = ExportService(desk.store, user_id=desk.office.user.id)
    assert run(export.messages_csv(target)) == 2
    written = target.read_text(encoding="utf-8-sig")
    assert "kept in the archive" in written
    assert SECRET not in written


# -- deleting


@pytest.mark.row("S1-14")
def test_only_archived_messages_of_contacts_can_be_deleted(desk: FolderDesk) -> None:
    visible, sent = desk.receive(), desk.send(status=S.SENT)
    with pytest.raises(InvalidInputError, match="Only archived messages"):
        run(desk.folders.delete([visible]))
    with pytest.raises(InvalidInputError, match="prove what was delivered"):
        run(desk.folders.delete([sent]))
    with pytest.raises(InvalidInputError):
        run(desk.folders.ask_deletion([visible]))
    assert desk.row(visible).text == "hello"


@pytest.mark.row("S1-14", "D-18")
def test_deleting_wipes_text_files_labels_and_index_and_leaves_the_place(desk: FolderDesk, tmp_path: Path) -> None:
    key, other = desk.receive(f"my {SECRET} hurts"), desk.receive(f"another {SECRET}", who=1)
    label = run(desk.labels.add([key], "VIP"))
    desk.store.run_sync(
        lambda work: work.attachments.add(key, state=AttachmentState.READY, sha256=SHA, original_name=f"{SECRET}.png")
    )
    archived = run(desk.folders.archive([key]))
    assert run(desk.folders.ask_deletion([key])) == 1
    assert run(desk.folders.delete([key])).count == 1
    assert desk.purged == [SHA]
    assert desk.where(key) == []
    kept = desk.store.read_sync(lambda work: work.messages.get(key))
    assert kept is not None
    assert (kept.text, kept.visibility, kept.attachments) == ("", Visibility.DELETED, ())
    hits = desk.ids(Folder.INBOX, FolderFilter(text=SECRET))
    assert hits == [other]
    for table in ("message_labels", "attachments"):
        query = select(func.count()).select_from(schema.metadata.tables[table])
        assert desk.store.read_sync(lambda work, query=query: work.connection.execute(query).scalar_one()) == 0, table  # type: ignore[misc]
    row = desk.store.read_sync(lambda work: work.conversations.row(kept.conversation_id))
    assert row is not None
    assert SECRET not in row.snippet
    # Neither undoing brings anything back, nor restoring.
    for step_id in (label.step_id, archived.step_id):
        assert step_id is not None
        assert run(desk.undo.undo(step_id)).restored == 0
    assert run(desk.folders.restore([key])).count == 0
    assert desk.where(key) == []
    findings = run(VerifyService(desk.store, attachments_dir=tmp_path).verify())
    assert all(one.ok for one in findings), findings


@pytest.mark.row("S1-14")
def test_the_file_of_the_database_does_not_hold_a_deleted_message_any_more(sqlite_office: Office) -> None:
    desk = FolderDesk(sqlite_office)
    for number in range(40):
        desk.receive(f"filler {number}", who=1)
    key = desk.receive(f"my {SECRET} hurts")
    path = sqlite_office.store.path
    assert path is not None
    run(desk.folders.archive([key]))
    run(desk.folders.delete([key]))
    run(asyncio.to_thread(sqlite_office.store.close))  # type: ignore[arg-type]
    left = b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))
    assert SECRET.encode() not in left
    assert b"filler 7" in left


@pytest.mark.row("S1-14")
def test_a_file_that_another_message_has_too_stays(desk: FolderDesk) -> None:
    one, other = desk.receive("one"), desk.receive("two")
    for key in (one, other):
        desk.store.run_sync(lambda work, key=key: work.attachments.add(key, state=AttachmentState.READY, sha256=SHA))  # type: ignore[misc]
    run(desk.folders.archive([one, other]))
    run(desk.folders.delete([one]))
    assert desk.purged == []
    run(desk.folders.delete([other]))
    assert desk.purged == [SHA]


@pytest.mark.row("S1-14")
def test_files_go_with_each_part_of_a_long_deletion(desk: FolderDesk) -> None:
    """Whoever attaches the same file while the rest is deleted has it."""

    def fill(work: Work) -> None:
        for number in range(700):
            key = desk.received(work, "x")
            work.attachments.add(key, state=AttachmentState.READY, sha256=f"{number:064x}")

    desk.store.run_sync(fill)
    run(desk.folders.archive(AllOf(place=Folder.INBOX)))
    gone: list[int] = []
    run(desk.folders.delete(AllOf(place=Folder.ARCHIVED), progress=lambda _done, _total: gone.append(len(desk.purged))))
    assert gone == [500, 700]
    assert len(set(desk.purged)) == len(desk.purged)


@pytest.mark.row("S1-14", "S1-15")
def test_what_somebody_restores_in_the_same_moment_is_not_deleted(postgres_office: Office) -> None:
    desk, other = FolderDesk(postgres_office), postgres_office.another_store()
    key = desk.receive("wanted after all")
    run(desk.folders.archive([key]))
    restored, go_on = threading.Event(), threading.Event()

    def restore(work: Work) -> None:
        work.folders.move([key], Visibility.ARCHIVED, Visibility.VISIBLE)
        restored.set()
        assert go_on.wait(20)

    async def both() -> None:
        putting_back = asyncio.create_task(asyncio.to_thread(other.run_sync, restore))
        await asyncio.to_thread(restored.wait, 20)
        deleting = asyncio.create_task(desk.folders.delete([key]))
        await asyncio.wait({deleting}, timeout=0.5)
        go_on.set()
        await putting_back
        with pytest.raises(InvalidInputError, match="Only archived messages"):
            await deleting

    run(both())
    assert desk.where(key) == [Folder.INBOX]
    assert desk.row(key).text == "wanted after all"


@pytest.mark.row("S1-14")
def test_who_may_not_delete_cannot(desk: FolderDesk) -> None:
    key = desk.receive()
    run(desk.folders.archive([key]))
    agent = desk.store.run_sync(lambda work: work.users.add("Eva", Role.AGENT))
    hers = FolderService(desk.store, user_id=agent.id, purge=desk.purged.extend)
    desk.store.run_sync(lambda work: work.settings.set(DELETION.key, "administrators"))
    with pytest.raises(PermissionDeniedError):
        run(hers.delete([key]))
    desk.store.run_sync(lambda work: work.settings.set(DELETION.key, "nobody"))
    with pytest.raises(PermissionDeniedError):
        run(desk.folders.delete([key]))
    assert desk.where(key) == [Folder.ARCHIVED]


@pytest.mark.row("S1-14")
def test_deleting_all_of_the_archive_leaves_everything_else(desk: FolderDesk) -> None:
    desk.store.run_sync(lambda work: [desk.received(work, f"word {number}") for number in range(1100)])
    keys = desk.ids(Folder.INBOX)
    run(desk.folders.archive(keys[:700]))
    chosen = run(desk.folders.all_of(Folder.ARCHIVED))
    assert run(desk.folders.ask_deletion(chosen)) == 700
    assert run(desk.folders.delete(chosen)).count == 700
    counts = run(desk.folders.counts())
    assert (counts.of(Folder.ARCHIVED), counts.of(Folder.INBOX)) == (0, 400)


# -- labels


@pytest.mark.row("S1-02")
def test_labels_are_of_incoming_messages_only(desk: FolderDesk) -> None:
    received, sent = desk.receive(), desk.send(status=S.SENT)
    with pytest.raises(InvalidInputError, match="Only incoming"):
        run(desk.labels.add([received, sent], "VIP"))
    assert run(desk.labels.all()) == () or run(desk.labels.all())[0].messages == 0
    run(desk.labels.add([received], "VIP"))
    assert [label.name for label in desk.row(received).labels] == ["VIP"]


@pytest.mark.row("S1-02")
def test_names_of_labels_are_one_whatever_their_case_and_at_most_250(desk: FolderDesk) -> None:
    vip = run(desk.labels.create("VIP"))
    with pytest.raises(InvalidInputError, match="already"):
        run(desk.labels.create("vip"))
    key = desk.receive()
    run(desk.labels.add([key], "vIp"))
    assert desk.ids(vip.id) == [key]
    for name in ("", "   ", "x" * 65):
        with pytest.raises(InvalidInputError):
            run(desk.labels.create(name))

    def fill(work: Work) -> None:
        for number in range(MOST - 1):
            work.labels.ensure(f"label {number}")

    desk.store.run_sync(fill)
    with pytest.raises(InvalidInputError, match="250"):
        run(desk.labels.create("one more"))
    with pytest.raises(InvalidInputError, match="250"):
        run(desk.labels.add([key], "one more"))
    run(desk.labels.add([key], "label 7"))
    with pytest.raises(InvalidInputError):
        run(desk.labels.rename(vip.id, "LABEL 7"))
    run(desk.labels.rename(vip.id, "Vip"))
    assert run(desk.labels.named("VIP")).name == "Vip"
    with pytest.raises(NotFoundError):
        run(desk.labels.named("nothing of the kind"))


@pytest.mark.row("S1-02")
def test_a_label_counts_what_is_not_archived(desk: FolderDesk) -> None:
    keys = [desk.receive(f"number {number}", flow=None if number % 2 else 4) for number in range(6)]
    run(desk.labels.add(keys, "VIP"))
    (vip,) = run(desk.labels.all())
    assert vip.messages == desk.count(vip.id) == 6
    run(desk.folders.archive(keys[:2]))
    assert desk.count(vip.id) == len(desk.ids(vip.id)) == 4
    run(desk.folders.restore(keys[:1]))
    assert desk.count(vip.id) == 5


@pytest.mark.row("S1-02")
def test_labelling_and_unlabelling_and_deleting_a_label_can_be_undone(desk: FolderDesk) -> None:
    keys = [desk.receive(f"number {number}") for number in range(3)]
    run(desk.labels.add(keys[:1], "VIP"))
    (vip,) = run(desk.labels.all())
    added = run(desk.labels.add(keys, "VIP"))
    assert added.count == 2
    removed = run(desk.labels.remove(keys[1:], vip.id))
    assert (removed.count, desk.ids(vip.id)) == (2, keys[:1])
    for step in (removed.step_id, added.step_id):
        assert step is not None
        run(desk.undo.undo(step))
    assert desk.ids(vip.id) == keys[:1]
    run(desk.labels.delete(vip.id))
    assert run(desk.labels.all()) == ()
    run(desk.undo.undo_last())
    assert desk.ids(vip.id) == keys[:1]


# -- finding


@pytest.mark.row("S1-03")
@pytest.mark.parametrize("words", ["rare", "Maria", "555"])
def test_search_in_a_folder_walks_through_no_folder_for_what_is_rare(sqlite_office: Office, words: str) -> None:
    desk = FolderDesk(sqlite_office)
    key = desk.receive("a rare word")
    asked: list[tuple[str, Any]] = []

    def plans(work: Work) -> list[str]:
        def watch(_c: object, _cursor: object, statement: str, parameters: Any, *_more: object) -> None:
            asked.append((statement, parameters))

        event.listen(work.connection, "before_cursor_execute", watch)
        page = work.folders.page(Folder.INBOX, FolderFilter(text=words))
        assert work.folders.total(Folder.INBOX, FolderFilter(text=words)) == 1
        event.remove(work.connection, "before_cursor_execute", watch)
        assert [one.id for one in page.rows] == [key]
        explained = [work.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {one}", given) for one, given in asked]
        return [str(row[3]) for rows in explained for row in rows]

    used = [one for one in desk.store.read_sync(plans) if "ix_messages_folder" in one or "SCAN messages" in one]
    assert len(used) == 2
    assert all("id=? AND rowid=?" in one for one in used), used


@pytest.mark.row("S1-03", "D-01")
def test_search_in_a_folder_finds_words_names_and_addresses_of_any_age(desk: FolderDesk) -> None:
    old = desk.receive("the parking question", who=0)
    desk.office.clock.advance(timedelta(days=3 * 366))
    new = desk.receive("Parking again", who=1)
    desk.receive("nothing", who=2)
    archived = desk.receive("parking, archived", who=2)
    run(desk.folders.archive([archived]))
    assert desk.ids(Folder.INBOX, FolderFilter(text="parking")) == [new, old]
    assert desk.ids(Folder.ARCHIVED, FolderFilter(text="PARK")) == [archived]
    assert desk.ids(Folder.INBOX, FolderFilter(text="maria")) == [old]
    assert desk.ids(Folder.INBOX, FolderFilter(text="5550001")) == [new]
    assert desk.ids(Folder.INBOX, FolderFilter(text="no such word")) == []
    for odd in ("'", '"', "%", "*", "NEAR(", "\x00", ") OR 1=1 --"):
        desk.ids(Folder.INBOX, FolderFilter(text=odd))
    assert run(desk.folders.total(Folder.INBOX, FolderFilter(text="parking"))) == 2


@pytest.mark.row("S1-03")
def test_filters_narrow_a_folder(desk: FolderDesk) -> None:
    other = desk.store.run_sync(
        lambda work: work.channels.add(kind="simulator", name="WhatsApp", address="1", settings={})
    )
    first = desk.receive("one")
    desk.office.clock.advance(timedelta(days=2))
    begin = desk.office.clock()
    second = desk.receive("two", channel_id=other.id)
    third = desk.receive("three")
    desk.store.run_sync(lambda work: work.attachments.add(third, state=AttachmentState.READY, sha256=SHA))
    run(desk.labels.add([first, second], "VIP"))
    (vip,) = run(desk.labels.all())
    for wanted, keys in (
        (FolderFilter(channel_id=other.id), [second]),
        (FolderFilter(since=begin), [third, second]),
        (FolderFilter(until=begin), [first]),
        (FolderFilter(with_files=True), [third]),
        (FolderFilter(label_id=vip.id), [second, first]),
        (FolderFilter(label_id=vip.id, since=begin), [second]),
    ):
        assert desk.ids(Folder.INBOX, wanted) == keys, wanted
        assert run(desk.folders.total(Folder.INBOX, wanted)) == len(keys)
    failed = desk.send(status=S.FAILED)
    desk.send(status=S.BLOCKED)
    assert desk.ids(Folder.FAILED, FolderFilter(statuses=frozenset({S.FAILED}))) == [failed]
    sent = desk.send(status=S.SENT)
    assert desk.ids(Folder.SENT, FolderFilter(since=desk.office.clock())) == [sent]
    assert desk.ids(Folder.SENT, FolderFilter(until=desk.office.clock())) == []


# -- broadcasts and calls


@pytest.mark.row("S1-16", "S1-33", "D-18")
def test_a_broadcast_is_one_row_of_the_outbox_until_it_is_unfolded(desk: FolderDesk) -> None:
    reply = desk.send("a reply")
    batch = desk.store.run_sync(lambda work: desk.batch(work, 500, status="processing", waiting=497))
    keys = [desk.send("We open", batch_id=batch, who=number) for number in range(3)]
    page = run(desk.folders.page(Folder.OUTBOX, FolderFilter(folded=frozenset({batch}))))
    assert [row.id for row in page.rows] == [reply]
    (row,) = page.broadcasts
    assert (row.id, row.contacts, row.messages, row.waiting) == (batch, 500, 3, 497)
    assert desk.count(Folder.OUTBOX) == len(page.rows) + row.messages == 4
    assert desk.ids(Folder.OUTBOX) == [*keys[::-1], reply]
    assert desk.row(keys[0]).batch_contacts == 500  # contacts, not messages nor segments
    for key in keys:
        desk.store.run_sync(lambda work, key=key: desk.reach(work, key, S.SENT))  # type: ignore[misc]
    finished = update(schema.batches).where(schema.batches.c.id == batch).values(status="sent")
    desk.store.run_sync(lambda work: work.connection.execute(finished))
    assert run(desk.folders.page(Folder.OUTBOX)).broadcasts == ()


@pytest.mark.row("S1-05", "S1-20", "S1-21")
def test_calls_have_date_direction_duration_and_whether_they_were_missed(desk: FolderDesk) -> None:
    taken = desk.call(status=CallStatus.COMPLETED, seconds=75)
    missed = desk.call(who=1, status=CallStatus.NO_ANSWER, seconds=12)
    ours = desk.call(who=2, direction=Direction.OUT, status=CallStatus.IN_PROGRESS)
    rows = desk.rows(Folder.CALLS)
    assert [row.id for row in rows] == [ours, missed, taken]
    assert desk.count(Folder.CALLS) == 3
    now = desk.office.clock() + timedelta(seconds=40)
    assert [(row.seconds(now), row.missed) for row in rows] == [(40, False), (0, True), (75, False)]
    assert (rows[1].name, rows[1].path, rows[1].direction) == ("Omar", "+14155550001", Direction.IN)
    assert desk.ids(Folder.CALLS, FolderFilter(missed=True)) == [missed]
    assert desk.ids(Folder.CALLS, FolderFilter(text="grace")) == [ours]
    assert len(desk.rows(Folder.CALLS, limit=1)) == 3
