"""The tray icon in a real X session."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import desktop as desktops
from tests.support.desktop import Desktop, session

pytestmark = [pytest.mark.xvfb]

_TRAY = (1276, 12)  # where trayer puts the only icon


@pytest.fixture
def desktop(tmp_path: Path) -> Iterator[Desktop]:
    missing = desktops.missing()
    if missing:
        pytest.skip(f"no X session: {missing}")
    if shutil.which("trayer") is None:
        pytest.skip("trayer is not installed")
    with session(tmp_path) as opened:
        yield opened


def _xdo(desktop: Desktop, *arguments: object) -> str:
    command = ["xdotool", *(str(argument) for argument in arguments)]
    done = subprocess.run(command, env=desktop.environment, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _windows(desktop: Desktop) -> list[str]:
    return _xdo(desktop, "search", "--onlyvisible", "--name", "^Desktop Inbox").split()


@pytest.mark.row("S01", "S03")
def test_a_closed_window_comes_back_from_the_tray(desktop: Desktop) -> None:
    trayer = ["trayer", "--edge", "top", "--align", "right", "--widthtype", "request", "--height", "24"]
    tray = subprocess.Popen(trayer, env=desktop.environment, stderr=subprocess.DEVNULL)
    try:
        program = desktop.start("demo")
        desktop.agent.find("Conversations", timeout=40)
        (window,) = desktop.agent.until(lambda: _windows(desktop), what="a window")
        _xdo(desktop, "windowactivate", "--sync", window)
        _xdo(desktop, "key", "--window", window, "ctrl+w")
        desktop.agent.until(lambda: not _windows(desktop), what="the window to hide")
        assert program.poll() is None
        _xdo(desktop, "mousemove", *_TRAY, "click", 1)
        desktop.agent.until(lambda: _windows(desktop), what="the window to come back")
        _xdo(desktop, "key", "ctrl+q")
        desktop.agent.until(lambda: program.poll() is not None, what="the program to end")
        assert program.returncode == 0
    finally:
        tray.kill()
        tray.wait()


@pytest.mark.row("S05")
def test_a_second_start_brings_the_first_window_forward(desktop: Desktop) -> None:
    first = desktop.start("demo")
    desktop.agent.find("Conversations", timeout=40)
    (window,) = desktop.agent.until(lambda: _windows(desktop), what="a window")
    _xdo(desktop, "windowminimize", "--sync", window)
    desktop.agent.until(lambda: not _windows(desktop), what="the window to be minimised")
    second = desktop.start("demo")
    desktop.agent.until(lambda: second.poll() is not None, what="the second start to end", timeout=20)
    assert second.returncode == 0
    desktop.agent.until(lambda: _windows(desktop) == [window], what="the first window to come forward")
    assert first.poll() is None
