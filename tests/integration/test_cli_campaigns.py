"""The commands ``campaign`` and ``reminder`` on a real profile."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from desktop_inbox.app.office import Office, open_office
from desktop_inbox.cli import EXIT_NOT_FOUND
from desktop_inbox.cli import run as run_command
from desktop_inbox.config import Config
from desktop_inbox.models.entities.campaign import CampaignStep
from desktop_inbox.models.entities.consent import ConsentMethod
from desktop_inbox.models.entities.contact import OptIn
from desktop_inbox.models.entities.custom_field import FieldKind
from desktop_inbox.models.entities.reminder import ReminderDraft, ReminderUnit
from desktop_inbox.models.entities.user import Role
from desktop_inbox.services.campaigns import CampaignDraft

GRACE, ADA, ZOE = "+14155550148", "+14155550149", "+14155550150"
EVERYBODY = "name ~ Orchard"
Command = Callable[..., list[dict[str, Any]]]


async def _furnish(office: Office) -> None:
    channel = await office.store.run(
        lambda work: work.channels.add(
            kind="simulator", name="Front desk", address="+14155550100", settings={"network": "sms"}
        )
    )
    for number in (GRACE, ADA, ZOE):
        (zoe,) = await office.inbox.contacts_of([await office.contacts.start(number)])
        await office.people.change(zoe, last_name="Orchard")  # Zoe is the last
    await office.store.run(
        lambda work: work.consent.record(zoe, OptIn.OPTED_OUT, method=ConsentMethod.KEYWORD, wording="STOP")
    )
    steps = (CampaignStep(days=1, text="Hello $contact.firstname|there"), CampaignStep(days=3, text="Still there?"))
    await office.campaigns.save(CampaignDraft(name="Welcome", steps=steps))
    field = await office.fields.define("Visit", FieldKind.DATE)
    await office.reminders.save(
        ReminderDraft(
            name="Check-up", field_id=field.id, channel_id=channel.id, text="See you soon", amount=-2,
            unit=ReminderUnit.DAYS, at_time="09:00", yearly=True,
        )
    )  # fmt: skip


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run a command in a profile with a campaign of two messages, a reminder, and three contacts, one opted out."""
    monkeypatch.setenv("DESKTOP_INBOX_HOME", str(tmp_path))
    config = Config.load(None)
    config.prepare()

    async def furnish() -> None:
        async with open_office(config) as office:
            await _furnish(office)

    asyncio.run(furnish())

    def run(*arguments: str, code: int = 0) -> list[dict[str, Any]]:
        assert run_command(["--json", *arguments]) == code
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return run


@pytest.mark.row("S4-57", "S4-63", "S4-64", "S4-61")
def test_a_campaign_is_looked_at_applied_to_one_and_stopped(command: Command) -> None:
    (listed,) = command("campaign", "list")
    assert (listed["name"], listed["messages"], listed["under_way"], listed["sent"]) == ("Welcome", 2, 0, 0)
    preview = command("campaign", "apply", "welcome", "--to", GRACE, "--dry-run")
    assert [step["said"] for step in preview] == ["Hello there", "Still there?"]
    assert preview[0]["due_at"] < preview[1]["due_at"]
    assert command("campaign", "list")[0]["under_way"] == 0, "a dry run stores nothing"
    (applied,) = command("campaign", "apply", "Welcome", "--to", GRACE)
    assert (applied["state"], [step["state"] for step in applied["steps"]]) == ("active", ["waiting", "waiting"])
    first, second, one = command("campaign", "show", "Welcome")
    assert (first["days"], second["days"], one["next_at"]) == (1, 3, applied["next_at"])
    assert command("campaign", "stop", "Welcome", "--to", GRACE) == [{"campaign": "Welcome", "stopped": 1}]
    assert len(command("campaign", "show", "Welcome")) == 2, "only the messages: nobody gets it now"
    *_steps, ended = command("campaign", "show", "Welcome", "--all")
    assert (ended["state"], ended["cause"]) == ("cancelled", "stopped_by_hand")


