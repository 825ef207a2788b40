"""Which room is whose: one contact is one direct room, found before it is made.

A room with one other person, or one that the account lists as direct (bridges add helpers to such rooms), is
that person's. Any other room is a contact by itself, whose address is the room id.
"""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from desktop_inbox.services.providers.base import AmbiguousError, NotSentError, RejectedError
from desktop_inbox.services.providers.matrix_session import CLIENT, MatrixSession, list_of, object_of, quoted, text_of

#: Rooms outside of the account's list of direct rooms that are looked through before a new one is made.
_MAX_UNLISTED: Final = 50
_MAX_MEMBERS_BYTES: Final = 32 << 20
#: Finding a room takes several requests; so long the answer serves for the next message too.
_REMEMBER_SECONDS: Final = 60.0


@dataclass(slots=True)
class Room:
    """What is known of a room; names by user id of those who are in it or invited, without ourselves."""

    id: str
    others: dict[str, str] = field(default_factory=dict)
    joined: set[str] = field(default_factory=set)
    direct_with: str = ""  # as the account lists it
    name: str = ""
    encrypted: bool = False  # for good: encryption cannot be turned off in a room

    @property
    def peer(self) -> str:
        """The user whose room this is; "" for a group."""
        if self.direct_with in self.others:
            return self.direct_with
        return next(iter(self.others)) if len(self.others) == 1 else ""

    def address_of(self, sender: str) -> str:
        """Return the contact's address for something that ``sender`` ("" for ourselves) said here."""
        if not self.others and not self.direct_with:
            return sender or self.id  # whoever it was has left
        return self.peer or self.direct_with or self.id


