"""Reports: numbers that equal a slow count, days of 23 and 25 hours, and exactly the messages behind each number."""

import csv
import random
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from desktop_inbox.errors import InvalidInputError
from desktop_inbox.models.entities.channel import Capabilities, Channel, ReconcileClass
from desktop_inbox.models.entities.contact import OptIn, Scheme
from desktop_inbox.models.entities.ids import RANDOM_BITS, TeamId, UserId, entry_time, first_entry_id
from desktop_inbox.models.entities.message import DeliveryStatus, Direction, Message, SenderKind
from desktop_inbox.models.entities.report import Outcome, ReportFilter
from desktop_inbox.models.entities.user import Role
from desktop_inbox.models.schema import batches, consent_ledger, conversations, messages, teams, users
from desktop_inbox.models.work import Work
from desktop_inbox.services import report_days
from desktop_inbox.services.prices import PRICE_SETTING
from desktop_inbox.services.report_days import Period
from desktop_inbox.services.report_tables import TABLES, as_json, table_of
from desktop_inbox.services.reports import Behind, Report, ReportService, outcome_of
from desktop_inbox.services.settings import CURRENCY, SEGMENT_PRICE, TIME_ZONE
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.item_models.report_words import ReportWords
from tests.support.offices import Office
from tests.support.run import run

_S = DeliveryStatus
_BERLIN = ZoneInfo("Europe/Berlin")
_WEEK = timedelta(days=7)
_LEFT = (_S.ACCEPTED, _S.SENT, _S.DELIVERED, _S.READ)
_OUT = (*_LEFT, *_LEFT, _S.UNDELIVERED, _S.FAILED, _S.UNKNOWN, _S.QUEUED, _S.HELD, _S.BLOCKED, _S.CANCELLED, _S.EXPIRED)
_KINDS = (SenderKind.USER, SenderKind.USER, SenderKind.ECHO, SenderKind.BROADCAST, SenderKind.KEYWORD)


@dataclass(kw_only=True)
class _Said:
    """One message, as the slow count sees it."""

    id: int
    conversation_id: int
    direction: Direction
    status: DeliveryStatus
    channel_id: int
    sender_kind: SenderKind
    sender_id: int | None
    segments: int
    outside: bool
    batch_id: int | None

    @property
    def at(self) -> datetime:
        return entry_time(self.id)


@dataclass(kw_only=True)
class _World:
    """An office full of random history, and the same in memory."""

    office: Office
    service: ReportService
    said: list[_Said]
    consents: list[tuple[int, int, OptIn, int | None]]  # id, contact, status, channel
    team: TeamId
    people: set[int]
    channels: list[Channel]
    assigned: dict[int, int | None]  # conversation -> assignee
    waiting: set[int]
    batch_id: int


def _able(channel: Channel) -> Capabilities:
    sms = channel.settings.get("network") == "sms"
    return Capabilities(
        schemes=frozenset({Scheme.TEL}), reconcile=ReconcileClass.NOTHING, receipts_delivered=sms, segments=sms
    )


