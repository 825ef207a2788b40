"""Attachment: a file of a message, kept in a content-addressed folder."""

from dataclasses import dataclass
from enum import StrEnum

from .ids import AttachmentId, EntryId


class AttachmentState(StrEnum):
    """Whether the bytes are here."""

    PENDING = "pending"  # known, not fetched yet
    READY = "ready"
    REFUSED = "refused"  # too large or not allowed; `reason` says which
    FAILED = "failed"  # could not be fetched


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """One file. The original name is for display only and never becomes a path."""

    id: AttachmentId
    message_id: EntryId
    position: int = 0
    state: AttachmentState = AttachmentState.READY
    sha256: str = ""  # hex; empty until ready
    media_type: str = "application/octet-stream"  # by content, not by name
    size: int = 0  # bytes
    original_name: str = ""
    width: int = 0  # pixels, pictures only
    height: int = 0
    reference: str = ""  # where the provider keeps it, until ready
    reason: str = ""
