"""Find, answer, assign and close in a real X session, without a mouse (A13)."""

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


@pytest.mark.row("A13", "K03", "K12", "K13", "K14", "S3-59", "S2-69")
def test_a_conversation_is_dealt_with_by_keys_alone(session: Desktop) -> None:
    agent = session.agent
    session.start("demo")
    conversations = agent.find("Conversations", timeout=30)
    agent.until(lambda: agent.count(conversations) >= 10, timeout=20, what="the demo's conversations")

    def row(name: str) -> str:
        return next((text for text in agent.rows(conversations) if text.startswith(name)), "")

    # find her
    agent.focus(conversations)
    agent.keys(combination="ctrl+f")
    agent.type_text(content="Grace")
    results = agent.find("Search results", timeout=20)
    agent.until(lambda: any("Grace" in text for text in agent.rows(results)), timeout=20, what="the hit")
    agent.keys(combination="Return")
    agent.until(
        lambda: any("Grace Whitfield" in text for text in agent.tree() if text.startswith("label:")), what="she opens"
    )

    # answer: whoever answers has her from then on
    editor = agent.find("Message")
    agent.focus(editor)
    agent.type_text(content="Your xylophone is ready")
    agent.until(lambda: agent.text(editor) == "Your xylophone is ready", what="the typed text")
    agent.keys(combination="Return")
    agent.until(lambda: agent.text(editor) == "", what="the composer is empty after sending")
    for _ in range(2):
        agent.keys(combination="Escape")
    agent.until(lambda: "assigned to Ana" in row("Grace"), timeout=30, what="she is mine")

    # give her to nobody by name, and close her
    agent.keys(combination="ctrl+shift+a")
    agent.find("Find a colleague", timeout=20)
    agent.type_text(content="nobody")
    agent.keys(combination="Return")
    agent.until(lambda: "assigned to" not in row("Grace"), timeout=30, what="nobody has her")
    agent.keys(combination="ctrl+e")
    agent.until(lambda: ", done" in row("Grace"), timeout=30, what="she is done")
    agent.find("Mark done", timeout=10)
    agent.find("Snooze", timeout=10)
    agent.find("Assignee", timeout=10)

    # and take it back
    agent.focus(conversations)
    agent.keys(combination="ctrl+z")
    agent.until(lambda: ", done" not in row("Grace"), timeout=30, what="she is open again")
