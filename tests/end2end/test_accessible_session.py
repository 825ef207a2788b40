"""The whole program in a real X session, driven as a screen reader's user would."""

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


def open_conversation(session: Desktop, name: str) -> None:
    agent = session.agent

    def chosen() -> bool:
        conversations = agent.find("Conversations")
        place = next((n for n, text in enumerate(agent.rows(conversations)) if text.startswith(name)), None)
        return place is not None and agent.select(conversations, place).startswith(name)

    # the demo goes on meanwhile: a row may move while the rows are read
    agent.until(chosen, what=f"the row of {name}")
    agent.until(lambda: any(name in text for text in agent.tree() if text.startswith("label:")), what=f"{name} opens")


def last_messages(session: Desktop, count: int = 4) -> list[str]:
    messages = session.agent.find("Messages", "list")
    total = session.agent.count(messages)
    return list(session.agent.rows(messages, limit=total))[-count:] if total else []


@pytest.mark.row("A13", "A15", "A02", "S2-12", "S2-14", "S2-18", "S2-26", "C01", "S2-19")
def test_read_answer_follow_find_and_keep_the_draft(session: Desktop) -> None:
    agent = session.agent
    session.start("demo")
    conversations = agent.find("Conversations", timeout=30)
    agent.until(lambda: agent.count(conversations) >= 10, timeout=20, what="the demo's conversations")

    # pick one and read it
    open_conversation(session, "Grace Whitfield")
    agent.until(lambda: last_messages(session), what="messages of the conversation")

    # type and send with the keyboard
    editor = agent.find("Message")
    agent.focus(editor)
    agent.type_text(content="Your xylophone is ready")
    agent.until(lambda: agent.text(editor) == "Your xylophone is ready", what="the typed text")
    agent.keys(combination="Return")
    agent.until(lambda: agent.text(editor) == "", what="the composer is empty after sending")

    # see it delivered
    def delivered() -> bool:
        return any("xylophone" in text and "elivered" in text for text in last_messages(session))

    agent.until(delivered, timeout=60, what="delivered")

    # leave a draft and find the message by search
    agent.focus(editor)
    agent.type_text(content="One more thing")
    agent.keys(combination="ctrl+f")
    agent.type_text(content="xylophone")
    results = agent.find("Search results", timeout=20)
    agent.until(lambda: any("xylophone" in text for text in agent.rows(results)), what="the search hit")
    agent.keys(combination="Escape")
    agent.keys(combination="Escape")

    # another conversation and back: the draft is there
    open_conversation(session, "Olivia Chen")
    agent.until(lambda: agent.text(agent.find("Message")) == "", what="no draft in the other conversation")
    open_conversation(session, "Grace Whitfield")
    agent.until(lambda: agent.text(agent.find("Message")) == "One more thing", what="the draft")


@pytest.mark.row("S2-19", "C01", "P1")
def test_a_draft_survives_kill_9(session: Desktop) -> None:
    agent = session.agent
    process = session.start("demo")
    conversations = agent.find("Conversations", timeout=30)
    agent.until(lambda: agent.count(conversations) >= 10, timeout=20, what="the demo's conversations")
    open_conversation(session, "Grace Whitfield")
    editor = agent.find("Message")
    agent.focus(editor)
    agent.type_text(content="Half a thou")
    agent.until(
        lambda: any("Half a thou" in text for text in agent.rows(conversations)), what="the list shows the draft"
    )
    session.kill(process)

    session.start("demo")
    conversations = agent.find("Conversations", timeout=30)
    agent.until(lambda: agent.count(conversations) >= 10, timeout=20, what="the conversations after the restart")
    open_conversation(session, "Grace Whitfield")
    agent.until(lambda: agent.text(agent.find("Message")) == "Half a thou", what="the draft after kill -9")
