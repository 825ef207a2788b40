"""The order of a start: frame, rows, and only then what takes long. No clock is asked, so nothing here is flaky."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from desktop_inbox.config import Config
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.message import DeliveryStatus, Direction, Message
from desktop_inbox.models.entities.user import Role
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work

_ROOT = Path(__file__).resolve().parents[2]
_PEOPLE = 12


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """A plain start on a filled office, for the tests that only look."""
    home = tmp_path_factory.mktemp("home")
    fill(home)
    return start(home)


def fill(home: Path) -> list[int]:
    """Make an office in which twelve people wrote; return their conversations, newest first."""
    config = Config.load(environment={"DESKTOP_INBOX_HOME": str(home)})
    config.prepare()
    store = Store.open(config.database_url)

    def add(work: Work) -> list[int]:
        work.users.add("Ana", Role.ADMINISTRATOR)
        ids = []
        for number in range(_PEOPLE):
            contact = work.contacts.add([(Scheme.TEL, f"+1415555{number:04}")], first_name=f"Person {number}")
            conversation = work.conversations.of_contact(contact.id)
            message = Message(
                id=work.new_entry_id(datetime.now(UTC) - timedelta(minutes=60 - number)),
                conversation_id=conversation,
                contact_id=contact.id,
                direction=Direction.IN,
                text="hello",
                status=DeliveryStatus.RECEIVED,
            )
            work.messages.add_inbound(message)
            ids.append(conversation)
        return ids[::-1]

    ids = store.run_sync(add)
    store.close()
    return ids


def start(home: Path, *arguments: str) -> list[dict[str, Any]]:
    """Start the program; return what it said at each milestone."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.starting", *arguments],
        cwd=_ROOT,
        env={**os.environ, "DESKTOP_INBOX_HOME": str(home), "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


@pytest.mark.row("UX-S13")
def test_frame_and_rows_are_painted_before_anything_heavy_is_imported(said: list[dict[str, Any]]) -> None:
    order = [facts["at"] for facts in said]
    assert order[:4] == ["frame", "rows", "store", "ready"]
    assert {"loaded", "carrying"} <= set(order[4:])
    facts = {one["at"]: one for one in said}
    assert facts["frame"]["imported"] == facts["rows"]["imported"] == []
    assert facts["frame"]["visible"]
    assert facts["rows"]["lists"] == [{"name": "Loading", "rows": _PEOPLE}]
    assert facts["ready"]["imported"]  # or the list of what is heavy has aged


@pytest.mark.row("UX-S13")
def test_the_network_comes_last_and_the_gui_thread_opens_no_database(said: list[dict[str, Any]]) -> None:
    assert [facts["seen"] for facts in said] == [[]] * 6


@pytest.mark.row("UX-S13")
def test_the_whole_window_takes_the_place_of_the_first_sight(said: list[dict[str, Any]]) -> None:
    (loaded,) = [facts for facts in said if facts["at"] == "loaded"]
    assert loaded["lists"] == [{"name": "Conversations", "rows": _PEOPLE}]


@pytest.mark.row("UX-S13")
def test_the_first_start_of_all_shows_its_frame_too(tmp_path: Path) -> None:
    said = start(tmp_path)
    assert [facts["at"] for facts in said][:3] == ["frame", "store", "ready"]
    assert said[0]["visible"]


def test_a_row_that_was_clicked_at_once_is_opened(tmp_path: Path) -> None:
    ids = fill(tmp_path)
    (carrying,) = [facts for facts in start(tmp_path, "click") if facts["at"] == "carrying"]
    assert carrying["open"] == ids[1]


def test_a_window_that_is_closed_at_once_stays_closed_and_the_program_ends(tmp_path: Path) -> None:
    fill(tmp_path)
    said = start(tmp_path, "leave")
    assert [facts["at"] for facts in said][:2] == ["frame", "rows"]
    assert not any(facts["visible"] for facts in said[2:])


def test_no_source_is_read_for_features_of_the_library(said: list[dict[str, Any]]) -> None:
    """Or a start costs 25 MB more: see ``app/plain_imports.py``."""
    assert [facts["sources"] for facts in said if facts["at"] == "carrying"] == [[]]
