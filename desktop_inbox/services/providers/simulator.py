"""The Simulator: a channel into a made-up town whose people answer, call, opt out and send photos."""

import io
import uuid
from collections.abc import Mapping
from datetime import timedelta
from random import Random
from typing import BinaryIO, ClassVar, Final

from desktop_inbox.clock import from_millis, to_millis
from desktop_inbox.models.entities.channel import Capabilities, ReconcileClass
from desktop_inbox.services import http_record

from .base import (
    AmbiguousError,
    ChannelAccount,
    CheckStep,
    DeliveryReceipt,
    FetchResult,
    NotSentError,
    OptedOutError,
    Provider,
    ProviderError,
    RejectedError,
    SendRequest,
    SendResult,
    SentCandidate,
    SentQuery,
    SettingField,
    ThrottledError,
)
from .simulator_log import Sent
from .simulator_people import LOST, NETWORKS, OPTED_OUT, PEOPLE, REFUSED, THROTTLED, UNCLEAR
from .simulator_photos import picture
from .simulator_world import PACES, Worlds, WorldSettings

_MEGABYTE: Final = 1_000_000


class SimulatorProvider(Provider):
    """One network of the town: SMS, WhatsApp or Telegram, each with its own habits and limits."""

    kind: ClassVar[str] = "simulator"
    title: ClassVar[str] = "Simulator"
    summary: ClassVar[str] = "A made-up town whose people answer. Nothing leaves this computer."
    fields: ClassVar[tuple[SettingField, ...]] = (
        SettingField(key="network", label="Network", choices=tuple(NETWORKS), help="Which kind of channel it plays."),
        SettingField(
            key="pace",
            label="Pace",
            required=False,
            choices=tuple(PACES),
            help="How often people write by themselves.",
        ),
        SettingField(
            key="window_hours",
            label="Hours for answers",
            required=False,
            placeholder="24",
            help="How long after somebody wrote answers are delivered; 0 for no limit.",
        ),
    )

    def __init__(self, account: ChannelAccount, *, worlds: Worlds | None = None) -> None:
        self._world = (worlds or Worlds()).of(account)

    @classmethod
    def capabilities_of(cls, settings: Mapping[str, str]) -> Capabilities:
        """What the network can do that ``settings`` name."""
        town = WorldSettings.read(settings)
        chat = town.network != "sms"
        return Capabilities(
            schemes=frozenset({NETWORKS[town.network]}),
            reconcile=town.reconcile,
            receipts_sent=True,
            receipts_delivered=town.network != "telegram",
            receipts_read=town.network == "whatsapp",
            receipts_failed=True,
            attachments_out=True,
            attachments_in=True,
            attachment_types=() if chat else ("image/", "video/"),
            max_attachment_bytes=(16 if chat else 5) * _MEGABYTE,
            max_attachments=10,
            max_text=4096 if chat else 1600,
            segments=not chat,
            window_hours=24 if town.network == "whatsapp" else None,
            calls=not chat,
            can_start=town.network != "telegram",
            poll_seconds=1.5,
        )

    def check(self) -> tuple[CheckStep, ...]:
        """The town is always there."""
        here = sum(person.network == self._world.settings.network for person in PEOPLE)
        return (CheckStep(name="Town", ok=True, detail=f"{here} people may write here."),)

    def probe(self) -> None:
        """The town always answers."""

    def send(self, request: SendRequest) -> SendResult:
        """Take a message, or go wrong as the number or the fault rate wants it."""
        world = self._world
        earlier = [line for line in world.log.all() if line.key == request.idempotency_key]
        if world.settings.reconcile is ReconcileClass.IDEMPOTENT:
            for line in earlier:
                if line.taken:
                    return SendResult(provider_message_id=line.id)
        sent = Sent(
            id=f"sim-{uuid.uuid4().hex[:20]}",
            key=request.idempotency_key,
            at=to_millis(world.clock()),
            to=request.to,
            text=request.text,
            files=len(request.attachments),
        )
        try:
            self._refuse(request.to, tries=len(earlier), sent=sent)
        except ProviderError as error:
            said = f"SEND to={request.to}\n\n{request.text}"
            http_record.note(said, f"REFUSED {error.code}\n\n{error.text}", at=world.clock(), code=error.code)
            raise
        world.log.add(sent)
        if self._answer_is_lost(request, tries=len(earlier)):
            raise AmbiguousError("The connection broke before the answer came.", code="lost_answer")
        return SendResult(provider_message_id=sent.id)

    def _refuse(self, to: str, *, tries: int, sent: Sent) -> None:
        """Raise what a number or a fault asks for; the town then did not take the message."""
        if to.endswith(REFUSED):
            raise RejectedError("There is no such number.", code="no_such_number")
        if to.endswith(OPTED_OUT):
            raise OptedOutError("This number opted out of messages from here.", code="opted_out")
        if to.endswith(LOST):
            raise AmbiguousError("The connection broke before the answer came.", code="lost_request")
        fault = self._fault(sent.key, tries)
        if (to.endswith(THROTTLED) and tries == 0) or fault == "throttled":
            self._note_try(sent)
            raise ThrottledError("Too many messages at once.", retry_after=timedelta(seconds=2), code="slow_down")
        if fault == "not_sent":
            self._note_try(sent)
            raise NotSentError("The town could not be reached.", code="offline")
        if fault == "lost":
            self._note_try(sent)
            raise AmbiguousError("The connection broke before the answer came.", code="lost_request")

    def _answer_is_lost(self, request: SendRequest, *, tries: int) -> bool:
        return request.to.endswith(UNCLEAR) or self._fault(request.idempotency_key, tries) == "unclear"

    def _fault(self, key: str, tries: int) -> str:
        settings = self._world.settings
        chance = Random(f"{settings.seed}:{key}:{tries}")  # noqa: S311 - a game
        if chance.random() >= settings.fault_rate:
            return ""
        return chance.choice(("throttled", "not_sent", "unclear", "lost"))

    def _note_try(self, sent: Sent) -> None:
        self._world.log.add(Sent(id=sent.id, key=sent.key, at=sent.at, to=sent.to, text="", files=0, taken=False))

    def fetch(self, cursor: str, *, wait: timedelta) -> FetchResult:
        """Return what happened in the town since; never waits."""
        return self._world.fetch(cursor)

    def fetch_receipts(self, provider_message_ids: tuple[str, ...]) -> tuple[DeliveryReceipt, ...]:
        """Return nothing: all receipts come with ``fetch``."""
        return ()

    def find_sent(self, query: SentQuery) -> tuple[SentCandidate, ...]:
        """Return what the town took and matches, oldest first."""
        return tuple(
            SentCandidate(
                provider_message_id=line.id, created_at=from_millis(line.at), status=self._world.status_of(line)
            )
            for line in self._world.log.all()
            if line.taken and (line.to, line.text) == (query.to, query.text)
            if query.since <= from_millis(line.at) <= query.until
        )

    def download(self, reference: str, sink: BinaryIO, *, max_bytes: int) -> None:
        """Draw the photo that ``reference`` names."""
        kind, _, seed = reference.partition(":")
        data = picture(kind, seed)
        if len(data) > max_bytes:
            raise RejectedError("The photo is larger than allowed.", code="too_large")
        with io.BytesIO(data) as source:
            while chunk := source.read(65_536):
                sink.write(chunk)

    def deliveries(self, key: str) -> int:
        """Return how often the town took a message with this key: more than once is a double send."""
        return sum(line.taken and line.key == key for line in self._world.log.all())
