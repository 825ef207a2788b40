"""Saved segments: who may what, what breaks them, what they select, and that a preview gives way to the next."""

import asyncio
import random
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, text

from desktop_inbox.errors import InboxError, NotFoundError, PermissionDeniedError
from desktop_inbox.events import SegmentsChanged
from desktop_inbox.models import schema
from desktop_inbox.models.entities.conversation import View
from desktop_inbox.models.entities.custom_field import FieldKind
from desktop_inbox.models.entities.ids import ConversationId, TagId
from desktop_inbox.models.entities.message import Direction
from desktop_inbox.models.entities.segment import (
    MAX_SEGMENTS,
    Condition,
    Group,
    GroupOp,
    Operator,
    Segment,
)
from desktop_inbox.models.entities.segment_fields import Kind
from desktop_inbox.models.entities.user import Role
from desktop_inbox.models.repositories import segment_pages
from desktop_inbox.models.stop_switch import StoppedError, StopSwitch
from desktop_inbox.models.work import Work
from desktop_inbox.services.custom_fields import CustomFieldService
from desktop_inbox.services.inbox import InboxService
from desktop_inbox.services.segment_builtin import BUILT_IN
from desktop_inbox.services.segment_errors import SegmentError
from desktop_inbox.services.segments import SegmentService, refuse_me, scope_of
from desktop_inbox.services.tags import TagService
from desktop_inbox.services.undo import UndoService
from tests.support.hostile import hostile_strings
from tests.support.offices import Office
from tests.support.run import run, wait_until

pytest_plugins = ["tests.support.offices"]


