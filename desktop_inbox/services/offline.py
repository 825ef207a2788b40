"""OfflineService: interviews held without a connection, taken over later (S1-08).

A finished submission is one JSON object; its questions and answers become messages of an "Offline" channel at the
times of the device that held it. The same submission again changes nothing.
"""

import asyncio
import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from desktop_inbox.clock import EPOCH
from desktop_inbox.errors import InvalidInputError
from desktop_inbox.models.entities.attachment import AttachmentState
from desktop_inbox.models.entities.channel import Channel, ChannelState
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.conversation import EntryKind
from desktop_inbox.models.entities.ids import AddressId, ChannelId, ContactId, ConversationId, EntryId, UserId
from desktop_inbox.models.entities.message import DeliveryStatus, Direction, Message, SenderKind
from desktop_inbox.models.entities.timeline import ActorKind
from desktop_inbox.models.repositories.messages import Arrival
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work
from desktop_inbox.services.addresses import normalise
from desktop_inbox.services.attachments import StagedFile
from desktop_inbox.services.enqueue import OutgoingFile
from desktop_inbox.services.plain_text import check_storable, clean_name

KIND: Final = "offline"
NAME: Final = "Offline"
_REASON: Final = "Interviews held without a connection. Nothing is sent or fetched here."
_SPACE: Final = uuid.UUID("4c0a8f1e-6f0c-5a57-9a3e-1b7f6c1f2d90")
_AHEAD: Final = timedelta(minutes=10)
_MOST_ANSWERS: Final = 1000
_LONGEST: Final = 20_000  # characters of a question or an answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing said: a question (out) or an answer (in)."""

    direction: Direction
    text: str
    at: datetime
    media: tuple[str, ...] = ()  # paths, beside the file of the submission


@dataclass(frozen=True, slots=True, kw_only=True)
class Interview:
    """One finished submission."""

    id: str
    survey: str
    lines: tuple[Line, ...]
    scheme: Scheme | None = None  # None: a contact without an address
    address: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of a submission."""

    id: str
    stored: int  # messages; 0 where it was taken over before
    conversation_id: ConversationId | None = None

    @property
    def already(self) -> bool:
        """Whether it was there."""
        return self.stored == 0


class OfflineService:
    """``stage`` and ``file_of`` are those of the attachments; without them media are refused."""

    def __init__(
        self,
        store: Store,
        *,
        user_id: UserId,
        region: Callable[[], str],
        stage: Callable[[Path, str], StagedFile] | None = None,
        file_of: Callable[[str], OutgoingFile] | None = None,
    ) -> None:
        self._store, self._user_id, self._region = store, user_id, region
        self._stage, self._file_of = stage, file_of

    async def import_file(self, path: Path) -> tuple[Taken, ...]:
        """Take over a file with one submission or a list of them; InvalidInputError names what cannot be read."""
        interviews = await asyncio.to_thread(read_interviews, path)
        return tuple([await self.take(one, folder=path.parent) for one in interviews])

    async def take(self, interview: Interview, *, folder: Path = Path()) -> Taken:
        """Store one submission: everything of it, or nothing."""
        path = None
        if interview.scheme is not None:
            path = normalise(interview.scheme, interview.address, region=self._region())
        files = await asyncio.to_thread(self._files, interview, folder)
        return await self._store.run(lambda work: self._write(work, interview, path, files))

    def _files(self, interview: Interview, folder: Path) -> list[tuple[OutgoingFile, ...]]:
        return [tuple(self._one_file(folder, name) for name in line.media) for line in interview.lines]

    def _one_file(self, folder: Path, name: str) -> OutgoingFile:
        source = (folder / name).resolve()
        if self._stage is None or self._file_of is None or not source.is_relative_to(folder.resolve()):
            raise _invalid(f"The file {name!r} does not lie beside the interview.")
        return self._file_of(str(self._stage(source, source.name).path))

    def _write(
        self, work: Work, interview: Interview, path: str | None, files: Sequence[tuple[OutgoingFile, ...]]
    ) -> Taken:
        channel = _channel(work)
        names = [_provider_id(interview, number) for number in range(len(interview.lines))]
        if work.inbound.known(channel.id, names):
            return Taken(id=interview.id, stored=0)
        contact_id, address_id = _contact(work, interview, path)
        conversation_id = work.conversations.of_contact(contact_id)
        before = work.conversations.row(conversation_id)
        last = 0
        for line, name, held in zip(interview.lines, names, files, strict=True):
            at = _moment(line.at, work.now())
            key = work.new_entry_id(at, after=last)
            message = _message(line, key, name, conversation_id, contact_id, address_id, channel.id, at)
            _add(work, message, held)
            last = key
        work.timeline.add_event(
            conversation_id,
            "survey_completed",
            actor_kind=ActorKind.USER,
            actor_id=self._user_id,
            details={"name": interview.survey or NAME},
            at=_moment(interview.lines[-1].at, work.now()),
        )
        if before is not None and not before.unread_count:  # nobody has to answer an interview
            work.conversations.mark_read(conversation_id)
            work.conversations.change(conversation_id, waiting_since=before.waiting_since)
        work.conversations.announce(conversation_id)
        return Taken(id=interview.id, stored=len(interview.lines), conversation_id=conversation_id)


def _channel(work: Work) -> Channel:
    """The channel of all interviews; it carries nothing, so it is never active."""
    known = work.channels.of_kind(KIND)
    if known is not None and known.state is ChannelState.PAUSED:
        return known
    if known is None:
        known = work.channels.add(kind=KIND, name=NAME, address="", settings={})
    work.channels.change(known.id, state=ChannelState.PAUSED, state_reason=_REASON)
    return known


def _contact(work: Work, interview: Interview, path: str | None) -> tuple[ContactId, AddressId | None]:
    first_name, _, last_name = interview.name.partition(" ")
    if interview.scheme is None or path is None:
        return work.contacts.add(first_name=first_name, last_name=last_name).id, None
    address = work.contacts.find_address(interview.scheme, path)
    if address is not None:
        return address.contact_id, address.id
    contact = work.contacts.add([(interview.scheme, path)], first_name=first_name, last_name=last_name)
    return contact.id, contact.addresses[0].id


def _message(
    line: Line,
    key: EntryId,
    name: str,
    conversation_id: ConversationId,
    contact_id: ContactId,
    address_id: AddressId | None,
    channel_id: ChannelId,
    at: datetime,
) -> Message:
    asked = line.direction is Direction.OUT
    return Message(
        id=key,
        conversation_id=conversation_id,
        contact_id=contact_id,
        direction=line.direction,
        text=line.text,
        status=DeliveryStatus.DELIVERED if asked else DeliveryStatus.RECEIVED,
        channel_id=channel_id,
        address_id=address_id,
        sender_kind=SenderKind.SURVEY if asked else SenderKind.CONTACT,
        client_uuid=str(uuid.uuid5(_SPACE, name)) if asked else "",
        provider_message_id=name,
        queued_at=at if asked else None,
        sent_at=at if asked else None,
        delivered_at=at if asked else None,
    )


def _add(work: Work, message: Message, files: Sequence[OutgoingFile]) -> None:
    kind = EntryKind.FILE if files and not message.text.strip() else EntryKind.TEXT
    if message.direction is Direction.OUT:
        work.messages.add_echo(message, kind=kind)
    else:
        work.messages.add_inbound_many((Arrival(message=message, kind=kind, history=True, ends_snooze=False),))
    for position, file in enumerate(files):
        work.attachments.add(
            message.id,
            position=position,
            state=AttachmentState.READY,
            sha256=file.sha256,
            media_type=file.media_type,
            size=file.size,
            original_name=file.name,
            width=file.width,
            height=file.height,
        )


def _moment(at: datetime, now: datetime) -> datetime:
    """The device's time; a device whose clock is ahead must not write into the future."""
    return now if at > now + _AHEAD else max(at, EPOCH)


