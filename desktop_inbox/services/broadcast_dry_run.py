"""The dry run: the same gate, the same texts, and nothing stored (D-17)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from desktop_inbox.models.entities.batch import BatchFile, FileRow, Intended
from desktop_inbox.models.entities.channel import Capabilities, Channel
from desktop_inbox.models.entities.contact import Contact, ContactAddress, Scheme
from desktop_inbox.models.entities.ids import AddressId, BatchId, ChannelId, ContactId, ConversationId, TeamId, UserId
from desktop_inbox.models.entities.outbox import GateKind
from desktop_inbox.models.work import Work

from . import broadcast_people as people
from .enqueue import Enqueue
from .new_message import NewMessage
from .team_channels import channels_of


@dataclass(slots=True, kw_only=True)
class _Meant:
    """Somebody, and the message that would go to them."""

    said: Intended
    new: NewMessage | None = None


class Looker:
    """Looks at recipients chunk by chunk and remembers the addresses it has seen."""

    def __init__(
        self,
        enqueue: Enqueue,
        *,
        text: str,
        files: Sequence[BatchFile],
        channel_id: ChannelId,
        others: bool,
        create: bool,
        user_id: UserId,
        team_id: TeamId | None,
        capabilities: Callable[[Channel], Capabilities],
        at: datetime | None,
    ) -> None:
        self._enqueue = enqueue
        self._text = text
        self._files = files
        self._channel_id = channel_id
        self._others = others
        self._create = create
        self._user_id = user_id
        self._team_id = team_id
        self._capabilities = capabilities
        self._at = at
        self._seen: set[AddressId] = set()
        self._newcomers = 0

    def look(self, work: Work, chunk: Sequence[people.Wish]) -> list[Intended]:
        """Return what would become of each, in order."""
        only = channels_of(work, team_id=self._team_id, user_id=self._user_id) if self._others else frozenset()
        reach = people.Reach(work, self._channel_id, others=self._others, only=only, capabilities=self._capabilities)
        rows = [wish.row for wish in chunk if wish.row is not None]
        owners = people.known_addresses(work, rows)
        ids = [wish.contact_id for wish in chunk if wish.contact_id is not None]
        known = {one.id: one for one in work.contacts.many(sorted({*ids, *owners.values()}))}
        talks = work.batches.existing_conversations(list(known))
        strangers: dict[ConversationId, Contact] = {}
        meant: list[_Meant] = []
        for wish in chunk:
            contact, address, channel = self._place(wish, known, owners, reach)
            if contact is None or address is None or channel is None:
                meant.append(_Meant(said=_refused(wish, contact)))
                continue
            if address.id in self._seen:
                meant.append(_Meant(said=_refused(wish, contact, people.DUPLICATE)))
                continue
            self._seen.add(address.id)
            talk = talks.get(contact.id)
            if talk is None:
                talk = people.stranger(contact.id)
                strangers[talk] = contact
            meant.append(self._meant(wish, contact, address, channel, talk))
        return self._answers(work, meant, strangers)

    def _place(
        self,
        wish: people.Wish,
        known: dict[ContactId, Contact],
        owners: dict[tuple[Scheme, str], ContactId],
        reach: people.Reach,
    ) -> tuple[Contact | None, ContactAddress | None, Channel | None]:
        if wish.row is None:
            contact = None if wish.contact_id is None else known.get(wish.contact_id)
            place = None if contact is None else reach.place(contact.addresses)
            return contact, *(place or (None, None))
        row = wish.row
        owner = owners.get((row.scheme, row.path))
        contact = self._newcomer(row) if owner is None else known.get(owner)
        if contact is None:
            return None, None, None
        where = (one for one in contact.addresses if (one.scheme, one.path) == (row.scheme, row.path))
        return contact, next(where, None), reach.channel_to(row.scheme)

    def _newcomer(self, row: FileRow) -> Contact | None:
        """Who would be made for a row, under an id that nobody has."""
        if not self._create:
            return None
        self._newcomers += 1
        key = -(people.NEWCOMERS + self._newcomers)
        address = ContactAddress(id=AddressId(key), contact_id=ContactId(key), scheme=row.scheme, path=row.path)
        first, _, last = row.name.partition(" ")
        return Contact(
            id=ContactId(key), first_name=first, last_name=last, addresses=(address,), created_at=people.LONG_AGO
        )

    def _meant(
        self, wish: people.Wish, contact: Contact, address: ContactAddress, channel: Channel, talk: ConversationId
    ) -> _Meant:
        row = wish.row
        said = Intended(
            contact_id=contact.id if contact.id > 0 else None,
            name=contact.name,
            address=address.path,
            channel_id=channel.id,
            kind=GateKind.GO,
            line=0 if row is None else row.line,
        )
        new = people.message(
            text=self._text,
            files=self._files,
            conversation_id=talk,
            channel_id=channel.id,
            address_id=address.id,
            batch_id=BatchId(0),
            user_id=self._user_id,
            values={} if row is None else dict(row.variables),
        )
        return _Meant(said=said, new=replace(new, team_id=self._team_id))

    def _answers(self, work: Work, meant: Sequence[_Meant], strangers: dict[ConversationId, Contact]) -> list[Intended]:
        news = [one.new for one in meant if one.new is not None]
        looked = iter(self._enqueue.look(work, news, strangers=strangers, at=self._at))
        found = []
        for one in meant:
            if one.new is None:
                found.append(one.said)
                continue
            answer = next(looked)
            decision = answer.decision
            kind = GateKind.REFUSE if decision.kind is GateKind.CONFIRM else decision.kind
            found.append(
                replace(
                    one.said,
                    kind=kind,
                    code=decision.code,
                    sentence=decision.sentence,
                    text=answer.text,
                    segments=answer.segments,
                )
            )
        return found


def _refused(wish: people.Wish, contact: Contact | None, why: tuple[str, str] | None = None) -> Intended:
    line, address = 0, ""
    if wish.bad is not None:
        why, line, address = (wish.bad.code, wish.bad.reason), wish.bad.line, wish.bad.shown
    elif wish.row is not None:
        why, line, address = why or people.UNKNOWN, wish.row.line, wish.row.path
    code, sentence = why or (people.GONE if contact is None else people.NO_ADDRESS)
    return Intended(
        contact_id=None if contact is None or contact.id < 0 else contact.id,
        name="" if contact is None else contact.name,
        address=address,
        channel_id=None,
        kind=GateKind.REFUSE,
        code=code,
        sentence=sentence,
        line=line,
    )
