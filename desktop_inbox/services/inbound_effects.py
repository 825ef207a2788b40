"""What inbound messages change beside the timeline, and how the list shows them."""

from desktop_inbox.models.entities.conversation import ConversationStatus, EntryKind
from desktop_inbox.models.entities.ids import ConversationId
from desktop_inbox.models.entities.timeline import ActorKind
from desktop_inbox.models.repositories.contacts import Sender
from desktop_inbox.models.work import Work
from desktop_inbox.services.providers.base import InboundAttachment


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
