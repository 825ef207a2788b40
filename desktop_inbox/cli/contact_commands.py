"""import, contact: many contacts from a file, into a file, and contacts that are one person."""

import argparse
from pathlib import Path

from desktop_inbox.app.office import Office
from desktop_inbox.errors import InvalidInputError, NotFoundError
from desktop_inbox.models.entities.ids import ContactId
from desktop_inbox.models.entities.merge import Certainty, MergeId
from desktop_inbox.services.contact_import import ImportOptions
from desktop_inbox.services.import_columns import FIELD_PREFIX, Target
from desktop_inbox.services.import_plan import Outcome, Policy
from desktop_inbox.services.import_reading import Sheet

from . import EXIT_PROBLEMS
from .output import Output

_CHUNK = 200


async def _import_interviews(office: Office, names: list[str], output: Output) -> int:
    """Take over interviews held offline; those that are here already are left as they are (S1-08)."""
    for name in names:
        for taken in await office.offline.import_file(Path(name)):
            told = "it is here already" if taken.already else f"{taken.stored} messages"
            output.item(f"{taken.id}: {told}.", interview=taken.id, stored=taken.stored, already=taken.already)
    return 0


async def import_contacts(office: Office, options: argparse.Namespace, output: Output) -> int:
    """Import a file, or tell what importing it would do; every row that is refused gives exit code 7."""
    if options.file[0] == "interview" and len(options.file) > 1:
        return await _import_interviews(office, options.file[1:], output)
    if len(options.file) > 1:
        raise InvalidInputError("usage.files", "Import one file at a time.", hint="See: import --help")
    imports = office.directory.imports
    sheet = await imports.read(Path(options.file[0]), has_header=False if options.no_header else None)
    mapping = list(await imports.guess(sheet))
    fields = [FIELD_PREFIX + field.slug for field in await imports.fields()]
    for wanted in options.map:
        column, target = _mapped(sheet, wanted, fields)
        mapping[column] = target
    chosen = ImportOptions(
        mapping=tuple(mapping),
        policy=Policy(options.known),
        tags=tuple(options.tag),
        list_name=options.list,
        all_opted_out=options.opted_out,
        region=options.country.upper() if options.country else None,
    )
    act = imports.dry_run if options.dry_run else imports.run
    result = await act(
        sheet, chosen, progress=lambda stage, done, total: output.progress(f"{stage} {done:,} / {total:,}")
    )
    for row in result.rows:
        if options.rows or row.outcome is Outcome.REFUSED:
            told = " ".join(part for part in (row.name, row.address, *row.notes) if part)
            output.item(
                f"line {row.line}: {row.outcome}: {told}",
                line=row.line,
                outcome=row.outcome,
                name=row.name,
                address=row.address,
                notes=row.notes,
            )
    if options.report:
        await imports.save_report(result, Path(options.report))
    counts = {str(outcome): number for outcome, number in result.counts.items()}
    words = ", ".join(f"{number:,} {outcome}" for outcome, number in counts.items())
    begin = "Imported" if result.written else "Would be imported"
    output.item(
        f"{begin}: {words}.",
        written=result.written,
        columns=dict(zip(sheet.columns, mapping, strict=True)),
        encoding=sheet.encoding,
        notes=sheet.notes,
        can_undo=result.can_undo,
        **counts,
    )
    return EXIT_PROBLEMS if counts[Outcome.REFUSED] else 0


def _mapped(sheet: Sheet, wanted: str, fields: list[str]) -> tuple[int, str]:
    column, equals, target = wanted.rpartition("=")
    names = [name.casefold() for name in sheet.columns]
    if column.casefold() in names:
        place = names.index(column.casefold())
    elif column.isdigit() and 1 <= int(column) <= len(names):
        place = int(column) - 1
    else:
        raise InvalidInputError(
            "import_column", f"The file has no column “{column}”.", hint=f"It has: {', '.join(sheet.columns)}."
        )
    if not equals or target not in [*Target, *fields]:
        known = ", ".join([*(str(one) for one in Target if one), *fields])
        raise InvalidInputError("import_target", f"“{target}” is nothing a column can be.", hint=f"One of: {known}.")
    return place, target


async def export_contacts(office: Office, options: argparse.Namespace, output: Output) -> int:
    """Write contacts as CSV: all, or those of a segment or a filter."""
    chosen = None
    if options.segment is not None:
        try:
            group = (await office.segments.named(options.segment)).filter
        except NotFoundError:
            group = await office.segments.parse(options.segment)
        chosen = await office.segments.contacts(group)
    rows = await office.directory.exports.contacts_csv(
        Path(options.file),
        contact_ids=chosen,
        progress=lambda done, total: output.progress(f"{done:,} / {total:,} contacts"),
    )
    output.item(f"Written to {options.file}; contacts: {rows:,}.", rows=rows, file=options.file)
    return 0


async def contact(office: Office, options: argparse.Namespace, output: Output) -> int:
    """Merge, part, find duplicates."""
    merges = office.directory.merges
    if options.action == "duplicates":
        found = [one for one in await merges.suggestions() if options.all or one.certainty is Certainty.SURE]
        for one in found:
            output.item(
                f"{one.one_id} {one.other_id} {one.certainty}: {one.reason.replace('_', ' ')}: {one.detail}",
                one=one.one_id,
                other=one.other_id,
                certainty=one.certainty,
                reason=one.reason,
                detail=one.detail,
            )
        return 0
    if options.action == "unmerge":
        merge = await merges.unmerge(MergeId(options.merge))
        output.item(
            f"Contacts {merge.kept_id} and {merge.merged_id} are two again.", kept=merge.kept_id, merged=merge.merged_id
        )
        return 0
    kept, merged = [await _found(office, text) for text in (options.keep, options.other)]
    merge_id = await merges.merge(kept, merged, reason="chosen")
    output.item(f"Merged; `contact unmerge {merge_id}` takes it back.", merge=merge_id, kept=kept, merged=merged)
    return 0


async def _found(office: Office, text: str) -> ContactId:
    """A contact by its number, or by words that only one has."""
    if text.isascii() and text.isdigit() and len(text) < 7:
        return ContactId(int(text))
    found = await office.contacts.find(text, limit=2)
    if len(found) != 1:
        how = "Nobody" if not found else "More than one contact"
        raise NotFoundError(
            "contact_unclear", f"{how} has “{text}”.", hint="Give the whole address, or the contact's number."
        )
    return found[0].id
