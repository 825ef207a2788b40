"""SentLog: what was sent into the simulated town, the only thing it has to remember."""

import json
import os
import threading
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One request of the office. `taken` is False for one that the town did not process."""

    id: str
    key: str
    at: int  # milliseconds since 1970
    to: str
    text: str
    files: int = 0
    taken: bool = True


class SentLog:
    """Lines of JSON, only ever added to, so that several processes may share a file; in memory without one."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._read_up_to = 0
        self._lines: list[Sent] = []

    def add(self, sent: Sent) -> None:
        """Keep a line; it is there for everybody when this returns."""
        with self._lock:
            if self._path is None:
                self._lines.append(sent)
                return
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            line = json.dumps(asdict(sent), separators=(",", ":")) + "\n"
            handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(handle, line.encode("ascii"))
            finally:
                os.close(handle)

    def all(self) -> list[Sent]:
        """Return every line in the order they were added."""
        with self._lock:
            if self._path is not None:
                self._read_new(self._path)
            return list(self._lines)

    def _read_new(self, path: Path) -> None:
        try:
            if path.stat().st_size <= self._read_up_to:
                return
            with path.open("rb") as file:
                file.seek(self._read_up_to)
                new = file.read()
        except FileNotFoundError:
            return
        whole = new[: new.rfind(b"\n") + 1]  # another process may be writing the rest
        self._read_up_to += len(whole)
        self._lines += [Sent(**json.loads(line)) for line in whole.splitlines()]
