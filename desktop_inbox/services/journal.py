"""Journal: results of sends that the database would not take, kept in a file until it does.

One JSON object a line, each line synced to the disk before the next step. A torn last line, as after a
power cut, is left out: its send then stays unclear and is cleared up like any other.
"""

import json
import logging
import os
import threading
from dataclasses import asdict
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
            lines = b"".join(map(_to_line, outcomes))
            while not _add(self.path, lines):
                pass  # another process took the file meanwhile, perhaps before it had these lines
            _sync_folder(self._folder)
            self.pending = True

    def read(self) -> tuple[SendOutcome, ...]:
        """Everything kept by this process."""
        with self._lock:
            return _read(self.path)

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
            return target, _read(target)

    def forget(self, taken: Path) -> None:
        """The database has all that ``take`` returned."""
        with self._lock:
            taken.unlink(missing_ok=True)
            self.pending = self._has_mine()

    def _has_mine(self) -> bool:
        return any(self.is_mine(path) for path in self.left_behind())


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
    values: dict[str, Any] = asdict(outcome)
    for name in ("at", "retry_at"):
        moment: datetime | None = values[name]
        values[name] = None if moment is None else to_millis(moment)
    return json.dumps(values, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"


def _read(path: Path) -> tuple[SendOutcome, ...]:
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return ()
    found = []
    for line in lines:
        if not line:
            continue
        try:
            found.append(_from_values(json.loads(line)))
        except (ValueError, KeyError, TypeError):
            _log.warning("a line of the journal of sends cannot be read and was left out")
    return tuple(found)


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
