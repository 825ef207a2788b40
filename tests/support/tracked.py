"""Batches of the past, of any shape, without sending anything."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from desktop_inbox.models.entities.channel import Channel
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.ids import BatchId, UserId
from desktop_inbox.models.entities.message import DeliveryStatus, Direction, ErrorOrigin, Message, SenderKind
from desktop_inbox.models.entities.user import Role
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work

S = DeliveryStatus
_REACHED = {
    S.SENT: "sent_at",
    S.ACCEPTED: "sent_at",
    S.DELIVERED: "delivered_at",
    S.READ: "read_at",
    S.FAILED: "failed_at",
    S.UNDELIVERED: "failed_at",
}
_NEEDS_SENT = (S.SENT, S.DELIVERED, S.READ)
_TOLD = (S.FAILED, S.BLOCKED, S.UNKNOWN, S.UNDELIVERED)


@dataclass
class Past:
    """An office with channels and people, and batches that it sent."""

    store: Store
    user_id: UserId = field(init=False)
    channel: Channel = field(init=False)
    people: list[tuple[int, int, int]] = field(default_factory=list)  # contact, conversation, address
    number: int = 0

    def __post_init__(self) -> None:
        def prepare(work: Work) -> tuple[UserId, Channel]:
            user = work.users.add("Ana", Role.ADMINISTRATOR)
            return user.id, self.add_channel(work, "SMS", "sms")

        self.user_id, self.channel = self.store.run_sync(prepare)

    @staticmethod
    def add_channel(work: Work, name: str, network: str) -> Channel:
        return work.channels.add(
            kind="simulator", name=name, address=f"+1415555{len(name):04}", settings={"network": network}
        )

    def person(self, work: Work, number: int) -> tuple[int, int, int]:
        while len(self.people) <= number:
            here = len(self.people)
            contact = work.contacts.add([(Scheme.TEL, f"+1415777{here:04}")], first_name=f"Person {here:04}")
            self.people.append((contact.id, work.conversations.of_contact(contact.id), contact.addresses[0].id))
        return self.people[number]

    def batch(self, recipients: Sequence[str | DeliveryStatus] = (), **columns: Any) -> BatchId:
        """Add a batch; recipients by state ("waiting", "skipped", ...), "gone", or by the status of their message."""
        return self.store.run_sync(lambda work: self.add(work, recipients, **columns))

    def add(self, work: Work, recipients: Sequence[str | DeliveryStatus], **columns: Any) -> BatchId:
        self.number += 1
        now = columns.get("created_at", work.now())
        usual: dict[str, Any] = {
            "code": f"B-2611-{self.number:04}",
            "kind": "broadcast",
            "status": "sent",
            "text": "Hello $contact.firstname",
            "channel_id": self.channel.id,
            "user_id": self.user_id,
            "created_at": now,
            "due_at": now,
        }
        values = {**usual, **columns}
        if values["status"] in ("error", "blocked_time"):
            values.setdefault("reason", "It is not allowed now.")
        key = work.tracking.add_past(values)
        rows = [self._recipient(work, key, number, one, now) for number, one in enumerate(recipients)]
        if rows:
            work.tracking.add_past_recipients(key, rows)
        return key

    def single(self, status: DeliveryStatus = S.DELIVERED, text: str = "Typed", person: int = 0) -> Message:
        """Add a message that somebody typed."""

        def add(work: Work) -> Message:
            contact, conversation, address = self.person(work, person)
            message = self._message(work, (contact, conversation, address), status, work.now(), text=text)
            work.messages.add_outbound(message)
            return message

        return self.store.run_sync(add)

    def _recipient(
        self, work: Work, batch_id: BatchId, number: int, state: str | DeliveryStatus, at: datetime
    ) -> dict[str, Any]:
        contact, conversation, address = self.person(work, number)
        row: dict[str, Any] = {"contact_id": contact, "conversation_id": conversation, "address_id": address}
        if state == "gone":
            return {**row, "state": "queued", "message_id": 77_000_000 + batch_id % 1000 * 1000 + number}
        if isinstance(state, DeliveryStatus):
            text = f"Hello Person {number:04}"
            made = self._message(work, (contact, conversation, address), state, at, text=text, batch_id=batch_id)
            work.messages.add_outbound(made)
            return {**row, "state": "queued", "message_id": made.id}
        if state == "bad":
            return {"state": "bad", "reason": "There is no number.", "reason_code": "no_address", "line": number + 1}
        more = {"reason": "They opted out.", "reason_code": "opted_out"} if state == "skipped" else {}
        return {**row, "state": state, **more}

    def _message(
        self, work: Work, person: tuple[int, int, int], status: DeliveryStatus, at: datetime, **more: Any
    ) -> Message:
        contact, conversation, address = person
        moments: dict[str, Any] = {"queued_at": at}
        if status in _REACHED:
            moments[_REACHED[status]] = at
        if status in _NEEDS_SENT:
            moments["sent_at"] = at
        if status in _TOLD:
            moments |= {
                "error_origin": ErrorOrigin.PROVIDER, "error_code": "no_such_number", "error_text": "No such number.",
            }  # fmt: skip
        return Message(
            id=work.new_entry_id(at),
            conversation_id=conversation,  # type: ignore[arg-type]
            contact_id=contact,  # type: ignore[arg-type]
            direction=Direction.OUT,
            status=status,
            channel_id=self.channel.id,
            address_id=address,  # type: ignore[arg-type]
            sender_kind=SenderKind.BROADCAST if "batch_id" in more else SenderKind.USER,
            sender_id=self.user_id,
            client_uuid=str(uuid.uuid4()),
            **moments,
            **more,
        )