def _world(office: Office, chance: random.Random, *, around: datetime, days: int, count: int) -> _World:
    """Make ``count`` messages within ``days`` before ``around``."""

    def make(work: Work) -> Any:
        work.settings.set(TIME_ZONE.key, "Europe/Berlin")
        chat = work.channels.add(kind="simulator", name="Chat", address="+14155550101", settings={"network": "none"})
        team = work.connection.execute(
            teams.insert().values(name="Night", name_key="night", hours={}, created_at=around).returning(teams.c.id)
        ).scalar_one()
        other = work.users.add("Eve", Role.AGENT)
        work.connection.execute(users.update().where(users.c.id == other.id).values(team_id=team))
        talks = []
        for number in range(12):
            contact = work.contacts.add([(Scheme.TEL, f"+1415555{number:04d}")], first_name=f"C{number}")
            talks.append((work.conversations.of_contact(contact.id), contact.id))
        return chat, TeamId(team), other, talks

    chat, team, other, talks = office.store.run_sync(make)
    channels = [office.channel, chat]
    batch_id = first_entry_id(around - timedelta(days=days))
    said = [_random_message(chance, office, other.id, talks, channels, around, days, batch_id) for _ in range(count)]
    said = list({one.id: one for one in said}.values())
    contact_of = dict(talks)
    consents = [_random_consent(chance, talks, said, around, days) for _ in range(count // 10)]
    assigned = {talk: chance.choice([None, other.id, office.user.id]) for talk, _ in talks}
    waiting = {talk for talk, _ in talks if chance.random() < 0.5}

    def store(work: Work) -> None:
        work.connection.execute(
            batches.insert().values(
                id=batch_id, code="B-1", kind="broadcast", status="sent", text="x", files={}, audience={}, options={},
                channel_id=office.channel.id, team_id=team, created_at=around, due_at=around,
            )
        )  # fmt: skip
        work.connection.execute(messages.insert(), [_values(one, contact_of[one.conversation_id]) for one in said])
        work.connection.execute(
            consent_ledger.insert(),
            [
                {"id": key, "contact_id": contact, "status": status, "method": "keyword", "wording": "STOP",
                 "message_id": message, "at": entry_time(key)}
                for key, contact, status, message, _ in consents
            ],
        )  # fmt: skip
        for talk, assignee in assigned.items():
            work.connection.execute(
                conversations.update()
                .where(conversations.c.id == talk)
                .values(
                    assignee_id=assignee,
                    waiting_since=around if talk in waiting else None,
                    last_inbound_channel_id=channels[talk % 2].id,
                )
            )

    office.store.run_sync(store)
    return _World(
        office=office,
        service=ReportService(office.store, office.clock, capabilities=_able),
        said=sorted(said, key=lambda one: one.id),
        consents=[(key, contact, status, channel) for key, contact, status, _, channel in consents],
        team=team,
        people={other.id},
        channels=channels,
        assigned=assigned,
        waiting=waiting,
        batch_id=batch_id,
    )


def _moment(chance: random.Random, around: datetime, days: int) -> int:
    return first_entry_id(around - timedelta(seconds=chance.randrange(days * 86_400))) + chance.randrange(1 << 20)


def _random_message(
    chance: random.Random, office: Office, other: UserId, talks: Any, channels: Any, around: datetime, days: int,
    batch_id: int,
) -> _Said:  # fmt: skip
    heard = chance.random() < 0.5
    kind = SenderKind.CONTACT if heard else chance.choice(_KINDS)
    return _Said(
        id=_moment(chance, around, days),
        conversation_id=chance.choice(talks)[0],
        direction=Direction.IN if heard else Direction.OUT,
        status=_S.RECEIVED if heard else chance.choice(_OUT),
        channel_id=chance.choice(channels).id,
        sender_kind=kind,
        sender_id=chance.choice([office.user.id, other]) if kind is SenderKind.USER else None,
        segments=1 if heard else chance.randrange(1, 4),
        outside=not heard and chance.random() < 0.1,
        batch_id=batch_id if kind is SenderKind.BROADCAST and chance.random() < 0.5 else None,
    )


def _random_consent(chance: random.Random, talks: Any, said: Sequence[_Said], around: datetime, days: int) -> Any:
    by = chance.choice(said) if chance.random() < 0.7 else None
    status = chance.choice(list(OptIn))
    channel = None if by is None else by.channel_id
    return _moment(chance, around, days), chance.choice(talks)[1], status, by.id if by else None, channel


def _values(one: _Said, contact_id: int) -> dict[str, Any]:
    out = one.direction is Direction.OUT
    return {
        "id": one.id, "conversation_id": one.conversation_id, "contact_id": contact_id, "direction": one.direction,
        "text": f"text {one.id}", "status": one.status, "channel_id": one.channel_id, "sender_kind": one.sender_kind,
        "sender_id": one.sender_id, "client_uuid": str(uuid.uuid4()) if out else None, "segments": one.segments,
        "outside_window": one.outside, "sent_at": one.at if out else None, "batch_id": one.batch_id,
        "error_text": "x",
    }  # fmt: skip


# The slow count


def _of(world: _World, wanted: ReportFilter, one: _Said) -> bool:
    if wanted.channel_id is not None and one.channel_id != wanted.channel_id:
        return False
    if wanted.team_id is None:
        return True
    if one.direction is Direction.IN:
        return world.assigned[one.conversation_id] in world.people
    return one.sender_id in world.people or one.batch_id == world.batch_id


def _questions(world: _World, wanted: ReportFilter) -> list[tuple[_Said, timedelta | None]]:
    """Every question there ever was with its response, straight from the words of the definition."""
    found = []
    for place, one in enumerate(world.said):
        words = [
            word
            for word in world.said
            if word.conversation_id == one.conversation_id
            and (
                word.direction is Direction.IN
                or (word.sender_kind in (SenderKind.USER, SenderKind.ECHO) and word.status in _LEFT)
            )
        ]
        if one.direction is not Direction.IN:
            continue
        earlier = [word for word in words if word.id < one.id]
        if earlier and earlier[-1].direction is Direction.IN and _apart(earlier[-1], one) <= _WEEK:
            continue
        answers = [word for word in words if word.id > one.id and word.direction is Direction.OUT]
        answer = answers[0] if answers and _apart(one, answers[0]) <= _WEEK else None
        if answer is not None and any(  # a newer question was answered by it instead
            _is_new(word, words) for word in words if one.id < word.id < answer.id and word.direction is Direction.IN
        ):
            answer = None
        if wanted.channel_id is not None and one.channel_id != wanted.channel_id:
            continue
        if wanted.team_id is not None:
            theirs = world.assigned[one.conversation_id] if answer is None else answer.sender_id
            if theirs not in world.people:
                continue
        found.append((world.said[place], None if answer is None else answer.at - one.at))
    return found


def _is_new(one: _Said, words: Sequence[_Said]) -> bool:
    earlier = [word for word in words if word.id < one.id]
    return not earlier or earlier[-1].direction is Direction.OUT or _apart(earlier[-1], one) > _WEEK


def _apart(one: _Said, other: _Said) -> timedelta:
    return ((other.id - one.id) / (1 << RANDOM_BITS)) * timedelta(milliseconds=1)


def _check(world: _World, report: Report, wanted: ReportFilter) -> None:
    questions = _questions(world, wanted)
    for place, numbers in enumerate(report.days):
        assert numbers.day == report.span.first + timedelta(days=place)
        todays = [one for one in world.said if one.at.astimezone(_BERLIN).date() == numbers.day]
        theirs = [one for one in todays if _of(world, wanted, one)]
        out = [one for one in theirs if one.direction is Direction.OUT]
        assert numbers.received == len(theirs) - len(out)
        assert numbers.sent == len(out)
        billed = [one for one in out if one.status in (*_LEFT, _S.UNDELIVERED)]
        assert numbers.segments == sum(one.segments for one in billed if one.channel_id == world.channels[0].id)
        asked = [(one, time) for one, time in questions if one.at.astimezone(_BERLIN).date() == numbers.day]
        times = sorted(time for _, time in asked if time is not None)
        assert (numbers.response.asked, numbers.response.answered) == (len(asked), len(times))
        if times:
            assert timedelta(milliseconds=numbers.response.median or 0) == times[(len(times) - 1) // 2]
            assert sum(time <= timedelta(milliseconds=numbers.response.ninetieth or 0) for time in times) >= (
                0.9 * len(times)
            )
        for status, number in ((OptIn.OPTED_OUT, numbers.opted_out), (OptIn.OPTED_IN, numbers.opted_in)):
            assert number == len(_consenting(world, wanted, numbers.day, status))
    _check_channels(world, report, wanted)


def _consenting(world: _World, wanted: ReportFilter, day: date, status: OptIn) -> set[int]:
    return {
        contact
        for key, contact, found, channel in world.consents
        if found is status
        and entry_time(key).astimezone(_BERLIN).date() == day
        and (wanted.channel_id is None or channel == wanted.channel_id)
        and (wanted.team_id is None or world.assigned[contact] in world.people)
    }


def _check_channels(world: _World, report: Report, wanted: ReportFilter) -> None:
    inside = [one for one in world.said if report.span.since <= one.at < report.span.until]
    out = [one for one in inside if one.direction is Direction.OUT and _of(world, wanted, one)]
    found = {(row.channel_id, outcome): count for row in report.channels for outcome, count in row.outcomes.items()}
    assert found == Counter((one.channel_id, outcome_of(one.status, outside=one.outside)) for one in out)
    rated = [one for one in out if not one.outside and one.status in (*_LEFT, _S.UNDELIVERED, _S.FAILED, _S.UNKNOWN,
                                                                      _S.EXPIRED)]  # fmt: skip
    delivered = [one for one in rated if one.status in _LEFT]
    assert (report.totals.delivered, report.totals.rated) == (len(delivered), len(rated))
    waiting = {
        talk
        for talk in world.waiting
        if (wanted.channel_id is None or world.channels[talk % 2].id == wanted.channel_id)
        and (wanted.team_id is None or world.assigned[talk] in world.people)
    }
    assert report.waiting.count == len(waiting)


@pytest.mark.row("S1-31", "B-26", "C11")
@pytest.mark.parametrize("seed", range(2))
def test_every_number_equals_a_slow_count(office: Office, seed: int) -> None:
    """Over random history, both changes of the clocks, every filter."""
    chance = random.Random(seed)
    around = datetime(2026, 4, 5, 12, tzinfo=UTC) if seed % 2 else datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
    world = _world(office, chance, around=around, days=40, count=250)
    office.clock.set(around)
    wanted = (
        ReportFilter(),
        ReportFilter(channel_id=world.channels[0].id),
        ReportFilter(team_id=world.team),
        ReportFilter(channel_id=world.channels[1].id, team_id=world.team),
    )
    for one in wanted:
        first, last = report_days.days_of(Period.THIRTY, around.astimezone(_BERLIN).date())
        report = run(world.service.report(first, last, one))
        _check(world, report, one)
    _check_behind(world, report)


def _check_behind(world: _World, report: Report) -> None:
    """Each number opens exactly as many rows as it says, and those of its kind."""

    def count(behind: Behind) -> int:
        return len(run(world.service.behind(report, behind, limit=10_000)))

    for place, numbers in list(enumerate(report.days))[::7]:
        assert count(Behind(place=place, direction=Direction.IN)) == numbers.received
        assert count(Behind(place=place, direction=Direction.OUT)) == numbers.sent
        assert count(Behind(place=place, consent=OptIn.OPTED_OUT)) == numbers.opted_out
        assert count(Behind(place=place, consent=OptIn.OPTED_IN)) == numbers.opted_in
        assert count(Behind(place=place, questions="asked")) == numbers.response.asked
        assert count(Behind(place=place, questions="answered")) == numbers.response.answered
    assert count(Behind(questions="open")) == report.totals.response.asked - report.totals.response.answered
    for row in report.channels:
        for outcome in Outcome:
            behind = Behind(direction=Direction.OUT, outcomes=frozenset({outcome}), channel_id=row.channel_id)
            assert count(behind) == row.outcomes.get(outcome, 0), outcome


@pytest.mark.row("B-26")
@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 6, 1), 24)])
def test_a_day_is_as_long_as_the_clocks_make_it(office: Office, day: date, hours: int) -> None:
    """One message an hour: as many as the day has hours, none at its neighbours' cost, and one opt-out a day."""
    office.store.run_sync(lambda work: work.settings.set(TIME_ZONE.key, "Europe/Berlin"))
    contact = office.contact()
    talk = office.conversation_of(contact)
    begin = report_days.midnight(day, _BERLIN)
    moments = [begin + timedelta(hours=number) for number in range(-1, hours + 1)]

    def store(work: Work) -> None:
        rows = [
            _values(
                _Said(
                    id=first_entry_id(at), conversation_id=talk, direction=Direction.IN, status=_S.RECEIVED,
                    channel_id=office.channel.id, sender_kind=SenderKind.CONTACT, sender_id=None, segments=1,
                    outside=False, batch_id=None,
                ),
                contact.id,
            )
            for at in moments
        ]  # fmt: skip
        work.connection.execute(messages.insert(), rows)
        work.connection.execute(
            consent_ledger.insert(),
            [
                {"id": first_entry_id(at), "contact_id": contact.id, "status": "opted_out", "method": "keyword",
                 "wording": "STOP", "at": at}
                for at in (moments[1], moments[-2])
            ],
        )  # fmt: skip

    office.store.run_sync(store)
    service = ReportService(office.store, office.clock, capabilities=_able)
    report = run(service.report(day - timedelta(days=1), day + timedelta(days=1)))
    assert [numbers.received for numbers in report.days] == [1, hours, 1]
    assert [numbers.opted_out for numbers in report.days] == [0, 1, 0]


