"""Channel: one configured account of a provider."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from .contact import Scheme
from .ids import ChannelId


class ChannelState(StrEnum):
    """Whether a channel carries messages at the moment."""

    ACTIVE = "active"
    PAUSED = "paused"  # by a person
    BROKEN = "broken"  # by an error that waiting does not mend, such as wrong credentials
    REMOVED = "removed"  # its history stays


class ReconcileClass(StrEnum):
    """How an unclear send can be cleared up (RELIABILITY 4.4)."""

    IDEMPOTENT = "A"  # the same key again has no further effect
    ECHOED = "B"  # receipts carry our reference
    LISTABLE = "C"  # what was sent can be listed and matched
    NOTHING = "D"  # only a person can tell


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a kind of channel can do; shown to the user before they try."""

    schemes: frozenset[Scheme]  # addresses it can reach
    reconcile: ReconcileClass
    receipts_sent: bool = False
    receipts_delivered: bool = False
    receipts_read: bool = False
    receipts_failed: bool = False
    attachments_out: bool = False
    attachments_in: bool = False
    attachment_types: tuple[str, ...] = ()  # MIME prefixes allowed out; empty: any
    max_attachment_bytes: int = 0
    max_attachments: int = 0
    max_text: int = 1600  # characters
    segments: bool = False  # texts are split into GSM-7 or UCS-2 segments and counted
    window_hours: int | None = None  # free answers only so long after the last inbound
    window_schemes: frozenset[Scheme] = frozenset()  # addresses that this concerns; empty: all
    calls: bool = False
    can_start: bool = True  # may write first
    single_poller: bool = True
    provider_answers_stop: bool = False  # the provider confirms opt-outs itself
    poll_seconds: float = 5.0  # pause between two fetches; 0 where fetch itself waits
    send_per_second: float | None = None  # messages the provider wants at most in the long run; None: it tells (429)


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One configured account. Secrets are in the keyring, never here."""

    id: ChannelId
    kind: str  # key of services.providers.registry
    name: str
    address: str = ""  # own number or user id, as the provider writes it
    settings: Mapping[str, str] = field(default_factory=dict)
    state: ChannelState = ChannelState.ACTIVE
    state_reason: str = ""  # a sentence, when paused or broken
    cursor: str = ""  # the provider's place in the inbound stream
    last_fetch_at: datetime | None = None
    cool_until: datetime | None = None  # throttled: nothing is claimed before
    circuit_until: datetime | None = None  # circuit open: nothing is claimed before the probe
    created_at: datetime
