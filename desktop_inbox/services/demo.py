"""The demo: an office with three months of history, made in one go, and removed in one go."""

import asyncio
import re
import shutil
import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

from desktop_inbox.clock import Clock, to_millis
from desktop_inbox.models.entities.attachment import AttachmentState
from desktop_inbox.models.entities.call import Call, CallStatus
from desktop_inbox.models.entities.channel import Channel
from desktop_inbox.models.entities.consent import ConsentMethod
from desktop_inbox.models.entities.contact import OptIn, Scheme
from desktop_inbox.models.entities.conversation import EntryKind
from desktop_inbox.models.entities.ids import AddressId, ContactId, ConversationId, EntryId, UserId
from desktop_inbox.models.entities.message import DeliveryStatus, Direction, ErrorOrigin, Message, SenderKind
from desktop_inbox.models.entities.outbox import OnUnknown, Priority
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work
from desktop_inbox.services.demo_broadcasts import send_broadcasts
from desktop_inbox.services.demo_campaigns import apply_campaigns, forget_campaigns
from desktop_inbox.services.demo_dialogues import EARLIER, LATEST
from desktop_inbox.services.demo_logs import keep_logs
from desktop_inbox.services.demo_people import describe_people, forget_descriptions
from desktop_inbox.services.demo_schedules import forget_schedules, plan_schedules
from desktop_inbox.services.providers.simulator_people import NETWORKS, PEOPLE, Person
from desktop_inbox.services.providers.simulator_words import Topic, answers
from desktop_inbox.services.settings import DEFAULT_REGION, ORGANISATION_NAME
from desktop_inbox.services.transitions import UNCLEAR

OFFICE_NAME: Final = "Elm Street Dental"
_FILLED: Final = "demo.filled"

_CHANNELS: Final = (
    ("Front desk", "+14155550100", {"network": "sms", "pace": "normal", "seed": "elm-street"}),
    ("WhatsApp", "+14155550100", {"network": "whatsapp", "pace": "calm", "seed": "elm-street"}),
    ("Telegram", "@elmstreetdental", {"network": "telegram", "pace": "calm", "seed": "elm-street"}),
)
_BOTH: Final = frozenset({"Maria Gómez", "Grace Whitfield", "Olivia Chen", "Sam Patel", "Zoe Mitchell"})

_ARCHIVED_AFTER: Final = 18  # days

_USUAL: Final = {
    "sms": DeliveryStatus.DELIVERED,
    "whatsapp": DeliveryStatus.READ,
    "telegram": DeliveryStatus.SENT,
}
_TROUBLES: Final[dict[DeliveryStatus, dict[str, Any]]] = {
    DeliveryStatus.FAILED: {
        "error_origin": ErrorOrigin.PROVIDER,
        "error_code": "no_such_number",
        "error_text": "There is no such number.",
    },
    DeliveryStatus.UNDELIVERED: {
        "error_origin": ErrorOrigin.PROVIDER,
        "error_code": "unreachable",
        "error_text": "The phone is switched off or out of reach.",
    },
    DeliveryStatus.UNKNOWN: {"error_origin": ErrorOrigin.OURS, "error_code": "unclear", "error_text": UNCLEAR},
}
_NOT_SENT: Final = (DeliveryStatus.FAILED, DeliveryStatus.UNKNOWN)
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    sign: str  # "<", ">", "photo", "call" or "answer"
    text: str
    detail: str = ""  # kind of photo, seconds of a call
    status: str = ""
    pause: timedelta | None = None  # before it


@dataclass(frozen=True, slots=True, kw_only=True)
class _Exchange:
    lines: tuple[_Line, ...]
    ended: timedelta = timedelta(0)  # before now
    unread: bool = False
    draft: str = ""


async def fill_demo(store: Store, clock: Clock) -> bool:
    """Make the demo's office; False, and nothing changes, where contacts or the demo are there already."""
    return await store.run(lambda work: _fill(work, clock()))