class Desk:
    """An office with three contacts and the services around segments."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.me = office.user.id
        self.segments = SegmentService(office.store, user_id=self.me, region=lambda: "US")
        self.inbox = InboxService(office.store, office.clock, self.me)
        self.tags = TagService(office.store, user_id=self.me)
        self.undo = UndoService(office.store, user_id=self.me)
        self.people = [office.contact(f"+1415555010{number}", first_name=name) for number, name in enumerate("ABC")]
        self.talks = [office.conversation_of(person) for person in self.people]

    def filter(self, text: str) -> Group:
        return run(self.segments.parse(text))

    def save(self, name: str, text: str, **more: bool) -> Segment:
        return run(self.segments.save(name, self.filter(text), **more))

    def tag(self, name: str, *people: int) -> TagId:
        return run(self.tags.add([self.people[number].id for number in people], name)).id

    def names(self, scope: Group | View) -> list[str]:
        return sorted(row.name for row in run(self.inbox.page(scope)).items)

    def colleague(self, role: Role = Role.AGENT) -> SegmentService:
        user = self.office.store.run_sync(lambda work: work.users.add("Robin", role))
        return SegmentService(self.office.store, user_id=user.id)

    def change(self, number: int, **values: object) -> None:
        self.office.store.run_sync(lambda work: work.conversations.change(self.talks[number], **values))


@pytest.fixture
def desk(office: Office) -> Desk:
    return Desk(office)


def refused(work: Callable[[], object]) -> str:
    with pytest.raises(InboxError) as caught:
        work()
    assert caught.value.hint
    return caught.value.code


@pytest.mark.row("S2-04", "S3-26", "S3-32", "SEG-6")
def test_a_segment_is_saved_renamed_changed_and_deleted(desk: Desk) -> None:
    desk.tag("VIP", 0, 1)
    made = desk.save("Good ones", "tags any of (VIP)")
    assert [one.name for one in run(desk.segments.all())] == ["Good ones"]
    assert desk.names(scope_of(made.id)) == ["A", "B"]
    run(desk.segments.rename(made.id, "Best ones"))
    run(desk.segments.save_filter(made.id, desk.filter("tags none of (VIP)")))
    assert desk.names(scope_of(made.id)) == ["C"]
    assert run(desk.segments.named("BEST ones ")).id == made.id
    run(desk.segments.delete(made.id))
    assert run(desk.segments.all()) == ()
    assert desk.names(scope_of(made.id)) == []
    run(desk.undo.undo_last())
    assert [one.name for one in run(desk.segments.all())] == ["Best ones"]
    assert SegmentsChanged() in desk.office.heard


@pytest.mark.row("SEG-6", "S3-24")
def test_names_are_unique_and_segments_limited(desk: Desk) -> None:
    desk.save("Régulars", "name ~ an")
    for name, code in (("REGULARS", "name_taken"), (" ", "name_empty"), ("x" * 101, "name_long")):
        assert refused(lambda name=name: desk.save(name, "name ~ an")) == f"segment.{code}"
    run(desk.segments.rename(run(desk.segments.named("regulars")).id, "RÉGULARS"))  # its own name in another case

    def fill(work: Work) -> None:
        for number in range(MAX_SEGMENTS - 1):
            work.segments.add(f"S{number}", Group(GroupOp.ALL), shared=True, pinned=False, created_by=desk.me)

    desk.office.store.run_sync(fill)
    assert refused(lambda: desk.save("One more", "name ~ an")) == "segment.too_many"


@pytest.mark.row("S2-04")
def test_private_ones_are_seen_by_their_maker_and_only_the_maker_changes(desk: Desk) -> None:
    mine = desk.save("Mine alone", "name ~ an", shared=False)
    ours = desk.save("For all", "name ~ an")
    other = desk.colleague()
    assert [one.name for one in run(other.all())] == ["For all"]
    with pytest.raises(NotFoundError):
        run(other.named("Mine alone"))
    with pytest.raises(NotFoundError):
        run(other.delete(mine.id))
    with pytest.raises(PermissionDeniedError):
        run(other.rename(ours.id, "Theirs"))
    assert refused(lambda: run(other.parse('in segment "Mine alone"'))) == "segment.invalid_group"
    assert refused(lambda: desk.save("Leaks", 'in segment "Mine alone"')) == "segment.private_inside"
    inner = desk.save("Leaks not", 'in segment "Mine alone"', shared=False)
    assert refused(lambda: run(desk.segments.share(inner.id, shared=True))) == "segment.private_inside"
    run(desk.segments.share(mine.id, shared=True))
    run(desk.segments.share(inner.id, shared=True))
    assert refused(lambda: run(desk.segments.share(mine.id, shared=False))) == "segment.needed"
    heir = desk.colleague(Role.ADMINISTRATOR)
    desk.office.store.run_sync(
        lambda work: work.connection.execute(
            schema.users.update().where(schema.users.c.id == desk.me).values(active=False)
        )
    )
    run(heir.rename(ours.id, "Inherited"))


@pytest.mark.row("SEG-6", "SEG-8")
def test_cycles_and_too_many_conditions_are_refused(desk: Desk) -> None:
    first = desk.save("First", "name ~ an")
    second = desk.save("Second", 'in segment "First"')
    for text_ in ('in segment "Second"', 'in segment "First"', 'name ~ xy or not (in segment "Second")'):
        assert refused(lambda t=text_: run(desk.segments.save_filter(first.id, desk.filter(t)))) == "segment.cycle"
    run(desk.segments.save_filter(first.id, desk.filter("name ~ an " * 200)))
    assert refused(lambda: desk.save("Third", 'in segment "Second" ' + "name ~ an " * 60)) == "segment.too_complex"
    assert second.broken == ""


@pytest.mark.row("SEG-9")
def test_what_is_deleted_breaks_what_needs_it(desk: Desk) -> None:
    vip = desk.tag("VIP", 0)
    direct = desk.save("Not good", "tags none of (VIP)")
    outer = desk.save("Others", 'not in segment "Not good"')
    untouched = desk.save("Untouched", "tags unset")
    assert [one.name for one in run(desk.segments.dependants(Kind.TAG, vip))] == ["Not good", "Others"]
    assert desk.names(scope_of(direct.id)) == ["B", "C"]
    run(desk.tags.delete(vip))
    assert desk.tag("Fresh", 2) is not None  # on SQLite the id of the deleted tag is given again
    for segment in (direct, outer):
        assert desk.names(scope_of(segment.id)) == []
        assert run(desk.segments.contacts(scope_of(segment.id))) == ()
        assert "VIP" in run(desk.segments.problem(scope_of(segment.id)))
    assert desk.names(scope_of(untouched.id)) == ["A", "B"]
    run(desk.segments.save_filter(direct.id, desk.filter("tags none of (Fresh)")))  # mends it
    assert desk.names(scope_of(direct.id)) == ["A", "B"]
    assert desk.names(scope_of(outer.id)) == ["C"]


@pytest.mark.row("SEG-9", "D-20")
def test_undoing_the_deletion_mends_segments(desk: Desk) -> None:
    vip = desk.tag("VIP", 0)
    needs = desk.save("Good", "tags any of (VIP)")
    run(desk.tags.delete(vip))
    assert desk.names(scope_of(needs.id)) == []
    run(desk.undo.undo_last())
    assert desk.names(scope_of(needs.id)) == ["A"]


@pytest.mark.row("SEG-9")
def test_a_deleted_field_list_or_segment_breaks_too(desk: Desk) -> None:
    fields = CustomFieldService(desk.office.store, user_id=desk.me)
    field = run(fields.define("Member", FieldKind.CHECKBOX))
    listed = run(desk.tags.add_to_list([desk.people[0].id], "Parents"))
    by_field = desk.save("By field", f"fields.{field.slug} unset")
    by_list = desk.save("By list", "lists none of (Parents)")
    by_segment = desk.save("By segment", 'not in segment "By list"')
    assert [len(desk.names(scope_of(one.id))) for one in (by_field, by_list, by_segment)] == [3, 2, 1]
    assert [one.name for one in run(desk.segments.dependants("field", field.slug))] == ["By field"]
    run(fields.delete(field.id))
    run(desk.segments.delete(by_segment.id))
    run(desk.tags.delete_list(listed.id))
    assert [desk.names(scope_of(one.id)) for one in (by_field, by_list)] == [[], []]


@pytest.mark.row("SEG-5")
def test_me_is_who_asks_and_nobody_where_nobody_asks(desk: Desk) -> None:
    desk.change(0, assignee_id=desk.me)
    mine = desk.save("My desk", "assignee is me")
    outer = desk.save("Around it", 'in segment "My desk"')
    other = desk.colleague()
    assert run(desk.segments.count(scope_of(mine.id))).total == 1
    assert run(other.count(scope_of(mine.id))).total == 0
    known = run(desk.segments.all())
    for group in (mine.filter, outer.filter, desk.filter("mentions_me is true"), desk.filter("not (assignee is me)")):
        assert refused(lambda group=group: refuse_me(group, known)) == "segment.needs_person"
    refuse_me(desk.filter('assignee is nobody and name = "me"'), known)

    def unattended(work: Work) -> tuple[ConversationId, ...]:
        context = work.segments.context(zone=UTC, me=None)
        return work.segment_pages.ids(desk.filter("not (assignee is me)"), context)

    assert desk.office.store.read_sync(unattended) == ()


@pytest.mark.row("SEG-1", "SEG-2")
def test_negative_questions_include_who_has_no_value(desk: Desk) -> None:
    desk.tag("VIP", 0)
    desk.tag("New", 0, 1)
    desk.office.store.run_sync(lambda work: work.contacts.change(desk.people[0].id, company="Acme"))
    for asked, names in {
        "company != Acme": ["B", "C"],
        "company !~ cm": ["B", "C"],
        "company not in (Acme)": ["B", "C"],
        "tags none of (VIP)": ["B", "C"],
        "opt_changed_on not on 2026-03-01": ["A", "B", "C"],
        "snoozed_until before 2030-01-01": [],
        "tags any of (VIP, New)": ["A", "B"],
        "tags all of (VIP, New)": ["A"],
        "phone != +14155550100": ["B", "C"],
        "email != a@example.org": ["A", "B", "C"],
        "email unset": ["A", "B", "C"],
        "not (company = Acme or tags any of (New))": ["C"],
        "company = acmé": ["A"],
    }.items():
        assert desk.names(desk.filter(asked)) == names, asked
    field = run(desk.segments.catalogue()).field("company")
    assert field is not None
    assert field.includes_unset(Operator.NE)
    assert not field.includes_unset(Operator.EQ)


@pytest.mark.row("SEG-4")
def test_relative_dates_move_with_the_clock_and_are_stored_relative(desk: Desk) -> None:
    desk.change(0, waiting_since=desk.office.clock())
    long = desk.save("Long", "waiting_since older than 1 day")
    assert run(desk.segments.count(scope_of(long.id))).total == 0
    desk.office.clock.advance(timedelta(days=1, seconds=1))
    assert run(desk.segments.count(scope_of(long.id))).total == 1
    stored = desk.office.store.read_sync(
        lambda work: work.connection.execute(text("SELECT filter FROM segments")).scalar()
    )
    assert "2026" not in stored


@pytest.mark.row("S2-06", "S2-10", "S3-24")
def test_counts_are_of_contacts_and_have_two_values(desk: Desk) -> None:
    desk.tag("VIP", 0, 1)
    desk.change(0, unread_count=3)
    vip = desk.save("VIPs", "tags any of (VIP)")
    all_of_them = desk.save("Everybody", "")
    counts = run(desk.segments.counts(run(desk.segments.all())))
    assert {key: (count.total, count.unread) for key, count in counts.items()} == {
        vip.id: (2, 1),
        all_of_them.id: (3, 1),
    }
    assert run(desk.segments.count_up_to(all_of_them.filter, 2)) == 2
    run(desk.segments.move([all_of_them.id, vip.id]))
    run(desk.segments.pin(vip.id, pinned=False))
    assert [(one.name, one.pinned) for one in run(desk.segments.all())] == [("Everybody", True), ("VIPs", False)]


@pytest.mark.row("S3-25", "S3-27")
@pytest.mark.parametrize("built_in", BUILT_IN, ids=lambda one: one.key)
def test_built_in_filters_are_filters(sqlite_office: Office, built_in: object) -> None:
    desk = Desk(sqlite_office)
    group = desk.filter(built_in.text)  # type: ignore[attr-defined]
    assert run(desk.segments.text_of(group)) == built_in.text  # type: ignore[attr-defined]
    run(desk.segments.count(group))


@pytest.mark.row("S3-25")
def test_built_in_filters_select_what_they_say(desk: Desk) -> None:
    now = desk.office.clock()
    by_key = {one.key: desk.filter(one.text) for one in BUILT_IN}
    desk.change(0, waiting_since=now - timedelta(days=2), window_ends_at=now + timedelta(minutes=90))
    desk.change(1, waiting_since=now - timedelta(hours=2), window_ends_at=now + timedelta(hours=3))
    desk.change(2, last_direction=Direction.OUT, last_status="failed")
    assert desk.names(by_key["waiting_long"]) == ["A"]
    assert desk.names(by_key["window_ending"]) == ["A"]
    assert desk.names(by_key["failed_sends"]) == ["C"]
    assert desk.names(by_key["opted_out"]) == []
    assert desk.names(by_key["no_consent"]) == ["A", "B", "C"]
    assert desk.names(by_key["mentions_me"]) == []
    desk.change(0, archived_at=now)
    assert desk.names(by_key["waiting_long"]) == []


@pytest.mark.row("S3-30", "SEG-10")
@pytest.mark.parametrize("near", [1, 25, 2000])
def test_pages_of_a_filter_are_those_of_one_long_list(
    office: Office, near: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However far the newest conversations, looked at first, reach."""
    monkeypatch.setattr(segment_pages, "_NEAR", near)
    desk = Desk(office)
    source = random.Random(3)

    def fill(work: Work) -> None:
        rows = []
        for key in range(1000, 1150):
            people = {"id": key, "first_name": f"P{key}", "name_key": f"p{key}", "created_at": office.clock()}
            work.connection.execute(insert(schema.contacts).values(**people))
            place = source.choice((0, key << 20))
            rows.append(
                {"id": key, "contact_id": key, "created_at": office.clock(), "place_id": place, "last_entry_id": place,
                 "archived_at": source.choice((None, office.clock())), "unread_count": source.choice((0, 2))}
            )  # fmt: skip
        work.connection.execute(insert(schema.conversations), rows)

    office.store.run_sync(fill)
    named = ('name ^ "p1"', 'archived is false name ^ "p1"', 'archived is true name ^ "p1"')
    of_columns = 'archived is false any(name ^ "p1" unread is true) none(name = "P1003")'
    for asked in (*named, of_columns, 'archived is false unread is true name ^ "p1" tags unset'):
        group = desk.filter(asked)
        seen: list[int] = []
        before = None
        while True:
            page = run(desk.inbox.page(group, before=before, limit=20))
            seen += [row.id for row in page.items]
            if not page.has_more:
                break
            before = page.items[-1].place
        assert tuple(seen) == run(desk.segments.conversations(group))
        assert len(seen) == run(desk.segments.count(group)).total
        some = run(desk.inbox.summaries([ConversationId(key) for key in seen[:5]] + [desk.talks[0]], view=group))
        assert [row.id for row in some] == seen[:5]
        assert run(desk.segments.preview(group)).page.items == run(desk.inbox.page(group)).items  # type: ignore[union-attr]


