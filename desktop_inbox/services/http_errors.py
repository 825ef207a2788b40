"""What an HTTP exchange proves: every outcome becomes one of the closed list of provider errors.

The line is drawn by one fact: whether a byte of the request has left (RELIABILITY 4.2, 4.3). Before that,
nothing can have been sent; after that, only an answer that says so proves anything.
"""

import socket
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any

from desktop_inbox.services.http_address import AddressRefusedError
from desktop_inbox.services.providers.base import (
    AmbiguousError,
    ChannelError,
    NotSentError,
    ProviderError,
    RejectedError,
    ThrottledError,
)

#: Longer waits than this are cut where they are read; how long is really waited is decided by `retry`.
_LONGEST = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An answer with a 4xx status and a JSON object: the provider's own words on why not."""

    status: int
    data: Mapping[str, Any]
    retry_after: timedelta | None = None


#: A provider's reading of a refusal; None where it does not know it.
Explain = Callable[[Refusal], ProviderError | None]


class BadAnswerError(Exception):
    """An answer that cannot be read; ``code`` says how. Only between the parts of the HTTP client."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


#: Errors are known by their names: the modules that define them take longer to load than a window to open.
_TLS = frozenset({"SSLError", "SSLEOFError", "SSLZeroReturnError"})
_BAD_ANSWERS = {
    "not_json": "answered with something that is not JSON",
    "not_object": "answered with JSON of another form than expected",
    "too_deep": "answered with JSON nested too deep",
    "too_large": "sent a larger answer than is accepted",
    "bad_encoding": "sent an answer that cannot be unpacked",
    "truncated": "broke off in the middle of its answer",
}


def of_bad_answer(code: str, host: str, *, status: int | None = None) -> AmbiguousError:
    """Return the error for a success nobody can read: it may have been done."""
    return AmbiguousError(f"{host} {_BAD_ANSWERS[code]}.", code=code, http_status=status)


def of_failure(error: BaseException, host: str, *, started: bool, expired: bool) -> ProviderError:
    """Return the error for an exchange that ended without an answer.

    ``started`` tells whether a byte of the request left, ``expired`` whether our own deadline had passed.
    """
    causes = tuple(_causes(error))
    for cause in causes:
        if isinstance(cause, AddressRefusedError):
            return ChannelError(cause.text, code=cause.code)
    if not started:
        return _not_started(causes, host)
    names = {type(cause).__name__ for cause in causes}
    if expired:
        return AmbiguousError(f"{host} did not finish its answer in time.", code="deadline")
    if any(isinstance(cause, TimeoutError) for cause in causes) or names & {"ReadTimeout", "ReadTimeoutError"}:
        return AmbiguousError(f"{host} did not answer in time.", code="read_timeout")
    if names & {"IncompleteRead", "InvalidChunkLength", "ChunkedEncodingError"}:
        return of_bad_answer("truncated", host)
    if "RemoteDisconnected" in names:
        return AmbiguousError(f"{host} hung up without an answer.", code="disconnected")
    if any(isinstance(cause, ConnectionError) for cause in causes):
        return AmbiguousError(f"The connection to {host} broke before an answer came.", code="reset")
    if names & _TLS:
        return AmbiguousError(f"The secure connection to {host} broke before an answer came.", code="tls_broken")
    return AmbiguousError(f"{host} answered with something that is not HTTP.", code="bad_http")


def _not_started(causes: tuple[BaseException, ...], host: str) -> ProviderError:
    names = {type(cause).__name__ for cause in causes}
    for cause in causes:
        if type(cause).__name__ == "SSLCertVerificationError":
            why = str(getattr(cause, "verify_message", "")).rstrip(".")
            return ChannelError(f"The certificate of {host} cannot be trusted: {why}.", code="certificate")
    if "CertificateError" in names:
        return ChannelError(f"The certificate of {host} cannot be trusted.", code="certificate")
    if "NameResolutionError" in names or any(isinstance(cause, socket.gaierror) for cause in causes):
        return NotSentError(f"The name {host} cannot be found; this computer may be offline.", code="dns")
    if names & {"ProxyError"} or any("Tunnel connection failed" in str(cause) for cause in causes):
        return NotSentError(f"The proxy does not let this computer reach {host}.", code="proxy")
    if names & _TLS:
        return NotSentError(f"No secure connection to {host} could be agreed on.", code="tls")
    if names & {"ConnectTimeout", "ConnectTimeoutError", "TimeoutError"}:
        return NotSentError(f"{host} cannot be reached: nothing answers there.", code="connect_timeout")
    return NotSentError(f"{host} cannot be reached.", code="connect")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Walk through everything an exception wraps, however the libraries wrapped it."""
    waiting: list[object] = [error]
    seen: set[int] = set()
    while waiting and len(seen) < 50:
        item = waiting.pop(0)
        if not isinstance(item, BaseException) or id(item) in seen:
            continue
        seen.add(id(item))
        yield item
        waiting += [getattr(item, "reason", None), item.__cause__, item.__context__, *item.args]


def of_status(refusal: Refusal, host: str, explain: Explain | None) -> ProviderError:
    """Return the error for an answer whose status is not 2xx; ``data`` is empty where it was not JSON."""
    status = refusal.status
    if 400 <= status < 500 and status != 408:
        if refusal.data and explain is not None:
            explained = explain(refusal)
            if explained is not None:
                return explained
        if status == 429:
            return ThrottledError(
                f"{host} asks for a pause.", retry_after=refusal.retry_after, code="429", http_status=429
            )
        if status == 401:
            return ChannelError(f"{host} does not accept the credentials.", code="401", http_status=401)
        if refusal.data:
            return RejectedError(f"{host} refused the request.", code=str(status), http_status=status)
    texts = {3: f"{host} wants to send this request elsewhere.", 5: f"{host} has trouble of its own."}
    text = texts.get(status // 100, f"{host} gave an answer that says nothing certain.")
    code = {3: "redirect", 5: "server_error"}.get(status // 100, f"http_{status}")
    return AmbiguousError(f"{text[:-1]} (HTTP {status}).", code=code, http_status=status)


def retry_after(value: str | None, *, now: datetime, date: str | None = None) -> timedelta | None:
    """Return how long a Retry-After header asks to wait, never negative; None where it says nothing usable.

    ``date`` is the answer's Date header: a moment is counted from the server's own clock, where it tells it.
    """
    text = (value or "").strip()
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        then = _moment(text)
        if then is None:
            return None
        return min(max(then - (_moment(date or "") or now), timedelta(0)), _LONGEST)
    if not 0 <= seconds < float("inf"):
        return _LONGEST if seconds == float("inf") and text.isdigit() else None
    return _LONGEST if seconds > _LONGEST.total_seconds() else timedelta(seconds=ceil(seconds))


def _moment(text: str) -> datetime | None:
    from email.utils import parsedate_to_datetime  # seldom needed, and slow to load

    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
