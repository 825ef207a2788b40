"""Which parts of a text are web links, and what they really open.

Only http and https become links. Parsing is strict: what is unusual (a user name in front of the host, a
number written as an address, an odd port) stays plain text. The host is shown in ASCII, so that a name made
of look-alike letters gives itself away.
"""

import ipaddress
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlsplit

_MAX_URL: Final = 2048

#: Anything but white space, controls and what never belongs to a link; "\\" too, as browsers take it for "/".
_CANDIDATE = re.compile(r"(?<![\w@./:\-])(?:https?://|www\.)[^\s<>\"`{}|\\^\x00-\x1f\x7f-\x9f]+", re.IGNORECASE)
_INVISIBLE = re.compile("[\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")
_TRAILING: Final = ".,;:!?'\"*_~…。、，；：！？”’»›"
_CLOSERS: Final = {")": "(", "]": "[", "）": "（", "】": "【", "」": "「", "』": "『", "》": "《"}
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)", re.ASCII)
_NUMERIC = re.compile(r"(?:0x[0-9a-f]*|\d+)", re.ASCII)
_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link at text[start:end], in code points. `url` is what opens: ASCII, http or https."""

    start: int
    end: int
    url: str
    host: str  # ASCII ("xn--..."), with the port if one was given: to be shown before the first opening


def find_links(text: str) -> tuple[Link, ...]:
    """Return the links of ``text``, from first to last; they never overlap."""
    links = []
    for match in _CANDIDATE.finditer(text):
        written = _trim(_INVISIBLE.split(match[0], maxsplit=1)[0])
        parsed = _parse(written if not written.lower().startswith("www.") else f"https://{written}")
        if parsed:
            links.append(Link(start=match.start(), end=match.start() + len(written), url=parsed[0], host=parsed[1]))
    return tuple(links)


def is_safe_url(url: str) -> bool:
    """Return whether ``url``, whole, is a link that may be opened."""
    found = find_links(url)
    return len(found) == 1 and (found[0].start, found[0].end) == (0, len(url))


def _trim(candidate: str) -> str:
    """Return ``candidate`` without the punctuation of the sentence around it; balanced brackets stay."""
    if len(candidate) > _MAX_URL:
        return ""
    while candidate:
        last = candidate[-1]
        opener = _CLOSERS.get(last)
        if last not in _TRAILING and (opener is None or candidate.count(last) <= candidate.count(opener)):
            break
        candidate = candidate[:-1]
    return candidate


def _parse(url: str) -> tuple[str, str] | None:
    """Return (ASCII url, ASCII host with port) of a link; None when anything about it is unusual."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or "@" in parts.netloc or "%" in parts.netloc or port == 0:
        return None
    if parts.netloc.endswith(":") or _ESCAPE.search(parts.path + parts.query):
        return None
    host = _host(parts.hostname or "")
    if host is None:
        return None
    shown = host if port is None else f"{host}:{port}"
    path = quote(parts.path, safe="/%:@!$&'()*+,;=~-._")
    query = "?" + quote(parts.query, safe="/?%:@!$&'()*+,;=~-._[]") if parts.query else ""
    fragment = "#" + quote(parts.fragment, safe="/?%:@!$&'()*+,;=~-._") if parts.fragment else ""
    return f"{parts.scheme}://{shown}{path}{query}{fragment}", shown


def _host(name: str) -> str | None:
    """Return a host name in ASCII; None when it is none."""
    if ":" in name:
        try:
            return f"[{ipaddress.IPv6Address(name).compressed}]"
        except ValueError:
            return None
    ascii_name = _to_ascii(name)
    if ascii_name is None:
        return None
    labels = ascii_name.removesuffix(".").split(".")
    if len(ascii_name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        return None
    if _NUMERIC.fullmatch(labels[-1]):  # browsers read 0x7f.1 and 2130706433 as addresses
        try:
            return str(ipaddress.IPv4Address(ascii_name))
        except ValueError:
            return None
    return ascii_name


def _to_ascii(name: str) -> str | None:
    if name.isascii():
        return name.lower()
    import idna

    try:
        return idna.encode(name, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return None
