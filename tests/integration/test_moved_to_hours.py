"""Moving what waits for its time: to when it may really leave, and nothing that follows is lost, on both databases."""

from datetime import UTC, datetime, timedelta

import pytest

from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.ids import EntryId
from desktop_inbox.models.entities.message import DeliveryStatus as S
from desktop_inbox.models.entities.message import SenderKind
from desktop_inbox.models.entities.outbox import GateDecision
from desktop_inbox.models.entities.team import ALWAYS, Hours
from desktop_inbox.models.store import Store
from desktop_inbox.services.blocked_time import BlockedTimeService
from desktop_inbox.services.consent_message import ConsentMessageService
from desktop_inbox.services.settings import ORGANISATION_NAME, TIME_ZONE
from desktop_inbox.services.teams import TeamService
from tests.support.clock import HeldClock
from tests.support.run import run
from tests.support.scripted_provider import World
from tests.support.sending import Office, Person, open_office, problems

EIGHT_TO_EIGHT = Hours.of({day: [(8 * 60, 20 * 60)] for day in range(7)})
#: 22:00 in Los Angeles, where the numbers of the first people are.
NIGHT = datetime(2026, 11, 21, 6, tzinfo=UTC)
MORNING = datetime(2026, 11, 21, 16, tzinfo=UTC)


@pytest.fixture
def office(store: Store, clock: HeldClock) -> Office:
    clock.set(NIGHT)
    opened = open_office(store, World(clock=clock))
    store.run_sync(lambda work: work.settings.set(TIME_ZONE.key, "Europe/Berlin"))
    return opened


def close_nights(office: Office, *, of_team: bool = False) -> None:
    """Let automatic messages leave by day only: those of the office, or of a team that the user is in."""
    service = TeamService(office.store, user_id=office.user_id)
    if not of_team:
        run(service.set_office_hours(EIGHT_TO_EIGHT))
        return
    team = run(service.add("Sales"))
    run(service.assign([office.user_id], team.id))
    run(service.set_hours(team.id, EIGHT_TO_EIGHT))


def ask_for_consent(office: Office) -> None:
    office.store.run_sync(lambda work: work.settings.set(ORGANISATION_NAME.key, "Orchard"))
    consent = ConsentMessageService(office.store, user_id=office.user_id)
    run(consent.set_policy(required=True, text="Orchard here. Reply STOP to end."))


def queued(office: Office, person: Person | None = None) -> EntryId:
    new = office.new(person or office.person(), sender_kind=SenderKind.CAMPAIGN, sender_id=office.user_id)
    (answer,) = run(office.outbox.queue_many([new]))
    assert not isinstance(answer, GateDecision)
    return answer


def led_by(office: Office, key: EntryId) -> EntryId:
    lead = office.entry(key).after_message_id
    assert lead is not None
    return lead


def move(office: Office, key: EntryId) -> datetime | None:
    return run(BlockedTimeService(office.store, user_id=office.user_id).release_at_next([key])).first


@pytest.mark.row("S5-17", "S4-22")
@pytest.mark.parametrize("moved_first", [False, True], ids=["moved after the weekend", "moved at once"])
def test_what_follows_a_consent_message_waits_as_long_as_that(
    office: Office, clock: HeldClock, moved_first: bool
) -> None:
    weekdays = Hours.of({day: [(8 * 60, 20 * 60)] for day in range(5)})
    run(TeamService(office.store, user_id=office.user_id).set_office_hours(weekdays))
    ask_for_consent(office)
    key = queued(office)
    lead = led_by(office, key)
    assert (office.entry(lead).reason, office.entry(key).reason) == ("outside_hours", "consent_first")
    monday = MORNING + timedelta(days=2)
    if moved_first:
        assert move(office, key) == monday
    clock.set(monday)  # two days later than any message may be late
    office.sweep()
    assert office.entry(key).state is S.HELD
    if not moved_first:
        assert move(office, key) == monday
    (job,) = office.begin()
    assert job.entry.message_id == lead
    office.accept(job)
    office.sweep()
    (job,) = office.begin()
    assert job.entry.message_id == key
    assert problems(office) == []


@pytest.mark.row("S5-17", "S4-22", "P8")
def test_a_consent_message_is_moved_to_when_what_follows_it_may_leave(office: Office, clock: HeldClock) -> None:
    close_nights(office, of_team=True)  # the office itself may send at any time
    ask_for_consent(office)
    key = queued(office)
    lead = led_by(office, key)
    assert move(office, key) == MORNING
    assert office.begin() == ()
    assert office.entry(lead).reason == "moved_to_hours"
    clock.set(MORNING)
    office.sweep()
    assert [job.entry.message_id for job in office.begin()] == [lead]


@pytest.mark.row("S5-17", "S5-23")
def test_a_consent_message_leaves_by_the_hours_of_the_team_that_it_is_for(office: Office) -> None:
    close_nights(office)
    service = TeamService(office.store, user_id=office.user_id)
    team = run(service.add("Night shift"))
    run(service.assign([office.user_id], team.id))
    run(service.set_hours(team.id, ALWAYS))
    ask_for_consent(office)
    lead = led_by(office, queued(office))
    assert office.entry(lead).state is S.QUEUED
    assert [job.entry.message_id for job in office.begin()] == [lead]


@pytest.mark.row("S5-17", "P8")
def test_the_number_that_is_written_to_tells_when(office: Office, clock: HeldClock) -> None:
    close_nights(office)
    paths = ("+493012345678", "+14155550199")  # Berlin, where it is 07:00, and Los Angeles

    def add(work) -> Person:  # type: ignore[no-untyped-def]
        contact = work.contacts.add([(Scheme.TEL, path) for path in paths])
        talk = work.conversations.of_contact(contact.id)
        return Person(contact.id, contact.addresses[1].id, talk, paths[1])

    key = queued(office, office.store.run_sync(add))
    assert office.entry(key).reason == "outside_hours"
    assert move(office, key) == MORNING  # and not when Berlin may be written to
    clock.set(MORNING)
    office.sweep()
    assert [job.entry.message_id for job in office.begin()] == [key]
