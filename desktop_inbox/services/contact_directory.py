"""ContactDirectory: the table of all contacts, and what is done with many of them at once."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from desktop_inbox.errors import InboxError, InvalidInputError
from desktop_inbox.events import BulkChanged
from desktop_inbox.models.entities.consent import ConsentMethod
from desktop_inbox.models.entities.contact import ContactSource, OptIn, Scheme
from desktop_inbox.models.entities.contact_row import ContactRow, ContactSort
from desktop_inbox.models.entities.ids import ContactId, UndoStepId, UserId
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work

from . import addresses
from .plain_text import check_storable, clean_name
from .rights import need_administrator

if TYPE_CHECKING:
    from .contact_export import ContactExportService
    from .contact_import import ContactImportService
    from .merges import MergeService
    from .segments import SegmentService
    from .undo import Reversal

_BATCH: Final = 500
_CONSENT_BATCH: Final = 100
_DELETE_BATCH: Final = 50


def _no_progress(_done: int, _total: int) -> None:
    """Tell nobody."""


Progress = Callable[[int, int], None]
Cancelled = Callable[[], bool]


class ContactDirectory:
    """Everybody the office knows; what else one does with them hangs here and is made when first wanted."""

    def __init__(self, store: Store, *, user_id: UserId, region: Callable[[], str] = lambda: "") -> None:
        self._store = store
        self._user_id = user_id
        self._region = region

    @cached_property
    def segments(self) -> "SegmentService":
        """Filters."""
        from .segments import SegmentService

        return SegmentService(self._store, user_id=self._user_id, region=self._region)

    @cached_property
    def imports(self) -> "ContactImportService":
        """Contacts from files."""
        from .contact_import import ContactImportService

        return ContactImportService(self._store, user_id=self._user_id, region=self._region)

    @cached_property
    def exports(self) -> "ContactExportService":
        """Contacts into files."""
        from .contact_export import ContactExportService

        return ContactExportService(self._store)

    @cached_property
    def merges(self) -> "MergeService":
        """Contacts that are one person."""
        from .merges import MergeService

        return MergeService(self._store, user_id=self._user_id)

    @property
    def reversals(self) -> "Mapping[str, Reversal]":
        """How the history of steps takes back what is done here."""
        return {"contact_merged": lambda work, note: self.merges.reverse(work, note), "imported": _withdraw}

    # -- the table

    async def ids(
        self,
        sort: ContactSort = ContactSort.NAME,
        *,
        descending: bool = False,
        text: str = "",
        filter_text: str = "",
    ) -> tuple[ContactId, ...]:
        """Return everybody who matches, in order: words of names and addresses, and a filter as it is typed.

        Raises InboxError with the place of what is wrong with the filter.
        """
        chosen: frozenset[int] | None = None
        if filter_text.strip():
            chosen = frozenset(await self.segments.contacts(await self.segments.parse(filter_text)))
        found = await self._store.read(lambda work: work.contact_table.ids(sort, descending=descending, text=text))
        return tuple(found) if chosen is None else tuple(key for key in found if key in chosen)

    async def rows(self, ids: Sequence[ContactId]) -> tuple[ContactRow, ...]:
        """Return what the table shows of some contacts; those that are gone are absent."""
        return await self._store.read(lambda work: work.contact_table.rows(ids))

    # -- one

    async def add(
        self, scheme: Scheme, address_text: str, *, first_name: str = "", last_name: str = "", company: str = ""
    ) -> ContactId:
        """Add somebody with an address as a person typed it; it can be undone.

        Raises InvalidInputError with what is wrong with the address, or that somebody has it already.
        """
        path = await asyncio.to_thread(addresses.normalise, scheme, address_text, region=self._region())
        names = {
            name: clean_name(check_storable(text, "The name"))
            for name, text in (("first_name", first_name), ("last_name", last_name), ("company", company))
        }

        def add(work: Work) -> ContactId:
            known = work.contacts.find_address(scheme, path)
            if known is not None:
                owner = work.contacts.get(known.contact_id)
                raise InvalidInputError(
                    "address_taken",
                    f"{owner.name if owner else 'Somebody'} has this address already.",
                    hint="Open that contact instead.",
                )
            (key,) = work.contact_bulk.draw_ids(1)
            with work.undo.step(self._user_id, "contact_added") as step:
                step.watch("contacts", id=[key])
                step.watch("contact_addresses", contact_id=[key])
                work.contacts.add([(scheme, path)], id=key, source=ContactSource.MANUAL, **names)
            return key

        return await self._store.run(add)

    # -- many at once

    async def opt_out(
        self,
        ids: Sequence[ContactId],
        *,
        reason: str,
        progress: Progress = _no_progress,
        cancelled: Cancelled = lambda: False,
    ) -> int:
        """Record that contacts do not want messages; returns for how many that is new. An opt-out is said again
        one by one only, with a reason, so it is not undone with the others."""

        def change(work: Work, some: Sequence[ContactId]) -> int:
            return sum(
                work.consent.record(
                    key, OptIn.OPTED_OUT, method=ConsentMethod.MANUAL, wording=reason, user_id=self._user_id
                )
                for key in some
                if work.contacts.get(key) is not None
            )

        return await self._each(ids, change, _CONSENT_BATCH, progress, cancelled)

    async def set_blocked(
        self,
        ids: Sequence[ContactId],
        *,
        blocked: bool,
        progress: Progress = _no_progress,
        cancelled: Cancelled = lambda: False,
    ) -> int:
        """Refuse to hear from contacts, or hear from them again; it can be undone. Returns how many changed."""
        head: UndoStepId | None = None
        made: UndoStepId | None = None

        def change(work: Work, some: Sequence[ContactId]) -> int:
            nonlocal made
            known = [one.id for one in work.contacts.many(some) if one.blocked != blocked]
            kind = "blocked" if blocked else "unblocked"
            with work.undo.step(self._user_id, kind, count=len(known), part_of=head, quiet=True) as step:
                step.watch("contacts", id=known)
                for key in known:
                    work.contacts.change(key, blocked=blocked)
            made = step.id
            return len(known)

        def written(done: int, total: int) -> None:
            nonlocal head  # only now: the database may have asked to do the part once more
            head = head or made
            progress(done, total)

        count = await self._each(ids, change, _BATCH, written, cancelled)
        if head is not None:
            first = head
            await self._store.run(lambda work: work.undo.tell(first))
        return count

    async def delete(
        self, ids: Sequence[ContactId], *, progress: Progress = _no_progress, cancelled: Cancelled = lambda: False
    ) -> int:
        """Remove contacts with everything said; that cannot be undone. Raises PermissionDeniedError for agents."""
        await self._store.read(lambda work: need_administrator(work, self._user_id, "Contacts can be deleted"))

        def change(work: Work, some: Sequence[ContactId]) -> int:
            known = [one.id for one in work.contacts.many(some)]
            work.undo.forget(contact_ids=known)
            for key in known:
                work.contacts.delete(key)
            return len(known)

        return await self._each(ids, change, _DELETE_BATCH, progress, cancelled)

    async def _each(
        self,
        ids: Sequence[ContactId],
        change: Callable[[Work, Sequence[ContactId]], int],
        size: int,
        progress: Progress,
        cancelled: Cancelled,
    ) -> int:
        """Change contacts in transactions short enough that others write in between; what was done stays."""
        count = 0
        for begin in range(0, len(ids), size):
            if cancelled():
                raise InboxError(
                    "bulk_cancelled",
                    f"Stopped; {count:,} contacts were changed before.",
                    hint="The others are as they were.",
                )
            some = ids[begin : begin + size]

            def part(work: Work, some: Sequence[ContactId] = some) -> int:
                work.announce_in_bulk()
                done = change(work, some)
                work.announce(BulkChanged())
                return done

            count += await self._store.run(part)
            progress(begin + len(some), len(ids))
        return count


def _withdraw(work: Work, note: Mapping[str, Any]) -> tuple[int, int]:
    """An import is taken back: what it said about consent goes with it."""
    if "consent" in note:
        work.consent.withdraw(*note["consent"])
    return 0, 0
