"""What the words of a row are: made by EntryWords, laid out and painted by the delegate."""

from dataclasses import dataclass
from enum import StrEnum


class ZoneKind(StrEnum):
    """What a part of a row does when it is clicked."""

    LINK = "link"
    PICTURE = "picture"
    SAVE = "save"
    SHOW = "show"
    RETRY = "retry"
    LOG = "log"
    ARRIVED = "arrived"
    AGAIN = "again"
    LEAVE = "leave"
    MOVE = "move"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowWords:
    """The words of one row that take room."""

    notice: str = ""  # why it failed, or that nobody knows
    buttons: tuple[tuple[ZoneKind, str], ...] = ()
    line: str = ""  # of an event or a call
    save: str = ""
    show: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileWords:
    """What a file's chip says."""

    name: str
    detail: str  # kind and size, or what is wrong
    icon: str
    risky: bool = False
