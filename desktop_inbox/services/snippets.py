"""SnippetService: saved replies. They are inserted and read again by a person; nothing here sends (S4-55)."""

import asyncio
import csv
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from desktop_inbox.errors import InvalidInputError, NotFoundError, PermissionDeniedError
from desktop_inbox.models.entities.ids import ConversationId, SnippetFolderId, SnippetId, UserId
from desktop_inbox.models.entities.snippet import Snippet, SnippetFile, SnippetLibrary
from desktop_inbox.models.search_text import fold
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work
from desktop_inbox.services import csv_safe, variables
from desktop_inbox.services.enqueue import OutgoingFile
from desktop_inbox.services.export import Replacing
from desktop_inbox.services.plain_text import check_storable, clean_name
from desktop_inbox.services.rights import is_administrator

MAX_NAME: Final = 100
MAX_SHORTCUT: Final = 50
MAX_TEXT: Final = 20_000
MAX_FILES: Final = 10
_SHORTCUT: Final = re.compile(r"[\w-]+")
_COLUMNS: Final = ("folder", "name", "shortcut", "text")

#: What lies behind the path of a staged file, and where a file of the attachments folder lies; both block.
FileOf = Callable[[str], OutgoingFile]
PathOf = Callable[[str], Path]


@dataclass(frozen=True, slots=True, kw_only=True)
class SnippetDraft:
    """What a person wants to keep. ``folder`` by name, "" for none."""

    name: str
    text: str
    shortcut: str = ""
    folder: str = ""
    files: tuple[SnippetFile, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Insertion:
    """A snippet as it goes into a text that is being written."""

    snippet: Snippet
    text: str  # values in place of variables where there are any; times stay variables
    unresolved: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SnippetImport:
    """What became of the rows of a file; ``problems`` as "row 3: ..."."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    problems: tuple[str, ...] = ()


class SnippetService:
    """The library of the office, and what one user does with it."""

    def __init__(self, store: Store, *, user_id: UserId, file_of: FileOf, path_of: PathOf) -> None:
        self._store = store
        self._user_id = user_id
        self._file_of = file_of
        self._path_of = path_of

    async def library(self) -> SnippetLibrary:
        """Return all snippets and folders."""
        return await self._store.read(lambda work: work.snippets.library())

    async def save(self, draft: SnippetDraft, *, snippet_id: SnippetId | None = None) -> Snippet:
        """Make a snippet, or change one; InvalidInputError for what does not fit, NotFoundError when it is gone."""
        clean = _clean(draft)
        return await self._store.run(lambda work: self._save(work, clean, snippet_id))

    async def delete(self, snippet_id: SnippetId) -> None:
        """Remove a snippet: whoever made it may, and administrators. It can be undone."""

        def remove(work: Work) -> None:
            known = _existing(work, snippet_id)
            if known.created_by_id != self._user_id and not is_administrator(work, self._user_id):
                raise PermissionDeniedError(
                    "snippet_foreign",
                    "Only who made a snippet, or an administrator, deletes it.",
                    hint="Ask an administrator of the office.",
                )
            with work.undo.step(self._user_id, "snippet_deleted", details={"name": known.name}) as step:
                step.watch("snippets", id=[snippet_id])
                step.watch("snippet_files", snippet_id=[snippet_id])
                work.snippets.delete(snippet_id)

        await self._store.run(remove)

    async def rename_folder(self, folder_id: SnippetFolderId, name: str) -> None:
        """Give a folder another name; InvalidInputError when another has it."""
        wanted = _line(name, "The folder's name", MAX_NAME)

        def rename(work: Work) -> None:
            library = work.snippets.library()
            if any(fold(one.name) == fold(wanted) and one.id != folder_id for one in library.folders):
                raise InvalidInputError(
                    "snippet_folder_taken", "Another folder has this name.", hint="Choose another name."
                )
            with work.undo.step(self._user_id, "snippet_folder_renamed", details={"name": wanted}) as step:
                step.watch("snippet_folders", id=[folder_id])
                work.snippets.rename_folder(folder_id, wanted)

        await self._store.run(rename)

    async def delete_folder(self, folder_id: SnippetFolderId) -> None:
        """Remove a folder; its snippets stay. It can be undone."""

        def remove(work: Work) -> None:
            inside = [one.id for one in work.snippets.library().snippets if one.folder_id == folder_id]
            with work.undo.step(self._user_id, "snippet_folder_deleted") as step:
                step.watch("snippet_folders", id=[folder_id])
                step.watch("snippets", id=inside)
                work.snippets.delete_folder(folder_id)

        await self._store.run(remove)

    async def insertion(self, snippet_id: SnippetId, conversation_id: ConversationId) -> Insertion:
        """Return a snippet as it reads in a conversation, and count the use. Nothing is sent."""

        def take(work: Work) -> Insertion:
            known = _existing(work, snippet_id)
            work.snippets.used(snippet_id)
            found = variables.resolve(known.text, variables.facts_in(work, conversation_id), editable=True)
            return Insertion(snippet=known, text=found.text, unresolved=found.unresolved)

        return await self._store.run(take)

    async def file_from(self, staged: Path) -> SnippetFile:
        """Return what a staged file is, to keep it with a snippet; it lies in the attachments folder already."""
        file = await asyncio.to_thread(self._file_of, str(staged))
        return SnippetFile(sha256=file.sha256, media_type=file.media_type, size=file.size, name=file.name)

    def path_of(self, file: SnippetFile) -> Path:
        """Return where a snippet's file lies; it may be missing on a computer that never had it."""
        return self._path_of(file.sha256)

    async def export_csv(self, target: Path) -> int:
        """Write all snippets, without their files, into a CSV file; returns how many."""
        library = await self.library()
        rows = [(library.folder_name(one), one.name, one.shortcut, one.text) for one in library.snippets]
        await asyncio.to_thread(_write, target, rows)
        return len(rows)

    async def import_csv(self, source: Path) -> SnippetImport:
        """Take over snippets from a CSV file with the columns folder, name, shortcut and text.

        One that is here already, by its shortcut or else by folder and name, is changed. Rows that do not fit are
        left out and named. It can be undone as one step.
        """
        rows = await asyncio.to_thread(_read, source)
        return await self._store.run(lambda work: self._import(work, rows))

    def _save(self, work: Work, draft: SnippetDraft, snippet_id: SnippetId | None) -> Snippet:
        if draft.shortcut:
            other = work.snippets.by_shortcut(draft.shortcut)
            if other is not None and other.id != snippet_id:
                raise InvalidInputError(
                    "snippet_shortcut_taken",
                    f"The snippet “{other.name}” has this shortcut.",
                    hint="Choose another shortcut.",
                )
        values = {
            "shortcut": draft.shortcut,
            "folder_id": work.snippets.folder(draft.folder).id if draft.folder else None,
        }
        if snippet_id is None:
            snippet_id = work.snippets.add(draft.name, draft.text, created_by=self._user_id, **values)
            work.snippets.set_files(snippet_id, draft.files)
            return _existing(work, snippet_id)
        known = _existing(work, snippet_id)
        with work.undo.step(self._user_id, "snippet_changed", details={"name": draft.name}) as step:
            step.watch("snippets", id=[snippet_id])
            step.watch("snippet_files", snippet_id=[snippet_id])
            work.snippets.change(snippet_id, name=draft.name, text=draft.text, **values)
            if known.files != draft.files:
                work.snippets.set_files(snippet_id, draft.files)
        return _existing(work, snippet_id)

    def _import(self, work: Work, rows: Sequence[tuple[int, SnippetDraft | str]]) -> SnippetImport:
        added = changed = unchanged = 0
        problems: list[str] = []
        shelf = _Shelf(work.snippets.library())
        with work.undo.step(self._user_id, "snippets_imported") as step:
            step.watch("snippets", created_by_id=sorted({self._user_id, *shelf.makers}))
            for number, draft in rows:
                if isinstance(draft, str):
                    problems.append(f"row {number}: {draft}")
                    continue
                known = shelf.same(draft)
                if known is None:
                    shelf.put(draft, self._save(work, draft, None))
                    added += 1
                elif shelf.has(known, draft):
                    unchanged += 1
                else:
                    shelf.put(draft, self._save(work, _with_files(draft, known), known.id), instead_of=known)
                    changed += 1
            step.count = added + changed
        return SnippetImport(added=added, changed=changed, unchanged=unchanged, problems=tuple(problems))


def _clean(draft: SnippetDraft) -> SnippetDraft:
    text = check_storable(draft.text, "The snippet").strip()
    if not text and not draft.files:
        raise InvalidInputError("snippet_empty", "The snippet says nothing.", hint="Write its text, or add a file.")
    if len(text) > MAX_TEXT:
        raise InvalidInputError(
            "snippet_long", f"The snippet is longer than {MAX_TEXT:,} characters.", hint="Make two of it."
        )
    if len(draft.files) > MAX_FILES:
        raise InvalidInputError(
            "snippet_files", f"A snippet carries up to {MAX_FILES} files.", hint="Remove some of them."
        )
    shortcut = draft.shortcut.strip().removeprefix("/").casefold()
    if shortcut and (len(shortcut) > MAX_SHORTCUT or not _SHORTCUT.fullmatch(check_storable(shortcut, "The shortcut"))):
        raise InvalidInputError(
            "snippet_shortcut",
            f"A shortcut has up to {MAX_SHORTCUT} letters, digits, hyphens and underscores.",
            hint="Choose one such as opening-hours.",
        )
    return SnippetDraft(
        name=_line(draft.name, "The snippet's name", MAX_NAME),
        text=text,
        shortcut=shortcut,
        folder=_line(draft.folder, "The folder's name", MAX_NAME) if draft.folder.strip() else "",
        files=draft.files,
    )


def _line(text: str, what: str, limit: int) -> str:
    name = clean_name(check_storable(text, what), limit=limit + 1)
    if not name or len(name) > limit:
        raise InvalidInputError("snippet_name", f"{what} has 1 to {limit} characters.", hint="Enter a short name.")
    return name


def _existing(work: Work, snippet_id: SnippetId) -> Snippet:
    known = work.snippets.get(snippet_id)
    if known is None:
        raise NotFoundError("snippet_missing", "This snippet does not exist any more.", hint="Choose another one.")
    return known


class _Shelf:
    """The snippets as an import leaves them, found at once however many there are."""

    def __init__(self, library: SnippetLibrary) -> None:
        self._by_shortcut: dict[str, Snippet] = {}
        self._by_place: dict[tuple[str, str], Snippet] = {}
        self._folders: dict[SnippetId, str] = {}
        self.makers = {one.created_by_id for one in library.snippets}
        for one in reversed(library.snippets):  # the first of several is the one that is meant
            self._put(library.folder_name(one), one)

    def same(self, draft: SnippetDraft) -> Snippet | None:
        """The snippet that a row means, or None for a new one."""
        if draft.shortcut and draft.shortcut in self._by_shortcut:
            return self._by_shortcut[draft.shortcut]
        one = self._by_place.get((fold(draft.name), fold(draft.folder)))
        return None if one is None or (one.shortcut and draft.shortcut) else one

    def has(self, known: Snippet, draft: SnippetDraft) -> bool:
        """Whether a row says nothing new."""
        said = (known.name, known.text, known.shortcut, self._folders[known.id])
        return said == (draft.name, draft.text, draft.shortcut, draft.folder)

    def put(self, draft: SnippetDraft, saved: Snippet, *, instead_of: Snippet | None = None) -> None:
        """A row was taken over."""
        if instead_of is not None:
            self._by_shortcut.pop(instead_of.shortcut, None)
            self._by_place.pop((fold(instead_of.name), fold(self._folders[saved.id])), None)
        self._put(draft.folder, saved)

    def _put(self, folder: str, one: Snippet) -> None:
        self._folders[one.id] = folder
        self._by_place[fold(one.name), fold(folder)] = one
        if one.shortcut:
            self._by_shortcut[one.shortcut] = one


def _with_files(draft: SnippetDraft, known: Snippet) -> SnippetDraft:
    return SnippetDraft(
        name=draft.name, text=draft.text, shortcut=draft.shortcut, folder=draft.folder, files=known.files
    )


def _write(target: Path, rows: Sequence[Sequence[str]]) -> None:
    with Replacing(target) as file:
        writer = csv.writer(file)
        writer.writerow(_COLUMNS)
        writer.writerows([[csv_safe.guard(cell) for cell in row] for row in rows])


def _read(source: Path) -> list[tuple[int, SnippetDraft | str]]:
    """The rows of a file with their numbers as spreadsheets count them, each cleaned, or what is wrong with it."""
    rows = csv_safe.read(source)
    header = [cell.strip().casefold() for cell in next(rows, [])]
    if "name" not in header or "text" not in header:
        raise InvalidInputError(
            "snippet_csv",
            "The file has no columns called name and text.",
            hint="The first row must be: folder, name, shortcut, text.",
        )
    found: list[tuple[int, SnippetDraft | str]] = []
    for number, row in enumerate(rows, start=2):
        cells = dict(zip(header, row, strict=False))
        if not any(cell.strip() for cell in row):
            continue
        folder, name, shortcut, text = (cells.get(column, "") for column in _COLUMNS)
        try:
            found.append((number, _clean(SnippetDraft(folder=folder, name=name, shortcut=shortcut, text=text))))
        except InvalidInputError as error:
            found.append((number, error.message))
    return found
