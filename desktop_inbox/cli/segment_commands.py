"""segment: list, show, count, members, save and delete filters."""

import argparse
import sys
from collections.abc import Awaitable, Callable, Sequence

from desktop_inbox.app.office import Office
from desktop_inbox.errors import InvalidInputError, NotFoundError
from desktop_inbox.models.entities.ids import ContactId
from desktop_inbox.models.entities.segment import Group, to_json
from desktop_inbox.models.entities.segment_fields import Kind
from desktop_inbox.services.segment_errors import SegmentError
from desktop_inbox.services.segments import scope_of

from .output import Output, plain_line

_CHUNK = 200  # contacts told at once
_AROUND = 60  # characters shown on either side of a mistake


async def segment(office: Office, options: argparse.Namespace, output: Output) -> int:
    """Run one of the actions. Mistakes in a filter are pointed at."""
    try:
        return await _ACTIONS[options.action](office, options, output)
    except SegmentError as error:
        if error.start >= 0 and not output.as_json and hasattr(options, "filter"):
            for line in pointed_at(options.filter, error.start, error.end):
                print(line, file=sys.stderr)
        raise


def pointed_at(text: str, start: int, end: int) -> Sequence[str]:
    """Return the line of a filter with the mistake, and one of carets below it."""
    begin = max(text.rfind("\n", 0, start) + 1, start - _AROUND)
    stop = text.find("\n", start)
    line = text[begin : min(len(text) if stop < 0 else stop, start + _AROUND)]
    return plain_line(line), " " * (start - begin) + "^" * max(1, min(end, begin + len(line)) - start)


async def _list(office: Office, options: argparse.Namespace, output: Output) -> int:
    known = await office.segments.all()
    counts = await office.segments.counts(known)
    for one in known:
        count, text = counts[one.id], await office.segments.text_of(one.filter)
        marks = ("" if one.shared else " (private)") + (f" (broken: {one.broken})" if one.broken else "")
        output.item(
            f"{one.name}{marks}: {count.total:,}, unread {count.unread:,}  {text}",
            name=one.name,
            contacts=count.total,
            unread=count.unread,
            shared=one.shared,
            pinned=one.pinned,
            broken=one.broken,
            query=text,
        )
    return 0


async def _fields(office: Office, options: argparse.Namespace, output: Output) -> int:
    for field in (await office.segments.catalogue()).fields.values():
        operators, choices = [one.value for one in field.operators], [one.value for one in field.choices]
        known = f"  [{', '.join(choices)}]" if choices else ""
        output.item(
            f"{field.name}  {', '.join(operators)}{known}",
            field=field.name,
            label=field.label,
            group=field.group,
            type=field.type,
            operators=operators,
            choices=choices,
        )
    return 0


async def _asked(office: Office, options: argparse.Namespace) -> Group:
    """Return the filter of a segment's name, or what is written out."""
    try:
        return scope_of((await office.segments.named(options.filter)).id)
    except NotFoundError:
        return await office.segments.parse(options.filter)


async def _show(office: Office, options: argparse.Namespace, output: Output) -> int:
    try:
        group = (await office.segments.named(options.filter)).filter
    except NotFoundError:
        group = await office.segments.parse(options.filter)
    text = await office.segments.text_of(group)
    output.item(text or "(everybody)", query=text, filter=to_json(group))
    return 0


async def _count(office: Office, options: argparse.Namespace, output: Output) -> int:
    group = await _asked(office, options)
    contacts, talks = await office.segments.count_contacts(group), await office.segments.count(group)
    output.item(
        f"Contacts: {contacts:,}. With a conversation: {talks.total:,}, unread: {talks.unread:,}.",
        contacts=contacts,
        conversations=talks.total,
        unread=talks.unread,
    )
    return 0


async def _members(office: Office, options: argparse.Namespace, output: Output) -> int:
    ids = await office.segments.contacts(await _asked(office, options))
    for begin in range(0, len(ids), _CHUNK):
        for contact_id, name, addresses in await _told(office, ids[begin : begin + _CHUNK]):
            output.item(f"{name}  {', '.join(addresses)}", contact=contact_id, name=name, addresses=addresses)
    return 0


async def _told(office: Office, ids: Sequence[ContactId]) -> Sequence[tuple[int, str, list[str]]]:
    people = await office.store.read(lambda work: [work.contacts.get(key) for key in ids])
    return [(one.id, one.name, [address.path for address in one.addresses]) for one in people if one is not None]


async def _save(office: Office, options: argparse.Namespace, output: Output) -> int:
    group = await office.segments.parse(options.filter)
    if options.replace:
        known = await office.segments.named(options.name)
        await office.segments.save_filter(known.id, group)
    else:
        known = await office.segments.save(options.name, group, shared=not options.private)
    count = await office.segments.count_contacts(group)
    output.item(f"Saved {known.name}; contacts: {count:,}.", name=known.name, contacts=count)
    return 0


async def _delete(office: Office, options: argparse.Namespace, output: Output) -> int:
    known = await office.segments.named(options.name)
    needed = [one.name for one in await office.segments.dependants(Kind.SEGMENT, known.id)]
    if needed and not options.yes:
        raise InvalidInputError(
            "segment.needed",
            f"Other segments need this one and would match nobody: {', '.join(needed)}.",
            hint="Add --yes to delete it anyway.",
        )
    await office.segments.delete(known.id)
    output.item(f"Deleted {known.name}.", deleted=known.name, broken=needed)
    return 0


_ACTIONS: dict[str, Callable[[Office, argparse.Namespace, Output], Awaitable[int]]] = {
    "list": _list,
    "fields": _fields,
    "show": _show,
    "count": _count,
    "members": _members,
    "save": _save,
    "delete": _delete,
}
