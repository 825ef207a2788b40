"""Services in memory for the timeline, the composer, the details and the dialogs."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from desktop_inbox.errors import InboxError, InvalidInputError, NotFoundError
from desktop_inbox.events import (
    ChannelChanged,
    ContactChanged,
    DraftChanged,
    EventBus,
    MessageQueued,
    MessageReceived,
    MessageStatusChanged,
)
from desktop_inbox.models.entities.attachment import Attachment
from desktop_inbox.models.entities.channel import Capabilities, Channel, ChannelState
from desktop_inbox.models.entities.consent import ConsentMethod, ConsentRecord
from desktop_inbox.models.entities.contact import Contact, OptIn, Scheme
from desktop_inbox.models.entities.conversation import ConversationSummary, Draft
from desktop_inbox.models.entities.ids import (
    AddressId,
    ChannelId,
    ContactId,
    ConversationId,
    EntryId,
    first_entry_id,
)
from desktop_inbox.models.entities.message import DeliveryStatus, Message
from desktop_inbox.models.entities.outbox import GateDecision, GateKind
from desktop_inbox.models.entities.search import SearchHit, SearchResult
from desktop_inbox.models.entities.timeline import EVERYTHING, TimelineEntry, TimelineFilter, TimelinePage
from desktop_inbox.services.channels import ReplyOption
from desktop_inbox.services.error_log import ErrorLog
from desktop_inbox.services.gate import GateRefusedError
from desktop_inbox.services.resend import Resent
from desktop_inbox.views.panes.timeline_filter import shows
from desktop_inbox.views.services import Services
from tests.support.entries import (  # noqa: F401 - tests take builders and fakes from one place
    CHAT,
    CHAT_ABLE,
    CONTACT,
    CONVERSATION,
    MMS_ABLE,
    SMS,
    SMS_ABLE,
    attachment,
    channel,
    maria,
    message,
    summary_of,
)
from tests.support.fakes_people import FakeComments, FakePeople
from tests.support.fakes_views import ME, NOW, FakeSettings
from tests.support.fakes_writing import FakeConsent, FakeSnippets, FakeVariables


@dataclass(frozen=True, kw_only=True)
class FakeStaged:
    """StagedFile."""

    path: Path
    media_type: str = "image/png"
    size: int = 1000
    name: str = "file"
    risky: bool = False


class TimelineInbox:
    """The part of InboxService that one conversation needs."""

    def __init__(self, entries: Sequence[TimelineEntry] = (), *, bus: EventBus | None = None) -> None:
        self.bus = bus or EventBus()
        self.all = {entry.id: entry for entry in entries}
        self.first_unread: EntryId | None = None
        self.read: list[ConversationId] = []
        self.calls: list[dict[str, Any]] = []
        self.drafts: dict[ConversationId, Draft] = {}
        self.saved: list[str] = []
        self.gate: asyncio.Event | None = None
        self.error: InboxError | None = None
        self.summary: ConversationSummary | None = None

    async def timeline(
        self,
        conversation_id: ConversationId,
        *,
        before: EntryId | None = None,
        after: EntryId | None = None,
        around: EntryId | None = None,
        limit: int = 50,
        wanted: TimelineFilter = EVERYTHING,
    ) -> TimelinePage:
        self.calls.append({"before": before, "after": after, "around": around})
        if self.gate is not None:
            await self.gate.wait()
        if self.error is not None:
            raise self.error
        ids = sorted(
            entry_id
            for entry_id, entry in self.all.items()
            if entry.conversation_id == conversation_id and shows(wanted, entry)
        )
        if before is not None:
            shown = [entry_id for entry_id in ids if entry_id < before][-limit:]
        elif after is not None:
            shown = [entry_id for entry_id in ids if entry_id > after][:limit]
        elif around is not None:
            place = ids.index(around)
            shown = ids[max(0, place - limit // 2) : place + limit // 2]
        else:
            shown = ids[-limit:]
        return TimelinePage(
            conversation_id=conversation_id,
            entries=tuple(self.all[entry_id] for entry_id in shown),
            has_older=bool(shown) and shown[0] != ids[0],
            has_newer=bool(shown) and shown[-1] != ids[-1],
            first_unread_id=self.first_unread if before is None and after is None else None,
        )

    async def entries(self, ids: Sequence[EntryId]) -> tuple[TimelineEntry, ...]:
        return tuple(self.all[entry_id] for entry_id in sorted(ids) if entry_id in self.all)

    async def summaries(self, ids: Sequence[ConversationId], *, view: Any = None) -> tuple[ConversationSummary, ...]:
        return (self.summary,) if self.summary is not None else ()

    async def mark_read(self, conversation_id: ConversationId) -> None:
        self.read.append(conversation_id)

    async def draft(self, conversation_id: ConversationId) -> Draft | None:
        return self.drafts.get(conversation_id)

    async def save_draft(
        self,
        conversation_id: ConversationId,
        text: str,
        *,
        attachment_paths: Sequence[str] = (),
        channel_id: ChannelId | None = None,
    ) -> None:
        if self.error is not None:
            raise self.error
        self.saved.append(text)
        self.drafts[conversation_id] = Draft(
            conversation_id=conversation_id,
            user_id=ME,
            text=text,
            attachment_paths=tuple(attachment_paths),
            channel_id=channel_id,
            updated_at=NOW,
        )
        self.bus.publish(DraftChanged(conversation_id=conversation_id, user_id=ME))

    def receive(self, *entries: Message) -> None:
        """Let inbound messages arrive."""
        for entry in entries:
            self.all[entry.id] = entry
            self.bus.publish(
                MessageReceived(message_id=entry.id, conversation_id=entry.conversation_id, contact_id=entry.contact_id)
            )

    def change(self, entry_id: EntryId, **fields: Any) -> None:
        """Change a message and tell it."""
        entry = self.all[entry_id]
        assert isinstance(entry, Message)
        self.all[entry_id] = replace(entry, **fields)
        status = str(fields.get("status", entry.status))
        self.bus.publish(
            MessageStatusChanged(message_id=entry_id, conversation_id=entry.conversation_id, status=status)
        )


class TimelineContacts:
    """The part of ContactService that one contact needs."""

    def __init__(self, contact: Contact, *, bus: EventBus) -> None:
        self.one, self.bus = contact, bus
        self.history: list[ConsentRecord] = []
        self.settled: list[bool] = []
        self.started: list[str] = []
        self.people: list[Contact] = [contact]

    async def contact(self, contact_id: ContactId) -> Contact:
        return self.one

    async def contact_of(self, conversation_id: ConversationId) -> Contact:
        return self.one

    async def conversation_of(self, contact_id: ContactId) -> ConversationId:
        return CONVERSATION

    async def find(self, text: str, *, limit: int = 20) -> tuple[Contact, ...]:
        return tuple(one for one in self.people if text.casefold() in one.name.casefold())[:limit]

    async def start(self, address_text: str, *, scheme: Scheme = Scheme.TEL) -> ConversationId:
        if not any(character.isdigit() for character in address_text):
            raise InvalidInputError("address_invalid", "This is not a phone number.", hint="Type digits.")
        self.started.append(address_text)
        return CONVERSATION

    async def rename(self, contact_id: ContactId, first_name: str, last_name: str) -> None:
        self.one = replace(self.one, first_name=first_name, last_name=last_name)
        self.bus.publish(ContactChanged(contact_id=contact_id))

    async def set_opt_in(
        self, contact_id: ContactId, status: OptIn, *, reason: str, address_id: AddressId | None = None
    ) -> None:
        self.one = replace(self.one, opt_in=status)
        self.history.append(
            ConsentRecord(
                id=EntryId(len(self.history) + 1),
                contact_id=contact_id,
                address_id=address_id,
                status=status,
                method=ConsentMethod.MANUAL,
                wording=reason,
                at=NOW,
            )
        )
        self.bus.publish(ContactChanged(contact_id=contact_id))

    async def settle_opt_out_question(self, contact_id: ContactId, *, opted_out: bool) -> None:
        self.settled.append(opted_out)
        self.one = replace(self.one, looks_opted_out=False)
        self.bus.publish(ContactChanged(contact_id=contact_id))

    async def consent_history(self, contact_id: ContactId) -> tuple[ConsentRecord, ...]:
        return tuple(self.history)


class TimelineChannels:
    """The part of ChannelService that the composer needs."""

    def __init__(self, contact: Contact, *, bus: EventBus) -> None:
        self.bus = bus
        self.list = [channel(1, "Front desk SMS"), channel(2, "Practice chat", "matrix")]
        first, second, *_ = contact.addresses
        self.options: tuple[ReplyOption, ...] = (
            ReplyOption(channel=self.list[0], address=first, capabilities=SMS_ABLE, is_default=True),
            ReplyOption(channel=self.list[1], address=second, capabilities=CHAT_ABLE, is_default=False),
        )

    async def all(self) -> tuple[Channel, ...]:
        return tuple(self.list)

    def able(self, channel: Channel | None) -> Capabilities | None:
        return next((one.capabilities for one in self.options if channel and one.channel.id == channel.id), None)

    async def reply_options(self, conversation_id: ConversationId) -> tuple[ReplyOption, ...]:
        return self.options

    def set_state(self, number: int, state: ChannelState, reason: str = "") -> None:
        """Pause or break a channel and tell it."""
        option = self.options[number]
        changed = replace(option.channel, state=state, state_reason=reason)
        options = list(self.options)
        options[number] = replace(option, channel=changed)
        self.options = tuple(options)
        self.bus.publish(ChannelChanged(channel_id=changed.id))


class TimelineOutbox:
    """OutboxService that queues into a TimelineInbox."""

    def __init__(self, inbox: TimelineInbox) -> None:
        self._inbox = inbox
        self.decision = GateDecision(kind=GateKind.GO)
        self.sent: list[Message] = []
        self.requests: list[Mapping[str, Any]] = []
        self.asked: list[str] = []  # the id of every press of Send, taken or not
        self.error: InboxError | None = None
        self.hold: asyncio.Event | None = None  # a message is queued, or refused, only then
        self.undoable = True
        self.resolved: list[tuple[EntryId, str]] = []
        self.cancelled: list[EntryId] = []

    async def check(self, conversation_id: ConversationId, **more: Any) -> GateDecision:
        return self.decision

    async def queue(
        self, conversation_id: ConversationId, text: str, *, confirmed: frozenset[str] = frozenset(), **more: Any
    ) -> Message:
        self.asked.append(more["client_uuid"])
        await asyncio.sleep(0)
        if self.hold is not None:
            await self.hold.wait()
        if self.error is not None:
            raise self.error
        if self.decision.kind is GateKind.REFUSE or (
            self.decision.kind is GateKind.CONFIRM and self.decision.code not in confirmed
        ):
            raise GateRefusedError(self.decision)
        self.requests.append({"text": text, "confirmed": confirmed, **more})
        made = message(len(self._inbox.all) + 1, text, at=NOW, out=True, status=DeliveryStatus.QUEUED)
        made = replace(made, id=EntryId(made.id + len(self.sent) + 1), channel_id=more["channel_id"], queued_at=NOW)
        self.sent.append(made)
        self._inbox.all[made.id] = made
        self._inbox.bus.publish(MessageQueued(message_id=made.id, conversation_id=conversation_id))
        return made

    async def undo(self, message_id: EntryId) -> bool:
        if self.undoable:
            self._inbox.change(message_id, status=DeliveryStatus.CANCELLED)
        return self.undoable

    async def cancel(self, message_id: EntryId) -> bool:
        self.cancelled.append(message_id)
        return True

    async def resolve_unknown(self, message_id: EntryId, choice: str) -> None:
        self.resolved.append((message_id, choice))


class FakeAttachments:
    """AttachmentService over a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.saved: list[Path] = []

    async def stage(self, source: Path | bytes, *, name: str) -> FakeStaged:
        if isinstance(source, bytes):
            path = self.folder / "staged.png"
            path.write_bytes(source)
            return FakeStaged(path=path, size=len(source), name=name)
        if source.is_dir():
            raise InvalidInputError("attachment.not_a_file", "This is not a file.", hint="Choose a file.")
        kinds = {".png": "image/png", ".pdf": "application/pdf"}
        return FakeStaged(
            path=source,
            media_type=kinds.get(source.suffix, "application/octet-stream"),
            size=source.stat().st_size if source.exists() else 1000,
            name=name,
            risky=source.suffix == ".exe",
        )

    def path_of(self, file: Attachment) -> Path:
        return self.folder / (file.reference or "none.png")

    async def save_copy(self, file: Attachment, target: Path) -> None:
        self.saved.append(target)


