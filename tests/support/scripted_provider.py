"""A provider in memory that does as it is told, and knows what really happened.

``World`` is the outside: what reached addressees, what the provider's list shows, how it answers next. Every
``ScriptedProvider`` of a channel talks to the same world, as all desktops talk to the same service.
"""

import itertools
import threading
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import BinaryIO, ClassVar

from desktop_inbox.models.entities.channel import Capabilities, Channel, ReconcileClass
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.message import DeliveryStatus
from desktop_inbox.services.providers.base import (
    AmbiguousError,
    CheckStep,
    DeliveryReceipt,
    FetchResult,
    Provider,
    ProviderError,
    SendRequest,
    SendResult,
    SentCandidate,
    SentQuery,
    SettingField,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How one request ends: an error or a result, and whether the provider acted on it all the same."""

    error: Exception | None = None
    processed: bool = True
    late: timedelta = timedelta(0)  # takes effect so much later
    status: DeliveryStatus = DeliveryStatus.ACCEPTED
    provider_id: str = ""  # instead of a fresh one


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """One message as the provider has it."""

    provider_id: str
    key: str
    to: str
    text: str
    at: datetime


@dataclass
class World:
    """What the provider did; safe to use from many threads."""

    clock: Callable[[], datetime]
    reconcile: ReconcileClass = ReconcileClass.NOTHING
    lag: timedelta = timedelta(0)  # until a message shows in the list
    default: Callable[[SendRequest], Answer] = lambda _request: Answer()
    before_answer: Callable[[SendRequest], None] = lambda _request: None
    down: bool = False  # probes fail
    capabilities: Capabilities | None = None
    taken: list[Taken] = field(default_factory=list)
    requests: list[tuple[datetime, SendRequest]] = field(default_factory=list)
    probes: list[datetime] = field(default_factory=list)
    looks: list[SentQuery] = field(default_factory=list)
    receipts: list[DeliveryReceipt] = field(default_factory=list)
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._script: deque[Answer] = deque()
        self._numbers = itertools.count(1)

    def script(self, *answers: Answer | Exception) -> None:
        """Answers for the next requests, in order; afterwards ``default`` answers."""
        with self._lock:
            self._script.extend(
                answer if isinstance(answer, Answer) else Answer(error=answer, processed=False) for answer in answers
            )

    def forget_script(self) -> None:
        with self._lock:
            self._script.clear()

    def capabilities_of(self, _channel: Channel) -> Capabilities:
        if self.capabilities is not None:
            return replace(self.capabilities, reconcile=self.reconcile)
        return Capabilities(
            schemes=frozenset({Scheme.TEL}), reconcile=self.reconcile, receipts_delivered=True, attachments_out=True
        )

    def deliveries(self) -> Counter[str]:
        """How often each key reached its addressee."""
        with self._lock:
            return Counter(message.key for message in self.taken)

    def send(self, request: SendRequest) -> SendResult:
        with self._lock:
            answer = self._script.popleft() if self._script else None
            self.requests.append((self.clock(), request))
        answer = answer or self.default(request)
        provider_id = self._act(request, answer) if answer.processed else ""
        self.before_answer(request)
        if answer.error is not None:
            raise answer.error
        if not provider_id:
            raise AmbiguousError("no id", code="no_id")
        return SendResult(provider_message_id=answer.provider_id or provider_id, status=answer.status)

    def _act(self, request: SendRequest, answer: Answer) -> str:
        with self._lock:
            if self.reconcile is ReconcileClass.IDEMPOTENT:
                for message in self.taken:
                    if message.key == request.idempotency_key:
                        return message.provider_id
            message = Taken(
                provider_id=f"p{next(self._numbers)}",
                key=request.idempotency_key,
                to=request.to,
                text=request.text,
                at=self.clock() + answer.late,
            )
            self.taken.append(message)
            return message.provider_id

    def listed(self, query: SentQuery) -> tuple[SentCandidate, ...]:
        now = self.clock()
        with self._lock:
            self.looks.append(query)
            found = [
                SentCandidate(provider_message_id=one.provider_id, created_at=one.at, status=DeliveryStatus.SENT)
                for one in self.taken
                if one.to == query.to
                and one.text == query.text
                and query.since <= one.at <= query.until
                and one.at + self.lag <= now
            ]
        return tuple(sorted(found, key=lambda one: one.created_at))

    def probe(self) -> None:
        with self._lock:
            self.probes.append(self.clock())
        if self.down:
            raise ProviderError("still down")


class ScriptedProvider(Provider):
    kind: ClassVar[str] = "scripted"
    title: ClassVar[str] = "Scripted"
    summary: ClassVar[str] = "Does as it is told."
    fields: ClassVar[tuple[SettingField, ...]] = ()

    def __init__(self, world: World) -> None:
        self.world = world

    @classmethod
    def capabilities_of(cls, settings: Mapping[str, str]) -> Capabilities:
        return Capabilities(schemes=frozenset({Scheme.TEL}), reconcile=ReconcileClass.NOTHING)

    def check(self) -> tuple[CheckStep, ...]:
        return ()

    def probe(self) -> None:
        self.world.probe()

    def send(self, request: SendRequest) -> SendResult:
        return self.world.send(request)

    def fetch(self, cursor: str, *, wait: timedelta) -> FetchResult:
        return FetchResult(cursor=cursor)

    def fetch_receipts(self, provider_message_ids: tuple[str, ...]) -> tuple[DeliveryReceipt, ...]:
        self.world.asked.append(provider_message_ids)
        return tuple(one for one in self.world.receipts if one.provider_message_id in provider_message_ids)

    def find_sent(self, query: SentQuery) -> tuple[SentCandidate, ...]:
        return self.world.listed(query)

    def download(self, reference: str, sink: BinaryIO, *, max_bytes: int) -> None:
        raise NotImplementedError


class ScriptedPool:
    """What the dispatcher asks for providers; the same shape as ``ProviderPool``."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.made: set[int] = set()

    def for_channel(self, channel: Channel) -> Provider:
        self.made.add(threading.get_ident())
        return ScriptedProvider(self.world)

    def capabilities(self, channel: Channel) -> Capabilities:
        return self.world.capabilities_of(channel)
