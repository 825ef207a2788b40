"""The composition root: builds the store, the services and the window, starts and stops them."""

from .office import Office, open_office

__all__ = ["Office", "open_office", "run_window"]


def run_window(profile: str | None, *, demo: bool, hidden: bool) -> int:
    """Open the window and return the exit code once it is closed. Imports Qt, which commands do without."""
    from .window import run

    return run(profile, demo=demo, hidden=hidden)
