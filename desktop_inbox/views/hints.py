"""Hints: three things worth knowing, each told once, at the moment when it helps (F06)."""

from enum import StrEnum

from PySide6.QtCore import QObject
from PySide6.QtGui import QKeySequence

from desktop_inbox.views.preferences import NOTICES_SHOWN, UNDO_SECONDS, Preferences
from desktop_inbox.views.toasts import Toasts

_UNTIL_SEEN = 86_400.0
SECONDS = 30.0  # long enough to be read after what one was doing


class Hint(StrEnum):
    """The hints; there are no others."""

    SWITCHER = "hint_switcher"
    UNDO_SEND = "hint_undo_send"
    TRAY = "hint_tray"


class Hints(QObject):
    """Tells a hint as a note that takes no focus; the store remembers, for this user, which ones were told."""

    def __init__(self, preferences: Preferences, toasts: Toasts, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._preferences, self._toasts = preferences, toasts
        self._told: set[str] = set()  # the store learns of it a moment later

    def conversation_opened(self) -> None:
        """A conversation was opened: the next one is a few letters away."""
        text = self.tr("{keys} goes to any person or command: type a few letters of the name.")
        self._tell(Hint.SWITCHER, text.format(keys=_keys("Ctrl+K")))

    def message_sent(self) -> None:
        """A message was queued: it can be taken back for a moment."""
        seconds = self._preferences.get(UNDO_SECONDS)
        if seconds > 0:
            text = self.tr("{keys} takes a message back for %n seconds. Settings can change that.", "", seconds)
            self._tell(Hint.UNDO_SEND, text.format(keys=_keys("Ctrl+Z")))

    def window_minimised(self) -> None:
        """The window was closed where there is no tray: it waits until it is seen again."""
        text = self.tr("Closing only minimises the window, so that messages arrive. Settings can change that.")
        self._tell(Hint.TRAY, text, seconds=_UNTIL_SEEN)

    def is_new(self, hint: Hint) -> bool:
        """Return whether a hint was never told, and note that it is told now."""
        known = set(self._preferences.get(NOTICES_SHOWN).split()) | self._told
        if hint in known:
            return False
        self._told.add(hint)
        self._preferences.set(NOTICES_SHOWN, " ".join(sorted(known | {hint.value})))
        return True

    def _tell(self, hint: Hint, text: str, *, seconds: float = SECONDS) -> None:
        if self.is_new(hint):
            self._toasts.tell(text, dismiss=self.tr("Got it"), seconds=seconds)


def _keys(keys: str) -> str:
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
