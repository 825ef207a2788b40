"""Listed: what the list can show: a view, a filter that every office has, a saved segment, or one being tried out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from PySide6.QtCore import QCoreApplication

from desktop_inbox.models.entities.conversation import View, ViewCount
from desktop_inbox.models.entities.segment import EVERYBODY, BuiltIn, Group, Segment
from desktop_inbox.services.inbox import Scope
from desktop_inbox.services.segments import scope_of
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.fuzzy import folded
from desktop_inbox.views.plain import plain_name

#: The views of the selector, in the order of their keys: from Ctrl+2 on, as Ctrl+1 opens the messages (S1-06).
VIEWS: Final = (
    View.ALL, View.MINE, View.NEW, View.UNASSIGNED, View.UNREAD, View.SNOOZED, View.DONE, View.ARCHIVED, View.WAITING,
)  # fmt: skip
_FIRST_KEY: Final = 2
_ICONS: Final[Mapping[View, str]] = {
    View.ALL: "inbox",
    View.MINE: "user-check",
    View.NEW: "sparkles",
    View.UNASSIGNED: "circle-dashed",
    View.UNREAD: "mail",
    View.SNOOZED: "alarm-clock",
    View.DONE: "check-check",
    View.ARCHIVED: "archive",
    View.WAITING: "hourglass",
    View.FAILED: "circle-alert",
}


class Section(StrEnum):
    """The parts of the selector."""

    VIEWS = "views"
    BUILT_IN = "built-in"
    SAVED = "saved"
    FILTER = "filter"  # being tried out; never in the selector


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One thing that the list can show. ``key`` stays the same over starts; ``name`` is plain text."""

    key: str
    name: str
    scope: Scope
    section: Section
    icon: str = "filter"
    segment: Segment | None = None
    number: int = 0  # of its key Ctrl+number; 0 without
    mine: bool = False  # a saved one that this user may change

    @property
    def is_private(self) -> bool:
        """Whether only this user sees it."""
        return self.segment is not None and not self.segment.shared


def _tr(text: str, number: int = -1) -> str:
    return QCoreApplication.translate("Views", text, None, number)


def view_name(view: View) -> str:
    """Return what a view is called."""
    return {
        View.ALL: _tr("Inbox"),
        View.MINE: _tr("Mine"),
        View.NEW: _tr("New"),
        View.UNASSIGNED: _tr("Unassigned"),
        View.UNREAD: _tr("Unread"),
        View.SNOOZED: _tr("Snoozed"),
        View.DONE: _tr("Done"),
        View.ARCHIVED: _tr("Archived"),
        View.WAITING: _tr("Waiting on us"),
        View.FAILED: _tr("Not delivered"),
    }[view]


def of_view(view: View) -> Listed:
    """Return a view."""
    number = VIEWS.index(view) + _FIRST_KEY if view in VIEWS[: 10 - _FIRST_KEY] else 0
    return Listed(
        key=f"view:{view.value}",
        name=view_name(view),
        scope=view,
        section=Section.VIEWS,
        icon=_ICONS[view],
        number=number,
    )


def of_built_in(one: BuiltIn, group: Group) -> Listed:
    """Return a filter that every office has."""
    names = {
        "waiting_long": _tr("Waiting on us over a day"),
        "window_ending": _tr("Window ends within 2 hours"),
        "failed_sends": _tr("Failed sends"),
        "opted_out": _tr("Opted out"),
        "no_consent": _tr("No consent yet"),
        "mentions_me": _tr("Mentions me"),
    }
    return Listed(key=f"builtin:{one.key}", name=names.get(one.key, one.name), scope=group, section=Section.BUILT_IN)


def of_segment(segment: Segment, *, mine: bool) -> Listed:
    """Return a saved segment; the list follows its changes."""
    return Listed(
        key=f"segment:{segment.id}",
        name=plain_name(segment.name),
        scope=scope_of(segment.id),
        section=Section.SAVED,
        segment=segment,
        mine=mine,
        icon="triangle-alert" if segment.broken else "filter" if segment.shared else "lock",
    )


def of_filter(group: Group = EVERYBODY, of: "Listed | None" = None) -> Listed:
    """Return a filter that is being tried out; ``of`` is the saved one that it began with."""
    name = of.name if of is not None and of.segment is not None else _tr("Filter")
    return Listed(key="filter", name=name, scope=group, section=Section.FILTER, segment=of.segment if of else None)


def all_views() -> tuple[Listed, ...]:
    """Return the views that are offered."""
    return tuple(of_view(view) for view in VIEWS)


