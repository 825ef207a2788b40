"""Blocked Time: what leaves by itself waits outside allowed hours, until a person moves it, on both databases."""

import random
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from desktop_inbox.errors import InvalidInputError, PermissionDeniedError
from desktop_inbox.models.entities.ids import BatchId, EntryId
from desktop_inbox.models.entities.message import DeliveryStatus as S
from desktop_inbox.models.entities.message import SenderKind
from desktop_inbox.models.entities.outbox import GateDecision, GateKind
from desktop_inbox.models.entities.team import ALWAYS, Hours
from desktop_inbox.models.entities.user import Role
from desktop_inbox.models.store import Store
from desktop_inbox.services.blocked_time import BlockedTimeService
from desktop_inbox.services.settings import ORGANISATION_NAME, TIME_ZONE
from desktop_inbox.services.teams import TeamService
from desktop_inbox.services.undo import UndoService
from tests.support.clock import HeldClock
from tests.support.run import run
from tests.support.scripted_provider import World
from tests.support.sending import Office, add_person, open_office, problems

EIGHT_TO_EIGHT = Hours.of({day: [(8 * 60, 20 * 60)] for day in range(7)})
#: 22:00 in Los Angeles, where the numbers of the first people are.
NIGHT = datetime(2026, 11, 21, 6, tzinfo=UTC)
MORNING = datetime(2026, 11, 21, 16, tzinfo=UTC)
AUTOMATIC = (
    SenderKind.BROADCAST,
    SenderKind.CAMPAIGN,
    SenderKind.SCHEDULE,
    SenderKind.AUTOMATION,
    SenderKind.AWAY,
    SenderKind.GREETING,
    SenderKind.SURVEY,
    SenderKind.BOT,
)


@pytest.fixture
def office(store: Store, clock: HeldClock) -> Office:
    clock.set(NIGHT)
    opened = open_office(store, World(clock=clock))
    store.run_sync(lambda work: work.settings.set(TIME_ZONE.key, "Europe/Berlin"))
    return opened


def teams(office: Office) -> TeamService:
    return TeamService(office.store, user_id=office.user_id)


def blocked_time(office: Office) -> BlockedTimeService:
    return BlockedTimeService(office.store, user_id=office.user_id)


def close_nights(office: Office, *, recipient_zone: bool = True) -> None:
    run(teams(office).set_office_hours(EIGHT_TO_EIGHT, recipient_zone=recipient_zone))


def queued(office: Office, kind: SenderKind = SenderKind.BROADCAST, **options: object) -> EntryId:
    (answer,) = run(office.outbox.queue_many([office.new(office.person(), sender_kind=kind, **options)]))
    assert not isinstance(answer, GateDecision)
    return answer


@pytest.mark.row("S5-17", "B-14", "B-42")
@pytest.mark.parametrize("kind", AUTOMATIC)
def test_nothing_automatic_leaves_at_ten_at_night(office: Office, clock: HeldClock, kind: SenderKind) -> None:
    close_nights(office)
    key = queued(office, kind)
    entry = office.entry(key)
    assert (entry.state, entry.reason) == (S.HELD, "outside_hours")
    clock.set(MORNING)  # its hours have come: it waits for a person all the same
    office.sweep()
    assert office.begin() == ()
    clock.advance(timedelta(days=30))
    office.sweep()
    assert office.status(key) is S.HELD
    assert office.begin() == ()
    assert problems(office) == []


@pytest.mark.row("S5-17", "P8")
def test_what_waits_in_the_outbox_when_its_time_is_over_is_held(office: Office, clock: HeldClock) -> None:
    close_nights(office)
    clock.set(MORNING)
    key = queued(office)
    assert office.status(key) is S.QUEUED
    claimed = office.claim()
    clock.set(MORNING + timedelta(hours=12, seconds=-1))  # 19:59:59: the last second
    assert run_start(office, claimed) == 1
    late = queued(office)
    claimed = office.claim()
    clock.advance(timedelta(seconds=1))
    assert run_start(office, claimed) == 0
    assert (office.entry(late).state, office.entry(late).reason) == (S.HELD, "outside_hours")


def run_start(office: Office, claimed: tuple[object, ...]) -> int:
    return len(office.start(claimed))  # type: ignore[arg-type]


