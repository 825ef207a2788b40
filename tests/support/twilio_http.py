"""The HTTP side of ``twilio_double``: what it hears and how it refuses."""

import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl, urlsplit

#: What the vendor tells of a call.
CALL_FIELDS = (
    "sid", "date_created", "date_updated", "parent_call_sid", "account_sid", "to", "to_formatted", "from",
    "from_formatted", "phone_number_sid", "status", "start_time", "end_time", "duration", "price", "price_unit",
    "direction", "answered_by", "api_version", "forwarded_from", "group_sid", "caller_name", "queue_time",
    "trunk_sid", "uri", "subresource_uris",
)  # fmt: skip

Answer = tuple[int, dict[str, str], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What the next request is answered with."""

    status: int
    code: int | None
    message: str
    retry_after: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One request as it arrived; header names in lower case."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    form: tuple[tuple[str, str], ...]
    headers: dict[str, str]


Respond = Callable[[Heard], Answer]


def json_answer(status: int, value: object) -> Answer:
    return status, {"Content-Type": "application/json"}, json.dumps(value).encode()


def missing(path: str) -> Refusal:
    return Refusal(status=404, code=20404, message=f"The requested resource {path} was not found")


def refused(refusal: Refusal) -> Answer:
    body = {
        "code": refusal.code,
        "message": refusal.message,
        "more_info": f"https://www.twilio.com/docs/errors/{refusal.code}",
        "status": refusal.status,
    }
    status, headers, data = json_answer(refusal.status, body)
    if refusal.retry_after is not None:
        headers["Retry-After"] = refusal.retry_after
    return status, headers, data


def handler(respond: Respond, losses: deque[bool]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 10
        wbufsize = 1 << 16  # one packet for head and body: two would wait for each other

        def _serve(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            heard = Heard(
                method=self.command,
                path=parts.path,
                query=tuple(parse_qsl(parts.query, keep_blank_values=True)),
                form=tuple(parse_qsl(body, keep_blank_values=True)),
                headers={name.lower(): value for name, value in self.headers.items()},
            )
            lost = losses.popleft() if losses else None
            if lost is False:
                self.close_connection = True
                return
            status, headers, data = respond(heard)
            if lost is True:
                self.close_connection = True
                return
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_DELETE = _serve  # noqa: N815 - named by http.server

        def log_message(self, *_args: object) -> None:
            pass

    return Handler


def moment(text: str) -> datetime:
    return datetime.strptime(text, "%a, %d %b %Y %H:%M:%S %z")


def public(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if not name.startswith("_")}


def filter_moment(text: str | None) -> datetime | None:
    """A day or a moment, in whole seconds as the rows have them."""
    found = datetime.fromisoformat(text.replace("Z", "+00:00")) if text else None
    return found and (found if found.tzinfo else found.replace(tzinfo=UTC)).replace(microsecond=0)
