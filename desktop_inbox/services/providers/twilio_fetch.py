"""Reading Twilio's lists: what came, what became of what was sent, and who called."""

import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.message import Direction
from desktop_inbox.services.providers import twilio_wire
from desktop_inbox.services.providers.base import (
    AmbiguousError,
    DeliveryReceipt,
    FetchResult,
    InboundAttachment,
    InboundCall,
    InboundMessage,
    RejectedError,
    ThrottledError,
)
from desktop_inbox.services.providers.twilio_api import BUDGET, PAGE_SIZE, TwilioApi, rows_of
from desktop_inbox.services.providers.twilio_cursor import Cursor, Place, Stream

_CALLS_EVERY = timedelta(seconds=30)
#: A message may be listed or sent late; a call is listed when it begins and told again when it ends.
_OVERLAPS = {"Messages": timedelta(minutes=10), "Calls": timedelta(hours=4)}
#: A message sent from elsewhere is told only when it is this old: a younger one may be our own, whose send
#: has not returned yet.
_ECHO_AGE = timedelta(minutes=2)
_UNTOLD = "?"  # after a status: the message itself was not told yet


def streams_of(own: Mapping[Scheme, str]) -> Iterator[Stream]:
    """Return the lists to read: what went to and what left each own number."""
    for scheme, number in own.items():
        address = twilio_wire.wire_address(scheme, number)
        for resource in ("Messages", "Calls") if scheme is Scheme.TEL else ("Messages",):
            for name, direction in (("To", Direction.IN), ("From", Direction.OUT)):
                key = f"{resource[0]}{direction.value}:{address}"
                yield Stream(key=key, resource=resource, filter=name, address=address, direction=direction)


class Fetch:
    """One round through the lists."""

    def __init__(self, api: TwilioApi, now: datetime) -> None:
        self._api = api
        self._now = now
        self._end = time.monotonic() + BUDGET
        self._messages: list[InboundMessage] = []
        self._receipts: list[DeliveryReceipt] = []
        self._calls: list[InboundCall] = []
        self._has_more = False

    def read(self, streams: Iterator[Stream], state: Cursor) -> FetchResult:
        """Read one page of each list and return what is new, oldest first; ``state`` moves on."""
        now = self._now
        calls_due = state.calls_at is None or not timedelta(0) <= now - state.calls_at < _CALLS_EVERY
        for stream in streams:
            place = state.place(stream, now)
            if stream.resource == "Calls" and not calls_due and not place.page:
                continue
            if time.monotonic() > self._end:
                self._has_more = True
                break
            self._read_page(stream, place)
            self._has_more = self._has_more or bool(place.page)
        if calls_due:
            state.calls_at = now
        return FetchResult(
            cursor=state.text(),
            messages=tuple(sorted(self._messages, key=lambda message: message.occurred_at)),
            receipts=tuple(sorted(self._receipts, key=lambda receipt: receipt.at)),
            calls=tuple(sorted(self._calls, key=lambda call: call.occurred_at)),
            has_more=self._has_more,
        )

    def _read_page(self, stream: Stream, place: Place) -> None:
        since = (place.mark - _OVERLAPS[stream.resource]).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        filters: dict[str, str | int] = {
            stream.filter: stream.address,
            "DateSent>" if stream.resource == "Messages" else "StartTime>": since,
            "PageSize": PAGE_SIZE,
        }
        if not self._api.owns(place.page):
            place.start_over()  # the channel was given another account since
        try:
            answer = self._api.page(stream.resource, filters, place.page, end=self._end)
        except RejectedError:
            if not place.page:
                raise
            place.start_over()  # the token of the page ran out
            self._has_more = True
            return
        rows = rows_of(answer, stream.resource.lower())
        for row in rows:
            if stream.resource == "Calls":
                self._tell_call(row, place)
            elif stream.direction is Direction.IN:
                self._tell_inbound(row, place)
            else:
                self._tell_outbound(row, place)
        times = [moment for row in rows if (moment := twilio_wire.listed_at(row)) and moment <= self._now]
        place.advance(max(times, default=None), self._api.next_page(answer))

    def _tell_inbound(self, row: twilio_wire.Row, place: Place) -> None:
        sid = twilio_wire.sid_of(row)
        if not sid or row.get("direction") != "inbound" or row.get("status") == "receiving":
            return
        if place.last_told(sid):
            place.tell(sid, "r")
            return
        sender = twilio_wire.parse_address(row.get("from"))
        if sender is None:
            return
        self._messages.append(
            InboundMessage(
                provider_message_id=sid,
                scheme=sender[0],
                address=sender[1],
                text=twilio_wire.text_of(row.get("body")),
                occurred_at=twilio_wire.created_at(row) or self._now,
                attachments=self._attachments(sid, twilio_wire.whole(row.get("num_media"))),
            )
        )
        place.tell(sid, "r")

    def _attachments(self, sid: str, count: int) -> tuple[InboundAttachment, ...]:
        """Return the files of a message; without their types where the list cannot be had just now."""
        if not count:
            return ()
        if time.monotonic() < self._end:
            try:
                media = self._api.media(sid, end=self._end)
            except (AmbiguousError, RejectedError, ThrottledError):
                media = []  # told all the same: the text must not wait for its pictures
            if media:
                return tuple(InboundAttachment(reference=f"{sid}/{me}", media_type=kind) for me, kind in media)
        return tuple(InboundAttachment(reference=f"{sid}/#{position}") for position in range(min(count, 10)))

    def _tell_outbound(self, row: twilio_wire.Row, place: Place) -> None:
        sid = twilio_wire.sid_of(row)
        receiver = twilio_wire.parse_address(row.get("to"))
        if not sid or receiver is None or not str(row.get("direction")).startswith("outbound"):
            return
        told, word = place.last_told(sid), str(row.get("status"))
        created = twilio_wire.created_at(row) or self._now
        telling = (not told or told.endswith(_UNTOLD)) and self._now - created >= _ECHO_AGE
        if telling:
            self._messages.append(
                InboundMessage(
                    provider_message_id=sid,
                    scheme=receiver[0],
                    address=receiver[1],
                    text=twilio_wire.text_of(row.get("body")),
                    occurred_at=created,
                    direction=Direction.OUT,
                    status=twilio_wire.status_of(row),
                )
            )
        if told.removesuffix(_UNTOLD) != word:
            receipt = twilio_wire.receipt_of(row, self._now)
            self._receipts += [receipt] if receipt else []
        untold = not telling and (not told or told.endswith(_UNTOLD))
        place.tell(sid, word + (_UNTOLD if untold else ""))

    def _tell_call(self, row: twilio_wire.Row, place: Place) -> None:
        call = twilio_wire.call_of(row)
        if call is None:
            return
        what = f"{call.status.value}{call.duration_seconds}"
        if place.last_told(call.provider_call_id) != what:
            self._calls.append(call)
        place.tell(call.provider_call_id, what)
