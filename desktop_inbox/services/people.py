"""PeopleService: everything known about a contact, and every change of it by hand."""

import asyncio
import re
from collections.abc import Callable, Sequence
from typing import Final

from desktop_inbox.errors import InvalidInputError, NotFoundError
from desktop_inbox.models.entities.contact import Contact, ContactAddress, OptIn, Scheme
from desktop_inbox.models.entities.custom_field import Profile
from desktop_inbox.models.entities.ids import AddressId, ContactId, FieldId, UserId
from desktop_inbox.models.entities.timeline import ActorKind
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work

from . import addresses
from .field_values import read_value
from .plain_text import check_storable, clean_name
from .recipient_zone import zone_named
from .rights import name_of

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}", re.ASCII)
_COUNTRY = re.compile(r"[A-Za-z]{2}", re.ASCII)
_MAX_ADDRESSES: Final = 50
#: What a person may change, and how events and errors call it.
_WORDS: Final = {
    "first_name": "first name",
    "last_name": "last name",
    "company": "company",
    "language": "language",
    "country": "country",
    "zone": "time zone",
}


class AddressTakenError(InvalidInputError):
    """The address belongs to another contact, which can be opened."""

    def __init__(self, contact: Contact) -> None:
        super().__init__(
            "address_taken",
            "This address belongs to another contact.",
            hint="Open that contact; if both are the same person, merge them.",
        )
        self.contact_id = contact.id
        self.contact_name = contact.name


