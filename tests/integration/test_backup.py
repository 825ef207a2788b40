"""Backups: whole, checked, rotated, and put back, on both databases."""

import sqlite3
import stat
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from desktop_inbox.config import sqlite_url as address_of_file
from desktop_inbox.errors import StoreError
from desktop_inbox.models.entities.conversation import View
from desktop_inbox.models.entities.message import DeliveryStatus, Direction, Message
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work
from desktop_inbox.services import backup as backups
from desktop_inbox.services.backup import BackupService, restore, to_keep
from desktop_inbox.services.inbox import InboxService
from desktop_inbox.services.search import SearchService
from desktop_inbox.services.settings import DAILY_BACKUP
from tests.support.offices import Office
from tests.support.run import run

pytest_plugins = ["tests.support.offices"]


@pytest.fixture
def service(office: Office, tmp_path: Path) -> BackupService:
    return BackupService(office.store, office.clock, backups_dir=tmp_path / "backups")


def fill(office: Office, count: int = 30) -> None:
    contact = office.contact("+14155550148", first_name="Zoë")
    conversation = office.conversation_of(contact)

    def add(work: Work) -> None:
        for number in range(count):
            work.messages.add_inbound(
                Message(
                    id=work.new_entry_id(work.now() + timedelta(seconds=number)),
                    conversation_id=conversation,
                    contact_id=contact.id,
                    direction=Direction.IN,
                    text=f"message {number} 明天",
                    status=DeliveryStatus.RECEIVED,
                    channel_id=office.channel.id,
                )
            )
        work.drafts.save(conversation, office.user.id, "half a thought")
        work.settings.set("organisation_name", "Dental 牙科")

    office.store.run_sync(add)


def content(store: Store, office: Office) -> dict[str, object]:
    inbox = InboxService(store, office.clock, office.user.id)
    search = SearchService(store)
    run(search.repair())
    rows = run(inbox.page(View.ALL)).items
    return {
        "rows": rows,
        "timeline": run(inbox.timeline(rows[0].id, limit=500)).entries,
        "draft": run(inbox.draft(rows[0].id)),
        "words": run(search.search("明天 mess")).total,
        "contacts": run(search.search("zoe")).contacts,
        "settings": store.read_sync(lambda work: work.settings.all(0)),
        "channels": store.read_sync(lambda work: work.channels.all()),
    }


@pytest.mark.row("P17")
def test_a_backup_put_back_holds_everything(office: Office, service: BackupService, tmp_path: Path) -> None:
    fill(office)
    made = run(service.make())
    assert (made.messages, made.contacts) == (30, 1)
    assert made.path.name == "inbox-20260302T120000Z.db"
    before = content(office.store, office)
    place = tmp_path / "new" / "inbox.db"
    assert restore(made.path, address_of_file(place)) is None
    with_store = Store.open(address_of_file(place), clock=office.clock)
    assert content(with_store, office) == before
    with_store.close()
    if sys.platform != "win32":
        assert stat.S_IMODE(made.path.stat().st_mode) == 0o600
        assert stat.S_IMODE(place.stat().st_mode) == 0o600


@pytest.mark.postgres
def test_a_backup_of_a_file_can_be_put_on_an_empty_server(
    sqlite_office: Office, tmp_path: Path, postgres_empty_url: str
) -> None:
    fill(sqlite_office)
    made = run(BackupService(sqlite_office.store, sqlite_office.clock, backups_dir=tmp_path / "b").make())
    before = content(sqlite_office.store, sqlite_office)
    restore(made.path, postgres_empty_url)
    store = Store.open(postgres_empty_url, clock=sqlite_office.clock)
    assert content(store, sqlite_office) == before
    new = store.run_sync(lambda work: work.contacts.add((), first_name="Next"))
    assert new.id == 2  # the server counts on behind what was put in
    store.close()
    with pytest.raises(StoreError) as refused:
        restore(made.path, postgres_empty_url)
    assert refused.value.code == "restore_not_empty"


def test_the_database_that_is_replaced_is_kept(sqlite_office: Office, tmp_path: Path) -> None:
    fill(sqlite_office, 3)
    made = run(BackupService(sqlite_office.store, sqlite_office.clock, backups_dir=tmp_path / "b").make())
    place = tmp_path / "office" / "inbox.db"
    url = address_of_file(place)
    old = Store.open(url)
    old.run_sync(lambda work: work.contacts.add((), first_name="Only here"))
    old.close()
    kept = restore(made.path, url)
    assert kept == place.with_name("inbox-replaced-1.db")
    assert kept is not None
    there = Store.open(address_of_file(kept))
    assert [contact.first_name for contact in there.read_sync(lambda work: work.contacts.find("", limit=9))] == [
        "Only here"
    ]
    there.close()


@pytest.mark.parametrize("spoil", ["damaged", "cut", "empty", "foreign", "newer", "missing"])
def test_what_is_no_good_backup_changes_nothing(sqlite_office: Office, tmp_path: Path, spoil: str) -> None:
    fill(sqlite_office, 200)
    made = run(BackupService(sqlite_office.store, sqlite_office.clock, backups_dir=tmp_path / "b").make())
    place = tmp_path / "office" / "inbox.db"
    Store.open(address_of_file(place)).close()
    before = place.read_bytes()
    spoil_copy(made.path, spoil)
    with pytest.raises(StoreError) as refused:
        restore(made.path, address_of_file(place))
    assert refused.value.hint
    assert place.read_bytes() == before
    assert [file.name for file in place.parent.iterdir()] == ["inbox.db"]


