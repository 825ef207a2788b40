"""Doctor: what is wrong, and what to do about it."""

import json
import sys
import threading
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from desktop_inbox.config import Config
from desktop_inbox.models.entities.channel import ChannelState
from desktop_inbox.models.entities.ids import OutboxId
from desktop_inbox.models.entities.outbox import AttemptOutcome, SendOutcome
from desktop_inbox.models.store import Store
from desktop_inbox.services.backup import BackupService
from desktop_inbox.services.doctor import _KEYRING_SECONDS, Check, Health, examine
from desktop_inbox.services.journal import Journal
from desktop_inbox.services.keyring_backend import Offer, system_offer
from desktop_inbox.services.secrets import SecretStore
from tests.integration.test_inbox import Desk
from tests.support.clock import MONDAY_NOON, HeldClock
from tests.support.offices import open_office
from tests.support.run import run

pytest_plugins = ["tests.support.offices"]


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config.load(environment={"DESKTOP_INBOX_HOME": str(tmp_path / "home")})


def checks(config: Config) -> dict[str, Check]:
    found = run(examine(config, clock=HeldClock()))
    assert json.loads(json.dumps([check.json() for check in found]))
    return {check.name: check for check in found}


def test_a_fresh_installation_is_healthy_and_nothing_is_made(config: Config) -> None:
    found = checks(config)
    assert {check.health for check in found.values()} == {Health.GOOD}
    assert {"python", "folder", "space", "database", "backups"} <= set(found)
    assert not config.data_dir.exists()


def test_an_office_at_work(config: Config) -> None:
    config.prepare()
    office = open_office(config.database_url)
    desk = Desk(office)
    desk.hear(desk.conversation())
    run(BackupService(office.store, office.clock, backups_dir=config.backups_dir).make())
    found = checks(config)
    assert {check.health for check in found.values()} == {Health.GOOD}
    assert found["channels"].sentence == "Front desk is active."
    office.store.run_sync(
        lambda work: work.channels.change(office.channel.id, state=ChannelState.BROKEN, state_reason="Wrong password.")
    )
    found = checks(config)
    assert (found["channels"].health, found["channels"].sentence) == (Health.BAD, "Front desk: Wrong password.")
    assert found["channels"].remedy
    office.close()


@pytest.mark.postgres
def test_an_office_on_a_server(config: Config, postgres_url: str) -> None:
    found = checks(replace(config, database_url=postgres_url))
    assert found["database"].sentence.startswith("The PostgreSQL database opens")
    assert found["channels"].health is Health.NOTE


def test_a_server_that_cannot_be_reached_and_its_password_is_not_told(config: Config) -> None:
    found = checks(replace(config, database_url="postgresql://ann:secretword@127.0.0.1:1/inbox"))
    assert found["database"].health is Health.BAD
    assert found["database"].remedy
    assert "secretword" not in json.dumps([check.json() for check in found.values()])


def test_a_damaged_database_and_the_backup_that_is_whole(config: Config) -> None:
    config.prepare()
    office = open_office(config.database_url)
    run(BackupService(office.store, office.clock, backups_dir=config.backups_dir).make())
    office.close()
    path = config.data_dir / "inbox.db"
    path.write_bytes(b"")
    found = checks(config)
    assert found["database"].health is Health.BAD
    assert "inbox-20260302T120000Z.db" in found["database"].remedy


def test_an_older_and_a_newer_database(config: Config) -> None:
    config.prepare()
    store = Store.open(config.database_url)
    for version, health in (("0000", Health.NOTE), ("9999", Health.BAD)):
        store.on_driver(
            lambda driver, version=version: driver.execute(f"UPDATE alembic_version SET version_num='{version}'")
        )
        found = checks(config)
        assert found["database"].health is health
        assert found["database"].remedy
    store.close()


def test_a_message_from_the_future(config: Config) -> None:
    config.prepare()
    office = open_office(config.database_url)
    office.clock.advance(timedelta(days=2))
    desk = Desk(office)
    desk.hear(desk.conversation())
    office.close()
    assert checks(config)["clock"].health is Health.BAD


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps files private by the profile's rights")
def test_a_folder_others_can_see(config: Config) -> None:
    config.prepare()
    config.data_dir.chmod(0o755)
    assert checks(config)["folder"].health is Health.NOTE


def test_results_of_sends_that_lie_aside(config: Config) -> None:
    config.prepare()
    folder = config.data_dir / "journal"
    assert checks(config)["journal"].health is Health.GOOD
    journal = Journal(folder, instance="desk")
    outcome = SendOutcome(
        outbox_id=OutboxId(1), attempt_id=1, fence=1, at=MONDAY_NOON, outcome=AttemptOutcome.AMBIGUOUS
    )
    journal.set_aside((outcome, outcome))
    found = checks(config)["journal"]
    assert (found.health, found.sentence[:17]) == (Health.NOTE, "2 results of send")
    assert found.remedy


def test_a_keyring_that_does_not_answer_is_not_waited_for(config: Config) -> None:
    config.prepare()
    answer = threading.Event()

    def offer() -> Offer:
        answer.wait(60)
        return system_offer()

    started = time.monotonic()
    found = run(
        examine(config, clock=HeldClock(), secrets=SecretStore(config.data_dir, offer=offer), keyring_seconds=0.1)
    )
    answer.set()
    assert time.monotonic() - started < 10
    assert (found[-1].name, found[-1].health) == ("secrets", Health.BAD)
    assert "does not answer" in found[-1].sentence
    assert _KEYRING_SECONDS <= 5


def test_the_place_of_secrets(config: Config) -> None:
    config.prepare()
    found = run(examine(config, clock=HeldClock(), secrets=SecretStore(config.data_dir)))
    assert found[-1].name == "secrets"
    assert found[-1].sentence
