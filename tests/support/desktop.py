"""A real X session of the test's own: Xvfb, D-Bus, a window manager, the accessibility bus, the program."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent
_ROOT = _HERE.parent.parent
_SYSTEM_PYTHON = "/usr/bin/python3"
_NEEDED = ("Xvfb", "dbus-run-session", "openbox", "xdotool")
_LAUNCHER = Path("/usr/libexec/at-spi-bus-launcher")

#: Run inside dbus-run-session: prints the session's environment once the window manager answers, then waits for its
#: input to close. A window that comes before the manager is never active: it gets keys and hears no shortcut.
_SESSION = """
openbox >/dev/null 2>&1 &
{launcher} --launch-immediately >/dev/null 2>&1 &
env -0 | tr '\\0' '\\n' | grep -E '^(DBUS_SESSION_BUS_ADDRESS|DISPLAY)='
for _ in $(seq 200); do xdotool get_desktop >/dev/null 2>&1 && break; sleep 0.05; done
echo ready
cat >/dev/null
"""


def missing() -> str:
    """Return what an X session lacks here, or an empty string."""
    absent = [name for name in _NEEDED if shutil.which(name) is None]
    if not _LAUNCHER.exists():
        absent.append("at-spi2-core")
    if not absent:
        known = subprocess.run([_SYSTEM_PYTHON, "-c", "import pyatspi"], capture_output=True, check=False)
        if known.returncode:
            absent.append("python3-pyatspi")
    return ", ".join(absent)


class Agent:
    """The other end of ``atspi_agent``: methods are its requests."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [_SYSTEM_PYTHON, str(_HERE / "atspi_agent.py")],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._answer()

    def __getattr__(self, name: str) -> Any:
        def ask(*args: Any, **kwargs: Any) -> Any:
            if args:
                kwargs["handle"] = args[0]["handle"]
                if len(args) > 1:
                    kwargs["index"] = args[1]
            assert self._process.stdin is not None
            self._process.stdin.write(json.dumps({"do": name, **kwargs}) + "\n")
            self._process.stdin.flush()
            return self._answer()

        return ask

    def find(self, name: str, role: str | None = None, *, timeout: float = 10.0, showing: bool = True) -> Any:
        """Return a handle of the control with this accessible name; fails when there is none."""
        return self.wait_for(name=name, role=role, timeout=timeout, showing=showing)

    def until(self, condition: Any, *, timeout: float = 10.0, what: str = "") -> Any:
        """Ask again until ``condition`` returns something true, and return that."""
        end = time.monotonic() + timeout
        while True:
            try:
                value = condition()
            except AssertionError:
                value = None  # what was looked at went away; it is looked for again
            if value:
                return value
            assert time.monotonic() < end, f"waited {timeout} s in vain: {what}"
            time.sleep(0.1)

    def close(self) -> None:
        """End the agent."""
        self._process.kill()
        self._process.communicate()

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the accessibility agent ended"
        answer = json.loads(line)
        assert "error" not in answer, answer["error"]
        return answer.get("ok")


class Desktop:
    """One X session; several programs may be started in it, one after the other."""

    def __init__(self, environment: dict[str, str], home: Path) -> None:
        self.environment = environment
        self.home = home
        self.agent = Agent(environment)
        self._programs: list[subprocess.Popen[bytes]] = []

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start the program under test."""
        with (self.home / "stderr.txt").open("ab") as errors:
            process = subprocess.Popen(
                [sys.executable, "-m", "desktop_inbox", *arguments],
                cwd=_ROOT,
                env=self.environment,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                start_new_session=True,
            )
        self._programs.append(process)
        return process

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """Kill the program as the power button would."""
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def screenshot(self, path: Path) -> None:
        """Take a picture of the whole screen."""
        subprocess.run(["import", "-window", "root", str(path)], env=self.environment, check=True)

    def close(self) -> None:
        """End everything."""
        self.agent.close()
        for process in self._programs:
            if process.poll() is None:
                self.kill(process)


@contextmanager
def session(home: Path, *, size: str = "1280x800", extra: Sequence[tuple[str, str]] = ()) -> Iterator[Desktop]:
    """Start an X session whose program keeps its data in ``home``."""
    environment = {
        **{key: value for key, value in os.environ.items() if key not in ("NO_AT_BRIDGE", "DISPLAY")},
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(home / "run"),
        "DESKTOP_INBOX_HOME": str(home / "data"),
        "QT_QPA_PLATFORM": "xcb",
        "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
        "QT_ACCESSIBILITY": "1",
        "QT_LOGGING_RULES": "*.debug=false;qt.qpa.*=false",
        "PYTHONPATH": str(_ROOT),
        "LC_ALL": "C.UTF-8",
        **dict(extra),
    }
    (home / "run").mkdir(mode=0o700, parents=True, exist_ok=True)
    # Else it starts anew whenever its last client leaves, and refuses who comes at that moment: once the manager.
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", "1", "-screen", "0", f"{size}x24", "-nolisten", "tcp", "-noreset"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert server.stdout is not None
    environment["DISPLAY"] = ":" + server.stdout.readline().strip()
    bus = subprocess.Popen(
        ["dbus-run-session", "--", "bash", "-c", _SESSION.format(launcher=_LAUNCHER)],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    assert bus.stdout is not None
    for line in bus.stdout:
        if line.strip() == "ready":
            break
        key, _, value = line.strip().partition("=")
        environment[key] = value
    desktop = Desktop(environment, home)
    try:
        yield desktop
    finally:
        desktop.close()
        os.killpg(bus.pid, signal.SIGKILL)
        bus.communicate()
        server.kill()
        server.communicate()
