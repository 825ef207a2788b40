"""Steps from old to new: whole or not at all, with a copy before, and exactly to the declared schema."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from desktop_inbox.errors import StoreError
from desktop_inbox.models import copies, database
from desktop_inbox.models.migrations import HEAD, upgrade
from desktop_inbox.models.schema import metadata
from desktop_inbox.models.store import Store
from tests.integration.test_inbox import Desk
from tests.migrations.kill_points import KILL_AT, POINTS
from tests.migrations.upgrading import bring_up, later_steps
from tests.support.clock import HeldClock
from tests.support.offices import open_office
from tests.support.stores import DATABASES

ROOT = Path(__file__).resolve().parents[2]
#: Full text is made by each database in its own way and is not part of the declared tables.
SEARCH = ("message_search", "contact_search", "ix_message_search", "ix_contact_texts_text")


def test_the_version_of_the_program_is_the_newest_step() -> None:
    assert ScriptDirectory.from_config(upgrade.configuration()).get_current_head() == HEAD


def _ours(name: str | None, kind: str) -> bool:
    return not (kind in ("table", "index") and (name or "").startswith((*SEARCH, "alembic_version")))


def test_all_steps_together_give_exactly_the_declared_tables(store: Store, database_url: str) -> None:
    engines = database.open_engines(database_url)
    with engines.reader.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "include_name": lambda name, kind, _parents: _ours(name, kind),
                # An index in descending order cannot be compared this way; the next test compares its text.
                "include_object": lambda _object, name, kind, _reflected, _other: (
                    _ours(name, kind) and name != "ix_outbox_due"
                ),
            },
        )
        assert compare_metadata(context, metadata) == []
    engines.dispose()


def _normal(statement: str) -> str:
    return " ".join(statement.replace('"', "").replace("( ", "(").replace(" )", ")").split())


def _columns(connection: sa.Connection) -> dict[tuple[str, str], tuple[str, bool, str | None]]:
    inspector = sa.inspect(connection)
    return {
        (table, column["name"]): (str(column["type"]), column["nullable"], column["default"])
        for table in metadata.tables
        for column in inspector.get_columns(table)
    }


def _sqlite_facts(connection: sa.Connection) -> dict[str, Any]:
    inspector = sa.inspect(connection)
    indexes = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
    return {
        "indexes": {name: _normal(sql) for name, sql in indexes if _ours(name, "index")},
        "checks": {
            (table, check["name"]): _normal(check["sqltext"])
            for table in metadata.tables
            for check in inspector.get_check_constraints(table)
        },
    }


def _postgres_facts(connection: sa.Connection) -> dict[str, Any]:
    indexes = connection.exec_driver_sql("SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'")
    checks = connection.exec_driver_sql(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE connamespace = 'public'::regnamespace"
    )
    return {
        "indexes": {name: sql for name, sql in indexes if _ours(name, "index") and "message_search" not in name},
        "checks": {
            (table, name): sql for table, name, sql in checks if _ours(table, "table") and "alembic" not in name
        },
    }


@pytest.mark.parametrize("kind", DATABASES)
def test_defaults_partial_indexes_and_checks_are_the_declared_ones(kind: str, request: pytest.FixtureRequest) -> None:
    facts = _sqlite_facts if kind == "sqlite" else _postgres_facts
    migrated = database.open_engines(request.getfixturevalue(f"{kind}_url"))
    declared = database.engines_for(request.getfixturevalue(f"{kind}_empty_url"))
    if declared.path is not None:
        declared.path.parent.mkdir()
    with migrated.writer.connect() as one, declared.writer.connect() as other:
        with other.begin():
            metadata.create_all(other)
        found, wanted = facts(one), facts(other)
        columns = [_columns(connection) for connection in (one, other)]
    migrated.dispose()
    declared.dispose()
    assert columns[0] == columns[1]
    assert found["indexes"] == wanted["indexes"]
    assert found["checks"] == wanted["checks"]
    assert len(wanted["checks"]) > 15
    assert any("where" in sql.lower() for sql in wanted["indexes"].values())


def _filled(url: str) -> None:
    office = open_office(url)
    desk = Desk(office)
    for name in ("Ann", "Bob"):
        conversation = desk.conversation(name)
        desk.hear(conversation, f"hello from {name}")
        desk.answer(conversation)
    office.close()


def _counts(url: str) -> dict[str, int]:
    engines = database.engines_for(url)
    with engines.reader.connect() as connection, connection.begin():
        counts = {
            name: connection.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar_one()
            for name in ("contacts", "conversations", "messages", "contact_addresses", "change_log")
        }
    engines.dispose()
    return counts


def _version(url: str) -> tuple[str | None, bool]:
    """The version, and whether the column of the later steps is there."""
    engines = database.engines_for(url)
    with engines.reader.connect() as connection, connection.begin():
        columns = [column["name"] for column in sa.inspect(connection).get_columns("conversations")]
    version = database.schema_version(engines.reader)
    engines.dispose()
    return version, "colour" in columns


@pytest.mark.row("P18", "UX-S14")
def test_an_upgrade_keeps_every_row_and_makes_a_whole_copy_before(database_url: str, tmp_path: Path) -> None:
    _filled(database_url)
    before = _counts(database_url)
    assert before["messages"] == 4
    bring_up(database_url, tmp_path / "backups", clock=HeldClock())
    assert _counts(database_url) == before
    assert _version(database_url) == ("9002", True)
    if database_url.startswith("sqlite"):
        (copy,) = (tmp_path / "backups").iterdir()
        assert copy.name == "inbox-before-upgrade-20260302T120000.db"
        assert copies.check(copy).messages == 4
        with sqlite3.connect(copy) as connection:
            assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == (HEAD,)
        connection.close()
    with pytest.raises(StoreError) as refused:  # what is the newer program's now
        Store.open(database_url)
    assert refused.value.code == "store_newer"
    assert _version(database_url) == ("9002", True)


@pytest.mark.row("P18")
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
@pytest.mark.parametrize("point", POINTS)
def test_a_killed_upgrade_leaves_the_old_database(database_url: str, tmp_path: Path, point: str) -> None:
    _filled(database_url)
    before = _counts(database_url)
    command = [sys.executable, "-m", "tests.migrations.upgrading", database_url, str(tmp_path / "backups")]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | {KILL_AT: point}, check=False, capture_output=True)
    assert done.returncode == -9, done.stderr.decode()
    assert _version(database_url) == (HEAD, False)
    store = Store.open(database_url)  # the old program goes on
    store.close()
    assert _counts(database_url) == before
    bring_up(database_url, tmp_path / "backups")
    assert _version(database_url) == ("9002", True)
    assert _counts(database_url) == before


@pytest.mark.row("P18")
def test_two_desktops_that_start_at_once_upgrade_once(empty_url: str) -> None:
    command = [sys.executable, "-c", f"from desktop_inbox.models.store import Store; Store.open({empty_url!r}).close()"]
    both = [subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE) for _ in range(2)]
    errors = [process.communicate()[1].decode() for process in both]
    assert [process.returncode for process in both] == [0, 0], errors
    assert _counts(empty_url)["contacts"] == 0


def test_steps_never_import_the_tables_of_today() -> None:
    versions = Path(upgrade.__file__).parent / "versions"
    for step in versions.glob("v*.py"):
        assert "models.schema" not in step.read_text(encoding="utf-8")
    assert later_steps().get_main_option("version_locations")
