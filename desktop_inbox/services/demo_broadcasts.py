"""What the demo's office sent to many: ten batches and what became of every recipient. Nothing of it leaves."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from desktop_inbox.models.entities.channel import Channel
from desktop_inbox.models.entities.contact import Contact, OptIn, Scheme
from desktop_inbox.models.entities.ids import BatchId, UserId
from desktop_inbox.models.entities.message import DeliveryStatus, Direction, ErrorOrigin, Message, SenderKind
from desktop_inbox.models.entities.tracking import Filter
from desktop_inbox.models.work import Work

_S = DeliveryStatus
_REACH: Final[Mapping[str, tuple[Scheme, ...]]] = {
    "sms": (Scheme.TEL,),
    "whatsapp": (Scheme.WHATSAPP,),
    "telegram": (Scheme.TELEGRAM,),
}
_NO_NUMBER: Final = ("no_such_number", "There is no such number.")
_OFF: Final = ("unreachable", "The phone is switched off or out of reach.")
_BAD: Final = ("no_address", "This line has no phone number.")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Past:
    """A batch: how long ago, at which hour, and what became of its recipients."""

    name: str
    text: str
    network: str = "sms"
    status: str = "sent"
    days: int  # ago; negative: still to come
    hour: int = 10
    minute: int = 0
    kind: str = "broadcast"
    file_name: str = ""
    reason: str = ""
    usual: DeliveryStatus | str = _S.DELIVERED
    read: float = 0.0  # share that was read as well
    troubles: tuple[tuple[DeliveryStatus, str, str], ...] = ()  # of the last recipients
    cancelled: int = 0  # of the last recipients
    bad: int = 0  # lines of the file


_PAST: Final = (
    _Past(
        name="Autumn offer",
        text="Hi $contact.firstname, professional cleaning is 20 % off until the end of the month. Elm Street Dental",
        days=41, hour=11, kind="file", file_name="autumn.csv", bad=3, troubles=((_S.FAILED, *_NO_NUMBER),),
    ),
    _Past(
        name="Recall: check-up",
        text="Hi $contact.firstname, your half-yearly check-up is due. Reply with a day that suits you.",
        days=26, hour=9, minute=15, troubles=((_S.UNDELIVERED, *_OFF), (_S.UNDELIVERED, *_OFF)),
    ),
    _Past(
        name="Flu season", text="We keep our waiting room airy. Please stay at home with a fever.", network="whatsapp",
        status="cancelled", days=17, hour=9, minute=30, usual="cancelled",
    ),
    _Past(
        name="Whitening trial", text="$contact.firstname, would you try our whitening for half the price?", days=13,
        hour=10, minute=2, kind="file", file_name="trial.csv", status="error", bad=1,
        reason="The provider does not accept the channel's credentials any more.", cancelled=4,
    ),
    _Past(
        name="Parking", text="From Monday you can park behind the house, $contact.firstname.", network="telegram",
        days=9, hour=15, usual=_S.SENT,
    ),
    _Past(
        name="Birthday greetings", text="Happy birthday, $contact.firstname! Your team at Elm Street Dental", days=4,
        hour=9, kind="schedule",
    ),
    _Past(
        name="Survey", text="How did you like your visit, $contact.firstname? One word is enough.", days=2, hour=17,
        troubles=((_S.UNDELIVERED, *_OFF),),
    ),
    _Past(
        name="New opening hours",
        text="Hi $contact.firstname, from Monday we open at 7:30. See you soon! Elm Street Dental",
        network="whatsapp", days=1, hour=16, minute=10, read=0.6,
        troubles=((_S.FAILED, "outside_window", "The 24 hours in which free answers are possible are over."),),
    ),
    _Past(
        name="Check-up recall", text="Hi $contact.firstname, shall we find a day for your check-up?", days=1, hour=22,
        kind="file", file_name="patients.csv", status="blocked_time", usual="waiting", bad=2,
        reason="22:00 is outside the hours in which the office may write.",
    ),
    _Past(
        name="Holiday closing",
        text="We are closed over the holidays, $contact.firstname. In an emergency call 555 0199.",
        days=-31, hour=9, status="programmed",
    ),
)  # fmt: skip


def send_broadcasts(work: Work, now: datetime, channels: Mapping[str, Channel], user_id: UserId | None) -> None:
    """Write the batches, oldest first; ``channels`` by network. Nothing where there are batches already."""
    if work.tracking.page(Filter(), limit=1).items:
        return
    known = [work.contacts.get(contact_id) for contact_id in work.contact_bulk.all_ids()]
    people = [contact for contact in known if contact is not None]
    places = [work.conversations.of_contact(one.id) for one in people]
    before = work.conversations.summaries(places, user_id=user_id or UserId(0))
    numbers: dict[str, int] = {}
    for past in _PAST:
        at = _moment(now, past)
        month = f"{min(at, now):%y%m}"
        numbers[month] = numbers.get(month, 0) + 1
        _Writer(work, now, past, channels[past.network], user_id).write(people, at, f"B-{month}-{numbers[month]:04}")
    for one in before:
        if one.archived_at is not None:  # what was filed away stays so
            work.conversations.change(one.id, archived_at=one.archived_at)


def _moment(now: datetime, past: _Past) -> datetime:
    local = (now - timedelta(days=past.days)).astimezone()
    at = local.replace(hour=past.hour, minute=past.minute, second=0, microsecond=0).astimezone(now.tzinfo)
    return min(at, now - timedelta(minutes=2)) if past.days >= 0 else at


class _Writer:
    """Writes one batch."""

    def __init__(self, work: Work, now: datetime, past: _Past, channel: Channel, user_id: UserId | None) -> None:
        self._work, self._now, self._past, self._channel, self._user_id = work, now, past, channel, user_id
        self._chance = Random(past.name)  # noqa: S311 - invents a past

    def write(self, people: Sequence[Contact], at: datetime, code: str) -> None:
        """Write the batch, then what became of its recipients."""
        past = self._past
        reached = [one for one in people if self._address(one) is not None]
        if past.kind == "schedule":
            reached = reached[:3]
        columns: dict[str, Any] = {
            "code": code,
            "kind": past.kind,
            "name": past.name,
            "status": past.status,
            "reason": past.reason,
            "text": past.text,
            "audience": {"kind": "contacts", "contacts": [one.id for one in reached]},
            "file_name": past.file_name,
            "channel_id": self._channel.id,
            "user_id": self._user_id,
            "created_at": min(at, self._now - timedelta(minutes=1)),
            "due_at": at,
            "finished_at": at + timedelta(minutes=4) if past.status in ("sent", "cancelled", "error") else None,
            "filled_at": None if past.status == "programmed" else at,
        }
        key = self._work.tracking.add_past(columns)
        if past.status != "programmed":
            self._work.tracking.add_past_recipients(key, self._recipients(key, reached, at))

    def _recipients(self, key: BatchId, reached: Sequence[Contact], at: datetime) -> list[dict[str, Any]]:
        past, rows = self._past, []
        last = len(reached) - len(past.troubles) - past.cancelled
        for number, contact in enumerate(reached):
            address = self._address(contact)
            conversation_id = self._work.conversations.of_contact(contact.id)
            row: dict[str, Any] = {
                "contact_id": contact.id, "conversation_id": conversation_id, "address_id": address,
                "line": number + 2 if past.file_name else 0,
            }  # fmt: skip
            trouble = past.troubles[number - last] if 0 <= number - last < len(past.troubles) else None
            if contact.opt_in is OptIn.OPTED_OUT and past.usual != "cancelled":
                why = "They do not want messages any more."
                rows.append({**row, "state": "skipped", "reason_code": "opted_out", "reason": why})
            elif isinstance(past.usual, str) and past.usual in ("waiting", "cancelled"):
                rows.append({**row, "state": past.usual})
            elif number >= len(reached) - past.cancelled:
                rows.append({**row, "state": "cancelled"})
            else:
                message = self._message(key, contact, row, at + timedelta(seconds=number), trouble)
                self._work.messages.add_outbound(message)
                rows.append({**row, "state": "queued", "message_id": message.id})
        code, why = _BAD
        for number in range(past.bad):
            line = len(reached) + 2 + number
            rows.append({"state": "bad", "reason_code": code, "reason": why, "line": line})
        return rows

    def _message(
        self, key: BatchId, contact: Contact, row: Mapping[str, Any], at: datetime,
        trouble: tuple[DeliveryStatus, str, str] | None,
    ) -> Message:  # fmt: skip
        past = self._past
        status = trouble[0] if trouble else DeliveryStatus(past.usual)
        if trouble is None and past.read and self._chance.random() < past.read:
            status = _S.READ
        moments: dict[str, Any] = {"queued_at": at}
        if status in (_S.SENT, _S.DELIVERED, _S.READ, _S.UNDELIVERED):
            moments["sent_at"] = at + timedelta(seconds=1)
        if status in (_S.DELIVERED, _S.READ):
            moments["delivered_at"] = at + timedelta(seconds=3)
        if status is _S.READ:
            moments["read_at"] = at + timedelta(minutes=self._chance.randrange(1, 90))
        if trouble is not None:
            moments |= {
                "failed_at": at + timedelta(seconds=4), "error_origin": ErrorOrigin.PROVIDER,
                "error_code": trouble[1], "error_text": trouble[2],
            }  # fmt: skip
        message_id = self._work.new_entry_id(at)
        return Message(
            id=message_id,
            conversation_id=row["conversation_id"],
            contact_id=contact.id,
            direction=Direction.OUT,
            text=past.text.replace("$contact.firstname", contact.first_name),
            status=status,
            channel_id=self._channel.id,
            address_id=row["address_id"],
            sender_kind=SenderKind.SCHEDULE if past.kind == "schedule" else SenderKind.BROADCAST,
            sender_id=self._user_id,
            client_uuid=str(uuid.UUID(int=self._chance.getrandbits(128), version=4)),
            provider_message_id=None if status is _S.FAILED else f"demo-{message_id}",
            batch_id=key,
            **moments,
        )

    def _address(self, contact: Contact) -> int | None:
        wanted = _REACH[self._past.network]
        return next((address.id for address in contact.addresses if address.scheme in wanted), None)
