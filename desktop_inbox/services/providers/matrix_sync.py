"""Reading a Matrix account: the long poll, the holes it leaves, invitations and read receipts.

A cursor is the homeserver's ``next_batch``, or JSON that also names what is still to be read: holes in rooms
and invitations that could not be accepted yet.
"""

import json
from collections import OrderedDict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from desktop_inbox.clock import Clock, from_millis
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.message import DeliveryStatus, Direction
from desktop_inbox.services.providers.base import (
    AmbiguousError,
    DeliveryReceipt,
    FetchResult,
    InboundMessage,
    NotSentError,
    RejectedError,
)
from desktop_inbox.services.providers.matrix_events import (
    attachments_of_event,
    is_message,
    key_of_event,
    moment_of,
    text_of_event,
)
from desktop_inbox.services.providers.matrix_rooms import Room, RoomBook
from desktop_inbox.services.providers.matrix_session import CLIENT, MatrixSession, list_of, object_of, quoted, text_of

_RECENT: Final = 50  # events of each room at the very first fetch
_PAGE: Final = 100
_PAGES_PER_FETCH: Final = 20
_MAX_BYTES: Final = 64 << 20
_REMEMBERED: Final = 300  # events of each room, to know what a receipt covers
_REMEMBERED_ROOMS: Final = 5000
_CONTEXT: Final = 60

#: The last events of a room, oldest first: (id, is ours).
_Events = deque[tuple[str, bool]]

_FILTER: Final = json.dumps(
    {
        "presence": {"not_types": ["*"]},
        "account_data": {"types": ["m.direct"]},
        "room": {
            "timeline": {"limit": _RECENT, "lazy_load_members": True},
            "state": {"types": ["m.room.member"], "lazy_load_members": True},
            "ephemeral": {"types": ["m.receipt"]},
            "account_data": {"not_types": ["*"]},
        },
    },
    separators=(",", ":"),
)


@dataclass(slots=True)
class _Cursor:
    """Where to go on. A hole is (room, token to read backwards from, token to stop at)."""

    since: str = ""
    holes: list[list[str]] = field(default_factory=list)
    invitations: list[str] = field(default_factory=list)

    @classmethod
    def parse(cls, text: str) -> "_Cursor":
        if not text.startswith("{"):
            return cls(since=text)
        data = json.loads(text)
        return cls(since=data["since"], holes=data["holes"], invitations=data["invitations"])

    def __str__(self) -> str:
        if not self.holes and not self.invitations:
            return self.since
        return json.dumps({"since": self.since, "holes": self.holes, "invitations": self.invitations})


