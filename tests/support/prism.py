"""``prism proxy``: the vendor's specification as a judge between our provider and our double."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_REPOSITORY = Path(__file__).resolve().parents[2]
_PATIENCE = 60.0  # seconds until prism must listen


class PrismMissingError(Exception):
    """What is missing, in words for the summary of skipped tests."""


def specification(name: str) -> Path:
    """Return a vendor's specification: beside the repository, or where DESKTOP_INBOX_SPECS says."""
    folder = Path(os.environ.get("DESKTOP_INBOX_SPECS") or _REPOSITORY.parent / "shared" / "specs")
    if not (folder / name).is_file():
        raise PrismMissingError(f"the specification {name} is not here (DESKTOP_INBOX_SPECS names its folder)")
    return folder / name


def executable() -> str:
    """Return the path of prism."""
    local = _REPOSITORY / ".tools" / "npm" / "node_modules" / ".bin" / ("prism.cmd" if os.name == "nt" else "prism")
    found = str(local) if local.exists() else shutil.which("prism")
    if not found:
        raise PrismMissingError("prism is not installed (dev.py installs it)")
    return found


@contextlib.contextmanager
def prism_proxy(specification_path: Path, upstream: str) -> Iterator[str]:
    """Serve ``upstream`` behind prism, which answers 4xx and 5xx where either side breaks the specification.

    Yields prism's own address.
    """
    program = executable()
    port = _free_port()
    with tempfile.TemporaryDirectory() as folder:
        document = Path(folder) / "specification.json"
        text = json.dumps(_without_uri_format(json.loads(specification_path.read_text())))
        document.write_text(text)
        command = [program, "proxy", "-h", "127.0.0.1", "-p", str(port), str(document), upstream, "--errors"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        lines: list[str] = []
        ready = threading.Event()
        reader = threading.Thread(target=_read, args=(process, lines, ready), daemon=True)
        reader.start()
        try:
            if not ready.wait(_PATIENCE) or process.poll() is not None:
                raise AssertionError("prism did not start: " + "".join(lines[-5:]))
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            reader.join(timeout=5)
            if process.stdout:
                process.stdout.close()


def _read(process: subprocess.Popen[str], lines: list[str], ready: threading.Event) -> None:
    for line in process.stdout or ():
        lines.append(line)
        if "listening on" in line:
            ready.set()
    ready.set()


def _without_uri_format(node: Any) -> Any:
    """Drop ``format: uri``: the vendor declares paths so, and its own examples then break its own rules."""
    if isinstance(node, dict):
        return {
            key: _without_uri_format(value) for key, value in node.items() if not (key == "format" and value == "uri")
        }
    return [_without_uri_format(item) for item in node] if isinstance(node, list) else node


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])
