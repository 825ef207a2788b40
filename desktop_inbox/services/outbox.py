"""OutboxService: queue, take back, repeat and clear up; the only writer of DeliveryStatus."""

import asyncio
import uuid
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Literal

from desktop_inbox.errors import InvalidInputError, NotFoundError
from desktop_inbox.events import MessageQueued
from desktop_inbox.models.entities.channel import Capabilities, Channel
from desktop_inbox.models.entities.ids import AddressId, ChannelId, ConversationId, EntryId, UserId
from desktop_inbox.models.entities.message import DeliveryStatus, Message, SenderKind
from desktop_inbox.models.entities.outbox import Attempt, GateDecision, GateKind, Move, OutboxEntry
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work
from desktop_inbox.services import variables
from desktop_inbox.services.enqueue import LIFE, Enqueue, NewMessage, OutgoingFile
from desktop_inbox.services.gate import Gate, GateRefusedError, capabilities_of
from desktop_inbox.services.sending import Sending

__all__ = ["FileOf", "GateRefusedError", "NewMessage", "OutboxService", "OutgoingFile"]

#: What lies behind the path of a staged file; blocks, so it is called on a worker thread.
FileOf = Callable[[str], OutgoingFile]
Choice = Literal["arrived", "again", "leave"]

_CHUNK = 500


def no_files(_path: str) -> OutgoingFile:
    """Refuse every path: nothing is staged where nobody stages. Raises InvalidInputError."""
    raise InvalidInputError("attachment.unknown", "This attachment is not staged.", hint="Attach the file again.")


