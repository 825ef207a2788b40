"""Outcome: whether a commit took place although the connection was lost while it was under way.

Only a server can leave this open: the answer may be lost after the work was done. The transaction's own id is
noted before the commit, and the server is asked for its fate afterwards.
"""

import time
from dataclasses import dataclass

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from desktop_inbox.errors import StoreError

from .work import Work

_PATIENCE = 30.0  # seconds that the server may be away before the user is told that nobody knows
_PAUSE = 0.1  # seconds between two questions
_NOT_YET_GIVEN = "22023"  # the id lies in the future

_MARK = text("SELECT pg_current_xact_id_if_assigned()::text")
_FATE = text("SELECT pg_xact_status(CAST(:mark AS xid8))")
_CHANGE = text("SELECT 1 FROM change_log WHERE id = :change AND instance = :instance")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What identifies one transaction after the connection is gone."""

    transaction: str
    instance: str
    change: int | None  # the last line it wrote to the change log


def mark(work: Work) -> Mark | None:
    """Return the mark of the transaction under way, or None where none is needed: it wrote nothing, or the
    database is a file and its answer cannot be lost."""
    if work.connection.dialect.name != "postgresql":
        return None
    transaction = work.connection.execute(_MARK).scalar()
    if transaction is None:
        return None
    return Mark(transaction=transaction, instance=work.instance, change=work.last_change)


def took_place(engine: Engine, mark: Mark) -> bool:
    """Ask the server, patiently, whether the transaction of ``mark`` was committed.

    Raises StoreError ``commit_unknown`` when it cannot be asked in time.
    """
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        try:
            fate = _fate(engine, mark)
        except DBAPIError as error:
            # A server that crashed before it wrote anything of the transaction down has not heard of its id.
            fate = False if getattr(error.orig, "sqlstate", None) == _NOT_YET_GIVEN else None
        if fate is not None:
            return fate
        time.sleep(_PAUSE)
    raise StoreError(
        "commit_unknown",
        "The connection to the database was lost while saving.",
        hint="Check whether the last change is there before you repeat it.",
    )


def _fate(engine: Engine, mark: Mark) -> bool | None:
    """True: committed; False: never; None: still under way."""
    with engine.connect() as connection, connection.begin():
        fate = connection.execute(_FATE, {"mark": mark.transaction}).scalar()
        if fate == "in progress":
            return None
        if mark.change is not None:
            # A server that crashed may give the id of a lost transaction to another one; our line in the
            # change log is proof either way, as nobody else writes under this instance.
            values = {"change": mark.change, "instance": mark.instance}
            return connection.execute(_CHANGE, values).first() is not None
        return bool(fate == "committed")