class TimelineSearch:
    """SearchService over the texts of a TimelineInbox."""

    def __init__(self, inbox: TimelineInbox) -> None:
        self._inbox = inbox

    async def search(
        self, text: str, *, conversation_id: Any = None, before: EntryId | None = None, limit: int = 50
    ) -> SearchResult:
        found = [
            entry
            for entry in sorted(self._inbox.all.values(), key=lambda one: -one.id)
            if isinstance(entry, Message) and text.casefold() in entry.text.casefold()
        ]
        rest = [entry for entry in found if before is None or entry.id < before]
        hits = tuple(
            SearchHit(
                message_id=entry.id,
                conversation_id=entry.conversation_id,
                contact_id=entry.contact_id,
                contact_name="Maria",
                direction=entry.direction,
                snippet=entry.text,
                marks=(),
                occurred_at=entry.occurred_at,
            )
            for entry in rest[:limit]
        )
        return SearchResult(
            contacts=(),
            contact_conversations=(),
            messages=hits,
            has_more=len(rest) > limit,
            total=len(found),
            total_is_capped=False,
        )


class TimelineResends:
    """ResendService that notes what it was asked; ``answer`` says what becomes of it."""

    def __init__(self) -> None:
        self.asked: list[tuple[EntryId, ...]] = []
        self.confirmed: list[frozenset[str]] = []
        self.taken_back: list[EntryId] = []
        self.answer = Resent()

    async def resend(
        self, message_ids: Sequence[EntryId], *, delay: timedelta, confirmed: frozenset[str] = frozenset()
    ) -> Resent:
        self.asked.append(tuple(message_ids))
        self.confirmed.append(confirmed)
        return self.answer

    async def undo(self, new_ids: Sequence[EntryId]) -> int:
        self.taken_back += new_ids
        return len(new_ids)


