"""Twilio: SMS, pictures that come in, WhatsApp and the call log; SignalWire speaks the same language.

Everything is fetched by asking: an office computer has no address that a provider could call.
"""

import time
from collections.abc import Mapping
from datetime import timedelta
from typing import BinaryIO, ClassVar

from desktop_inbox import clock as clocks
from desktop_inbox.models.entities.channel import Capabilities
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.message import DeliveryStatus
from desktop_inbox.services.http import Timeouts
from desktop_inbox.services.providers import twilio_check, twilio_errors, twilio_settings, twilio_wire
from desktop_inbox.services.providers.base import (
    AmbiguousError,
    ChannelAccount,
    ChannelError,
    CheckStep,
    DeliveryReceipt,
    FetchResult,
    Provider,
    ProviderError,
    RejectedError,
    SendRequest,
    SendResult,
    SentCandidate,
    SentQuery,
    SettingField,
)
from desktop_inbox.services.providers.twilio_api import BUDGET, PAGE_SIZE, TwilioApi, identifier, rows_of
from desktop_inbox.services.providers.twilio_cursor import parse_cursor
from desktop_inbox.services.providers.twilio_fetch import Fetch, streams_of
from desktop_inbox.services.providers.twilio_settings import MAX_TEXT

#: A message that Twilio takes late must not reach anybody in the night.
_VALIDITY_SECONDS = 4 * 60 * 60
_MAX_LOOK_PAGES = 10


