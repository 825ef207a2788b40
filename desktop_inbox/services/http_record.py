"""What the HTTP layer remembers of the calls of one piece of work, for the error log (S1-26).

Nothing is remembered unless somebody asks with ``recording``. Credentials are not part of what is noted: they are
put on a request after it was noted. Whatever a service sends back is redacted when it is turned into an Exchange.
"""

import json
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from desktop_inbox.models.entities.exchange import Exchange, ExchangeKind
from desktop_inbox.services.redaction import HIDDEN, redact, redact_cut

#: Characters of a body that are kept; what matters stands at its beginning.
BODY_KEPT: Final = 4000
#: Bytes of a body that are looked at: to take secrets out of megabytes would hold up the whole program.
_READ: Final = 16_384
_MOST: Final = 8  # calls of one piece of work
_HEADERS: Final = 30
_HEADER_KEPT: Final = 300


@dataclass(slots=True)
class _Draft:
    """One call under way."""

    kind: ExchangeKind
    at: datetime
    began: float
    request: tuple[str, str, Sequence[tuple[str, Any]], Mapping[str, str], Any, bool]
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    answer: bytearray = field(default_factory=bytearray)  # its first `_READ` bytes
    size: int = 0  # of the whole answer, in bytes
    took: float = 0.0
    code: str = ""
    ended: bool = False


class Recorder:
    """The calls of one piece of work, the latest few."""

    def __init__(self, kind: ExchangeKind) -> None:
        self.kind = kind
        self._drafts: deque[_Draft | Exchange] = deque(maxlen=_MOST)

    def troubles(self, code: str = "") -> tuple[Exchange, ...]:
        """Return the calls that failed; where none did, the last one, whose answer was of no use (``code``)."""
        failed = [one for one in self._drafts if _code(one)]
        last = list(self._drafts)[-1:] if not failed else []
        return tuple(_exchange(one, code) for one in (*failed, *last))

    def about(self, name: str) -> tuple[Exchange, ...]:
        """Return the calls whose address names something."""
        named = [one for one in self._drafts if isinstance(one, _Draft) and name in one.request[1]]
        return tuple(_exchange(one, "") for one in named)

    def add(self, item: "_Draft | Exchange") -> None:
        """Note a call."""
        self._drafts.append(item)

    @property
    def current(self) -> _Draft | None:
        """The call under way."""
        last = self._drafts[-1] if self._drafts else None
        return last if isinstance(last, _Draft) and not last.ended else None


_recorder: ContextVar[Recorder | None] = ContextVar("http_recorder", default=None)
_kind: ContextVar[ExchangeKind | None] = ContextVar("http_kind", default=None)


@contextmanager
def recording(kind: ExchangeKind) -> Iterator[Recorder]:
    """Remember the calls that this thread makes meanwhile."""
    recorder = Recorder(kind)
    token = _recorder.set(recorder)
    try:
        yield recorder
    finally:
        _recorder.reset(token)


@contextmanager
def meant_as(kind: ExchangeKind) -> Iterator[None]:
    """Say what calls are for, where it is something else than the work around them."""
    token = _kind.set(kind)
    try:
        yield
    finally:
        _kind.reset(token)


def note(request: str, response: str, *, at: datetime, code: str) -> None:
    """Remember a call that was not made over HTTP."""
    recorder = _recorder.get()
    if recorder is not None:
        kind = _kind.get() or recorder.kind
        recorder.add(
            Exchange(kind=kind, at=at, request=_kept(request), response=_kept(response), error_code=code[:100])
        )


# What HttpClient tells


def begin(
    method: str,
    url: str,
    query: Sequence[tuple[str, Any]],
    *,
    headers: Mapping[str, str],
    data: Any,
    signed: bool,
    at: datetime,
) -> None:
    """A request is about to be made, ``signed`` or not; nothing of it is a credential."""
    recorder = _recorder.get()
    if recorder is not None:
        kind = _kind.get() or recorder.kind
        request = (method, url, query, headers, data, signed)
        recorder.add(_Draft(kind=kind, at=at, began=time.monotonic(), request=request))


def answered(status: int, headers: Mapping[str, str]) -> None:
    """The head of the answer is there."""
    draft = _current()
    if draft is not None:
        draft.status = status
        draft.headers = tuple(headers.items())[:_HEADERS]


def keeping(chunks: Iterable[bytes]) -> Iterable[bytes]:
    """Return the same chunks of an answer's body, remembering them."""
    draft = _current()
    return chunks if draft is None else _keeping(chunks, draft)


def ended(code: str = "") -> None:
    """The call is over; ``code`` says how it failed."""
    draft = _current()
    if draft is not None:
        draft.took, draft.code, draft.ended = time.monotonic() - draft.began, code, True


def _current() -> _Draft | None:
    recorder = _recorder.get()
    return None if recorder is None else recorder.current


def _keeping(chunks: Iterable[bytes], draft: _Draft) -> Iterator[bytes]:
    for chunk in chunks:
        draft.answer += chunk[: max(0, _READ - draft.size)]
        draft.size += len(chunk)
        yield chunk


# As it is stored


def _code(one: "_Draft | Exchange") -> str:
    return one.error_code if isinstance(one, Exchange) else one.code


def _exchange(one: "_Draft | Exchange", code: str) -> Exchange:
    if isinstance(one, Exchange):
        return one
    return Exchange(
        kind=one.kind,
        at=one.at,
        elapsed_millis=round((one.took or time.monotonic() - one.began) * 1000),
        request=_request(*one.request),
        response=_response(one),
        http_status=one.status,
        error_code=(one.code or code)[:100],
    )


def _request(
    method: str, url: str, query: Sequence[tuple[str, Any]], headers: Mapping[str, str], data: Any, signed: bool
) -> str:
    asked = "&".join(f"{name}={value}" for name, value in query)
    lines = [f"{method} {url}{'?' + asked if asked else ''}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines += [f"Authorization: {HIDDEN}"] if signed else []
    return _kept("\n".join(lines), _sent(data))


def _sent(data: Any) -> str:
    if data is None:
        return ""
    if isinstance(data, bytes):
        return _readable(data, len(data))
    if isinstance(data, list):  # fields of a form, as a person reads them
        return "\n".join(f"{name}={value}" for name, value in data)
    return "(a file)"


def _response(draft: _Draft) -> str:
    if draft.status is None:
        return ""
    heads = [redact(f"{name}: {value}", numbers=False) for name, value in draft.headers]
    lines = [f"HTTP {draft.status}", *(head[:_HEADER_KEPT] for head in heads)]
    return _kept("\n".join(lines), _readable(bytes(draft.answer), draft.size), draft.size)


def _readable(body: bytes, size: int) -> str:
    text = body[:_READ].decode("utf-8", "replace")
    if "\0" in text:
        return f"({size} bytes)"
    if size > _READ:
        return text
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


def _kept(head: str, body: str = "", size: int = 0) -> str:
    """Redact both before anything is cut to what is kept: half of a secret is not known as one. ``size`` is that of
    the whole body, in bytes, where ``body`` is only its beginning."""
    text = _storable(redact(head, numbers=False))
    if not body:
        return text
    shown = _storable(redact_cut(body))  # the answer may have broken off in the middle of one
    if len(shown) > BODY_KEPT:
        more = max(len(shown), size) - BODY_KEPT
        shown = f"{shown[:BODY_KEPT]}…\n({more} characters more)"
    return f"{text}\n\n{shown}"


def _storable(text: str) -> str:
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
