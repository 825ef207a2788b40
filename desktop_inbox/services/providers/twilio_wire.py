"""Rows of Twilio's API in our words. Nothing here trusts a type: SignalWire sends numbers where Twilio
sends strings, and either may send null."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from desktop_inbox.models.entities.call import CallStatus
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.message import DeliveryStatus, Direction
from desktop_inbox.services.providers import twilio_errors as errors
from desktop_inbox.services.providers.base import DeliveryReceipt, InboundCall

Row = Mapping[str, Any]

_WHATSAPP = "whatsapp:"

_STATUSES = {
    "accepted": DeliveryStatus.ACCEPTED,
    "scheduled": DeliveryStatus.ACCEPTED,
    "queued": DeliveryStatus.ACCEPTED,
    "sending": DeliveryStatus.ACCEPTED,
    "sent": DeliveryStatus.SENT,
    "partially_delivered": DeliveryStatus.SENT,
    "delivered": DeliveryStatus.DELIVERED,
    "read": DeliveryStatus.READ,
    "undelivered": DeliveryStatus.UNDELIVERED,
    "failed": DeliveryStatus.FAILED,
    "canceled": DeliveryStatus.FAILED,
}
_RECEIPTS = frozenset(
    {
        DeliveryStatus.SENT,
        DeliveryStatus.DELIVERED,
        DeliveryStatus.READ,
        DeliveryStatus.UNDELIVERED,
        DeliveryStatus.FAILED,
    }
)
_CALLS = {
    "queued": CallStatus.RINGING,
    "ringing": CallStatus.RINGING,
    "in-progress": CallStatus.IN_PROGRESS,
    "completed": CallStatus.COMPLETED,
    "busy": CallStatus.BUSY,
    "failed": CallStatus.FAILED,
    "no-answer": CallStatus.NO_ANSWER,
    "canceled": CallStatus.CANCELLED,
}


def wire_address(scheme: Scheme, path: str) -> str:
    """Return an address as Twilio writes it."""
    return f"{_WHATSAPP}{path}" if scheme is Scheme.WHATSAPP else path


def parse_address(value: object) -> tuple[Scheme, str] | None:
    """Return scheme and path; None for what a text or call channel cannot answer (sip:, client:, hidden)."""
    text = value.strip() if isinstance(value, str) else ""
    scheme, path = (Scheme.WHATSAPP, text[len(_WHATSAPP) :]) if text.startswith(_WHATSAPP) else (Scheme.TEL, text)
    return (scheme, path) if path and ":" not in path and "@" not in path else None


def text_of(value: object) -> str:
    """Return a text without what no database keeps: NUL and halves of surrogate pairs."""
    text = value if isinstance(value, str) else ""
    return text.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def whole(value: object) -> int:
    """Return a whole number from an int, a float or a string of digits; else 0."""
    if isinstance(value, int | float):
        return int(value) if 0 <= value < 1e9 else 0
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10 else 0


def moment(value: object) -> datetime | None:
    """Return a moment in UTC from RFC 2822 or ISO 8601 text; None for anything else, also for years that no
    message was sent in, which the identifiers of the timeline cannot hold."""
    if not isinstance(value, str) or not value:
        return None
    try:
        found = datetime.fromisoformat(value) if value[:4].isdigit() else parsedate_to_datetime(value)
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return found if 2000 <= found.year < 2200 else None


def created_at(row: Row) -> datetime | None:
    """Return when a message or call came to be; None where the row does not say."""
    for name in ("date_created", "date_sent", "start_time", "date_updated"):
        found = moment(row.get(name))
        if found is not None:
            return found
    return None


def listed_at(row: Row) -> datetime | None:
    """Return the moment that list filters go by: sent for a message, begun for a call."""
    return moment(row.get("date_sent")) or moment(row.get("start_time")) or created_at(row)


def sid_of(row: Row) -> str:
    """Return the identifier, empty when there is none; its form differs between the services."""
    sid = row.get("sid")
    return sid.strip() if isinstance(sid, str) else ""


def status_of(row: Row) -> DeliveryStatus:
    """Return how far an outbound message got; an unknown word counts as taken."""
    return _STATUSES.get(str(row.get("status")), DeliveryStatus.ACCEPTED)


def receipt_of(row: Row, now: datetime) -> DeliveryReceipt | None:
    """Return the receipt in an outbound message's row, or None while it has not left."""
    sid, status, word = sid_of(row), status_of(row), str(row.get("status"))
    if not sid or status not in _RECEIPTS:
        return None
    code = (
        errors.code_of(row.get("error_code")) if status in (DeliveryStatus.UNDELIVERED, DeliveryStatus.FAILED) else ""
    )
    text = errors.sentence(code, text_of(row.get("error_message")))
    if word == "canceled":
        text = "The message was cancelled at Twilio."
    updated = moment(row.get("date_updated"))
    sent = moment(row.get("date_sent"))
    at = sent if status is DeliveryStatus.SENT and sent else updated or sent or now
    return DeliveryReceipt(
        provider_message_id=sid, status=status, at=at, key=f"{sid}:{status.value}", error_code=code, error_text=text
    )


def call_of(row: Row) -> InboundCall | None:
    """Return a call, or None for a row that is no call with somebody outside."""
    sid, at = sid_of(row), moment(row.get("start_time")) or created_at(row)
    # The second leg of a forwarded call would show as a call to whoever answers the phone here.
    if not sid or at is None or row.get("parent_call_sid"):
        return None
    inbound = row.get("direction") == "inbound"
    other = parse_address(row.get("from" if inbound else "to"))
    if other is None:
        return None
    return InboundCall(
        provider_call_id=sid,
        scheme=Scheme.TEL,
        address=other[1],
        direction=Direction.IN if inbound else Direction.OUT,
        status=_CALLS.get(str(row.get("status")), CallStatus.RINGING),
        occurred_at=at,
        duration_seconds=whole(row.get("duration")),
    )