class TwilioProvider(Provider):
    """One Twilio or SignalWire account with a text number, a WhatsApp number, or both."""

    kind: ClassVar[str] = "twilio"
    title: ClassVar[str] = "Twilio or SignalWire"
    summary: ClassVar[str] = (
        "Text messages, WhatsApp and the call log of a rented number. Pictures can be received, not sent."
    )
    fields: ClassVar[tuple[SettingField, ...]] = twilio_settings.FIELDS

    def __init__(
        self,
        account: ChannelAccount,
        *,
        clock: clocks.Clock = clocks.now,
        timeouts: Timeouts = Timeouts(),  # noqa: B008 - frozen
    ) -> None:
        self._clock = clock
        self._settings = account.settings
        self._own = twilio_settings.own_addresses(account)
        self._api = TwilioApi(account, clock=clock, timeouts=timeouts)

    @classmethod
    def capabilities_of(cls, settings: Mapping[str, str]) -> Capabilities:
        """What an account with these settings can do."""
        return twilio_settings.capabilities_of(settings)

    def check(self) -> tuple[CheckStep, ...]:
        """Try numbers, sign-in, account and reading, in this order."""
        return twilio_check.check(lambda: self._api.http, self._api.root, self._own, self._settings)

    def probe(self) -> None:
        """List one message."""
        self._api.http.get(f"{self._api.root}/Messages.json", {"PageSize": 1})

    def send(self, request: SendRequest) -> SendResult:
        """Post one message; a late acceptance runs out after four hours."""
        if request.attachments:
            raise RejectedError("Twilio channels cannot send files.", code="attachments_unsupported")
        if not request.text.strip() or len(request.text) > MAX_TEXT:
            raise RejectedError("Twilio takes texts of 1 to 1,600 characters.", code="text_length")
        sender = self._sender(request.scheme)
        fields: list[tuple[str, str | int]] = [
            ("To", twilio_wire.wire_address(request.scheme, request.to)),
            ("From", sender),
            ("Body", request.text),
            ("ValidityPeriod", _VALIDITY_SECONDS),
        ]
        try:
            row = self._api.http.post_form(f"{self._api.root}/Messages.json", fields)
        except RejectedError as error:
            if error.code != twilio_errors.NOT_FOUND:
                raise
            raise ChannelError("There is no Twilio account with this Account SID.", code=error.code) from None
        sid = twilio_wire.sid_of(row)
        if not sid:
            raise AmbiguousError("Twilio took the message and did not name it.", code="no_id")
        status = twilio_wire.status_of(row)
        known = (DeliveryStatus.ACCEPTED, DeliveryStatus.SENT, DeliveryStatus.DELIVERED)
        return SendResult(
            provider_message_id=sid,
            status=status if status in known else DeliveryStatus.ACCEPTED,
            segments=twilio_wire.whole(row.get("num_segments")) or None,
        )

    def fetch(self, cursor: str, *, wait: timedelta) -> FetchResult:
        """Read one page of each list; ``wait`` is of no use here, as nothing can be waited for."""
        now = self._clock()
        return Fetch(self._api, now).read(streams_of(self._own), parse_cursor(cursor, now))

    def fetch_receipts(self, provider_message_ids: tuple[str, ...]) -> tuple[DeliveryReceipt, ...]:
        """Ask for each message; stops early, without an error, when time runs out or after the first answers."""
        end = time.monotonic() + BUDGET
        receipts: list[DeliveryReceipt] = []
        for sid in provider_message_ids:
            if time.monotonic() > end:
                break
            try:
                row = self._api.get(f"Messages/{identifier(sid)}.json", end=end)
            except RejectedError:
                continue  # deleted there: nothing more will be heard of it
            except ProviderError:
                if receipts:
                    break
                raise
            receipt = twilio_wire.receipt_of(row, self._clock())
            receipts += [receipt] if receipt else []
        return tuple(receipts)

    def find_sent(self, query: SentQuery) -> tuple[SentCandidate, ...]:
        """Look through what was sent to the address. AmbiguousError when the list is too long to be sure."""
        filters: dict[str, str | int] = {
            "To": twilio_wire.wire_address(query.scheme, query.to),
            "From": self._sender(query.scheme),
            "PageSize": PAGE_SIZE,
        }
        # Not filtered by DateSent: it is null until a message has left.
        wanted, found = _comparable(query.text), []
        end = time.monotonic() + BUDGET
        page = ""
        for _number in range(_MAX_LOOK_PAGES):
            answer = self._api.page("Messages", filters, page, end=end)
            rows, page = rows_of(answer, "messages"), self._api.next_page(answer)
            for row in rows:
                created = twilio_wire.created_at(row)
                if created is None or not query.since <= created <= query.until or row.get("direction") == "inbound":
                    continue
                if twilio_wire.sid_of(row) and _comparable(twilio_wire.text_of(row.get("body"))) == wanted:
                    status = twilio_wire.status_of(row)
                    found.append(
                        SentCandidate(provider_message_id=twilio_wire.sid_of(row), created_at=created, status=status)
                    )
            times = [twilio_wire.created_at(row) for row in rows]
            if not page or (rows and all(created and created < query.since for created in times)):
                return tuple(sorted(found, key=lambda candidate: candidate.created_at))
        raise AmbiguousError("Too much was sent to this number to look through it.", code="too_many")

    def download(self, reference: str, sink: BinaryIO, *, max_bytes: int) -> None:
        """Write a picture or file of an inbound message to ``sink``."""
        message, _, media = reference.partition("/")
        end = time.monotonic() + BUDGET
        if media.startswith("#"):
            sids = [sid for sid, _type in self._api.media(message, end=end)]
            position = twilio_wire.whole(media[1:])
            if position >= len(sids):
                raise RejectedError("The file is not at Twilio any more.", code="gone")
            media = sids[position]
        path = f"{self._api.root}/Messages/{identifier(message)}/Media/{identifier(media)}"
        self._api.http.download(path, sink, max_bytes=max_bytes, total=self._api.left(end))

    def close(self) -> None:
        """Let go of connections."""
        self._api.close()

    def _sender(self, scheme: Scheme) -> str:
        own = self._own.get(scheme)
        if not own:
            raise ChannelError(f"This channel has no number for {scheme.value}.", code="no_number")
        return twilio_wire.wire_address(scheme, own)


def _comparable(text: str) -> str:
    """Return a text as it is compared: services trim and re-wrap, and a text missed would be sent twice."""
    return " ".join(text.split())
