"""What stands over the table of a folder: the filter, and what can be done with what is chosen."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QWidget

from desktop_inbox.models.entities.channel import Channel
from desktop_inbox.models.entities.folder import EVERYTHING, INCOMING, Folder, FolderFilter, Label, Place
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.panes.contact_table import page_button
from desktop_inbox.views.plain import PlainLabel, menu_text, plain_name

#: Text, icon, what to do with what is chosen.
Command = tuple[str, str, Callable[[], object]]

_TODAY, _YEAR = 1, 365
_DAYS: Final = (_TODAY, 7, 30, _YEAR)


class FolderFilterButtons(QWidget):
    """A button with a menu of what to narrow a list to, and one that shows everything again."""

    narrowed = Signal(object)  # FolderFilter
    cleared = Signal()

    def __init__(self, formats: Formats, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._formats = formats
        self._place: Place = Folder.INBOX
        self._wanted = EVERYTHING
        self._channels: Sequence[Channel] = ()
        self._labels: Sequence[Label] = ()
        self.button = page_button(self.tr("Filter"), "list-filter", self._open, "")
        self.button.setAccessibleName("Filter messages")
        self.clear = page_button(self.tr("Clear"), "", self.cleared.emit, "link")
        self.clear.hide()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.button)
        row.addWidget(self.clear)

    def take_channels(self, channels: Sequence[Channel]) -> None:
        """These channels can be chosen."""
        self._channels = channels
        self.show_filter(self._place, self._wanted)

    def take_labels(self, labels: Sequence[Label]) -> None:
        """These labels can be chosen."""
        self._labels = labels

    def show_filter(self, place: Place, wanted: FolderFilter) -> None:
        """Show what a list is narrowed to."""
        self._place, self._wanted = place, wanted
        names = [plain_name(one.name) for one in self._channels if one.id == wanted.channel_id]
        names += [self._days(days) for days in _DAYS if wanted.since == self._since(days)]
        names += [plain_name(one.name) for one in self._labels if one.id == wanted.label_id]
        names += [self.tr("With files")] if wanted.with_files else []
        names += [self.tr("Missed")] if wanted.missed else []
        self.button.setText(" " + menu_text(", ".join(names) if names else self.tr("Filter")))
        self.button.setAccessibleDescription(", ".join(names))
        self.clear.setVisible(wanted.narrows)

    def fill(self, menu: QMenu) -> None:
        """Put every choice into a menu."""
        wanted = self._wanted
        self._choices(
            menu.addMenu(self.tr("Channel")),
            [(self.tr("Any channel"), replace(wanted, channel_id=None))]
            + [(plain_name(one.name), replace(wanted, channel_id=one.id)) for one in self._channels],
        )
        self._choices(
            menu.addMenu(self.tr("Date")),
            [(self.tr("Any time"), replace(wanted, since=None))]
            + [(self._days(days), replace(wanted, since=self._since(days))) for days in _DAYS],
        )
        if self._place in INCOMING and self._labels:
            self._choices(
                menu.addMenu(self.tr("Label")),
                [(self.tr("Any label"), replace(wanted, label_id=None))]
                + [(plain_name(one.name), replace(wanted, label_id=one.id)) for one in self._labels],
            )
        if self._place is Folder.CALLS:
            other = replace(wanted, missed=not wanted.missed)
            self._toggle(menu, self.tr("Missed calls only"), other, on=wanted.missed)
        else:
            other = replace(wanted, with_files=not wanted.with_files)
            self._toggle(menu, self.tr("With files only"), other, on=wanted.with_files)

    def _open(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.fill(menu)
        menu.popup(self.button.mapToGlobal(QPoint(0, self.button.height())))

    def _choices(self, menu: QMenu, choices: list[tuple[str, FolderFilter]]) -> None:
        for text, wanted in choices:
            self._toggle(menu, text, wanted, on=wanted == self._wanted)

    def _toggle(self, menu: QMenu, text: str, wanted: FolderFilter, *, on: bool) -> None:
        entry = menu.addAction(menu_text(text))
        entry.setCheckable(True)
        entry.setChecked(on)
        entry.triggered.connect(lambda _checked=False: self.narrowed.emit(wanted))

    def _days(self, days: int) -> str:
        if days == _TODAY:
            return self.tr("Today")
        return self.tr("Last year") if days == _YEAR else self.tr("Last {n} days").format(n=days)

    def _since(self, days: int) -> datetime:
        """The beginning of the first of so many days, today being the last."""
        now = self._formats.local(self._formats.clock())
        return now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=days - 1)


class ChosenBar(QWidget):
    """How many are chosen, what can be done with them, and a way to choose everything."""

    def __init__(self, choose_all: Callable[[], object], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._texts: tuple[str, ...] = ()
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(6)
        self.count = PlainLabel(kind="strong")
        self.all = page_button(self.tr("Select all"), "", choose_all, "link")
        for widget in (self.count, self.all):  # shown without a parent they would be windows of their own
            self._row.addWidget(widget)

    def show_count(self, count: str, more: str) -> None:
        """Show how many are chosen, and how many there are where that is more."""
        self.count.setText(self.tr("{n} selected").format(n=count))
        self.all.setText(self.tr("Select all {n} that match").format(n=more))
        self.all.setVisible(bool(more))

    def show_commands(self, commands: tuple[Command, ...]) -> None:
        """Show a button for each; nothing where nothing can be done."""
        self.setVisible(bool(commands))
        texts = tuple(text for text, _icon, _act in commands)
        if texts == self._texts:
            return
        self._texts = texts
        while (item := self._row.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None and widget not in (self.count, self.all):
                widget.hide()
                widget.deleteLater()
        self._row.addWidget(self.count)
        self._row.addSpacing(6)
        for text, icon, act in commands:
            self._row.addWidget(page_button(text, icon, act, "danger" if icon == "trash-2" else ""))
        self._row.addWidget(self.all)
        self._row.addStretch()
