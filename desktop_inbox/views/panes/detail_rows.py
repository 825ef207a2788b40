"""Rows of the details pane: a label and a value."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from desktop_inbox.views.plain import ElidedLabel, PlainLabel
from desktop_inbox.views.theme import theme

LABEL_WIDTH = 72


def section_title(text: str) -> PlainLabel:
    """Return the title of a section, in small capitals."""
    label = PlainLabel(text.upper(), kind="section")
    label.setAccessibleName(text)
    return label


class DetailRow(QWidget):
    """One fact. A value wraps, or with ``elided`` is shortened, as addresses have no place to break."""

    def __init__(self, label: str, value: str = "", *, elided: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.label = PlainLabel(label, kind="secondary")
        self.value: PlainLabel = ElidedLabel(value) if elided else PlainLabel(value, wrap=True)
        if not elided:
            self.value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.note = PlainLabel(kind="error", wrap=True)
        self.note.hide()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 2, 0, 2)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(0)
        self._grid.setColumnStretch(1, 1)
        middle = Qt.AlignmentFlag.AlignVCenter if elided else Qt.AlignmentFlag.AlignTop
        self._grid.addWidget(self.label, 0, 0, middle)
        self._grid.addWidget(self.value, 0, 1)
        self._grid.addWidget(self.note, 1, 1)
        theme().changed.connect(self._scale)
        self._scale()

    def set_value(self, text: str) -> None:
        """Show another value."""
        self.value.setText(text)

    def set_note(self, text: str) -> None:
        """Show something to know below the value."""
        self.note.setText(text)
        self.note.setVisible(bool(text))

    def add(self, widget: QWidget) -> None:
        """Put something behind the value."""
        self._grid.addWidget(widget, 0, 2)

    def _scale(self) -> None:
        self.label.setMinimumWidth(theme().px(LABEL_WIDTH))
