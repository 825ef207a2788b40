"""What inbound messages change beside the timeline, and how the list shows them."""

from collections.abc import Iterable, Sequence
from typing import Final

from desktop_inbox.models.entities.campaign import EnrollmentState
from desktop_inbox.models.entities.conversation import ConversationStatus, EntryKind
from desktop_inbox.models.entities.ids import ContactId, ConversationId
from desktop_inbox.models.entities.message import DeliveryStatus, ErrorOrigin
from desktop_inbox.models.entities.outbox import Move, OutboxEntry
from desktop_inbox.models.entities.timeline import ActorKind
from desktop_inbox.models.repositories.contacts import Sender
from desktop_inbox.models.repositories.outbox import released
from desktop_inbox.models.work import Work
from desktop_inbox.services.providers.base import InboundAttachment

#: Causes with which campaigns end by themselves.
REPLIED: Final = "contact_replied"
OPTED_OUT: Final = "opted_out"
_TOO_LATE: Final = "The contact wrote before this was sent."


def contact_wrote(work: Work, contact_ids: Iterable[ContactId]) -> None:
    """Contacts wrote, on whatever channel: nothing that was to leave only until they do leaves any more (S4-60).

    Called after opt-outs were recorded (FEATURES 1.8, step 4), in the transaction that stored what they wrote.
    """
    ids = sorted(set(contact_ids))
    if not ids:
        return
    work.enrollments.stop(ids, EnrollmentState.REPLIED, cause=REPLIED, actor=ActorKind.CONTACT)
    _cancel_replies(work, ids)
    unsent = work.enrollments.unsent_of(ids)
    work.outbox.apply([_withdrawn(entry, work) for entry in unsent])
    work.enrollments.withdrawn([entry.message_id for entry in unsent], cause=REPLIED)
    _withdraw_leads(work, unsent)


def _cancel_replies(work: Work, contact_ids: Sequence[ContactId]) -> None:
    """Replies that were to be sent later unless the contact answers first are not sent any more (B-02)."""
    cancelled = work.schedules.cancel_replies(contact_ids, REPLIED)
    if not cancelled:
        return
    work.timeline.add_events(
        sorted({one.conversation_id for one in cancelled if one.conversation_id is not None}),
        "schedule_cancelled",
        actor_kind=ActorKind.CONTACT,
        details={"cause": REPLIED},
    )


def _withdrawn(entry: OutboxEntry, work: Work) -> Move:
    return Move(
        before=entry,
        after=released(entry, DeliveryStatus.CANCELLED, reason=REPLIED),
        kind="cancelled",
        at=work.outbox.now(),
        details=(("code", REPLIED),),
        error_origin=ErrorOrigin.OURS,
        error_code=REPLIED,
        error_text=_TOO_LATE,
    )


def _withdraw_leads(work: Work, entries: Iterable[OutboxEntry]) -> None:
    """A consent message that nothing follows any more need not leave either."""
    work.outbox.apply([_withdrawn(lead, work) for lead in work.consent_first.unfollowed(entries)])


class StateChangesOfArrivals:
    """What new messages change by themselves (S2-69 a), for the timelines."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._changed: dict[str, dict[ConversationId, None]] = {
            kind: {} for kind in ("restored", "marked_pending", "unsnoozed")
        }

    def note(self, sender: Sender, *, wakes: bool) -> None:
        """Something new was said in this conversation."""
        facts = {
            "restored": sender.archived,
            "marked_pending": sender.status is ConversationStatus.DONE,
            "unsnoozed": sender.snoozed and wakes,
        }
        for kind in (kind for kind, holds in facts.items() if holds):
            self._changed[kind][sender.conversation_id] = None
        sender.archived, sender.status = False, ConversationStatus.PENDING
        sender.snoozed = sender.snoozed and not wakes

    def tell(self) -> None:
        """Append the events."""
        for kind, ids in self._changed.items():
            self._work.timeline.add_events(
                list(ids), kind, actor_kind=ActorKind.AUTOMATION, details={"cause": "inbound"}
            )


def kind_of(text: str, files: tuple[InboundAttachment, ...]) -> EntryKind:
    """Return what the list shows where the text does not say it."""
    if text.strip() or not files:
        return EntryKind.TEXT
    kinds = {"image": EntryKind.PICTURE, "video": EntryKind.VIDEO, "audio": EntryKind.AUDIO}
    return kinds.get(files[0].media_type.partition("/")[0], EntryKind.FILE)
