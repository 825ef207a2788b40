"""send, note and search."""

import argparse
import asyncio
import sys
import uuid
from pathlib import Path

from desktop_inbox.app.office import Office
from desktop_inbox.errors import InboxError, InvalidInputError, NotFoundError
from desktop_inbox.events import MessageStatusChanged
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.ids import ConversationId
from desktop_inbox.models.entities.message import FINAL_STATUSES, DeliveryStatus, Message, SenderKind
from desktop_inbox.services.addresses import normalise
from desktop_inbox.services.channels import ReplyOption
from desktop_inbox.services.settings import DEFAULT_REGION

from .output import Output

_OUTCOMES = FINAL_STATUSES | {DeliveryStatus.ACCEPTED, DeliveryStatus.SENT, DeliveryStatus.UNKNOWN}
_NOT_ARRIVED = {DeliveryStatus.FAILED, DeliveryStatus.UNDELIVERED, DeliveryStatus.BLOCKED, DeliveryStatus.EXPIRED}
_OUTCOME_SECONDS = 60.0


async def send(office: Office, options: argparse.Namespace, output: Output) -> int:
    """Queue one message; with ``--now`` carry it and wait for the outcome."""
    text = sys.stdin.read() if options.text == "-" else options.text
    conversation_id = await _conversation(office, options.to)
    option = _pick(await office.channels.reply_options(conversation_id), options.channel)
    staged = [await office.attachments.stage(Path(name), name=Path(name).name) for name in options.attach]
    message = await office.outbox.queue(
        conversation_id,
        text,
        channel_id=option.channel.id,
        address_id=option.address.id,
        attachment_paths=tuple(str(file.path) for file in staged),
        client_uuid=options.client_uuid or str(uuid.uuid4()),
        sender_kind=SenderKind.API,
        confirmed=frozenset(options.confirm),
    )
    if options.now:
        async with office.carrying():
            message = await _outcome(office, message)
    status = message.status
    output.item(f"{status} ({message.id})", id=message.id, status=status, channel=option.channel.name)
    if status in _NOT_ARRIVED:
        raise InboxError(f"outcome.{status}", message.error_text or f"The message was not sent: {status}.")
    return 0


async def note(office: Office, options: argparse.Namespace, output: Output) -> int:
    """Put a note beside the conversation with somebody known (S4-06)."""
    text = sys.stdin.read() if options.text == "-" else options.text
    conversation_id = await known_conversation(office, options.contact)
    made = await office.comments.note(conversation_id, text, author=options.author)
    output.item(f"Noted ({made.id}).", id=made.id, author=made.author_name)
    return 0


async def search(office: Office, options: argparse.Namespace, output: Output) -> int:
    """Print contacts, then messages, newest first."""
    found = await office.search.search(" ".join(options.words), limit=options.limit)
    for contact in found.contacts:
        addresses = [address.path for address in contact.addresses]
        output.item(
            f"{contact.name}  {', '.join(addresses)}", contact=contact.id, name=contact.name, addresses=addresses
        )
    for hit in found.messages:
        when = hit.occurred_at.astimezone().strftime("%Y-%m-%d %H:%M")
        output.item(
            f"{when}  {hit.contact_name}: {hit.snippet}",
            message=hit.message_id,
            contact_name=hit.contact_name,
            direction=hit.direction,
            occurred_at=hit.occurred_at,
            snippet=hit.snippet,
        )
    return 0


def _scheme_of(address: str) -> Scheme:
    return Scheme.MATRIX if address.startswith(("@", "!")) else Scheme.TEL


async def _conversation(office: Office, address: str) -> ConversationId:
    return await office.contacts.start(address, scheme=_scheme_of(address))


async def known_conversation(office: Office, address: str) -> ConversationId:
    """The conversation with whoever has this address; nobody is added by asking."""
    scheme = _scheme_of(address)
    path = normalise(scheme, address, region=office.settings.get(DEFAULT_REGION))
    for contact in await office.contacts.find(path):
        if any((known.scheme, known.path) == (scheme, path) for known in contact.addresses):
            return await office.contacts.conversation_of(contact.id)
    raise NotFoundError("contact.unknown", "Nobody with this address is known.", hint="Look for them with: search")


def _pick(options: tuple[ReplyOption, ...], wanted: str | None) -> ReplyOption:
    if not options:
        raise InvalidInputError(
            "channel.none", "No channel can reach this address.", hint="Add one with: desktop-inbox channel add"
        )
    if wanted is None:
        return next((option for option in options if option.is_default), options[0])
    for option in options:
        if wanted in (str(option.channel.id), option.channel.name):
            return option
    raise NotFoundError("channel.unknown", f"No channel named {wanted} reaches this address.", hint="See: channel list")


async def _outcome(office: Office, message: Message) -> Message:
    """Wait until it is clear what became of a message; as it was where it still waits after a minute."""
    changed = asyncio.Event()
    unsubscribe = office.bus.subscribe(MessageStatusChanged, lambda _event: changed.set())
    try:
        async with asyncio.timeout(_OUTCOME_SECONDS):
            while True:
                for entry in await office.inbox.entries((message.id,)):
                    if isinstance(entry, Message) and entry.status in _OUTCOMES:
                        return entry
                await changed.wait()
                changed.clear()
    except TimeoutError:
        return message
    finally:
        unsubscribe()
