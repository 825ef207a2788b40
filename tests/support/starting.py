"""The program, started as a click starts it, that says at each milestone what there is; ends when it is told to.

Prints a JSON object a line. ``click`` clicks the second row as soon as rows are painted, ``leave`` closes the
window then; without either the process ends by itself once messages are carried.
"""

import json
import linecache
import os
import sys
import threading

from desktop_inbox.app import milestones
from desktop_inbox.app.milestones import Milestone

_HEAVY = ("sqlalchemy", "alembic", "requests", "urllib3", "keyring", "phonenumbers", "psycopg", "cryptography",
          "asyncio", "qasync", "desktop_inbox.services", "desktop_inbox.models.store", "desktop_inbox.views.shell",
          "PySide6.QtPrintSupport")  # fmt: skip
_seen: list[str] = []


def _audit(event: str, _arguments: tuple[object, ...]) -> None:
    if event == "sqlite3.connect" and threading.current_thread() is threading.main_thread():
        _seen.append("database on the GUI thread")
    if event in ("socket.connect", "socket.getaddrinfo"):
        _seen.append("network")


def _lists() -> list[dict[str, object]]:
    from desktop_inbox.views.panes.list_view import InboxListView

    return [
        {"name": view.accessibleName(), "rows": view.model().rowCount()}
        for window in _windows()
        for view in window.findChildren(InboxListView)
        if view.isVisible() and view.model() is not None
    ]


def _windows() -> list[object]:
    from PySide6.QtWidgets import QApplication

    from desktop_inbox.views.frame import Frame

    return [window for window in QApplication.topLevelWidgets() if isinstance(window, Frame)]


def _tell(milestone: Milestone) -> None:
    (window,) = _windows()
    facts = {
        "at": milestone.value,
        "imported": [name for name in _HEAVY if name in sys.modules],
        "seen": list(_seen),
        "visible": window.isVisible(),
        "lists": _lists() if milestone in (Milestone.ROWS, Milestone.LOADED) else [],
        "sources": [name for name in linecache.cache if "desktop_inbox" in name and "starting" not in name],
    }
    if milestone is Milestone.CARRYING:
        current = window.controller.current
        facts["open"] = None if current is None else current.id
    print(json.dumps(facts), flush=True)
    if milestone is Milestone.ROWS and "click" in sys.argv:
        rows = window.first_sight.findChild(_list_view())
        rows.clicked.emit(rows.model().index(1))
    if milestone is Milestone.ROWS and "leave" in sys.argv:
        window.close()
    if milestone is Milestone.CARRYING and "leave" not in sys.argv:
        os._exit(0)


def _list_view() -> type:
    from desktop_inbox.views.panes.list_view import InboxListView

    return InboxListView


if __name__ == "__main__":
    from desktop_inbox.cli import run

    sys.addaudithook(_audit)
    milestones.listeners.append(_tell)
    sys.exit(run([]))