async def wipe_demo(store: Store, *, simulator_dir: Path | None = None) -> None:
    """Remove everything the demo invented, so that an empty office is left.

    Contacts that somebody also reached on a real channel stay, with what was said there. ``simulator_dir``
    is where the towns remember what was sent to them.
    """
    await store.run(_wipe)
    if simulator_dir is not None:
        await asyncio.to_thread(shutil.rmtree, simulator_dir, ignore_errors=True)


def _fill(work: Work, now: datetime) -> bool:
    if work.settings.all(0).get(_FILLED) or work.contacts.find("", limit=1):
        return False
    work.announce_in_bulk()
    work.settings.set(_FILLED, True)
    work.settings.set(ORGANISATION_NAME.key, OFFICE_NAME)
    work.settings.set(DEFAULT_REGION.key, "US")
    channels = {}
    for name, address, settings in _CHANNELS:
        channel = work.channels.add(kind="simulator", name=name, address=address, settings=settings)
        work.channels.save_cursor(channel.id, str(to_millis(now)))
        channels[settings["network"]] = channel
    users = work.users.all()
    user_id = users[0].id if users else None
    latest = _latest()
    contacts: dict[str, ContactId] = {}
    for person in PEOPLE:
        writer = _Writer(work, now, person, channels[person.network], user_id)
        writer.write(latest.get(person.name))
        contacts[person.name] = writer.contact_id
    describe_people(work, contacts, user_id)
    send_broadcasts(work, now, channels, user_id)
    keep_logs(work)
    apply_campaigns(work, now, channels, contacts, user_id)
    plan_schedules(work, now, channels, contacts, user_id)
    return True


