"""Brings a database to the steps of the tests: ``python -m tests.migrations.upgrading URL BACKUPS``."""

import sys
from pathlib import Path

from alembic.config import Config

from desktop_inbox.clock import Clock, now
from desktop_inbox.models import database
from desktop_inbox.models.migrations import upgrade

HERE = Path(__file__).parent


def later_steps() -> Config:
    """Return the configuration with the steps of the tests behind ours."""
    config = upgrade.configuration()
    ours = Path(upgrade.__file__).parent / "versions"
    config.set_main_option("version_path_separator", "newline")
    config.set_main_option("version_locations", f"{ours}\n{HERE / 'later'}")
    config.set_main_option("path_separator", "newline")
    return config


def bring_up(url: str, backups: Path, *, clock: Clock = now) -> None:
    """Apply every step."""
    engines = database.open_engines(url)
    try:
        current = database.schema_version(engines.writer)
        upgrade.run(
            engines.writer, current=current, path=engines.path, backups_dir=backups, clock=clock, config=later_steps()
        )
    finally:
        engines.dispose()


if __name__ == "__main__":
    bring_up(sys.argv[1], Path(sys.argv[2]))