@pytest.mark.row("SEG-10")
def test_a_preview_gives_way_to_the_next(desk: Desk) -> None:
    first, second = desk.filter("name = A"), desk.filter("name = B")

    async def hurry() -> list[object]:
        earlier = asyncio.create_task(desk.segments.preview(first))
        await asyncio.sleep(0)
        return [await desk.segments.preview(second), await earlier]

    last, overtaken = run(hurry())
    assert overtaken is None
    assert [row.name for row in last.page.items] == ["B"]  # type: ignore[attr-defined]


@pytest.mark.row("SEG-10")
def test_a_query_that_runs_is_stopped_in_the_database(desk: Desk) -> None:
    endless = {
        "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n",
        "postgresql": "SELECT pg_sleep(600)",
    }[desk.office.store.dialect]
    began = threading.Event()
    ended: list[str] = []

    def read(work: Work) -> None:
        began.set()
        try:
            work.connection.execute(text(endless)).all()
        finally:
            ended.append("stopped")

    async def stop() -> None:
        task = asyncio.create_task(desk.office.store.read_stoppable(read))
        await asyncio.to_thread(began.wait, 30)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(stop())
    wait_until(lambda: ended)
    for _ in range(4):  # both readers work again
        assert desk.office.store.read_sync(lambda work: work.connection.execute(text("SELECT 1")).scalar()) == 1


