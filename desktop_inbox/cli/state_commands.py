"""conversation: what people do with conversations in the window, from the command line."""

import argparse
from collections.abc import Awaitable, Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from desktop_inbox.app.office import Office
from desktop_inbox.errors import InvalidInputError, NotFoundError
from desktop_inbox.models.entities.conversation import ConversationSummary, Priority, View
from desktop_inbox.models.entities.ids import UserId
from desktop_inbox.services.export import ComputerZone
from desktop_inbox.services.moments import parse
from desktop_inbox.services.settings import TIME_ZONE
from desktop_inbox.services.state import Changed, Choice

from .message_commands import known_conversation
from .output import Output

_NOBODY = frozenset({"nobody", "none", "-"})


async def conversation(office: Office, options: argparse.Namespace, output: Output) -> int:
    """Change conversations: those of addresses that are named, or all of a view."""
    choice = await _choice(office, options)
    if options.action == "show":
        return await _show(office, choice, output)
    if options.action == "delete":
        return await _delete(office, choice, options, output)
    changed = await _ACTIONS[options.action](office, choice, options)
    output.item(f"{options.action}: {changed.count} changed", action=options.action, count=changed.count)
    return 0


async def undo(office: Office, options: argparse.Namespace, output: Output) -> int:
    """Take back the last thing that was done, or list what could be."""
    if options.list:
        for step in await office.undo.history():
            state = " (undone)" if step.undone_at else ""
            output.item(
                f"{step.id}  {step.at.astimezone():%Y-%m-%d %H:%M}  {step.kind} ({step.count}){state}",
                id=step.id,
                kind=step.kind,
                count=step.count,
                at=step.at,
                undone_at=step.undone_at,
            )
        return 0
    undone = await (office.undo.undo_last() if options.step is None else office.undo.undo(options.step))
    if undone is None:
        raise NotFoundError("undo_nothing", "There is nothing to undo.")
    output.item(
        f"Undone: {undone.step.kind} ({undone.restored} restored, {undone.changed_since} changed since)",
        id=undone.step.id,
        kind=undone.step.kind,
        restored=undone.restored,
        changed_since=undone.changed_since,
    )
    return 0


async def _choice(office: Office, options: argparse.Namespace) -> Choice:
    if options.view is not None:
        if options.address:
            raise InvalidInputError("choice_twice", "Name addresses or a view, not both.")
        return View(options.view)
    if not options.address:
        raise InvalidInputError(
            "choice_missing", "No conversation is named.", hint="Give a phone number or an address, or --view."
        )
    return [await known_conversation(office, address) for address in options.address]


async def _show(office: Office, choice: Choice, output: Output) -> int:
    if isinstance(choice, View):
        rows: tuple[ConversationSummary, ...] = (await office.inbox.page(choice, limit=1000)).items
    else:
        assert not callable(choice)  # noqa: S101 - `_choice` gives a view or ids
        rows = await office.inbox.summaries(choice)
    for row in rows:
        until = "until they answer" if row.snoozed_until is None else f"until {row.snoozed_until.isoformat()}"
        facts = [
            str(row.status),
            row.assignee_name,
            until if row.snoozed_at else "",
            "archived" * bool(row.archived_at),
        ]
        output.item(
            f"{row.name}  {', '.join(fact for fact in facts if fact)}",
            conversation=row.id,
            name=row.name,
            address=row.address,
            status=row.status,
            assignee=row.assignee_name or None,
            snoozed=row.snoozed_at is not None,
            snoozed_until=row.snoozed_until,
            archived=row.archived_at is not None,
            pinned=row.pinned,
            priority=row.priority.name.lower(),
            unread=row.unread_count,
        )
    return 0


async def _delete(office: Office, choice: Choice, options: argparse.Namespace, output: Output) -> int:
    question = await office.deletion.ask(choice)
    if not options.yes:
        raise InvalidInputError(
            "deletion_unconfirmed",
            f"{question.conversations} conversations with {question.messages} messages would be deleted for good.",
            hint="Say so with --yes.",
        )
    done = await office.deletion.delete(
        choice, progress=lambda number, total: output.progress(f"{number:,} of {total:,}")
    )
    told = f"Deleted: {done.conversations} conversations, {done.messages} messages"
    output.item(
        told + (f"; left, as a message is just leaving: {done.skipped}" if done.skipped else ""),
        action="delete",
        conversations=done.conversations,
        messages=done.messages,
        skipped=done.skipped,
    )
    return 0


async def _assign(office: Office, choice: Choice, options: argparse.Namespace) -> Changed:
    return await office.states.assign(choice, await _person(office, options.to))


async def _snooze(office: Office, choice: Choice, options: argparse.Namespace) -> Changed:
    return await office.states.snooze(choice, _moment(office, options.until))


async def _prioritise(office: Office, choice: Choice, options: argparse.Namespace) -> Changed:
    return await office.states.prioritise(choice, Priority[options.to.upper()])


def _moment(office: Office, text: str) -> datetime | None:
    if text == "answer":
        return None
    name = office.settings.get(TIME_ZONE)
    moment = parse(text, office.clock(), ZoneInfo(name) if name else ComputerZone())
    if moment is None:
        raise InvalidInputError(
            "moment_unknown", "This moment is not understood.", hint="Write one such as 'tomorrow 9' or '20 minutes'."
        )
    return moment


async def _person(office: Office, name: str) -> UserId | None:
    if name.casefold() in _NOBODY:
        return None
    if name.casefold() == "me":
        return office.user.id
    for user in await office.users.all():
        if name == str(user.id) or name.casefold() == user.name.casefold():
            return user.id
    raise NotFoundError("user_missing", f"Nobody here is called {name}.", hint="See: desktop-inbox user list")


_Action = Callable[[Office, Choice, argparse.Namespace], Awaitable[Changed]]
_ACTIONS: dict[str, _Action] = {
    "assign": _assign,
    "done": lambda office, choice, _options: office.states.done(choice),
    "pending": lambda office, choice, _options: office.states.pending(choice),
    "snooze": _snooze,
    "unsnooze": lambda office, choice, _options: office.states.unsnooze(choice),
    "read": lambda office, choice, _options: office.states.mark_read(choice),
    "unread": lambda office, choice, _options: office.states.mark_unread(choice),
    "pin": lambda office, choice, _options: office.states.pin(choice),
    "unpin": lambda office, choice, _options: office.states.pin(choice, pinned=False),
    "priority": _prioritise,
    "archive": lambda office, choice, _options: office.states.archive(choice),
    "restore": lambda office, choice, _options: office.states.restore(choice),
    "block": lambda office, choice, _options: office.states.block(choice),
    "unblock": lambda office, choice, _options: office.states.block(choice, blocked=False),
}
