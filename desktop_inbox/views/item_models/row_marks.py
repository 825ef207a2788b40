"""The small signs behind a name in the list, and what they say: no sign is told by its colour alone (C1)."""

from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from desktop_inbox.models.entities.conversation import ConversationStatus, ConversationSummary, Priority
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.plain import plain_name


@dataclass(frozen=True, slots=True)
class RowMark:
    """An icon and the token of its colour."""

    icon: str
    color: str


_PRIORITIES = {
    Priority.URGENT: ("Urgent", "attention"),
    Priority.HIGH: ("High priority", "attention"),
    Priority.MEDIUM: ("Medium priority", "muted"),
    Priority.LOW: ("Low priority", "muted"),
}


def row_marks(summary: ConversationSummary) -> tuple[RowMark, ...]:
    """Return the signs of a row, in reading order."""
    marks = []
    if summary.status is ConversationStatus.DONE:
        marks.append(RowMark("check", "success"))
    if summary.pinned:
        marks.append(RowMark("pin", "muted"))
    if summary.priority in _PRIORITIES:
        marks.append(RowMark("flag", _PRIORITIES[summary.priority][1]))
    if summary.snoozed_at is not None:
        marks.append(RowMark("alarm-clock", "muted"))
    elif summary.returned_at is not None:
        marks.append(RowMark("bell", "attention"))
    if summary.assignee_id is not None:
        marks.append(RowMark("user-check", "muted"))
    return tuple(marks)


def mark_words(summary: ConversationSummary, formats: Formats) -> Iterator[str]:
    """Yield what the signs say, for tips and for screen readers."""
    if summary.status is ConversationStatus.DONE:
        yield _tr("done")
    if summary.pinned:
        yield _tr("pinned")
    if summary.priority in _PRIORITIES:
        yield _tr(_PRIORITIES[summary.priority][0]).casefold()
    if summary.snoozed_at is not None and summary.snoozed_until is not None:
        yield _tr("snoozed until {time}").format(time=formats.ahead(summary.snoozed_until))
    elif summary.snoozed_at is not None:
        yield _tr("snoozed until they answer")
    elif summary.returned_at is not None:
        yield _tr("back from a snooze")
    if summary.assignee_name:
        yield _tr("assigned to {name}").format(name=plain_name(summary.assignee_name))


def _tr(text: str) -> str:
    return QCoreApplication.translate("Rows", text)