class RoomBook:
    """Knows rooms, asking the homeserver once for each."""

    def __init__(self, session: MatrixSession) -> None:
        self._session = session
        self._rooms: dict[str, Room] = {}
        self._direct: dict[str, list[str]] | None = None  # user id -> rooms
        self._found: dict[str, tuple[str, float]] = {}  # user id -> (room, monotonic time until which it is used)
        self._lock = threading.Lock()

    def room(self, room_id: str) -> Room:
        """Return what is known of a room we are in."""
        known = self._rooms.get(room_id)
        if known is None:
            known = self._rooms[room_id] = self._ask(room_id)
        return known

    def forget(self, room_id: str) -> None:
        """Ask anew next time: somebody came, left or changed their name."""
        self._rooms.pop(room_id, None)

    def forget_all(self) -> None:
        """Ask for everything anew: another reader saw what happened meanwhile."""
        self._rooms.clear()
        self._direct = None

    def set_direct(self, listed: Mapping[str, Any]) -> None:
        """Take over the account's list of direct rooms."""
        self._direct = {
            user: [room for room in rooms if isinstance(room, str)]
            for user, rooms in listed.items()
            if isinstance(rooms, list)
        }
        self._rooms.clear()

    def join(self, room_id: str) -> None:
        """Accept an invitation; RejectedError when it is no longer open."""
        self._session.call(lambda: self._session.http.post_json(f"{CLIENT}/join/{quoted(room_id)}", {}))
        self.forget(room_id)

    def note_direct(self, user: str, room_id: str) -> None:
        """List a room as the direct one with ``user``, for this and every other client of the account."""
        listed = self._listed()
        if room_id in listed.get(user, []):
            return
        changed = {**listed, user: [*listed.get(user, []), room_id]}
        path = f"{CLIENT}/user/{quoted(self._session.user_id)}/account_data/m.direct"
        self._session.call(lambda: self._session.http.put_json(path, changed))
        self._direct = changed
        self.forget(room_id)

    def find(self, user: str) -> str:
        """Return the room to write to ``user``; "" when there is none without encryption.

        Of several the one they are in comes first, then the one where something was said last.
        """
        self.forget_all()
        joined = self._joined()
        listed = [room for room in self._listed().get(user, []) if room in joined]
        known = {room for rooms in self._listed().values() for room in rooms}
        unlisted = [room for room in joined if room not in known][:_MAX_UNLISTED]
        open_rooms = [room for room in map(self.room, [*listed, *unlisted]) if not room.encrypted]
        candidates = [room for room in open_rooms if room.peer == user]
        present = [room for room in candidates if user in room.joined] or candidates
        if len(present) > 1:
            present.sort(key=lambda room: self._last_moment(room.id))
        left = [room.id for room in open_rooms if room.id in listed]
        return present[-1].id if present else (left[-1] if left else "")

    def open(self, user: str) -> str:
        """Return the room to write to ``user``, making it or inviting them again where needed.

        Raises NotSentError when it is unclear whether that worked: no message has left then.
        """
        with self._lock:
            try:
                return self._open(user)
            except AmbiguousError as error:
                unclear = NotSentError(error.text, code=error.code, http_status=error.http_status)
        raise unclear

    def _open(self, user: str) -> str:
        room_id, until = self._found.get(user, ("", 0.0))
        if not room_id or time.monotonic() > until:
            room_id = self.find(user)
        if room_id:
            self._bring_back(user, room_id)
        else:
            room_id = self._create(user)
        self._found[user] = (room_id, time.monotonic() + _REMEMBER_SECONDS)
        return room_id

    def _create(self, user: str) -> str:
        body = {"preset": "trusted_private_chat", "is_direct": True, "invite": [user]}
        answer = self._session.call(lambda: self._session.http.post_json(f"{CLIENT}/createRoom", body))
        room_id = text_of(answer, "room_id")
        if not room_id:
            raise NotSentError("The homeserver made a room without an id.", code="no_room")
        self.note_direct(user, room_id)
        self.require_open(room_id)
        return room_id

    def require_open(self, room_id: str) -> None:
        """Raise RejectedError for an encrypted room: what we write there would not be, against all expectation."""
        if self.room(room_id).encrypted:
            raise RejectedError(
                "This Matrix room is encrypted, and only rooms without encryption can be written to.", code="encrypted"
            )

    def _bring_back(self, user: str, room_id: str) -> None:
        """Invite somebody who left; RejectedError for somebody who is banned."""
        path = f"{CLIENT}/rooms/{quoted(room_id)}/state/m.room.member/{quoted(user)}"
        try:
            state = self._session.call(lambda: self._session.http.get(path))
            membership = text_of(state, "membership")
        except RejectedError as error:
            if error.code != "M_NOT_FOUND":
                raise
            membership = "leave"
        if membership not in ("join", "invite"):
            invite = f"{CLIENT}/rooms/{quoted(room_id)}/invite"
            self._session.call(lambda: self._session.http.post_json(invite, {"user_id": user}))
            self.forget(room_id)

    def _last_moment(self, room_id: str) -> int:
        path = f"{CLIENT}/rooms/{quoted(room_id)}/messages"
        answer = self._session.call(lambda: self._session.http.get(path, {"dir": "b", "limit": 1}))
        moments = [event.get("origin_server_ts") for event in list_of(answer, "chunk") if isinstance(event, dict)]
        return max((moment for moment in moments if isinstance(moment, int)), default=0)

    def _joined(self) -> list[str]:
        answer = self._session.call(lambda: self._session.http.get(f"{CLIENT}/joined_rooms"))
        return [room for room in list_of(answer, "joined_rooms") if isinstance(room, str)]

    def _listed(self) -> dict[str, list[str]]:
        if self._direct is None:
            path = f"{CLIENT}/user/{quoted(self._session.user_id)}/account_data/m.direct"
            try:
                answer = self._session.call(lambda: self._session.http.get(path))
            except RejectedError as error:
                if error.code != "M_NOT_FOUND":
                    raise
                answer = {}
            self.set_direct(answer)
        return self._direct or {}

    def _ask(self, room_id: str) -> Room:
        room = Room(id=room_id)
        for user, rooms in self._listed().items():
            if room_id in rooms:
                room.direct_with = user
        path = f"{CLIENT}/rooms/{quoted(room_id)}"
        members = self._session.call(
            lambda: self._session.http.get(f"{path}/members", {"not_membership": "leave"}, max_bytes=_MAX_MEMBERS_BYTES)
        )
        for event in list_of(members, "chunk"):
            self._take_member(room, event)
        room.encrypted = bool(self._state(path, "m.room.encryption", "algorithm"))
        if not room.peer:
            room.name = self._state(path, "m.room.name", "name") or ", ".join(sorted(room.others.values())[:4])
        return room

    def _take_member(self, room: Room, event: object) -> None:
        if not isinstance(event, dict):
            return
        user, content = text_of(event, "state_key"), object_of(event, "content")
        membership = text_of(content, "membership")
        if not user or user == self._session.user_id or membership not in ("join", "invite"):
            return
        room.others[user] = text_of(content, "displayname") or user
        if membership == "join":
            room.joined.add(user)

    def _state(self, path: str, kind: str, key: str) -> str:
        """Return one text of a room's state; "" when it has none."""
        try:
            return text_of(self._session.call(lambda: self._session.http.get(f"{path}/state/{kind}")), key)
        except RejectedError:
            return ""
