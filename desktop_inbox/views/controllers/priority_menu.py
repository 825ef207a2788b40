"""The menu of priorities, of the open conversation or of a row."""

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QMenu

from desktop_inbox.models.entities.conversation import Priority


def _tr(text: str) -> str:
    return QCoreApplication.translate("StateController", text)


def fill_priorities(menu: QMenu, current: Priority, choose: Callable[[Priority], object]) -> None:
    """Put every priority into a menu, the most urgent first; the ``current`` one has a tick."""
    names = {
        Priority.URGENT: _tr("Urgent"),
        Priority.HIGH: _tr("High"),
        Priority.MEDIUM: _tr("Medium"),
        Priority.LOW: _tr("Low"),
        Priority.NONE: _tr("None"),
    }
    for priority, name in names.items():
        entry = menu.addAction(name)
        entry.setCheckable(True)
        entry.setChecked(priority is current)
        entry.triggered.connect(lambda _on=False, priority=priority: choose(priority))
