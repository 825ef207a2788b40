"""TagService: words and lists that people give to contacts."""

from collections.abc import Sequence
from typing import Final

from desktop_inbox.errors import InvalidInputError, NotFoundError
from desktop_inbox.models.entities.ids import ContactId, ContactListId, TagId, UserId
from desktop_inbox.models.entities.segment_fields import Kind
from desktop_inbox.models.entities.tag import MAX_NAME, ContactList, Tag
from desktop_inbox.models.entities.timeline import ActorKind
from desktop_inbox.models.search_text import fold
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work

from .plain_text import check_storable, clean_name
from .rights import name_of, need_administrator
from .segment_dependants import break_dependants, dependants

_MANY: Final = 50  # contacts from which on lists are read again instead of row by row
_RIGHT: Final = "Tags and lists can be renamed and deleted"


class TagService:
    """Everybody tags contacts, and makes tags by doing so; administrators rename and delete them."""

    def __init__(self, store: Store, *, user_id: UserId) -> None:
        self._store = store
        self._user_id = user_id

    # -- tags

    async def all(self) -> tuple[Tag, ...]:
        """Return every tag by name, with how many contacts have it."""
        return await self._store.read(lambda work: work.tags.all())

    async def complete(self, text: str, *, limit: int = 8) -> tuple[Tag, ...]:
        """Return tags with ``text`` in their name whatever its case and accents, those it begins first (S3-70)."""
        return await self._store.read(lambda work: work.tags.matching(text, limit=limit))

    async def add(self, contact_ids: Sequence[ContactId], name: str) -> Tag:
        """Give contacts a tag by its name; a new one is made (S3-69). It can be undone.

        Raises InvalidInputError for an empty name or one of more than 255 characters, NotFoundError where all of
        the contacts are gone or were merged into others.
        """
        shown = clean_tag(name, "A tag")

        def add(work: Work) -> Tag:
            people = _living(work, contact_ids)
            with work.undo.step(self._user_id, "tag_added", count=len(people), details={"tag": shown}) as step:
                step.watch("contact_tags", contact_id=people)
                tag = work.tags.ensure(shown)
                _announce_many(work, len(people))
                new = work.tags.put_on(people, tag.id)
                self._tell(work, new, "tag_added", tag.name)
            return tag

        return await self._store.run(add)

    async def remove(self, contact_ids: Sequence[ContactId], tag_id: TagId) -> None:
        """Take a tag from contacts. It can be undone."""

        def remove(work: Work) -> None:
            tag = _existing(work, tag_id)
            with work.undo.step(
                self._user_id, "tag_removed", count=len(contact_ids), details={"tag": tag.name}
            ) as step:
                step.watch("contact_tags", contact_id=list(contact_ids))
                _announce_many(work, len(contact_ids))
                gone = work.tags.take_off(contact_ids, tag_id)
                self._tell(work, gone, "tag_removed", tag.name)

        await self._store.run(remove)

    async def rename(self, tag_id: TagId, name: str) -> None:
        """Give a tag another name; InvalidInputError where another has it."""
        shown = clean_tag(name, "A tag")

        def rename(work: Work) -> None:
            need_administrator(work, self._user_id, _RIGHT)
            known = _existing(work, tag_id)
            other = work.tags.by_name(shown)
            if other is not None and other.id != tag_id:
                raise _taken("tag", other.name)
            with work.undo.step(self._user_id, "tag_renamed", details={"tag": known.name, "name": shown}) as step:
                step.watch("tags", id=[tag_id])
                work.tags.rename(tag_id, shown)

        await self._store.run(rename)

    async def delete(self, tag_id: TagId) -> int:
        """Remove a tag from all contacts and for good; returns how many had it. It can be undone."""

        def delete(work: Work) -> int:
            need_administrator(work, self._user_id, _RIGHT)
            tag = _existing(work, tag_id)
            with work.undo.step(self._user_id, "tag_deleted", details={"tag": tag.name}) as step:
                step.watch("tags", id=[tag_id])
                step.watch("contact_tags", tag_id=[tag_id])
                break_dependants(work, step, Kind.TAG, tag_id, tag.name)
                work.tags.delete(tag_id)
            return tag.contacts

        return await self._store.run(delete)

    async def dependants(self, what: str, key: int | str) -> tuple[str, ...]:
        """Return the names of saved views that need a tag or a list ("tag", "list" and its id) or a custom field
        ("field" and its slug): without it they match nothing."""
        kind = what if what == "field" else Kind(what)
        return await self._store.read(lambda work: tuple(one.name for one in dependants(work, kind, key)))

    # -- lists

    async def lists(self) -> tuple[ContactList, ...]:
        """Return every list by name, with how many contacts are in it."""
        return await self._store.read(lambda work: work.contact_lists.all())

    async def add_to_list(self, contact_ids: Sequence[ContactId], name: str) -> ContactList:
        """Put contacts into a list by its name; a new one is made. It can be undone."""
        shown = clean_tag(name, "A list")

        def add(work: Work) -> ContactList:
            people = _living(work, contact_ids)
            with work.undo.step(self._user_id, "list_joined", count=len(people), details={"list": shown}) as step:
                step.watch("contact_list_members", contact_id=people)
                found = work.contact_lists.ensure(shown)
                _announce_many(work, len(people))
                new = work.contact_lists.add_members(found.id, people)
                self._tell(work, new, "list_joined", found.name)
            return found

        return await self._store.run(add)

    async def remove_from_list(self, contact_ids: Sequence[ContactId], list_id: ContactListId) -> None:
        """Take contacts out of a list. It can be undone."""

        def remove(work: Work) -> None:
            known = _existing_list(work, list_id)
            with work.undo.step(
                self._user_id, "list_left", count=len(contact_ids), details={"list": known.name}
            ) as step:
                step.watch("contact_list_members", contact_id=list(contact_ids))
                _announce_many(work, len(contact_ids))
                gone = work.contact_lists.remove_members(list_id, contact_ids)
                self._tell(work, gone, "list_left", known.name)

        await self._store.run(remove)

    async def rename_list(self, list_id: ContactListId, name: str) -> None:
        """Give a list another name; InvalidInputError where another has it."""
        shown = clean_tag(name, "A list")

        def rename(work: Work) -> None:
            need_administrator(work, self._user_id, _RIGHT)
            known = _existing_list(work, list_id)
            other = work.contact_lists.by_name(shown)
            if other is not None and other.id != list_id:
                raise _taken("list", other.name)
            with work.undo.step(self._user_id, "list_renamed", details={"list": known.name, "name": shown}) as step:
                step.watch("contact_lists", id=[list_id])
                work.contact_lists.rename(list_id, shown)

        await self._store.run(rename)

    async def delete_list(self, list_id: ContactListId) -> int:
        """Remove a list; its contacts stay. Returns how many were in it. It can be undone."""

        def delete(work: Work) -> int:
            need_administrator(work, self._user_id, _RIGHT)
            known = _existing_list(work, list_id)
            with work.undo.step(self._user_id, "list_deleted", details={"list": known.name}) as step:
                step.watch("contact_lists", id=[list_id])
                step.watch("contact_list_members", list_id=[list_id])
                break_dependants(work, step, Kind.LIST, list_id, known.name)
                work.contact_lists.delete(list_id)
            return known.contacts

        return await self._store.run(delete)

    def _tell(self, work: Work, contact_ids: Sequence[ContactId], kind: str, name: str) -> None:
        """Write an event into each conversation."""
        conversations = [work.conversations.of_contact(key) for key in contact_ids]
        work.timeline.add_events(
            conversations,
            kind,
            actor_kind=ActorKind.USER,
            actor_id=self._user_id,
            actor_name=name_of(work, self._user_id),
            details={"name": name},
        )


