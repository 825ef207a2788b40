"""What Twilio tests share: a clock of their own, providers on a double, a person who writes."""

from datetime import UTC, datetime, timedelta

from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.ids import ChannelId
from desktop_inbox.services.http import Timeouts
from desktop_inbox.services.providers.base import ChannelAccount, InboundMessage, SendRequest
from desktop_inbox.services.providers.twilio import TwilioProvider
from tests.support.twilio_double import NUMBER, TwilioDouble

PERSON = "+14155550123"
NO_WAIT = timedelta(0)
BRISK = Timeouts(connect=1, read=0.3, total=0.5)


class Hands:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **span: float) -> None:
        self.now += timedelta(**span)


class MakeProvider:
    """Makes providers: ``make(double)`` or ``make(base_url=...)``, with settings as keywords."""

    def __init__(self, hands: Hands) -> None:
        self._hands = hands
        self._made: list[TwilioProvider] = []

    def __call__(
        self,
        double: TwilioDouble | None = None,
        *,
        base_url: str = "",
        token: str = "",
        timeouts: Timeouts | None = None,
        **settings: str,
    ) -> TwilioProvider:
        if double is not None:
            base_url = base_url or double.origin + double.prefix
            token = token or double.token
        account = ChannelAccount(
            channel_id=ChannelId(1),
            address=NUMBER,
            settings={
                "account_sid": double.account if double else "AC" + "0" * 32,
                "number": NUMBER,
                "base_url": base_url,
                **settings,
            },
            secret=lambda _name: token or "a-token-of-no-worth",
        )
        self._made.append(TwilioProvider(account, clock=self._hands, timeouts=timeouts or Timeouts()))
        return self._made[-1]

    def close(self) -> None:
        for provider in self._made:
            provider.close()


def request_to(to: str = PERSON, text: str = "We are open until six.", scheme: Scheme = Scheme.TEL) -> SendRequest:
    return SendRequest(idempotency_key="k1", scheme=scheme, to=to, text=text)


def fetch_all(provider: TwilioProvider, cursor: str = "") -> tuple[list[InboundMessage], str]:
    messages: list[InboundMessage] = []
    while True:
        result = provider.fetch(cursor, wait=NO_WAIT)
        cursor = result.cursor
        messages += result.messages
        if not result.has_more:
            return messages, cursor