class OutboxService:
    """Everything that leaves goes through ``queue``."""

    def __init__(
        self,
        store: Store,
        *,
        user_id: UserId,
        file_of: FileOf = no_files,
        gate: Gate | None = None,
        capabilities: Callable[[Channel], Capabilities] = capabilities_of,
    ) -> None:
        self._store = store
        self._user_id = user_id
        self._file_of = file_of
        checked = gate or Gate()
        self._enqueue = Enqueue(checked, capabilities=capabilities)
        self._sending = Sending(gate=checked, capabilities=capabilities)

    async def check(
        self,
        conversation_id: ConversationId,
        *,
        channel_id: ChannelId,
        address_id: AddressId,
        text: str,
        attachment_paths: Sequence[str] = (),
    ) -> GateDecision:
        """Return what the gate would say; nothing is stored."""
        new = NewMessage(
            conversation_id=conversation_id,
            text=text,
            channel_id=channel_id,
            address_id=address_id,
            client_uuid="",
            files=await self._files(attachment_paths),
        )
        return await self._store.read(lambda work: self._enqueue.check(work, new))

    async def queue(
        self,
        conversation_id: ConversationId,
        text: str,
        *,
        channel_id: ChannelId,
        address_id: AddressId,
        attachment_paths: Sequence[str] = (),
        files: Sequence[OutgoingFile] = (),
        client_uuid: str,
        delay: timedelta = timedelta(0),
        sender_kind: SenderKind = SenderKind.USER,
        confirmed: frozenset[str] = frozenset(),
    ) -> Message:
        """Store a message and its way out in one transaction; clears the sender's draft.

        The same ``client_uuid`` again returns the message that is there. Within ``delay`` it can be undone.
        Raises GateRefusedError when it must not leave, or only after the sender confirmed ``decision.code``.
        """
        new = NewMessage(
            conversation_id=conversation_id,
            text=text,
            channel_id=channel_id,
            address_id=address_id,
            client_uuid=client_uuid,
            files=(*files, *await self._files(attachment_paths)),
            delay=delay,
            sender_kind=sender_kind,
            sender_id=self._user_id,
            confirmed=confirmed,
        )
        return await self._store.run(lambda work: _get(work, self._enqueue.one(work, new)))

    async def queue_many(self, news: Sequence[NewMessage]) -> tuple[EntryId | GateDecision, ...]:
        """Queue many in chunks of one transaction each; for each its id, or why it must not leave."""
        answers: list[EntryId | GateDecision] = []
        for start in range(0, len(news), _CHUNK):
            chunk = news[start : start + _CHUNK]
            answers += await self._store.run(lambda work, chunk=chunk: self._enqueue.many(work, chunk))  # type: ignore[misc]
        return tuple(answers)

    def queue_answer(
        self, work: Work, *, conversation_id: ConversationId, channel_id: ChannelId, address_id: AddressId, text: str
    ) -> None:
        """Queue the automatic answer to a keyword, in the transaction that stored what it answers; an
        answer that the gate refuses is not given."""
        new = NewMessage(
            conversation_id=conversation_id,
            text=text,
            channel_id=channel_id,
            address_id=address_id,
            client_uuid=str(uuid.uuid4()),
            sender_kind=SenderKind.KEYWORD,
        )
        if self._enqueue.check(work, new).kind in (GateKind.GO, GateKind.HOLD):
            self._enqueue.one(work, new)

    async def undo(self, message_id: EntryId) -> bool:
        """Take back what was just sent; False when it may already have left. What it said is a draft
        again, unless something else was typed meanwhile."""
        return await self._store.run(lambda work: self._take_back(work, message_id, kind="undone"))

    async def cancel(self, message_id: EntryId) -> bool:
        """Cancel a message that waits; False when it may already have left."""
        return await self._store.run(lambda work: self._take_back(work, message_id, kind="cancelled"))

    async def resolve_unknown(self, message_id: EntryId, choice: Choice) -> None:
        """Record what a person knows about a message that may or may not have left. Nothing happens when
        it was cleared up meanwhile."""
        await self._store.run(lambda work: self._resolve(work, message_id, choice))

    async def waiting_count(self) -> int:
        """Return how many messages have not left yet."""
        return await self._store.read(lambda work: work.outbox.waiting_count())

    async def retry_now(self) -> None:
        """Try again at once whatever waits for another attempt."""
        await self._store.run(lambda work: self._sending.retry_now(work))

    async def attempts(self, message_id: EntryId) -> tuple[Attempt, ...]:
        """Return every attempt at sending a message, in order."""
        return await self._store.read(lambda work: work.deliveries.attempts_of_message(message_id))

    async def _files(self, paths: Sequence[str]) -> tuple[OutgoingFile, ...]:
        if not paths:
            return ()
        return await asyncio.to_thread(lambda: tuple(self._file_of(path) for path in paths))

    def _take_back(self, work: Work, message_id: EntryId, *, kind: str) -> bool:
        entry = work.outbox.of_message(message_id)
        move = None if entry is None else self._sending.rules.cancelled(entry, work.outbox.now(), kind=kind)
        if entry is None or move is None:
            return False
        work.outbox.apply((move,))
        self._take_back_consent(work, entry)
        message = _get(work, message_id)
        if kind == "undone" and message.sender_id is not None:
            draft = work.drafts.get(entry.conversation_id, message.sender_id)
            if draft is None:
                text = variables.escape(message.text)
                work.drafts.save(entry.conversation_id, message.sender_id, text, channel_id=message.channel_id)
        return True

    def _take_back_consent(self, work: Work, entry: OutboxEntry) -> None:
        """A consent message that nothing follows any more need not leave either."""
        if entry.after_message_id is None or entry.leads:
            return
        lead = work.outbox.of_message(entry.after_message_id)
        if lead is None or work.consent_first.followers(lead):
            return
        move = self._sending.rules.cancelled(lead, work.outbox.now(), kind="cancelled")
        if move is not None:
            work.outbox.apply((move,))

    def _resolve(self, work: Work, message_id: EntryId, choice: Choice) -> None:
        entry = work.outbox.of_message(message_id)
        if entry is None or entry.state is not DeliveryStatus.UNKNOWN:
            return
        at, rules = work.outbox.now(), self._sending.rules
        moves: dict[str, Callable[[], Move]] = {
            "arrived": lambda: rules.said_to_have_arrived(entry, at),
            "again": lambda: rules.said_to_send_again(entry, at, expires_at=at + LIFE),
            "leave": lambda: rules.said_to_leave(entry, at),
        }
        if choice not in moves:
            raise InvalidInputError("choice_unknown", "Choose one of arrived, again and leave.")
        work.outbox.apply((moves[choice](),))
        if choice == "again":
            work.announce(MessageQueued(message_id=message_id, conversation_id=entry.conversation_id))


def _get(work: Work, message_id: EntryId) -> Message:
    message = work.messages.get(message_id)
    if message is None:
        raise NotFoundError("message_missing", "The message does not exist any more.")
    return message
