"""What was sent: filters, counts that always sum to the recipients, recipients, and the file of them."""

import asyncio
import itertools
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from desktop_inbox.errors import InboxError, NotFoundError
from desktop_inbox.models.entities.batch import BatchStatus
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.message import DeliveryStatus as S
from desktop_inbox.models.entities.tracking import OUTCOME_OF, Filter, Outcome
from desktop_inbox.models.entities.user import Role
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work
from desktop_inbox.services import csv_safe
from desktop_inbox.services.tracking import TrackingService, arrived
from tests.support import offices
from tests.support.clock import HeldClock
from tests.support.tracked import Past

STATES = ("waiting", "skipped", "cancelled", "bad", "gone", *OUTCOME_OF)


@pytest.fixture
def past(store: Store) -> Past:
    return Past(store)


@pytest.fixture
def tracking(store: Store) -> TrackingService:
    return TrackingService(store)


def codes(tracking: TrackingService, **wanted: object) -> list[str]:
    return [row.code for row in asyncio.run(tracking.page(Filter(**wanted))).items]  # type: ignore[arg-type]


@pytest.mark.row("S5-07", "S5-08")
def test_batches_come_newest_first_in_pages_that_neither_skip_nor_repeat(
    past: Past, tracking: TrackingService, clock: HeldClock
) -> None:
    for number in range(7):
        clock.advance(timedelta(seconds=number % 2))
        past.batch([S.DELIVERED] * number)

    async def read() -> list[str]:
        found, before = [], None
        while True:
            page = await tracking.page(Filter(), before=before, limit=2)
            found += [row.code for row in page.items]
            if not page.has_more:
                return found
            before = page.items[-1].id

    found = asyncio.run(read())
    assert sorted(found) == [f"B-2611-{number:04}" for number in range(1, 8)]
    ids = [row.id for row in asyncio.run(tracking.page(Filter())).items]
    assert ids == sorted(ids, reverse=True)


@pytest.mark.row("S5-06")
def test_the_id_is_found_whole_and_by_its_beginning(past: Past, tracking: TrackingService) -> None:
    for code in ("B-2610-0001", "B-2611-0001", "B-2611-0010", "B-2612-0001"):
        past.batch(code=code)
    assert codes(tracking, code="B-2611-0001") == ["B-2611-0001"]
    assert sorted(codes(tracking, code="b-2611")) == ["B-2611-0001", "B-2611-0010"]
    assert sorted(codes(tracking, code="2611-00")) == ["B-2611-0001", "B-2611-0010"]
    assert codes(tracking, code="%") == codes(tracking, code="_") == codes(tracking, code="0001") == []


@pytest.mark.row("S5-04", "S5-05", "S5-10")
def test_filters_combine(past: Past, tracking: TrackingService, clock: HeldClock) -> None:
    def more(work):  # type: ignore[no-untyped-def]
        return work.users.add("Ben", Role.AGENT).id, past.add_channel(work, "WhatsApp", "whatsapp").id

    ben, whatsapp = past.store.run_sync(more)
    past.batch(code="A")
    past.batch(code="B", status="processing", channel_id=whatsapp)
    past.batch(code="C", status="cancelled", user_id=ben, file_name="PÄTIENTS.csv", kind="file")
    tomorrow = clock() + timedelta(days=1)
    past.batch(code="D", status="programmed", user_id=ben, due_at=tomorrow)

    assert sorted(codes(tracking, statuses={BatchStatus.SENT, BatchStatus.PROCESSING})) == ["A", "B"]
    assert codes(tracking, statuses={BatchStatus.PROCESSING}) == ["B"]
    assert codes(tracking, file="pati") == ["C"]
    assert codes(tracking, channel_ids=frozenset({whatsapp})) == ["B"]
    assert sorted(codes(tracking, user_ids={ben})) == ["C", "D"]
    assert codes(tracking, user_ids={ben}, statuses={BatchStatus.PROGRAMMED}) == ["D"]
    assert codes(tracking, since=tomorrow) == ["D"]
    assert sorted(codes(tracking, until=tomorrow)) == ["A", "B", "C"]
    assert codes(tracking, user_ids={ben}, until=tomorrow, statuses={BatchStatus.SENT}) == []
    assert asyncio.run(tracking.count(Filter(user_ids=frozenset({ben})))) == (2, 4)


