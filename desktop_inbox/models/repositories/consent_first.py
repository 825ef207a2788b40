"""The consent message that goes first (S4-22): what happens to those behind it, and to the contact.

A consent message names itself in ``outbox.after_message_id``, whoever waits for it names it there too and is held
with the reason ``CONSENT_FIRST``. Both were stored in one transaction, and what becomes of the first is stored in
one transaction with what follows for the others: a crash lies before all of it or behind all of it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, select, update

from desktop_inbox.events import ContactChanged, MessageQueued
from desktop_inbox.models.entities.contact import ConsentStage
from desktop_inbox.models.entities.ids import BatchId, ContactId, EntryId
from desktop_inbox.models.entities.message import DeliveryStatus as S
from desktop_inbox.models.entities.message import ErrorOrigin
from desktop_inbox.models.entities.outbox import CONSENT_FIRST, Move, OutboxEntry
from desktop_inbox.models.entities.timeline import ActorKind
from desktop_inbox.models.schema import contacts, messages, outbox

from .base import Repository
from .outbox import OPEN, OPEN_ROWS, WAITING
from .outbox_rows import to_entry
from .prepared import Probe

LEFT: Final = frozenset({S.ACCEPTED, S.SENT, S.DELIVERED, S.READ})
STOPPED: Final = frozenset({S.FAILED, S.BLOCKED, S.EXPIRED, S.CANCELLED})
_CODE: Final = "consent_not_sent"
_WHY: Final = "The consent message that goes first was not sent, so this was not sent either."

_C = contacts.c
_ASKED = select(_C.id, _C.consent_sent_at).where(
    _C.id.in_(bindparam("ids", expanding=True)), _C.consent == ConsentStage.SENT
)
_ANY_ASKED = Probe(_ASKED)


class ConsentFirstRepository(Repository):
    """Stages of contacts, and the messages that wait for a consent message."""

    def queued(self, leads: Mapping[ContactId, EntryId]) -> None:
        """Note the consent messages that are on their way."""
        for contact_id, message_id in leads.items():
            self._change(contact_id, consent=ConsentStage.QUEUED, consent_message_id=message_id)

    def message_of(self, contact_id: ContactId) -> EntryId | None:
        """The consent message that is on its way to a contact, or None."""
        query = select(_C.consent_message_id).where(_C.id == contact_id, _C.consent == ConsentStage.QUEUED)
        found = self._connection.execute(query).scalar()
        return None if found is None else EntryId(found)

    def settle(self, moves: Iterable[Move]) -> None:
        """Let those behind a consent message leave once it left, or stop them when it never will."""
        for move in moves:
            if not move.after.leads or move.before.state == move.after.state:
                continue
            if move.after.state in LEFT and move.before.state not in LEFT:
                self._left(move.after, move.at)
            elif move.after.state in STOPPED:
                self._stopped(move.after, move.at)

    def followers(self, lead: OutboxEntry) -> tuple[OutboxEntry, ...]:
        """What waits to leave behind a consent message, locked, oldest first."""
        query = (
            select(outbox)
            .where(OPEN_ROWS, outbox.c.conversation_id == lead.conversation_id, outbox.c.state.in_(WAITING))
            .where(outbox.c.after_message_id == lead.message_id, outbox.c.message_id != lead.message_id)
            .order_by(outbox.c.message_id)
            .with_for_update()
        )
        return tuple(to_entry(row) for row in self._connection.execute(query))

    def unfollowed(self, entries: Iterable[OutboxEntry]) -> tuple[OutboxEntry, ...]:
        """The consent messages in front of these that nothing follows any more, locked: they need not leave either.

        Those of which an attempt may have arrived, or is being made, are left out.
        """
        keys = {one.after_message_id for one in entries if one.after_message_id is not None and not one.leads}
        leads = self._work.outbox.of_messages(sorted(keys)).values() if keys else ()
        return tuple(
            lead for lead in leads if lead.state in WAITING and not lead.may_have_left and not self.followers(lead)
        )

    def of_stopped(self, batch_id: BatchId) -> tuple[OutboxEntry, ...]:
        """Consent messages that have not left, locked, though all that they went before was called off with a batch."""
        lead, behind = outbox.alias("lead"), outbox.alias("behind")
        query = (
            select(lead.c.message_id)
            .join(behind, behind.c.after_message_id == lead.c.message_id)
            .join(messages, messages.c.id == behind.c.message_id)
            .where(messages.c.batch_id == batch_id, messages.c.status == S.CANCELLED, lead.c.state.in_(OPEN))
            .distinct()
        )
        keys = [EntryId(key) for key in self._connection.execute(query).scalars()]
        found = self._work.outbox.of_messages(keys).values() if keys else ()
        return tuple(one for one in found if one.state in OPEN and not self.followers(one))

    def acknowledge(self, said: Sequence[tuple[ContactId, datetime]]) -> None:
        """Contacts wrote something that is no opt-out: whoever had the consent message before has answered it."""
        ids = sorted({contact_id for contact_id, _ in said})
        if not _ANY_ASKED.may_find(self._connection, ids):
            return
        sent = {row.id: row.consent_sent_at for row in self._connection.execute(_ASKED, {"ids": ids})}
        for contact_id in ids:
            at = max(moment for one, moment in said if one == contact_id)
            if contact_id in sent and sent[contact_id] is not None and at >= sent[contact_id]:
                self._change(contact_id, consent=ConsentStage.ACKNOWLEDGED)
                self._tell(contact_id, "consent_acknowledged", ActorKind.CONTACT)

    def catch_up(self, contact_ids: Sequence[ContactId]) -> None:
        """Contacts were put back as they were: whose consent message has left or been stopped since is not waiting
        for it any more."""
        query = (
            select(_C.id, messages.c.status, messages.c.sent_at)
            .join(messages, messages.c.id == _C.consent_message_id)
            .where(_C.id.in_(contact_ids), _C.consent == ConsentStage.QUEUED)
        )
        for row in self._connection.execute(query).all():
            if row.status in LEFT:
                at = row.sent_at or self._work.now()
                self._change(ContactId(row.id), consent=ConsentStage.SENT, consent_sent_at=at)
            elif row.status in STOPPED:
                self._change(ContactId(row.id), consent=ConsentStage.NOT_SENT, consent_message_id=None)

    def _left(self, entry: OutboxEntry, at: datetime) -> None:
        self._change(entry.contact_id, consent=ConsentStage.SENT, consent_sent_at=at)
        self._tell(entry.contact_id, "consent_sent", ActorKind.SYSTEM)
        freed = [one for one in self.followers(entry) if one.reason == CONSENT_FIRST]
        lives = {one.id: max(one.expires_at, entry.expires_at) for one in freed}  # it may have waited for its hours
        self._work.outbox.apply(
            [
                Move(
                    before=one,
                    after=replace(one, state=S.QUEUED, reason=None, expires_at=lives[one.id]),
                    kind="released",
                    at=at,
                )
                for one in freed
            ]
        )
        for one in freed:  # wakes whoever sends
            self._work.announce(MessageQueued(message_id=one.message_id, conversation_id=one.conversation_id))

    def _stopped(self, entry: OutboxEntry, at: datetime) -> None:
        here = (_C.id == entry.contact_id) & (_C.consent_message_id == entry.message_id)
        statement = update(contacts).where(here, _C.consent == ConsentStage.QUEUED)
        self._connection.execute(statement.values(consent=ConsentStage.NOT_SENT, consent_message_id=None))
        self._work.announce(ContactChanged(contact_id=entry.contact_id))
        self._work.outbox.apply(
            [
                Move(
                    before=one,
                    after=replace(one, state=S.BLOCKED, reason=_CODE),
                    kind="blocked",
                    at=at,
                    details=(("code", _CODE),),
                    error_origin=ErrorOrigin.OURS,
                    error_code=_CODE,
                    error_text=_WHY,
                )
                for one in self.followers(entry)
                if not one.may_have_left
            ]
        )

    def _change(self, contact_id: ContactId, **values: object) -> None:
        self._connection.execute(update(contacts).where(_C.id == contact_id).values(**values))
        self._work.announce(ContactChanged(contact_id=contact_id))

    def _tell(self, contact_id: ContactId, kind: str, actor: ActorKind) -> None:
        conversation_id = self._work.conversations.of_contact(contact_id)
        self._work.timeline.add_event(conversation_id, kind, actor_kind=actor)
        self._work.conversations.announce(conversation_id)