@pytest.mark.row("S1-31")
def test_what_is_still_in_the_outbox_never_counts_as_delivered(office: Office) -> None:
    """Sent without a receipt counts, and a channel without receipts is said to have none."""
    world = _world(office, random.Random(7), around=office.clock(), days=3, count=200)
    report = run(world.service.report(office.clock().date() - timedelta(days=5), office.clock().date()))
    sms, chat = (next(row for row in report.channels if row.channel_id == one.id) for one in world.channels)
    assert sms.receipts
    assert not chat.receipts
    for row in (sms, chat):
        assert row.delivered == row.outcomes[Outcome.CONFIRMED] + row.outcomes[Outcome.ASSUMED]
        assert Outcome.WAITING not in (Outcome.CONFIRMED, Outcome.ASSUMED)
        assert row.rated == sum(row.outcomes.values()) - sum(
            row.outcomes.get(one, 0) for one in (Outcome.WAITING, Outcome.NOT_SENT, Outcome.OUTSIDE)
        )
    words = [cell for line in table_of(report, "channels").lines for cell in line]
    assert "none" in words


@pytest.mark.row("B-26")
def test_a_running_span_is_compared_with_as_much_of_the_one_before(office: Office) -> None:
    """At noon of a Monday, today is compared with Sunday until noon."""
    office.store.run_sync(lambda work: work.settings.set(TIME_ZONE.key, "Europe/Berlin"))
    span = report_days.span_of(date(2026, 3, 30), date(2026, 3, 30), _BERLIN)
    earlier = report_days.before(span, _BERLIN, datetime(2026, 3, 30, 10, tzinfo=UTC))
    assert (earlier.first, earlier.last) == (date(2026, 3, 29), date(2026, 3, 29))
    assert earlier.until == datetime(2026, 3, 29, 10, tzinfo=UTC)  # noon there as well, 11 hours after midnight
    whole = report_days.before(span, _BERLIN, datetime(2026, 5, 1, tzinfo=UTC))
    assert whole.until == whole.edges[-1]


