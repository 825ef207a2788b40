"""Nothing secret reaches a log: known secrets by value, unknown ones by their look, numbers by their end.

``install`` is called once, after the handlers exist. Whoever loads a secret calls ``register_secret``.
"""

import base64
import json
import logging
import re
import threading
from collections.abc import Callable
from urllib.parse import quote, quote_plus

HIDDEN = "•••"
#: Shorter values would hide ordinary words.
_SHORTEST_SECRET = 6

_FIELDS = (
    r"(?:access_|auth_|refresh_|id_|bot_)?token|auth|api_?key|key|(?:client_|api_|app_)?secret"
    r"|password|passwd|pwd|sig|signature"
)
_HEADERS = r"(?:proxy-)?authorization|\bx-[a-z-]*(?:key|token|secret)|set-cookie|cookie"
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?i)\b(bearer|basic|digest|token)\s+[a-z0-9._~+/=-]{16,}"), rf"\1 {HIDDEN}"),
    (re.compile(rf"(?i)({_HEADERS})(['\"]?\s*[:=]\s*).+"), rf"\1\2{HIDDEN}"),
    (re.compile(r"\bbot\d{3,}:[A-Za-z0-9_-]{8,}"), f"bot{HIDDEN}"),
    (re.compile(r"\b\d{6,12}:[A-Za-z0-9_-]{30,}"), HIDDEN),  # a Telegram token by itself
    (re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"), HIDDEN),  # a JSON web token
    (re.compile(r"\b(AC|SK)[0-9a-fA-F]{32}\b"), rf"\1{HIDDEN}"),
    (re.compile(r"\b(sy[tr]_|mct_|glpat-|PT)[A-Za-z0-9_-]{12,}"), rf"\1{HIDDEN}"),
    (re.compile(r"(?i)(://)[^/\s:@]+(?::[^/\s@]*)?@"), rf"\1{HIDDEN}@"),
    (re.compile(rf"(?i)([?&;]|\b)({_FIELDS})=[^&\s'\"]+"), rf"\1\2={HIDDEN}"),
    (re.compile(rf"(?i)(['\"])({_FIELDS})\1(\s*:\s*)(['\"])(?:\\.|[^\\\n])*?\4"), rf"\1\2\1\3\4{HIDDEN}\4"),
)
_NUMBERS = (
    re.compile(r"(?:\+|%2B)\d(?:[\s().-]?\d){5,14}"),
    re.compile(r"(?<![\w.])\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}(?![\w-])"),
)


class Redactor:
    """Takes secrets and phone numbers out of a text."""

    def __init__(self) -> None:
        self._secrets: tuple[str, ...] = ()
        self._lock = threading.Lock()

    def register(self, secret: str) -> None:
        """Hide this value from now on, also as a URL or Basic authentication would spell it."""
        if len(secret) < _SHORTEST_SECRET:
            return
        encoded = base64.b64encode(secret.encode()).decode().rstrip("=")
        spellings = {secret, quote(secret, safe=""), quote_plus(secret), encoded, repr(secret)[1:-1]}
        spellings |= {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
        with self._lock:
            # The longest first: a secret that holds another one must not leave its rest behind.
            self._secrets = tuple(sorted({*self._secrets, *spellings}, key=len, reverse=True))

    def redact(self, text: str, *, numbers: bool = True) -> str:
        """Return ``text`` without secrets; phone numbers keep their last two digits unless told otherwise."""
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        for pattern, replacement in _PATTERNS:
            text = pattern.sub(replacement, text)
        if numbers:
            for pattern in _NUMBERS:
                text = pattern.sub(_masked, text)
        return text

    def without_half(self, text: str) -> str:
        """Return ``text`` without the beginning of a secret at its very end."""
        for secret in self._secrets:
            for length in range(min(len(secret) - 1, len(text)), _SHORTEST_SECRET - 1, -1):
                if text.endswith(secret[:length]):
                    return text[:-length] + HIDDEN
        return text


def _masked(match: re.Match[str]) -> str:
    return f"{HIDDEN}{match.group()[-2:]}"


#: One for the whole program: a secret loaded anywhere is hidden everywhere.
_redactor = Redactor()


def register_secret(secret: str) -> None:
    """Hide ``secret`` in all logs and errors from now on."""
    _redactor.register(secret)


def redact(text: str, *, numbers: bool = True) -> str:
    """Return ``text`` as it may be logged, shown in an error or stored beside a message."""
    return _redactor.redact(text, numbers=numbers)


def redact_cut(text: str) -> str:
    """Return the same for a text that may have been cut off anywhere; phone numbers are left as they are."""
    return _redactor.without_half(_redactor.redact(text, numbers=False))


class RedactionFilter(logging.Filter):
    """Rewrites records before any handler formats them: message, exception and stack.

    Numbers stay readable while ``show_numbers()`` says that the user wants a debugging log.
    """

    def __init__(self, *, show_numbers: Callable[[], bool] = lambda: False) -> None:
        super().__init__()
        self._show_numbers = show_numbers

    def filter(self, record: logging.LogRecord) -> bool:
        """Redact ``record`` in place and let it pass."""
        numbers = not self._show_numbers()
        record.msg = redact(_message(record), numbers=numbers)
        record.args = None
        if record.exc_info:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
            record.exc_info = None
        if record.exc_text:
            record.exc_text = redact(record.exc_text, numbers=numbers)
        if record.stack_info:
            record.stack_info = redact(record.stack_info, numbers=numbers)
        return True


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError):  # wrong placeholders: the arguments may be anything, so leave them out
        return str(record.msg)


def install(logger: logging.Logger | None = None, *, show_numbers: Callable[[], bool] = lambda: False) -> None:
    """Put the filter on every handler of ``logger`` (the root logger): a logger's own filters do not see
    what its children log. Handlers that already have one are left alone."""
    for handler in (logger or logging.getLogger()).handlers:
        if not any(isinstance(known, RedactionFilter) for known in handler.filters):
            handler.addFilter(RedactionFilter(show_numbers=show_numbers))
