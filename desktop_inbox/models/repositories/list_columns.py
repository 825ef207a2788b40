"""The list columns of conversations: the statements that keep them beside every entry."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    bindparam,
    case,
    func,
    literal,
    null,
    or_,
    select,
    update,
)

from desktop_inbox.models.entities.conversation import PINNED_PLACE
from desktop_inbox.models.schema import calls, conversations, messages

from .prepared import Prepared

_C = conversations.c
#: What a pinned conversation's place has on top.
PIN = case((_C.pinned, literal(PINNED_PLACE, BigInteger)), else_=literal(0, BigInteger))
_NEWER = bindparam("entry_id") > _C.last_entry_id


def _when_newer(name: str) -> dict[str, Any]:
    return {name: case((_NEWER, bindparam(f"new_{name}")), else_=_C[name])}


def _greater(one: ColumnElement[int], other: ColumnElement[int]) -> ColumnElement[int]:
    return case((one > other, one), else_=other)


#: What every message changes, in either direction. The place never goes back: a snooze may have ended since.
_COUNTED: Mapping[str, Any] = {
    "last_entry_id": case((_NEWER, bindparam("entry_id")), else_=_C.last_entry_id),
    "place_id": _greater(bindparam("entry_id", type_=BigInteger) + PIN, _C.place_id),
    "message_count": _C.message_count + 1,
    "first_entry_id": case(
        (or_(_C.first_entry_id == 0, bindparam("entry_id") < _C.first_entry_id), bindparam("entry_id")),
        else_=_C.first_entry_id,
    ),
}

APPLY_IN = Prepared(
    update(conversations)
    .where(_C.id == bindparam("conversation"))
    .values(
        unread_count=_C.unread_count + case((bindparam("entry_id") > _C.read_up_to_id, 1), else_=0),
        **_COUNTED,
        last_sender_kind=case((_NEWER, literal("contact")), else_=_C.last_sender_kind),
        **_when_newer("last_direction"),
        **_when_newer("last_kind"),
        **_when_newer("snippet"),
        **_when_newer("last_channel_id"),
        last_status=case((_NEWER, null()), else_=_C.last_status),
        snoozed_at=case((and_(_NEWER, bindparam("wakes")), null()), else_=_C.snoozed_at),
        snoozed_until=case((and_(_NEWER, bindparam("wakes")), null()), else_=_C.snoozed_until),
        waiting_since=case(
            (and_(_NEWER, _C.waiting_since.is_(None)), bindparam("at", type_=_C.waiting_since.type)),
            else_=_C.waiting_since,
        ),
        archived_at=case((_NEWER, null()), else_=_C.archived_at),
        status=case((_NEWER, literal("pending")), else_=_C.status),
        last_inbound_channel_id=case(
            (bindparam("entry_id") > _C.last_inbound_id, bindparam("new_last_channel_id")),
            else_=_C.last_inbound_channel_id,
        ),
        last_inbound_address_id=case(
            (bindparam("entry_id") > _C.last_inbound_id, bindparam("address_id")), else_=_C.last_inbound_address_id
        ),
        window_ends_at=case(
            (bindparam("entry_id") > _C.last_inbound_id, bindparam("window", type_=_C.window_ends_at.type)),
            else_=_C.window_ends_at,
        ),
        last_inbound_id=case(
            (bindparam("entry_id") > _C.last_inbound_id, bindparam("entry_id")), else_=_C.last_inbound_id
        ),
    )
)

# Spelled out, as a list in the statement would keep it from running for many rows at once.
MISSED = and_(
    calls.c.direction == "in",
    or_(*(calls.c.status == status for status in ("no_answer", "busy", "cancelled", "failed"))),
)
_LAST_MISSED = (
    select(func.coalesce(func.max(calls.c.id), 0))
    .where(calls.c.conversation_id == _C.id, MISSED)
    .correlate(conversations)
    .scalar_subquery()
)


# What came from the contact so far, and no further: our own later entries do not count, as something that was
# said before them may still be on its way.
_HEARD = _greater(_C.read_up_to_id, _greater(_C.last_inbound_id, _LAST_MISSED))
MARK_READ = (
    update(conversations)
    .where(_C.id == bindparam("conversation"), or_(_C.unread_count > 0, _C.returned_at.is_not(None)))
    .values(unread_count=0, read_up_to_id=_HEARD, returned_at=None)
)
UNREAD_QUERIES: tuple[tuple[Any, Select[Any]], ...] = (
    (messages, select(func.min(messages.c.id)).where(messages.c.direction == "in")),
    (calls, select(func.min(calls.c.id)).where(MISSED)),
)

APPLY_OUT = Prepared(
    update(conversations)
    .where(_C.id == bindparam("conversation"))
    .values(
        **_COUNTED,
        last_outbound_id=_greater(_C.last_outbound_id, bindparam("entry_id")),
        **_when_newer("last_sender_kind"),
        last_replied_by_id=case(
            (and_(_NEWER, bindparam("answers")), bindparam("replied_by", type_=_C.last_replied_by_id.type)),
            else_=_C.last_replied_by_id,
        ),
        **_when_newer("last_direction"),
        **_when_newer("last_kind"),
        **_when_newer("snippet"),
        **_when_newer("last_channel_id"),
        **_when_newer("last_status"),
        waiting_since=case((and_(_NEWER, bindparam("answers")), null()), else_=_C.waiting_since),
        archived_at=case((_NEWER, null()), else_=_C.archived_at),
        # Who answers has read what was said, also where opening alone does not count as reading (S3-12).
        unread_count=case((and_(_NEWER, bindparam("answers")), 0), else_=_C.unread_count),
        read_up_to_id=case((and_(_NEWER, bindparam("answers")), _HEARD), else_=_C.read_up_to_id),
    )
)
