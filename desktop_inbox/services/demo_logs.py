"""What was said about the invented messages that failed, so that their error logs have something to tell."""

from datetime import timedelta
from typing import Final

from desktop_inbox.models.entities.exchange import Exchange, ExchangeKind
from desktop_inbox.models.entities.message import DeliveryStatus, Message
from desktop_inbox.models.work import Work

_SECOND: Final = timedelta(seconds=1)


def keep_logs(work: Work) -> None:
    """Add an exchange to each failed message that has none; a second run finds nothing to do."""
    failed = work.messages.many(work.exchanges.unlogged())
    work.exchanges.add_many([_said(work, message) for message in failed])


def _said(work: Work, message: Message) -> Exchange:
    address = None if message.address_id is None else work.contacts.address(message.address_id)
    to = "" if address is None else address.path
    refused = message.status is DeliveryStatus.FAILED
    request = f"SEND to={to}\n\n{message.text}" if refused else f"STATUS of={message.provider_message_id}"
    word = "REFUSED" if refused else "UNDELIVERED"
    return Exchange(
        kind=ExchangeKind.SEND if refused else ExchangeKind.STATUS,
        channel_id=message.channel_id,
        message_id=message.id,
        at=(message.failed_at or message.occurred_at) - (_SECOND if refused else timedelta(0)),
        elapsed_millis=180 + message.id % 240,
        request=request,
        response=f"{word} {message.error_code}\n\n{message.error_text}",
        error_code=message.error_code,
    )
