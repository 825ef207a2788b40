"""Search: contacts and messages that hold what was typed, over everything or inside one conversation."""

from desktop_inbox.models import search_text
from desktop_inbox.models.entities.ids import MAX_ENTRY_ID, ConversationId, EntryId
from desktop_inbox.models.entities.message import Message
from desktop_inbox.models.entities.search import SearchHit, SearchResult
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work

CONTACT_LIMIT = 20
COUNT_CAP = 1000
_REBUILD_STEP = 5000  # messages per transaction


class SearchService:
    """Finds words in messages (beginnings of the word being typed, phrases in quotes) and any part of the names,
    numbers and addresses of contacts. Case and accents do not count; no input is an error."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def search(
        self,
        text: str,
        *,
        conversation_id: ConversationId | None = None,
        before: EntryId | None = None,
        limit: int = 50,
    ) -> SearchResult:
        """Return up to ``limit`` messages older than ``before``, newest first, and at most 20 contacts.

        Contacts come with the first page of a search over everything only. ``total`` counts all messages
        that match, up to 1,000.
        """
        return await self._store.read(
            lambda work: find(work, text, conversation_id=conversation_id, before=before, limit=limit)
        )

    async def repair(self) -> None:
        """Make the index complete when an import left it behind; called at start and after an import."""
        if not await self._store.read(lambda work: work.search.is_stale()):
            return
        while await self._store.run(lambda work: work.search.rebuild_step(_REBUILD_STEP)):
            pass

    async def rebuild(self) -> None:
        """Make the whole index again."""
        await self._store.run(lambda work: work.search.rebuild())
        await self.repair()


def find(
    work: Work, text: str, *, conversation_id: ConversationId | None, before: EntryId | None, limit: int
) -> SearchResult:
    """Answer a query inside a transaction."""
    terms = search_text.parse(text)
    everywhere = conversation_id is None and before is None
    people = work.search.contacts(text, limit=CONTACT_LIMIT) if everywhere else ()
    contacts = {contact.id: contact for contact in work.contacts.many([key for key, _ in people])}
    ids = work.search.messages(
        terms, conversation_id=conversation_id, before=before or MAX_ENTRY_ID, limit=max(limit, 0) + 1
    )
    shown, has_more = ids[:limit], len(ids) > limit
    total = len(ids)
    if has_more or before is not None:
        total = work.search.count(terms, conversation_id=conversation_id, cap=COUNT_CAP + 1)
    return SearchResult(
        contacts=tuple(contacts[key] for key, _ in people if key in contacts),
        contact_conversations=tuple(conversation for key, conversation in people if key in contacts),
        messages=_hits(work, shown, terms),
        has_more=has_more,
        total=min(total, COUNT_CAP),
        total_is_capped=total > COUNT_CAP,
    )


def _hits(work: Work, ids: tuple[EntryId, ...], terms: tuple[search_text.Term, ...]) -> tuple[SearchHit, ...]:
    messages = sorted(work.messages.many(ids), key=lambda message: -message.id)
    names = {contact.id: contact.name for contact in work.contacts.many([message.contact_id for message in messages])}
    return tuple(_hit(message, names.get(message.contact_id, ""), terms) for message in messages)


def _hit(message: Message, contact_name: str, terms: tuple[search_text.Term, ...]) -> SearchHit:
    snippet, marks = search_text.snippet(message.text, terms)
    return SearchHit(
        message_id=message.id,
        conversation_id=message.conversation_id,
        contact_id=message.contact_id,
        contact_name=contact_name,
        direction=message.direction,
        snippet=snippet,
        marks=marks,
        occurred_at=message.occurred_at,
    )
