"""Brings a database to the present schema, or refuses it."""

import os
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from desktop_inbox.clock import Clock
from desktop_inbox.errors import StoreError
from desktop_inbox.models import copies

_HERE = Path(__file__).parent


def run(
    engine: Engine,
    *,
    current: str | None,
    path: Path | None,
    backups_dir: Path | None,
    clock: Clock,
    config: Config | None = None,
) -> None:
    """Apply the missing steps in one transaction; a SQLite file with content is copied first.

    ``config`` names other steps than ours, for tests. Raises StoreError for a database that a newer program wrote.
    """
    config = config or configuration()
    if current is not None:
        known = {step.revision for step in ScriptDirectory.from_config(config).walk_revisions()}
        if current not in known:
            raise StoreError(
                "store_newer",
                "The database was written by a newer version of this program.",
                hint="Install the newest version; nothing was changed.",
            )
        if path is not None:
            _copy(engine, path, backups_dir or path.parent / "backups", clock)
    with engine.connect() as connection:
        sqlite = engine.dialect.name == "sqlite"
        if sqlite:
            # A step may make a table anew; dropping the old one would remove what refers to it.
            _on_driver(connection, "PRAGMA foreign_keys=OFF")
        with connection.begin():
            if not sqlite:
                # Two desktops may start at once: the second one waits and finds the work done.
                connection.execute(text("SELECT pg_advisory_xact_lock(4921001)"))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            if sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
                raise StoreError(
                    "store_upgrade",
                    "The database could not be brought to this version.",
                    hint="Nothing was changed; use the former version and report this.",
                )


def _on_driver(connection: Connection, statement: str) -> None:
    driver = connection.connection.driver_connection
    assert driver is not None  # noqa: S101
    driver.execute(statement)


def configuration() -> Config:
    """Return the Alembic configuration for the steps beside this module."""
    config = Config()
    config.set_main_option("script_location", str(_HERE))
    config.set_main_option("path_separator", "os")
    return config


def _copy(engine: Engine, path: Path, folder: Path, clock: Clock) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    target = folder / f"{path.stem}-before-upgrade-{clock():%Y%m%dT%H%M%S}.db"
    target.unlink(missing_ok=True)  # of a start in the same second that did not end well
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        driver = connection.connection.driver_connection
        assert driver is not None  # noqa: S101
        driver.execute("VACUUM INTO ?", (str(target),))
    copies.check(target)
