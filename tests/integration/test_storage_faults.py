"""Twelve faults of storage (P16): each is told in one sentence and one hint, and nothing that was saved is lost."""

import contextlib
import os
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from desktop_inbox.config import sqlite_url as address_of_file
from desktop_inbox.errors import InboxError, StoreError
from desktop_inbox.models.database import APPLICATION_ID
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work
from desktop_inbox.services.backup import BackupService
from tests.integration.test_inbox import Desk
from tests.support.offices import open_office
from tests.support.run import run

PAGE = 4096
IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with two hundred messages, whole and closed."""
    path = tmp_path_factory.mktemp("whole") / "inbox.db"
    office = open_office(address_of_file(path))
    desk = Desk(office)
    conversation = desk.conversation("Ann")
    for number in range(200):
        desk.hear(conversation, f"message {number} " + "words " * 20)
    office.close()
    return path


@pytest.fixture
def path(template: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "office"
    folder.mkdir()
    return Path(shutil.copy(template, folder / "inbox.db"))


def write(work: Work) -> None:
    work.settings.set("probe", "x" * 1000)


def count(work: Work) -> int:
    return int(work.connection.exec_driver_sql("SELECT count(*) FROM messages").scalar_one())


def saved(path: Path) -> int:
    """Count the messages without our code."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("SELECT count(*) FROM messages").fetchone()[0])


def refusal(work: Callable[[], object]) -> StoreError:
    with pytest.raises(StoreError) as refused:
        work()
    error = refused.value
    assert error.message.endswith(".")
    assert error.hint.endswith(".")
    assert "sqlite" not in f"{error.message}{error.hint}".lower()
    return error


def open_and_close(path: Path) -> None:
    Store.open(address_of_file(path)).close()


# -- 1 full disk


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = IS_ROOT and sys.platform.startswith("linux")
    if mounted:
        command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
        mounted = subprocess.run(command, check=False, capture_output=True).returncode == 0
    if not mounted:
        pytest.skip("a small disk can only be made by root on Linux")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.row("P16")
def test_a_full_disk(small_disk: Path, template: Path) -> None:
    path = Path(shutil.copy(template, small_disk / "inbox.db"))
    store = Store.open(address_of_file(path))
    kept: list[int] = []

    def fill() -> None:
        for number in range(10_000):
            store.run_sync(lambda work, number=number: work.settings.set(f"n{number}", "x" * 20_000))
            kept.append(number)

    assert refusal(fill).code == "store_full"
    assert len(kept) > 2
    assert store.read_sync(count) == 200  # reading goes on
    stored = store.read_sync(lambda work: sum(key.startswith("n") for key in work.settings.all(0)))
    assert stored == len(kept)  # all that was acknowledged, and no half of the last one
    subprocess.run(["mount", "-o", "remount,size=8m", str(small_disk)], check=True)
    store.run_sync(write)  # there is space again: the store goes on by itself
    store.close()
    open_and_close(path)
    assert saved(path) == 200


# -- 2 read-only, 11 missing permission of the folder


@contextlib.contextmanager
def read_only(place: Path) -> Iterator[None]:
    """Root may write whatever the mode says, so root gets a read-only mount of the folder."""
    if IS_ROOT:
        if subprocess.run(["mount", "--bind", str(place), str(place)], check=False, capture_output=True).returncode:
            pytest.skip("a read-only place cannot be made here")
        subprocess.run(["mount", "-o", "remount,ro,bind", str(place)], check=True)
        yield
        subprocess.run(["umount", "-l", str(place)], check=True)
        return
    modes = {one: one.stat().st_mode for one in (place, *place.iterdir())}
    for one in modes:
        one.chmod(0o500 if one.is_dir() else 0o400)
    yield
    for one, mode in modes.items():
        one.chmod(mode)


@pytest.mark.row("P16")
@pytest.mark.skipif(sys.platform == "win32", reason="modes mean something else on Windows")
def test_a_read_only_place(path: Path) -> None:
    with read_only(path.parent):
        assert refusal(lambda: open_and_close(path)).code in ("store_readonly", "store_unreadable", "store_full")
    assert saved(path) == 200


