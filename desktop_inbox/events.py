"""Facts in the past tense, and the bus that tells them.

An event carries ids only: whoever hears it reads the fact from the store. ``Store`` publishes the events
of a transaction after its commit; the change log carries the same events to other processes.
"""

import logging
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Base of all events."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageReceived(Event):
    """An inbound message was stored."""

    message_id: int
    conversation_id: int
    contact_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageQueued(Event):
    """An outbound message was stored and will be sent."""

    message_id: int
    conversation_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageStatusChanged(Event):
    """An outbound message got further, or failed; `status` is a DeliveryStatus value."""

    message_id: int
    conversation_id: int
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageChanged(Event):
    """Something else about a message changed, such as an attachment that was fetched."""

    message_id: int
    conversation_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationChanged(Event):
    """List columns of a conversation changed: read, unread, archived, assigned, ..."""

    conversation_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEntryAdded(Event):
    """An event, a call or a comment was added to a conversation; a comment was changed or removed."""

    entry_id: int
    conversation_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactChanged(Event):
    """A contact was created or changed; consent included."""

    contact_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftChanged(Event):
    """A draft was saved or cleared."""

    conversation_id: int
    user_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelChanged(Event):
    """A channel was added, edited, paused, resumed, broken or removed."""

    channel_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingChanged(Event):
    """A setting has a new value."""

    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TagsChanged(Event):
    """Tags or contact lists were made, renamed or deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldsChanged(Event):
    """Custom fields were defined, changed or deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SnippetsChanged(Event):
    """Snippets or their folders were made, changed or deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserMentioned(Event):
    """A comment names a user who should read it."""

    comment_id: int
    conversation_id: int
    user_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UsersChanged(Event):
    """Somebody was added to the office, renamed, given other rights, or left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentsChanged(Event):
    """Saved segments were added, changed, removed or broken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleChanged(Event):
    """Schedules were made, changed, fired or removed; whoever lists them reads them again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchChanged(Event):
    """A batch was made, moved, stopped, or got further as a whole."""

    batch_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelsChanged(Event):
    """Labels of messages were made, renamed or deleted, put on messages or taken off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignsChanged(Event):
    """Campaigns were made, changed or deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrollmentChanged(Event):
    """A campaign was applied to a contact, got further, or ended."""

    contact_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RemindersChanged(Event):
    """Reminders were made, changed or deleted, or one was due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamsChanged(Event):
    """A team, the office's allowed hours or a day off changed: what may leave when."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsChanged(Event):
    """A blocked word or link changed, or somebody decided about a message that had one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkChanged(Event):
    """So much changed that lists should be read again (first sync, import)."""

    what: str = "conversations"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectivityChanged(Event):
    """Local: a channel can or cannot reach its provider. Never written to the change log."""

    channel_id: int
    online: bool
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemFound(Event):
    """Local: work behind the scenes found something that a person must hear of, such as a damaged database."""

    code: str
    message: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTaken(Event):
    """Local: a user did something that can be taken back (services/undo.py)."""

    step_id: int
    user_id: int
    kind: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StepUndone(Event):
    """Local: a step was taken back."""

    step_id: int
    user_id: int


E_ = TypeVar("E_", bound=Event)
Listener = Callable[[Any], None]

#: Events that cross process borders through the change log, by name.
SHARED_EVENTS: dict[str, type[Event]] = {
    kind.__name__: kind
    for kind in (
        MessageReceived,
        MessageQueued,
        MessageStatusChanged,
        MessageChanged,
        ConversationChanged,
        TimelineEntryAdded,
        ContactChanged,
        DraftChanged,
        ChannelChanged,
        SettingChanged,
        TagsChanged,
        SnippetsChanged,
        FieldsChanged,
        UserMentioned,
        UsersChanged,
        SegmentsChanged,
        CampaignsChanged,
        EnrollmentChanged,
        RemindersChanged,
        BatchChanged,
        ScheduleChanged,
        LabelsChanged,
        TeamsChanged,
        TermsChanged,
        BulkChanged,
    )
}


def event_to_payload(event: Event) -> dict[str, Any]:
    """Return the fields of ``event`` as JSON types."""
    return {name: getattr(event, name) for name in type(event).__dataclass_fields__}


def event_from_payload(name: str, payload: dict[str, Any]) -> Event | None:
    """Return the event, or None when a newer program wrote a kind this one does not know."""
    kind = SHARED_EVENTS.get(name)
    return kind(**payload) if kind else None


class EventBus:
    """Calls listeners in the order of their subscription, on the thread that publishes.

    A listener that raises is logged and does not keep others from hearing.
    """

    def __init__(self) -> None:
        self._listeners: dict[type[Event], list[Listener]] = defaultdict(list)

    def subscribe(self, kind: type[E_], listener: Callable[[E_], None]) -> Callable[[], None]:
        """Call ``listener`` for each event of ``kind`` (or a subclass); returns the unsubscriber."""
        self._listeners[kind].append(listener)

        def unsubscribe() -> None:
            if listener in self._listeners[kind]:
                self._listeners[kind].remove(listener)

        return unsubscribe

    def publish(self, event: Event) -> None:
        """Tell everybody who asked for this kind of event, or for a base of it."""
        for kind in type(event).__mro__:
            for listener in tuple(self._listeners.get(kind, ())):
                try:
                    listener(event)
                except Exception:  # noqa: BLE001 - the edge: one listener must not cost the others
                    _log.exception("a listener of %s failed", type(event).__name__)
