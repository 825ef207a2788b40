"""ContactImportService: contacts from CSV and vCard files, all in one transaction or none of them (P24)."""

import asyncio
import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from desktop_inbox.errors import InboxError, InvalidInputError
from desktop_inbox.events import BulkChanged
from desktop_inbox.models.entities.custom_field import CustomField
from desktop_inbox.models.entities.ids import ContactId, UndoStepId, UserId
from desktop_inbox.models.repositories.contact_bulk import ContactWrite
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work

from . import sheet_guard
from .export import Replacing
from .import_columns import Target, guess_mapping
from .import_people import PeopleReader, Person
from .import_plan import Draft, Outcome, Planner, Policy, RowReport, changed_columns, changed_values, count
from .import_reading import Sheet, read_sheet
from .tags import clean_tag

PREVIEW_ROWS: Final = 20
#: Contacts up to which an import can be taken back; the image of more would be larger than the contacts.
UNDO_LIMIT: Final = 10_000
_BATCH: Final = 2000
_WATCHED: Final = ("contact_addresses", "contact_tags", "contact_list_members", "contact_field_values")


def _no_progress(_stage: str, _done: int, _total: int) -> None:
    """Tell nobody."""


#: Told ("read" | "plan" | "write", how many rows are done, of how many), on the event loop.
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """What a person decides about a file."""

    mapping: tuple[str, ...]  # for each column a Target, "fields.<slug>", or "" to leave it out
    policy: Policy = Policy.FILL
    tags: tuple[str, ...] = ()  # for everybody in the file
    list_name: str = ""
    all_opted_out: bool = False  # the file is a list of people who must not be written to
    region: str | None = None  # the country of numbers without country code; None: the office's


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportResult:
    """What an import would do, or did."""

    rows: tuple[RowReport, ...]
    counts: Mapping[Outcome, int]
    written: bool = False
    can_undo: bool = False
    step_id: UndoStepId | None = None
    contact_ids: tuple[ContactId, ...] = field(default=())  # those that were made or changed


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewRow:
    """One of the first rows as it will be."""

    person: Person
    report: RowReport