@pytest.mark.row("B-26")
def test_spans_that_make_no_sense_are_refused(office: Office) -> None:
    service = ReportService(office.store, office.clock, capabilities=_able)
    for first, last in ((date(2026, 3, 2), date(2026, 3, 1)), (date(2000, 1, 1), date(2026, 1, 1))):
        with pytest.raises(InvalidInputError):
            run(service.report(first, last))


@pytest.mark.row("B-26", "D-17")
def test_what_was_sent_costs_what_its_channel_costs(office: Office) -> None:
    """One channel has the office's price, one its own, one its own in another currency, one counts no segments but has
    a price of a message, and one costs nothing."""
    office.store.run_sync(lambda work: work.settings.set(SEGMENT_PRICE.key, 0.01))
    office.store.run_sync(lambda work: work.settings.set(CURRENCY.key, "USD"))
    prices = {"Own": "0.02", "Abroad": "0.05 EUR", "Plain": "0.10 USD", "Free": ""}

    def send(work: Work) -> None:
        contact = work.contacts.add([(Scheme.TEL, "+14155550100")])
        talk = work.conversations.of_contact(contact.id)
        channels = [office.channel]
        for name, price in prices.items():
            settings = {"network": "sms"} | ({PRICE_SETTING: price} if price else {})
            address = f"+1415555020{len(channels)}"
            channels.append(work.channels.add(kind="simulator", name=name, address=address, settings=settings))
        for channel in channels:
            for status, segments in ((DeliveryStatus.SENT, 3), (DeliveryStatus.CANCELLED, 2)):
                message = Message(
                    id=work.new_entry_id(work.now()), conversation_id=talk, contact_id=contact.id, text="Hello",
                    direction=Direction.OUT, status=status, channel_id=channel.id, segments=segments,
                    sender_kind=SenderKind.USER, client_uuid=str(uuid.uuid4()), queued_at=work.now(),
                    sent_at=work.now(),
                )  # fmt: skip
                work.messages.add_outbound(message)

    office.store.run_sync(send)

    def able(channel: Channel) -> Capabilities:
        counts = channel.name not in ("Plain", "Free")
        return Capabilities(schemes=frozenset({Scheme.TEL}), reconcile=ReconcileClass.NOTHING, segments=counts)

    service = ReportService(office.store, office.clock, capabilities=able)
    today = run(service.today())
    report = run(service.report(today, today))
    assert report.totals.segments == 9
    assert report.costs == {"EUR": 0.15, "USD": 0.39}  # 3 at 0.01, 3 at 0.02, 3 at 0.10
    assert table_of(report, "segments").headings == ("Day", "Segments", "Cost EUR", "Cost USD")
    assert table_of(report, "segments").lines == ((today.isoformat(), "9", "0.15", "0.39"),)
    assert as_json(report)["costs"] == {"EUR": 0.15, "USD": 0.39}
    words = ReportWords(Formats(office.clock))
    assert [one.value for one in words.numbers(report) if one.key == "segments"] == ["9 · EUR 0.15 + USD 0.39"]
    assert [cell.text for cell in words.sections(report)[-1].rows[0]][1:] == ["9", "EUR 0.15", "USD 0.39"]
    plain = next(key for key, name in run(service.choices()).channels if name == "Plain")
    assert run(service.report(today, today, ReportFilter(channel_id=plain))).costs == {"USD": 0.3}


@pytest.mark.row("B-26")
def test_tables_go_into_files_that_spreadsheets_leave_alone(office: Office, tmp_path: Path) -> None:
    """A channel called like a formula stays a text; sums have the price."""
    office.store.run_sync(lambda work: work.settings.set(SEGMENT_PRICE.key, 0.01))
    office.store.run_sync(lambda work: work.settings.set(CURRENCY.key, "$"))
    world = _world(office, random.Random(3), around=office.clock(), days=3, count=150)
    office.store.run_sync(lambda work: work.channels.change(office.channel.id, name="=HYPERLINK(1)"))
    report = run(world.service.report(office.clock().date() - timedelta(days=6), office.clock().date()))
    assert report.costs == {"$": round(0.01 * report.totals.segments, 2)}
    for key in TABLES:
        target = tmp_path / f"{key}.csv"
        table = table_of(report, key)
        run(world.service.write_csv(target, [table.headings, *table.lines]))
        with target.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))
        assert len(rows) == len(table.lines) + 1
        assert not any(cell.startswith("=") for row in rows for cell in row)
    days = [line[0] for line in table_of(report, "messages").lines]
    assert days == [day.isoformat() for day in report.span.days]
