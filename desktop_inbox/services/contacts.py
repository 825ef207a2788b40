"""ContactService: who the office talks to, and whether they may be written to."""

import asyncio
from collections.abc import Callable

from desktop_inbox.errors import InvalidInputError, NotFoundError
from desktop_inbox.models.entities.consent import ConsentMethod, ConsentRecord
from desktop_inbox.models.entities.contact import Contact, OptIn, Scheme
from desktop_inbox.models.entities.ids import AddressId, ContactId, ConversationId, UserId
from desktop_inbox.models.entities.timeline import ActorKind
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work
from desktop_inbox.services import addresses
from desktop_inbox.services.plain_text import check_storable, clean_name

_MAX_REASON = 500


class ContactService:
    """Contacts, their addresses and their consent."""

    def __init__(self, store: Store, *, user_id: UserId, region: Callable[[], str] = lambda: "") -> None:
        self._store = store
        self._user_id = user_id
        self._region = region

    async def contact(self, contact_id: ContactId) -> Contact:
        """Return a contact; NotFoundError when it was deleted."""
        return await self._store.read(lambda work: _existing(work, contact_id))

    async def conversation_of(self, contact_id: ContactId) -> ConversationId:
        """Return the contact's conversation; made when it has none."""

        def find(work: Work) -> ConversationId:
            _existing(work, contact_id)
            return work.conversations.of_contact(contact_id)

        return await self._store.run(find)

    async def contact_of(self, conversation_id: ConversationId) -> Contact:
        """Return whom a conversation is with; NotFoundError when there is none."""

        def find(work: Work) -> Contact:
            contact_id = work.conversations.contact_of(conversation_id)
            if contact_id is None:
                raise _missing()
            return _existing(work, contact_id)

        return await self._store.read(find)

    async def find(self, text: str, *, limit: int = 20) -> tuple[Contact, ...]:
        """Return contacts whose name or address contains every word of ``text``, by name; all for ""."""
        return await self._store.read(lambda work: work.contacts.find(text, limit=limit))

    async def start(self, address_text: str, *, scheme: Scheme = Scheme.TEL) -> ConversationId:
        """Open a conversation with an address as a person typed it; a known one keeps its contact.

        Raises InvalidInputError with what is wrong with the address.
        """
        # phonenumbers takes a moment to load when it is first needed.
        path = await asyncio.to_thread(addresses.normalise, scheme, address_text, region=self._region())

        def open_conversation(work: Work) -> ConversationId:
            sender = work.contacts.sender(scheme, path) or work.contacts.add_sender(scheme, path)
            return sender.conversation_id

        return await self._store.run(open_conversation)

    async def rename(self, contact_id: ContactId, first_name: str, last_name: str) -> None:
        """Give a contact another name; InvalidInputError for characters that cannot be stored."""
        first = clean_name(check_storable(first_name, "The name"))
        last = clean_name(check_storable(last_name, "The name"))

        def rename(work: Work) -> None:
            known = _existing(work, contact_id)
            if (known.first_name, known.last_name) == (first, last):
                return
            work.contacts.change(contact_id, first_name=first, last_name=last)
            user = work.users.get(self._user_id)
            conversation_id = work.conversations.of_contact(contact_id)
            work.timeline.add_event(
                conversation_id,
                "contact_renamed",
                actor_kind=ActorKind.USER,
                actor_id=self._user_id,
                actor_name=user.name if user else "",
                details={"name": f"{first} {last}".strip(), "before": known.name},
            )
            work.conversations.announce(conversation_id)

        await self._store.run(rename)

    async def set_opt_in(
        self, contact_id: ContactId, status: OptIn, *, reason: str, address_id: AddressId | None = None
    ) -> None:
        """Record by hand that a contact may or may not be written to; one address of it when given.

        An opt-out is cleared only with a ``reason`` (InvalidInputError "consent_reason_missing").
        """
        wording = check_storable(reason, "The reason").strip()
        if len(wording) > _MAX_REASON:
            raise InvalidInputError(
                "consent_reason_long",
                f"The reason is longer than {_MAX_REASON} characters.",
                hint="Write down only when and how the contact said it.",
            )

        def record(work: Work) -> None:
            known = _existing(work, contact_id)
            if address_id is not None and address_id not in {address.id for address in known.addresses}:
                raise NotFoundError("address_missing", "The contact has no such address any more.")
            work.consent.record(
                contact_id,
                status,
                method=ConsentMethod.MANUAL,
                wording=wording,
                address_id=address_id,
                user_id=self._user_id,
            )

        await self._store.run(record)

    async def settle_opt_out_question(self, contact_id: ContactId, *, opted_out: bool) -> None:
        """Answer the question whether a message was an opt-out (S4-13)."""

        def settle(work: Work) -> None:
            _existing(work, contact_id)
            if opted_out:
                work.consent.record(
                    contact_id,
                    OptIn.OPTED_OUT,
                    method=ConsentMethod.MANUAL,
                    wording="A message was read as an opt-out.",
                    user_id=self._user_id,
                )
            else:
                work.consent.settle_question(contact_id, user_id=self._user_id)

        await self._store.run(settle)

    async def consent_history(self, contact_id: ContactId) -> tuple[ConsentRecord, ...]:
        """Return every line of the consent ledger about a contact, newest first."""
        return await self._store.read(lambda work: work.consent.history(contact_id))


def _existing(work: Work, contact_id: ContactId) -> Contact:
    found = work.contacts.get(contact_id)
    if found is None:
        raise _missing()
    return found


def _missing() -> NotFoundError:
    return NotFoundError("contact_missing", "The contact does not exist any more.", hint="Choose another one.")