@pytest.mark.row("S5-04", "S5-23")
def test_every_combination_of_filters_counts_what_it_lists_and_lists_what_fits(
    past: Past, tracking: TrackingService, clock: HeldClock
) -> None:
    def more(work):  # type: ignore[no-untyped-def]
        ben = work.users.add("Ben", Role.AGENT).id
        teams = [work.teams.add(name).id for name in ("Marketing", "Billing")]
        work.teams.assign([past.user_id], teams[0])
        return ben, past.add_channel(work, "WhatsApp", "whatsapp").id, *teams

    ben, whatsapp, marketing, billing = past.store.run_sync(more)
    start, day = clock(), timedelta(days=1)
    rows: list[tuple[str, dict[str, object]]] = []
    for number in range(24):
        columns = {
            "status": ("sent", "programmed", "cancelled")[number % 3],
            "user_id": (past.user_id, ben)[number // 3 % 2],
            "team_id": (None, marketing, billing)[number // 2 % 3],
            "channel_id": (past.channel.id, whatsapp)[number // 4 % 2],
            "file_name": ("", "may.csv")[number // 5 % 2],
            "due_at": start + (number % 6) * day,
        }
        code = f"B-26{10 + number % 2}-{number:04}"
        past.batch(code=code, **columns)
        rows.append((code, columns))
    typed = past.single(text="Typed")

    choices: dict[str, list[object]] = {
        "statuses": [frozenset(), {BatchStatus.SENT}, {BatchStatus.PROGRAMMED, BatchStatus.CANCELLED}],
        "code": ["", "B-2610"],
        "channel_ids": [None, frozenset({whatsapp})],
        "file": ["", "MAY"],
        "user_ids": [frozenset(), frozenset({ben})],
        "team_ids": [frozenset(), frozenset({marketing}), frozenset({marketing, billing})],
        "since": [None, start + 2 * day],
        "until": [None, start + 4 * day],
    }

    def fits(code: str, columns: dict[str, object], wanted: Filter) -> bool:
        return (
            (not wanted.statuses or columns["status"] in wanted.statuses)
            and code.startswith(wanted.code)
            and (wanted.channel_ids is None or columns["channel_id"] in wanted.channel_ids)
            and wanted.file.lower() in str(columns["file_name"])
            and (not wanted.user_ids or columns["user_id"] in wanted.user_ids)
            and (not wanted.team_ids or columns["team_id"] in wanted.team_ids)
            and (wanted.since is None or columns["due_at"] >= wanted.since)  # type: ignore[operator]
            and (wanted.until is None or columns["due_at"] < wanted.until)  # type: ignore[operator]
        )

    async def look() -> None:
        for values in itertools.product(*choices.values()):
            wanted = Filter(**dict(zip(choices, values, strict=True)))  # type: ignore[arg-type]
            listed = [row.code for row in (await tracking.page(wanted, limit=100)).items]
            assert sorted(listed) == sorted(code for code, columns in rows if fits(code, columns, wanted)), wanted
            assert await tracking.count(wanted) == (len(listed), len(rows))
            wanted = replace(wanted, singles=True)
            with_singles = [row.code for row in (await tracking.page(wanted, limit=100)).items]
            assert set(with_singles) - set(listed) <= {str(typed.id)}
            assert await tracking.count(wanted) == (len(with_singles), len(rows) + 1)

    asyncio.run(look())
    singles = Filter(singles=True, team_ids=frozenset({marketing}), user_ids=frozenset({past.user_id}))
    assert str(typed.id) in codes(tracking, **{"singles": True, "team_ids": singles.team_ids})
    assert (
        asyncio.run(tracking.count(replace(singles, file="may")))[0]
        == asyncio.run(tracking.count(replace(singles, file="may", singles=False)))[0]
    )


@pytest.mark.row("S5-09")
def test_there_is_a_choice_of_types_only_while_several_are_connected(past: Past, tracking: TrackingService) -> None:
    assert not asyncio.run(tracking.choices()).several_types
    other = past.store.run_sync(lambda work: past.add_channel(work, "WhatsApp", "whatsapp"))
    choices = asyncio.run(tracking.choices())
    assert choices.several_types
    assert choices.types[Scheme.WHATSAPP] == {other.id}
    assert choices.types[Scheme.TEL] == {past.channel.id}


@pytest.mark.row("S5-23")
def test_a_batch_tells_who_triggered_it_and_for_which_team(past: Past, tracking: TrackingService) -> None:
    def team(work):  # type: ignore[no-untyped-def]
        from sqlalchemy import insert

        from desktop_inbox.models.schema import teams

        values = {"name": "Marketing", "name_key": "marketing", "hours": {}, "created_at": work.now()}
        return work.connection.execute(insert(teams).values(values).returning(teams.c.id)).scalar_one()

    key = past.store.run_sync(team)
    past.batch(code="A", team_id=key)
    past.batch(code="B")
    (row,) = asyncio.run(tracking.page(Filter(team_ids=frozenset({key})))).items
    assert (row.code, row.user_name, row.team_name, row.channel_name) == ("A", "Ana", "Marketing", "SMS")
    assert [one.name for one in asyncio.run(tracking.choices()).teams] == ["Marketing"]


@pytest.mark.row("S5-07")
def test_what_somebody_typed_is_a_batch_of_one_found_by_its_id(
    past: Past, tracking: TrackingService, clock: HeldClock
) -> None:
    typed = past.single(text="See you at 9")
    clock.advance(timedelta(seconds=5))
    past.batch([S.DELIVERED], code="B-2611-0001")
    clock.advance(timedelta(seconds=5))
    late = past.single(S.FAILED, person=1)

    assert codes(tracking) == ["B-2611-0001"]
    assert codes(tracking, singles=True) == [str(late.id), "B-2611-0001", str(typed.id)]
    assert codes(tracking, singles=True, code=str(typed.id)) == [str(typed.id)]
    assert codes(tracking, singles=True, code=str(typed.id)[:18]) == [str(typed.id)]
    assert codes(tracking, singles=True, statuses={BatchStatus.ERROR}) == [str(late.id)]
    details = asyncio.run(tracking.details(typed.id))
    assert (details.row.total, details.messages, details.row.status) == (1, 1, BatchStatus.SENT)
    (one,) = asyncio.run(tracking.recipients(typed.id)).items
    assert (one.text, one.outcome, one.address) == ("See you at 9", Outcome.DELIVERED, "+14157770000")
    assert asyncio.run(tracking.failed(late.id)) == (late.id,)


@pytest.mark.row("S5-05", "S5-15")
@pytest.mark.parametrize("status", [BatchStatus.ERROR, BatchStatus.SENDING, BatchStatus.SENT])
def test_single_messages_of_a_status_are_found_without_looking_at_all(
    sqlite_office: offices.Office, status: BatchStatus
) -> None:
    asked: list[tuple[str, Any]] = []

    def plans(work: Work) -> list[str]:
        def watch(_c: object, _cursor: object, statement: str, parameters: Any, *_more: object) -> None:
            asked.append((statement, parameters))

        event.listen(work.connection, "before_cursor_execute", watch)
        work.tracking.page(Filter(statuses=frozenset({status}), singles=True))
        event.remove(work.connection, "before_cursor_execute", watch)
        explained = [work.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {one}", given) for one, given in asked]
        return [str(row[3]) for rows in explained for row in rows if "messages" in str(row[3])]

    used = sqlite_office.store.read_sync(plans)
    assert any("ix_messages_folder" in one for one in used)
    assert not any(one.startswith("SCAN") for one in used), used


@pytest.mark.row("S5-27")
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.lists(st.sampled_from(STATES), max_size=24), min_size=1, max_size=3))
def test_sums_match_however_recipients_ended(
    past: Past, tracking: TrackingService, batches: list[list[str | S]]
) -> None:
    keys = [past.batch(states) for states in batches]
    rows = {row.id: row for row in asyncio.run(tracking.many(keys))}
    for key, states in zip(keys, batches, strict=True):
        expected = Counter(OUTCOME_OF[one] if isinstance(one, S) else Outcome(one) for one in states)
        assert dict(rows[key].counts) == dict(expected)
        details = asyncio.run(tracking.details(key))
        told: Counter[Outcome] = Counter()
        for tally in details.tallies:
            told[tally.outcome] += tally.count
        assert told == expected
        assert rows[key].total == details.row.total == len(states) == sum(expected.values())
        assert details.messages == sum(1 for one in states if isinstance(one, S))
        for outcome in Outcome:
            page = asyncio.run(tracking.recipients(key, outcomes=frozenset({outcome})))
            assert len(page.items) == expected[outcome]


@pytest.mark.row("S5-27")
def test_messages_that_no_recipient_stands_for_do_not_disturb_the_sum(past: Past, tracking: TrackingService) -> None:
    key = past.batch([S.FAILED, S.DELIVERED])
    again = past.single(S.DELIVERED, person=0)  # as if a message that was sent again kept the batch of the first

    def claim(work):  # type: ignore[no-untyped-def]
        from sqlalchemy import update

        from desktop_inbox.models.schema import messages

        work.connection.execute(update(messages).where(messages.c.id == again.id).values(batch_id=key))

    past.store.run_sync(claim)
    (row,) = asyncio.run(tracking.many([key]))
    assert dict(row.counts) == {Outcome.FAILED: 1, Outcome.DELIVERED: 1}


@pytest.mark.row("S5-18", "S5-19", "S5-21")
def test_the_preview_shows_what_a_recipient_got_or_will_get(past: Past, tracking: TrackingService) -> None:
    key = past.batch([S.DELIVERED, "waiting", "bad"], status="processing")
    one, waiting, bad = asyncio.run(tracking.recipients(key)).items
    assert asyncio.run(tracking.rendered(key, one)) == "Hello Person 0000"
    assert asyncio.run(tracking.rendered(key, waiting)) == "Hello Person 0001"
    assert asyncio.run(tracking.rendered(key, bad)) == "Hello $contact.firstname"
    details = asyncio.run(tracking.details(key))
    assert (details.messages, details.segments) == (1, 1)


def test_recipients_come_in_pages_and_by_name_or_number(past: Past, tracking: TrackingService) -> None:
    key = past.batch([S.DELIVERED] * 5)

    async def read() -> list[str]:
        found, after = [], 0
        while True:
            page = await tracking.recipients(key, after=after, limit=2)
            found += [one.name for one in page.items]
            if not page.has_more:
                return found
            after = page.items[-1].id

    assert asyncio.run(read()) == [f"Person {number:04}" for number in range(5)]
    assert [one.name for one in asyncio.run(tracking.recipients(key, text="PERSON 3 x")).items] == []
    assert [one.name for one in asyncio.run(tracking.recipients(key, text="0003")).items] == ["Person 0003"]
    assert [one.name for one in asyncio.run(tracking.recipients(key, text="+14157770004")).items] == ["Person 0004"]


def test_what_is_not_there_is_told(tracking: TrackingService, past: Past) -> None:
    with pytest.raises(NotFoundError):
        asyncio.run(tracking.details(17))


@pytest.mark.row("S1-31")
def test_where_a_channel_never_tells_what_was_sent_counts_as_delivered(past: Past, tracking: TrackingService) -> None:
    telegram = past.store.run_sync(lambda work: past.add_channel(work, "Telegram", "telegram"))
    past.batch([S.DELIVERED, S.SENT, S.FAILED], code="A")
    past.batch([S.SENT, S.SENT, S.FAILED], code="B", channel_id=telegram.id)
    choices = asyncio.run(tracking.choices())
    assert {row.code: arrived(row, choices) for row in asyncio.run(tracking.page(Filter())).items} == {"A": 1, "B": 2}


def test_the_file_has_a_line_for_everybody_and_no_formula(
    past: Past, tracking: TrackingService, tmp_path: Path
) -> None:
    key = past.batch([S.DELIVERED, "skipped", "bad", "gone", *[S.SENT] * 600], code="=1+1")
    told: list[tuple[int, int]] = []
    target = tmp_path / "out.csv"
    count = asyncio.run(tracking.recipients_csv(target, key, progress=lambda *step: told.append(step)))
    header, *rows = csv_safe.read(target)
    assert count == len(rows) == 604
    assert told[-1] == (604, 604)
    assert header[:5] == ["Batch", "Line", "Name", "Address", "Outcome"]
    assert {row[0] for row in rows} == {"=1+1"}
    assert Counter(row[4] for row in rows) == {"delivered": 1, "skipped": 1, "bad": 1, "gone": 1, "sent": 600}
    assert b'"\'=1+1"' in target.read_bytes()
    assert b'"\'+14157770000"' in target.read_bytes()


def test_a_file_that_is_cancelled_leaves_nothing(past: Past, tracking: TrackingService, tmp_path: Path) -> None:
    key = past.batch([S.DELIVERED])
    target = tmp_path / "out.csv"
    stop: Callable[[], bool] = lambda: True  # noqa: E731
    with pytest.raises(InboxError):
        asyncio.run(tracking.recipients_csv(target, key, cancelled=stop))
    assert list(tmp_path.glob("*.csv")) == list(tmp_path.glob(".*part")) == []