class TimelineErrorLog:
    """ErrorLogService with one log for all messages."""

    def __init__(self) -> None:
        self.log: ErrorLog | None = None

    async def of(self, _message_id: EntryId) -> ErrorLog:
        if self.log is None:
            raise NotFoundError("message_missing", "The message does not exist any more.")
        return self.log


class TimelineOffice:
    """All fakes of one conversation together."""

    def __init__(self, folder: Path, entries: Sequence[TimelineEntry] = (), **contact: Any) -> None:
        self.bus = EventBus()
        self.inbox = TimelineInbox(entries, bus=self.bus)
        self.contacts = TimelineContacts(maria(**contact), bus=self.bus)
        self.people = FakePeople(self.contacts)
        self.comments = FakeComments(self.inbox, new_id=self._new_id)
        self.channels = TimelineChannels(self.contacts.one, bus=self.bus)
        self.outbox = TimelineOutbox(self.inbox)
        self.resends, self.error_log = TimelineResends(), TimelineErrorLog()
        self.attachments = FakeAttachments(folder)
        self.search = TimelineSearch(self.inbox)
        self.settings = FakeSettings(self.bus)
        self.snippets, self.variables, self.consent = FakeSnippets(), FakeVariables(), FakeConsent()
        self.summary = summary_of(self.contacts.one)
        self.inbox.summary = self.summary

    def _new_id(self) -> EntryId:
        return EntryId(max(self.inbox.all, default=first_entry_id(NOW)) + 1)

    def services(self) -> Services:
        parts: dict[str, Any] = {
            "inbox": self.inbox,
            "contacts": self.contacts,
            "people": self.people,
            "states": self.people,
            "deletion": None,
            "snippets": self.snippets,
            "variables": self.variables,
            "consent": self.consent,
            "undo": None,
            "users": None,
            "tags": self.people,
            "segments": None,
            "fields": None,
            "comments": self.comments,
            "activity": self.comments,
            "channels": self.channels,
            "outbox": self.outbox,
            "resends": self.resends,
            "error_log": self.error_log,
            "search": self.search,
            "attachments": self.attachments,
            "settings": self.settings,
            "sync": None,
            "export": None,
            "conversation_export": None,
            "clock": lambda: NOW,
            "user_id": ME,
        }
        return Services(**parts)
