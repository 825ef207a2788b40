"""ResendService: sends failed messages once more, each as a new message that says so (S1-25).

The old message stays as it is. The same resend twice, as by a double click, makes one new message: its client_uuid
follows from the old message and from how often it had been sent again before.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from desktop_inbox.events import TimelineEntryAdded
from desktop_inbox.models.entities.ids import AddressId, ChannelId, EntryId, TeamId, UserId
from desktop_inbox.models.entities.message import DeliveryStatus, Direction, Message, SenderKind
from desktop_inbox.models.entities.outbox import GateDecision, GateKind
from desktop_inbox.models.entities.timeline import ActorKind
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work
from desktop_inbox.services.enqueue import Enqueue, NewMessage, OutgoingFile

if TYPE_CHECKING:
    from desktop_inbox.services.outbox import OutboxService

#: What may be sent again. An unclear one is settled instead, and one that is tried again needs no help.
RESENDABLE: Final = frozenset(
    {DeliveryStatus.FAILED, DeliveryStatus.UNDELIVERED, DeliveryStatus.EXPIRED, DeliveryStatus.BLOCKED}
)
_SPACE: Final = uuid.UUID("2b4ba1a1-6a0e-5b0f-9d53-0f6d3a1c7e55")
AT_ONCE: Final = 200  # messages in one transaction
_MOST: Final = 20  # resends of one message
_TO_MANY: Final = frozenset({SenderKind.BROADCAST, SenderKind.CAMPAIGN, SenderKind.SCHEDULE})
_TOO_OFTEN: Final = GateDecision(
    kind=GateKind.REFUSE,
    code="resent_too_often",
    sentence="This message was sent again very often, and always in vain.",
    hint="Reach the contact another way.",
)
_NOT_FAILED: Final = GateDecision(
    kind=GateKind.REFUSE,
    code="not_failed",
    sentence="Only a message of ours that failed can be sent again.",
    hint="Choose a failed message.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resent:
    """What became of sending messages again: old -> new, and those that the gate refused."""

    sent: tuple[tuple[EntryId, EntryId], ...] = ()
    already: tuple[EntryId, ...] = ()  # sent again before, and not failed since
    refused: tuple[tuple[EntryId, GateDecision], ...] = ()

    def __add__(self, other: "Resent") -> "Resent":
        """Both parts together."""
        return Resent(
            sent=self.sent + other.sent, already=self.already + other.already, refused=self.refused + other.refused
        )

    @property
    def new_ids(self) -> tuple[EntryId, ...]:
        """The new messages."""
        return tuple(new for _old, new in self.sent)


class ResendService:
    """Uses the outbox and its gate like anybody else."""

    def __init__(self, store: Store, outbox: "OutboxService", enqueue: Enqueue, *, user_id: UserId) -> None:
        self._store, self._outbox, self._enqueue = store, outbox, enqueue
        self._user_id = user_id

    async def resend(
        self,
        message_ids: Sequence[EntryId],
        *,
        delay: timedelta = timedelta(0),
        confirmed: frozenset[str] = frozenset(),
    ) -> Resent:
        """Send each again as a new message, in the order of time; within ``delay`` ``undo`` takes it back.

        Never raises for what the gate refuses: that is listed, one by one.
        """
        found = Resent()
        wanted = sorted(set(message_ids))
        for start in range(0, len(wanted), AT_ONCE):
            chunk = wanted[start : start + AT_ONCE]
            found += await self._store.run(
                lambda work, chunk=chunk: self.resend_in(work, chunk, delay=delay, confirmed=confirmed)  # type: ignore[misc]
            )
        return found

    def resend_in(
        self,
        work: Work,
        message_ids: Sequence[EntryId],
        *,
        delay: timedelta = timedelta(0),
        confirmed: frozenset[str] = frozenset(),
    ) -> Resent:
        """The same within a transaction of the caller, of ``AT_ONCE`` messages at most."""
        answers = [(key, self._one(work, key, delay, confirmed)) for key in sorted(set(message_ids))]
        return Resent(
            sent=tuple((key, new) for key, new in answers if isinstance(new, int)),
            already=tuple(key for key, answer in answers if answer is None),
            refused=tuple((key, answer) for key, answer in answers if isinstance(answer, GateDecision)),
        )

    async def undo(self, new_ids: Sequence[EntryId]) -> int:
        """Take new messages back that have not left; returns how many."""
        return sum([await self._outbox.cancel(key) for key in new_ids])

    def _one(
        self, work: Work, message_id: EntryId, delay: timedelta, confirmed: frozenset[str]
    ) -> EntryId | GateDecision | None:
        """The new message, why there is none, or None where it was sent again before."""
        work.outbox.of_message(message_id)  # holds it: two who press at once come one after the other
        old = work.messages.get(message_id)
        if old is None or old.direction is Direction.IN or old.status not in RESENDABLE:
            return _NOT_FAILED
        uuids = _uuids(message_id)
        tries = work.deliveries.resends_of(uuids)
        if tries and tries[-1][1] not in (*RESENDABLE, DeliveryStatus.CANCELLED):
            return None  # as by a second click
        if len(tries) == len(uuids):
            return _TOO_OFTEN
        way = self._way(work, old)
        if isinstance(way, GateDecision):
            return way
        new = NewMessage(
            conversation_id=old.conversation_id,
            text=old.text,
            channel_id=way[0],
            address_id=way[1],
            client_uuid=uuids[len(tries)],
            files=_files(old),
            delay=delay,
            # What went to many stays subject to the rules for that: consent, allowed hours, its place in the queue.
            sender_kind=old.sender_kind if old.sender_kind in _TO_MANY else SenderKind.USER,
            sender_id=self._user_id,
            team_id=_team_of(work, old),
            confirmed=confirmed,
            as_it_is=True,
        )
        decision = self._enqueue.check(work, new)
        if decision.kind is GateKind.REFUSE:  # also where it would be kept as a blocked message: there is one already
            return decision
        (answer,) = self._enqueue.many(work, (new,))
        if not isinstance(answer, GateDecision):
            work.ledger.add(message_id, "resent", at=work.now(), as_message=answer)
            self._tell(work, old, answer)
        return answer

    def _way(self, work: Work, old: Message) -> tuple[ChannelId, AddressId] | GateDecision:
        if old.channel_id is None or old.address_id is None:
            return GateDecision(
                kind=GateKind.REFUSE, code="no_channel", sentence="It has no channel to leave by.", hint="Write anew."
            )
        address = work.contacts.address(old.address_id)
        if address is None or address.contact_id != old.contact_id:
            return GateDecision(
                kind=GateKind.REFUSE,
                code="address_gone",
                sentence="The contact does not have this address any more.",
                hint="Write a new message to another address.",
            )
        return old.channel_id, old.address_id

    def _tell(self, work: Work, old: Message, new: EntryId) -> None:
        """The conversation says that it was sent again, and what."""
        key = work.timeline.add_event(
            old.conversation_id,
            "resent",
            actor_kind=ActorKind.USER,
            actor_id=self._user_id,
            details={"message": str(old.id), "as": str(new)},
        )
        work.announce(TimelineEntryAdded(entry_id=key, conversation_id=old.conversation_id))


def _team_of(work: Work, old: Message) -> TeamId | None:
    """For which team it was sent to many; whoever sends it again may be in another one."""
    return None if old.batch_id is None else work.teams.of_batches((old.batch_id,)).get(old.batch_id)


def _files(old: Message) -> tuple[OutgoingFile, ...]:
    return tuple(
        OutgoingFile(
            sha256=file.sha256,
            media_type=file.media_type,
            size=file.size,
            name=file.original_name,
            width=file.width,
            height=file.height,
        )
        for file in old.attachments
        if file.sha256
    )


def _uuids(message_id: EntryId) -> tuple[str, ...]:
    """What the first, second, ... resend of a message is called."""
    return tuple(str(uuid.uuid5(_SPACE, f"{message_id}:{number}")) for number in range(_MOST))
