"""What stands against a moment is said before a broadcast, or a schedule of one, is saved for it (D-07)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from desktop_inbox.models.entities.batch import ListAudience
from desktop_inbox.models.entities.channel import Capabilities, ReconcileClass
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.message import DeliveryStatus, Direction, Message
from desktop_inbox.models.entities.outbox import GateDecision, GateKind
from desktop_inbox.models.entities.team import Hours
from desktop_inbox.models.store import Store
from desktop_inbox.services.broadcast_timing import untimely
from desktop_inbox.services.enqueue import Enqueue
from desktop_inbox.services.gate import Gate
from desktop_inbox.services.schedule_runs import ScheduleRuns
from desktop_inbox.services.schedules import ScheduleDraft, ScheduleService, making_batches
from desktop_inbox.services.teams import TeamService
from tests.support.broadcasting import Desk
from tests.support.broadcasting import desk as open_desk
from tests.support.clock import HeldClock
from tests.support.run import run
from tests.support.scripted_provider import World

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
WINDOW = Capabilities(schemes=frozenset({Scheme.TEL}), window_hours=24, reconcile=ReconcileClass.NOTHING)


@pytest.fixture
def here(store: Store, clock: HeldClock) -> Desk:
    clock.set(NOON)
    opened = open_desk(store, World(clock=clock), people=4)
    store.run_sync(lambda work: work.settings.set("time_zone", "UTC"))
    return opened


def schedules(here: Desk) -> ScheduleService:
    enqueue = Enqueue(Gate(), capabilities=here.office.world.capabilities_of)
    runs = ScheduleRuns(enqueue, make_batch=making_batches(here.service))
    return ScheduleService(
        here.office.store, user_id=here.office.user_id, enqueue=enqueue, runs=runs, look_at_many=here.service.look_at
    )


def of_schedule(here: Desk, at: datetime, rule: str = "") -> GateDecision:
    draft = here.draft()
    found = run(
        schedules(here).look(
            ScheduleDraft(
                text=draft.text,
                channel_id=draft.channel_id,
                audience=draft.audience,
                starts_at=at.replace(tzinfo=None),
                zone="UTC",
                rule=rule,
            )
        )
    )
    assert isinstance(found, GateDecision)
    return found


def by_day(here: Desk) -> None:
    hours = Hours.of({day: [(8 * 60, 20 * 60)] for day in range(7)})
    run(TeamService(here.office.store, user_id=here.office.user_id).set_office_hours(hours, recipient_zone=False))


def wrote(here: Desk, number: int, ago: timedelta) -> None:
    person, channel = here.office.people[number], here.office.channel

    def receive(work):  # type: ignore[no-untyped-def]
        at = work.now() - ago
        work.messages.add_inbound(
            Message(
                id=work.new_entry_id(at), conversation_id=person.conversation_id, contact_id=person.contact_id,
                direction=Direction.IN, text="Hello", status=DeliveryStatus.RECEIVED, channel_id=channel.id,
                address_id=person.address_id,
            )
        )  # fmt: skip

    here.office.store.run_sync(receive)


@pytest.mark.row("D-07", "S5-17")
@pytest.mark.parametrize(
    ("hours", "told"),
    [
        pytest.param(1, "", id="in the afternoon"),
        pytest.param(8, "It is 20:00 on Monday", id="at the end"),
        pytest.param(11, "It is 23:00 on Monday", id="at night"),
        pytest.param(20, "", id="in the morning"),
    ],
)
def test_hours_are_told_of_a_broadcast_and_of_a_schedule_of_one(here: Desk, hours: int, told: str) -> None:
    by_day(here)
    at = NOON + timedelta(hours=hours)
    for decision in (run(here.service.look_at(here.draft(), at)), of_schedule(here, at, "FREQ=DAILY")):
        assert decision.kind is (GateKind.CONFIRM if told else GateKind.GO)
        assert told in decision.sentence
        if told:
            assert decision.code == "outside_hours"
            assert "4 of 4 recipients" in decision.sentence
            assert "Blocked Time" in decision.hint
    sample = run(here.service.sample(here.draft(), at=at))
    assert (untimely(sample.first) is not None) is bool(told)


@pytest.mark.row("D-07")
@pytest.mark.parametrize(
    ("hours", "late"),
    [pytest.param(1, 1, id="one is over"), pytest.param(15, 2, id="two are"), pytest.param(23, 3, id="three are")],
)
def test_windows_that_close_before_the_moment_are_told(here: Desk, hours: int, late: int) -> None:
    here.office.world.capabilities = WINDOW
    wrote(here, 0, timedelta(minutes=5))
    wrote(here, 1, timedelta(hours=2))
    wrote(here, 2, timedelta(hours=10))
    at = NOON + timedelta(hours=hours)
    for decision in (run(here.service.look_at(here.draft(), at)), of_schedule(here, at)):
        assert (decision.kind, decision.code) == (GateKind.CONFIRM, "outside_window")
        assert f"{late} of 4 recipients" in decision.sentence
        assert "gets nothing" in decision.hint


@pytest.mark.row("D-07")
def test_of_an_audience_that_has_nobody_yet_the_clock_of_the_office_is_told(here: Desk) -> None:
    by_day(here)
    listed = here.office.store.run_sync(lambda work: work.contact_lists.ensure("Nobody yet"))
    draft = here.draft(audience=ListAudience(list_id=listed.id, name=listed.name))
    assert run(here.service.look_at(draft, NOON)).kind is GateKind.GO
    night = run(here.service.look_at(draft, NOON + timedelta(hours=11)))
    assert (night.kind, night.code) == (GateKind.CONFIRM, "outside_hours")


@pytest.mark.row("D-07")
def test_nobody_is_asked_about_where_no_moment_can_be_bad(here: Desk) -> None:
    draft = replace(here.draft(), team_id=999)  # a dry run would refuse it
    assert run(here.service.look_at(draft, NOON + timedelta(hours=11))).kind is GateKind.GO
