"""Freezes the present schema as a released one: ``python -m tests.migrations.freeze``.

Run once per release, before the next step is begun. It writes a small office as SQL for both databases to
``tests/migrations/released/``; every later program must open it. A released file is never written again.
"""

import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from desktop_inbox.config import sqlite_url
from desktop_inbox.models.database import APPLICATION_ID
from desktop_inbox.models.entities.ids import MAX_ENTRY_ID
from desktop_inbox.models.migrations import HEAD
from tests.integration.test_inbox import Desk
from tests.support.offices import open_office
from tests.support.postgres import running_server

RELEASED = Path(__file__).parent / "released"
_SHADOWS = ("message_search_", "contact_search_", "sqlite_")


def fill(url: str) -> None:
    """Make the office that every frozen file holds."""
    office = open_office(url)
    desk = Desk(office)
    for name in ("Zoë", "王小明"):
        conversation = desk.conversation(name)
        desk.hear(conversation, f"hello from {name}, 明天见")
        desk.answer(conversation, "See you; it's fine\nbye")
        desk.call(conversation)
        desk.note(conversation)
        office.store.run_sync(
            lambda work, conversation=conversation: work.drafts.save(conversation, office.user.id, "half a thought")
        )
    office.store.run_sync(lambda work: work.settings.set("organisation_name", "Dental"))
    office.close()


def sqlite_dump(path: Path) -> Iterator[str]:
    """Yield the statements that make the file again; full text is made anew by the program."""
    connection = sqlite3.connect(path)
    yield f"PRAGMA application_id={APPLICATION_ID}"
    objects = connection.execute("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid")
    names = []
    for kind, name, statement in objects.fetchall():
        if not name.startswith(_SHADOWS):
            yield statement
            if kind == "table" and not statement.startswith("CREATE VIRTUAL"):
                names.append(name)
    for name in names:
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({name})")]
        quoted = " || ', ' || ".join(f"quote({column})" for column in columns)
        for (values,) in connection.execute(f"SELECT {quoted} FROM {name}"):
            yield f"INSERT INTO {name} VALUES ({values})"
    yield "INSERT INTO contact_search (contact_search) VALUES ('rebuild')"
    yield f"INSERT INTO settings (user_id, key, value) VALUES (0, 'search.stale', '[0, {MAX_ENTRY_ID}]')"
    connection.close()


def main() -> None:
    """Write both files."""
    RELEASED.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "inbox.db"
        fill(sqlite_url(path))
        text = ";\n".join(sqlite_dump(path)) + ";\n"
        (RELEASED / f"{HEAD}.sqlite.sql").write_text(text, encoding="utf-8")
    with running_server() as server:
        url = server.create_database("frozen")
        fill(url)
        command = [str(server.bin / "pg_dump"), "--inserts", "--no-owner", "--no-comments", url]
        dump = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        lines = [line for line in dump.splitlines() if line and not line.startswith(("--", "\\"))]
        (RELEASED / f"{HEAD}.postgresql.sql").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
