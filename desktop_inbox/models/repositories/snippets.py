"""Snippets, their folders and files."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, insert, select, update

from desktop_inbox.events import SnippetsChanged
from desktop_inbox.models.entities.ids import SnippetFolderId, SnippetId, UserId
from desktop_inbox.models.entities.snippet import Snippet, SnippetFile, SnippetFolder, SnippetLibrary
from desktop_inbox.models.schema import snippet_files, snippet_folders, snippets
from desktop_inbox.models.search_text import fold

from .base import AnyRow, Repository

_S, _F = snippets.c, snippet_folders.c


class SnippetRepository(Repository):
    """Queries and writes; rules are the service's."""

    def library(self) -> SnippetLibrary:
        """Everything, by name."""
        folders = self._connection.execute(select(snippet_folders).order_by(_F.name_key, _F.id))
        rows = self._connection.execute(select(snippets).order_by(_S.name_key, _S.id)).all()
        return SnippetLibrary(
            folders=tuple(SnippetFolder(id=SnippetFolderId(row.id), name=row.name) for row in folders),
            snippets=self._made(rows),
        )

    def get(self, snippet_id: SnippetId) -> Snippet | None:
        """One snippet, or None."""
        found = self._made(self._connection.execute(select(snippets).where(_S.id == snippet_id)).all())
        return found[0] if found else None

    def by_shortcut(self, shortcut: str) -> Snippet | None:
        """The snippet with a shortcut, or None."""
        found = self._made(self._connection.execute(select(snippets).where(_S.shortcut == shortcut)).all())
        return found[0] if found else None

    def add(self, name: str, text: str, *, created_by: UserId, **values: Any) -> SnippetId:
        """Add a snippet; columns by name."""
        now = self._work.now()
        values |= {"name": name, "name_key": fold(name), "text": text, "created_by_id": created_by}
        statement = insert(snippets).values(**values, created_at=now, updated_at=now).returning(_S.id)
        self._work.announce(SnippetsChanged())
        return SnippetId(self._connection.execute(statement).scalar_one())

    def change(self, snippet_id: SnippetId, **values: Any) -> None:
        """Set columns by name."""
        if "name" in values:
            values["name_key"] = fold(values["name"])
        values["updated_at"] = self._work.now()
        self._connection.execute(update(snippets).where(_S.id == snippet_id).values(**values))
        self._work.announce(SnippetsChanged())

    def set_files(self, snippet_id: SnippetId, files: Sequence[SnippetFile]) -> None:
        """Let exactly these files go with a snippet, in this order."""
        self._connection.execute(delete(snippet_files).where(snippet_files.c.snippet_id == snippet_id))
        for position, file in enumerate(files):
            self._connection.execute(
                insert(snippet_files).values(
                    snippet_id=snippet_id,
                    position=position,
                    sha256=file.sha256,
                    media_type=file.media_type,
                    size=file.size,
                    original_name=file.name,
                )
            )
        self._work.announce(SnippetsChanged())

    def delete(self, snippet_id: SnippetId) -> None:
        """Remove a snippet; its files stay in their folder, as messages may have them too."""
        self._connection.execute(delete(snippet_files).where(snippet_files.c.snippet_id == snippet_id))
        self._connection.execute(delete(snippets).where(_S.id == snippet_id))
        self._work.announce(SnippetsChanged())

    def used(self, snippet_id: SnippetId) -> None:
        """Count one use; nobody needs to be told."""
        statement = update(snippets).where(_S.id == snippet_id)
        self._connection.execute(statement.values(uses=_S.uses + 1, last_used_at=self._work.now()))

    def folder(self, name: str) -> SnippetFolder:
        """The folder of this name, however it is spelled; made when there is none."""
        row = self._connection.execute(select(snippet_folders).where(_F.name_key == fold(name))).first()
        if row is not None:
            return SnippetFolder(id=SnippetFolderId(row.id), name=row.name)
        statement = insert(snippet_folders).values(name=name, name_key=fold(name)).returning(_F.id)
        key = SnippetFolderId(self._connection.execute(statement).scalar_one())
        self._work.announce(SnippetsChanged())
        return SnippetFolder(id=key, name=name)

    def rename_folder(self, folder_id: SnippetFolderId, name: str) -> None:
        """Give a folder another name, which no other has."""
        statement = update(snippet_folders).where(_F.id == folder_id)
        self._connection.execute(statement.values(name=name, name_key=fold(name)))
        self._work.announce(SnippetsChanged())

    def delete_folder(self, folder_id: SnippetFolderId) -> None:
        """Remove a folder; its snippets lie in none from then on."""
        self._connection.execute(update(snippets).where(_S.folder_id == folder_id).values(folder_id=None))
        self._connection.execute(delete(snippet_folders).where(_F.id == folder_id))
        self._work.announce(SnippetsChanged())

    def _made(self, rows: Sequence[AnyRow]) -> tuple[Snippet, ...]:
        files: dict[int, list[SnippetFile]] = defaultdict(list)
        table = snippet_files.c
        if rows:
            query = select(snippet_files).where(table.snippet_id.in_([row.id for row in rows]))
            for row in self._connection.execute(query.order_by(table.snippet_id, table.position)):
                files[row.snippet_id].append(
                    SnippetFile(sha256=row.sha256, media_type=row.media_type, size=row.size, name=row.original_name)
                )
        return tuple(_to_snippet(row, tuple(files[row.id])) for row in rows)


def _to_snippet(row: AnyRow, files: tuple[SnippetFile, ...]) -> Snippet:
    return Snippet(
        id=SnippetId(row.id),
        name=row.name,
        text=row.text,
        shortcut=row.shortcut,
        folder_id=None if row.folder_id is None else SnippetFolderId(row.folder_id),
        files=files,
        uses=row.uses,
        last_used_at=row.last_used_at,
        created_by_id=UserId(row.created_by_id),
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
