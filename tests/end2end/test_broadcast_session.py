"""A broadcast from the first word to the resend, in a real X session through the accessibility interface alone."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import desktop
from tests.support.desktop import Desktop

pytestmark = [
    pytest.mark.xvfb,
    pytest.mark.timeout(240),
    pytest.mark.skipif(bool(desktop.missing()), reason=f"no X session here: {desktop.missing()} missing"),
]

_ROOT = Path(__file__).parent.parent.parent
#: The demo's office, and a segment of three people: one reachable, one whose number is refused, one who opted out.
_PREPARE = """
import asyncio
from desktop_inbox.app.office import build_office, open_store
from desktop_inbox.config import Config
from desktop_inbox.events import EventBus
from desktop_inbox.models.entities.consent import ConsentMethod
from desktop_inbox.models.entities.contact import OptIn, Scheme
from desktop_inbox.services.settings import NOTICES_SHOWN
from desktop_inbox.views.hints import Hint

def people(work):
    made = []
    for name, number in (("Iris", "+14155560101"), ("Nora", "+14155560191"), ("Otto", "+14155560102")):
        contact = work.contacts.add([(Scheme.TEL, number)], first_name=name, last_name="Zabel")
        work.conversations.of_contact(contact.id)
        made.append(contact.id)
    work.consent.record(made[-1], OptIn.OPTED_OUT, method=ConsentMethod.MANUAL, wording="on the phone")

async def main():
    config = Config.load(demo=True)
    config.prepare()
    bus = EventBus()
    store, user = await asyncio.to_thread(open_store, config, bus)
    store.attach(asyncio.get_running_loop())
    office = build_office(config, store, user, bus)
    await office.prepare()
    await store.run(people)
    await office.settings.load()
    await office.settings.set(NOTICES_SHOWN, " ".join(Hint))
    await office.segments.save("Zabel family", await office.segments.parse('name ~ zabel'), shared=True)
    print(await office.segments.count_contacts(await office.segments.parse('name ~ zabel')))
    await office.close()

asyncio.run(main())
"""


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Desktop]:
    with desktop.session(tmp_path) as started:
        prepared = subprocess.run(
            [sys.executable, "-c", _PREPARE],
            cwd=_ROOT,
            env=started.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert prepared.stdout.strip() == "3", prepared.stderr
        yield started


def press(agent: Any, name: str, role: str = "push button", *, timeout: float = 15.0) -> None:
    agent.act(agent.find(name, role, timeout=timeout))


def cells(agent: Any, name: str) -> list[str]:
    """Return what a table shows, its headings left out."""
    return [text for text in agent.rows(agent.find(name, "table"), limit=400) if text]


def newest_batch(agent: Any) -> list[str]:
    """Return the cells of the first row."""
    shown = cells(agent, "Batches")
    first = next((place for place, text in enumerate(shown) if text.startswith("Status: ")), 0)
    return shown[max(0, first - 1) : first + 6]


@pytest.mark.row("S5-02", "S5-19", "S5-22", "S5-27", "S1-25", "S1-26", "D-17", "A13")
def test_a_broadcast_is_written_checked_sent_watched_and_a_failure_sent_again(session: Desktop) -> None:
    agent = session.agent
    session.start("demo")
    conversations = agent.find("Conversations", timeout=30)
    agent.until(lambda: agent.count(conversations) >= 10, timeout=20, what="the demo's conversations")

    # write to a segment
    press(agent, "Broadcasts", "check box")
    press(agent, "New broadcast")
    agent.find("Front desk · SMS", "combo box", timeout=15)  # the channel; Qt calls a combo box by what is chosen
    agent.focus(agent.find("Choose a segment…", "combo box", timeout=15))
    agent.type_text(content="Zabel")
    agent.until(lambda: any("3 recipients" in text for text in agent.tree()), timeout=20, what="three recipients")
    editor = agent.find("Text of the broadcast")
    agent.focus(editor)
    agent.type_text(content="Hello $contact.firstname, the xylophone is ready")
    agent.until(
        lambda: any("Hello Iris, the xylophone" in text for text in agent.tree()), timeout=20, what="the preview"
    )

    # read the dry run
    press(agent, "Dry run")
    agent.until(lambda: len(cells(agent, "Dry run")) >= 9, timeout=20, what="the dry run")
    told = cells(agent, "Dry run")
    assert sum(text == "Verdict: Go" for text in told) == 2
    assert sum(text == "Verdict: Refuse" for text in told) == 1
    assert any("opted out" in text for text in told)

    # send it
    press(agent, "Send")
    agent.until(lambda: any("Send to 2 recipients?" in text for text in agent.tree()), timeout=15, what="the question")
    agent.keys(combination="Return")

    # watch it in tracking
    agent.until(lambda: "Status: Sent" in newest_batch(agent), timeout=60, what="the batch is sent")
    agent.until(
        lambda: any("no such number" in text.lower() for text in agent.tree()), timeout=60, what="one of it failed"
    )
    words = agent.tree()
    assert any("RECIPIENTS 3" in text for text in words)
    assert any("Content: Hello Iris" in text or "Hello Iris" in text for text in words)

    # open the failure's log
    press(agent, "Recipients")
    agent.until(lambda: any("Nora" in text for text in cells(agent, "Recipients")), timeout=15, what="the recipients")
    names = [text for text in cells(agent, "Recipients") if text.startswith("Name: ")]
    agent.focus(agent.find("Recipients", "table"))
    agent.keys(combination="ctrl+Home")
    for _ in range(next(place for place, text in enumerate(names) if "Nora" in text)):
        agent.keys(combination="Down")
    agent.keys(combination="Return")
    agent.until(
        lambda: any("Nora Zabel" in text for text in agent.tree() if text.startswith("label:")), what="her conversation"
    )
    messages = agent.find("Messages", "list", timeout=15)
    agent.until(lambda: any("xylophone" in text for text in agent.rows(messages)), timeout=15, what="what failed")

    agent.focus(messages)
    agent.keys(combination="End")
    for key in ("Menu", "Down", "Down", "Down", "Return"):  # Copy text, Send again, Error log
        agent.keys(combination=key)
    agent.find("Error log", "dialog", timeout=15)
    log = agent.tree()
    assert any("no such number" in text.lower() for text in log), log
    assert any("What to do" in text for text in log)
    assert "0191" in agent.text(agent.find("Request", "text"))

    # and send it again, as a new message that says so
    before = agent.count(messages)
    press(agent, "Send again as a new message")
    agent.until(lambda: agent.count(agent.find("Messages", "list")) > before, timeout=30, what="the new message")
