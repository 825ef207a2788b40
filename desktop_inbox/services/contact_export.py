"""ContactExportService: contacts as CSV that survives spreadsheets, and that comes back without a change (D-24)."""

import asyncio
import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from desktop_inbox.errors import InboxError
from desktop_inbox.models.entities.contact import Contact, OptIn, Scheme
from desktop_inbox.models.entities.custom_field import CustomField
from desktop_inbox.models.entities.ids import ContactId
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work

from . import sheet_guard
from .cell_lists import join_cells
from .export import Replacing
from .import_columns import FIELD_PREFIX, guess_target

_BATCH: Final = 1000
_SCHEMES: Final = (Scheme.TEL, Scheme.WHATSAPP, Scheme.TELEGRAM, Scheme.MATRIX, Scheme.EMAIL)
#: What every export begins with; the import knows each of these headings.
COLUMNS: Final = (
    "First name", "Last name", "Phone", "WhatsApp", "Telegram", "Matrix", "Email", "Company", "Country", "Language",
    "Time zone", "Tags", "Lists", "Consent", "Blocked",
)  # fmt: skip
_TOLD: Final = ("Source", "Created")  # behind the fields; the import leaves them out


def _no_progress(_done: int, _total: int) -> None:
    """Tell nobody."""


class ContactExportService:
    """Writes contacts into files of the office's own."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def contacts_csv(
        self,
        target: Path,
        *,
        contact_ids: Sequence[ContactId] | None = None,
        progress: Callable[[int, int], None] = _no_progress,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> int:
        """Write contacts in the order of their ids, all or some; returns how many.

        UTF-8 with a byte order mark, every cell quoted, and no cell that a spreadsheet would run or rewrite.
        ``target`` appears when it is complete; on error and when ``cancelled`` it stays as it was.
        ``progress`` is told (done, of how many) on the event loop. Memory does not grow with the contacts.
        """
        loop = asyncio.get_running_loop()

        def tell(done: int, total: int) -> None:
            with suppress(RuntimeError):  # the loop is closed: nobody is left to be told
                loop.call_soon_threadsafe(progress, done, total)

        def write(work: Work) -> int:
            fields = work.custom_fields.all()
            ids = work.contact_bulk.all_ids() if contact_ids is None else sorted(set(contact_ids))
            rows = 0
            with Replacing(target) as file:
                writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
                writer.writerow([*COLUMNS, *_headings(fields), *_TOLD])
                for begin in range(0, len(ids), _BATCH):
                    if cancelled():
                        raise InboxError("export_cancelled", "The export was cancelled; nothing was written.")
                    batch = list(_rows(work, ids[begin : begin + _BATCH], fields))
                    # A generator hands the interpreter over between two rows; a list would keep it for all.
                    writer.writerows(row for row in batch)
                    rows += len(batch)
                    tell(min(begin + _BATCH, len(ids)), len(ids))
            return rows

        return await asyncio.to_thread(self._store.read_apart, write)


def _headings(fields: Sequence[CustomField]) -> Iterator[str]:
    """Names of fields, or their slugs where a name means something every contact has, or is there twice."""
    for field in fields:
        clear = guess_target(field.name) is None and field.name not in _TOLD
        yield sheet_guard.guard(field.name) if clear else FIELD_PREFIX + field.slug


def _rows(work: Work, ids: Sequence[ContactId], fields: Sequence[CustomField]) -> Iterator[list[str]]:
    tags, lists = work.tags.of_contacts(ids), work.contact_lists.of_contacts(ids)
    values = work.custom_fields.values_of(ids)
    for contact in work.contacts.many(ids):
        cells = [
            *_own_cells(contact),
            join_cells(tag.name for tag in tags.get(contact.id, ())),
            join_cells(one.name for one in lists.get(contact.id, ())),
            "opted out" if contact.opt_in is OptIn.OPTED_OUT else "opted in",
            "yes" if contact.blocked else "",
            *(values.get(contact.id, {}).get(field.id, "") for field in fields),
            str(contact.source),
            contact.created_at.isoformat(timespec="seconds"),
        ]
        yield [sheet_guard.guard(cell) for cell in cells]


def _own_cells(contact: Contact) -> list[str]:
    return [
        contact.first_name,
        contact.last_name,
        *(join_cells(one.path for one in contact.addresses if one.scheme is scheme) for scheme in _SCHEMES),
        contact.company,
        contact.country,
        contact.language,
        contact.zone,
    ]