class PeopleService:
    """Changes are written into the contact's history, and each can be undone."""

    def __init__(self, store: Store, *, user_id: UserId, region: Callable[[], str] = lambda: "") -> None:
        self._store = store
        self._user_id = user_id
        self._region = region

    async def profile(self, contact_id: ContactId) -> Profile:
        """Return everything known about a contact; NotFoundError when it was deleted."""

        def read(work: Work) -> Profile:
            return Profile(
                contact=_existing(work, contact_id),
                conversation_id=next(iter(work.conversations.existing((), contact_ids=(contact_id,))), None),
                tags=work.tags.of_contacts((contact_id,)).get(contact_id, ()),
                lists=work.contact_lists.of_contacts((contact_id,)).get(contact_id, ()),
                fields=work.custom_fields.all(),
                values=dict(work.custom_fields.values_of((contact_id,)).get(contact_id, {})),
            )

        return await self._store.read(read)

    async def change(self, contact_id: ContactId, **values: str) -> None:
        """Change first_name, last_name, company, language (BCP 47), country (two letters), zone (IANA); "" forgets one.

        Raises InvalidInputError with what is wrong with a value.
        """
        clean = {name: _clean(name, value) for name, value in values.items()}

        def change(work: Work) -> None:
            known = _existing(work, contact_id)
            changed = {name: value for name, value in clean.items() if getattr(known, name) != value}
            if not changed:
                return
            with work.undo.step(self._user_id, "contact_changed", details={"name": known.name}) as step:
                step.watch("contacts", id=[contact_id])
                work.contacts.change(contact_id, **changed)
                self._tell_changes(work, known, changed)

        await self._store.run(change)

    async def set_field(self, contact_id: ContactId, field_id: FieldId, text: str) -> None:
        """Write down the value of a custom field as a person typed it; "" forgets it.

        Raises InvalidInputError with what the field takes.
        """

        def change(work: Work) -> None:
            known = _existing(work, contact_id)
            field = work.custom_fields.get(field_id)
            if field is None:
                raise NotFoundError("field_missing", "The field does not exist any more.")
            value = read_value(field, text)
            before = work.custom_fields.values_of((contact_id,)).get(contact_id, {}).get(field_id, "")
            if before == (value.text if value else ""):
                return
            details = {"field": field.name, "value": value.text if value else "", "before": before}
            with work.undo.step(self._user_id, "field_changed", details={"name": known.name, **details}) as step:
                step.watch("contact_field_values", contact_id=[contact_id], field_id=[field_id])
                work.custom_fields.set_value(contact_id, field_id, value)
                self._event(work, contact_id, "field_changed", details)

        await self._store.run(change)

    # -- addresses

    async def add_address(self, contact_id: ContactId, scheme: Scheme, text: str) -> AddressId:
        """Give a contact another address as a person typed it; returns the one it has when it is theirs already.

        Raises AddressTakenError where it belongs to somebody else, InvalidInputError where it is none.
        """
        # phonenumbers takes a moment to load when it is first needed.
        path = await asyncio.to_thread(addresses.normalise, scheme, text, region=self._region())

        def add(work: Work) -> AddressId:
            known = _existing(work, contact_id)
            taken = work.contacts.find_address(scheme, path)
            if taken is not None and taken.contact_id == contact_id:
                return taken.id
            if taken is not None:
                raise AddressTakenError(_existing(work, taken.contact_id))
            if len(known.addresses) >= _MAX_ADDRESSES:
                raise InvalidInputError(
                    "address_many", f"A contact has at most {_MAX_ADDRESSES} addresses.", hint="Remove one first."
                )
            with work.undo.step(self._user_id, "address_added", details={"name": known.name, "address": path}) as step:
                step.watch("contact_addresses", contact_id=[contact_id])
                last = max((address.priority for address in known.addresses), default=-1)
                key = work.contacts.add_address(contact_id, scheme, path, priority=last + 1)
                self._event(work, contact_id, "address_added", {"address": path})
            return key

        return await self._store.run(add)

    async def remove_address(self, contact_id: ContactId, address_id: AddressId) -> None:
        """Take an address away. It can be undone.

        Raises InvalidInputError for one that opted out: it is kept so that nobody writes to it by mistake; and
        for one that a message waits for.
        """

        def remove(work: Work) -> None:
            known = _existing(work, contact_id)
            address = _address_of(known, address_id)
            if address.opt_in is OptIn.OPTED_OUT or address.carrier_blocked:
                raise InvalidInputError(
                    "address_opted_out",
                    "This address opted out, so it is kept.",
                    hint="Its opt-out must stay known, whoever writes to it later.",
                )
            if any(entry.address_id == address_id for entry in work.outbox.waiting_of(contact_id)):
                raise InvalidInputError(
                    "address_in_use", "A message to this address is on its way.", hint="Wait until it has left."
                )
            details = {"name": known.name, "address": address.path}
            with work.undo.step(self._user_id, "address_removed", details=details) as step:
                step.watch("contact_addresses", contact_id=[contact_id])
                work.contacts.remove_address(contact_id, address_id)
                self._event(work, contact_id, "address_removed", {"address": address.path})

        await self._store.run(remove)

    async def order_addresses(self, contact_id: ContactId, ids: Sequence[AddressId]) -> None:
        """Use the addresses in this order: the first is the one shown and used (S3-66). It can be undone."""

        def order(work: Work) -> None:
            known = _existing(work, contact_id)
            present = [address.id for address in known.addresses]
            wanted = [key for key in ids if key in present] + [key for key in present if key not in ids]
            if wanted == present:
                return
            first = _address_of(known, wanted[0]).path
            with work.undo.step(self._user_id, "addresses_ordered", details={"name": known.name}) as step:
                step.watch("contact_addresses", contact_id=[contact_id])
                work.contacts.order_addresses(contact_id, wanted)
                self._event(work, contact_id, "addresses_ordered", {"address": first})
                work.conversations.announce(work.conversations.of_contact(contact_id))

        await self._store.run(order)

    def _tell_changes(self, work: Work, known: Contact, changed: dict[str, str]) -> None:
        if {"first_name", "last_name"} & changed.keys():
            first, last = (changed.get(name, getattr(known, name)) for name in ("first_name", "last_name"))
            details = {"name": f"{first} {last}".strip(), "before": known.name}
            self._event(work, known.id, "contact_renamed", details)
            work.conversations.announce(work.conversations.of_contact(known.id))
        for name in sorted(changed.keys() - {"first_name", "last_name"}):
            details = {"field": _WORDS[name], "value": changed[name], "before": getattr(known, name)}
            self._event(work, known.id, "field_changed", details)

    def _event(self, work: Work, contact_id: ContactId, kind: str, details: dict[str, str]) -> None:
        work.timeline.add_event(
            work.conversations.of_contact(contact_id),
            kind,
            actor_kind=ActorKind.USER,
            actor_id=self._user_id,
            actor_name=name_of(work, self._user_id),
            details=details,
        )


def _clean(name: str, value: str) -> str:
    if name not in _WORDS:
        raise TypeError(f"a contact has no {name} to change")
    shown = clean_name(check_storable(value, f"The {_WORDS[name]}"))
    if name == "language" and shown:
        if not _LANGUAGE.fullmatch(shown):
            raise InvalidInputError("language_invalid", "This is no language code.", hint="Write it as en or pt-BR.")
        first, *rest = shown.split("-")
        return "-".join([first.lower(), *(part.upper() if len(part) == 2 else part for part in rest)])
    if name == "country" and shown:
        if not _COUNTRY.fullmatch(shown):
            raise InvalidInputError("country_invalid", "This is no country code.", hint="Write two letters, as US.")
        return shown.upper()
    return zone_named(shown) if name == "zone" else shown


def _address_of(contact: Contact, address_id: AddressId) -> ContactAddress:
    for address in contact.addresses:
        if address.id == address_id:
            return address
    raise NotFoundError("address_missing", "The contact has no such address any more.")


def _existing(work: Work, contact_id: ContactId) -> Contact:
    found = work.contacts.get(contact_id)
    if found is None or work.merges.is_merged(contact_id):  # what is written there would be seen by nobody
        raise NotFoundError("contact_missing", "The contact does not exist any more.", hint="Choose another one.")
    return found
