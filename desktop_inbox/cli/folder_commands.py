"""label and message: where messages lie, from the command line."""

import argparse

from desktop_inbox.app.office import Office
from desktop_inbox.errors import InvalidInputError
from desktop_inbox.models.entities.folder import CallRow, Folder, FolderFilter, FolderRow, Place
from desktop_inbox.models.entities.ids import EntryId
from desktop_inbox.services.filing import Chosen

from .output import Output


async def label(office: Office, options: argparse.Namespace, output: Output) -> int:
    """List, make or remove labels."""
    if options.action == "list":
        for one in await office.labels.all():
            output.item(f"{one.name}  {one.messages}", id=one.id, name=one.name, messages=one.messages)
    elif options.action == "add":
        made = await office.labels.create(options.name)
        output.item(f"Label {made.name} was made.", id=made.id, name=made.name)
    else:
        gone = await office.labels.named(options.name)
        count = await office.labels.delete(gone.id)
        output.item(f"Label {gone.name} was removed from {count} messages.", name=gone.name, messages=count)
    return 0


async def message(office: Office, options: argparse.Namespace, output: Output) -> int:
    """List messages, or file them."""
    if options.action == "folders":
        counts = await office.folders.counts()
        for folder, count in counts.folders.items():
            output.item(f"{folder.value}  {count}", folder=folder, messages=count)
        return 0
    place = await _place(office, options)
    if options.action == "list":
        assert place is not None  # noqa: S101 - one of both is required
        return await _list(office, place, options, output)
    chosen = await _chosen(office, place, options)

    def progress(done: int, total: int) -> None:
        output.progress(f"{done:,} of {total:,}")

    if options.action == "delete":
        count = await office.folders.ask_deletion(chosen)
        if not options.yes:
            raise InvalidInputError(
                "deletion_unconfirmed", f"{count} messages would be deleted for good.", hint="Say so with --yes."
            )
        filed = await office.folders.delete(chosen, progress=progress)
    elif options.action == "archive":
        filed = await office.folders.archive(chosen, progress=progress)
    elif options.action == "restore":
        filed = await office.folders.restore(chosen, progress=progress)
    elif options.off:
        filed = await office.labels.remove(chosen, (await office.labels.named(options.name)).id, progress=progress)
    else:
        filed = await office.labels.add(chosen, options.name, progress=progress)
    output.item(
        f"{options.action}: {filed.count} changed", action=options.action, count=filed.count, step=filed.step_id
    )
    return 0


async def _place(office: Office, options: argparse.Namespace) -> Place | None:
    if options.of_label is not None:
        return (await office.labels.named(options.of_label)).id
    return None if options.folder is None else Folder(options.folder)


async def _chosen(office: Office, place: Place | None, options: argparse.Namespace) -> Chosen:
    if (place is None) == (not options.message):
        raise InvalidInputError(
            "choice_missing", "Name messages by their numbers, or a folder, not both.", hint="See: message list"
        )
    if place is Folder.CALLS:
        raise InvalidInputError("choice_calls", "Calls are no messages.", hint="Choose another folder.")
    if place is not None:
        return await office.folders.all_of(place, FolderFilter(text=options.search))
    return [EntryId(key) for key in options.message]


async def _list(office: Office, place: Place, options: argparse.Namespace, output: Output) -> int:
    page = await office.folders.page(place, FolderFilter(text=options.search), limit=options.limit)
    for row in page.rows:
        who = row.name or row.path
        if isinstance(row, CallRow):
            output.item(
                f"{row.id}  {row.occurred_at.astimezone():%Y-%m-%d %H:%M}  {who}  {row.direction}, {row.status}",
                call=row.id,
                contact_name=row.name,
                address=row.path,
                direction=row.direction,
                status=row.status,
                missed=row.missed,
                seconds=row.seconds(office.clock()),
                occurred_at=row.occurred_at,
            )
        else:
            _tell(row, who, output)
    return 0


def _tell(row: FolderRow, who: str, output: Output) -> None:
    said = " ".join(row.text.split())
    output.item(
        f"{row.id}  {row.shown_at.astimezone():%Y-%m-%d %H:%M}  {who}: {said}",
        message=row.id,
        folder=row.folder,
        contact_name=row.name,
        address=row.path,
        direction=row.direction,
        status=row.status,
        channel=row.channel_name,
        segments=row.segments,
        labels=[one.name for one in row.labels],
        occurred_at=row.occurred_at,
        sent_at=row.sent_at,
        reason=row.error_text,
        said=row.text,
    )