class MatrixReader:
    """Turns syncs into pages of the inbound stream. One at a time."""

    def __init__(self, session: MatrixSession, rooms: RoomBook, clock: Clock) -> None:
        self._session = session
        self._rooms = rooms
        self._clock = clock
        self._seen: OrderedDict[str, _Events] = OrderedDict()
        self._messages: dict[str, InboundMessage] = {}
        self._receipts: dict[str, DeliveryReceipt] = {}
        self._last_cursor = ""

    def fetch(self, cursor_text: str, wait: timedelta) -> FetchResult:
        """Return what came since the cursor, waiting up to ``wait`` unless something is left to be read."""
        if cursor_text != self._last_cursor:  # another reader was here meanwhile: what we remember may be stale
            self._rooms.forget_all()
            self._seen.clear()
        cursor = _Cursor.parse(cursor_text)
        self._messages, self._receipts = {}, {}
        self._accept(cursor)
        if cursor.holes:
            wait = timedelta(0)
        self._sync(cursor, wait)
        self._fill(cursor)
        messages = sorted(self._messages.values(), key=lambda message: message.occurred_at)
        self._last_cursor = str(cursor)
        return FetchResult(
            cursor=str(cursor),
            messages=tuple(messages),
            receipts=tuple(self._receipts.values()),
            has_more=bool(cursor.holes),
        )

    def room_of_event(self, event_id: str) -> str:
        """Return the room of an event seen lately; "" when unknown."""
        for room_id, seen in reversed(self._seen.items()):
            if any(event_id == known for known, _ in seen):
                return room_id
        return ""

    def _sync(self, cursor: _Cursor, wait: timedelta) -> None:
        try:
            answer = self._ask(cursor.since, wait)
        except RejectedError:
            if not cursor.since:
                raise
            cursor.since = ""  # the server was set up anew and does not know where we were
            answer = self._ask("", wait)
        for event in list_of(object_of(answer, "account_data"), "events"):
            if isinstance(event, dict) and event.get("type") == "m.direct":
                self._rooms.set_direct(object_of(event, "content"))
        rooms = object_of(answer, "rooms")
        for room_id, room in object_of(rooms, "join").items():
            if isinstance(room, dict):
                self._take_room(room_id, room, cursor)
        for room_id, invitation in object_of(rooms, "invite").items():
            self._take_invitation(room_id, invitation, cursor)
        next_batch = text_of(answer, "next_batch")
        if not next_batch:
            raise AmbiguousError("The homeserver's answer has no end.", code="no_next_batch")
        cursor.since = next_batch

    def _ask(self, since: str, wait: timedelta) -> Mapping[str, Any]:
        query: dict[str, str | int] = {"filter": _FILTER}
        if since:
            query |= {"since": since, "timeout": int(wait.total_seconds() * 1000)}
        return self._session.call(
            lambda: self._session.http.get(f"{CLIENT}/sync", query, wait=wait, max_bytes=_MAX_BYTES)
        )

    def _take_room(self, room_id: str, room: Mapping[str, Any], cursor: _Cursor) -> None:
        timeline = object_of(room, "timeline")
        events = [event for event in list_of(timeline, "events") if isinstance(event, dict)]
        if any(event.get("type") in ("m.room.member", "m.room.name", "m.room.encryption") for event in events):
            self._rooms.forget(room_id)
        previous = text_of(timeline, "prev_batch")
        if timeline.get("limited") is True and cursor.since and previous:
            cursor.holes.append([room_id, previous, cursor.since])
            self._seen.pop(room_id, None)  # the order before the hole is not known
        seen = self._remember(room_id)
        for event in events:
            event_id = text_of(event, "event_id")
            if event_id:
                seen.append((event_id, self._is_ours(event)))
            self._take_event(room_id, event)
        for event in list_of(object_of(room, "ephemeral"), "events"):
            if isinstance(event, dict) and event.get("type") == "m.receipt":
                self._take_receipts(room_id, object_of(event, "content"))

    def _remember(self, room_id: str) -> _Events:
        seen = self._seen.setdefault(room_id, deque(maxlen=_REMEMBERED))
        self._seen.move_to_end(room_id)
        while len(self._seen) > _REMEMBERED_ROOMS:
            self._seen.popitem(last=False)
        return seen

    def _take_event(self, room_id: str, event: Mapping[str, Any]) -> None:
        event_id, sender = text_of(event, "event_id"), text_of(event, "sender")
        if not event_id or not sender or not is_message(event):
            return
        ours = sender == self._session.user_id
        room = self._rooms.room(room_id)
        name = room.others.get(sender, "" if ours else sender)
        text = text_of_event(event, name)
        attachments = attachments_of_event(event)
        if not text and not attachments:
            return
        if not ours and not room.peer and len(room.others) > 1:
            text = f"{name}: {text}"  # in a group it matters who said it
        self._messages[event_id] = InboundMessage(
            provider_message_id=event_id,
            scheme=Scheme.MATRIX,
            address=room.address_of("" if ours else sender),
            text=text,
            occurred_at=moment_of(event, self._clock()),
            direction=Direction.OUT if ours else Direction.IN,
            sender_name=_contact_name(room, name, ours=ours),
            status=DeliveryStatus.SENT if ours else None,
            attachments=attachments,
            idempotency_key=key_of_event(event) if ours else "",
        )

    # -- receipts

    def _take_receipts(self, room_id: str, content: Mapping[str, Any]) -> None:
        for event_id in content:
            readers = object_of(object_of(content, event_id), "m.read")
            for reader, detail in readers.items():
                if reader != self._session.user_id and isinstance(detail, dict):
                    self._take_receipt(room_id, event_id, _time_of(detail, self._clock()))

    def _take_receipt(self, room_id: str, event_id: str, at: datetime) -> None:
        """Report everything of ours up to ``event_id`` as read: people read from the top down."""
        for own in self._own_until(room_id, event_id):
            self._receipts.setdefault(
                own,
                DeliveryReceipt(provider_message_id=own, status=DeliveryStatus.READ, at=at, key="read"),
            )

    def _own_until(self, room_id: str, event_id: str) -> list[str]:
        events = list(self._remember(room_id))
        places = [place for place, (known, _) in enumerate(events) if known == event_id]
        if places:
            return [known for known, ours in events[: places[0] + 1] if ours]
        path = f"{CLIENT}/rooms/{quoted(room_id)}/context/{quoted(event_id)}"
        try:
            answer = self._session.call(lambda: self._session.http.get(path, {"limit": _CONTEXT}, max_bytes=_MAX_BYTES))
        except RejectedError:
            return []  # an event we may not see
        found = [object_of(answer, "event"), *list_of(answer, "events_before")]
        return [text_of(event, "event_id") for event in found if isinstance(event, dict) and self._is_ours(event)]

    def _is_ours(self, event: Mapping[str, Any]) -> bool:
        """Whether an event is a message that we sent."""
        return text_of(event, "sender") == self._session.user_id and is_message(event)

    # -- invitations

    def _take_invitation(self, room_id: str, invitation: object, cursor: _Cursor) -> None:
        events = list_of(object_of(invitation, "invite_state"), "events") if isinstance(invitation, dict) else []
        inviter, direct = "", False
        for event in events:
            if isinstance(event, dict) and text_of(event, "state_key") == self._session.user_id:
                inviter = text_of(event, "sender")
                direct = object_of(event, "content").get("is_direct") is True
        if self._join(room_id, cursor) and inviter and direct:
            self._rooms.note_direct(inviter, room_id)

    def _accept(self, cursor: _Cursor) -> None:
        """Try again to accept what could not be accepted before."""
        waiting, cursor.invitations = cursor.invitations, []
        for room_id in waiting:
            self._join(room_id, cursor)

    def _join(self, room_id: str, cursor: _Cursor) -> bool:
        try:
            self._rooms.join(room_id)
        except RejectedError:
            return False  # withdrawn, or a room that cannot be joined
        except (AmbiguousError, NotSentError):  # its server may be away; the others must not wait for it
            cursor.invitations.append(room_id)
            return False
        return True

    # -- holes

    def _fill(self, cursor: _Cursor) -> None:
        """Read what a sync left out, newest first, as far as one fetch may go."""
        pages = _PAGES_PER_FETCH
        while cursor.holes and pages:
            room_id, start, end = cursor.holes[0]
            pages -= 1
            following = self._fill_page(room_id, start, end)
            if following:
                cursor.holes[0] = [room_id, following, end]
            else:
                cursor.holes.pop(0)

    def _fill_page(self, room_id: str, start: str, end: str) -> str:
        """Read one page backwards; return where to go on, "" at the end."""
        query: dict[str, str | int] = {"dir": "b", "from": start, "to": end, "limit": _PAGE}
        path = f"{CLIENT}/rooms/{quoted(room_id)}/messages"
        try:
            answer = self._session.call(lambda: self._session.http.get(path, query, max_bytes=_MAX_BYTES))
        except RejectedError:
            return ""  # we are not in that room any more
        chunk = list_of(answer, "chunk")
        for event in chunk:
            if isinstance(event, dict):
                self._take_event(room_id, event)
        following = text_of(answer, "end")
        return following if chunk and following != start else ""


def _contact_name(room: Room, sender: str, *, ours: bool) -> str:
    """Return what the contact is called: the person, or the group."""
    if room.peer:
        return _real_name(room.others[room.peer], room.peer)
    if len(room.others) > 1:
        return room.name
    return "" if ours else sender


def _real_name(name: str, user: str) -> str:
    return "" if name == user else name


def _time_of(detail: Mapping[str, Any], now: datetime) -> datetime:
    millis = detail.get("ts")
    if not isinstance(millis, int) or isinstance(millis, bool) or millis <= 0:
        return now
    return min(from_millis(min(millis, 8_000_000_000_000)), now)
