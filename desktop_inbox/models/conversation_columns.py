"""The list columns of a conversation: put together from two, or made anew from what was said."""

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select

from . import schema
from .entities.conversation import PINNED_PLACE, ConversationStatus, EntryKind
from .entities.ids import ConversationId, entry_time
from .entities.message import SenderKind
from .repositories.base import AnyRow
from .repositories.messages import snippet_of

if TYPE_CHECKING:
    from .work import Work

_LAST: Final = (
    "last_entry_id", "last_direction", "last_status", "last_kind", "snippet", "last_channel_id", "last_sender_kind",
)  # fmt: skip
_HEARD: Final = ("last_inbound_id", "last_inbound_channel_id", "last_inbound_address_id", "window_ends_at")
_KINDS: Final = {"image": EntryKind.PICTURE, "video": EntryKind.VIDEO, "audio": EntryKind.AUDIO}


def combined(work: "Work", kept: ConversationId, other: ConversationId) -> dict[str, Any]:
    """Return the columns of ``kept`` once everything of ``other`` is in it; unread ones are to be counted."""
    one, two = work.conversations.row(kept), work.conversations.row(other)
    assert one is not None  # noqa: S101 - the caller has just read them
    assert two is not None  # noqa: S101
    newer = max((one, two), key=lambda row: row.last_entry_id)
    heard = max((one, two), key=lambda row: row.last_inbound_id)
    spoke = max((one, two), key=lambda row: row.last_outbound_id)
    waiting = [row.waiting_since for row in (one, two) if row.waiting_since is not None]
    unread = [row.read_up_to_id for row in (one, two) if row.unread_count]
    values = {name: getattr(newer, name) for name in _LAST} | {name: getattr(heard, name) for name in _HEARD}
    first = [row.first_entry_id for row in (one, two) if row.first_entry_id]
    place = max(row.place_id % PINNED_PLACE for row in (one, two))
    return values | {
        "place_id": place + (PINNED_PLACE if one.pinned else 0),
        "last_outbound_id": spoke.last_outbound_id,
        "last_replied_by_id": spoke.last_replied_by_id,
        "first_entry_id": min(first, default=0),
        "message_count": one.message_count + two.message_count,
        "waiting_since": min(waiting) if waiting and newer.last_direction == "in" else None,
        # What nobody has read in either stays unread; what was read before it may be seen once more.
        "read_up_to_id": min(unread) if unread else max(one.read_up_to_id, two.read_up_to_id),
        "status": ConversationStatus.PENDING
        if ConversationStatus.PENDING in (one.status, two.status)
        else ConversationStatus.DONE,
        "archived_at": one.archived_at if two.archived_at is not None else None,
        "assignee_id": one.assignee_id or two.assignee_id,
        "priority": max(one.priority, two.priority),
    }


def recompute(work: "Work", conversation_id: ConversationId) -> None:
    """Make every column that follows from what was said, from what was said."""
    m, c = schema.messages.c, schema.calls.c
    here = m.conversation_id == conversation_id
    last = _first(work, select(schema.messages).where(here).order_by(m.id.desc()))
    call = _first(work, select(schema.calls).where(c.conversation_id == conversation_id).order_by(c.id.desc()))
    heard = _first(work, select(schema.messages).where(here, m.direction == "in").order_by(m.id.desc()))
    mine = here & (m.direction == "out")
    spoke = _first(work, select(schema.messages).where(mine).order_by(m.id.desc()))
    replied = _first(work, select(schema.messages).where(mine, m.sender_kind == SenderKind.USER).order_by(m.id.desc()))
    totals = work.connection.execute(
        select(func.count().label("all"), func.coalesce(func.min(m.id), 0).label("first")).where(here)
    ).one()
    values: dict[str, Any] = {
        **_last_columns(work, last, call),
        "message_count": totals.all,
        "first_entry_id": totals.first,
        "last_inbound_id": heard.id if heard else 0,
        "last_inbound_channel_id": heard.channel_id if heard else None,
        "last_inbound_address_id": heard.address_id if heard else None,
        "last_outbound_id": spoke.id if spoke else 0,
        "last_replied_by_id": replied.sender_id if replied else None,
    }
    waits = heard is not None and (last is None or last.direction == "in")
    values["waiting_since"] = _waiting_since(work, conversation_id, replied) if waits else None
    work.conversations.change(conversation_id, **values)
    work.conversations.change(conversation_id, unread_count=work.conversations.count_unread(conversation_id))


def _waiting_since(work: "Work", conversation_id: ConversationId, replied: AnyRow | None) -> Any:
    m = schema.messages.c
    query = select(func.min(m.id)).where(
        m.conversation_id == conversation_id, m.direction == "in", m.id > (replied.id if replied else 0)
    )
    key = work.connection.execute(query).scalar()
    return None if key is None else entry_time(key)


def _last_columns(work: "Work", last: AnyRow | None, call: AnyRow | None) -> dict[str, Any]:
    if call is not None and (last is None or call.id > last.id):
        missed = call.direction == "in" and call.status in ("no_answer", "busy", "cancelled", "failed")
        return {
            "last_entry_id": call.id,
            "last_direction": call.direction,
            "last_status": None,
            "last_kind": EntryKind.MISSED_CALL if missed else EntryKind.CALL,
            "snippet": "",
            "last_channel_id": call.channel_id,
            "last_sender_kind": last.sender_kind if last else None,
        }
    if last is None:
        nothing = dict.fromkeys(_LAST)
        return nothing | {"last_entry_id": 0, "last_kind": EntryKind.NONE, "snippet": ""}
    return {
        "last_entry_id": last.id,
        "last_direction": last.direction,
        "last_status": last.status if last.direction == "out" else None,
        "last_kind": EntryKind.TEXT if last.text.strip() else _kind(work, last.id),
        "snippet": snippet_of(last.text),
        "last_channel_id": last.channel_id,
        "last_sender_kind": last.sender_kind,
    }


def _kind(work: "Work", message_id: int) -> EntryKind:
    a = schema.attachments.c
    media = work.connection.execute(
        select(a.media_type).where(a.message_id == message_id).order_by(a.position).limit(1)
    ).scalar()
    return EntryKind.TEXT if media is None else _KINDS.get(media.partition("/")[0], EntryKind.FILE)


def _first(work: "Work", query: Any) -> AnyRow | None:
    return work.connection.execute(query.limit(1)).first()
