"""The CSV of a million messages, against ``csv.writer`` over a raw cursor."""

import asyncio
import contextlib
import csv
import sqlite3
import tempfile
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

from bench.measure import Figure, absent, seconds
from bench.office import Size
from desktop_inbox.config import sqlite_url
from desktop_inbox.models.entities.ids import RANDOM_BITS, entry_time
from desktop_inbox.models.entities.user import Role
from desktop_inbox.models.store import Store

_RAW = (
    f"SELECT strftime('%Y-%m-%dT%H:%M:%fZ', (m.id >> {RANDOM_BITS}) / 1000.0, 'unixepoch'), m.direction,"
    " c.first_name || ' ' || c.last_name, a.path, h.name, m.status, m.text, m.provider_message_id, m.error_text"
    " FROM messages m JOIN contacts c ON c.id = m.contact_id"
    " LEFT JOIN contact_addresses a ON a.id = m.address_id LEFT JOIN channels h ON h.id = m.channel_id"
    " WHERE m.id >= ? ORDER BY m.id"
)


def figures(offices: Mapping[str, Path], size: Size) -> Iterator[Figure]:
    """Half of the office's messages, by both, one after the other; then the memory that it took."""
    try:
        from desktop_inbox.services.export import ExportService
    except ImportError as error:
        yield absent("CSV export", str(error))
        return
    path = offices[size.name]
    with contextlib.closing(sqlite3.connect(path)) as raw, tempfile.TemporaryDirectory(dir=path.parent) as folder:
        half = "SELECT id FROM messages ORDER BY id LIMIT 1 OFFSET ?"
        first = raw.execute(half, (size.messages // 2,)).fetchone()[0]
        target = Path(folder) / "messages.csv"

        def by_hand() -> int:
            with target.open("w", newline="", encoding="utf-8-sig") as file:
                csv.writer(file).writerows(raw.execute(_RAW, (first,)))
            return size.messages // 2

        store = Store.open(sqlite_url(path))
        user = store.run_sync(
            lambda work: (
                next((one for one in work.users.all() if one.role is Role.ADMINISTRATOR), None)
                or work.users.add("Bench", Role.ADMINISTRATOR)
            )
        )
        service = ExportService(store, user_id=user.id)
        since = entry_time(first)

        def product() -> int:
            return asyncio.run(service.messages_csv(target, since=since))

        theirs = seconds(by_hand)
        with _Memory() as memory:
            ours = seconds(product)
        theirs = min(theirs, seconds(by_hand))
        store.close()
    yield Figure(
        what=f"CSV export of {size.messages // 2:,} messages",
        unit="s",
        product=ours,
        limit=theirs,
        target="<= 1.5 x",
        met=ours <= 1.5 * theirs,
    )
    yield Figure(
        what="CSV export, growth of memory",
        unit="MB",
        product=memory.growth,
        target="flat: <= 40 MB",
        met=memory.growth <= 40,
    )


class _Memory:
    """How much the process grew at most, in MB, seen every 50 ms."""

    def __init__(self) -> None:
        import psutil

        self._process = psutil.Process()
        self._before = self._most = self._now()
        self._done = threading.Event()
        self._watcher = threading.Thread(target=self._watch)

    @property
    def growth(self) -> float:
        return (self._most - self._before) / 1e6

    def __enter__(self) -> "_Memory":
        self._watcher.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._watcher.join()

    def _now(self) -> int:
        return int(self._process.memory_info().rss)

    def _watch(self) -> None:
        while not self._done.wait(0.05):
            self._most = max(self._most, self._now())
