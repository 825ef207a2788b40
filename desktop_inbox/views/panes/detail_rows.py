"""Rows of the details pane: a label and a value."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QPushButton, QSizePolicy, QWidget

from desktop_inbox.views.plain import PlainLabel, menu_text, set_tip
from desktop_inbox.views.theme import theme

LABEL_WIDTH = 76


def section_title(text: str) -> PlainLabel:
    """Return the title of a section, in small capitals."""
    label = PlainLabel(text.upper(), kind="section")
    label.setAccessibleName(text)
    return label


class ElidedButton(QPushButton):
    """A quiet button whose text is shortened to the room it gets; the whole text is its accessible name."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._whole = text
        self.setProperty("kind", "value")
        self.setAccessibleName(text)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def set_text(self, text: str) -> None:
        """Show another text; the accessible name stays the caller's."""
        self._whole = text
        self._shorten()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Shorten the text anew."""
        super().resizeEvent(event)
        self._shorten()

    def _shorten(self) -> None:
        room = self.width() - theme().px(10)
        shown = self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideRight, room)
        self.setText(menu_text(shown))
        set_tip(self, self._whole if shown != self._whole else "")


class DetailRow(QWidget):
    """One fact: a label, and a value that wraps or, where one is given, a widget."""

    def __init__(
        self, label: str, value: str = "", *, widget: QWidget | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.label = PlainLabel(label, kind="secondary")
        self.value = PlainLabel(value, wrap=True)
        self.value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.note = PlainLabel(kind="error", wrap=True)
        self.note.hide()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 2, 0, 2)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(0)
        grid.setColumnStretch(1, 1)
        middle = Qt.AlignmentFlag.AlignTop if widget is None else Qt.AlignmentFlag.AlignVCenter
        grid.addWidget(self.label, 0, 0, middle)
        grid.addWidget(self.value if widget is None else widget, 0, 1)
        grid.addWidget(self.note, 1, 1)
        theme().changed.connect(self._scale)
        self._scale()

    def set_value(self, text: str) -> None:
        """Show another value."""
        self.value.setText(text)

    def set_note(self, text: str) -> None:
        """Show something to know below the value."""
        self.note.setText(text)
        self.note.setVisible(bool(text))

    def _scale(self) -> None:
        self.label.setMinimumWidth(theme().px(LABEL_WIDTH))
        inset = theme().px(4) + 1  # as much as a quiet button keeps, so that all values start at one line
        self.value.setContentsMargins(inset, 0, inset, 0)