@pytest.mark.row("P16")
@pytest.mark.skipif(sys.platform == "win32", reason="modes mean something else on Windows")
def test_a_folder_in_which_nothing_may_be_made(tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    folder.mkdir()
    with read_only(folder):
        assert refusal(lambda: open_and_close(folder / "inbox.db")).code == "store_unreadable"
    assert list(folder.iterdir()) == []


# -- 3 locked by a second process

_LOCKER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.readline()
connection.execute("ROLLBACK")
"""


@pytest.mark.row("P16")
def test_a_file_that_a_second_process_keeps_locked(path: Path) -> None:
    store = Store.open(address_of_file(path))
    store.on_driver(lambda driver: driver.execute("SELECT 1"))
    store.run_sync(lambda work: work.connection.exec_driver_sql("PRAGMA busy_timeout=300"))
    command = [sys.executable, "-c", _LOCKER, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as locker:
        assert locker.stdout is not None
        assert locker.stdin is not None
        locker.stdout.readline()
        assert refusal(lambda: store.run_sync(write)).code == "store_locked"
        assert store.read_sync(count) == 200  # readers are never kept out
        locker.stdin.write(b"\n")
        locker.stdin.flush()
    store.run_sync(write)
    store.close()
    assert saved(path) == 200


# -- 4 damaged page, 5 bad header, 6 zero-length, 7 foreign, 8 newer, 9 truncated, 10 without its log


def damage(path: Path, *, page: int) -> None:
    with path.open("r+b") as file:
        file.seek(page * PAGE)
        file.write(b"\xff" * PAGE)


@pytest.mark.row("P16", "P17")
def test_a_damaged_page(path: Path) -> None:
    before = path.read_bytes()
    damage(path, page=len(before) // PAGE // 2)
    broken = path.read_bytes()
    error = refusal(lambda: open_and_close(path))
    assert error.code == "store_corrupt"
    assert "backup" in error.hint
    assert path.read_bytes() == broken  # the damaged file is kept as it is


@pytest.mark.row("P16")
def test_a_bad_header(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"garbage garbage!")
    before = path.read_bytes()
    assert refusal(lambda: open_and_close(path)).code == "store_foreign"
    assert path.read_bytes() == before


@pytest.mark.row("P16")
def test_a_file_of_no_length_is_never_taken_for_a_new_one(path: Path) -> None:
    path.write_bytes(b"")
    assert refusal(lambda: open_and_close(path)).code == "store_empty"
    assert path.read_bytes() == b""


@pytest.mark.row("P16")
@pytest.mark.parametrize("kind", ["text", "another program's database"])
def test_a_foreign_file_is_never_written(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "strange.db"
    if kind == "text":
        path.write_text("Dear diary, " * 500)
    else:
        with contextlib.closing(sqlite3.connect(path)) as connection:
            connection.execute("CREATE TABLE recipes (name TEXT)")
            connection.commit()
    before = path.read_bytes()
    assert refusal(lambda: open_and_close(path)).code == "store_foreign"
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.row("P16", "P18")
def test_a_file_of_a_newer_program(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    assert refusal(lambda: open_and_close(path)).code == "store_newer"
    with contextlib.closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("9999",)
    assert saved(path) == 200


@pytest.mark.row("P16")
@pytest.mark.parametrize("left", [100, PAGE, 3 * PAGE, 0.5])
def test_a_file_that_was_cut_short(path: Path, left: float) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * left) if left < 1 else int(left)])
    assert refusal(lambda: open_and_close(path)).code in ("store_corrupt", "store_foreign")


@pytest.mark.row("P16")
def test_a_file_copied_without_its_log(tmp_path: Path) -> None:
    """Without the log the file is whole as of an earlier moment; a file that holds nothing yet is refused, and not
    opened as if there had never been anything."""
    whole = tmp_path / "inbox.db"
    store = Store.open(address_of_file(whole))
    store.run_sync(write)
    copy = Path(shutil.copy(whole, tmp_path / "copy.db"))
    with contextlib.closing(Store.open(address_of_file(copy))) as earlier:
        assert earlier.read_sync(count) == 0
    store.close()
    with contextlib.closing(Store.open(address_of_file(whole))) as again:
        assert again.read_sync(lambda work: work.settings.get("probe")) == "x" * 1000
    with contextlib.closing(sqlite3.connect(tmp_path / "bare.db")) as bare:
        bare.execute(f"PRAGMA application_id={APPLICATION_ID}")
        bare.execute("PRAGMA journal_mode=WAL")
    error = refusal(lambda: open_and_close(tmp_path / "bare.db"))
    assert error.code == "store_empty"
    assert "-wal" in error.hint


@pytest.mark.row("P16")
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_first_start_that_is_killed_leaves_no_file(tmp_path: Path) -> None:
    path = tmp_path / "inbox.db"
    script = (
        "import os, signal; from desktop_inbox.models import database;"
        "database.settle = lambda engines: os.kill(os.getpid(), signal.SIGKILL);"
        f"from desktop_inbox.models.store import Store; Store.open({address_of_file(path)!r})"
    )
    done = subprocess.run([sys.executable, "-c", script], check=False, cwd=Path(__file__).parents[2])
    assert done.returncode == -9
    assert not path.exists()
    open_and_close(path)
    assert saved(path) == 0


# -- 12 input and output errors

_LIMITED = """
import resource, signal, sys
from desktop_inbox.errors import StoreError
from desktop_inbox.models.store import Store
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
store = Store.open(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
kept = 0
try:
    for number in range(10_000):
        store.run_sync(lambda work: work.settings.set(f"n{number}", "x" * 20_000))
        kept += 1
except StoreError as error:
    print(error.code, kept, error.hint.endswith("."))
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
store.run_sync(lambda work: work.settings.set("after", 1))
store.close()
"""


@pytest.mark.row("P16")
@pytest.mark.skipif(sys.platform == "win32", reason="no quota on Windows")
def test_a_quota_that_the_system_enforces(path: Path) -> None:
    limit = path.stat().st_size + 600_000
    command = [sys.executable, "-c", _LIMITED, address_of_file(path), str(limit)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=Path(__file__).parents[2])
    assert done.returncode == 0, done.stderr
    code, kept, hinted = done.stdout.split()
    assert code in ("store_io", "store_full")
    assert hinted == "True"
    with contextlib.closing(sqlite3.connect(path)) as connection:
        stored = connection.execute("SELECT count(*) FROM settings WHERE key LIKE 'n%'").fetchone()[0]
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert stored == int(kept)
    assert saved(path) == 200


# -- random damage


@pytest.mark.row("P16", "P17")
def test_two_hundred_random_byte_flips_never_end_in_a_traceback(template: Path, tmp_path: Path) -> None:
    """Open, read, write and back up: what is damaged is told in a sentence; anything else is a fault of ours."""
    chance = random.Random(20261121)
    data = template.read_bytes()
    told: dict[str, int] = {}
    for number in range(200):
        path = tmp_path / "flipped.db"
        for left in tmp_path.glob("flipped.db*"):
            left.unlink()
        flipped = bytearray(data)
        for _ in range(chance.choice((1, 1, 4, 64))):
            flipped[chance.randrange(100 if number % 5 == 0 else len(flipped))] ^= 1 << chance.randrange(8)
        path.write_bytes(bytes(flipped))
        outcome = "worked"
        try:
            store = Store.open(address_of_file(path))
        except InboxError as error:
            outcome = error.code
        else:
            try:
                run(FirstUse(store).use(tmp_path / f"copy{number}" if number % 5 == 0 else None))
            except InboxError as error:
                outcome = error.code
            finally:
                store.close()
        told[outcome] = told.get(outcome, 0) + 1
    assert sum(told.values()) == 200
    assert told.get("store_corrupt", 0) + told.get("store_foreign", 0) > 20
    print(f"200 damaged files: {told}, 0 tracebacks")


def test_a_table_whose_words_make_no_sense_is_damage(template: Path, tmp_path: Path) -> None:
    path = tmp_path / "words.db"
    path.write_bytes(template.read_bytes().replace(b"length(text)", b"lefgth(text)"))
    with pytest.raises(StoreError, match="damaged"):
        Store.open(address_of_file(path)).close()


class FirstUse:
    """What a window does first."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def use(self, backups: Path | None) -> None:
        from desktop_inbox.clock import now
        from desktop_inbox.models.entities.conversation import View
        from desktop_inbox.models.entities.ids import UserId
        from desktop_inbox.services.inbox import InboxService
        from desktop_inbox.services.search import SearchService

        inbox = InboxService(self._store, now, UserId(1))
        await inbox.counts()
        for row in (await inbox.page(View.ALL)).items:
            await inbox.timeline(row.id)
            await inbox.mark_read(row.id)
            await inbox.save_draft(row.id, "text")
        await SearchService(self._store).search("message 19")
        if backups is not None:
            await BackupService(self._store, now, backups_dir=backups).make()