@pytest.mark.row("S4-62", "S4-66", "S4-10")
def test_a_campaign_is_applied_to_a_segment_and_stopped_for_everybody(command: Command) -> None:
    *left_out, would = command("campaign", "apply", "Welcome", "--segment", EVERYBODY, "--dry-run")
    assert (would["applied"], would["left_out"], would["dry_run"]) == (2, 1, True)
    assert "opted out" in left_out[0]["reason"]
    *_left_out, done = command("campaign", "apply", "Welcome", "--segment", EVERYBODY)
    assert (done["applied"], done["left_out"], done["dry_run"]) == (2, 1, False)
    *_left_out, again = command("campaign", "apply", "Welcome", "--segment", EVERYBODY)
    assert (again["applied"], again["left_out"]) == (0, 3)
    assert command("campaign", "list")[0]["under_way"] == 2
    assert command("campaign", "stop", "Welcome", "--everybody") == [{"campaign": "Welcome", "stopped": 2}]
    assert command("campaign", "list")[0]["stopped"] == 2


@pytest.mark.row("S4-64", "S4-66")
def test_what_cannot_be_done_says_why(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    command("campaign", "show", "Nothing", code=EXIT_NOT_FOUND)
    command("campaign", "apply", "Welcome", "--to", "+14155559999", code=EXIT_NOT_FOUND)
    command("campaign", "apply", "Welcome", "--to", GRACE, "--channel", "Back desk", code=EXIT_NOT_FOUND)
    command("campaign", "apply", "Welcome", "--to", GRACE)
    capsys.readouterr()
    assert run_command(["campaign", "apply", "Welcome", "--to", GRACE]) != 0
    assert "under way" in capsys.readouterr().err
    assert run_command(["campaign", "apply", "Welcome", "--to", ZOE]) != 0
    assert "opted out" in capsys.readouterr().err
    (problem,) = [one for one in command("campaign", "apply", "Welcome", "--to", ZOE, "--dry-run") if "problem" in one]
    assert "opted out" in problem["problem"]


@pytest.mark.row("S4-12")
def test_reminders_are_listed(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    (listed,) = command("reminder", "list")
    assert (listed["name"], listed["field"], listed["amount"], listed["unit"]) == ("Check-up", "Visit", -2, "days")
    assert (listed["at"], listed["yearly"], listed["active"], listed["sent"]) == ("09:00", True, True, 0)
    assert run_command(["reminder", "list"]) == 0
    assert capsys.readouterr().out == "Check-up: 2 days before 09:00, every year, Visit; sent 0, missed 0\n"


@pytest.mark.row("S4-57", "S4-61")
def test_a_colleagues_campaign_is_not_stopped_for_everybody(
    command: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The person at this computer becomes an agent; what an administrator made and applied stays theirs."""

    async def hand_over() -> None:
        async with open_office(Config.load(None)) as office:
            boss = await office.users.add("Boss", role=Role.ADMINISTRATOR)
            await office.users.set_role(office.user.id, Role.AGENT)
            await office.store.run(
                lambda work: work.connection.exec_driver_sql(f"UPDATE campaigns SET created_by_id = {boss.id}")
            )
            await office.store.run(
                lambda work: work.connection.exec_driver_sql(f"UPDATE enrollments SET user_id = {boss.id}")
            )

    command("campaign", "apply", "Welcome", "--segment", EVERYBODY)
    asyncio.run(hand_over())
    assert run_command(["campaign", "stop", "Welcome", "--everybody"]) != 0
    assert "Only who made it, or an administrator" in capsys.readouterr().err
    assert command("campaign", "list")[0]["under_way"] == 2
    assert command("campaign", "stop", "Welcome", "--to", GRACE) == [{"campaign": "Welcome", "stopped": 1}]
