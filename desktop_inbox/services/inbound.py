"""InboundService: stores what a provider delivered, once, whole and in order.

One transaction per page of fetched messages: the messages, everything they cause and the place in the
provider's stream are saved together or not at all. Delivering the same page again changes nothing.
"""

import logging
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from desktop_inbox.clock import EPOCH
from desktop_inbox.errors import InvalidInputError
from desktop_inbox.events import ConversationChanged, MessageQueued
from desktop_inbox.models.entities.attachment import AttachmentState
from desktop_inbox.models.entities.call import Call
from desktop_inbox.models.entities.channel import Capabilities, Channel
from desktop_inbox.models.entities.consent import ConsentMethod
from desktop_inbox.models.entities.contact import OptIn, Scheme
from desktop_inbox.models.entities.ids import ContactId, ConversationId, EntryId, entry_time, first_entry_id
from desktop_inbox.models.entities.message import DeliveryStatus, Direction, Message, SenderKind
from desktop_inbox.models.repositories.contacts import Sender
from desktop_inbox.models.repositories.messages import Arrival
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work
from desktop_inbox.services import addresses, messaging_window, receipts
from desktop_inbox.services.automatic_answers import AutomaticAnswers
from desktop_inbox.services.inbound_effects import StateChangesOfArrivals, contact_wrote, kind_of
from desktop_inbox.services.opt_out_words import DEFAULT_LISTS, Keyword, KeywordLists, classify
from desktop_inbox.services.page_cleaning import clean_page
from desktop_inbox.services.plain_text import clean_name
from desktop_inbox.services.providers.base import FetchResult, InboundAttachment, InboundCall, InboundMessage
from desktop_inbox.services.transitions import Transitions

_log = logging.getLogger(__name__)
_RULES: Final = Transitions()

#: From so many messages in one page on, listeners are told once instead of for each.
_BULK: Final = 50
_SECOND: Final = timedelta(seconds=1)
#: Provider clocks may run ahead a little; what lies further ahead happened now.
_AHEAD: Final = timedelta(minutes=5)
#: What is older than the channel by this much was dealt with elsewhere: it is not unread here.
_HISTORY: Final = timedelta(days=1)
#: An opt-out in other words is worth a question only while it is recent.
_QUESTION_AGE: Final = timedelta(days=30)

_KEYWORD_STATUS: Final = {Keyword.OPT_OUT: OptIn.OPTED_OUT, Keyword.OPT_IN: OptIn.OPTED_IN}
#: What is no answer to a consent message; anything else that the contact writes after it is one (S4-23).
_NO_ANSWERS: Final = frozenset({Keyword.OPT_OUT, Keyword.LOOKS_LIKE_OPT_OUT})
_ECHO_STATUSES: Final = frozenset(
    {
        DeliveryStatus.SENT,
        DeliveryStatus.DELIVERED,
        DeliveryStatus.READ,
        DeliveryStatus.UNDELIVERED,
    }
)


#: A scheme and a normalised path.
Address = tuple[Scheme, str]


