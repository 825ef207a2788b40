"""The program as a process: how it starts, what it says when it cannot, how it ends."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import desktop
from tests.support.desktop import Desktop

pytestmark = [
    pytest.mark.xvfb,
    pytest.mark.timeout(180),
    pytest.mark.skipif(bool(desktop.missing()), reason=f"no X session here: {desktop.missing()} missing"),
]


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Desktop]:
    with desktop.session(tmp_path) as started:
        yield started


@pytest.mark.row("UX-S13")
def test_quitting_takes_three_seconds_at_most_and_leaves_a_sound_database(session: Desktop) -> None:
    process = session.start("demo")
    conversations = session.agent.find("Conversations", timeout=30)
    session.agent.until(lambda: session.agent.count(conversations) >= 10, timeout=20, what="the conversations")

    def quits() -> bool:
        nonlocal begun
        session.agent.focus(conversations)
        begun = time.monotonic()
        session.agent.keys(combination="ctrl+q")  # goes to nobody while the window manager still gives the focus
        try:
            return process.wait(timeout=5) == 0
        except subprocess.TimeoutExpired:
            return False

    begun = 0.0
    session.agent.until(quits, timeout=30, what="the program ends")
    # 3 s on a computer of its own; the rest is for one that is busy with other tests.
    assert time.monotonic() - begun < 8
    command = [sys.executable, "-m", "desktop_inbox", "--profile", "demo", "--json", "verify"]
    said = subprocess.run(command, env=session.environment, capture_output=True, check=False, text=True).stdout
    found = {line["check"]: line["ok"] for line in map(json.loads, said.splitlines())}
    # A file whose download was interrupted may be left over; it is fetched again.
    assert {check: found[check] for check in ("database", "ledger", "counters", "search")} == dict.fromkeys(
        ("database", "ledger", "counters", "search"), True
    )


@pytest.mark.row("UX-S13")
def test_a_signal_to_end_is_heeded(session: Desktop) -> None:
    process = session.start("demo")
    session.agent.find("Conversations", timeout=30)
    os.kill(process.pid, signal.SIGTERM)
    assert process.wait(timeout=20) == 0


@pytest.mark.row("S05")
def test_a_second_start_ends_at_once_and_brings_the_first_forward(session: Desktop) -> None:
    first = session.start("demo")
    session.agent.find("Conversations", timeout=30)
    second = session.start("demo")
    assert second.wait(timeout=20) == 0
    assert first.poll() is None


@pytest.mark.row("P16", "F03")
def test_a_damaged_database_is_told_in_a_window(session: Desktop) -> None:
    folder = session.home / "data" / "profiles" / "default"
    folder.mkdir(parents=True)
    (folder / "inbox.db").write_bytes(b"This is no database. " * 100)
    process = session.start()
    quit_button = session.agent.find("Quit", "push button", timeout=30)
    told = " ".join(session.agent.tree())
    assert "damaged" in told
    assert "backup" in told
    session.agent.act(quit_button)
    assert process.wait(timeout=20) == 5


@pytest.mark.row("P17")
def test_a_damaged_database_gives_way_to_the_last_backup(session: Desktop) -> None:
    command = [sys.executable, "-m", "desktop_inbox"]
    for arguments in (
        ["channel", "add", "simulator", "Desk", "--set", "network=sms", "--set", "pace=off"],
        ["send", "+14155550148", "Worth keeping"],
        ["backup"],
    ):
        subprocess.run([*command, *arguments], env=session.environment, check=True, capture_output=True)
    folder = session.home / "data" / "profiles" / "default"
    for path in folder.glob("inbox.db*"):
        path.unlink()
    (folder / "inbox.db").write_bytes(b"Scratched. " * 1000)
    session.start()
    session.agent.act(session.agent.find("Restore the backup", "push button", timeout=30))
    conversations = session.agent.find("Conversations", timeout=40)
    session.agent.until(
        lambda: any("Worth keeping" in text for text in session.agent.rows(conversations)), what="the restored message"
    )


@pytest.mark.row("F03")
def test_a_setting_file_that_cannot_be_read_is_told_in_a_window(session: Desktop) -> None:
    folder = session.home / "data" / "profiles" / "default"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text("database = [")
    process = session.start()
    quit_button = session.agent.find("Quit", "push button", timeout=30)
    assert "config.toml" in " ".join(session.agent.tree())
    session.agent.act(quit_button)
    assert process.wait(timeout=20) == 5


@pytest.mark.row("P1")
def test_the_command_line_and_the_window_share_a_profile(session: Desktop) -> None:
    session.start("demo")
    conversations = session.agent.find("Conversations", timeout=30)
    session.agent.until(lambda: session.agent.count(conversations) >= 10, timeout=20, what="the conversations")
    command = [
        sys.executable,
        "-m",
        "desktop_inbox",
        "--profile",
        "demo",
        "send",
        "+14155550999",
        "From the command line",
    ]
    subprocess.run(command, env=session.environment, check=True, capture_output=True)
    session.agent.until(
        lambda: any("From the command line" in text for text in session.agent.rows(conversations)),
        timeout=15,
        what="the window shows what the command line sent",
    )
