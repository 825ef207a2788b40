"""Faults of a database, told to people in one sentence and one hint."""

import sqlite3
from typing import NoReturn

from sqlalchemy.exc import DataError, DBAPIError, OperationalError

from desktop_inbox.errors import InboxError, InvalidInputError, StoreError

#: The server asks to repeat: serialisation failure, deadlock, a lock that was not to be had in time.
_REPEATABLE = frozenset({"40001", "40P01", "55P03"})
#: The server went away: ended by an administrator, crashed, not yet up, connection failures.
_LOST = frozenset({"57P01", "57P02", "57P03", "57P05", "08000", "08001", "08003", "08004", "08006"})
_TIMED_OUT = frozenset({"57014", "25P03"})

_OUT_OF_RANGE = "22003"

#: The driver's words for a text that is not UTF-8; they go on with the text itself.
_UNDECODABLE = "Could not decode to UTF-8"

_DAMAGED = ("store_corrupt", "The database file is damaged.", "Restore the last backup; the damaged file is kept.")
_LOCKED = ("store_locked", "Another program keeps the database locked.", "Close it, then try again.")

_SQLITE = {
    "SQLITE_FULL": ("store_full", "The disk is full.", "Free some space; nothing that was saved is lost."),
    "SQLITE_IOERR_SHMSIZE": ("store_full", "The disk is full.", "Free some space; nothing that was saved is lost."),
    "SQLITE_READONLY": ("store_readonly", "The database file cannot be written.", "Check the file's permissions."),
    "SQLITE_BUSY": _LOCKED,
    "SQLITE_LOCKED": _LOCKED,
    "SQLITE_CORRUPT": _DAMAGED,
    "SQLITE_FORMAT": _DAMAGED,
    "SQLITE_NOTADB": (
        "store_foreign",
        "The database file is damaged or was not made by this program.",
        "Restore the last backup, or choose another file.",
    ),
    "SQLITE_IOERR": ("store_io", "The disk reported an error.", "Check the disk, then restart the program."),
    "SQLITE_CANTOPEN": (
        "store_unreadable",
        "The database file cannot be opened.",
        "Check the folder and its permissions.",
    ),
    "SQLITE_PERM": ("store_unreadable", "The database file cannot be opened.", "Check its permissions."),
    "SQLITE_AUTH": ("store_unreadable", "The database file cannot be opened.", "Check its permissions."),
    "SQLITE_NOLFS": ("store_full", "The disk cannot hold a file this large.", "Move the data to another disk."),
    "SQLITE_TOOBIG": ("store_too_big", "The text is too long to be stored.", "Shorten it."),
}


_UNIQUE_VIOLATION = "23505"
_FOREIGN_KEY_VIOLATION = "23503"
#: Primary keys that are drawn from the clock and chance.
_DRAWN_IDS = frozenset(
    f"pk_{table}" for table in ("messages", "conversation_events", "calls", "comments", "consent_ledger", "batches")
)
#: On SQLite nobody else writes between the look and the row, but one message that comes in is not looked at.
_DRAWN_UNSEEN = "UNIQUE constraint failed: messages.id"


def is_repeatable(error: DBAPIError) -> bool:
    """Whether the whole transaction should be done once more: the database asks for it, or the same id was drawn
    in the same millisecond."""
    if isinstance(error.orig, sqlite3.IntegrityError):
        return str(error.orig) == _DRAWN_UNSEEN
    if getattr(error.orig, "sqlstate", None) == _UNIQUE_VIOLATION:
        diagnosis = getattr(error.orig, "diag", None)
        return getattr(diagnosis, "constraint_name", None) in _DRAWN_IDS
    return getattr(error.orig, "sqlstate", None) in _REPEATABLE


def is_collision(error: DBAPIError) -> bool:
    """Whether a row was made or removed by somebody else since this transaction looked: a name that was free, a label
    that was there. Done once more, it sees that, and says so or has nothing to do."""
    return getattr(error.orig, "sqlstate", None) in (_UNIQUE_VIOLATION, _FOREIGN_KEY_VIOLATION)


def is_lost(error: DBAPIError) -> bool:
    """Whether the connection to a server is gone, or could not be made."""
    if isinstance(error.orig, sqlite3.Error):
        return False
    state = getattr(error.orig, "sqlstate", None)
    if error.connection_invalidated or state in _LOST:
        return True
    # The driver has no code of the server's where it did not get to speak to it.
    return isinstance(error, OperationalError) and state is None


def translate(error: DBAPIError) -> Exception:
    """Return a StoreError that a person understands, or ``error`` where it is the program's own fault."""
    if isinstance(error.orig, sqlite3.Error):
        return sqlite_fault(error.orig) or error
    if isinstance(error, DataError):
        return too_large() if getattr(error.orig, "sqlstate", None) == _OUT_OF_RANGE else unstorable()
    if is_lost(error):
        return StoreError(
            "store_unreachable",
            "The database server cannot be reached.",
            hint="Check the network and the server; unsent messages are kept.",
        )
    state = getattr(error.orig, "sqlstate", None) or ""
    if state in _TIMED_OUT or state in _REPEATABLE:
        return StoreError("store_busy", "The database took too long.", hint="Try again in a moment.")
    if state.startswith("53"):
        return StoreError("store_full", "The database server is out of space.", hint="Tell who looks after it.")
    if state == "42501":
        return StoreError("store_denied", "The database does not allow this.", hint="Ask an administrator.")
    if state == "25006":
        return StoreError("store_readonly", "The database server only allows reading.", hint="Tell who looks after it.")
    return error


def sqlite_fault(error: sqlite3.Error) -> InboxError | None:
    """Return the sentence for an error of the driver, or None where it is the program's own fault."""
    name = str(getattr(error, "sqlite_errorname", ""))
    known = sorted((prefix for prefix in _SQLITE if name.startswith(prefix)), key=len)
    if known:
        code, message, hint = _SQLITE[known[-1]]
    elif "file is not a database" in str(error):
        code, message, hint = _SQLITE["SQLITE_NOTADB"]
    elif "malformed" in str(error) or _UNDECODABLE in str(error):  # told without a code of their own
        code, message, hint = _DAMAGED
    elif "pattern too complex" in str(error):  # more than 50,000 characters that somebody pasted into a search
        return InvalidInputError("search_too_long", "This is too long to look for.", hint="Shorten it.")
    else:
        return None
    return StoreError(code, message, hint=hint)


def damaged() -> StoreError:
    """Return the sentence for a file that is damaged."""
    code, message, hint = _DAMAGED
    return StoreError(code, message, hint=hint)


def raise_translated(error: DBAPIError | sqlite3.Error | UnicodeDecodeError) -> NoReturn:
    """Raise what ``translate`` says, keeping the cause."""
    if isinstance(error, UnicodeDecodeError):  # we never wrote such a text
        translated: Exception = damaged()
    elif isinstance(error, sqlite3.Error):
        translated = sqlite_fault(error) or error
    else:
        translated = translate(error)
    if translated is error:
        raise error
    if _UNDECODABLE in str(error):
        raise translated from None  # the cause would show what somebody wrote
    raise translated from error


def too_large() -> InvalidInputError:
    """Return the refusal of a number beyond 64 bits: nothing has one like it."""
    return InvalidInputError(
        "number_too_large", "The number is larger than any in use here.", hint="Check it, and type it again."
    )


def unstorable() -> InvalidInputError:
    """Return the refusal of a text that the database cannot keep as it is."""
    return InvalidInputError(
        "text_not_storable",
        "The text contains a character that cannot be stored.",
        hint="Remove invisible or broken characters, or type the text again.",
    )
