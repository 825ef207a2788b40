"""PageWriter: a conversation as one HTML file that holds everything it needs and can load, run or send nothing.

Texts come from strangers: each is escaped, nothing in them becomes a link, and the page's own policy forbids
whatever a mistake here could let through (P23).
"""

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, tzinfo
from html import escape
from typing import Final, TextIO

from desktop_inbox.models.entities.call import Call
from desktop_inbox.models.entities.comment import Comment
from desktop_inbox.models.entities.contact import Contact
from desktop_inbox.models.entities.ids import ChannelId
from desktop_inbox.models.entities.message import Direction, Message

from .addresses import display

_STYLE: Final = """
:root{color-scheme:light dark;--ground:#f4f5f7;--card:#fff;--text:#1c2430;--muted:#5b6675;--in:#e9ecf1;--out:#dbe8ff;
--note:#fff3cd;--line:#d8dde5}
@media (prefers-color-scheme:dark){:root{--ground:#14181f;--card:#1b2129;--text:#e8ecf2;--muted:#a3adba;--in:#2a323d;
--out:#1f3a66;--note:#4a3d12;--line:#333c48}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--text);font:15px/1.45 system-ui,sans-serif}
main{max-width:46rem;margin:0 auto;padding:2rem 1.25rem 4rem;background:var(--card);min-height:100vh}
h1{font-size:1.5rem;margin:0 0 .25rem}h2{font-size:.9rem;margin:2rem 0 .5rem;padding-bottom:.25rem;
border-bottom:1px solid var(--line)}
header p,.about,.more{color:var(--muted);font-size:.85rem;margin:.15rem 0}
article{margin:.75rem 0;max-width:85%}
.out{margin-inline-start:auto}
.text{white-space:pre-wrap;overflow-wrap:anywhere;padding:.55rem .8rem;border-radius:.8rem;margin:.15rem 0;
background:var(--in)}
.out .text{background:var(--out)}.note .text{background:var(--note)}.call{color:var(--muted)}
@media print{body,main{background:none}article{break-inside:avoid}}
"""
_POLICY: Final = "default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
#: What no document may hold, and what turns the reading direction of all that follows.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]")
_STATUS: Final[Mapping[str, str]] = {"read": "Read", "received": ""}


class PageWriter:
    """Writes entries as blocks of a page, by day."""

    def __init__(self, file: TextIO, *, contact: Contact, channels: Mapping[ChannelId, str], zone: tzinfo) -> None:
        self._write, self._contact, self._channels, self._zone = file.write, contact, channels, zone
        self._name = contact.name or "Contact"
        self._day: date | None = None

    def begin(self, *, office: str, first: date, last: date, entries: int, now: datetime) -> None:
        """Write the head: whose conversation, which days, how much, and when it was exported."""
        digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
        title = f"Conversation with {self._name}"
        self._write(
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY.format(digest=digest)}">\n'
            '<meta name="referrer" content="no-referrer">\n'
            '<meta name="viewport" content="width=device-width,initial-scale=1">\n'
            f"<title>{_safe(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n<header>\n"
        )
        if office:
            self._line(office)
        self._write(f'<h1 dir="auto">{_safe(title)}</h1>\n')
        addresses = " · ".join(dict.fromkeys(display(one.scheme, one.path) for one in self._contact.addresses))
        if addresses:
            self._line(addresses)
        days = first.isoformat() if first == last else f"{first.isoformat()} to {last.isoformat()}"
        self._line(f"{days} · {entries:,} {'entry' if entries == 1 else 'entries'} · times: {self._zone}")
        self._line(f"Exported {now.astimezone(self._zone).isoformat(sep=' ', timespec='minutes')}")
        self._write("</header>\n")

    def write(self, entries: Sequence[Message | Call | Comment]) -> None:
        """Write some more entries, oldest first."""
        for entry in entries:
            local = entry.occurred_at.astimezone(self._zone)
            if local.date() != self._day:
                self._day = local.date()
                self._write(f"<h2>{self._day.isoformat()}</h2>\n")
            if isinstance(entry, Comment):
                self._block("note", (f"{local:%H:%M}", "Comment", entry.author_name), entry.text)
            elif isinstance(entry, Call):
                self._call(entry, local)
            else:
                self._message(entry, local)

    def end(self) -> None:
        """Write the foot."""
        self._write("</main>\n</body>\n</html>\n")

    def _message(self, message: Message, local: datetime) -> None:
        inbound = message.direction is Direction.IN
        who = self._name if inbound else (message.sender_name or "Us")
        status = str(message.status)
        about = (f"{local:%H:%M}", who, self._channel(message.channel_id), _STATUS.get(status, status.capitalize()))
        more = [f"File: {attachment.original_name or 'without a name'}" for attachment in message.attachments]
        if message.error_text:
            more.append(message.error_text)
        self._block("in" if inbound else "out", about, message.text, more)

    def _call(self, call: Call, local: datetime) -> None:
        words = "Missed call" if call.missed else f"Call, {call.duration_seconds // 60}:{call.duration_seconds % 60:02}"
        side = "in" if call.direction is Direction.IN else "out"
        self._block(f"{side} call", (f"{local:%H:%M}", words, self._channel(call.channel_id)), "")

    def _block(self, kind: str, about: Sequence[str], text: str, more: Sequence[str] = ()) -> None:
        told = " · ".join(f"<bdi>{_safe(part)}</bdi>" for part in about if part)
        self._write(f'<article class="{kind}">\n<p class="about">{told}</p>\n')
        if text:
            self._write(f'<div class="text" dir="auto">{_safe(text)}</div>\n')
        for line in more:
            self._write(f'<p class="more" dir="auto">{_safe(line)}</p>\n')
        self._write("</article>\n")

    def _line(self, text: str) -> None:
        self._write(f'<p dir="auto">{_safe(text)}</p>\n')

    def _channel(self, channel_id: ChannelId | None) -> str:
        return self._channels.get(channel_id, "") if channel_id is not None else ""


def _safe(text: str) -> str:
    """Return ``text`` with everything that a page could take for markup written out."""
    return escape(_UNWRITABLE.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n")), quote=True)
