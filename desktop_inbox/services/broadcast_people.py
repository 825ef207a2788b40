"""Whom a broadcast is meant for: contacts of an audience, the address of each, and the message to it."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from desktop_inbox.errors import InvalidInputError
from desktop_inbox.events import BulkChanged
from desktop_inbox.models.entities.batch import (
    Audience,
    BadRow,
    BatchFile,
    ContactsAudience,
    FileAudience,
    FileRow,
    ListAudience,
    RecipientState,
    SegmentAudience,
)
from desktop_inbox.models.entities.channel import Capabilities, Channel, ChannelState
from desktop_inbox.models.entities.contact import ContactAddress, OptIn, Scheme
from desktop_inbox.models.entities.ids import AddressId, BatchId, ChannelId, ContactId, ConversationId, UserId
from desktop_inbox.models.entities.message import SenderKind
from desktop_inbox.models.entities.outbox import OUTSIDE_HOURS
from desktop_inbox.models.repositories.batches import NewRecipient
from desktop_inbox.models.repositories.contact_bulk import ContactWrite
from desktop_inbox.models.segment_context import problem
from desktop_inbox.models.work import Work

from .gate import capabilities_of
from .new_message import NewMessage, OutgoingFile
from .zones import zone_of

NO_ADDRESS: Final = ("no_address", "The contact has no address that the channel reaches.")
GONE: Final = ("gone", "The contact or the address does not exist any more.")
DUPLICATE: Final = ("duplicate", "This address gets the message already.")
SERVED: Final = ("duplicate", "This contact gets the message already, at another address.")
UNKNOWN: Final = ("unknown", "Nobody with this address is known.")
#: Ids below minus this one are of people whom a file would make; nobody has them.
NEWCOMERS: Final = 1 << 60
LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NAMESPACE: Final = uuid.UUID("5f0b7a52-8f3c-4e0e-9f65-6f2f4a1d7c11")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Somebody of an audience: a contact, a row of a file, or a row that cannot be used."""

    contact_id: ContactId | None = None
    row: FileRow | None = None
    bad: BadRow | None = None


def wishes(work: Work, audience: Audience, *, user_id: UserId | None) -> tuple[Wish, ...]:
    """Return everybody an audience has at this moment, in the order of sending. Raises InvalidInputError for a segment
    that is broken and a list that is gone."""
    match audience:
        case SegmentAudience():
            context = work.segments.context(zone=zone_of(work), me=user_id)
            broken = problem(audience.filter, context)
            if broken:
                raise InvalidInputError(
                    "broadcast_segment_broken", f"The segment cannot be worked out: {broken}.", hint="Mend the segment."
                )
            found: Sequence[ContactId] = work.segment_pages.contacts(audience.filter, context)
        case ListAudience():
            if work.contact_lists.get(audience.list_id) is None:
                raise InvalidInputError(
                    "broadcast_list_gone", "The contact list does not exist any more.", hint="Choose another one."
                )
            found = work.contact_lists.members(audience.list_id)
        case ContactsAudience():
            found = tuple(dict.fromkeys(audience.contact_ids))
        case FileAudience():
            rows = [(row.line, Wish(row=row)) for row in audience.rows]
            bad = [(row.line, Wish(bad=row)) for row in audience.bad]
            return tuple(wish for _line, wish in sorted([*rows, *bad], key=lambda pair: pair[0]))
    return tuple(Wish(contact_id=key) for key in found)


def count(work: Work, audience: Audience, *, user_id: UserId | None) -> int:
    """Return how many recipients an audience has, without reading who they are where that is quicker."""
    if isinstance(audience, FileAudience):
        return len(audience.rows)
    return len(wishes(work, audience, user_id=user_id))


class Reach:
    """Which channel and address reach a contact: the batch's own channel, or where it was chosen so another one."""

    def __init__(
        self,
        work: Work,
        channel_id: ChannelId,
        *,
        others: bool,
        only: frozenset[ChannelId] = frozenset(),
        capabilities: Callable[[Channel], Capabilities] = capabilities_of,
    ) -> None:
        """``only``: the other channels that may be chosen, those of a team; none for every one."""
        self.main = work.channels.get(channel_id)
        known = [self.main] if self.main is not None else []
        if others:
            active = [one for one in work.channels.all() if one.state is ChannelState.ACTIVE and one.id != channel_id]
            active = [one for one in active if not only or one.id in only]
            known += sorted((one for one in active if capabilities(one).can_start), key=lambda one: one.id)
        self._schemes = [(channel, capabilities(channel).schemes) for channel in known]

    @property
    def channels(self) -> tuple[Channel, ...]:
        """Every channel that may be chosen, the batch's own first."""
        return tuple(channel for channel, _schemes in self._schemes)

    def place(self, addresses: Sequence[ContactAddress]) -> tuple[ContactAddress, Channel] | None:
        """The best address of a contact and the channel that reaches it; one that is closed is taken only where no
        other is, so that the gate says why."""
        for closed in (False, True):
            for channel, schemes in self._schemes:
                for address in addresses:
                    shut = address.carrier_blocked or address.opt_in is OptIn.OPTED_OUT
                    if address.scheme in schemes and shut is closed:
                        return address, channel
        return None

    def channel_to(self, scheme: Scheme) -> Channel | None:
        """The channel that reaches a kind of address."""
        return next((channel for channel, schemes in self._schemes if scheme in schemes), None)


