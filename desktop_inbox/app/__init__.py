"""The composition root: builds the store, the services and the window, starts and stops them.

Importing this package costs nothing: the window's first picture must not wait for the services of commands.
"""


def run_window(profile: str | None, *, demo: bool, hidden: bool) -> int:
    """Open the window and return the exit code once it is closed. Imports Qt, which commands do without."""
    import gc

    gc.disable()  # nothing of a start is garbage; the window collects on a thread of its own choice later
    from .start import begin

    return begin(profile, demo=demo, hidden=hidden)
