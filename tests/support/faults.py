"""What can go wrong with one request: the faults of ``fault_server`` and how each is made."""

import functools
import gzip
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

#: Waits so many seconds; true when the server is being stopped.
Wait = Callable[[float], bool]
#: Answers on a connection with the body that a success would have; false when the connection is over.
Breakage = Callable[[socket.socket, bytes, Wait], bool]


class Fault(StrEnum):
    """What happens to one request."""

    NONE = "none"
    RESET_BEFORE_BODY = "reset_before_body"  # headers were read, then RST
    RESET_AFTER_BODY = "reset_after_body"  # everything was read, then RST
    CLOSE_AFTER_BODY = "close_after_body"  # everything was read, then FIN without an answer
    RESET_IN_ANSWER = "reset_in_answer"  # half of the answer, then RST
    STALL = "stall"  # no answer at all
    STATUS_400 = "400"
    STATUS_401 = "401"
    STATUS_403 = "403"
    STATUS_404 = "404"
    STATUS_408 = "408"
    STATUS_429 = "429"
    STATUS_500 = "500"
    STATUS_502 = "502"
    STATUS_503 = "503"
    STATUS_504 = "504"
    SLOW_LORIS = "slow_loris"  # the header arrives letter by letter, for ever
    DRIP = "drip"  # the body does
    TRUNCATED_JSON = "truncated_json"  # right length, half of the JSON
    WRONG_LENGTH = "wrong_length"  # promises more bytes than it sends
    BAD_GZIP = "bad_gzip"
    GZIP_BOMB = "gzip_bomb"  # 64 MB of spaces in some 60 KB
    TOO_LARGE = "too_large"  # 8 MB of JSON
    REDIRECT = "redirect"
    HTML = "html"  # 200 and a page, as captive portals answer
    EMPTY = "empty"  # 200 and nothing
    NO_ID = "no_id"  # 200 and JSON without an id
    DEEP_JSON = "deep_json"


#: The network faults that leave open whether the provider acted on a request.
AMBIGUOUS_FAULTS = (
    Fault.RESET_BEFORE_BODY,
    Fault.RESET_AFTER_BODY,
    Fault.CLOSE_AFTER_BODY,
    Fault.RESET_IN_ANSWER,
    Fault.STALL,
    Fault.STATUS_408,
    Fault.STATUS_500,
    Fault.STATUS_502,
    Fault.STATUS_503,
    Fault.STATUS_504,
    Fault.SLOW_LORIS,
    Fault.DRIP,
    Fault.TRUNCATED_JSON,
    Fault.WRONG_LENGTH,
    Fault.BAD_GZIP,
    Fault.GZIP_BOMB,
    Fault.TOO_LARGE,
    Fault.REDIRECT,
    Fault.HTML,
    Fault.EMPTY,
    Fault.NO_ID,
    Fault.DEEP_JSON,
)


@dataclass(frozen=True, slots=True)
class Step:
    """How one request is answered."""

    fault: Fault = Fault.NONE
    processed: bool | None = None  # None: as the fault suggests (a success is, a refusal is not)
    retry_after: str | None = None  # header of a 429 or 503, verbatim
    location: str = "/elsewhere"  # of a redirect
    status: int | None = None  # of a redirect, or of an answer of your own
    answer: Any = None  # JSON of your own
    headers: tuple[tuple[str, str], ...] = ()
    late: timedelta = timedelta(0)  # the request takes effect so much later
    copies: int = 1  # deliveries made of it
    delay: float = 0.0  # seconds before the answer


REFUSALS = {
    Fault.STATUS_400: {"code": "bad_request", "message": "The number is not valid."},
    Fault.STATUS_401: {"code": "unauthorized", "message": "Wrong password."},
    Fault.STATUS_403: {"code": "forbidden", "message": "Not allowed."},
    Fault.STATUS_404: {"code": "not_found", "message": "No such thing."},
    Fault.STATUS_429: {"code": "slow_down", "message": "Too many requests."},
}
SERVER_TROUBLE = (Fault.STATUS_408, Fault.STATUS_500, Fault.STATUS_502, Fault.STATUS_503, Fault.STATUS_504)


