"""What counts as delivered: the honest rule of reports (S1-31), one list for Python and SQL.

Many carriers send no receipts, so what the provider took or sent counts as delivered as well, but never what is
still in the outbox (held, queued, sending, waiting for another attempt, unclear) and never what failed.
"""

from typing import Final

from desktop_inbox.models.entities.message import DeliveryStatus

#: Statuses that count as delivered.
EFFECTIVE: Final = frozenset(
    {DeliveryStatus.ACCEPTED, DeliveryStatus.SENT, DeliveryStatus.DELIVERED, DeliveryStatus.READ}
)
#: Of these a receipt says so.
CONFIRMED: Final = frozenset({DeliveryStatus.DELIVERED, DeliveryStatus.READ})