@pytest.mark.row("S5-17", "B-14")
def test_one_click_moves_to_the_next_allowed_time(office: Office, clock: HeldClock) -> None:
    close_nights(office)
    key, other = queued(office), queued(office)
    moved = run(blocked_time(office).release_at_next([key]))
    assert moved.moved == ((key, MORNING),)
    assert moved.first == MORNING
    clock.set(MORNING - timedelta(seconds=1))
    office.sweep()
    assert office.begin() == ()
    clock.set(MORNING)
    office.sweep()
    (job,) = office.begin()
    assert job.entry.message_id == key
    assert office.status(other) is S.HELD  # nobody moved it
    assert run(blocked_time(office).release_at_next([key, other])).moved == ((other, MORNING),)  # allowed by now
    assert [job.entry.message_id for job in office.begin()] == [other]
    assert problems(office) == []


@pytest.mark.row("S5-17")
def test_what_was_moved_and_missed_its_time_waits_again(office: Office, clock: HeldClock) -> None:
    close_nights(office)
    key = queued(office)
    run(blocked_time(office).release_at_next([key]))
    clock.set(MORNING + timedelta(hours=13))  # no computer was on during the day
    office.sweep()
    assert office.begin() == ()
    assert (office.status(key), office.entry(key).reason) == (S.HELD, "outside_hours")


@pytest.mark.row("S5-17", "B-42")
def test_what_a_person_types_leaves_with_a_warning(office: Office) -> None:
    close_nights(office)
    person = office.person()
    words = run(blocked_time(office).warning(person.conversation_id, person.address_id))
    assert "22:00 on Friday in Los Angeles" in words
    message = office.queue(person, "About your question")
    assert office.status(message.id) is S.QUEUED
    assert [job.entry.message_id for job in office.begin()] == [message.id]


@pytest.mark.row("S5-17")
def test_a_typed_reply_never_waits_behind_what_is_held(office: Office) -> None:
    close_nights(office)
    person = office.person()
    run(office.outbox.queue_many([office.new(person)]))
    reply = office.queue(person, "Typed")
    assert [job.entry.message_id for job in office.begin()] == [reply.id]


@pytest.mark.row("S5-17", "S5-23")
def test_hours_of_the_team_go_before_those_of_the_office(office: Office, clock: HeldClock) -> None:
    close_nights(office)
    service = teams(office)
    night_shift = run(service.add("Night shift"))
    run(service.assign([office.user_id], night_shift.id))
    assert office.entry(queued(office, sender_id=office.user_id)).state is S.HELD  # without hours of its own
    run(service.set_hours(night_shift.id, ALWAYS))
    assert office.entry(queued(office, sender_id=office.user_id)).state is S.QUEUED
    assert office.entry(queued(office)).state is S.HELD  # nobody's: the office's hours
    run(service.set_hours(night_shift.id, Hours.of({5: [(0, 60)]}), recipient_zone=False))  # Saturday in Berlin
    key = queued(office, sender_id=office.user_id)
    moved = run(blocked_time(office).release_at_next([key]))
    assert moved.first == datetime(2026, 11, 28, tzinfo=ZoneInfo("Europe/Berlin"))
    run(service.set_hours(night_shift.id, Hours.of({})))
    key = queued(office, sender_id=office.user_id)
    assert run(blocked_time(office).release_at_next([key])).never == (key,)


@pytest.mark.row("S5-17", "S5-23")
def test_the_team_of_a_batch_goes_before_that_of_its_user(office: Office) -> None:
    team = run(teams(office).add("Sales"))
    run(teams(office).set_hours(team.id, Hours.of({})))
    batch = office.store.run_sync(lambda work: _batch(work, office, team.id))
    key = queued(office, sender_id=office.user_id, batch_id=batch)
    assert office.entry(key).reason == "outside_hours"


def _batch(work, office: Office, team_id):  # type: ignore[no-untyped-def]
    from sqlalchemy import insert

    from desktop_inbox.models.schema import batches

    now = work.now()
    values = {"id": work.draw_entry_id(now), "code": "B-1", "kind": "broadcast", "status": "sending", "text": "x"}
    values |= {"files": {}, "audience": {}, "options": {}, "channel_id": office.channel.id, "team_id": team_id}
    work.connection.execute(insert(batches).values(**values, created_at=now, due_at=now))
    return BatchId(values["id"])