def reply(connection: socket.socket, status: int, headers: dict[str, str], body: bytes) -> bool:
    lines = [f"HTTP/1.1 {status} Status"] + [f"{name}: {value}" for name, value in headers.items()]
    head = "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode("latin-1")
    connection.sendall(head + body)
    return True


def reset(connection: socket.socket) -> bool:
    """End with RST instead of FIN."""
    raw = socket.socket(fileno=connection.detach())
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raw.close()
    return False


def _json_reply(connection: socket.socket, body: bytes, **headers: str) -> bool:
    names = {name.replace("_", "-").title(): value for name, value in headers.items()}
    return reply(connection, 200, {"Content-Type": "application/json", **names}, body)


def _half_answer(connection: socket.socket, body: bytes, _wait: Wait) -> bool:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    connection.sendall(head.encode() + body[: len(body) // 2])
    time.sleep(0.02)  # let the bytes arrive: an RST overtakes what is still queued
    return reset(connection)


def _wrong_length(connection: socket.socket, body: bytes, _wait: Wait) -> bool:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body) + 50}\r\n\r\n"
    connection.sendall(head.encode() + body)
    return False


def _stall(_connection: socket.socket, _body: bytes, wait: Wait) -> bool:
    wait(60)
    return False


def _drip(wait: Wait, connection: socket.socket, head: bytes, letter: bytes) -> bool:
    connection.sendall(head)
    end = time.monotonic() + 60
    while not wait(0.02) and time.monotonic() < end:
        connection.sendall(letter)
    return False


BREAKAGES: dict[Fault, Breakage] = {
    Fault.RESET_AFTER_BODY: lambda connection, _body, _wait: reset(connection),
    Fault.CLOSE_AFTER_BODY: lambda _server, _connection, _body: False,
    Fault.RESET_IN_ANSWER: _half_answer,
    Fault.STALL: _stall,
    Fault.SLOW_LORIS: lambda connection, _body, wait: _drip(wait, connection, b"HTTP/1.1 200 OK\r\nX-Slow: ", b"a"),
    Fault.DRIP: lambda connection, _body, wait: _drip(
        wait, connection, b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n", b" "
    ),
    Fault.TRUNCATED_JSON: lambda connection, body, _wait: _json_reply(connection, body[: len(body) // 2]),
    Fault.WRONG_LENGTH: _wrong_length,
    Fault.BAD_GZIP: lambda connection, _body, _wait: _json_reply(
        connection, b"\x1f\x8b not gzip at all", content_encoding="gzip"
    ),
    Fault.GZIP_BOMB: lambda connection, _body, _wait: _json_reply(connection, bomb(), content_encoding="gzip"),
    Fault.TOO_LARGE: lambda connection, _body, _wait: _json_reply(connection, b'{"id": "' + b"x" * (8 << 20) + b'"}'),
    Fault.HTML: lambda connection, _body, _wait: reply(
        connection, 200, {"Content-Type": "text/html"}, b"<html><body>Welcome to the guest network</body></html>"
    ),
    Fault.EMPTY: lambda connection, _body, _wait: _json_reply(connection, b""),
    Fault.NO_ID: lambda connection, _body, _wait: _json_reply(connection, b'{"status": "accepted"}'),
    Fault.DEEP_JSON: lambda connection, _body, _wait: _json_reply(connection, b"[" * 90_000 + b"]" * 90_000),
}


@functools.cache
def bomb(size: int = 64 << 20) -> bytes:
    """Return a small gzip file that unpacks to ``size`` spaces."""
    return gzip.compress(b" " * size, compresslevel=9)