def recipients(work: Work, chunk: Sequence[Wish], reach: Reach, *, create: bool) -> list[NewRecipient]:
    """Return the rows of a batch for some wishes; people who are not known yet become contacts when ``create``."""
    ids = [wish.contact_id for wish in chunk if wish.contact_id is not None]
    addresses = work.contacts.addresses_of(ids)
    there = {contact.id for contact in work.contacts.many([key for key in ids if key not in addresses])}
    owners = _owners(work, [wish.row for wish in chunk if wish.row is not None], create=create)
    found = []
    for wish in chunk:
        if wish.bad is not None:
            bad = wish.bad
            found.append(_without(None, bad.code, bad.reason, line=bad.line, is_bad=True))
        elif wish.row is not None:
            owner = owners.get((wish.row.scheme, wish.row.path))
            if owner is None:
                found.append(_without(None, *UNKNOWN, line=wish.row.line, is_bad=True))
                continue
            contact_id, address_id = owner
            found.append(
                NewRecipient(
                    contact_id=contact_id, address_id=address_id, line=wish.row.line, variables=wish.row.variables
                )
            )
        elif wish.contact_id is not None:
            theirs = addresses.get(wish.contact_id, ())
            place = reach.place(theirs)
            if place is None:
                known = bool(theirs) or wish.contact_id in there
                found.append(_without(wish.contact_id, *(NO_ADDRESS if known else GONE)))
            else:
                found.append(NewRecipient(contact_id=wish.contact_id, address_id=place[0].id))
    return found


def _without(
    contact_id: ContactId | None, code: str, reason: str, *, line: int = 0, is_bad: bool = False
) -> NewRecipient:
    state = RecipientState.BAD if is_bad else RecipientState.SKIPPED
    return NewRecipient(contact_id=contact_id, address_id=None, state=state, code=code, reason=reason, line=line)


def stranger(contact_id: ContactId) -> ConversationId:
    """Return what stands for the conversation of somebody who has none yet; no conversation has this id."""
    return ConversationId(-abs(contact_id))


def known_rows(work: Work, audience: FileAudience) -> FileAudience:
    """Return the audience with the rows of people who are not known among those that cannot be used."""
    known = known_addresses(work, audience.rows)
    code, reason = UNKNOWN
    strange = [row for row in audience.rows if (row.scheme, row.path) not in known]
    bad = [BadRow(line=row.line, code=code, reason=reason, shown=row.path) for row in strange]
    return FileAudience(
        file_name=audience.file_name,
        rows=tuple(row for row in audience.rows if (row.scheme, row.path) in known),
        bad=tuple(sorted((*audience.bad, *bad), key=lambda one: one.line)),
        create=False,
    )


def known_addresses(work: Work, rows: Sequence[FileRow]) -> dict[tuple[Scheme, str], ContactId]:
    """Whom the addresses of rows belong to."""
    found: dict[tuple[Scheme, str], ContactId] = {}
    for scheme in {row.scheme for row in rows}:
        paths = [row.path for row in rows if row.scheme is scheme]
        owners = work.contact_bulk.owners(scheme, paths)
        found.update({(scheme, path): owner for path, owner in owners.items()})
    return found


def _owners(
    work: Work, rows: Sequence[FileRow], *, create: bool
) -> dict[tuple[Scheme, str], tuple[ContactId, AddressId]]:
    found: dict[tuple[Scheme, str], tuple[ContactId, AddressId]] = {}
    for scheme in {row.scheme for row in rows}:
        here = [row for row in rows if row.scheme is scheme]
        paths = [row.path for row in here]
        known = work.contact_bulk.owners(scheme, paths)
        strange = [row for row in here if row.path not in known]
        if strange and create:
            _make(work, scheme, strange)
        found.update({(scheme, one.path): (one.contact_id, one.id) for one in work.contacts.at(scheme, paths)})
    return found


def _make(work: Work, scheme: Scheme, rows: Sequence[FileRow]) -> None:
    """Make contacts of people who are not known."""
    work.contact_bulk.hold()
    known = work.contact_bulk.owners(scheme, [row.path for row in rows])  # once more: somebody may have been faster
    writes = []
    for row in rows:
        if row.path not in known:
            first, _, last = row.name.partition(" ")
            columns = {"first_name": first, "last_name": last}
            writes.append(ContactWrite(id=None, columns=columns, addresses=((scheme, row.path),)))
    work.contact_bulk.write(writes, user_id=UserId(0))
    work.announce(BulkChanged(what="contacts"))


def message(
    *,
    text: str,
    files: Sequence[BatchFile],
    conversation_id: ConversationId,
    channel_id: ChannelId,
    address_id: AddressId,
    batch_id: BatchId,
    user_id: UserId | None,
    values: dict[str, str],
    delay: timedelta = timedelta(0),
) -> NewMessage:
    """Return the message to one recipient; the same batch and address give the same message, however often."""
    return NewMessage(
        conversation_id=conversation_id,
        text=text,
        channel_id=channel_id,
        address_id=address_id,
        client_uuid=str(uuid.uuid5(_NAMESPACE, f"{batch_id}/{address_id}")),
        files=tuple(outgoing(file) for file in files),
        delay=delay,
        sender_kind=SenderKind.BROADCAST,
        sender_id=user_id,
        batch_id=batch_id or None,
        values={f"row.{slug}": value for slug, value in values.items()},
        # They wait in the batch, and a person moves it: nothing is put off silently (S5-17).
        not_held=frozenset({OUTSIDE_HOURS}),
    )


def outgoing(file: BatchFile) -> OutgoingFile:
    """Return a batch's file as a message carries it."""
    return OutgoingFile(
        sha256=file.sha256,
        media_type=file.media_type,
        size=file.size,
        name=file.name,
        width=file.width,
        height=file.height,
    )
