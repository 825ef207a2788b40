"""The contract every provider keeps, and the closed list of errors it may raise.

A provider is a small synchronous object over one HTTP client, called on worker threads. It translates
between the vendor's words and ours and decides nothing: no retries, no sleeping, no database.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, ClassVar

from desktop_inbox.models.entities.call import CallStatus
from desktop_inbox.models.entities.channel import Capabilities
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.ids import ChannelId
from desktop_inbox.models.entities.message import DeliveryStatus, Direction


class ProviderError(Exception):
    """Base of everything a provider raises; `proof` of what happened is in the subclass.

    ``text`` is the vendor's own sentence or ours, never with a secret, a URL or message text.
    """

    def __init__(self, text: str, *, code: str = "", http_status: int | None = None, link: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.code = code
        self.http_status = http_status
        self.link = link


class NotSentError(ProviderError):
    """No byte of the request reached the provider: safe to try again (NOT_SENT)."""


class ThrottledError(ProviderError):
    """The provider refused for now and did not process it (NOT_PROCESSED)."""

    def __init__(
        self, text: str, *, retry_after: timedelta | None = None, code: str = "", http_status: int | None = None
    ) -> None:
        super().__init__(text, code=code, http_status=http_status)
        self.retry_after = retry_after


class ChannelError(ProviderError):
    """The account cannot send at all: credentials, certificate, suspension (CHANNEL)."""


class RejectedError(ProviderError):
    """The provider refused this message for good (PERMANENT)."""


class OptedOutError(RejectedError):
    """The provider says that this address opted out or blocked us: also recorded as an opt-out."""


class AmbiguousError(ProviderError):
    """Nobody can tell whether it was processed; never repeated blindly (AMBIGUOUS)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelAccount:
    """What a provider is given: settings from the store, secrets on demand from the keyring."""

    channel_id: ChannelId
    address: str
    settings: Mapping[str, str]
    secret: Callable[[str], str]  # field name -> value; raises SecretStoreError


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingField:
    """One field of the set-up form."""

    key: str
    label: str
    secret: bool = False
    required: bool = True
    placeholder: str = ""
    help: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingAttachment:
    """A file to send; `path` lies in our content-addressed folder."""

    path: Path
    media_type: str
    name: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SendRequest:
    """One delivery. The same request with the same key must be byte-identical on the wire."""

    idempotency_key: str
    scheme: Scheme
    to: str
    text: str
    attachments: tuple[OutgoingAttachment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SendResult:
    """The provider took it."""

    provider_message_id: str  # never empty
    status: DeliveryStatus = DeliveryStatus.ACCEPTED  # ACCEPTED, SENT or DELIVERED
    segments: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundAttachment:
    """A file that came with a message, to be fetched with `Provider.download`."""

    reference: str
    media_type: str = ""
    name: str = ""
    size: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundMessage:
    """One message as fetched. `direction` is OUT for an echo: staff used the channel's own tool."""

    provider_message_id: str
    scheme: Scheme
    address: str  # the other side, as the provider writes it
    text: str
    occurred_at: datetime
    direction: Direction = Direction.IN
    sender_name: str = ""
    status: DeliveryStatus | None = None  # of an echo
    attachments: tuple[InboundAttachment, ...] = ()
    idempotency_key: str = ""  # of an echo of our own send, where the provider returns it


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryReceipt:
    """The provider's word on a message we sent."""

    provider_message_id: str
    status: DeliveryStatus  # SENT, DELIVERED, READ, UNDELIVERED or FAILED
    at: datetime
    key: str  # unique per message: the same receipt again has the same key
    error_code: str = ""
    error_text: str = ""
    idempotency_key: str = ""  # of our send, where the provider returns it: proof that it left (class B)


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundCall:
    """One row of the call log."""

    provider_call_id: str
    scheme: Scheme
    address: str
    direction: Direction
    status: CallStatus
    occurred_at: datetime
    duration_seconds: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchResult:
    """One page of the inbound stream. `cursor` is saved in the transaction that stores the page."""

    cursor: str
    messages: tuple[InboundMessage, ...] = ()
    receipts: tuple[DeliveryReceipt, ...] = ()
    calls: tuple[InboundCall, ...] = ()
    has_more: bool = False  # fetch again at once


@dataclass(frozen=True, slots=True, kw_only=True)
class SentQuery:
    """What `find_sent` looks for (class C): everything sent to an address in a span of time."""

    scheme: Scheme
    to: str
    text: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SentCandidate:
    """One message the provider says it sent and that matches a SentQuery."""

    provider_message_id: str
    created_at: datetime
    status: DeliveryStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckStep:
    """One line of "Test connection": what was tried, whether it worked, and the remedy."""

    name: str
    ok: bool
    detail: str = ""
    remedy: str = ""


class Provider(ABC):
    """One configured account of an outside service.

    Every method may raise a ProviderError and nothing else; each returns within 30 s of wall time
    (``fetch`` within ``wait`` + 30 s). Objects are used by one thread at a time.
    """

    kind: ClassVar[str]
    title: ClassVar[str]  # shown in channel set-up
    summary: ClassVar[str]  # one sentence under it
    fields: ClassVar[tuple[SettingField, ...]]

    @classmethod
    @abstractmethod
    def capabilities_of(cls, settings: Mapping[str, str]) -> Capabilities:
        """What an account with these settings can do; known before any connection."""

    @abstractmethod
    def check(self) -> tuple[CheckStep, ...]:
        """Try each step of the connection; the first failed step is the last in the answer."""

    def secrets_to_keep(self) -> Mapping[str, str]:
        """What to keep in the keyring instead of what was entered, such as a token for a password; empty: that.

        Called once, when a channel is set up, after a check that succeeded.
        """
        return {}

    @abstractmethod
    def probe(self) -> None:
        """A harmless request that proves the provider answers (half-open circuit)."""

    @abstractmethod
    def send(self, request: SendRequest) -> SendResult:
        """Hand over one message. Only the outbox calls this."""

    @abstractmethod
    def fetch(self, cursor: str, *, wait: timedelta) -> FetchResult:
        """Return what came since ``cursor`` ("" is the beginning: only recent history), waiting up to
        ``wait`` where the provider supports long polling."""

    def fetch_receipts(self, provider_message_ids: tuple[str, ...]) -> tuple[DeliveryReceipt, ...]:
        """Ask for the state of messages whose receipts do not come with ``fetch``."""
        return ()

    def find_sent(self, query: SentQuery) -> tuple[SentCandidate, ...]:
        """Return what was sent and matches (class C only), oldest first."""
        return ()

    def download(self, reference: str, sink: BinaryIO, *, max_bytes: int) -> None:
        """Write an attachment's bytes to ``sink``; RejectedError when larger than ``max_bytes``."""
        raise RejectedError("This channel has no attachments.", code="no_attachments")

    def mark_read(self, scheme: Scheme, address: str, provider_message_id: str) -> None:
        """Tell the other side that it was read, where the provider knows such receipts."""

    def close(self) -> None:
        """Let go of connections; called once, from any thread."""