@lru_cache(maxsize=10_000)
def _path_of(scheme: Scheme, address: str, region: str) -> str:
    """Numbers take a while to parse, and the same people write again and again."""
    return addresses.from_provider(scheme, address, region=region)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of a page."""

    messages: int = 0
    echoes: int = 0
    duplicates: int = 0
    calls: int = 0
    refused: int = 0  # unreadable; remembered, so that they do not come again


class InboundService:
    """The one way in for messages and calls."""

    def __init__(
        self,
        store: Store,
        *,
        answers: AutomaticAnswers,
        region: Callable[[], str] = lambda: "",
        words: Callable[[], KeywordLists] = lambda: DEFAULT_LISTS,
        ends_snooze: Callable[[], bool] = lambda: True,
    ) -> None:
        self._store = store
        self._ends_snooze = ends_snooze
        self._answers = answers
        self._region = region
        self._words = words

    async def take(self, channel: Channel, capabilities: Capabilities, page: FetchResult) -> Taken:
        """Store a page and the cursor behind it; returns when it is durable."""
        return await self._store.run(lambda work: self.take_page(work, channel, capabilities, page))

    def take_page(self, work: Work, channel: Channel, capabilities: Capabilities, page: FetchResult) -> Taken:
        """Do the same inside a transaction of the caller."""
        if len(page.messages) >= _BULK:
            work.announce_in_bulk()
        taker = _PageTaker(work, channel, capabilities, self._answers, self._region(), self._words())
        taker.ends_snooze = self._ends_snooze()
        taker.take(clean_page(page))
        work.channels.save_cursor(channel.id, page.cursor)
        return taker.taken


class _PageTaker:
    """One page inside one transaction; remembers senders, so that each is looked up once."""

    ends_snooze = True  # whether writing ends a snooze before its time

    def __init__(
        self,
        work: Work,
        channel: Channel,
        capabilities: Capabilities,
        answers: AutomaticAnswers,
        region: str,
        words: KeywordLists,
    ) -> None:
        self.taken = Taken()
        self._work = work
        self._channel = channel
        self._capabilities = capabilities
        self._answers = answers
        self._region = region
        self._words = words
        self._now = work.now()
        self._history = first_entry_id(max(channel.created_at - _HISTORY, EPOCH))
        self._senders: dict[Address, Sender] = {}

    def take(self, page: FetchResult) -> None:
        fresh = self._unknown(page.messages)
        readable = [(entry, address) for entry in fresh if (address := self._address(entry)) is not None]
        calls = [(call, address) for call in page.calls if (address := self._address(call)) is not None]
        if self._find_senders([address for _, address in (*readable, *calls)]):
            # Somebody else may have stored the same while we waited for the conversations.
            still = {id(entry) for entry in self._unknown([entry for entry, _ in readable])}
            readable = [(entry, address) for entry, address in readable if id(entry) in still]
        waiting: list[tuple[InboundMessage, Sender]] = []
        for entry, address in readable:
            sender = self._named(self._senders[address], entry.sender_name, address[1])
            if entry.direction is Direction.OUT:
                self._store(waiting)
                waiting = []
                self._take_echo(entry, sender)
            else:
                waiting.append((entry, sender))
        self._store(waiting)
        for call, address in calls:
            self._take_call(call, self._senders[address])
        if page.receipts:
            receipts.apply(self._work, self._channel.id, page.receipts)

    def _unknown(self, entries: Sequence[InboundMessage]) -> list[InboundMessage]:
        """Those that were never taken, each once."""
        known = self._work.inbound.known(self._channel.id, [entry.provider_message_id for entry in entries])
        fresh = []
        for entry in entries:
            if entry.provider_message_id in known:
                self._count(duplicates=1)
            else:
                known.add(entry.provider_message_id)
                fresh.append(entry)
        return fresh

    def _address(self, entry: InboundMessage | InboundCall) -> Address | None:
        """The address in its one spelling; one that nobody can read leaves a tombstone only."""
        try:
            return entry.scheme, _path_of(entry.scheme, entry.address, self._region)
        except InvalidInputError as error:
            _log.warning("channel %s: an entry was not readable (%s)", self._channel.id, error.code)
            if isinstance(entry, InboundMessage):
                self._work.inbound.remember(self._channel.id, entry.provider_message_id)
            self._count(refused=1)
            return None

    def _find_senders(self, wanted: Sequence[Address]) -> bool:
        """Look up all senders, and add those nobody knows, always in the same order; True after waiting."""
        locked = False
        for scheme in sorted({scheme for scheme, _ in wanted}):
            paths = sorted({path for its, path in wanted if its is scheme})
            locked = self._work.contacts.lock_conversations(scheme, paths) or locked
            found = self._work.contacts.senders(scheme, paths)
            for path in paths:
                sender = found.get(path) or self._work.contacts.add_sender(scheme, path, read_up_to=self._history)
                self._senders[scheme, path] = sender
        return locked

    def _count(self, **parts: int) -> None:
        self.taken = replace(self.taken, **{name: getattr(self.taken, name) + more for name, more in parts.items()})

    def _named(self, sender: Sender, name: str, path: str) -> Sender:
        """Give a contact without a name the one that the channel shows."""
        if name and not sender.named:
            shown = clean_name(name)
            if shown and shown != path:
                first_name, _, last_name = shown.partition(" ")
                self._work.contacts.change(sender.contact_id, first_name=first_name, last_name=last_name)
                sender.named = True
        return sender

    def _moment(self, occurred_at: datetime, last_entry_id: int) -> datetime:
        """When it was said. Providers that know whole seconds only would put an answer before what it answers."""
        at = max(occurred_at, EPOCH)
        if at > self._now + _AHEAD:
            at = self._now
        if last_entry_id and at.microsecond == 0:
            last_at = entry_time(last_entry_id)
            if at < last_at < at + _SECOND:
                return last_at
        return at

    def _store(self, entries: Sequence[tuple[InboundMessage, Sender]]) -> None:
        """Store inbound messages in this order, then do what they ask for."""
        if not entries:
            return
        keys = self._draw(entries)
        arrivals = [self._arrival(*pair, key) for pair, key in zip(entries, keys, strict=True)]
        self._work.messages.add_inbound_many(arrivals)
        self._count(messages=len(arrivals))
        changes = StateChangesOfArrivals(self._work)
        for (entry, sender), arrival in zip(entries, arrivals, strict=True):
            if entry.attachments:
                self._add_attachments(arrival.message.id, entry.attachments)
            if arrival.message.id > sender.last_entry_id and not sender.blocked:
                changes.note(sender, wakes=arrival.ends_snooze)
                sender.last_entry_id = arrival.message.id
        changes.tell()
        answers: list[tuple[ContactId, datetime]] = []
        for (_entry, sender), arrival in zip(entries, arrivals, strict=True):
            message = arrival.message
            keyword = classify(message.text, self._words)
            if keyword is not Keyword.NONE:
                self._obey(keyword, message.text, message.occurred_at, message.id, sender)
            if keyword not in _NO_ANSWERS:
                answers.append((sender.contact_id, message.occurred_at))
        # Step 4, for what is news: history that a new channel brings answers nothing that is under way.
        contact_wrote(self._work, [one.message.contact_id for one in arrivals if not one.history])
        if answers:
            self._work.consent_first.acknowledge(answers)

    def _draw(self, entries: Sequence[tuple[InboundMessage, Sender]]) -> list[EntryId]:
        """Draw the ids; those of one conversation follow each other."""
        while True:
            last: dict[ConversationId, int] = {}
            keys = []
            for entry, sender in entries:
                before = last.get(sender.conversation_id, sender.last_entry_id)
                key = self._work.draw_entry_id(self._moment(entry.occurred_at, before), after=before)
                last[sender.conversation_id] = max(before, key)
                keys.append(key)
            # One in a million; a single message is simply stored at the next try.
            if len(keys) == 1 or (len(set(keys)) == len(keys) and not self._work.taken_messages(keys)):
                return keys

    def _arrival(self, entry: InboundMessage, sender: Sender, key: EntryId) -> Arrival:
        text = entry.text
        hours = messaging_window.hours_of(self._channel, self._capabilities, entry.scheme)
        message = Message(
            id=key,
            conversation_id=sender.conversation_id,
            contact_id=sender.contact_id,
            direction=Direction.IN,
            text=text,
            status=DeliveryStatus.RECEIVED,
            channel_id=self._channel.id,
            address_id=sender.address_id,
            provider_message_id=entry.provider_message_id,
        )
        return Arrival(
            message=message,
            kind=kind_of(text, entry.attachments),
            window_ends_at=None if hours is None else entry_time(key) + timedelta(hours=hours),
            notify=not sender.blocked,
            history=key <= self._history,
            ends_snooze=self.ends_snooze or sender.snoozed_until is None,
        )

    def _obey(self, keyword: Keyword, text: str, at: datetime, key: EntryId, sender: Sender) -> None:
        """Steps 3 and 8: consent, and the one automatic answer."""
        if keyword is Keyword.LOOKS_LIKE_OPT_OUT:
            if self._now - at < _QUESTION_AGE:
                self._work.consent.flag_question(sender.contact_id, key)
            return
        changed = False
        if keyword in _KEYWORD_STATUS:
            changed = self._work.consent.record(
                sender.contact_id,
                _KEYWORD_STATUS[keyword],
                method=ConsentMethod.KEYWORD,
                wording=text[:200],
                address_id=sender.address_id,
                message_id=key,
                at=at,
            )
        if not sender.blocked:
            self._answers.answer(
                self._work,
                keyword,
                changed=changed,
                said_at=at,
                capabilities=self._capabilities,
                conversation_id=sender.conversation_id,
                channel_id=self._channel.id,
                address_id=sender.address_id,
            )

    def _take_echo(self, entry: InboundMessage, sender: Sender) -> None:
        """Something that left the channel: ours, or written by staff in the channel's own tool (S3-44)."""
        text = entry.text
        if self._is_ours(entry, sender, text):
            self._work.inbound.remember(self._channel.id, entry.provider_message_id)
            self._count(duplicates=1)
            return
        at = self._moment(entry.occurred_at, sender.last_entry_id)
        status = entry.status if entry.status in _ECHO_STATUSES else DeliveryStatus.SENT
        assert status is not None  # noqa: S101 - one of the set
        key = self._work.new_entry_id(at, after=sender.last_entry_id)
        message = Message(
            id=key,
            conversation_id=sender.conversation_id,
            contact_id=sender.contact_id,
            direction=Direction.OUT,
            text=text,
            status=status,
            channel_id=self._channel.id,
            address_id=sender.address_id,
            sender_kind=SenderKind.ECHO,
            client_uuid=str(uuid.uuid4()),
            provider_message_id=entry.provider_message_id,
            queued_at=at,
            sent_at=at,
        )
        if not self._work.messages.add_echo(message, kind=kind_of(text, entry.attachments)):
            self._count(duplicates=1)
            return
        self._add_attachments(key, entry.attachments)
        receipts.apply_parked(self._work, ((self._channel.id, entry.provider_message_id),))
        sender.last_entry_id = max(sender.last_entry_id, key)
        self._work.announce(MessageQueued(message_id=key, conversation_id=sender.conversation_id))
        self._count(echoes=1)

    def _is_ours(self, entry: InboundMessage, sender: Sender, text: str) -> bool:
        """Whether it is a delivery of our own outbox; it may overtake the answer to its own request."""
        key, provider_id = entry.idempotency_key, entry.provider_message_id
        if key and receipts.bind_echo(self._work, _RULES, self._channel.id, key, provider_id, status=entry.status):
            return True
        return self._work.inbound.recognise_echo(
            self._channel.id, provider_id, address_id=sender.address_id, text=text, occurred_at=entry.occurred_at
        )

    def _take_call(self, entry: InboundCall, sender: Sender) -> None:
        at = self._moment(entry.occurred_at, sender.last_entry_id)
        call = Call(
            id=self._work.calls.new_id(at, after=sender.last_entry_id),
            conversation_id=sender.conversation_id,
            contact_id=sender.contact_id,
            channel_id=self._channel.id,
            direction=entry.direction,
            status=entry.status,
            duration_seconds=max(0, entry.duration_seconds),
            provider_call_id=entry.provider_call_id,
        )
        if self._work.calls.record(call):
            sender.last_entry_id = max(sender.last_entry_id, call.id)
            self._work.announce(ConversationChanged(conversation_id=sender.conversation_id))
            self._count(calls=1)
        else:
            self._count(duplicates=1)

    def _add_attachments(self, message_id: EntryId, files: tuple[InboundAttachment, ...]) -> None:
        for position, file in enumerate(files):
            self._work.attachments.add(
                message_id,
                position=position,
                state=AttachmentState.PENDING,
                media_type=file.media_type or "application/octet-stream",
                original_name=file.name,
                size=file.size or 0,
                reference=file.reference,
            )
