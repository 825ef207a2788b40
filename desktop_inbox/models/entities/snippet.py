"""Snippet: a saved reply that a person inserts, changes and sends (S3-57, S4-52)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from desktop_inbox.models.search_text import fold

from .ids import SnippetFolderId, SnippetId, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class SnippetFile:
    """A file that goes with a snippet; it lies in the attachments folder. ``size`` in bytes."""

    sha256: str
    media_type: str
    size: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SnippetFolder:
    """A folder of snippets; folders hold no folders."""

    id: SnippetFolderId
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """One saved reply of the office."""

    id: SnippetId
    name: str
    text: str  # with variables
    shortcut: str = ""  # typed after "/", in lower case; unique where there is one
    folder_id: SnippetFolderId | None = None
    files: tuple[SnippetFile, ...] = ()
    uses: int = 0
    last_used_at: datetime | None = None
    created_by_id: UserId
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SnippetLibrary:
    """All snippets of the office, by name, and their folders."""

    folders: tuple[SnippetFolder, ...] = ()
    snippets: tuple[Snippet, ...] = ()

    def find(self, words: str, *, folder_id: SnippetFolderId | None = None) -> tuple[Snippet, ...]:
        """Return snippets (of a folder) that have every word in shortcut, name or text, the best first.

        A shortcut that is meant comes before one that begins so, then names, then texts; among equals the one
        that is used most.
        """
        inside = [one for one in self.snippets if folder_id is None or one.folder_id == folder_id]
        wanted = fold(words).split()
        if not wanted:
            return tuple(sorted(inside, key=lambda one: (-one.uses, fold(one.name))))
        ranked = [(rank, one) for one in inside if (rank := _rank(one, wanted)) is not None]
        return tuple(one for _, one in sorted(ranked, key=lambda pair: (pair[0], -pair[1].uses, fold(pair[1].name))))

    def folder_name(self, snippet: Snippet) -> str:
        """Return the name of the folder a snippet lies in; "" for none."""
        return next((one.name for one in self.folders if one.id == snippet.folder_id), "")


def _rank(snippet: Snippet, wanted: Sequence[str]) -> int | None:
    """How well a snippet fits, 0 is best; None when a word is nowhere in it."""
    shortcut, name, text = fold(snippet.shortcut), fold(snippet.name), fold(snippet.text)
    if any(word not in shortcut and word not in name and word not in text for word in wanted):
        return None
    first = wanted[0]
    if shortcut == " ".join(wanted):
        return 0
    if shortcut.startswith(first):
        return 1
    if name.startswith(first):
        return 2
    return 3 if any(word in name for word in wanted) else 4
