"""ValueChip: one of several values, and the button that takes it away."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QWidget

from desktop_inbox.views.icons import bind_icon
from desktop_inbox.views.plain import ElidedLabel, plain_name, set_tip
from desktop_inbox.views.theme import theme

_WIDEST = 200  # pixels of the name at 100 %


class ValueChip(QFrame):
    """Delete and Backspace remove it as well."""

    removed = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "tag")
        shown = plain_name(name)
        label = ElidedLabel(shown, kind="small", parent=self)
        label.ensurePolished()
        label.setFixedWidth(min(label.sizeHint().width() + 2, theme().px(_WIDEST)))
        button = QToolButton()
        button.setProperty("kind", "tag")
        button.setAccessibleName(self.tr("Remove {name}").format(name=shown))
        set_tip(button, self.tr("Remove"))
        bind_icon(button, "x", "muted", size=12)
        button.clicked.connect(self.removed)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme().px(9), 0, 0, 0)
        row.setSpacing(1)
        row.addWidget(label)
        row.addWidget(button)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take it away by key."""
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit()
        else:
            super().keyPressEvent(event)
