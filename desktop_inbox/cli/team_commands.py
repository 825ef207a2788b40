"""team and term: who may send when, and what must not leave."""

import argparse
import sys

from desktop_inbox.app.office import Office
from desktop_inbox.errors import InvalidInputError, NotFoundError
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.ids import ChannelId, EntryId, UserId
from desktop_inbox.models.entities.team import ALWAYS, Hours
from desktop_inbox.models.entities.term import BlockedTerm, TermKind
from desktop_inbox.services.hours_text import DAY_NAMES, hours_of, spans_text

from . import EXIT_PROBLEMS
from .output import Output


async def team(office: Office, options: argparse.Namespace, output: Output) -> int:
    """Run one action of ``team``."""
    teams = office.teams
    match options.action:
        case "list":
            await _list(office, output)
        case "add":
            made = await teams.add(options.name)
            output.item(f"{made.id}  {made.name}", id=made.id, name=made.name)
        case "rename":
            await teams.rename((await teams.named(options.team)).id, options.name)
        case "delete":
            await teams.delete((await teams.named(options.team)).id)
        case "hours":
            await _hours(office, options)
            await _list(office, output)
        case "channels":
            wanted = await _channels(office, options.channel)
            await teams.set_channels((await teams.named(options.team)).id, wanted)
            await _list(office, output)
        case "presets":
            for one in teams.presets:
                told = f"{one.key}  {one.name}. {one.note} As of {one.as_of:%B %Y}; this is not legal advice."
                output.item(told, key=one.key, name=one.name, as_of=str(one.as_of), hours=one.hours.json())
        case "join":
            await teams.assign(await _people(office, options.person), (await teams.named(options.team)).id)
        case "leave":
            await teams.assign(await _people(office, options.person), None)
        case "holidays":
            for day in await teams.holidays():
                when = f"{day.day:%d %B}, every year" if day.yearly else f"{day.day}"
                output.item(f"{when}  {day.name}", day=str(day.day), name=day.name, yearly=day.yearly)
        case "holiday":
            await _holiday(office, options)
        case _:
            return await _move(office, options, output)
    return 0


async def _list(office: Office, output: Output) -> None:
    names = {user.id: user.name for user in await office.users.all()}
    channels = {channel.id: channel.name for channel in await office.channels.all()}
    own = await office.teams.office_hours()
    _tell_hours(output, "The office", own.hours, own.recipient_zone, team=None)
    for one in await office.teams.all():
        people = ", ".join(names.get(key, "?") for key in one.members) or "nobody"
        keys = sorted(one.channel_ids)
        by = f"; sends to many by {', '.join(channels.get(key, '?') for key in keys)}" if keys else ""
        told = f"{one.id}  {one.name}: {people}{by}"
        output.item(told, id=one.id, name=one.name, members=one.members, channels=keys)
        if one.restricted:
            _tell_hours(output, f"   {one.name}", one.hours, one.recipient_zone, team=one.id)


def _tell_hours(output: Output, name: str, hours: Hours, recipient_zone: bool, *, team: int | None) -> None:
    clock = "by the recipient's clock" if recipient_zone else "by the office's clock"
    if hours == ALWAYS:
        words = "at any time"
    else:
        days = zip(DAY_NAMES, hours.days, strict=True)
        words = "; ".join(f"{day} {spans_text(spans)}" for day, spans in days if spans) or "never"
        words = f"{words} {clock}"
    output.item(f"{name}: {words}", team=team, hours=hours.json(), recipient_zone=recipient_zone)


async def _hours(office: Office, options: argparse.Namespace) -> None:
    hours: Hours | None = ALWAYS
    if options.set:
        hours = hours_of(options.set)
    elif options.preset:
        found = next((one for one in office.teams.presets if one.key == options.preset), None)
        if found is None:
            raise NotFoundError("preset_missing", "There are no such hours.", hint="See: desktop-inbox team presets")
        hours = found.hours
    elif options.as_office:
        hours = None
    if options.team.casefold() != "office":
        await office.teams.set_hours(
            (await office.teams.named(options.team)).id, hours, recipient_zone=not options.office_zone
        )
    elif hours is None:
        raise InvalidInputError("hours.office", "The office has its own hours.", hint="Choose --always.")
    else:
        await office.teams.set_office_hours(hours, recipient_zone=not options.office_zone)


async def _channels(office: Office, names: list[str]) -> list[ChannelId]:
    known = await office.channels.all()
    found = []
    for name in names:
        channel = next((one for one in known if name in (str(one.id), one.name)), None)
        if channel is None:
            raise NotFoundError(
                "channel_missing", f"There is no channel {name}.", hint="See: desktop-inbox channel list"
            )
        found.append(channel.id)
    return found


