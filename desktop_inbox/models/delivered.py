"""What counts as delivered: the honest rule of reports (S1-31), in Python and in SQL, from one list.

Many carriers send no receipts, so what the provider took or sent counts as delivered as well, but never what is
still in the outbox (held, queued, sending, waiting for another attempt, unclear) and never what failed.
"""

from typing import Any, Final

from sqlalchemy import ColumnElement, and_

from desktop_inbox.models.entities.message import DeliveryStatus
from desktop_inbox.models.schema import messages

#: Statuses that count as delivered.
EFFECTIVE: Final = frozenset(
    {DeliveryStatus.ACCEPTED, DeliveryStatus.SENT, DeliveryStatus.DELIVERED, DeliveryStatus.READ}
)
#: Of these a receipt says so.
CONFIRMED: Final = frozenset({DeliveryStatus.DELIVERED, DeliveryStatus.READ})


def effectively_delivered(status: DeliveryStatus) -> bool:
    """Return whether an outbound message with this status counts as delivered (S1-31)."""
    return status in EFFECTIVE


def effectively_delivered_sql(table: Any = messages) -> ColumnElement[bool]:
    """Return the same as a condition on ``messages`` or an alias of it; false for inbound messages."""
    return and_(table.c.direction == "out", table.c.status.in_(sorted(EFFECTIVE)))


def confirmed_sql(table: Any = messages) -> ColumnElement[bool]:
    """Return the condition that a receipt came for an outbound message."""
    return and_(table.c.direction == "out", table.c.status.in_(sorted(CONFIRMED)))
