"""campaign and reminder: list and show them, apply a campaign to a contact or a segment, stop it."""

import argparse
from collections.abc import Awaitable, Callable

from desktop_inbox.app.office import Office
from desktop_inbox.errors import InvalidInputError, NotFoundError
from desktop_inbox.models.entities.campaign import Campaign, Enrollment, EnrollmentState
from desktop_inbox.models.entities.channel import Channel, ChannelState
from desktop_inbox.models.entities.segment import Group
from desktop_inbox.services.campaign_times import interval
from desktop_inbox.services.segments import scope_of

from .message_commands import known_conversation
from .output import Output


async def campaign(office: Office, options: argparse.Namespace, output: Output) -> int:
    """Run one of the actions."""
    return await _ACTIONS[options.action](office, options, output)


async def reminder(office: Office, options: argparse.Namespace, output: Output) -> int:
    """List reminders."""
    fields = {field.id: field.name for field in await office.fields.all()}
    for one in await office.reminders.all():
        side = "before" if one.amount < 0 else "after"
        when = f"{abs(one.amount)} {one.unit} {side}" if one.amount else "on the day"
        field, every = fields.get(one.field_id, "?"), ", every year" if one.yearly else ""
        output.item(
            f"{one.name}{'' if one.active else ' (off)'}: {when} {one.at_time}{every}, {field};"
            f" sent {one.queued:,}, missed {one.asking:,}",
            name=one.name,
            active=one.active,
            field=field,
            amount=one.amount,
            unit=one.unit,
            at=one.at_time,
            yearly=one.yearly,
            sent=one.queued,
            missed=one.asking,
        )
    return 0


async def _list(office: Office, options: argparse.Namespace, output: Output) -> int:
    for one in await office.campaigns.all():
        numbers = one.numbers
        output.item(
            f"{one.name}{'' if one.active else ' (off)'}: {len(one.steps)} messages; under way {numbers.active:,},"
            f" replied {numbers.replied:,}, opted out {numbers.opted_out:,}, finished {numbers.finished:,},"
            f" stopped {numbers.cancelled:,}; sent {numbers.sent:,}",
            name=one.name,
            active=one.active,
            messages=len(one.steps),
            under_way=numbers.active,
            replied=numbers.replied,
            opted_out=numbers.opted_out,
            finished=numbers.finished,
            stopped=numbers.cancelled,
            missed=numbers.asking,
            sent=numbers.sent,
        )
    return 0


async def _show(office: Office, options: argparse.Namespace, output: Output) -> int:
    known = await office.campaigns.named(options.name)
    for number, step in enumerate(known.steps, 1):
        output.item(
            f"{number}. {interval(step)}: {step.text}",
            message=number,
            days=step.days,
            minutes=step.minutes,
            said=step.text,
            files=len(step.files),
        )
    state = None if options.all else EnrollmentState.ACTIVE
    for one in await office.campaigns.enrollments(known.id, state=state, limit=100_000):
        _tell(one, output)
    return 0


async def _apply(office: Office, options: argparse.Namespace, output: Output) -> int:
    known = await office.campaigns.named(options.name)
    if options.to is not None:
        return await _apply_to_one(office, known, options, output)
    ids = await office.segments.contacts(await _asked(office, options.segment))
    channel = await _channel(office, options.channel)
    work = office.campaigns.dry_run if options.dry_run else office.campaigns.apply_to
    found = await work(
        known.id,
        ids,
        channel_id=channel.id,
        progress=lambda done, total: output.progress(f"{done:,} of {total:,}"),
    )
    for one in found.listed:
        output.item(
            f"{one.name}: {one.reason}", contact=one.contact_id, name=one.name, code=one.code, reason=one.reason
        )
    words = "would get" if options.dry_run else "get"
    output.item(
        f"{found.applied:,} {words} {known.name}; {found.left_out:,} left out.",
        campaign=known.name,
        applied=found.applied,
        left_out=found.left_out,
        dry_run=options.dry_run,
    )
    return 0


async def _apply_to_one(office: Office, known: Campaign, options: argparse.Namespace, output: Output) -> int:
    conversation_id = await known_conversation(office, options.to)
    ways = await office.channels.reply_options(conversation_id)
    if options.channel:
        ways = tuple(one for one in ways if one.channel.name.casefold() == options.channel.casefold())
    way = next((one for one in ways if one.is_default), next(iter(ways), None))
    if way is None:
        raise NotFoundError("channel_missing", "No channel reaches this contact.", hint="See `channel list`.")
    channel, address = way.channel.id, way.address.id
    if options.dry_run:
        found = await office.campaigns.preview(
            known.steps, conversation_id, campaign_id=known.id, channel_id=channel, address_id=address
        )
        for step in found.steps:
            output.item(f"{step.due_at.astimezone():%Y-%m-%d %H:%M}: {step.text}", due_at=step.due_at, said=step.text)
        if found.problem:
            output.item(f"Not applied: {found.problem}", problem=found.problem)
        return 0
    applied = await office.campaigns.apply(known.id, conversation_id, channel_id=channel, address_id=address)
    _tell(applied, output)
    return 0


async def _stop(office: Office, options: argparse.Namespace, output: Output) -> int:
    known = await office.campaigns.named(options.name)
    active = await office.campaigns.enrollments(known.id, state=EnrollmentState.ACTIVE, limit=1_000_000)
    if options.to is not None:
        conversation_id = await known_conversation(office, options.to)
        contacts = await office.inbox.contacts_of([conversation_id])
        theirs = {one.id for key in contacts for one in await office.campaigns.of_contact(key)}
        active = tuple(one for one in active if one.id in theirs)
    count = await office.campaigns.stop([one.id for one in active])
    output.item(f"Stopped {known.name} for {count:,}.", campaign=known.name, stopped=count)
    return 0


def _tell(one: Enrollment, output: Output) -> None:
    following = one.next_step
    then = f", next {following.due_at.astimezone():%Y-%m-%d %H:%M}" if following is not None else ""
    output.item(
        f"{one.contact_name}: {one.state}{then}",
        contact=one.contact_id,
        name=one.contact_name,
        state=one.state,
        cause=one.cause,
        applied_at=one.applied_at,
        next_at=None if following is None else following.due_at,
        steps=[{"due_at": step.due_at, "state": step.state, "status": step.status} for step in one.steps],
    )


async def _asked(office: Office, text: str) -> Group:
    try:
        return scope_of((await office.segments.named(text)).id)
    except NotFoundError:
        return await office.segments.parse(text)


async def _channel(office: Office, name: str | None) -> Channel:
    active = [one for one in await office.channels.all() if one.state is ChannelState.ACTIVE]
    fitting = [one for one in active if name is None or one.name.casefold() == name.casefold()]
    if len(fitting) == 1:
        return fitting[0]
    if not fitting:
        raise NotFoundError("channel_missing", "There is no such active channel.", hint="See `channel list`.")
    raise InvalidInputError(
        "channel_unclear", "There are several channels.", hint=f"Say which: --channel “{fitting[0].name}”."
    )


_ACTIONS: dict[str, Callable[[Office, argparse.Namespace, Output], Awaitable[int]]] = {
    "list": _list,
    "show": _show,
    "apply": _apply,
    "stop": _stop,
}
