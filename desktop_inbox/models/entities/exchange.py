"""Exchange: what was said between us and a provider when a call went wrong, without secrets (S1-26)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .ids import ChannelId, EntryId


class ExchangeKind(StrEnum):
    """What the call was for."""

    SEND = "send"
    STATUS = "status"  # how far a message got
    RECEIVE = "receive"
    CALL = "call"
    ATTACHMENT = "attachment"
    TOKEN = "token"  # noqa: S105 - signing in


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and what came back. Both texts hold line, headers and body as they may be stored."""

    kind: ExchangeKind
    at: datetime
    elapsed_millis: int = 0
    request: str = ""
    response: str = ""  # empty: no answer came
    http_status: int | None = None
    error_code: str = ""
    id: int = 0  # 0: not stored yet
    channel_id: ChannelId | None = None
    message_id: EntryId | None = None
    attempt_id: int | None = None
