"""Journal: results of sends that the database would not take, kept in a file until it does.

One JSON object a line, each line synced to the disk before the next step. A torn last line, as after a
power cut, is left out: its send then stays unclear and is cleared up like any other. What cannot be read or
recorded at all is set aside in a file of its own, which ``doctor`` tells of.
"""

import json
import logging
import os
import threading
from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from desktop_inbox.clock import from_millis, to_millis
from desktop_inbox.models.entities.ids import OutboxId
from desktop_inbox.models.entities.message import DeliveryStatus
from desktop_inbox.models.entities.outbox import AttemptOutcome, SendOutcome

_log = logging.getLogger(__name__)
_SUFFIX = ".outcomes"
_TAKEN = f"{_SUFFIX}.taken-"
_ASIDE = ".refused"


class Journal:
    """The outcomes that one process could not record, and those that an earlier one left behind."""

    def __init__(self, folder: Path, *, instance: str) -> None:
        self._folder = folder
        self.path = folder / f"{instance}{_SUFFIX}"
        self._instance = instance
        self._lock = threading.Lock()
        self.pending = self._has_mine()

    def append(self, outcomes: tuple[SendOutcome, ...]) -> None:
        """Keep outcomes; on the disk when this returns. OSError when even that fails."""
        with self._lock:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            lines = b"\n" + b"".join(map(_to_line, outcomes))  # ends a line that a full disk tore
            while not _add(self.path, lines):
                pass  # another process took the file meanwhile, perhaps before it had these lines
            _sync_folder(self._folder)
            self.pending = True

    def read(self) -> tuple[SendOutcome, ...]:
        """Everything kept by this process."""
        with self._lock:
            return _read(self.path)[0]

    def left_behind(self) -> tuple[Path, ...]:
        """Journals in the same folder, of whichever process; also those that were taken and not done with."""
        return tuple(sorted(self._folder.glob(f"*{_SUFFIX}*"))) if self._folder.is_dir() else ()

    def is_mine(self, path: Path) -> bool:
        """Whether this process wrote a journal or took it."""
        return path == self.path or path.name.endswith(f"{_TAKEN}{self._instance}")

    def take(self, path: Path) -> tuple[Path, tuple[SendOutcome, ...]]:
        """Read a journal that any process may have written; returns where it lies now.

        It gets another name first: a process that is alive goes on in a new file, and what it writes meanwhile
        is not forgotten with this one.
        """
        with self._lock:
            target = path.with_name(f"{path.name.partition(_SUFFIX)[0]}{_TAKEN}{self._instance}")
            if target != path and not target.exists():  # else what was taken before comes first
                try:
                    path.rename(target)
                except OSError:  # gone, or held open by its owner
                    return target, ()
            outcomes, unreadable = _read(target)
            if unreadable:
                _log.error("%d lines of a journal of sends cannot be read and are set aside", len(unreadable))
                self._keep_aside(b"".join(line + b"\n" for line in unreadable))
            return target, outcomes

    def set_aside(self, outcomes: Iterable[SendOutcome]) -> None:
        """Keep what can never be recorded where it is in nobody's way; on the disk when this returns."""
        with self._lock:
            self._keep_aside(b"".join(map(_to_line, outcomes)))

    def _keep_aside(self, lines: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _add(self._folder / f"{self._instance}{_ASIDE}", lines)
        _sync_folder(self._folder)

    def forget(self, taken: Path) -> None:
        """The database has all that ``take`` returned."""
        with self._lock:
            taken.unlink(missing_ok=True)
            self.pending = self._has_mine()

    def _has_mine(self) -> bool:
        return any(self.is_mine(path) for path in self.left_behind())


def set_aside(folder: Path) -> int:
    """Return how many results of sends lie aside in a folder of journals, of whichever process."""
    return sum(path.read_bytes().count(b"\n") for path in folder.glob(f"*{_ASIDE}"))


def _add(path: Path, lines: bytes) -> bool:
    """Append and sync; False when the file got another name meanwhile."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        left = lines
        while left:
            left = left[os.write(descriptor, left) :]
        os.fsync(descriptor)
        try:
            return os.path.samestat(os.fstat(descriptor), path.stat())
        except FileNotFoundError:
            return False
    finally:
        os.close(descriptor)


def _to_line(outcome: SendOutcome) -> bytes:
    values: dict[str, Any] = asdict(replace(outcome, exchanges=()))
    del values["exchanges"]
    for name in ("at", "retry_at"):
        moment: datetime | None = values[name]
        values[name] = None if moment is None else to_millis(moment)
    return json.dumps(values, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"


def _read(path: Path) -> tuple[tuple[SendOutcome, ...], tuple[bytes, ...]]:
    """The outcomes, and whole lines that are none."""
    try:
        *lines, torn = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return (), ()
    if torn:
        _log.warning("the last line of a journal of sends was not written to its end and is left out")
    found: list[SendOutcome] = []
    unreadable: list[bytes] = []
    for line in filter(None, lines):
        try:
            found.append(_from_values(json.loads(line)))
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
            unreadable.append(line)
    return tuple(found), tuple(unreadable)


def _from_values(values: dict[str, Any]) -> SendOutcome:
    retry_at = values.pop("retry_at")
    return SendOutcome(
        outbox_id=OutboxId(values.pop("outbox_id")),
        outcome=AttemptOutcome(values.pop("outcome")),
        status=DeliveryStatus(values.pop("status")),
        at=from_millis(values.pop("at")),
        retry_at=None if retry_at is None else from_millis(retry_at),
        **values,
    )


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":  # elsewhere a folder cannot be opened, and its entry is durable with the file
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
