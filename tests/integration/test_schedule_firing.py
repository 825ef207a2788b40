"""Schedules fire exactly once: several computers, wrong clocks, sleep, and arrivals that come first."""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from desktop_inbox import clock as clocks
from desktop_inbox.models.entities.ids import ScheduleId
from desktop_inbox.models.entities.schedule import RunOutcome, ScheduleState
from desktop_inbox.models.store import Store
from desktop_inbox.services.schedule_runs import firing_schedules
from desktop_inbox.services.scheduler import Scheduler, ending_snoozes
from tests.support.offices import Office
from tests.support.run import run
from tests.support.scheduling import Desk, open_desk, runs_of

ROOT = Path(__file__).resolve().parents[2]
AT_FIVE = datetime(2026, 3, 2, 17)  # in Berlin: four hours after the clock of the office
DUE = datetime(2026, 3, 2, 16, tzinfo=UTC)
DAILY = "FREQ=DAILY"
COMPUTERS = 4
FIRED, ASKING = RunOutcome.FIRED, RunOutcome.ASKING


@pytest.fixture
def desk(office: Office) -> Desk:
    return open_desk(office)


@contextmanager
def computer(url: str, *prefix: str) -> Iterator[subprocess.Popen[str]]:
    """A process that looks at what is due once it is told to."""
    child = subprocess.Popen(
        [*prefix, sys.executable, "-m", "tests.support.scheduling", url],
        cwd=ROOT, env=os.environ | {"TZ": "UTC"}, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        line = child.stdout.readline()
        assert line == "ready\n", line
        yield child
    finally:
        child.kill()
        child.wait(30)
        child.stdin.close()
        child.stdout.close()


def look_at_once(url: str, computers: int, *prefix: str) -> None:
    with ExitStack() as stack:
        children = [stack.enter_context(computer(url, *prefix)) for _ in range(computers)]
        for child in children:
            assert child.stdin is not None
            child.stdin.write("go\n")
            child.stdin.flush()
        for child in children:
            assert child.stdout is not None
            assert child.stdout.readline() == "done\n"


def add_due(office: Office, desk: Desk, number: int) -> list[ScheduleId]:
    """Schedules that come due a minute from now by the real clock."""
    at = (clocks.now() - timedelta(minutes=30)).replace(microsecond=0, tzinfo=None)

    def add(work):  # type: ignore[no-untyped-def]
        return [
            work.schedules.add(
                kind="reply", state="active", text=f"Number {one}", files={"files": []}, audience={}, options={},
                channel_id=office.channel.id, conversation_id=desk.conversation_id,
                address_id=desk.contact.addresses[0].id, user_id=office.user.id,
                starts_at=at.isoformat(), zone="UTC", rule="",
                next_at=at.replace(tzinfo=UTC), next_local=at.isoformat(),
            ).id
            for one in range(number)
        ]  # fmt: skip

    return office.store.run_sync(add)


def race(office: Office, number: int) -> None:
    desk = open_desk(office)
    office.clock.set(clocks.now() - timedelta(hours=1))
    keys = add_due(office, desk, number)
    look_at_once(office.url, COMPUTERS)
    outcomes = [desk.outcomes(key) for key in keys]
    assert [[outcome for _slot, outcome in one] for one in outcomes] == [[FIRED]] * number
    assert sorted(message.text for message in desk.messages()) == sorted(f"Number {one}" for one in range(number))
    print(f"{COMPUTERS} schedulers on {office.store.dialect}: {number:,} slots, {sum(map(len, outcomes)):,} runs")


@pytest.mark.row("P9", "S1-23")
def test_four_computers_fire_every_slot_once(office: Office) -> None:
    race(office, 40)


@pytest.mark.chaos
@pytest.mark.timeout(900)
@pytest.mark.row("P9")
def test_four_computers_fire_a_thousand_slots_once(office: Office) -> None:
    race(office, 1000)


@pytest.mark.row("P9")
def test_computers_that_look_in_turn_fire_every_slot_once(desk: Desk) -> None:
    other = Desk(desk.office, desk.office.another_store(), desk.contact, desk.conversation_id)
    key = desk.add(desk.draft(AT_FIVE, "FREQ=HOURLY", text="$first_name"))
    for _ in range(30):
        desk.office.clock.advance(timedelta(minutes=30))
        run(_both(desk, other))
    assert desk.counted(key) == {FIRED: 12}
    assert len(desk.messages()) == 12


async def _both(one: Desk, other: Desk) -> None:
    await asyncio.gather(one.job(), other.job())  # type: ignore[arg-type]


@pytest.mark.row("P10")
@pytest.mark.parametrize(
    "jump",
    [timedelta(hours=1), timedelta(hours=-1), timedelta(days=3), timedelta(days=-3), timedelta(days=3653)],
    ids=["+1h", "-1h", "+3d", "-3d", "+10y"],
)
@pytest.mark.parametrize("rule", ["", DAILY], ids=["once", "daily"])
def test_a_wrong_clock_doubles_nothing_and_loses_nothing(desk: Desk, jump: timedelta, rule: str) -> None:
    clock, key = desk.office.clock, desk.add(desk.draft(AT_FIVE, rule))
    desk.look()
    clock.advance(jump)
    desk.look()
    clock.advance(-jump)
    desk.look()
    assert not desk.messages()  # nothing was due before five, whatever the clock said meanwhile
    found = desk.get(key)
    assert (found.state, found.next_at) == (ScheduleState.ACTIVE, DUE)
    clock.set(DUE)
    desk.look()
    assert desk.outcomes(key) == [("2026-03-02T17:00:00", FIRED)]
    clock.set(DUE + timedelta(days=1))
    desk.look()
    assert desk.counted(key)[FIRED] == (2 if rule else 1)
    assert len(desk.messages()) == (2 if rule else 1)


@pytest.mark.row("P10")
@pytest.mark.parametrize("rule", ["", DAILY], ids=["once", "daily"])
@pytest.mark.parametrize("back", [timedelta(minutes=1), timedelta(hours=1), timedelta(days=3)], ids=["1m", "1h", "3d"])
def test_a_clock_that_is_put_back_after_a_slot_was_taken_does_not_fire_it_again(
    desk: Desk, rule: str, back: timedelta
) -> None:
    clock, key = desk.office.clock, desk.add(desk.draft(AT_FIVE, rule))
    clock.set(DUE)
    desk.look()
    clock.advance(-back)
    for _ in range(3):
        desk.look()
    clock.set(DUE)
    desk.look()
    assert desk.counted(key) == {FIRED: 1}
    clock.advance(timedelta(days=1))
    desk.look()
    assert len(desk.messages()) == (2 if rule else 1)


@pytest.mark.row("P10")
def test_a_restart_with_the_right_clock_finds_what_a_wrong_one_put_off(desk: Desk) -> None:
    clock, key = desk.office.clock, desk.add(desk.draft(AT_FIVE, DAILY))
    clock.advance(timedelta(days=3653))
    desk.look()
    assert desk.get(key).state is ScheduleState.ASKING
    clock.advance(timedelta(days=-3653))
    again = Desk(desk.office, desk.store, desk.contact, desk.conversation_id)
    again.look()
    assert (again.get(key).state, again.get(key).next_at) == (ScheduleState.ACTIVE, DUE)


@pytest.mark.row("P10")
def test_days_of_sleep_send_one_or_ask_once(desk: Desk) -> None:
    daily, hourly = desk.add(desk.draft(AT_FIVE, DAILY)), desk.add(desk.draft(AT_FIVE, "FREQ=HOURLY", text="Hourly"))
    desk.office.clock.advance(timedelta(days=3))
    desk.look()
    assert desk.counted(daily) == {ASKING: 1}
    assert desk.counted(hourly) == {FIRED: 1}
    assert [message.text for message in desk.messages()] == ["Hourly"]


@pytest.mark.row("P10")
@pytest.mark.skipif(shutil.which("faketime") is None, reason="faketime is not installed")
def test_processes_with_wrong_clocks_fire_once(sqlite_office: Office) -> None:
    desk = open_desk(sqlite_office)
    key = desk.add(desk.draft(AT_FIVE, DAILY))

    def look(at: datetime) -> None:
        look_at_once(sqlite_office.url, 1, "faketime", f"{at:%Y-%m-%d %H:%M:%S}")

    look(DUE - timedelta(minutes=5))
    look(DUE + timedelta(days=3652, minutes=-5))  # ten years ahead: it asks
    look(DUE - timedelta(minutes=5))  # and takes that back
    assert desk.outcomes(key) == []
    look(DUE + timedelta(minutes=1))
    look(DUE - timedelta(minutes=1))
    look(DUE + timedelta(hours=1))
    assert desk.counted(key) == {FIRED: 1}
    assert len(desk.messages()) == 1


@pytest.mark.row("D-05", "B-02")
def test_what_came_in_is_stored_before_anything_due_fires(desk: Desk) -> None:
    key = desk.add(desk.draft(AT_FIVE))
    desk.office.clock.advance(timedelta(hours=5))  # the computer was off, and the contact wrote meanwhile

    async def caught_up() -> None:
        await asyncio.to_thread(desk.answer)

    job = firing_schedules(desk.store, runs_of(desk.store, desk.office.user.id), caught_up=caught_up)
    run(job())  # type: ignore[arg-type]
    assert not desk.messages()
    assert (desk.get(key).state, desk.get(key).cause) == (ScheduleState.CANCELLED, "contact_replied")


@pytest.mark.row("D-05")
def test_two_computers_that_wake_wait_for_what_came_in(desk: Desk) -> None:
    key, other = desk.add(desk.draft(AT_FIVE)), desk.office.another_store()
    desk.office.clock.advance(timedelta(hours=5))
    stored = asyncio.Event()
    waiting = 0

    async def fetching() -> None:
        nonlocal waiting
        waiting += 1
        if waiting == 2:  # both want to fire; only now the one that fetches has everything
            await asyncio.to_thread(desk.answer)
            stored.set()
        await stored.wait()

    async def wake(store: Store) -> None:
        await Scheduler((firing_schedules(store, runs_of(store, desk.office.user.id), caught_up=fetching),)).run_due()

    async def both() -> None:
        await asyncio.gather(wake(desk.store), wake(other))

    run(both())
    assert not desk.messages()
    assert desk.get(key).state is ScheduleState.CANCELLED


@pytest.mark.row("D-05")
def test_a_snooze_ends_after_what_came_in_was_stored(desk: Desk) -> None:
    desk.answer("First")
    until = desk.office.clock() + timedelta(hours=1)
    desk.store.run_sync(lambda work: _snooze(work, desk, until))
    desk.office.clock.advance(timedelta(hours=2))
    seen: list[bool] = []

    async def caught_up() -> None:
        seen.append(await desk.store.read(lambda work: bool(work.states.snooze_due(work.now(), limit=1))))

    run(ending_snoozes(desk.store, caught_up=caught_up)())  # type: ignore[arg-type]
    assert seen == [True]
    assert not desk.store.read_sync(lambda work: work.states.snooze_due(work.now(), limit=1))


def _snooze(work, desk: Desk, until: datetime) -> None:  # type: ignore[no-untyped-def]
    from desktop_inbox.services.state_changes import TIMER, StateChanges

    changes = StateChanges(work, TIMER)
    changes.snooze([desk.conversation_id], until)
