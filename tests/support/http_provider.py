"""A provider of each reconcile class over the loopback server that fails on demand."""

import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import ClassVar

from desktop_inbox.models.entities.channel import Capabilities, Channel, ReconcileClass
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.message import DeliveryStatus
from desktop_inbox.services.http import HttpClient, Timeouts
from desktop_inbox.services.providers.base import (
    AmbiguousError,
    CheckStep,
    FetchResult,
    Provider,
    SendRequest,
    SendResult,
    SentCandidate,
    SentQuery,
    SettingField,
)


class HttpProvider(Provider):
    kind: ClassVar[str] = "loopback"
    title: ClassVar[str] = "Loopback"
    summary: ClassVar[str] = "For tests."
    fields: ClassVar[tuple[SettingField, ...]] = ()

    def __init__(self, client: HttpClient, reconcile: ReconcileClass) -> None:
        self._client = client
        self._reconcile = reconcile

    @classmethod
    def capabilities_of(cls, settings: Mapping[str, str]) -> Capabilities:
        return Capabilities(schemes=frozenset({Scheme.TEL}), reconcile=ReconcileClass(settings.get("class", "D")))

    def check(self) -> tuple[CheckStep, ...]:
        return ()

    def probe(self) -> None:
        self._client.get("/account")

    def send(self, request: SendRequest) -> SendResult:
        body = {"key": request.idempotency_key, "to": request.to, "text": request.text}
        if self._reconcile is ReconcileClass.IDEMPOTENT:
            answer = self._client.put_json(f"/messages/{request.idempotency_key}", body)
        else:
            answer = self._client.post_json("/messages", body)
        found = answer.get("id")
        if not isinstance(found, str) or not found:
            raise AmbiguousError("The answer names no message.", code="no_id")
        return SendResult(provider_message_id=found)

    def fetch(self, cursor: str, *, wait: timedelta) -> FetchResult:
        return FetchResult(cursor=cursor)

    def find_sent(self, query: SentQuery) -> tuple[SentCandidate, ...]:
        answer = self._client.get("/messages", {"to": query.to, "since": query.since.isoformat()})
        return tuple(
            SentCandidate(
                provider_message_id=one["id"],
                created_at=datetime.fromisoformat(one["created_at"]),
                status=DeliveryStatus(one["status"]),
            )
            for one in answer["messages"]
            if one["text"] == query.text and datetime.fromisoformat(one["created_at"]) <= query.until
        )

    def close(self) -> None:
        self._client.close()


class HttpPool:
    """One provider per thread; the same shape as ``ProviderPool``."""

    def __init__(self, url: str, *, timeouts: Timeouts | None = None) -> None:
        self._url = url
        self._timeouts = timeouts or Timeouts()
        self._local = threading.local()
        self._made: list[Provider] = []

    def for_channel(self, channel: Channel) -> Provider:
        known: dict[str, Provider] = self._local.__dict__.setdefault("known", {})
        reconcile = self.capabilities(channel).reconcile
        if reconcile not in known:
            client = HttpClient(self._url, timeouts=self._timeouts)
            known[reconcile] = HttpProvider(client, reconcile)
            self._made.append(known[reconcile])
        return known[reconcile]

    def capabilities(self, channel: Channel) -> Capabilities:
        return HttpProvider.capabilities_of(channel.settings)

    def close(self) -> None:
        for provider in self._made:
            provider.close()
