"""The built-in views as filters: what the segment builder begins with, and what narrows a view further."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from desktop_inbox.models.entities.conversation import ConversationStatus, View
from desktop_inbox.models.entities.segment import ME, NOBODY, Condition, Group, GroupOp, Operator

from .inbox import Scope

_HERE: Final = Condition("archived", Operator.IS_FALSE)
_AWAKE: Final = Condition("snoozed", Operator.IS_FALSE)
_UNREAD: Final = Condition("unread", Operator.IS_TRUE)
_WAITING: Final = Condition("waiting_since", Operator.SET)
_NOBODYS: Final = Condition("assignee", Operator.IS, NOBODY)

_CONDITIONS: Final[Mapping[View, tuple[Condition, ...]]] = {
    View.ALL: (_HERE,),
    View.MINE: (_HERE, _AWAKE, Condition("assignee", Operator.IS, ME)),
    View.NEW: (_HERE, _AWAKE, Condition("status", Operator.IS, ConversationStatus.PENDING.value), _NOBODYS),
    View.UNASSIGNED: (_HERE, _AWAKE, _NOBODYS),
    View.UNREAD: (_HERE, _UNREAD),
    View.SNOOZED: (_HERE, Condition("snoozed", Operator.IS_TRUE)),
    View.DONE: (_HERE, Condition("status", Operator.IS, ConversationStatus.DONE.value)),
    View.WAITING: (_HERE, _WAITING),
    View.FAILED: (_HERE, Condition("has_failed", Operator.IS_TRUE)),
    View.ARCHIVED: (Condition("archived", Operator.IS_TRUE),),
}


class Quick(StrEnum):
    """What narrows any view by one click."""

    UNREAD = "unread"
    WAITING = "waiting"


def filter_of(scope: Scope) -> Group:
    """Return the filter that selects what a view shows; a filter is its own."""
    return scope if isinstance(scope, Group) else Group(GroupOp.ALL, _CONDITIONS[scope])


def narrowed(scope: Scope, quick: Quick | None) -> Scope:
    """Return what remains of a view or a filter; a view of its own where there is one, as these are the fastest."""
    if quick is None:
        return scope
    if scope is View.ALL:
        return View.UNREAD if quick is Quick.UNREAD else View.WAITING
    more = _UNREAD if quick is Quick.UNREAD else _WAITING
    group = filter_of(scope)
    inside = group.children if group.op is GroupOp.ALL else (group,)
    return Group(GroupOp.ALL, (*inside, more))
