"""ColumnMapping: what each column of a file becomes."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFormLayout, QFrame, QScrollArea, QWidget

from desktop_inbox.models.entities.custom_field import CustomField
from desktop_inbox.services.import_columns import FIELD_PREFIX
from desktop_inbox.services.import_reading import Sheet
from desktop_inbox.views.item_models.import_rows import column_choices
from desktop_inbox.views.plain import PlainLabel, one_line, plain_name, set_tip

_LOOKED_AT = 50  # rows in which an example is sought


class ColumnMapping(QScrollArea):
    """One line for each column, with an example as its tip."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Columns"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.targets: list[QComboBox] = []
        holder = QWidget()
        self._form = QFormLayout(holder)
        self._form.setContentsMargins(0, 0, 8, 0)
        self.setWidget(holder)

    def show_sheet(self, sheet: Sheet, guessed: Sequence[str], fields: Sequence[CustomField]) -> None:
        """Show the columns of a file and what they most likely are."""
        while self._form.rowCount():
            self._form.removeRow(0)
        choices = [*column_choices(), *((field.name, FIELD_PREFIX + field.slug) for field in fields)]
        self.targets = [self._target(sheet, place, guessed[place], choices) for place in range(len(sheet.columns))]

    def mapping(self) -> tuple[str, ...]:
        """Return what each column becomes."""
        return tuple(str(box.currentData() or "") for box in self.targets)

    def _target(self, sheet: Sheet, place: int, guessed: str, choices: Sequence[tuple[str, str]]) -> QComboBox:
        box = QComboBox()
        name = one_line(plain_name(sheet.columns[place]))
        box.setAccessibleName(name)
        for text, key in choices:
            box.addItem(text, key)
        box.setCurrentIndex(max(0, box.findData(guessed)))
        example = next((cells[place] for _, cells in sheet.rows[:_LOOKED_AT] if cells[place].strip()), "")
        label = PlainLabel(name)
        set_tip(label, one_line(example)[:200])
        box.currentIndexChanged.connect(lambda _index: self.changed.emit())
        self._form.addRow(label, box)
        return box
