"""Search: contacts and messages that hold what was typed, over everything or inside one conversation."""

from collections.abc import Callable

from desktop_inbox.models import search_text
from desktop_inbox.models.entities.ids import MAX_ENTRY_ID, ConversationId, EntryId, entry_time
from desktop_inbox.models.entities.search import SearchHit, SearchResult
from desktop_inbox.models.search import FoundMessage
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work

from . import addresses

CONTACT_LIMIT = 20
COUNT_CAP = 1000
_REBUILD_STEP = 5000  # messages per transaction


class SearchService:
    """Finds words in messages (beginnings of the word being typed, phrases in quotes) and any part of the names,
    numbers and addresses of contacts. Case and accents do not count; no input is an error."""

    def __init__(self, store: Store, *, region: Callable[[], str] = lambda: "") -> None:
        self._store = store
        self._region = region

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
            lambda work: find(
                work, text, conversation_id=conversation_id, before=before, limit=limit, region=self._region()
            )
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
    work: Work,
    text: str,
    *,
    conversation_id: ConversationId | None,
    before: EntryId | None,
    limit: int,
    region: str = "",
) -> SearchResult:
    """Answer a query inside a transaction; ``region`` is the country whose numbers are shown nationally."""
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
        messages=tuple(_hit(found, terms, region) for found in work.search.found(shown)),
        has_more=has_more,
        total=min(total, COUNT_CAP),
        total_is_capped=total > COUNT_CAP,
    )


def _hit(found: FoundMessage, terms: tuple[search_text.Term, ...], region: str) -> SearchHit:
    snippet, marks = search_text.snippet(found.text, terms)
    name = found.name
    if not name and found.scheme is not None:
        name = addresses.display(found.scheme, found.path, region=region)
    return SearchHit(
        message_id=found.id,
        conversation_id=found.conversation_id,
        contact_id=found.contact_id,
        contact_name=name,
        direction=found.direction,
        snippet=snippet,
        marks=marks,
        occurred_at=entry_time(found.id),
    )
