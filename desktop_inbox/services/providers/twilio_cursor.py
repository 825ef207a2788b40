"""Where fetching stands: one high-water mark per stream, kept as a compact JSON string.

Lists cannot be asked "what is new": a mark per stream with an overlap is the nearest thing. What was already
told within the overlap is kept in the cursor itself, so that whoever stores cursor and messages together
gets each change once. That is a saving, not a promise: identifiers still decide what is new.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from desktop_inbox.models.entities.message import Direction
from desktop_inbox.services.providers.twilio_wire import moment

#: How much of the past is read when a channel is new.
FIRST_LOOK = timedelta(days=7)
#: More than these are told again rather than kept: a cursor is written with every fetch.
_MAX_TOLD = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """One list of one own address."""

    key: str
    resource: str  # "Messages" or "Calls"
    filter: str  # "To" or "From"
    address: str  # as on the wire
    direction: Direction


@dataclass(slots=True)
class Place:
    """Where one stream stands. While `page` is set, a list is being read page by page."""

    mark: datetime
    newest: datetime | None = None
    page: str = ""
    told: dict[str, str] = field(default_factory=dict)  # end of the identifier -> what was told of it
    telling: dict[str, str] = field(default_factory=dict)  # the same for the list being read

    def last_told(self, sid: str) -> str:
        """Return what was last told of ``sid``, or an empty string."""
        return self.telling.get(sid[-16:]) or self.told.get(sid[-16:], "")

    def tell(self, sid: str, what: str) -> None:
        """Note what was told of ``sid``."""
        if len(self.telling) < _MAX_TOLD:
            self.telling[sid[-16:]] = what

    def advance(self, seen: datetime | None, next_page: str) -> None:
        """Note the newest moment on a page, and the page after it, "" at the end of the list."""
        if seen is not None:
            self.newest = max(self.newest or seen, seen)
        self.page = next_page
        if not next_page:
            self.mark = max(self.mark, self.newest or self.mark)
            self.newest = None
            self.told, self.telling = self.telling, {}

    def start_over(self) -> None:
        """Forget the page: its token may have run out."""
        self.page, self.newest, self.telling = "", None, {}


@dataclass(slots=True)
class Cursor:
    """All streams of a channel, and when calls were last asked for."""

    places: dict[str, Place]
    calls_at: datetime | None = None

    def place(self, stream: Stream, now: datetime) -> Place:
        """Return where ``stream`` stands; a new one begins with recent history."""
        return self.places.setdefault(stream.key, Place(now - FIRST_LOOK))

    def text(self) -> str:
        """Return the cursor as it is stored."""
        places = {
            key: {
                name: value
                for name, value in (
                    ("m", place.mark.isoformat()),
                    ("n", place.newest.isoformat() if place.newest else ""),
                    ("p", place.page),
                    ("t", place.told),
                    ("u", place.telling),
                )
                if value
            }
            for key, place in self.places.items()
        }
        calls_at = self.calls_at.isoformat() if self.calls_at else ""
        return json.dumps({"v": 1, "s": places, "c": calls_at}, separators=(",", ":"))


def parse_cursor(text: str, now: datetime) -> Cursor:
    """Return the cursor that ``text`` holds; one that cannot be read begins anew, which repeats nothing that
    the store already has."""
    try:
        data = json.loads(text or "{}")
        places = {str(key): _place(value, now) for key, value in data.get("s", {}).items()}
        return Cursor(places=places, calls_at=moment(data.get("c")))
    except (ValueError, AttributeError, TypeError):
        return Cursor(places={})


def _place(data: Mapping[str, object], now: datetime) -> Place:
    told, telling = data.get("t"), data.get("u")
    return Place(
        mark=min(moment(data.get("m")) or now - FIRST_LOOK, now),
        newest=moment(data.get("n")),
        page=str(data.get("p") or ""),
        told={str(key): str(value) for key, value in told.items()} if isinstance(told, dict) else {},
        telling={str(key): str(value) for key, value in telling.items()} if isinstance(telling, dict) else {},
    )