@pytest.mark.row("S5-17")
def test_days_off_and_own_zones_count(office: Office, clock: HeldClock) -> None:
    clock.set(MORNING)
    service = teams(office)
    run(service.add_holiday(date(2026, 11, 21), "Closed"))
    assert office.entry(queued(office)).state is S.HELD
    (holiday,) = run(service.holidays())
    run(service.delete_holiday(holiday.id))
    run(service.add_holiday(date(2020, 11, 21), "Founders' day", yearly=True))
    assert office.entry(queued(office)).state is S.HELD
    run(service.delete_holiday(run(service.holidays())[0].id))
    close_nights(office)
    person = office.person()
    office.store.run_sync(lambda work: work.contacts.change(person.contact_id, zone="Asia/Tokyo"))  # there it is 01:00
    (answer,) = run(office.outbox.queue_many([office.new(person)]))
    assert office.entry(answer).state is S.HELD  # type: ignore[arg-type]
    toll_free = office.store.run_sync(lambda work: add_person(work, "+18005550148"))
    (answer,) = run(office.outbox.queue_many([office.new(toll_free)]))
    assert office.entry(answer).state is S.HELD  # type: ignore[arg-type]


@pytest.mark.row("P8")
def test_no_send_outside_the_window_on_either_database(office: Office, clock: HeldClock) -> None:
    """Two days around changes of the clock: everything queued at any hour, moved by a click, sent when due."""
    dice, sent, moved = random.Random(8), 0, 0
    zones = {"+56221234567": "America/Santiago", "+20221234567": "Africa/Cairo", "+12125550148": "America/New_York"}
    people = {path: office.store.run_sync(lambda work, path=path: add_person(work, path)) for path in zones}  # type: ignore[misc]
    close_nights(office)
    for begin in (
        datetime(2026, 4, 4, tzinfo=UTC),
        datetime(2026, 9, 5, tzinfo=UTC),
        datetime(2026, 10, 31, tzinfo=UTC),
    ):
        for step in range(48):
            clock.set(begin + timedelta(hours=step, minutes=dice.randrange(60)))
            news = [office.new(person, f"{begin} {step}") for person in people.values()]
            keys = [key for key in run(office.outbox.queue_many(news)) if not isinstance(key, GateDecision)]
            if step % 6 == 0:
                moved += len(run(blocked_time(office).release_at_next(keys)).moved)
            office.sweep()
            for job in office.begin():
                zone = ZoneInfo(zones[job.delivery.to])
                assert 8 <= clock().astimezone(zone).hour < 20
                office.accept(job)
                sent += 1
    print(f"P8 on the database: {sent} sent, {moved} moved, 0 outside")
    assert sent > 150
    assert moved > 15


@pytest.mark.row("S5-17")
def test_only_administrators_change_hours_and_everything_can_be_undone(office: Office) -> None:
    agent = office.store.run_sync(lambda work: work.users.add("Ben", Role.AGENT))
    theirs = TeamService(office.store, user_id=agent.id)
    with pytest.raises(PermissionDeniedError):
        run(theirs.add("Sales"))
    with pytest.raises(PermissionDeniedError):
        run(theirs.set_office_hours(EIGHT_TO_EIGHT))
    service, undo = teams(office), UndoService(office.store, user_id=office.user_id)
    team = run(service.add("Sales"))
    with pytest.raises(InvalidInputError):
        run(service.add("SÁLES"))
    run(service.set_hours(team.id, EIGHT_TO_EIGHT))
    run(service.assign([agent.id], team.id))
    run(service.set_channels(team.id, [office.channel.id]))
    run(service.add_holiday(date(2026, 12, 24), "Eve"))
    run(service.set_office_hours(EIGHT_TO_EIGHT, recipient_zone=False))
    run(service.delete(team.id))
    assert run(service.all()) == ()
    run(undo.undo_last())
    (back,) = run(service.all())
    assert (back.hours, back.members, back.channel_ids) == (EIGHT_TO_EIGHT, (agent.id,), {office.channel.id})
    run(undo.undo_last())
    assert run(service.office_hours()).hours == ALWAYS
    run(undo.undo_last())
    assert run(service.holidays()) == ()
    for _ in range(4):
        run(undo.undo_last())
    assert run(service.all()) == ()