def unread_words(count: ViewCount | None) -> str:
    """Return the attention mark in words (S2-07): never by its colour alone."""
    if count is None:
        return ""
    return _tr("%n with unread", count.unread) if count.unread else _tr("no unread")


def contacts_words(count: int, formats: Formats | None = None) -> str:
    """Return a number of contacts in words."""
    if count == 1:
        return _tr("1 contact")
    return _tr("{count} contacts").format(count=formats.number(count) if formats is not None else count)


def sentence(listed: Listed, count: ViewCount | None) -> str:
    """Return what assistive technology says of a line of the selector."""
    parts = [listed.name]
    if count is not None:
        parts += [contacts_words(count.total), unread_words(count)]
    if listed.is_private:
        parts.append(_tr("private"))
    if listed.segment is not None and listed.segment.broken:
        parts.append(_tr("broken"))
    return ", ".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """What an empty list says: what, why."""

    icon: str
    title: str
    text: str


def nothing_in(listed: Listed) -> Nothing:
    """Return what to say where a view or a filter selects nobody (L18)."""
    if listed.segment is not None and listed.segment.broken:
        return Nothing(
            icon="triangle-alert",
            title=_tr("This segment is broken"),
            text=_tr("It needs {what}. Open it in the segment builder to mend it.").format(what=listed.segment.broken),
        )
    if isinstance(listed.scope, Group):
        return Nothing(
            icon="list-filter",
            title=_tr("Nobody fits this filter"),
            text=_tr("No conversation meets all of its conditions at the moment."),
        )
    icon, title, text = _EMPTY[listed.scope]
    return Nothing(icon=icon, title=_tr(title), text=_tr(text))


def QT_TRANSLATE_NOOP(context: str, text: str) -> str:
    """Mark ``text`` for the translation tool, which knows this name."""
    return text


_EMPTY: Final[Mapping[View, tuple[str, str, str]]] = {
    View.ALL: (
        "messages-square",
        QT_TRANSLATE_NOOP("Views", "No conversations yet"),
        QT_TRANSLATE_NOOP(
            "Views", "Messages that arrive appear here. Connect a channel, or write the first one yourself."
        ),
    ),
    View.MINE: (
        "user-check",
        QT_TRANSLATE_NOOP("Views", "Nothing is assigned to you"),
        QT_TRANSLATE_NOOP("Views", "Conversations that you take, or that colleagues give you, are here."),
    ),
    View.NEW: (
        "sparkles",
        QT_TRANSLATE_NOOP("Views", "Nothing new – nice!"),
        QT_TRANSLATE_NOOP("Views", "Everybody who needs an answer has somebody who looks after it."),
    ),
    View.UNASSIGNED: (
        "circle-dashed",
        QT_TRANSLATE_NOOP("Views", "No unassigned conversations – nice!"),
        QT_TRANSLATE_NOOP("Views", "Every conversation belongs to somebody."),
    ),
    View.UNREAD: (
        "mail-check",
        QT_TRANSLATE_NOOP("Views", "Nothing unread"),
        QT_TRANSLATE_NOOP("Views", "Everything that came in was read."),
    ),
    View.SNOOZED: (
        "alarm-clock",
        QT_TRANSLATE_NOOP("Views", "Nothing is snoozed"),
        QT_TRANSLATE_NOOP("Views", "Conversations that you snooze wait here until their time comes."),
    ),
    View.DONE: (
        "check-check",
        QT_TRANSLATE_NOOP("Views", "Nothing is done yet"),
        QT_TRANSLATE_NOOP("Views", "Conversations that you mark done are kept here."),
    ),
    View.ARCHIVED: (
        "archive",
        QT_TRANSLATE_NOOP("Views", "Nothing archived"),
        QT_TRANSLATE_NOOP("Views", "Conversations that you archive wait here until their contact writes again."),
    ),
    View.WAITING: (
        "check-check",
        QT_TRANSLATE_NOOP("Views", "Nobody is waiting"),
        QT_TRANSLATE_NOOP("Views", "Every conversation has an answer."),
    ),
    View.FAILED: (
        "circle-check",
        QT_TRANSLATE_NOOP("Views", "Everything arrived"),
        QT_TRANSLATE_NOOP("Views", "No message failed to reach its contact."),
    ),
}


def fitting(listed: Sequence[Listed], words: str) -> list[Listed]:
    """Return those whose name has every word that was typed."""
    wanted = folded(words).split()
    return [one for one in listed if all(word in folded(one.name) for word in wanted)]
