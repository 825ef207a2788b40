"""Every released schema, kept as SQL with a small office in it, is opened by the program of today."""

import contextlib
import sqlite3
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory

from desktop_inbox.config import sqlite_url
from desktop_inbox.models import checks, database
from desktop_inbox.models.entities.conversation import View
from desktop_inbox.models.entities.ids import UserId
from desktop_inbox.models.entities.message import Message
from desktop_inbox.models.migrations import HEAD, upgrade
from desktop_inbox.models.schema import metadata
from desktop_inbox.models.store import Store
from desktop_inbox.services.inbox import InboxService
from desktop_inbox.services.search import SearchService
from tests.support.clock import HeldClock
from tests.support.run import run
from tests.support.stores import DATABASES

RELEASED = Path(__file__).parent / "released"
VERSIONS = sorted(path.name.partition(".")[0] for path in RELEASED.glob("*.sqlite.sql"))


def load(kind: str, version: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Make a database from a frozen file and return its address."""
    name = "sqlite" if kind == "sqlite" else "postgresql"
    text = (RELEASED / f"{version}.{name}.sql").read_text(encoding="utf-8")
    if kind == "sqlite":
        path = tmp_path / "released.db"
        with contextlib.closing(sqlite3.connect(path)) as connection:
            connection.executescript(text)
        return sqlite_url(path)
    url = str(request.getfixturevalue("postgres_empty_url"))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(text.encode())
    return url


@pytest.mark.row("P18")
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", DATABASES)
def test_an_office_of_a_released_version_opens_whole(
    kind: str, version: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    store = Store.open(load(kind, version, request, tmp_path), backups_dir=tmp_path / "backups")
    inbox = InboxService(store, HeldClock(), UserId(1))
    rows = run(inbox.page(View.ALL)).items
    assert [row.name for row in rows] == ["王小明", "Zoë"]
    assert [row.draft for row in rows] == ["half a thought", "half a thought"]
    entries = run(inbox.timeline(rows[1].id)).entries
    assert [entry.text for entry in entries if isinstance(entry, Message)] == [
        "hello from Zoë, 明天见",
        "See you; it's fine\nbye",
    ]
    assert len(entries) == 4
    search = SearchService(store)
    run(search.repair())
    assert run(search.search("明天 hello")).total == 2
    assert [contact.first_name for contact in run(search.search("小明")).contacts] == ["王小明"]
    assert store.read_sync(lambda work: work.settings.get("organisation_name")) == "Dental"
    assert store.read_sync(checks.wrong_columns) == ()
    store.close()


@pytest.mark.parametrize("kind", DATABASES)
def test_the_frozen_file_of_this_version_has_the_tables_of_this_version(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Until 0002 is released: when its step changes, run ``python -m tests.migrations.freeze`` again."""
    engines = database.engines_for(load(kind, HEAD, request, tmp_path))
    with engines.reader.connect() as connection, connection.begin():
        inspector = sa.inspect(connection)
        found = {
            name: ({column["name"] for column in inspector.get_columns(name)}, _names(inspector, name))
            for name in metadata.tables
        }
    engines.dispose()
    wanted = {
        name: ({column.name for column in table.columns}, {str(index.name) for index in table.indexes})
        for name, table in metadata.tables.items()
    }
    assert {name: columns for name, (columns, _) in found.items()} == {
        name: columns for name, (columns, _) in wanted.items()
    }
    for name, (_, indexes) in wanted.items():
        assert indexes <= found[name][1], name


def _names(inspector: sa.Inspector, table: str) -> set[str]:
    return {str(index["name"]) for index in inspector.get_indexes(table)}


def test_every_step_that_was_released_is_kept_as_a_file() -> None:
    steps = [step.revision for step in ScriptDirectory.from_config(upgrade.configuration()).walk_revisions()]
    assert sorted(steps) == VERSIONS