def test_a_read_that_was_stopped_before_it_began_does_nothing(sqlite_office: Office) -> None:
    switch = StopSwitch()
    switch.press()
    with pytest.raises(StoppedError):
        sqlite_office.store.read_sync(lambda work: switch.guard(work, lambda _work: pytest.fail("it ran")))


@pytest.mark.row("SEG-8")
def test_filters_of_the_builder_are_checked_like_texts(sqlite_office: Office) -> None:
    desk = Desk(sqlite_office)
    broken = Group(GroupOp.ALL, (Condition("tags", Operator.ANY_OF, (99,)),))
    with pytest.raises(SegmentError) as caught:
        run(desk.segments.checked(broken))
    assert caught.value.code == "segment.invalid_tag"
    assert refused(lambda: run(desk.segments.save("x", broken))) == "segment.invalid_tag"
    odd = Group(GroupOp.ALL, (Group(GroupOp.ANY, (Condition("phone", Operator.EQ, "(415) 555-0148"),)),))
    assert run(desk.segments.checked(odd)) == desk.filter("phone = +14155550148")
    assert run(desk.segments.count(broken)).total == 0


@pytest.mark.row("P21", "SEG-7")
def test_hostile_texts_are_only_texts(desk: Desk) -> None:
    hostile = [*hostile_strings(Path("picture.png")), "'; DROP TABLE contacts; --", "%", "_", "\\", "x' OR '1'='1"]
    kept = []
    for number, text_ in enumerate(hostile):
        operator = (Operator.EQ, Operator.HAS, Operator.NE)[number % 3]
        with suppress(SegmentError):  # too long, or nothing that could be looked for
            group = run(desk.segments.checked(Group(GroupOp.ALL, (Condition("company", operator, text_),))))
            assert run(desk.segments.count(group)).total == (3 if operator is Operator.NE else 0), text_
        with suppress(InboxError):
            kept.append(run(desk.segments.save(text_, Group(GroupOp.ALL))).name)
    assert {one.name for one in run(desk.segments.all())} == set(kept)
    assert len(kept) > 40
    assert len(desk.names(View.ALL)) == 3
