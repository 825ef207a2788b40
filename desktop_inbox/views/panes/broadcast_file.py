"""FileBox: a CSV file as an audience: what each column is, and the rows that cannot be used."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QHBoxLayout, QListWidget, QVBoxLayout, QWidget

from desktop_inbox.errors import InboxError
from desktop_inbox.models.entities.batch import FileAudience
from desktop_inbox.models.entities.ids import ChannelId
from desktop_inbox.services.broadcasts import FileColumns
from desktop_inbox.services.import_reading import Sheet
from desktop_inbox.views.dialogs.files import CSV, choose_to_open
from desktop_inbox.views.panes.contact_table import page_button
from desktop_inbox.views.plain import PlainLabel, one_line, plain_name
from desktop_inbox.views.services import Services
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.theme import theme

_USES = ("address", "name", "variable", "")
_SHOWN = 500  # bad rows


class FileBox(QWidget):
    """``audience`` is None until a file was read."""

    changed = Signal()

    def __init__(
        self, services: Services, tasks: Tasks, channel: Callable[[], ChannelId | None], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._services, self._tasks, self._channel = services, tasks, channel
        self._sheet: Sheet | None = None
        self._slugs: tuple[str, ...] = ()
        self._generation = 0
        self.audience: FileAudience | None = None
        self.path: Path | None = None
        self.uses: list[QComboBox] = []
        self.button = page_button(self.tr("Choose a CSV file…"), "upload", self._choose, "")
        self.told = PlainLabel(kind="secondary", wrap=True)
        self.newcomers = QCheckBox(self.tr("Make contacts of numbers that nobody has yet"))
        self.newcomers.setChecked(True)
        self.newcomers.toggled.connect(lambda _on: self._map())
        self.columns = QFormLayout()
        self.bad = QListWidget()
        self.bad.setAccessibleName(self.tr("Rows that cannot be used"))
        self.bad.setMaximumHeight(theme().px(110))
        head = QHBoxLayout()
        head.addWidget(self.button)
        head.addWidget(self.told, 1)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(8)
        box.addLayout(head)
        box.addLayout(self.columns)
        box.addWidget(self.newcomers)
        box.addWidget(self.bad)
        box.addStretch()
        self.newcomers.hide()
        self.bad.hide()

    def read(self, path: Path, *, uses: Sequence[str] = (), create: bool = True) -> None:
        """Take a file; ``uses`` is what its columns were before, where it still has as many."""
        self.newcomers.blockSignals(True)
        self.newcomers.setChecked(create)
        self.newcomers.blockSignals(False)
        self._tasks.start(self._read(path, tuple(uses)), on_error=self._failed, name="read a file")

    def remap(self) -> None:
        """The channel is another one, and what an address is too: nobody is meant until the rows were read again."""
        if self._sheet is not None:
            self.audience = None
            self._map()
            self.changed.emit()

    def slugs(self) -> tuple[str, ...]:
        """Return the names of columns that the text can speak of."""
        return tuple(
            f"row.{slug}" for slug, use in zip(self._slugs, self.uses, strict=False) if use.currentData() == "variable"
        )

    def _choose(self) -> None:
        choose_to_open(self, self.tr("Choose a file"), CSV, self.read)

    def clear(self) -> None:
        """Take no file."""
        self._generation += 1
        self.audience, self.path, self._sheet = None, None, None
        self._forget_columns()
        self.told.clear()
        for widget in (self.newcomers, self.bad):
            widget.hide()

    async def _read(self, path: Path, uses: tuple[str, ...]) -> None:
        service = self._services.broadcasts
        assert service is not None  # noqa: S101 - the page is there only with it
        sheet = await service.read_file(path)
        guessed = service.guess_columns(sheet)
        if len(uses) == len(guessed.uses) and set(uses) <= set(_USES):
            guessed = FileColumns(uses=uses, slugs=guessed.slugs)
        self._sheet, self._slugs, self.path = sheet, guessed.slugs, path
        self._show_columns(sheet, guessed)
        self._map()

    def _show_columns(self, sheet: Sheet, guessed: FileColumns) -> None:
        self._forget_columns()
        for name, use, slug in zip(sheet.columns, guessed.uses, guessed.slugs, strict=True):
            combo = QComboBox()
            words = (self.tr("Address"), self.tr("Name"), self.tr("In the text: {v}").format(v=f"$row.{slug}"),
                     self.tr("Not used"))  # fmt: skip
            for value, text in zip(_USES, words, strict=True):
                combo.addItem(text, value)
            combo.setCurrentIndex(_USES.index(use))
            shown = one_line(plain_name(name))
            combo.setAccessibleName(self.tr("Column {name}").format(name=shown))
            combo.currentIndexChanged.connect(lambda _place: self._map())
            self.uses.append(combo)
            self.columns.addRow(PlainLabel(shown), combo)
        self.newcomers.show()

    def _forget_columns(self) -> None:
        while self.columns.rowCount():
            self.columns.removeRow(0)
        self.uses = []

    def _map(self) -> None:
        self._generation += 1
        channel_id = self._channel()
        if self._sheet is not None and channel_id is not None:
            work = self._read_rows(self._generation, self._sheet, channel_id)
            self._tasks.start(work, on_error=self._failed, name="map columns")

    async def _read_rows(self, generation: int, sheet: Sheet, channel_id: ChannelId) -> None:
        assert self._services.broadcasts is not None  # noqa: S101 - see above
        columns = FileColumns(uses=tuple(str(one.currentData()) for one in self.uses), slugs=self._slugs)
        found = await self._services.broadcasts.map_columns(
            sheet, columns, channel_id=channel_id, create=self.newcomers.isChecked()
        )
        if generation == self._generation:
            self._take(found)

    def _take(self, found: FileAudience) -> None:
        self.audience = found
        good, bad = len(found.rows), len(found.bad)
        words = self.tr("{file}: {good} rows can be used, {bad} cannot.")
        self.told.setText(words.format(file=plain_name(found.file_name), good=f"{good:,}", bad=f"{bad:,}"))
        self.bad.clear()
        for row in found.bad[:_SHOWN]:
            shown = f" ({one_line(row.shown)[:40]})" if row.shown else ""
            self.bad.addItem(self.tr("Line {n}: {reason}").format(n=row.line, reason=row.reason) + shown)
        self.bad.setVisible(bool(bad))
        self.updateGeometry()
        self.changed.emit()

    def _failed(self, error: InboxError) -> None:
        self.audience = None
        self.told.setText(f"{error.message} {error.hint}".strip())
        self.changed.emit()
