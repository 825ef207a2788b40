"""The first steps of a start, before Qt is imported: reading the first rows overlaps with that."""

from desktop_inbox.config import Config
from desktop_inbox.errors import InboxError

from .first_rows import FirstRows
from .plain_imports import import_qt


def begin(profile: str | None, *, demo: bool, hidden: bool) -> int:
    """Read the configuration, open the window, and return the exit code once it is closed."""
    try:
        config = Config.load(profile, demo=demo)
        config.prepare()
    except InboxError as error:
        from .program import refuse_to_start

        return refuse_to_start(error)
    rows = None if hidden else FirstRows(config.database_url)
    import_qt()
    from .window import run

    return run(config, rows)
