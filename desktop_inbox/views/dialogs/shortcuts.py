"""ShortcutSheet: every key of the program, made from the registry of actions (K22)."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QDialog, QGridLayout, QScrollArea, QVBoxLayout, QWidget

from desktop_inbox.views.actions import Actions, ActionSpec, Menu, translated
from desktop_inbox.views.fuzzy import folded
from desktop_inbox.views.plain import PlainLabel
from desktop_inbox.views.search_field import SearchField
from desktop_inbox.views.theme import theme


class ShortcutSheet(QDialog):
    """Searchable; rows that do not fit disappear."""

    def __init__(self, actions: Actions, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Keyboard shortcuts"))
        self._actions, self._window = actions, parent
        self._rows: list[tuple[str, tuple[QWidget, ...]]] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        self.box = SearchField("Search shortcuts", self.tr("Search"))
        self.box.textChanged.connect(self._filter)
        column.addWidget(self.box)
        self._area = QScrollArea()
        self._area.setAccessibleName("Shortcuts")
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column.addWidget(self._area, 1)

    def open(self) -> None:
        """Show the keys that work at present."""
        self._fill()
        self.box.clear()
        room = self._window.size()
        self.resize(min(theme().px(560), room.width()), min(theme().px(620), room.height()))
        super().open()
        self.box.setFocus()

    def visible_rows(self) -> tuple[str, ...]:
        """Return the texts of the rows shown."""
        return tuple(text for text, widgets in self._rows if not widgets[0].isHidden())

    def _fill(self) -> None:
        page = QWidget()
        grid = QGridLayout(page)
        grid.setContentsMargins(0, 0, 8, 0)
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(0, 1)
        self._rows = []
        shown = [(spec, action.text().replace("&", "")) for spec, action in self._actions.shown()]
        for menu in Menu:
            rows = [
                (spec, text) for spec, text in shown if spec.menu is menu and keys_text(spec, self._actions[spec.key])
            ]
            if rows:
                grid.setRowMinimumHeight(grid.rowCount(), theme().px(10))
                heading = PlainLabel(translated(menu.value).replace("&", "").upper(), kind="section")
                grid.addWidget(heading, grid.rowCount(), 0, 1, 2)
            for spec, text in rows:
                name, keys = (
                    PlainLabel(text, wrap=True),
                    PlainLabel(keys_text(spec, self._actions[spec.key]), kind="secondary"),
                )
                row = grid.rowCount()
                grid.addWidget(name, row, 0)
                grid.addWidget(keys, row, 1, Qt.AlignmentFlag.AlignTrailing)
                self._rows.append((text, (name, keys)))
        grid.setRowStretch(grid.rowCount(), 1)
        self._area.setWidget(page)

    def _filter(self, text: str) -> None:
        wanted = folded(text)
        for name, widgets in self._rows:
            for widget in widgets:
                widget.setVisible(wanted in folded(name))


def keys_text(spec: ActionSpec, action: QAction | None = None) -> str:
    """Return the keys of an action as this system writes them: those in force, without ``action`` as shipped."""
    native = QKeySequence.SequenceFormat.NativeText
    sequences = action.shortcuts() if action is not None else [QKeySequence(key) for key in spec.keys]
    keys = [sequence.toString(native) for sequence in sequences]
    return "   ".join([*keys, spec.letter.upper() if spec.letter.isalpha() else spec.letter]).strip()
