"""Services in memory for what is written with: snippets, variables and the consent message."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from desktop_inbox.models.entities.ids import ConversationId, SnippetFolderId, SnippetId, UserId
from desktop_inbox.models.entities.snippet import Snippet, SnippetFile, SnippetFolder, SnippetLibrary
from desktop_inbox.services.consent_message import ConsentPolicy, check_text, suggested_text
from desktop_inbox.services.snippets import Insertion, SnippetDraft
from desktop_inbox.services.variables import ResolvedText, VariableFacts, known_names, resolve

_NOW = datetime(2026, 11, 19, 12, 10, tzinfo=UTC)
FACTS = VariableFacts(
    values={
        "contact.name": "Maria Ortiz",
        "contact.firstname": "Maria",
        "contact.country": "",
        "system.current_date": "2026-11-19",
    }
)


def snippet(number: int, name: str, text: str, *, shortcut: str = "", folder: int | None = None, **more) -> Snippet:
    """Return one snippet."""
    return Snippet(
        id=SnippetId(number),
        name=name,
        text=text,
        shortcut=shortcut,
        folder_id=None if folder is None else SnippetFolderId(folder),
        created_by_id=UserId(1),
        created_at=_NOW,
        updated_at=_NOW,
        **more,
    )


class FakeSnippets:
    """SnippetService over a list."""

    def __init__(self) -> None:
        self.folders = [SnippetFolder(id=SnippetFolderId(1), name="Front desk")]
        self.all = [
            snippet(1, "Opening hours", "We are open from 8 to 18.", shortcut="hours", folder=1),
            snippet(2, "Parking", "You may park behind the house.", shortcut="parking", folder=1),
            snippet(3, "Greeting", "Hello $contact.firstname, ", shortcut="hi"),
            snippet(4, "Where from", "How is the weather in $contact.country?"),
        ]
        self.used: list[SnippetId] = []
        self.saved: list[SnippetDraft] = []
        self.deleted: list[SnippetId] = []
        self.files: dict[str, Path] = {}

    async def library(self) -> SnippetLibrary:
        return SnippetLibrary(folders=tuple(self.folders), snippets=tuple(self.all))

    async def insertion(self, snippet_id: SnippetId, conversation_id: ConversationId) -> Insertion:
        self.used.append(snippet_id)
        known = next(one for one in self.all if one.id == snippet_id)
        found = resolve(known.text, FACTS, editable=True)
        return Insertion(snippet=known, text=found.text, unresolved=found.unresolved)

    async def save(self, draft: SnippetDraft, *, snippet_id: SnippetId | None = None) -> Snippet:
        self.saved.append(draft)
        number = snippet_id or SnippetId(len(self.all) + 1)
        made = snippet(number, draft.name, draft.text, shortcut=draft.shortcut, files=draft.files)
        self.all = [one for one in self.all if one.id != number] + [made]
        return made

    async def delete(self, snippet_id: SnippetId) -> None:
        self.deleted.append(snippet_id)
        self.all = [one for one in self.all if one.id != snippet_id]

    def path_of(self, file: SnippetFile) -> Path:
        return self.files[file.sha256]


class FakeVariables:
    """VariableService with facts of its own."""

    def __init__(self) -> None:
        self.known = FACTS

    async def preview(self, conversation_id: ConversationId, text: str) -> ResolvedText:
        return resolve(text, self.known)

    async def facts(self, conversation_id: ConversationId) -> VariableFacts:
        return self.known

    async def names(self) -> tuple[str, ...]:
        return known_names()


class FakeConsent:
    """ConsentMessageService of an office called Harbour Dental."""

    def __init__(self) -> None:
        self.held = ConsentPolicy()

    async def policy(self) -> ConsentPolicy:
        return self.held

    async def set_policy(self, *, required: bool, text: str) -> ConsentPolicy:
        kept = check_text(text, "Harbour Dental") if required or text.strip() else ""
        self.held = replace(self.held, required=required, text=kept)
        return self.held

    async def suggestion(self) -> str:
        return suggested_text("Harbour Dental")
