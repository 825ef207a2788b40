"""What goes to many is stopped and changed by who made it and by administrators; a conversation is everybody's."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from desktop_inbox.errors import PermissionDeniedError
from desktop_inbox.models.entities.batch import BatchStatus
from desktop_inbox.models.entities.campaign import EnrollmentState
from desktop_inbox.models.entities.custom_field import FieldKind
from desktop_inbox.models.entities.ids import UserId
from desktop_inbox.models.entities.reminder import ReminderDraft
from desktop_inbox.models.entities.schedule import ScheduleState
from desktop_inbox.models.entities.user import Role
from desktop_inbox.models.store import Store
from desktop_inbox.services.broadcasts import BroadcastService
from desktop_inbox.services.campaigns import CampaignDraft, CampaignService
from desktop_inbox.services.custom_fields import CustomFieldService
from desktop_inbox.services.enqueue import Enqueue
from desktop_inbox.services.gate import Gate
from desktop_inbox.services.reminders import ReminderService
from desktop_inbox.services.schedules import ScheduleService, draft_of
from tests.support import broadcasting, scheduling
from tests.support.campaigns import DAYS, SMS, CampaignDesk, no_file
from tests.support.clock import HeldClock
from tests.support.offices import Office
from tests.support.run import run
from tests.support.scripted_provider import World

AT_FIVE = datetime(2026, 3, 2, 17)


def hire(store: Store, name: str, role: Role = Role.AGENT) -> UserId:
    return store.run_sync(lambda work: work.users.add(name, role)).id


def denied(work: Awaitable[Any]) -> PermissionDeniedError:
    with pytest.raises(PermissionDeniedError) as error:
        run(work)  # type: ignore[arg-type]
    return error.value


@pytest.mark.row("D-06", "S5-14", "S5-23")
def test_a_broadcast_is_stopped_by_who_made_it_and_by_administrators(store: Store, clock: HeldClock) -> None:
    desk = broadcasting.desk(store, World(clock=clock), people=3)
    maya, ben = hire(store, "Maya"), hire(store, "Ben")
    theirs, other, boss = (
        BroadcastService(store, user_id=key, region=lambda: "US", capabilities=desk.office.world.capabilities_of)
        for key in (maya, ben, desk.office.user_id)
    )
    batches = [run(theirs.create(desk.draft(), at=clock() + timedelta(hours=2))) for _ in range(3)]
    doing: tuple[Callable[[BroadcastService, Any], Awaitable[object]], ...] = (
        lambda service, key: service.stop(key),
        lambda service, key: service.cancel(key),
        lambda service, key: service.move_to(key, clock() + timedelta(hours=3)),
    )
    for do, key in zip(doing, batches, strict=True):
        error = denied(do(other, key))
        assert (error.code, error.hint) == ("not_the_maker", "Ask Maya, or an administrator of the office.")
        assert desk.status(key) is BatchStatus.PROGRAMMED
        assert desk.batch(key).due_at == clock() + timedelta(hours=2)
    asyncio.run(_all(doing[0](theirs, batches[0]), doing[1](boss, batches[1]), doing[2](theirs, batches[2])))
    assert [desk.status(key) for key in batches] == [
        BatchStatus.CANCELLED, BatchStatus.CANCELLED, BatchStatus.PROGRAMMED,
    ]  # fmt: skip


async def _all(*work: Awaitable[object]) -> None:
    for one in work:
        await one


@pytest.mark.row("S1-24")
def test_a_schedule_to_many_is_its_makers_and_a_reply_is_everybodys(office: Office) -> None:
    desk = scheduling.open_desk(office)
    ben = hire(office.store, "Ben")
    runs = scheduling.runs_of(office.store, ben)
    service = ScheduleService(office.store, user_id=ben, enqueue=Enqueue(Gate()), runs=runs)
    news, reply = desk.add(desk.broadcast(AT_FIVE, "FREQ=DAILY")), desk.add(desk.draft(AT_FIVE, "FREQ=DAILY"))
    for key, allowed in ((news, False), (reply, True)):
        draft, version = draft_of(desk.get(key)), desk.get(key).version
        doing: tuple[Callable[[], Awaitable[object]], ...] = (
            lambda key=key, draft=draft, version=version: service.edit(key, draft, version=version),  # type: ignore[misc]
            lambda key=key: service.pause(key),  # type: ignore[misc]
            lambda key=key: service.resume(key),  # type: ignore[misc]
            lambda key=key: service.skip(key),  # type: ignore[misc]
            lambda key=key: service.send_now(key),  # type: ignore[misc]
            lambda key=key: service.delete(key),  # type: ignore[misc]
        )
        for do in doing:
            if allowed:
                run(do())  # type: ignore[arg-type]
            else:
                assert "this schedule" in denied(do()).message
        assert {row.schedule.id: row.may_change for row in run(service.all())} == {news: False} | (
            {} if allowed else {reply: True}
        )
    assert all(row.may_change for row in run(desk.service.all()))
    assert desk.get(news).state is ScheduleState.ACTIVE


@pytest.mark.row("S4-57", "S4-61")
def test_a_campaign_is_its_makers_and_its_contacts_are_everybodys(office: Office) -> None:
    desk = CampaignDesk(office)
    campaign = desk.campaign()
    ben = CampaignService(
        office.store,
        user_id=hire(office.store, "Ben"),
        enqueue=desk.enqueue,
        capabilities=lambda _channel: SMS,
        file_of=no_file,
    )
    draft = CampaignDraft(name="Mine", steps=DAYS)
    for work in (
        ben.save(draft, campaign_id=campaign.id),
        ben.set_active(campaign.id, active=False),
        ben.delete(campaign.id),
    ):
        assert "this campaign" in denied(work).message
    (seen,) = run(ben.all())
    assert (seen.name, seen.active, seen.may_change) == ("Welcome", True, False)
    assert [one.may_change for one in run(desk.service.all())] == [True]
    people = [desk.person(f"+1415555010{number}") for number in range(3)]
    keys = [desk.apply(campaign, one).id for one in people]
    assert "colleagues" in denied(ben.stop(keys)).message
    assert run(ben.stop(keys[:1])) == 1, "a contact whom one answers"
    assert [desk.enrollment(key).state for key in keys] == [
        EnrollmentState.CANCELLED, EnrollmentState.ACTIVE, EnrollmentState.ACTIVE,
    ]  # fmt: skip
    assert run(desk.service.stop(keys)) == 2
    mine = run(ben.save(draft))
    run(ben.set_active(mine.id, active=False))
    run(desk.service.set_active(mine.id, active=True))


@pytest.mark.row("S4-12")
def test_a_reminder_is_its_makers(sqlite_office: Office) -> None:
    office = sqlite_office
    values: dict[str, Any] = {"enqueue": Enqueue(Gate()), "capabilities": lambda _channel: SMS}
    boss = ReminderService(office.store, user_id=office.user.id, **values)
    ben = ReminderService(office.store, user_id=hire(office.store, "Ben"), **values)
    field = run(CustomFieldService(office.store, user_id=office.user.id).define("Visit", FieldKind.DATE))
    draft = ReminderDraft(name="Visit", field_id=field.id, channel_id=office.channel.id, text="See you")
    reminder = run(boss.save(draft))
    for work in (
        ben.save(replace(draft, text="No"), reminder_id=reminder.id),
        ben.set_active(reminder.id, active=False),
        ben.delete(reminder.id),
        ben.send_missed(reminder.id),
        ben.skip_missed(reminder.id),
    ):
        assert "this reminder" in denied(work).message
    assert [one.may_change for one in run(ben.all())] == [False]
    assert run(boss.get(reminder.id)).text == "See you"