class _Writer:
    """Writes one contact and their history, oldest first."""

    def __init__(self, work: Work, now: datetime, person: Person, channel: Channel, user_id: UserId | None) -> None:
        self._work = work
        self._now = now
        self._person = person
        self._channel = channel
        self._user_id = user_id
        self._chance = Random(person.name)  # noqa: S311 - invents a past
        first_name, _, last_name = person.name.partition(" ")
        addresses = [(NETWORKS[person.network], person.path(person.network))]
        if person.name in _BOTH:
            addresses.append((Scheme.WHATSAPP, person.number))
        contact = work.contacts.add(addresses, first_name=first_name, last_name=last_name, language=person.language)
        self.contact_id: ContactId = contact.id
        self._address_id: AddressId = contact.addresses[0].id
        self._conversation_id: ConversationId = work.conversations.of_contact(contact.id)
        self._last: EntryId = EntryId(0)

    def write(self, latest: _Exchange | None) -> None:
        earlier = sorted(self._chance.sample(range(9, 88), self._chance.choice((2, 3, 3, 4, 6))), reverse=True)
        self._work.contacts.change(self.contact_id, created_at=self._office_hour(earlier[0]))
        for days in earlier:
            self._exchange(self._invented(), self._office_hour(days))
        self._work.conversations.mark_read(self._conversation_id)
        if latest is not None:
            self._exchange(latest, self._now - latest.ended * self._chance.uniform(0.82, 1.0))
        elif earlier[-1] > _ARCHIVED_AFTER:
            self._work.conversations.change(
                self._conversation_id, archived_at=self._now - timedelta(days=earlier[-1] - 7)
            )
        if latest is None or not latest.unread:
            self._work.conversations.mark_read(self._conversation_id)
        if latest is not None and latest.draft and self._user_id is not None:
            self._work.drafts.save(self._conversation_id, self._user_id, latest.draft)

    def _office_hour(self, days: int) -> datetime:
        local = (self._now - timedelta(days=days)).astimezone()
        return local.replace(hour=self._chance.randrange(8, 18), minute=self._chance.randrange(60), second=7)

    def _invented(self) -> _Exchange:
        words = {
            "day": self._chance.choice(("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")),
            "time": f"{self._chance.randrange(8, 18)}:{self._chance.choice(('00', '10', '20', '30', '45'))}",
            "price": f"${self._chance.choice((60, 85, 110, 140, 180))}",
            "name": self._person.name.partition(" ")[0],
        }
        exchange = self._chance.choice(_EARLIER)
        if self._person.language != "en":
            answer = self._chance.choice(answers(self._person.language, Topic.OTHER))
            asked = self._chance.choice(_ASKED)
            exchange = _Exchange(lines=(asked, _Line(sign="<", text=answer), _THANKS))
        return replace(exchange, lines=tuple(replace(line, text=line.text.format(**words)) for line in exchange.lines))

    def _exchange(self, exchange: _Exchange, ended: datetime) -> None:
        pauses = [line.pause or timedelta(seconds=self._chance.randrange(25, 220)) for line in exchange.lines]
        at = ended - sum(pauses[1:], timedelta(0))
        for line, pause in zip(exchange.lines, [timedelta(0), *pauses[1:]], strict=True):
            at += pause
            self._line(line, at.astimezone(self._now.tzinfo))

    def _line(self, line: _Line, at: datetime) -> None:
        if line.sign == "call":
            self._call(line, at)
            return
        key = self._work.new_entry_id(at, after=self._last)
        inbound = line.sign in ("<", "photo")
        message = Message(
            id=key,
            conversation_id=self._conversation_id,
            contact_id=self.contact_id,
            direction=Direction.IN if inbound else Direction.OUT,
            text=line.text,
            status=DeliveryStatus.RECEIVED,
            channel_id=self._channel.id,
            address_id=self._address_id,
            provider_message_id=f"demo-{key}" if line.status != "unknown" else None,
        )
        self._last = key
        if inbound:
            self._inbound(message, line, at)
        else:
            self._outbound(message, line, at)

    def _inbound(self, message: Message, line: _Line, at: datetime) -> None:
        self._work.messages.add_inbound(
            message,
            kind=EntryKind.PICTURE if line.sign == "photo" and not line.text else EntryKind.TEXT,
            window_ends_at=at + timedelta(hours=24) if self._person.network == "whatsapp" else None,
        )
        if line.sign == "photo":
            self._work.attachments.add(
                message.id,
                position=0,
                state=AttachmentState.PENDING,
                media_type="image/png",
                original_name=f"{line.detail}.png",
                reference=f"{line.detail}:{self._person.number}",
            )
        if line.text == "STOP":
            self._work.consent.record(
                self.contact_id,
                OptIn.OPTED_OUT,
                method=ConsentMethod.KEYWORD,
                wording=line.text,
                address_id=self._address_id,
                message_id=message.id,
                at=at,
            )

    def _outbound(self, message: Message, line: _Line, at: datetime) -> None:
        status = DeliveryStatus(line.status) if line.status else _USUAL[self._person.network]
        moments: dict[str, Any] = {"queued_at": at}
        if status not in _NOT_SENT:
            moments["sent_at"] = at + timedelta(seconds=1)
        if status in (DeliveryStatus.DELIVERED, DeliveryStatus.READ):
            moments["delivered_at"] = at + timedelta(seconds=3)
        if status is DeliveryStatus.READ:
            moments["read_at"] = at + timedelta(seconds=20)
        if status in (DeliveryStatus.FAILED, DeliveryStatus.UNDELIVERED):
            moments["failed_at"] = at + timedelta(seconds=4)
        automatic = line.sign == "answer"
        sent = replace(
            message,
            status=status,
            sender_kind=SenderKind.KEYWORD if automatic else SenderKind.USER,
            sender_id=None if automatic else self._user_id,
            client_uuid=str(uuid.uuid4()),
            **moments,
            **_TROUBLES.get(status, {}),
        )
        self._work.messages.add_outbound(sent)
        self._work.conversations.mark_read(self._conversation_id)
        if status is DeliveryStatus.UNKNOWN:
            self._unclear(sent, at)

    def _unclear(self, message: Message, at: datetime) -> None:
        """An outbox entry that waits for a person's word."""
        entry = {
            "message_id": message.id,
            "conversation_id": message.conversation_id,
            "contact_id": message.contact_id,
            "address_id": self._address_id,
            "channel_id": self._channel.id,
            "state": DeliveryStatus.UNKNOWN,
            "idem_key": str(uuid.uuid4()),
            "priority": int(Priority.REPLY),
            "due_at": at,
            "expires_at": at + timedelta(days=1),
            "attempts": 1,
            "sending_since": at,
            "unknown_since": at,
            "reason": "unclear",
            "on_unknown": OnUnknown.HOLD,
        }
        self._work.outbox.add_many([entry])

    def _call(self, line: _Line, at: datetime) -> None:
        missed = line.detail == "missed"
        call = Call(
            id=self._work.calls.new_id(at, after=self._last),
            conversation_id=self._conversation_id,
            contact_id=self.contact_id,
            channel_id=self._channel.id,
            direction=Direction.IN,
            status=CallStatus.NO_ANSWER if missed else CallStatus.COMPLETED,
            duration_seconds=0 if missed else int(line.detail),
            provider_call_id=f"demo-{self._conversation_id}-{at.timestamp()}",
        )
        self._last = call.id
        self._work.calls.record(call)


