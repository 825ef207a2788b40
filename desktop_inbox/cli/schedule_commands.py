"""schedule: list, add, pause, resume, skip, send and delete what leaves later."""

import argparse
from collections.abc import Awaitable, Callable
from datetime import datetime

from desktop_inbox.app.office import Office
from desktop_inbox.errors import InvalidInputError, NotFoundError
from desktop_inbox.models.entities.batch import Audience, ListAudience, SegmentAudience
from desktop_inbox.models.entities.channel import Channel, ChannelState
from desktop_inbox.models.entities.ids import ScheduleId
from desktop_inbox.models.entities.outbox import GateKind
from desktop_inbox.models.entities.schedule import ScheduleRow
from desktop_inbox.services.gate import GateRefusedError
from desktop_inbox.services.recurrence import DAYS, Repeat, in_words, rule_for, to_text, zone_named
from desktop_inbox.services.schedules import ScheduleDraft
from desktop_inbox.services.segments import scope_of

from .message_commands import known_conversation
from .output import Output


async def schedule(office: Office, options: argparse.Namespace, output: Output) -> int:
    """Run one of the actions."""
    return await _ACTIONS[options.action](office, options, output)


async def _list(office: Office, options: argparse.Namespace, output: Output) -> int:
    for row in await office.schedules.all():
        _tell(row, output)
    return 0


def _tell(row: ScheduleRow, output: Output) -> None:
    one = row.schedule
    local = to_text(one.next_local).replace("T", " ")[:16] if one.next_local is not None else "-"
    asked = f", missed {to_text(row.missed_at).replace('T', ' ')[:16]}" if row.missed_at is not None else ""
    if one.unreadable:
        asked = f" ({'its time zone is not known' if one.cause == 'zone_unknown' else 'its rule is not understood'})"
    output.item(
        f"{one.id}  {local} {one.zone}  {one.state}{asked}  to {row.to}: {one.shows[:60]}"
        f"  ({in_words(one.rule, one.starts_at)})",
        id=one.id,
        kind=one.kind,
        state=one.state,
        cause=one.cause,
        name=one.name,
        content=one.text,
        to=row.to,
        channel=row.channel,
        next_at=one.next_at,
        local=None if one.next_local is None else to_text(one.next_local),
        zone=one.zone,
        rule=one.rule,
        repeats=in_words(one.rule, one.starts_at),
        missed=None if row.missed_at is None else to_text(row.missed_at),
        cancel_on_reply=one.cancel_on_reply,
    )


async def _add(office: Office, options: argparse.Namespace, output: Output) -> int:
    zone = options.zone or await office.schedules.zone()
    try:
        starts_at = datetime.fromisoformat(options.at).replace(tzinfo=None)
    except ValueError as error:
        raise InvalidInputError(
            "time_invalid", "This is not a date and time.", hint="As in 2027-01-31T09:00."
        ) from error
    days = [DAYS.index(day) for day in options.days.upper().split(",")] if options.days else []
    repeat = Repeat.CUSTOM if options.rule else Repeat(options.repeat)
    rule = rule_for(repeat, starts_at, weekdays=days, text=options.rule or "", zone=zone_named(zone))
    draft = await _draft(office, options, starts_at, zone, rule)
    decision = await office.schedules.look(draft)
    if decision.kind is not GateKind.GO:
        if decision.kind is GateKind.REFUSE or not options.confirm:
            raise GateRefusedError(decision)
        draft = await _draft(office, options, starts_at, zone, rule, confirmed=frozenset({decision.code}))
    made = await office.schedules.create(draft)
    (row,) = [row for row in await office.schedules.all() if row.schedule.id == made.id]
    _tell(row, output)
    return 0


async def _draft(
    office: Office,
    options: argparse.Namespace,
    starts_at: datetime,
    zone: str,
    rule: str,
    *,
    confirmed: frozenset[str] = frozenset(),
) -> ScheduleDraft:
    if options.to:
        conversation_id = await known_conversation(office, options.to)
        found = await office.channels.reply_options(conversation_id)
        fitting = [one for one in found if options.channel in (None, one.channel.name)]
        if not fitting:
            raise NotFoundError("channel_missing", "No such channel reaches this contact.", hint="See: channel list")
        chosen = next((one for one in fitting if one.is_default), fitting[0])
        return ScheduleDraft(
            text=options.text, starts_at=starts_at, zone=zone, rule=rule, name=options.name or "",
            channel_id=chosen.channel.id, conversation_id=conversation_id, address_id=chosen.address.id,
            cancel_on_reply=not options.keep, confirmed=confirmed,
        )  # fmt: skip
    return ScheduleDraft(
        text=options.text, starts_at=starts_at, zone=zone, rule=rule, name=options.name or "",
        channel_id=(await _channel(office, options.channel)).id, audience=await _audience(office, options),
    )  # fmt: skip


async def _audience(office: Office, options: argparse.Namespace) -> Audience:
    if options.segment:
        segment = await office.segments.named(options.segment)
        return SegmentAudience(filter=scope_of(segment.id), name=segment.name)
    lists = await office.tags.lists()
    found = next((one for one in lists if one.name.casefold() == options.list.casefold()), None)
    if found is None:
        raise NotFoundError("list_missing", "There is no such list.", hint="Lists are made of contacts in the window.")
    return ListAudience(list_id=found.id, name=found.name)


async def _channel(office: Office, name: str | None) -> Channel:
    known = [one for one in await office.channels.all() if one.state is ChannelState.ACTIVE]
    found = [one for one in known if name in (None, one.name)]
    if len(found) != 1:
        raise NotFoundError("channel_missing", "Say which channel, by its name.", hint="See: channel list")
    return found[0]


async def _change(office: Office, options: argparse.Namespace, output: Output) -> int:
    key, service = ScheduleId(options.id), office.schedules
    doing: dict[str, Callable[[ScheduleId], Awaitable[object]]] = {
        "pause": service.pause,
        "resume": service.resume,
        "skip": service.skip,
        "send": service.send_now,
        "delete": service.delete,
    }
    await doing[options.action](key)
    state = (await service.get(key)).state
    output.item(f"Schedule {key}: {state}", id=key, state=state)
    return 0


async def _answer(office: Office, options: argparse.Namespace, output: Output) -> int:
    run = await office.schedules.answer(ScheduleId(options.id), options.choice)
    output.item(f"Schedule {options.id}: {run.outcome}", id=options.id, slot=run.nominal, outcome=run.outcome)
    return 0


_ACTIONS: dict[str, Callable[[Office, argparse.Namespace, Output], Awaitable[int]]] = {
    "list": _list,
    "add": _add,
    "answer": _answer,
    "pause": _change,
    "resume": _change,
    "skip": _change,
    "send": _change,
    "delete": _change,
}