def clean_tag(name: str, what: str) -> str:
    """Return the name of a tag or a list as it is kept; ``what`` is "A tag" or "A list"."""
    shown = clean_name(check_storable(name, "The name"), limit=MAX_NAME + 1)
    if not shown or not fold(shown):
        raise InvalidInputError("tag_empty", f"{what} needs a name.", hint="Type a word.")
    if len(shown) > MAX_NAME:
        raise InvalidInputError("tag_long", f"{what} has at most {MAX_NAME} characters.", hint="Use a shorter word.")
    return shown


def _living(work: Work, contact_ids: Sequence[ContactId]) -> list[ContactId]:
    found = work.merges.living(contact_ids)
    if not found and contact_ids:
        raise NotFoundError("contact_missing", "The contact does not exist any more.", hint="Choose another one.")
    return found


def _announce_many(work: Work, count: int) -> None:
    if count >= _MANY:
        work.announce_in_bulk()


def _taken(what: str, name: str) -> InvalidInputError:
    return InvalidInputError("tag_taken", f"There is a {what} named “{name}” already.", hint="Choose another name.")


def _existing(work: Work, tag_id: TagId) -> Tag:
    found = work.tags.get(tag_id)
    if found is None:
        raise NotFoundError("tag_missing", "The tag does not exist any more.", hint="Choose another one.")
    return found


def _existing_list(work: Work, list_id: ContactListId) -> ContactList:
    found = work.contact_lists.get(list_id)
    if found is None:
        raise NotFoundError("list_missing", "The list does not exist any more.", hint="Choose another one.")
    return found
