"""AudiencePicker: to whom a broadcast goes: a segment, a list, chosen contacts, or the rows of a file."""

from collections.abc import Callable, Mapping
from enum import IntEnum
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QPushButton, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from desktop_inbox.models.entities.batch import (
    Audience,
    ContactsAudience,
    FileAudience,
    ListAudience,
    SegmentAudience,
    audience_from_json,
    audience_to_json,
)
from desktop_inbox.models.entities.ids import ChannelId
from desktop_inbox.models.entities.segment import EVERYBODY, Group, Segment
from desktop_inbox.models.entities.tag import ContactList
from desktop_inbox.services.segments import scope_of
from desktop_inbox.views.answering import ToggleButton
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.item_models.batch_words import counted
from desktop_inbox.views.panes.broadcast_file import FileBox
from desktop_inbox.views.panes.segment_builder import SegmentBuilder
from desktop_inbox.views.plain import PlainLabel, plain_name
from desktop_inbox.views.services import Services
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.theme import theme


class Kind(IntEnum):
    """The pages, in order."""

    SEGMENT = 0
    LIST = 1
    FILE = 2
    CONTACTS = 3


class AudiencePicker(QWidget):
    """``changed`` tells that somebody else is meant."""

    changed = Signal()

    def __init__(
        self,
        services: Services,
        tasks: Tasks,
        formats: Formats,
        channel: Callable[[], ChannelId | None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._services, self._tasks, self._formats = services, tasks, formats
        self._segments: tuple[Segment, ...] = ()
        self._lists: tuple[ContactList, ...] = ()
        self._group: Group | None = None
        self._contacts: ContactsAudience | None = None
        self._loaded = False
        self._awaited: SegmentAudience | ListAudience | None = None  # to be shown once the segments are there
        self.kinds = [
            self._chip(kind, text)
            for kind, text in (
                (Kind.SEGMENT, self.tr("Segment")),
                (Kind.LIST, self.tr("List")),
                (Kind.FILE, self.tr("CSV file")),
                (Kind.CONTACTS, self.tr("Chosen contacts")),
            )
        ]
        self.kinds[Kind.SEGMENT].setChecked(True)
        self.kinds[Kind.CONTACTS].hide()
        self.segment = QComboBox()
        self.segment.setAccessibleName(self.tr("Segment"))
        self.builder = SegmentBuilder(services, formats, tasks)
        self.builder.setMinimumHeight(theme().px(220))
        self.builder.hide()
        self.list = QComboBox()
        self.list.setAccessibleName(self.tr("Contact list"))
        self.file = FileBox(services, tasks, channel)
        self.told = PlainLabel(kind="secondary", wrap=True)
        self._build()
        self.segment.currentIndexChanged.connect(lambda _place: self._segment_chosen())
        self.list.currentIndexChanged.connect(lambda _place: self.changed.emit())
        self.file.changed.connect(self.changed)
        self.builder.tried.connect(self._tried)
        self.builder.closed.connect(lambda: self.segment.setCurrentIndex(0))
        self.builder.saved.connect(lambda _segment: self.refresh())

    def refresh(self) -> None:
        """Read segments and lists."""
        self._tasks.start(self._read(), name="audiences")

    def audience(self) -> Audience | None:
        """Return who is meant; None while nobody is."""
        kind = self._kind()
        if kind is Kind.CONTACTS:
            return self._contacts
        if kind is Kind.FILE:
            return self.file.audience
        if kind is Kind.LIST:
            place = self.list.currentIndex()
            if not 0 <= place < len(self._lists):
                return None
            return ListAudience(list_id=self._lists[place].id, name=self._lists[place].name)
        chosen = self.segment.currentData()
        if isinstance(chosen, Segment):
            return SegmentAudience(filter=scope_of(chosen.id), name=chosen.name)
        if self._own_filter() and self._group is not None:
            return SegmentAudience(filter=self._group)
        return None

    def take(self, audience: Audience) -> None:
        """Show an audience that was chosen elsewhere."""
        match audience:
            case ContactsAudience():
                self._contacts = audience
                number = len(audience.contact_ids)
                words = counted(number, self.tr("1 chosen contact"), self.tr("{n} chosen contacts"), self._formats)
                self.told.setText(words)
                self.kinds[Kind.CONTACTS].show()
                self._show_kind(Kind.CONTACTS)
            case SegmentAudience():
                self._show_kind(Kind.SEGMENT)
                if not self._loaded:
                    self._awaited = audience
                    return
                known = next((one for one in self._segments if one.name == audience.name and audience.name), None)
                if known is not None:
                    self.segment.setCurrentIndex(self._segments.index(known) + 1)
                else:
                    self._group = audience.filter
                    self.segment.setCurrentIndex(self.segment.count() - 1)
                    self.builder.open_with(audience.filter)
            case ListAudience():
                self._show_kind(Kind.LIST)
                if not self._loaded:
                    self._awaited = audience
                    return
                ids = [one.id for one in self._lists]
                if audience.list_id in ids:
                    self.list.setCurrentIndex(ids.index(audience.list_id))
            case FileAudience():
                self._show_kind(Kind.FILE)
        self.changed.emit()

    def kept(self) -> Mapping[str, Any]:
        """Return what is chosen as a draft keeps it: of a file where it lies and what its columns are."""
        if self._kind() is Kind.FILE:
            uses = [str(one.currentData()) for one in self.file.uses]
            create = self.file.newcomers.isChecked()
            return {} if self.file.path is None else {
                "kind": "path", "path": str(self.file.path), "uses": uses, "create": create,
            }  # fmt: skip
        audience = self.audience()
        if audience is None:
            return {}
        return audience_to_json(audience)

    def take_kept(self, kept: Mapping[str, Any]) -> None:
        """Choose what a draft kept; what cannot be read any more chooses nobody."""
        if kept.get("kind") == "path":
            self._show_kind(Kind.FILE)
            self.file.read(Path(str(kept.get("path", ""))), uses=kept.get("uses", ()), create=bool(kept.get("create")))
            return
        try:
            self.take(audience_from_json(kept))
        except (KeyError, TypeError, ValueError):
            self.changed.emit()

    def clear(self) -> None:
        """Choose nobody."""
        self._group = self._contacts = self._awaited = None
        self.builder.hide()
        self.file.clear()
        self.kinds[Kind.CONTACTS].hide()
        self.segment.setCurrentIndex(0)
        self._show_kind(Kind.SEGMENT)
        self.changed.emit()

    async def _read(self) -> None:
        self._segments = await self._services.segments.all()
        self._lists = await self._services.tags.lists()
        before, own = self.segment.currentData(), self._own_filter()
        self.segment.blockSignals(True)
        self.segment.clear()
        self.segment.addItem(self.tr("Choose a segment…"), None)
        for one in self._segments:
            self.segment.addItem(plain_name(one.name), one)
        self.segment.addItem(self.tr("A filter for this broadcast…"), "own")
        if own:
            self.segment.setCurrentIndex(self.segment.count() - 1)
        elif isinstance(before, Segment):
            place = next((at for at, one in enumerate(self._segments, 1) if one.id == before.id), 0)
            self.segment.setCurrentIndex(place)
        self.segment.blockSignals(False)
        place = self.list.currentIndex()
        self.list.blockSignals(True)
        self.list.clear()
        self.list.addItems([plain_name(one.name) for one in self._lists])
        self.list.setCurrentIndex(max(0, place) if self._lists else -1)
        self.list.blockSignals(False)
        self.kinds[Kind.LIST].setVisible(bool(self._lists))
        self._loaded = True
        awaited, self._awaited = self._awaited, None
        if awaited is not None:
            self.take(awaited)
        self.changed.emit()

    def _build(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        for chip in self.kinds:
            row.addWidget(chip)
        row.addStretch()
        self.pages = QStackedWidget()
        first = QWidget()
        column = QVBoxLayout(first)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.segment)
        column.addWidget(self.builder)
        column.addStretch()
        for page in (first, self._page(self.list), self.file, self._page(self.told)):
            self.pages.addWidget(page)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(8)
        box.addLayout(row)
        box.addWidget(self.pages)
        self._fit()

    @staticmethod
    def _page(inside: QWidget) -> QWidget:
        page = QWidget()
        box = QVBoxLayout(page)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(inside)
        box.addStretch()
        return page

    def _chip(self, kind: Kind, text: str) -> QPushButton:
        chip = ToggleButton(text)
        chip.setProperty("kind", "chip")
        chip.setAutoExclusive(True)
        chip.setAccessibleName(text)
        chip.clicked.connect(lambda _checked=False: self._turn(kind))
        return chip

    def _kind(self) -> Kind:
        return Kind(self.pages.currentIndex())

    def _turn(self, kind: Kind) -> None:
        self._show_kind(kind)
        self.changed.emit()

    def _show_kind(self, kind: Kind) -> None:
        self.kinds[kind].setChecked(True)
        self.pages.setCurrentIndex(kind)
        self._fit()

    def _fit(self) -> None:
        """The stack is as high as the page that shows, not as the highest."""
        page = self.pages.currentWidget()
        if page is not None:
            self.pages.setMaximumHeight(max(page.sizeHint().height(), theme().px(40)))

    def _own_filter(self) -> bool:
        return bool(self.segment.currentData() == "own")

    def _segment_chosen(self) -> None:
        own = self._own_filter()
        if own and self.builder.isHidden():
            self.builder.open_with(self._group or EVERYBODY)
        self.builder.setVisible(own)
        self._fit()
        self.changed.emit()

    def _tried(self, group: Group, _rows: object) -> None:
        self._group = group
        self._fit()
        self.changed.emit()