@pytest.mark.row("S5-17", "S5-25")
def test_who_is_no_administrator_any_more_takes_no_rule_back(office: Office) -> None:
    undo = UndoService(office.store, user_id=office.user_id)
    run(teams(office).set_office_hours(EIGHT_TO_EIGHT))
    office.store.run_sync(lambda work: work.users.add("Eva", Role.ADMINISTRATOR))
    office.store.run_sync(lambda work: work.users.change(office.user_id, role=Role.AGENT))
    with pytest.raises(PermissionDeniedError):
        run(undo.undo_last())
    assert run(teams(office).office_hours()).hours == EIGHT_TO_EIGHT


@pytest.mark.row("S5-17")
def test_ten_thousand_recipients_ask_little_of_the_database(office: Office) -> None:
    """The gate's facts about hours cost the same few queries for one recipient and for five hundred."""
    from sqlalchemy import event

    close_nights(office)
    office.add_people(301)
    asked: list[str] = []
    engine = office.store.run_sync(lambda work: work.connection.engine)
    watch = lambda _c, _cursor, statement, *_more: asked.append(statement)  # noqa: E731
    event.listen(engine, "before_cursor_execute", watch)
    try:
        run(office.outbox.queue_many([office.new(person, "One") for person in office.people[:1]]))
        few, asked[:] = _about_hours(asked), []
        run(office.outbox.queue_many([office.new(person, "Many") for person in office.people[1:]]))
        assert _about_hours(asked) <= few
    finally:
        event.remove(engine, "before_cursor_execute", watch)


def _about_hours(asked: list[str]) -> int:
    tables = ("teams", "holidays", "blocked_terms", "term_decisions", "FROM users")
    return sum(any(table in statement for table in tables) for statement in asked)


@pytest.mark.row("S5-17")
def test_the_gate_tells_a_person_and_holds_a_machine(office: Office) -> None:
    close_nights(office)
    person = office.person()
    new = office.new(person)
    decision = office.store.read_sync(lambda work: office.outbox._enqueue.check(work, new))
    assert (decision.kind, decision.code, decision.until) == (GateKind.HOLD, "outside_hours", None)
    assert office.status(office.queue(person, "Typed").id) is S.QUEUED


@pytest.mark.row("S5-17", "P8", "S4-22")
def test_a_consent_message_leaves_by_the_hours_of_what_follows_it(office: Office, clock: HeldClock) -> None:
    from desktop_inbox.services.consent_message import ConsentMessageService

    consent = ConsentMessageService(office.store, user_id=office.user_id)
    office.store.run_sync(lambda work: work.settings.set(ORGANISATION_NAME.key, "Orchard"))
    run(consent.set_policy(required=True, text="Orchard here. Reply STOP to end."))
    team = run(teams(office).add("Sales"))
    run(teams(office).assign([office.user_id], team.id))
    run(teams(office).set_hours(team.id, EIGHT_TO_EIGHT))  # the office itself may send at any time
    key = queued(office, sender_id=office.user_id)
    lead = office.entry(key).after_message_id
    assert lead is not None
    assert (office.entry(lead).reason, office.entry(key).reason) == ("outside_hours", "consent_first")
    assert office.begin() == ()
    run(blocked_time(office).release_at_next([key]))  # moves what goes first
    clock.set(MORNING)
    office.sweep()
    claimed = office.claim()
    clock.set(MORNING + timedelta(hours=12))
    assert office.start(claimed) == ()  # its time was over again
    assert office.entry(lead).reason == "outside_hours"
    typed = office.queue(office.person(), "Typed at night")
    (job,) = office.begin()
    assert job.entry.message_id == office.entry(typed.id).after_message_id
    answer = office.queue(office.people[-2], "Typed to whom the offer waits")  # its consent message is held
    jobs = office.begin()
    assert [job.entry.message_id for job in jobs] == [lead]
    assert office.entry(answer.id).after_message_id == lead
    office.accept(jobs[0])
    assert office.begin() == ()  # the offer was first, and is held once more
    assert [job.entry.message_id for job in office.begin()] == [answer.id]
    assert office.entry(key).reason == "outside_hours"  # the offer itself still waits
