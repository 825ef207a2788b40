"""One window per user and profile."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtNetwork import QLocalServer

from desktop_inbox.views.single_instance import SingleInstance, server_name
from tests.support.qt import Stage

_SECOND = """
import sys
from PySide6.QtCore import QCoreApplication
from desktop_inbox.views.single_instance import SingleInstance
app = QCoreApplication([])
print(SingleInstance(sys.argv[1]).claim(sys.argv[2:]))
"""


@pytest.mark.row("S05")
def test_a_second_start_hands_over_its_arguments_and_ends(stage: Stage, tmp_path: Path) -> None:
    profile = f"test-{tmp_path.name}"
    first, called = SingleInstance(profile), []
    first.called.connect(called.append)
    assert first.claim()
    root = Path(__file__).parents[3]
    command = [sys.executable, "-c", _SECOND, profile, "--conversation", "7"]
    second = subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True)
    stage.until(lambda: called)
    assert called == [["--conversation", "7"]]
    out, _ = second.communicate(timeout=30)
    assert out.strip() == "False"
    first.release()


@pytest.mark.row("S05")
def test_profiles_and_users_do_not_meet(stage: Stage, tmp_path: Path) -> None:
    one, other = SingleInstance(f"a-{tmp_path.name}"), SingleInstance(f"b-{tmp_path.name}")
    assert one.claim()
    assert other.claim()
    one.release()
    other.release()
    assert server_name("x") != server_name("y")


@pytest.mark.row("S05")
def test_what_a_dead_process_left_is_removed(stage: Stage, tmp_path: Path) -> None:
    profile = f"dead-{tmp_path.name}"
    left = Path("/tmp") / server_name(profile)
    if sys.platform == "win32":
        pytest.skip("a pipe dies with its process")
    left.touch()
    try:
        first = SingleInstance(profile)
        assert first.claim()
        first.release()
    finally:
        QLocalServer.removeServer(server_name(profile))
        left.unlink(missing_ok=True)


@pytest.mark.row("S05")
def test_rubbish_on_the_meeting_place_does_no_harm(stage: Stage, tmp_path: Path) -> None:
    from PySide6.QtNetwork import QLocalSocket

    profile = f"rubbish-{tmp_path.name}"
    first, called = SingleInstance(profile), []
    first.called.connect(called.append)
    assert first.claim()
    for data in (b"not json", json.dumps({"a": 1}).encode(), b""):
        socket = QLocalSocket()
        socket.connectToServer(first.name)
        assert socket.waitForConnected(1000)
        socket.write(data)
        socket.flush()
        socket.disconnectFromServer()
    stage.until(lambda: len(called) == 3)
    assert called == [[], [], []]
    first.release()