class ContactImportService:
    """Reads a file, says what each row would do, and does it."""

    def __init__(self, store: Store, *, user_id: UserId, region: Callable[[], str] = lambda: "") -> None:
        self._store = store
        self._user_id = user_id
        self._region = region

    async def read(
        self, path: Path, *, has_header: bool | None = None, cancelled: Callable[[], bool] = lambda: False
    ) -> Sheet:
        """Return the table in a file. Raises InvalidInputError when it is none."""
        return await asyncio.to_thread(read_sheet, path, has_header=has_header, cancelled=cancelled)

    async def fields(self) -> tuple[CustomField, ...]:
        """Return the custom fields that a column can become."""
        return await self._store.read(lambda work: work.custom_fields.all())

    async def guess(self, sheet: Sheet) -> tuple[str, ...]:
        """Return what each column most likely is."""
        return guess_mapping(sheet.columns, await self.fields())

    async def preview(self, sheet: Sheet, options: ImportOptions) -> tuple[PreviewRow, ...]:
        """Return the first rows as they will be."""
        some = replace(sheet, rows=sheet.rows[:PREVIEW_ROWS])
        people = await self._people(some, options)
        result = await self._store.read(lambda work: self._planned(work, people, options))
        return tuple(PreviewRow(person=person, report=row) for person, row in zip(people, result.report(), strict=True))

    async def dry_run(
        self,
        sheet: Sheet,
        options: ImportOptions,
        *,
        progress: Progress = _no_progress,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> ImportResult:
        """Return what importing ``sheet`` would do to each row; nothing is changed."""
        tell = _told_on_loop(progress)
        people = await self._people(sheet, options, tell=tell, cancelled=cancelled)

        def plan(work: Work) -> ImportResult:
            report = self._planned(work, people, options, tell=tell, cancelled=cancelled).report()
            return ImportResult(rows=report, counts=count(report))

        return await asyncio.to_thread(self._store.read_apart, plan)

    async def run(
        self,
        sheet: Sheet,
        options: ImportOptions,
        *,
        progress: Progress = _no_progress,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> ImportResult:
        """Import ``sheet``: everything in one transaction. The same file again changes nothing.

        Raises InboxError "import_cancelled" when ``cancelled`` before the end; nothing is changed then.
        """
        tell = _told_on_loop(progress)
        people = await self._people(sheet, options, tell=tell, cancelled=cancelled)
        return await self._store.run(lambda work: self._import(work, people, options, tell, cancelled))

    async def save_report(self, result: ImportResult, target: Path, *, only: Sequence[Outcome] = ()) -> int:
        """Write the report as CSV, all rows or those with some outcomes; returns how many."""
        rows = [row for row in result.rows if not only or row.outcome in only]

        def write() -> None:
            with Replacing(target) as file:
                writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
                writer.writerow(("Line", "Outcome", "Name", "Address", "Notes"))
                for row in rows:
                    cells = (str(row.line), str(row.outcome), row.name, row.address, " ".join(row.notes))
                    writer.writerow([sheet_guard.guard(cell) if place else cell for place, cell in enumerate(cells)])

        await asyncio.to_thread(write)
        return len(rows)

    # -- steps

    async def _people(
        self,
        sheet: Sheet,
        options: ImportOptions,
        *,
        tell: Progress = _no_progress,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> list[Person]:
        _check(sheet, options)
        fields = await self.fields()
        region = self._region() if options.region is None else options.region
        reader = PeopleReader(options.mapping, region=region, fields=fields)

        def read() -> list[Person]:
            people: list[Person] = []
            for begin in range(0, len(sheet.rows), _BATCH):
                _stop_if(cancelled)
                people += [reader.read(line, cells) for line, cells in sheet.rows[begin : begin + _BATCH]]
                tell("read", len(people), len(sheet.rows))
            return people

        return await asyncio.to_thread(read)

    def _planned(
        self,
        work: Work,
        people: Sequence[Person],
        options: ImportOptions,
        *,
        tell: Progress = _no_progress,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Planner:
        planner = Planner(
            work,
            policy=options.policy,
            tags=[clean_tag(tag, "A tag") for tag in options.tags],
            list_name=clean_tag(options.list_name, "A list") if options.list_name.strip() else "",
            all_opted_out=options.all_opted_out,
            cancelled=cancelled,
            progress=lambda done: tell("plan", done, len(people)),
        )
        planner.plan(people)
        return planner

    def _import(
        self,
        work: Work,
        people: Sequence[Person],
        options: ImportOptions,
        tell: Progress,
        cancelled: Callable[[], bool],
    ) -> ImportResult:
        work.contact_bulk.hold()
        planner = self._planned(work, people, options, tell=tell, cancelled=cancelled)
        drafts = planner.drafts()
        report = planner.report()
        result = ImportResult(rows=report, counts=count(report), written=True)
        if not drafts:
            return result
        work.announce_in_bulk()
        if len(drafts) > UNDO_LIMIT:
            ids = self._write(work, planner, drafts, tell, cancelled)
            step_id = None
        else:
            step_id, ids = self._write_undoably(work, planner, drafts, tell, cancelled)
        work.announce(BulkChanged())
        work.announce(BulkChanged(what="contacts"))
        return replace(result, contact_ids=tuple(ids), can_undo=step_id is not None, step_id=step_id)

    def _write_undoably(
        self, work: Work, planner: Planner, drafts: Sequence[Draft], tell: Progress, cancelled: Callable[[], bool]
    ) -> tuple[UndoStepId | None, list[ContactId]]:
        known = [draft.id for draft in drafts if draft.id is not None]
        first = [draft for draft in drafts if draft.id is not None]
        fresh = [draft for draft in drafts if draft.id is None]
        drawn = work.contact_bulk.draw_ids(len(fresh))
        with work.undo.step(self._user_id, "imported", count=len(drafts)) as step:
            step.watch("contacts", id=[*known, *drawn])
            for table in _WATCHED:
                step.watch(table, contact_id=[*known, *drawn])
            ids = self._write(work, planner, [*first, *fresh], tell, cancelled, drawn=drawn)
            if work.contact_bulk.consent_lines:
                lines = sorted(work.contact_bulk.consent_lines)
                step.details["consent"] = f"{lines[0]}-{lines[-1]}"
                step.note["consent"] = [lines[0], lines[-1]]
        return step.id, ids

    def _write(
        self,
        work: Work,
        planner: Planner,
        drafts: Sequence[Draft],
        tell: Progress,
        cancelled: Callable[[], bool],
        *,
        drawn: Sequence[ContactId] = (),
    ) -> list[ContactId]:
        tags = {key: work.tags.ensure(name).id for key, name in _words(draft.tags for draft in drafts)}
        lists = {key: work.contact_lists.ensure(name).id for key, name in _words(draft.lists for draft in drafts)}
        fresh = iter(drawn)
        written: list[ContactId] = []
        for begin in range(0, len(drafts), _BATCH):
            _stop_if(cancelled)
            writes = [
                ContactWrite(
                    id=draft.id,
                    drawn_id=next(fresh, None) if draft.id is None else None,
                    columns=changed_columns(draft),
                    addresses=list(draft.addresses)[len(draft.before.addresses) if draft.before else 0 :],
                    tags=[tags[key] for key, name in draft.tags.items() if name],
                    lists=[lists[key] for key, name in draft.lists.items() if name],
                    values=changed_values(draft, planner.vocabulary),
                    opted_out="Imported as opted out." if draft.named_opted_out else "",
                )
                for draft in drafts[begin : begin + _BATCH]
            ]
            written += work.contact_bulk.write(writes, user_id=self._user_id)
            tell("write", len(written), len(drafts))
        return written


def _words(found: Iterable[Mapping[str, str]]) -> list[tuple[str, str]]:
    """New words of contacts, each once: those that a contact had already have no spelling here."""
    words: dict[str, str] = {}
    for one in found:
        for key, name in one.items():
            if name:
                words.setdefault(key, name)
    return list(words.items())


def _check(sheet: Sheet, options: ImportOptions) -> None:
    if len(options.mapping) != len(sheet.columns):
        raise InvalidInputError(
            "import_mapping", "The columns do not fit the file.", hint="Choose the file again, then its columns."
        )
    useful = {Target.PHONE, Target.WHATSAPP, Target.TELEGRAM, Target.MATRIX, Target.EMAIL}
    named = {Target.NAME, Target.FIRST_NAME, Target.LAST_NAME}
    if not (useful | named) & set(options.mapping):
        raise InvalidInputError(
            "import_no_columns",
            "No column holds a name or an address.",
            hint="Say which column holds the phone number, the e-mail address or the name.",
        )


def _stop_if(cancelled: Callable[[], bool]) -> None:
    if cancelled():
        raise InboxError("import_cancelled", "The import was cancelled; nothing was changed.")


def _told_on_loop(progress: Progress) -> Progress:
    loop = asyncio.get_running_loop()

    def tell(stage: str, done: int, total: int) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody is left to be told
            loop.call_soon_threadsafe(progress, stage, done, total)

    return tell
