"""Brings a database to the present schema, or refuses it."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

from desktop_inbox.clock import Clock
from desktop_inbox.errors import StoreError

_HERE = Path(__file__).parent


def run(engine: Engine, *, current: str | None, path: Path | None, backups_dir: Path | None, clock: Clock) -> None:
    """Apply the missing steps in one transaction; a SQLite file with content is copied first."""
    config = configuration()
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
    with engine.connect() as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            # Two desktops may start at once: the second one waits and finds the work done.
            connection.execute(text("SELECT pg_advisory_xact_lock(4921001)"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def configuration() -> Config:
    """Return the Alembic configuration for the steps beside this module."""
    config = Config()
    config.set_main_option("script_location", str(_HERE))
    config.set_main_option("path_separator", "os")
    return config


def _copy(engine: Engine, path: Path, folder: Path, clock: Clock) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    target = folder / f"{path.stem}-before-upgrade-{clock():%Y%m%dT%H%M%S}.db"
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        driver = connection.connection.driver_connection
        assert driver is not None  # noqa: S101
        driver.execute("VACUUM INTO ?", (str(target),))
    target.chmod(0o600)
