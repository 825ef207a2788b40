"""What is known about one contact, and what is noted there, in memory."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from desktop_inbox.errors import InboxError
from desktop_inbox.events import ContactChanged, TimelineEntryAdded
from desktop_inbox.models.entities.comment import AuthorKind, Comment
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.custom_field import CustomField, Profile
from desktop_inbox.models.entities.ids import AddressId, ContactId, ConversationId, EntryId, FieldId, TagId, UserId
from desktop_inbox.models.entities.page import Page
from desktop_inbox.models.entities.tag import Tag
from desktop_inbox.models.entities.timeline import (
    EVERYTHING,
    ConversationEvent,
    EventCategory,
    TimelineEntry,
    TimelineFilter,
    category_of,
)
from desktop_inbox.models.entities.user import Role, User
from desktop_inbox.services.comments import mentioned
from desktop_inbox.services.field_values import read_value
from tests.support.entries import CONVERSATION

ME = UserId(1)
COLLEAGUES = (User(id=ME, name="Ana", role=Role.ADMINISTRATOR), User(id=UserId(2), name="Ben Ito", role=Role.AGENT))


class FakePeople:
    """PeopleService, TagService and the blocking of StateService over the contact of a TimelineContacts."""

    def __init__(self, contacts: Any) -> None:
        self._contacts = contacts
        self.fields: tuple[CustomField, ...] = ()
        self.values: dict[FieldId, str] = {}
        self.tags: tuple[Tag, ...] = ()
        self.known: tuple[str, ...] = ("VIP", "New customer")
        self.error: InboxError | None = None  # what the next change is refused with
        self.calls: list[tuple[Any, ...]] = []

    async def profile(self, contact_id: ContactId) -> Profile:
        return Profile(
            contact=self._contacts.one,
            conversation_id=CONVERSATION,
            tags=self.tags,
            fields=self.fields,
            values=dict(self.values),
        )

    async def change(self, contact_id: ContactId, **values: str) -> None:
        self._refuse()
        self.calls.append(("change", values))
        self._contacts.one = replace(self._contacts.one, **values)
        self._tell()

    async def set_field(self, contact_id: ContactId, field_id: FieldId, text: str) -> None:
        self._refuse()
        value = read_value(next(field for field in self.fields if field.id == field_id), text)
        self.calls.append(("field", field_id, text))
        self.values.pop(field_id, None)
        if value is not None:
            self.values[field_id] = value.text
        self._tell()

    async def add_address(self, contact_id: ContactId, scheme: Scheme, text: str) -> None:
        self._refuse()
        self.calls.append(("add address", scheme, text))

    async def remove_address(self, contact_id: ContactId, address_id: AddressId) -> None:
        self._refuse()
        self.calls.append(("remove address", address_id))

    async def order_addresses(self, contact_id: ContactId, ids: Sequence[AddressId]) -> None:
        self.calls.append(("order", tuple(ids)))
        by_id = {address.id: address for address in self._contacts.one.addresses}
        ordered = tuple(replace(by_id[key], priority=place) for place, key in enumerate(ids))
        self._contacts.one = replace(self._contacts.one, addresses=ordered)
        self._tell()

    # StateService

    async def block(self, chosen: Sequence[ConversationId], *, blocked: bool = True) -> None:
        self.calls.append(("block", tuple(chosen), blocked))
        self._contacts.one = replace(self._contacts.one, blocked=blocked)
        self._tell()

    # TagService

    async def complete(self, text: str, *, limit: int = 8) -> tuple[Tag, ...]:
        low = text.strip().casefold()
        names = [name for name in self.known if low in name.casefold()]
        return tuple(Tag(id=TagId(100 + place), name=name) for place, name in enumerate(names))[:limit]

    async def add(self, contact_ids: Sequence[ContactId], name: str) -> Tag:
        tag = Tag(id=TagId(len(self.tags) + 1), name=name)
        self.tags = (*self.tags, tag)
        self._tell()
        return tag

    async def remove(self, contact_ids: Sequence[ContactId], tag_id: TagId) -> None:
        self.tags = tuple(tag for tag in self.tags if tag.id != tag_id)
        self._tell()

    def _refuse(self) -> None:
        error, self.error = self.error, None
        if error is not None:
            raise error

    def _tell(self) -> None:
        self._contacts.bus.publish(ContactChanged(contact_id=self._contacts.one.id))


class FakeComments:
    """CommentService and ActivityService over the entries of a TimelineInbox."""

    def __init__(self, inbox: Any, *, new_id: Any) -> None:
        self._inbox, self._new_id = inbox, new_id
        self.kept: dict[ConversationId, str] = {}
        self.seen: list[ConversationId] = []
        self.pages: list[EntryId | None] = []

    async def users(self) -> tuple[User, ...]:
        return COLLEAGUES

    async def add(self, conversation_id: ConversationId, text: str) -> Comment:
        comment = Comment(
            id=self._new_id(),
            conversation_id=conversation_id,
            author_kind=AuthorKind.USER,
            author_id=ME,
            author_name="Ana",
            text=text.strip(),
            mentions=mentioned(text, COLLEAGUES),
        )
        self._keep(comment)
        return comment

    async def edit(self, comment_id: EntryId, text: str) -> Comment:
        comment = replace(self._inbox.all[comment_id], text=text)
        self._keep(comment)
        return comment

    async def delete(self, comment_id: EntryId) -> None:
        gone = self._inbox.all.pop(comment_id)
        self._inbox.bus.publish(TimelineEntryAdded(entry_id=comment_id, conversation_id=gone.conversation_id))

    async def mark_seen(self, conversation_id: ConversationId) -> int:
        self.seen.append(conversation_id)
        return 0

    async def draft(self, conversation_id: ConversationId) -> str:
        return self.kept.get(conversation_id, "")

    async def save_draft(self, conversation_id: ConversationId, text: str) -> None:
        self.kept[conversation_id] = text

    # ActivityService

    async def page(
        self,
        conversation_id: ConversationId,
        *,
        before: EntryId | None = None,
        limit: int = 50,
        wanted: TimelineFilter = EVERYTHING,
    ) -> Page[TimelineEntry]:
        self.pages.append(before)
        found = [
            entry
            for entry in sorted(self._inbox.all.values(), key=lambda one: -one.id)
            if (before is None or entry.id < before)
            and (
                (isinstance(entry, Comment) and wanted.comments)
                or (isinstance(entry, ConversationEvent) and category_of(entry.kind) in wanted.categories)
            )
        ]
        return Page(items=tuple(found[:limit]), has_more=len(found) > limit)

    async def categories(self, conversation_id: ConversationId) -> frozenset[EventCategory]:
        return frozenset(
            category_of(entry.kind) for entry in self._inbox.all.values() if isinstance(entry, ConversationEvent)
        )

    def _keep(self, comment: Comment) -> None:
        self._inbox.all[comment.id] = comment
        self._inbox.bus.publish(TimelineEntryAdded(entry_id=comment.id, conversation_id=comment.conversation_id))
