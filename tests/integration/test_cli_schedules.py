"""The command ``schedule``."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from desktop_inbox.app.office import open_office
from desktop_inbox.cli import run as run_command
from desktop_inbox.config import Config
from desktop_inbox.models.entities.ids import ScheduleId
from desktop_inbox.models.entities.schedule import Schedule
from desktop_inbox.models.work import Work

AT = ("--at", "2099-03-02T17:00", "--zone", "Europe/Berlin")
Command = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run ``schedule`` in a profile with one channel and one contact."""
    monkeypatch.setenv("DESKTOP_INBOX_HOME", str(tmp_path))
    config = Config.load(None)
    config.prepare()

    async def furnish() -> None:
        async with open_office(config) as office:
            await office.store.run(
                lambda work: work.channels.add(
                    kind="simulator", name="Front desk", address="+14155550100", settings={"network": "sms"}
                )
            )
            await office.contacts.start("+14155550148")

    asyncio.run(furnish())

    def run(*arguments: str, code: int = 0) -> list[dict[str, Any]]:
        assert run_command(["--json", "schedule", *arguments]) == code
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return run


@pytest.mark.row("S1-22", "S1-23", "S1-24")
def test_a_reply_is_scheduled_paused_resumed_skipped_and_deleted(command: Command) -> None:
    (made,) = command("add", "See you soon", "--to", "+14155550148", *AT, "--repeat", "weekly", "--days", "MO,TH")
    assert (made["kind"], made["state"], made["rule"]) == ("reply", "active", "FREQ=WEEKLY;BYDAY=MO,TH")
    assert (made["local"], made["repeats"]) == ("2099-03-02T17:00:00", "Every Monday and Thursday at 17:00")
    key = str(made["id"])
    assert command("pause", key)[0]["state"] == "paused"
    assert command("resume", key)[0]["state"] == "active"
    command("skip", key)
    assert command("list")[0]["local"] == "2099-03-05T17:00:00"
    assert command("delete", key)[0]["state"] == "cancelled"
    assert command("list") == []


@pytest.mark.row("S1-22")
def test_what_cannot_be_scheduled_says_why(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["schedule", "add", "Hello", "--to", "+14155550148", "--at", "2020-01-01T09:00"]) != 0
    assert "passed" in capsys.readouterr().err
    assert run_command(["schedule", "add", "Hello", "--list", "Nobody", *AT]) != 0
    assert run_command(["schedule", "pause", "99"]) != 0
    assert run_command(["schedule", "add", "Hello", "--to", "+14155550148", *AT, "--rule", "FREQ=NOW"]) != 0


@pytest.mark.row("S1-24")
def test_one_is_sent_at_once(command: Command) -> None:
    (made,) = command("add", "See you soon", "--to", "+14155550148", *AT)
    assert command("send", str(made["id"]))[0]["state"] == "ended"


@pytest.mark.row("S1-22", "P10")
def test_one_to_a_segment_stops_when_its_zone_is_gone_and_a_question_is_answered_once(
    command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["segment", "save", "Locals", "name ~ Ortiz"]) == 0
    capsys.readouterr()
    (made,) = command("add", "News", "--segment", "Locals", "--channel", "Front desk", *AT, "--repeat", "monthly")
    assert (made["kind"], made["to"], made["rule"]) == ("broadcast", "Locals", "FREQ=MONTHLY;BYMONTHDAY=2")
    assert run_command(["schedule", "answer", str(made["id"]), "send"]) != 0
    assert "answered" in capsys.readouterr().err

    async def lose_zone() -> None:
        async with open_office(Config.load(None)) as office:
            values = {"zone": "Nowhere/Gone", "state": "paused", "cause": "zone_unknown"}
            await office.store.run(lambda work: work.schedules.change(made_as(work), **values))

    def made_as(work: Work) -> Schedule:
        found = work.schedules.get(ScheduleId(made["id"]))
        assert found is not None
        return found

    asyncio.run(lose_zone())
    assert command("list")[0]["cause"] == "zone_unknown"
    assert run_command(["schedule", "list"]) == 0
    assert "paused (its time zone is not known)" in capsys.readouterr().out
    assert run_command(["schedule", "resume", str(made["id"])]) != 0
    assert "no such time zone" in capsys.readouterr().err
