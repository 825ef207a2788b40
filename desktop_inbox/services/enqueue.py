"""Enqueue: message, outbox entry, list columns, ledger line and cleared draft in one transaction."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from desktop_inbox.errors import NotFoundError
from desktop_inbox.events import BulkChanged, MessageQueued
from desktop_inbox.models.entities.attachment import AttachmentState
from desktop_inbox.models.entities.channel import Capabilities, Channel
from desktop_inbox.models.entities.contact import ConsentStage, Contact, ContactAddress, OptIn
from desktop_inbox.models.entities.conversation import EntryKind
from desktop_inbox.models.entities.ids import ContactId, ConversationId, EntryId, first_entry_id
from desktop_inbox.models.entities.message import DeliveryStatus as S
from desktop_inbox.models.entities.message import Direction, ErrorOrigin, Message, SenderKind
from desktop_inbox.models.entities.outbox import (
    CONSENT_FIRST,
    OUTSIDE_HOURS,
    GateDecision,
    GateKind,
    OnUnknown,
    Priority,
)
from desktop_inbox.models.entities.term import BLOCKED_TERM
from desktop_inbox.models.repositories.deliveries import Place
from desktop_inbox.models.work import Work
from desktop_inbox.services import text_segments, variables
from desktop_inbox.services.blocked_time import let_go
from desktop_inbox.services.enqueue_known import NOBODY, Known
from desktop_inbox.services.entry_ids import draw
from desktop_inbox.services.gate import (
    LOOP_LIMIT,
    LOOP_SPAN,
    PERSONAL,
    Facts,
    FileFacts,
    Gate,
    GateRefusedError,
    capabilities_of,
    is_storable,
)
from desktop_inbox.services.messaging_window import with_window
from desktop_inbox.services.new_message import LIFE, Looked, NewMessage, OutgoingFile
from desktop_inbox.services.state_changes import answered

__all__ = ["LIFE", "Enqueue", "Looked", "NewMessage", "OutgoingFile"]

_BULK: Final = frozenset({SenderKind.BROADCAST, SenderKind.CAMPAIGN})
#: From so many messages at once on, listeners are told once instead of for each.
_MANY: Final = 50
#: What needs no consent message before it: it is one, or it answers a keyword.
_NEVER_BEHIND: Final = frozenset({SenderKind.CONSENT, SenderKind.KEYWORD})
_BEHIND: Final = GateDecision(
    kind=GateKind.HOLD, code=CONSENT_FIRST, sentence="It follows when the consent message was sent."
)
_STATES: Final = {GateKind.GO: S.QUEUED, GateKind.HOLD: S.HELD, GateKind.REFUSE: S.BLOCKED}
_KINDS: Final = {"image": EntryKind.PICTURE, "video": EntryKind.VIDEO, "audio": EntryKind.AUDIO}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ready:
    """A new message with what was read about it."""

    new: NewMessage
    contact: Contact
    channel: Channel
    capabilities: Capabilities
    window_ends_at: datetime | None
    last_entry_id: int
    decision: GateDecision
    leads: bool = False  # it is a consent message
    follows: bool = False  # it waits for one
    after: EntryId | None = None  # which one, where that is on its way already


class Enqueue:
    """The only way into the outbox."""

    def __init__(self, gate: Gate, *, capabilities: Callable[[Channel], Capabilities] = capabilities_of) -> None:
        self._gate = gate
        self._capabilities = capabilities

    def check(self, work: Work, new: NewMessage) -> GateDecision:
        """What the gate says about a message that is not queued yet."""
        return self._ready(work, Known(work, (new,)), new).decision

    def look(
        self,
        work: Work,
        news: Sequence[NewMessage],
        *,
        strangers: Mapping[ConversationId, Contact] = NOBODY,
        at: datetime | None = None,
    ) -> tuple[Looked, ...]:
        """What would become of messages, now or ``at`` a moment; nothing is stored. ``strangers`` are people without a
        conversation, or who are not even known, under ids of conversations that do not exist."""
        known = Known(work, news, strangers=strangers)
        found = [self._ready(work, known, new, at=at) for new in news]
        return tuple(Looked(decision=one.decision, text=one.new.text, segments=_segments(one)) for one in found)

    def one(self, work: Work, new: NewMessage) -> EntryId:
        """Queue a message, or return the one that has its client_uuid. Raises GateRefusedError."""
        (answer,) = self.many(work, (new,))
        if isinstance(answer, GateDecision):
            raise GateRefusedError(answer)
        return answer

    def many(
        self, work: Work, news: Sequence[NewMessage], *, people: Mapping[ContactId, Contact] | None = None
    ) -> tuple[EntryId | GateDecision, ...]:
        """Queue many at once; each answer is the message's id, or why it must not leave. Those that are
        there already are not queued again. Call it in chunks: it is one transaction; in it ``people`` were read."""
        before = work.deliveries.known_uuids([new.client_uuid for new in news])
        known = Known(work, [new for new in news if new.client_uuid not in before], people=people)
        answers: list[EntryId | GateDecision | None] = []
        going: list[_Ready] = []
        for new in news:
            if new.client_uuid in before:
                answers.append(before[new.client_uuid])
                continue
            ready = self._ready(work, known, new)
            if not _is_storable_decision(ready):
                answers.append(ready.decision)
                continue
            blocked = ready.decision.kind is GateKind.REFUSE
            first = (ready,) if blocked else self._consent_first(work, known, ready)
            if isinstance(first, GateDecision):
                answers.append(first)
                continue
            going += first
            answers.append(None)
        stored = zip(going, self._store(work, going), strict=True)
        keys = iter([key for one, key in stored if not one.leads])
        return tuple(next(keys) if answer is None else answer for answer in answers)

    def _consent_first(self, work: Work, known: Known, ready: _Ready) -> tuple[_Ready, ...] | GateDecision:
        """The message, behind the consent message where the office wants one and the contact had none (S4-22);
        or why the consent message must not leave."""
        contact, new = ready.contact, ready.new
        if not known.consent_text or new.sender_kind in _NEVER_BEHIND or "opted_out" in new.confirmed:
            return (ready,)
        if contact.consent in (ConsentStage.SENT, ConsentStage.ACKNOWLEDGED):
            return (ready,)
        behind = replace(ready, decision=replace(_BEHIND, until=ready.decision.until), follows=True)
        if contact.consent is ConsentStage.QUEUED:
            lead_id = work.consent_first.message_of(contact.id)
            if new.sender_kind in PERSONAL and lead_id is not None:
                let_go(work, lead_id)  # it was held for something automatic, and now a person waits
            return (replace(behind, after=lead_id),)
        if contact.id in known.asked:  # by an earlier message of this transaction
            return (behind,)
        values = {
            "text": known.consent_text,
            "client_uuid": str(uuid.uuid4()),
            "sender_kind": SenderKind.CONSENT,
            "as_it_is": True,
            "batch_id": None,
            "team_id": new.team_id or known.limits.team_of(new.batch_id, new.sender_id),  # its hours hold for both
            "confirmed": new.confirmed | {OUTSIDE_HOURS} if new.sender_kind in PERSONAL else new.confirmed,
        }
        lead = self._ready(work, known, replace(new, **values, files=(), sender_id=None))  # type: ignore[arg-type]
        if lead.decision.kind in (GateKind.REFUSE, GateKind.CONFIRM):
            return lead.decision
        known.asked.add(contact.id)
        return replace(lead, leads=True), behind

    # -- reading

    def _ready(self, work: Work, known: Known, new: NewMessage, *, at: datetime | None = None) -> _Ready:
        place = known.places.get(new.conversation_id)
        contact = None if place is None else known.contacts.get(place.contact_id)
        if place is None or contact is None:
            raise NotFoundError("conversation_missing", "The conversation does not exist any more.")
        address = next((one for one in contact.addresses if one.id == new.address_id), None)
        if address is None:
            raise NotFoundError(
                "address_missing", "The contact does not have this address any more.", hint="Choose another address."
            )
        channel = known.channel(new.channel_id)
        if channel is None:
            raise NotFoundError("channel_missing", "The channel does not exist.", hint="Choose another channel.")
        if channel.id not in known.capabilities:
            known.capabilities[channel.id] = self._capabilities(channel)
        capabilities, ends = with_window(work, new.conversation_id, channel, known.capabilities[channel.id], address)
        place = replace(place, window_ends_at=ends)
        new, unresolved = _resolved(known, new)
        facts = self._facts(work, new, contact, address, channel, capabilities, place)
        facts = replace(facts, unresolved=unresolved) if unresolved else facts
        facts = replace(facts, now=at) if at is not None else facts
        facts = replace(facts, limit=known.limits.of_new(new, contact, address, at=facts.now))
        return _Ready(
            new=new,
            contact=contact,
            channel=channel,
            capabilities=capabilities,
            window_ends_at=place.window_ends_at,
            last_entry_id=place.last_entry_id,
            decision=self._gate.check(facts),
        )

    @staticmethod
    def _facts(
        work: Work,
        new: NewMessage,
        contact: Contact,
        address: ContactAddress,
        channel: Channel,
        capabilities: Capabilities,
        place: Place,
    ) -> Facts:
        now = work.now()
        opted_out = OptIn.OPTED_OUT in (contact.opt_in, address.opt_in)
        # A text that no database takes is refused by its own rule and never looked for.
        silent = place.last_entry_id < first_entry_id(now - LOOP_SPAN)
        identical = 0 if silent or not is_storable(new.text) else _identical(work, new, now)
        return Facts(
            now=now,
            sender_kind=new.sender_kind,
            channel=channel,
            capabilities=capabilities,
            scheme=address.scheme,
            text=new.text,
            files=tuple(FileFacts(media_type=file.media_type, size=file.size) for file in new.files),
            opt_in=OptIn.OPTED_OUT if opted_out else OptIn.OPTED_IN,
            carrier_blocked=address.carrier_blocked,
            contact_blocked=contact.blocked,
            looks_opted_out=contact.looks_opted_out,
            window_ends_at=place.window_ends_at,
            has_inbound=place.has_inbound,
            identical=identical,
            confirmed=new.confirmed,
        )

    # -- writing

    def _store(self, work: Work, ready: Sequence[_Ready]) -> list[EntryId]:
        now = work.now()
        if not ready:
            return []
        keys = draw(work, [(one.new.conversation_id, one.last_entry_id) for one in ready], now)
        leads = {one.contact.id: key for one, key in zip(ready, keys, strict=True) if one.leads}
        messages = [self._message(one, key, now) for one, key in zip(ready, keys, strict=True)]
        entries = [self._entry(one, key, now, leads) for one, key in zip(ready, keys, strict=True)]
        repliers = {
            one.new.conversation_id: one.new.sender_id
            for one in ready
            if one.new.sender_kind is SenderKind.USER and one.new.sender_id is not None
        }
        states = work.states.lock(list(repliers)) if repliers else ()
        work.messages.add_outbound_many(messages)
        for one, (message, _kind) in zip(ready, messages, strict=True):
            for position, file in enumerate(one.new.files):
                work.attachments.add(message.id, position=position, **_file_columns(file))
        work.outbox.add_many(entries)
        answered(work, states, repliers)
        work.consent_first.queued(leads)
        in_bulk = len(ready) >= _MANY
        if in_bulk:
            work.announce_in_bulk()
            work.announce(BulkChanged())
        for one, (message, _kind) in zip(ready, messages, strict=True):
            priority = _priority(one.new.sender_kind)
            if priority > Priority.BULK:
                work.outbox.promote(one.new.conversation_id, priority)
            told = {"confirmed": ",".join(sorted(one.new.confirmed))} if one.new.confirmed else {}
            work.ledger.add(
                message.id, str(message.status), at=now, channel=one.channel.id, sender=str(one.new.sender_kind), **told
            )
            if not in_bulk or message is messages[-1][0]:  # one wakes whoever sends
                work.announce(MessageQueued(message_id=message.id, conversation_id=message.conversation_id))
            if one.new.sender_kind is SenderKind.USER and one.new.sender_id is not None:
                work.drafts.save(one.new.conversation_id, one.new.sender_id, "")
        return [message.id for message, _kind in messages]

    @staticmethod
    def _message(one: _Ready, key: EntryId, now: datetime) -> tuple[Message, EntryKind]:
        new = one.new
        window = one.capabilities.window_hours
        closed = window is not None and (one.window_ends_at is None or one.window_ends_at <= now)
        message = Message(
            id=key,
            conversation_id=new.conversation_id,
            contact_id=one.contact.id,
            direction=Direction.OUT,
            text=new.text,
            status=_STATES[one.decision.kind],
            channel_id=one.channel.id,
            address_id=new.address_id,
            sender_kind=new.sender_kind,
            sender_id=new.sender_id,
            client_uuid=new.client_uuid,
            segments=_segments(one) or 1,
            outside_window=closed,
            queued_at=now,
            batch_id=new.batch_id,
            **_failure(one.decision, now),
        )
        return message, _kind_of(new)

    @staticmethod
    def _entry(one: _Ready, key: EntryId, now: datetime, leads: Mapping[ContactId, EntryId]) -> dict[str, object]:
        held = one.decision.kind is GateKind.HOLD
        due = one.decision.until if held and one.decision.until else now + one.new.delay
        return {
            "message_id": key,
            "conversation_id": one.new.conversation_id,
            "contact_id": one.contact.id,
            "address_id": one.new.address_id,
            "channel_id": one.channel.id,
            "state": _STATES[one.decision.kind],
            "idem_key": str(uuid.uuid4()),
            "priority": int(_priority(one.new.sender_kind)),
            "due_at": due,
            "expires_at": due + one.new.life,
            "reason": one.decision.code or None,
            "on_unknown": OnUnknown.HOLD if one.new.sender_kind in _BULK else OnUnknown.RECONCILE,
            "confirmed": ",".join(sorted(one.new.confirmed)),
            "after_message_id": (one.after or leads.get(one.contact.id)) if one.leads or one.follows else None,
        }


def _resolved(known: Known, new: NewMessage) -> tuple[NewMessage, tuple[str, ...]]:
    """The message with values in place of variables, and those that have none."""
    if new.as_it_is or not variables.has_variables(new.text):
        return new, ()
    facts = known.variables(new.conversation_id)
    if new.values:
        facts = variables.VariableFacts(values={**facts.values, **new.values})
    found = variables.resolve(new.text, facts)
    return replace(new, text=found.text), found.unresolved


def _is_storable_decision(one: _Ready) -> bool:
    """Whether it is queued or held, or kept for an administrator to decide; what is refused otherwise, or must not be
    held, is answered."""
    decision, new = one.decision, one.new
    if decision.kind is GateKind.REFUSE:
        return decision.code == BLOCKED_TERM and new.sender_kind not in PERSONAL
    return decision.kind is GateKind.GO or (decision.kind is GateKind.HOLD and decision.code not in new.not_held)


def _failure(decision: GateDecision, at: datetime) -> Mapping[str, Any]:
    """What a message says from the beginning that a term keeps back."""
    if decision.kind is not GateKind.REFUSE:
        return {}
    origin = ErrorOrigin.OURS
    return {"error_origin": origin, "error_code": decision.code, "error_text": decision.sentence, "failed_at": at}


def _segments(one: _Ready) -> int:
    return max(1, text_segments.count(one.new.text).segments) if one.capabilities.segments else 0


def _priority(sender: SenderKind) -> Priority:
    if sender in PERSONAL:
        return Priority.REPLY
    return Priority.BULK if sender in _BULK else Priority.AUTOMATIC


def _identical(work: Work, new: NewMessage, now: datetime) -> int:
    return min(work.deliveries.identical(new.conversation_id, new.text, now - LOOP_SPAN), LOOP_LIMIT)


def _kind_of(new: NewMessage) -> EntryKind:
    if new.text.strip() or not new.files:
        return EntryKind.TEXT
    return _KINDS.get(new.files[0].media_type.partition("/")[0], EntryKind.FILE)


def _file_columns(file: OutgoingFile) -> dict[str, object]:
    return {
        "state": AttachmentState.READY,
        "sha256": file.sha256,
        "media_type": file.media_type,
        "size": file.size,
        "original_name": file.name,
        "width": file.width,
        "height": file.height,
    }
