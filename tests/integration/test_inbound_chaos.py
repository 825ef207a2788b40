"""P11: every update delivered three times, shuffled, to four pollers of which some are killed."""

import json
import random
import subprocess
import sys
from collections import Counter

import pytest
from sqlalchemy import func, select

from desktop_inbox.models import schema
from desktop_inbox.models.work import Work
from tests.support.inbound_chaos import SENDERS, deliveries
from tests.support.offices import Office

POLLERS = 4
PAGE = 20


def _start(office: Office, count: int, poller: int, seed: int) -> "subprocess.Popen[str]":
    plan = {"count": count, "pollers": POLLERS, "poller": poller, "seed": seed, "page": PAGE}
    command = [sys.executable, "-m", "tests.support.inbound_chaos", office.url, json.dumps(plan)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def _storm(office: Office, *, count: int, kills: int, seed: int) -> None:
    running = [_start(office, count, poller, seed) for poller in range(POLLERS)]
    try:
        told = _carry_on(office, running, count=count, kills=kills, seed=seed)
    finally:
        for process in running:
            process.kill()
            process.communicate()
    print(f"{office.store.dialect}: {count} updates x 3, {POLLERS} pollers, {kills} kills, {dict(told)}")
    office.store.read_sync(lambda work: _check(work, count))


def _carry_on(
    office: Office, running: list["subprocess.Popen[str]"], *, count: int, kills: int, seed: int
) -> Counter[str]:
    """Kill and restart pollers, then let all of them finish; what those that were not killed told."""
    chance = random.Random(seed)
    told: Counter[str] = Counter()
    killed = 0
    while killed < kills:
        poller = chance.randrange(POLLERS)
        process = running[poller]
        assert process.stdout is not None
        for _ in range(chance.randrange(1, 6)):
            line = process.stdout.readline()
            if line.endswith("\n"):
                told.update({key: value for key, value in json.loads(line).items() if key != "upto"})
        process.kill()
        process.communicate()
        killed += 1
        running[poller] = _start(office, count, poller, seed)  # from its beginning: the cursor is replayed
    for process in running:
        output, _ = process.communicate(timeout=1000)
        assert process.returncode == 0
        for line in output.splitlines():
            told.update({key: value for key, value in json.loads(line).items() if key != "upto"})
    return told


def _check(work: Work, count: int) -> None:
    rows = work.connection.execute(select(schema.messages.c.provider_message_id, schema.messages.c.text)).all()
    assert len(rows) == count
    assert {(row.provider_message_id, row.text) for row in rows} == {(f"u{n}", f"message {n}") for n in range(count)}
    for table in (schema.contacts, schema.contact_addresses, schema.conversations):
        assert work.connection.execute(select(func.count()).select_from(table)).scalar_one() == SENDERS
    for row in work.connection.execute(select(schema.conversations)).all():
        assert row.unread_count == work.conversations.count_unread(row.id)
        newest = select(func.max(schema.messages.c.id)).where(schema.messages.c.conversation_id == row.id)
        assert row.last_entry_id == work.connection.execute(newest).scalar_one()


@pytest.mark.row("P11", "S1-07")
def test_every_update_is_stored_once(office: Office) -> None:
    assert sum(len(part) for part in deliveries(400, POLLERS, seed=7)) == 1200
    _storm(office, count=400, kills=3, seed=7)


@pytest.mark.chaos
@pytest.mark.row("P11")
@pytest.mark.timeout(1200)
def test_every_one_of_20000_updates_is_stored_once(office: Office) -> None:
    _storm(office, count=20_000, kills=20, seed=11)
