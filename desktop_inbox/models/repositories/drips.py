"""Drips: messages of campaigns under way, when they are due, and what became of each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, delete, insert, literal_column, or_, select, update

from desktop_inbox.events import EnrollmentChanged
from desktop_inbox.models.entities.campaign import (
    Enrollment,
    EnrollmentState,
    EnrollmentStep,
    EnrollmentStepId,
    StepId,
    StepState,
)
from desktop_inbox.models.entities.ids import (
    AddressId,
    CampaignId,
    ChannelId,
    ContactId,
    ConversationId,
    EnrollmentId,
    EntryId,
    UserId,
)
from desktop_inbox.models.entities.message import DeliveryStatus
from desktop_inbox.models.schema import (
    campaign_steps,
    campaigns,
    contact_addresses,
    contacts,
    conversations,
    enrollment_steps,
    enrollments,
    messages,
)
from desktop_inbox.models.schema import channels as schema_channels
from desktop_inbox.models.search_text import fold

from .base import AnyRow, Repository
from .enrollments import ACTIVE, OPEN_STEPS, UNDER_WAY, E, T

_S, _A, _V = campaign_steps.c, contact_addresses.c, conversations.c
#: Written out, as in the partial index.
_WAITING: Final = T.state == literal_column("'waiting'")
_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """A new enrollment, and when each of its messages is due (UTC)."""

    contact_id: ContactId
    conversation_id: ConversationId
    channel_id: ChannelId
    address_id: AddressId
    due: Mapping[StepId, datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drip:
    """A message that is due; contact and conversation are those that the address belongs to now, None for gone."""

    id: EnrollmentStepId
    enrollment_id: EnrollmentId
    contact_id: ContactId | None
    conversation_id: ConversationId | None
    channel_id: ChannelId
    address_id: AddressId
    user_id: UserId | None
    due_at: datetime
    text: str
    files: tuple[dict[str, Any], ...]


_DRIPS: Final = (
    select(
        T.id,
        T.enrollment_id,
        T.due_at,
        E.channel_id,
        E.address_id,
        E.user_id,
        _A.contact_id.label("owner_id"),
        _V.id.label("talk_id"),
        _S.text,
        _S.files,
    )
    .join(enrollments, E.id == T.enrollment_id)
    .join(campaign_steps, _S.id == T.step_id)
    .outerjoin(contact_addresses, _A.id == E.address_id)
    .outerjoin(conversations, _V.contact_id == _A.contact_id)
)


class DripRepository(Repository):
    """Reads what is due, and notes what became of it."""

    def add(
        self,
        campaign_id: CampaignId,
        news: Sequence[Applied],
        *,
        at: datetime,
        zone: str,
        user_id: UserId | None,
    ) -> None:
        """Begin a campaign with contacts, none of whom is under way with it."""
        rows = [
            {
                "campaign_id": campaign_id,
                "contact_id": one.contact_id,
                "conversation_id": one.conversation_id,
                "channel_id": one.channel_id,
                "address_id": one.address_id,
                "user_id": user_id,
                "applied_at": at,
                "zone": zone,
                "state": EnrollmentState.ACTIVE,
            }
            for one in news
        ]
        if not rows:
            return
        statement = insert(enrollments).returning(E.id, sort_by_parameter_order=True)
        keys = self._connection.execute(statement, rows).scalars().all()
        steps = [
            {"enrollment_id": key, "step_id": step, "due_at": due, "state": StepState.WAITING}
            for key, one in zip(keys, news, strict=True)
            for step, due in one.due.items()
        ]
        self._connection.execute(insert(enrollment_steps), steps)
        self.announce(one.contact_id for one in news)

    def under_way(self, campaign_id: CampaignId, contact_ids: Sequence[ContactId]) -> frozenset[ContactId]:
        """Those of ``contact_ids`` with whom a campaign is under way, also as somebody who was merged into them."""
        found: set[ContactId] = set()
        for begin in range(0, len(contact_ids), _AT_ONCE):
            query = UNDER_WAY.where(E.campaign_id == campaign_id)
            rows = self._connection.execute(query, {"ids": list(contact_ids[begin : begin + _AT_ONCE])})
            found |= {ContactId(row.root) for row in rows}
        return frozenset(found)

    def talks_of(self, contact_ids: Sequence[ContactId]) -> dict[ContactId, ConversationId]:
        """The conversations that exist already."""
        found: dict[ContactId, ConversationId] = {}
        for begin in range(0, len(contact_ids), _AT_ONCE):
            query = select(_V.id, _V.contact_id).where(_V.contact_id.in_(contact_ids[begin : begin + _AT_ONCE]))
            found |= {ContactId(row.contact_id): ConversationId(row.id) for row in self._connection.execute(query)}
        return found

    # -- what is due

    def due(
        self, at: datetime, *, long_ago: datetime, limit: int, channels: Sequence[ChannelId] | None = None
    ) -> tuple[Drip, ...]:
        """Messages that are due, the longest waiting first. Those of a channel that does not work, or is none of
        ``channels``, wait until they were due ``long_ago``."""
        works = select(schema_channels.c.id).where(schema_channels.c.state == "active")
        here = E.channel_id.in_(works) if channels is None else E.channel_id.in_(list(channels))
        query = _DRIPS.where(_WAITING, T.due_at <= at, ACTIVE).where(or_(here, T.due_at <= long_ago))
        return self._drips(query.order_by(T.due_at, T.id).limit(limit))

    def take(self, drips: Sequence[Drip]) -> tuple[Drip, ...]:
        """Those that still wait, held until the transaction ends, by whoever comes first.

        Conversations are held first, then enrollments, as by an inbound message: nobody waits for each other.
        """
        if self._dialect == "postgresql":
            self._work.states.lock([one.conversation_id for one in drips if one.conversation_id is not None])
        theirs = sorted({one.enrollment_id for one in drips})
        held = select(E.id).where(E.id.in_(theirs), ACTIVE).order_by(E.id).with_for_update()
        here = list(self._connection.execute(held).scalars())
        query = _DRIPS.where(T.id.in_([one.id for one in drips]), E.id.in_(here), T.state == StepState.WAITING)
        return self._drips(query.order_by(T.due_at, T.id))

    def set(
        self, ids: Iterable[EnrollmentStepId], state: StepState, *, reason: str = "", message_id: EntryId | None = None
    ) -> None:
        """Note what became of messages that waited or asked."""
        self._connection.execute(
            update(enrollment_steps)
            .where(T.id.in_(list(ids)), T.state.in_(OPEN_STEPS))
            .values(state=state, reason=reason, message_id=message_id)
        )

    def ask_again(self, enrollment_id: EnrollmentId, at: datetime) -> int:
        """Let what asks be due now; returns how many."""
        statement = update(enrollment_steps).where(T.enrollment_id == enrollment_id, T.state == StepState.ASKING)
        return self._connection.execute(statement.values(state=StepState.WAITING, due_at=at, reason="")).rowcount

    def skip_asking(self, enrollment_id: EnrollmentId) -> int:
        """Leave out what asks; returns how many."""
        statement = update(enrollment_steps).where(T.enrollment_id == enrollment_id, T.state == StepState.ASKING)
        return self._connection.execute(statement.values(state=StepState.SKIPPED, reason="missed")).rowcount

    def _drips(self, query: Select[Any]) -> tuple[Drip, ...]:
        return tuple(
            Drip(
                id=EnrollmentStepId(row.id),
                enrollment_id=EnrollmentId(row.enrollment_id),
                contact_id=None if row.owner_id is None else ContactId(row.owner_id),
                conversation_id=None if row.talk_id is None else ConversationId(row.talk_id),
                channel_id=ChannelId(row.channel_id),
                address_id=AddressId(row.address_id),
                user_id=None if row.user_id is None else UserId(row.user_id),
                due_at=row.due_at,
                text=row.text,
                files=tuple(row.files.get("files", ())),
            )
            for row in self._connection.execute(query)
        )

    def delete_of(self, channel_ids: Sequence[int]) -> None:
        """Remove what was applied by channels that are taken away with everything."""
        self._connection.execute(delete(enrollments).where(E.channel_id.in_(list(channel_ids))))

    # -- lists

    def page(
        self,
        campaign_id: CampaignId,
        *,
        state: EnrollmentState | None = None,
        text: str = "",
        before: EnrollmentId | None = None,
        limit: int = 200,
    ) -> tuple[Enrollment, ...]:
        """Applications of a campaign, the newest first; with ``text`` in a contact's name or address."""
        query = _ENROLLMENTS.where(E.campaign_id == campaign_id)
        if state is not None:
            query = query.where(E.state == state)
        for part in fold(text).split()[:8]:
            there = select(_A.id).where(_A.id == E.address_id, _A.path.contains(part, autoescape=True))
            query = query.where(or_(contacts.c.name_key.contains(part, autoescape=True), there.exists()))
        if before is not None:
            query = query.where(E.id < before)
        return self._complete(self._connection.execute(query.order_by(E.id.desc()).limit(limit)).all())

    def get(self, enrollment_id: EnrollmentId) -> Enrollment | None:
        """One application, or None."""
        rows = self._connection.execute(_ENROLLMENTS.where(E.id == enrollment_id)).all()
        return next(iter(self._complete(rows)), None)

    def of_contact(self, contact_id: ContactId, *, limit: int = 20) -> tuple[Enrollment, ...]:
        """What was applied to a contact and those merged into it, the newest first."""
        query = _ENROLLMENTS.where(E.contact_id.in_(self._work.merges.ids_of(contact_id)))
        return self._complete(self._connection.execute(query.order_by(E.id.desc()).limit(limit)).all())

    def active_of(self, campaign_id: CampaignId) -> tuple[ContactId, ...]:
        """Contacts with whom a campaign is under way."""
        query = select(E.contact_id).where(E.campaign_id == campaign_id, ACTIVE).order_by(E.contact_id)
        return tuple(ContactId(key) for key in self._connection.execute(query).scalars())

    def _complete(self, rows: Sequence[AnyRow]) -> tuple[Enrollment, ...]:
        ids = [row.id for row in rows]
        steps: dict[int, list[EnrollmentStep]] = {}
        for begin in range(0, len(ids), _AT_ONCE):
            query = _STEPS.where(T.enrollment_id.in_(ids[begin : begin + _AT_ONCE])).order_by(T.due_at, T.id)
            for row in self._connection.execute(query):
                steps.setdefault(row.enrollment_id, []).append(_to_step(row))
        return tuple(_to_enrollment(row, tuple(steps.get(row.id, ()))) for row in rows)

    def announce(self, contact_ids: Iterable[ContactId]) -> None:
        """Tell that campaigns of contacts got further."""
        for contact_id in dict.fromkeys(contact_ids):
            self._work.announce(EnrollmentChanged(contact_id=contact_id))


