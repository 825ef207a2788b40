"""Buttons that only some may press: they say why, to those who see and to those who listen."""

from collections.abc import Iterable

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractButton

from desktop_inbox.views.plain import set_tip


def permit(controls: Iterable[QAbstractButton | QAction], *, allowed: bool, reason: str) -> None:
    """Enable controls, or disable them with the reason as tip and, of buttons, as accessible description."""
    for one in controls:
        one.setEnabled(allowed)
        set_tip(one, "" if allowed else reason)
        if isinstance(one, QAbstractButton):
            one.setAccessibleDescription("" if allowed else reason)
