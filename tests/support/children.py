"""Processes that tests start and kill."""

import signal
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType

ROOT = Path(__file__).resolve().parents[2]


class Child:
    """One ``tests.support.sender`` (or another module); its lines are collected while it runs, and it never outlives
    the test."""

    def __init__(self, *arguments: str, module: str = "sender") -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", f"tests.support.{module}", *arguments],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.lines: list[str] = []
        self.errors: list[str] = []
        self._readers = [
            threading.Thread(target=self._read, args=pair, daemon=True)
            for pair in ((self.process.stdout, self.lines), (self.process.stderr, self.errors))
        ]
        for reader in self._readers:
            reader.start()

    def _read(self, stream: object, into: list[str]) -> None:
        for line in stream:  # type: ignore[attr-defined]
            if line.endswith("\n"):
                into.append(line.rstrip())

    def kill(self) -> None:
        """SIGKILL, and wait until every line it wrote was read."""
        self.process.kill()
        self.process.wait(30)
        for reader in self._readers:
            reader.join(30)

    def killed_itself(self) -> bool:
        code = self.process.poll()
        if code is not None and code != -signal.SIGKILL:
            raise AssertionError(f"the child ended with {code}:\n" + "\n".join(self.errors))
        return code is not None

    def __enter__(self) -> "Child":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _tb: TracebackType | None
    ) -> None:
        self.kill()
        for stream in (self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()
