"""export: messages, or one conversation, into a file."""

import argparse
from datetime import date, timedelta
from pathlib import Path

from desktop_inbox.app.office import Office
from desktop_inbox.errors import InboxError, InvalidInputError, NotFoundError
from desktop_inbox.models.entities.conversation import View
from desktop_inbox.models.entities.segment import Group
from desktop_inbox.models.entities.timeline import ActorKind
from desktop_inbox.services.conversation_export import ExportFormat, Wish, check_span
from desktop_inbox.services.inbox import Scope
from desktop_inbox.services.segments import scope_of

from .message_commands import known_conversation
from .output import Output

_YEARS = (1970, 2999)
_USUAL = timedelta(days=6)  # before the last day: seven with it


async def export(office: Office, options: argparse.Namespace, output: Output) -> int:
    """Write what is asked for."""
    _check_days(options.since, options.until)
    if options.what == "conversation":
        return await _conversation(office, options, output)
    return await _messages(office, options, output)


def _check_days(first: date | None, last: date | None) -> None:
    """Raise for days that no message has: a moment cannot be said of them in every zone."""
    for day in (first, last):
        if day is not None and not _YEARS[0] <= day.year <= _YEARS[1]:
            raise InvalidInputError(
                "export_day", "No message is from such a day.", hint=f"Choose days from {_YEARS[0]} to {_YEARS[1]}."
            )
    if first is not None and last is not None:
        check_span(first, last, 0)


async def _messages(office: Office, options: argparse.Namespace, output: Output) -> int:
    scope = await _scope(office, options)
    rows = await office.export.messages_csv(
        Path(options.file),
        conversation_ids=None if scope is None else await office.inbox.ids(scope),
        since=None if options.since is None else office.midnight(options.since),
        until=None if options.until is None else office.midnight(options.until + timedelta(days=1)),
        progress=lambda done: output.progress(f"{done:,} messages"),
    )
    output.item(f"Written to {options.file}; messages: {rows:,}.", rows=rows, file=options.file)
    return 0


async def _scope(office: Office, options: argparse.Namespace) -> Scope | None:
    """What is exported: a view, a segment, a filter; None for everything."""
    if options.view is not None:
        try:
            return View(options.view)
        except ValueError:
            names = ", ".join(view.value for view in View)
            raise InvalidInputError("view.unknown", "There is no such view.", hint=f"One of: {names}.") from None
    if options.segment is None:
        return None
    return await _segment(office, options.segment)


async def _segment(office: Office, text: str) -> Group:
    try:
        return scope_of((await office.segments.named(text)).id)
    except NotFoundError:
        return await office.segments.parse(text)


async def _conversation(office: Office, options: argparse.Namespace, output: Output) -> int:
    conversation_id = await known_conversation(office, options.contact)
    target = Path(options.file)
    last = options.until or office.today()
    kind = options.format or ("html" if target.suffix.lower() in (".html", ".htm") else "csv")
    wish = Wish(
        conversation_id=conversation_id,
        first=options.since or last - _USUAL,
        last=last,
        format=ExportFormat(kind),
        comments=options.comments,
    )
    prepared = await office.conversation_export.prepare(
        wish, progress=lambda done, total: output.progress(f"{done:,} of {total:,}")
    )
    try:
        await office.conversation_export.deliver(prepared, target, actor=ActorKind.API)
    except InboxError:
        await office.conversation_export.discard(prepared)
        raise
    output.item(
        f"Written to {options.file}; entries: {prepared.entries:,}.", entries=prepared.entries, file=options.file
    )
    return 0