_PATH = (
    select(_A.path).where(_A.contact_id == contacts.c.id).order_by(_A.priority, _A.id).limit(1).scalar_subquery()
).label("path")
_ENROLLMENTS: Final = (
    select(enrollments, campaigns.c.name, contacts.c.first_name, contacts.c.last_name, _PATH)
    .join(campaigns, campaigns.c.id == E.campaign_id)
    .join(contacts, contacts.c.id == E.contact_id)
)
_STEPS: Final = (
    select(enrollment_steps, _S.text, messages.c.status, messages.c.text.label("said"))
    .join(campaign_steps, _S.id == T.step_id)
    .outerjoin(messages, messages.c.id == T.message_id)
)


def _to_step(row: AnyRow) -> EnrollmentStep:
    return EnrollmentStep(
        id=EnrollmentStepId(row.id),
        step_id=StepId(row.step_id),
        due_at=row.due_at,
        state=StepState(row.state),
        text=row.text if row.said is None else row.said,
        reason=row.reason,
        message_id=None if row.message_id is None else EntryId(row.message_id),
        status=None if row.status is None else DeliveryStatus(row.status),
    )


def _to_enrollment(row: AnyRow, steps: tuple[EnrollmentStep, ...]) -> Enrollment:
    return Enrollment(
        id=EnrollmentId(row.id),
        campaign_id=CampaignId(row.campaign_id),
        campaign_name=row.name,
        contact_id=ContactId(row.contact_id),
        contact_name=f"{row.first_name} {row.last_name}".strip() or row.path or "",
        conversation_id=ConversationId(row.conversation_id),
        channel_id=ChannelId(row.channel_id),
        address_id=AddressId(row.address_id),
        applied_at=row.applied_at,
        zone=row.zone,
        state=EnrollmentState(row.state),
        ended_at=row.ended_at,
        cause=row.cause,
        user_id=None if row.user_id is None else UserId(row.user_id),
        steps=steps,
    )