def _provider_id(interview: Interview, number: int) -> str:
    return f"{interview.id}:{number}"


# -- reading


def read_interviews(path: Path) -> tuple[Interview, ...]:
    """Return the submissions of a file. Blocks."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        raise _invalid("The file cannot be read as JSON.") from None
    found = content if isinstance(content, list) else [content]
    return tuple(read_interview(one) for one in found)


def read_interview(value: object) -> Interview:
    """Return a submission: ``id``, ``survey``, ``contact`` {address, scheme, name} and ``answers``, each with
    ``question``, ``asked_at``, ``answer``, ``answered_at`` and ``media``. Times are ISO 8601 with their offset."""
    data = _object(value, "The interview")
    key = _text(data, "id", longest=200)
    if not key:
        raise _invalid("The interview has no id.")
    contact = _object(data.get("contact") or {}, "The contact")
    address, name = _text(contact, "address", longest=200).strip(), clean_name(_text(contact, "name", longest=200))
    if not address and not name:
        raise _invalid("The contact has neither an address nor a name.")
    answers = data.get("answers")
    if not isinstance(answers, list) or not 0 < len(answers) <= _MOST_ANSWERS:
        raise _invalid("The interview has no list of answers.")
    lines = [line for one in answers for line in _lines(_object(one, "An answer"))]
    return Interview(
        id=key,
        survey=clean_name(_text(data, "survey", longest=200)),
        lines=tuple(lines),
        scheme=_scheme(contact) if address else None,
        address=address,
        name=name,
    )


def _lines(answer: Mapping[str, Any]) -> tuple[Line, Line]:
    asked, answered = _time(answer, "asked_at"), _time(answer, "answered_at")
    if answered < asked:
        raise _invalid("An answer was given before its question.")
    media = answer.get("media") or []
    if not isinstance(media, list) or not all(isinstance(name, str) for name in media):
        raise _invalid("The media of an answer are no list of file names.")
    return (
        Line(direction=Direction.OUT, text=_text(answer, "question", longest=_LONGEST), at=asked),
        Line(direction=Direction.IN, text=_text(answer, "answer", longest=_LONGEST), at=answered, media=tuple(media)),
    )


def _scheme(contact: Mapping[str, Any]) -> Scheme:
    try:
        return Scheme(_text(contact, "scheme", longest=20) or Scheme.TEL)
    except ValueError:
        raise _invalid("The contact's address is of an unknown kind.") from None


def _text(data: Mapping[str, Any], name: str, *, longest: int) -> str:
    value = data.get(name)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise _invalid(f"{name!r} is no text.")
    if len(str(value)) > longest:
        raise _invalid(f"{name!r} is longer than {longest} characters.")
    return check_storable(str(value), f"{name!r}")


def _time(data: Mapping[str, Any], name: str) -> datetime:
    try:
        moment = datetime.fromisoformat(str(data.get(name)))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise _invalid(f"{name!r} is no time with its offset, such as 2026-11-22T09:30:00+01:00.")
    return moment.astimezone(UTC)


def _object(value: object, what: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _invalid(f"{what} is no JSON object.")
    return value


def _invalid(sentence: str) -> InvalidInputError:
    return InvalidInputError("interview_invalid", sentence, hint="docs/failed-messages.md says what a file must hold.")
