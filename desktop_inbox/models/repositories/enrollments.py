"""Enrollments: campaigns under way with contacts, and how they end."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from sqlalchemy import bindparam, literal_column, select, update

from desktop_inbox.events import EnrollmentChanged
from desktop_inbox.models.entities.campaign import EnrollmentState, StepState
from desktop_inbox.models.entities.ids import ContactId, ConversationId, EnrollmentId, EntryId, UserId
from desktop_inbox.models.entities.message import DeliveryStatus, SenderKind
from desktop_inbox.models.entities.outbox import Move, OutboxEntry
from desktop_inbox.models.entities.timeline import ActorKind
from desktop_inbox.models.schema import (
    campaigns,
    contacts,
    conversations,
    enrollment_steps,
    enrollments,
    messages,
    outbox,
)

from .base import AnyRow, Repository
from .outbox import OPEN_ROWS, released
from .prepared import Probe

E, T = enrollments.c, enrollment_steps.c
_AT_ONCE: Final = 500
#: Written out, as in the partial index.
ACTIVE: Final = E.state == literal_column("'active'")
OPEN_STEPS: Final = (StepState.WAITING, StepState.ASKING)
#: What can still be taken back: of a claimed entry no attempt was started.
_UNSENT: Final = (DeliveryStatus.HELD, DeliveryStatus.QUEUED, DeliveryStatus.RETRY_WAIT, DeliveryStatus.CLAIMED)

# Those who were merged into a contact, directly or not, with the contact.
_THEM = (
    select(contacts.c.id.label("root"), contacts.c.id.label("id"))
    .where(contacts.c.id.in_(bindparam("ids", expanding=True)))
    .cte("them", recursive=True)
)
_THEM = _THEM.union(
    select(_THEM.c.root, contacts.c.id).select_from(_THEM.join(contacts, contacts.c.merged_into_id == _THEM.c.id))
)
#: With ``ids``: which applications are under way (id), and with which of these contacts (root).
UNDER_WAY = select(E.id, _THEM.c.root).select_from(_THEM.join(enrollments, E.contact_id == _THEM.c.id)).where(ACTIVE)
_LOCKED = (
    select(E.id, E.campaign_id, campaigns.c.name)
    .join(campaigns, campaigns.c.id == E.campaign_id)
    .where(E.id.in_(bindparam("ids", expanding=True)), ACTIVE)
    .order_by(E.id)
    .with_for_update(of=enrollments)
)
_WAITING = (
    select(outbox.c.id, outbox.c.contact_id)
    .join(messages, messages.c.id == outbox.c.message_id)
    .join(conversations, conversations.c.id == outbox.c.conversation_id)
    .where(OPEN_ROWS, conversations.c.contact_id.in_(bindparam("contacts", expanding=True)))
    .where(outbox.c.state.in_(_UNSENT), messages.c.sender_kind == SenderKind.CAMPAIGN)
    .order_by(outbox.c.id)
)
_ANY_UNDER_WAY = Probe(UNDER_WAY)
_ANY_WAITING = Probe(_WAITING, "contacts")


class EnrollmentRepository(Repository):
    """Campaigns under way; contacts merged into others are found under those they are now."""

    # -- how they end

    def stop(
        self,
        contact_ids: Iterable[ContactId],
        state: EnrollmentState,
        *,
        cause: str,
        only: Sequence[EnrollmentId] | None = None,
        actor: ActorKind = ActorKind.SYSTEM,
        user_id: UserId | None = None,
    ) -> tuple[EnrollmentId, ...]:
        """End every campaign under way with these contacts, or ``only`` some; returns which ended.

        Messages not queued yet are cancelled and stay as evidence, with ``cause`` as their reason (C13).
        """
        wanted = sorted(set(contact_ids))
        if not _ANY_UNDER_WAY.may_find(self._connection, wanted):
            return ()
        roots: dict[EnrollmentId, ContactId] = {}
        for begin in range(0, len(wanted), _AT_ONCE):
            found = self._connection.execute(UNDER_WAY, {"ids": wanted[begin : begin + _AT_ONCE]})
            roots |= {EnrollmentId(row.id): ContactId(row.root) for row in found}
        if only is not None:
            meant = frozenset(only)
            roots = {key: root for key, root in roots.items() if key in meant}
        if not roots:
            return ()
        ended: list[AnyRow] = []
        keys = sorted(roots)
        for begin in range(0, len(keys), _AT_ONCE):
            ended += self._connection.execute(_LOCKED, {"ids": keys[begin : begin + _AT_ONCE]}).all()
        self._end([EnrollmentId(row.id) for row in ended], state, cause)
        self._tell([(roots[EnrollmentId(row.id)], row.name) for row in ended], cause, actor, user_id)
        return tuple(EnrollmentId(row.id) for row in ended)

    def finish(self, enrollment_ids: Sequence[EnrollmentId]) -> None:
        """End those of which no message waits any more."""
        if not enrollment_ids:
            return
        open_ones = select(T.enrollment_id).where(T.enrollment_id.in_(enrollment_ids), T.state.in_(OPEN_STEPS))
        self._connection.execute(
            update(enrollments)
            .where(E.id.in_(enrollment_ids), ACTIVE, E.id.not_in(open_ones))
            .values(state=EnrollmentState.FINISHED, ended_at=self._work.now(), cause="finished")
        )

    def unsent_of(self, contact_ids: Iterable[ContactId]) -> tuple[OutboxEntry, ...]:
        """Messages of campaigns to contacts that no attempt was made at, locked against whoever would send them.

        The contacts are locked first, as by whoever starts an attempt: one of the two sees the other.
        """
        ids = sorted(set(contact_ids))
        if not _ANY_WAITING.may_find(self._connection, ids):
            return ()
        found = self._connection.execute(_WAITING, {"contacts": ids}).all()
        if not found:
            return ()
        if self._dialect != "sqlite":  # where the one writer holds everything
            people = select(contacts.c.id).where(contacts.c.id.in_({row.contact_id for row in found}))
            self._connection.execute(people.order_by(contacts.c.id).with_for_update()).all()
        entries = self._work.outbox.lock([row.id for row in found])
        return tuple(one for one in entries.values() if one.state in _UNSENT and not one.may_have_left)

    def queued_of(self, enrollment_ids: Sequence[EnrollmentId]) -> tuple[OutboxEntry, ...]:
        """Messages of these applications that no attempt was made at, locked like ``unsent_of``."""
        ids: list[EntryId] = []
        people: set[ContactId] = set()
        for begin in range(0, len(enrollment_ids), _AT_ONCE):
            query = (
                select(outbox.c.message_id, outbox.c.contact_id)
                .join(enrollment_steps, T.message_id == outbox.c.message_id)
                .where(T.enrollment_id.in_(enrollment_ids[begin : begin + _AT_ONCE]), outbox.c.state.in_(_UNSENT))
            )
            for row in self._connection.execute(query):
                ids.append(EntryId(row.message_id))
                people.add(ContactId(row.contact_id))
        wanted = set(ids)
        return tuple(one for one in self.unsent_of(people) if one.message_id in wanted)

    def cancelled_of(self, message_ids: Sequence[EntryId]) -> tuple[EntryId, ...]:
        """Those of messages whose application was stopped by somebody of the office."""
        query = select(T.message_id).join(enrollments, E.id == T.enrollment_id)
        query = query.where(T.message_id.in_(list(message_ids)), E.state == EnrollmentState.CANCELLED)
        return tuple(EntryId(key) for key in self._connection.execute(query).scalars())

    def withdraw(self, entries: Sequence[OutboxEntry], *, cause: str) -> None:
        """Take back what was queued, by hand."""
        at = self._work.outbox.now()
        after = [replace(released(one, DeliveryStatus.CANCELLED), reason=cause) for one in entries]
        self._work.outbox.apply(
            [
                Move(before=one, after=later, kind="cancelled", at=at, details=(("code", cause),))
                for one, later in zip(entries, after, strict=True)
            ]
        )

    def withdrawn(self, message_ids: Sequence[EntryId], *, cause: str) -> None:
        """Queued messages were taken back because the contact wrote: what had ended with them did not finish."""
        if not message_ids:
            return
        theirs = select(T.enrollment_id).where(T.message_id.in_(message_ids))
        self._connection.execute(
            update(enrollments)
            .where(E.id.in_(theirs), E.state == EnrollmentState.FINISHED)
            .values(state=EnrollmentState.REPLIED, cause=cause)
        )

    def _end(self, ids: Sequence[EnrollmentId], state: EnrollmentState, cause: str) -> None:
        for begin in range(0, len(ids), _AT_ONCE):
            chunk = ids[begin : begin + _AT_ONCE]
            self._connection.execute(
                update(enrollments).where(E.id.in_(chunk)).values(state=state, ended_at=self._work.now(), cause=cause)
            )
            self._connection.execute(
                update(enrollment_steps)
                .where(T.enrollment_id.in_(chunk), T.state.in_(OPEN_STEPS))
                .values(state=StepState.CANCELLED, reason=cause)
            )

    def _tell(
        self, ended: Sequence[tuple[ContactId, str]], cause: str, actor: ActorKind, user_id: UserId | None
    ) -> None:
        """An event in each conversation, all of one campaign together."""
        c = conversations.c
        talks: dict[ContactId, ConversationId] = {}
        people = sorted({contact_id for contact_id, _ in ended})
        for begin in range(0, len(people), _AT_ONCE):
            query = select(c.id, c.contact_id).where(c.contact_id.in_(people[begin : begin + _AT_ONCE]))
            talks |= {ContactId(row.contact_id): ConversationId(row.id) for row in self._connection.execute(query)}
        user = None if user_id is None else self._work.users.get(user_id)
        for name in sorted({name for _, name in ended}):
            here = sorted({talks[contact_id] for contact_id, its in ended if its == name and contact_id in talks})
            self._work.timeline.add_events(
                here,
                "campaign_stopped",
                actor_kind=actor,
                actor_id=user_id,
                actor_name=user.name if user else "",
                details={"campaign": name, "cause": cause},
            )
        for contact_id in people:
            self._work.announce(EnrollmentChanged(contact_id=contact_id))