def spoil_copy(path: Path, how: str) -> None:
    data = bytearray(path.read_bytes())
    if how == "damaged":
        for page in range(3, 12):
            data[page * 4096 : page * 4096 + 200] = b"\xff" * 200
        path.write_bytes(data)
    elif how == "cut":
        path.write_bytes(data[: len(data) // 2])
    elif how == "empty":
        path.write_bytes(b"")
    elif how == "foreign":
        path.write_text("Dear diary")
    elif how == "newer":
        connection = sqlite3.connect(path)
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
        connection.close()
    else:
        path.unlink()


def test_a_target_that_exists_or_cannot_be_written_is_refused(
    office: Office, service: BackupService, tmp_path: Path
) -> None:
    target = tmp_path / "mine.db"
    target.write_text("precious")
    with pytest.raises(StoreError) as refused:
        run(service.make(target))
    assert refused.value.code == "backup_exists"
    assert target.read_text() == "precious"
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError) as refused:
        run(service.make(tmp_path / "file" / "mine.db"))
    assert refused.value.code == "backup_unwritable"
    assert [file.name for file in tmp_path.iterdir() if "part" in file.name] == []


def test_writing_goes_on_while_a_backup_is_made(sqlite_office: Office, tmp_path: Path) -> None:
    fill(sqlite_office, 500)
    service = BackupService(sqlite_office.store, sqlite_office.clock, backups_dir=tmp_path / "b")

    async def work() -> int:
        import asyncio

        making = asyncio.ensure_future(service.make())
        for number in range(20):
            await sqlite_office.store.run(lambda work, number=number: work.settings.set("n", number))
        return (await making).messages

    assert run(work()) == 500


@pytest.mark.row("P17")
def test_seven_days_and_four_weeks_are_kept() -> None:
    start = datetime(2026, 1, 1, 8, tzinfo=UTC)
    moments = [start + timedelta(hours=12 * number) for number in range(120)]  # sixty days, twice a day
    kept = sorted(to_keep(moments), reverse=True)
    newest_of_days = [moment for moment in reversed(moments) if moment.hour == 20]
    assert kept[:2] == moments[:-3:-1]  # both of the last 24 hours
    kept.remove(moments[-2])
    assert kept[:7] == newest_of_days[:7]
    assert len({moment.isocalendar()[:2] for moment in kept}) == 4
    assert len(kept) == 7 + 3  # the newest of the four weeks is among the seven days
    assert to_keep(moments[:1]) == set(moments[:1])
    old = [start - timedelta(days=400), start - timedelta(days=300)]
    assert to_keep(old) == set(old)  # age alone removes nothing


def test_old_backups_go_and_strangers_stay(sqlite_office: Office, tmp_path: Path) -> None:
    folder = tmp_path / "b"
    service = BackupService(sqlite_office.store, sqlite_office.clock, backups_dir=folder)
    folder.mkdir()
    (folder / "inbox-of-aunt-mary.db").write_text("not ours")
    for _ in range(40):
        run(service.make())
        sqlite_office.clock.advance(timedelta(days=1))
    known = run(service.list())
    assert len(known) <= 11
    assert sqlite_office.clock() - known[0].made_at == timedelta(days=1)
    assert (folder / "inbox-of-aunt-mary.db").exists()


@pytest.mark.row("P17")
def test_what_is_due_is_done_once_a_day(sqlite_office: Office, tmp_path: Path) -> None:
    service = BackupService(sqlite_office.store, sqlite_office.clock, backups_dir=tmp_path / "b")
    assert run(service.run_due()) is not None
    sqlite_office.clock.advance(timedelta(hours=23))
    assert run(service.run_due()) is None
    sqlite_office.clock.advance(timedelta(hours=1))
    assert run(service.run_due()) is not None
    sqlite_office.clock.advance(timedelta(days=2))
    sqlite_office.store.run_sync(lambda work: work.settings.set(DAILY_BACKUP.key, value=False))
    assert run(service.run_due()) is None


@pytest.mark.row("P17")
def test_the_weekly_check_finds_damage(sqlite_office: Office, tmp_path: Path) -> None:
    fill(sqlite_office, 2000)
    service = BackupService(sqlite_office.store, sqlite_office.clock, backups_dir=tmp_path / "b")
    run(service.run_due())
    sqlite_office.store.close()
    path = sqlite_office.store.path
    assert path is not None
    size = path.stat().st_size
    with path.open("r+b") as file:
        for page in range(size // 4096 - 40, size // 4096 - 20):
            file.seek(page * 4096)
            file.write(b"\xff" * 300)
    with damaged(path) as store:
        again = BackupService(store, sqlite_office.clock, backups_dir=tmp_path / "b")
        sqlite_office.clock.advance(timedelta(days=7))
        with pytest.raises(StoreError) as found:
            run(again.run_due())
    assert found.value.code == "store_corrupt"
    good = backups.newest_good(tmp_path / "b")
    assert good is not None


class damaged:  # noqa: N801 - a context
    """A store on a damaged file, past the check that opening makes."""

    def __init__(self, path: Path) -> None:
        from desktop_inbox.models import database

        engines = database.engines_for(address_of_file(path))
        self._store = Store(engines, clock=lambda: datetime.now(UTC), publish=lambda _event: None, instance="x")

    def __enter__(self) -> Store:
        return self._store

    def __exit__(self, *_: object) -> None:
        self._store.close()


def test_the_newest_backup_that_is_whole_is_offered(sqlite_office: Office, tmp_path: Path) -> None:
    service = BackupService(sqlite_office.store, sqlite_office.clock, backups_dir=tmp_path / "b")
    first = run(service.make())
    sqlite_office.clock.advance(timedelta(hours=1))
    second = run(service.make())
    assert backups.newest_good(tmp_path / "b") == second.path
    spoil_copy(second.path, "damaged")
    assert backups.newest_good(tmp_path / "b") == first.path
    spoil_copy(first.path, "empty")
    assert backups.newest_good(tmp_path / "b") is None
