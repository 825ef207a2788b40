"""A Twilio (or SignalWire) account on loopback that remembers what it was told.

Written from the vendor's specification and judged by it: tests put ``prism proxy`` in front, and let the
vendor's own client talk to it. ``profile="signalwire"`` answers as SignalWire does: UUIDs, whole numbers
where Twilio has strings, another path.

Use::

    with TwilioDouble() as twilio:
        twilio.receive("+14155550123", "Are you open?")         # somebody writes
        sid = twilio.console_send("+14155550123", "Yes, until six")  # staff use the vendor's own page
        twilio.progress(sid, "delivered")
        twilio.refuse(status=429, code=20429, retry_after="7")  # the next request
"""

import re
import secrets
import threading
import uuid
from base64 import b64encode
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import ThreadingHTTPServer
from typing import Any
from urllib.parse import quote, urlencode

from tests.support.twilio_http import (
    CALL_FIELDS,
    Answer,
    Heard,
    Refusal,
    filter_moment,
    handler,
    json_answer,
    missing,
    moment,
    public,
    refused,
)

Row = dict[str, Any]

NUMBER = "+14155550100"
WHATSAPP = "whatsapp:+14155550199"


@dataclass
class TwilioDouble:
    """See the module."""

    profile: str = "twilio"
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    token: str = field(default_factory=lambda: secrets.token_hex(16))
    lag: timedelta = timedelta(0)  # a message shows in lists only so much later
    page_size: int = 50
    losses: deque[bool] = field(default_factory=deque)  # lost answers to come: whether the request is acted on
    media_elsewhere: bool = True  # as the vendor does: files are redirected to a store of their own

    def __post_init__(self) -> None:
        self.account = self._new_id("AC")
        self.numbers: list[Row] = [{"phone_number": NUMBER, "sms": True}]
        self.account_status = "active"
        self.account_type = "Full"
        self.opted_out: set[str] = set()
        self.messages: list[Row] = []
        self.calls: list[Row] = []
        self.media: dict[str, list[Row]] = {}
        self.heard: list[Heard] = []
        self._files: dict[str, tuple[str, bytes]] = {}
        self._refusals: deque[Refusal] = deque()
        self._lock = threading.RLock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler(self.respond, self.losses))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    # -- what tests use

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def prefix(self) -> str:
        return "/api/laml" if self.profile == "signalwire" else ""

    @property
    def root(self) -> str:
        return f"{self.prefix}/2010-04-01/Accounts/{self.account}"

    def receive(
        self,
        sender: str,
        body: str,
        *,
        to: str = NUMBER,
        files: tuple[tuple[str, bytes], ...] = (),
        status: str = "received",
    ) -> str:
        """Somebody writes to one of our numbers; returns the identifier."""
        row = self._message(sender, to, body, direction="inbound", status=status, sent=self.clock(), files=len(files))
        for kind, data in files:
            me = self._new_id("ME")
            self._files[me] = (kind, data)
            self.media.setdefault(row["sid"], []).append(self._media_row(me, row["sid"], kind))
        return str(row["sid"])

    def console_send(self, to: str, body: str, *, sender: str = NUMBER) -> str:
        """Staff send from the vendor's own page, or a program of theirs does."""
        row = self._message(sender, to, body, direction="outbound-api", status="queued", sent=None)
        return str(row["sid"])

    def progress(self, sid: str, status: str, *, error_code: int | None = None) -> None:
        """An outbound message gets further."""
        with self._lock:
            row = self.message(sid)
            now = self._date(self.clock())
            row.update(status=status, date_updated=now, error_code=error_code)
            if row["date_sent"] is None and status not in ("queued", "accepted", "scheduled"):
                row["date_sent"] = now

    def call(self, sender: str, to: str = NUMBER, *, status: str = "completed", seconds: int | None = 0) -> str:
        """A call from or to one of our numbers."""
        own = {row["phone_number"] for row in self.numbers}
        now = self._date(self.clock())
        sid = self._new_id("CA")
        row: Row = dict.fromkeys(CALL_FIELDS)
        row |= {
            "sid": sid,
            "account_sid": self.account,
            "from": sender,
            "to": to,
            "direction": "outbound-api" if sender in own else "inbound",
            "status": status,
            "date_created": now,
            "date_updated": now,
            "start_time": now,
            "duration": None if seconds is None else self._number(seconds),
            "api_version": "2010-04-01",
            "price_unit": "USD",
            "uri": f"{self.root}/Calls/{sid}.json",
            "subresource_uris": {},
        }
        with self._lock:
            self.calls.append(row)
        return sid

    def message(self, sid: str) -> Row:
        return next(row for row in self.messages if row["sid"] == sid)

    def sent(self, body: str | None = None) -> list[Row]:
        """What was sent through the API, oldest first."""
        ours = [row for row in self.messages if row["direction"] == "outbound-api"]
        return [row for row in ours if body is None or row["body"] == body]

    def refuse(
        self, *, status: int, code: int | None = None, message: str = "No.", retry_after: str | None = None
    ) -> None:
        """Answer the next request with an error."""
        self._refusals.append(Refusal(status=status, code=code, message=message, retry_after=retry_after))

    def __enter__(self) -> "TwilioDouble":
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)

    # -- rows

    def _new_id(self, kind: str) -> str:
        return str(uuid.uuid4()) if self.profile == "signalwire" else kind + secrets.token_hex(16)

    def _number(self, value: int) -> str | int:
        return value if self.profile == "signalwire" else str(value)

    @staticmethod
    def _date(moment: datetime) -> str:
        return format_datetime(moment.astimezone(UTC))

    def _message(
        self,
        sender: str,
        to: str,
        body: str,
        *,
        direction: str,
        status: str,
        sent: datetime | None,
        files: int = 0,
    ) -> Row:
        now = self.clock()
        sid = self._new_id("MM" if files else "SM")
        row: Row = {
            "sid": sid,
            "account_sid": self.account,
            "messaging_service_sid": None,
            "from": sender,
            "to": to,
            "body": body,
            "direction": direction,
            "status": status,
            "num_segments": self._number(1 + len(body) // 161),
            "num_media": self._number(files),
            "date_created": self._date(now),
            "date_updated": self._date(now),
            "date_sent": self._date(sent) if sent else None,
            "error_code": None,
            "error_message": None,
            "price": -0.0075 if self.profile == "signalwire" else "-0.00750",
            "price_unit": "USD",
            "api_version": "2010-04-01",
            "uri": f"{self.root}/Messages/{sid}.json",
            "subresource_uris": {"media": f"{self.root}/Messages/{sid}/Media.json"},
            "_visible": now + self.lag,
        }
        with self._lock:
            self.messages.append(row)
        return row

    def _media_row(self, sid: str, message: str, kind: str) -> Row:
        now = self._date(self.clock())
        return {
            "sid": sid,
            "account_sid": self.account,
            "parent_sid": message,
            "content_type": kind,
            "date_created": now,
            "date_updated": now,
            "uri": f"{self.root}/Messages/{message}/Media/{sid}.json",
        }

    # -- requests

    def respond(self, heard: Heard) -> Answer:
        """Answer one request."""
        with self._lock:
            self.heard.append(heard)
            if heard.path.startswith("/store/"):
                kind, data = self._files[heard.path.rsplit("/", 1)[1]]
                return 200, {"Content-Type": kind}, data
            refusal = self._refusals.popleft() if self._refusals else self._not_allowed(heard)
            if refusal:
                return refused(refusal)
            for method, pattern, answer in self._routes():
                match = re.fullmatch(self.root + pattern, heard.path)
                if match and method == heard.method:
                    result = answer(heard, *match.groups())
                    return refused(result) if isinstance(result, Refusal) else result
            return refused(missing(heard.path))

    def _not_allowed(self, heard: Heard) -> Refusal | None:
        expected = "Basic " + b64encode(f"{self.account}:{self.token}".encode()).decode()
        if heard.headers.get("authorization") != expected:
            return Refusal(status=401, code=20003, message="Authenticate")
        if not heard.path.startswith(self.root):
            return missing(heard.path)
        return None

    def _routes(self) -> tuple[tuple[str, str, Callable[..., Any]], ...]:
        return (
            ("GET", r"\.json", self._get_account),
            ("GET", r"/IncomingPhoneNumbers\.json", self._list_numbers),
            ("POST", r"/Messages\.json", self._create),
            ("GET", r"/Messages\.json", self._list_messages),
            ("GET", r"/Messages/([\w-]+)\.json", self._get_message),
            ("GET", r"/Messages/([\w-]+)/Media\.json", self._list_media),
            ("GET", r"/Messages/([\w-]+)/Media/([\w-]+)", self._get_file),
            ("GET", r"/Calls\.json", self._list_calls),
        )

    def _get_account(self, _heard: Heard) -> Any:
        return json_answer(
            200,
            {
                "sid": self.account,
                "owner_account_sid": self.account,
                "friendly_name": "Reception",
                "status": self.account_status,
                "type": self.account_type,
                "uri": f"{self.root}.json",
                "subresource_uris": {},
            },
        )

    def _list_numbers(self, heard: Heard) -> Any:
        wanted = dict(heard.query).get("PhoneNumber", "")
        rows = [
            {
                "sid": "PN" + "a" * 32,
                "account_sid": self.account,
                "phone_number": number["phone_number"],
                "friendly_name": "Reception",
                "capabilities": {"sms": number["sms"], "mms": True, "voice": True},
            }
            for number in self.numbers
            if wanted in number["phone_number"]
        ]
        return self._page(heard, "incoming_phone_numbers", rows)

    def _create(self, heard: Heard) -> Any:
        form = dict(heard.form)
        to, sender, body = form.get("To", ""), form.get("From", ""), form.get("Body", "").strip()
        own = {number["phone_number"] for number in self.numbers} | {WHATSAPP}
        problem = self._problem(to, sender, body, own)
        if problem:
            return Refusal(status=400, code=problem[0], message=problem[1])
        row = self._message(sender, to, body, direction="outbound-api", status="queued", sent=None)
        return json_answer(201, public(row))

    def _problem(self, to: str, sender: str, body: str, own: set[str]) -> tuple[int, str] | None:
        if not re.fullmatch(r"(whatsapp:)?\+[1-9]\d{7,14}", to):
            return 21211, f"The 'To' number {to} is not a valid phone number."
        if sender not in own:
            return 21606, f"The From phone number {sender} is not a valid, SMS-capable number."
        if to in self.opted_out:
            return 21610, "Attempt to send to unsubscribed recipient"
        if not body or len(body) > 1600:
            return (21617, "The concatenated message body exceeds the 1600 character limit") if body else (21602, "")
        return None

    def _list_messages(self, heard: Heard) -> Any:
        query = dict(heard.query)
        now = self.clock()
        begin = filter_moment(query.get("DateSent>") or query.get("DateSent>="))
        rows = [
            row
            for row in self.messages
            if row["_visible"] <= now
            and query.get("To", row["to"]) == row["to"]
            and query.get("From", row["from"]) == row["from"]
            # A message that has not left has no such date, and no such filter finds it.
            and (begin is None or (row["date_sent"] and moment(row["date_sent"]) >= begin))
        ]
        rows.sort(key=lambda row: moment(row["date_sent"] or row["date_created"]), reverse=True)
        return self._page(heard, "messages", [public(row) for row in rows])

    def _get_message(self, _heard: Heard, sid: str) -> Any:
        row = next((row for row in self.messages if row["sid"] == sid), None)
        return json_answer(200, public(row)) if row else missing(f"/Messages/{sid}.json")

    def _list_media(self, heard: Heard, message: str) -> Any:
        return self._page(heard, "media_list", self.media.get(message, []))

    def _get_file(self, _heard: Heard, message: str, sid: str) -> Any:
        if not any(row["sid"] == sid for row in self.media.get(message, [])):
            return missing(f"/Messages/{message}/Media/{sid}")
        if self.media_elsewhere:
            elsewhere = f"http://localhost:{self._server.server_port}/store/{sid}"
            return 307, {"Location": elsewhere}, b""
        kind, data = self._files[sid]
        return 200, {"Content-Type": kind}, data

    def _list_calls(self, heard: Heard) -> Any:
        query = dict(heard.query)
        begin = filter_moment(query.get("StartTime>") or query.get("StartTime>="))
        rows = [
            row
            for row in self.calls
            if query.get("To", row["to"]) == row["to"]
            and query.get("From", row["from"]) == row["from"]
            and (begin is None or moment(row["start_time"]) >= begin)
        ]
        rows.sort(key=lambda row: moment(row["start_time"]), reverse=True)
        return self._page(heard, "calls", rows)

    def _page(self, heard: Heard, name: str, rows: list[Row]) -> Any:
        query = dict(heard.query)
        size = int(query.get("PageSize", self.page_size))
        size = min(size, self.page_size)
        number = int(query.get("Page", 0))
        start = number * size
        if query.get("PageToken", "PA0") != f"PA{start}":
            return Refusal(status=400, code=20001, message="Invalid page token")
        more = len(rows) > start + size
        plain = [(key, value) for key, value in heard.query if key not in ("Page", "PageToken")]

        def uri(page: int) -> str:
            pairs = [*plain, ("Page", str(page)), ("PageToken", f"PA{page * size}")]
            return f"{heard.path}?{urlencode(pairs, quote_via=quote)}"

        return json_answer(
            200,
            {
                name: rows[start : start + size],
                "page": number,
                "page_size": size,
                "start": start,
                "end": start + len(rows[start : start + size]),
                "uri": uri(number),
                "first_page_uri": uri(0),
                "previous_page_uri": uri(number - 1) if number else None,
                "next_page_uri": uri(number + 1) if more else None,
            },
        )