def _wipe(work: Work) -> None:
    work.announce_in_bulk()
    invented = [channel for channel in work.channels.all() if channel.kind == "simulator"]
    ids = [channel.id for channel in invented]
    work.contacts.delete_reached_only_by(ids)
    forget_campaigns(work, [int(key) for key in ids])
    forget_schedules(work, ids)
    forget_descriptions(work)
    work.tracking.delete_of(ids)
    for channel_id in ids:
        work.channels.delete(channel_id)
    for key in (_FILLED, ORGANISATION_NAME.key):
        if work.settings.all(0).get(key) in (True, OFFICE_NAME):
            work.settings.reset(key)


_HEAD = re.compile(r"(?P<name>[^|]+) \| (?P<number>\d+)(?P<unit>[mhd])(?P<marks>.*)")
_LINE = re.compile(
    r"(?:\((?P<pause>\d+)(?P<unit>[mhd])\) )?"
    r"(?:<photo (?P<photo>\w+) ?|call (?P<call>\w+)|(?P<sign>[<>]|answer) )"
    r"(?P<text>.*?)(?: ?\{(?P<status>sent|delivered|read|failed|undelivered|unknown)\})?"
)


def _read_line(text: str) -> _Line:
    found = _LINE.fullmatch(text)
    if found is None:
        raise ValueError(f"not a line of a dialogue: {text!r}")
    sign = "photo" if found["photo"] else "call" if found["call"] else found["sign"]
    pause = None if found["pause"] is None else timedelta(**{_UNITS[found["unit"]]: int(found["pause"])})
    return _Line(
        sign=sign,
        text=found["text"],
        detail=found["photo"] or found["call"] or "",
        status=found["status"] or "",
        pause=pause,
    )


def _latest() -> dict[str, _Exchange]:
    exchanges = {}
    for block in LATEST.strip().split("\n\n"):
        head, *lines = block.splitlines()
        found = _HEAD.fullmatch(head)
        if found is None:
            raise ValueError(f"not the head of a dialogue: {head!r}")
        _, _, draft = found["marks"].partition("draft: ")
        exchanges[found["name"]] = _Exchange(
            lines=tuple(_read_line(line) for line in lines),
            ended=timedelta(**{_UNITS[found["unit"]]: int(found["number"])}),
            unread="unread" in found["marks"] or bool(draft),
            draft=draft,
        )
    return exchanges


_EARLIER: Final = tuple(
    _Exchange(lines=tuple(_read_line(line) for line in block.splitlines())) for block in EARLIER.strip().split("\n\n")
)
#: For those who do not write in English: what we asked, to which any friendly word is an answer.
_ASKED: Final = tuple(exchange.lines[0] for exchange in _EARLIER if exchange.lines[0].sign == ">")
_THANKS: Final = _Line(sign=">", text="Thank you, {name}")