async def _people(office: Office, names: list[str]) -> list[UserId]:
    users = await office.users.all()
    found = []
    for name in names:
        user = next((one for one in users if name == str(one.id) or name.casefold() == one.name.casefold()), None)
        if user is None:
            raise NotFoundError("user_missing", f"Nobody here is called {name}.", hint="See: desktop-inbox user list")
        found.append(user.id)
    return found


async def _holiday(office: Office, options: argparse.Namespace) -> None:
    if not options.remove:
        await office.teams.add_holiday(options.day, options.name, yearly=options.yearly)
        return
    found = next((one for one in await office.teams.holidays() if one.day == options.day), None)
    if found is None:
        raise NotFoundError("holiday.missing", "This is no day off.", hint="See: desktop-inbox team holidays")
    await office.teams.delete_holiday(found.id)


async def _move(office: Office, options: argparse.Namespace, output: Output) -> int:
    if options.batch:
        batch = await office.broadcasts.by_code(options.batch)
        at = await office.blocked_time.move_batch(batch.id)
        output.item(f"What waits of {batch.code} is moved to {at:%Y-%m-%d %H:%M} UTC.", batch=batch.code, at=at)
        return 0
    done = await office.blocked_time.release_at_next([EntryId(key) for key in options.message])
    for key, at in done.moved:
        output.item(f"{key} is moved to {at:%Y-%m-%d %H:%M} UTC.", message=key, at=at)
    for key in done.never:
        output.item(f"{key}: no time is allowed for it.", message=key, at=None)
    if not done.moved and not done.never:
        output.item("None of them waits for an allowed time.", moved=0)
    return 0 if len(done.moved) == len(set(options.message)) else EXIT_PROBLEMS


async def term(office: Office, options: argparse.Namespace, output: Output) -> int:
    """Run one action of ``term``."""
    terms = office.terms
    match options.action:
        case "list":
            for one in await terms.all():
                _tell_term(one, output)
        case "add":
            _tell_term(await terms.add(options.term, TermKind(options.kind) if options.kind else None), output)
        case "on" | "off":
            found = await terms.named(options.term)
            await terms.switch(found.id, active=options.action == "on")
        case "delete":
            await terms.delete((await terms.named(options.term)).id)
        case "test":
            found_terms = await terms.matches(sys.stdin.read() if options.text == "-" else options.text)
            output.item(", ".join(found_terms) or "None.", terms=found_terms)
            return EXIT_PROBLEMS if found_terms else 0
        case "kinds":
            await _kinds(office, options, output)
        case "review":
            for kept in await terms.kept_back():
                whom = kept.contact_name or kept.contact_id
                told = f"{kept.message_id}  {whom}  [{', '.join(kept.terms)}]  {kept.text}"
                output.item(told, message=kept.message_id, contact=kept.contact_id, terms=kept.terms, says=kept.text)
        case "allow" | "keep":
            return await _decide(office, options, output)
        case _:
            for line in await terms.decisions():
                told = f"{line.at:%Y-%m-%d %H:%M} UTC  {line.message_id}  {line.term_key}  {line.decision}  {line.note}"
                known = {"at": line.at, "message": line.message_id, "term": line.term_key, "by": line.user_id}
                output.item(told, decision=line.decision, **known)
    return 0


def _tell_term(one: BlockedTerm, output: Output) -> None:
    state = "" if one.active else ", off"
    told = f"{one.id}  {one.term}  ({one.kind}{state})"
    output.item(told, id=one.id, term=one.term, kind=one.kind, active=one.active)


async def _kinds(office: Office, options: argparse.Namespace, output: Output) -> None:
    if options.kind:
        unknown = set(options.kind) - {one.value for one in Scheme}
        if unknown:
            raise InvalidInputError(
                "kind_unknown",
                f"There is no kind {', '.join(sorted(unknown))}.",
                hint="See: desktop-inbox term kinds --help",
            )
        await office.terms.set_schemes(frozenset(Scheme(one) for one in options.kind))
    chosen = sorted(one.value for one in await office.terms.schemes())
    output.item(" ".join(chosen) or "none", kinds=chosen)


async def _decide(office: Office, options: argparse.Namespace, output: Output) -> int:
    ids = [EntryId(key) for key in options.message]
    if options.action == "keep":
        count = await office.terms.keep(ids, note=options.note)
        output.item(f"{count} messages are kept back for good.", count=count)
        return 0 if count else EXIT_PROBLEMS
    done = await office.terms.allow(ids, note=options.note, resend=not options.no_resend)
    new = done.resent.new_ids if done.resent is not None else ()
    told = f"{done.count} texts may leave from now on; {len(new)} messages are sent again."
    output.item(told, count=done.count, new=new)
    for key, decision in done.resent.refused if done.resent is not None else ():
        output.item(f"{key}: {decision.sentence}", message=key, code=decision.code)
    return 0 if done.count else EXIT_PROBLEMS
