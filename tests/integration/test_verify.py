"""Verify: the truth that badges, ledger, index and files are compared with, on both databases."""

import random
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text, update

from desktop_inbox.models import checks, schema
from desktop_inbox.models.entities.attachment import AttachmentState
from desktop_inbox.models.entities.conversation import View
from desktop_inbox.models.entities.ids import ConversationId
from desktop_inbox.models.entities.message import DeliveryStatus
from desktop_inbox.services.attachment_files import AttachmentFolder
from desktop_inbox.services.verify import VerifyService
from tests.integration.test_inbox import Desk
from tests.support.offices import Office
from tests.support.run import run

pytest_plugins = ["tests.support.offices"]


@pytest.fixture
def desk(office: Office) -> Desk:
    return Desk(office)


def failing(service: VerifyService) -> dict[str, int]:
    return {finding.check: finding.count for finding in run(service.verify()) if not finding.ok}


def test_a_whole_office_passes(desk: Desk, tmp_path: Path) -> None:
    ann = desk.conversation("Ann")
    desk.hear(ann, "hello 明天")
    desk.answer(ann)
    findings = run(VerifyService(desk.office.store, attachments_dir=tmp_path / "files").verify())
    assert [finding.check for finding in findings] == [
        "database",
        "ledger",
        "counters",
        "search",
        "files_missing",
        "files_orphaned",
    ]
    assert all(finding.ok for finding in findings)
    assert all(set(finding.json()) == {"check", "ok", "sentence", "hint", "count"} for finding in findings)


def test_a_wrong_counter_is_found_and_set_right(desk: Desk, tmp_path: Path) -> None:
    ann = desk.conversation("Ann")
    desk.hear(ann)
    table = schema.conversations
    desk.office.store.run_sync(
        lambda work: work.connection.execute(update(table).where(table.c.id == ann).values(unread_count=7))
    )
    service = VerifyService(desk.office.store, attachments_dir=tmp_path / "files")
    assert failing(service) == {"counters": 1}
    assert run(service.set_counters_right()) == 1
    assert failing(service) == {}
    assert desk.row(ann).unread_count == 1


def test_a_changed_ledger_is_found(desk: Desk, tmp_path: Path) -> None:
    ann = desk.conversation("Ann")
    said = desk.answer(ann)
    for kind in ("queued", "sent"):
        desk.office.store.run_sync(lambda work, kind=kind: work.ledger.add(said, kind, at=work.now()))
    service = VerifyService(desk.office.store, attachments_dir=tmp_path / "files")
    assert failing(service) == {}
    desk.office.store.run_sync(
        lambda work: work.connection.execute(text("UPDATE delivery_ledger SET kind = 'read' WHERE kind = 'sent'"))
    )
    assert list(failing(service)) == ["ledger"]


def test_an_index_that_lacks_a_message_is_found(desk: Desk, tmp_path: Path) -> None:
    ann = desk.conversation("Ann")
    key = desk.hear(ann, "needle")
    desk.office.store.run_sync(lambda work: work.search.remove_message(key))
    service = VerifyService(desk.office.store, attachments_dir=tmp_path / "files")
    assert failing(service) == {"search": 1}


def test_missing_short_and_left_over_files_are_found(desk: Desk, tmp_path: Path) -> None:
    ann = desk.conversation("Ann")
    key = desk.hear(ann, "three files")
    folder = AttachmentFolder(tmp_path / "files")
    kept = [folder.put(content, name="a.txt") for content in (b"one", b"two", b"three", b"left over")]
    for file in kept[:3]:
        desk.office.store.run_sync(
            lambda work, file=file: work.attachments.add(
                key, state=AttachmentState.READY, sha256=file.sha256, size=file.size
            )
        )
    service = VerifyService(desk.office.store, attachments_dir=tmp_path / "files")
    assert failing(service) == {"files_orphaned": 1}
    folder.path_of(kept[0].sha256).unlink()
    folder.path_of(kept[1].sha256).write_bytes(b"tw")
    assert failing(service) == {"files_missing": 2, "files_orphaned": 1}


@pytest.mark.row("D-18")
@pytest.mark.parametrize("seed", range(2))
def test_counters_equal_counts_after_random_operations(desk: Desk, seed: int) -> None:
    """Whatever happens in whatever order: every badge is what a count over the messages gives."""
    chance = random.Random(seed)
    keys = [desk.conversation(f"C{number}") for number in range(5)]
    said: list[tuple[ConversationId, int]] = []
    done = 0
    for _ in range(120):
        key = chance.choice(keys)
        past = desk.office.clock() - timedelta(seconds=chance.randrange(60))
        what = chance.randrange(10)
        if what < 3:
            desk.hear(key, at=past if what == 0 and not desk.row(key).last_entry_id else None)
        elif what == 3:
            said.append((key, desk.answer(key)))
        elif what == 4:
            desk.call(key)
        elif what == 5:
            run(desk.inbox.mark_read(key))
        elif what == 6:
            run(desk.states.mark_unread([key]))
        elif what == 7:
            run(chance.choice((desk.states.archive, desk.states.restore))([key]))
        elif what == 8 and said:
            _, message = said.pop()
            desk.office.store.run_sync(
                lambda work, message=message: work.messages.set_status(
                    message, DeliveryStatus.FAILED, at=work.now(), error_text="No."
                )
            )
        else:
            desk.note(key)
        done += 1
    assert desk.office.store.read_sync(checks.wrong_columns) == ()
    counts = run(desk.inbox.counts())
    for view in View:
        rows = run(desk.inbox.page(view, limit=100)).items
        assert counts[view].total == len(rows)
        assert counts[view].unread == sum(row.unread_count > 0 for row in rows)
    print(f"{done} random operations: every counter equals its count")
