"""TableWriter: a conversation as CSV that spreadsheets open without running or rewriting anything (D-24)."""

import csv
from collections.abc import Mapping, Sequence
from datetime import date, datetime, tzinfo
from typing import Final, TextIO

from desktop_inbox.models.entities.call import Call
from desktop_inbox.models.entities.comment import Comment
from desktop_inbox.models.entities.contact import Contact
from desktop_inbox.models.entities.ids import AddressId, ChannelId
from desktop_inbox.models.entities.message import Direction, Message

from . import csv_safe, sheet_guard

#: The heading of the first column names the zone: "Time (Europe/Berlin)".
COLUMNS: Final = (
    "Time", "Kind", "Direction", "From", "Address", "Channel", "Status", "Text", "Attachments", "Problem", "Entry",
)  # fmt: skip


class TableWriter:
    """Writes entries as rows, every field quoted, times local with their offset."""

    def __init__(self, file: TextIO, *, contact: Contact, channels: Mapping[ChannelId, str], zone: tzinfo) -> None:
        self._rows = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
        self._name, self._channels, self._zone = contact.name, channels, zone
        self._addresses: dict[AddressId | None, str] = {one.id: one.path for one in contact.addresses}

    def begin(self, *, office: str, first: date, last: date, entries: int, now: datetime) -> None:
        """Write the headings; a table tells nothing else before its rows."""
        self._rows.writerow((f"Time ({self._zone})", *COLUMNS[1:]))

    def write(self, entries: Sequence[Message | Call | Comment]) -> None:
        """Write some more entries, oldest first."""
        self._rows.writerows([safe_cell(cell) for cell in self._cells(entry)] for entry in entries)

    def end(self) -> None:
        """Nothing comes after the rows."""

    def _cells(self, entry: Message | Call | Comment) -> tuple[str, ...]:
        when = entry.occurred_at.astimezone(self._zone).isoformat(timespec="seconds")
        number = str(entry.id)
        if isinstance(entry, Comment):
            return (when, "comment", "", entry.author_name, "", "", "", entry.text, "", "", number)
        who = self._name if entry.direction is Direction.IN else ""
        channel = self._channels.get(entry.channel_id, "") if entry.channel_id is not None else ""
        if isinstance(entry, Call):
            status = "missed" if entry.missed else str(entry.status)
            text = "" if entry.missed else f"{entry.duration_seconds} s"
            return (when, "call", str(entry.direction), who, "", channel, status, text, "", "", number)
        return (
            when,
            "message",
            str(entry.direction),
            who or entry.sender_name,
            self._addresses.get(entry.address_id, ""),
            channel,
            str(entry.status),
            entry.text,
            "; ".join(attachment.original_name for attachment in entry.attachments),
            entry.error_text,
            number,
        )


def safe_cell(text: str) -> str:
    """Return ``text`` as a cell that stays as it is in a spreadsheet; ``csv_safe.unguard`` gives it back."""
    guarded = csv_safe.guard(text)
    return guarded if guarded != text or sheet_guard.guard(text) == text else csv_safe.GUARD + text
