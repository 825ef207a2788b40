"""SegmentBuilder: the panel on the right in which a filter is put together, tried out and saved (S3-25 to S3-32)."""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPushButton,
    QStackedWidget,
    QTabBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop_inbox.errors import InboxError
from desktop_inbox.models.entities.conversation import ConversationSummary, ViewCount
from desktop_inbox.models.entities.page import Page
from desktop_inbox.models.entities.segment import EVERYBODY, Condition, Group, GroupOp, Segment
from desktop_inbox.models.entities.segment_fields import Catalogue
from desktop_inbox.services.segment_errors import SegmentError
from desktop_inbox.services.segment_print import print_segment
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.icons import bind_icon
from desktop_inbox.views.item_models.listed import contacts_words
from desktop_inbox.views.item_models.segment_draft import DraftCondition
from desktop_inbox.views.panes.segment_rows import Surroundings
from desktop_inbox.views.panes.segment_save import SegmentSaver
from desktop_inbox.views.panes.segment_text_page import SegmentTextPage
from desktop_inbox.views.panes.segment_tree import SegmentTree
from desktop_inbox.views.plain import ElidedLabel, PlainLabel, set_tip
from desktop_inbox.views.services import Services
from desktop_inbox.views.tasks import Tasks

_PAUSE = 80  # milliseconds without a change until the filter is tried
_ROWS, _TEXT = 0, 1


class SegmentBuilder(QFrame):
    """What is put together is tried out in the list at once; closing keeps it, Clear ends it."""

    tried = Signal(object, object)  # Group, Page of summaries: the list shows it
    counted = Signal(object, object)  # Group, ViewCount
    cleared = Signal()
    closed = Signal()
    saved = Signal(object)  # Segment, new or changed
    deleted = Signal()

    def __init__(self, services: Services, formats: Formats, tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "surface")
        self.setAccessibleName("Segment builder")
        self._segments, self._tasks, self._formats = services.segments, tasks, formats
        self._catalogue = Catalogue()
        self._generation = 0
        self.group: Group = EVERYBODY  # what was tried last
        self.segment: Segment | None = None  # what it began with
        self._start = EVERYBODY
        self.tree = SegmentTree(lambda group: print_segment(group, self._catalogue))
        self.page = SegmentTextPage(services)
        self.saver = SegmentSaver(services, tasks)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.tree)
        self._pages.addWidget(self.page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._build_head())
        column.addWidget(self._build_tabs())
        column.addSpacing(8)
        column.addWidget(self._pages, 1)
        column.addWidget(self._build_foot())
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE)
        self._pause.timeout.connect(self._try)
        self._connect()

    def _connect(self) -> None:
        self.tree.changed.connect(self._changed)
        self.tree.text_wanted.connect(lambda: self.tabs.setCurrentIndex(_TEXT))
        self.page.changed.connect(self._changed)
        self.saver.present = self._present
        self.saver.saved.connect(self._take_saved)
        self.saver.deleted.connect(self._take_deleted)

    # Opening

    def open_with(self, group: Group, segment: Segment | None = None) -> None:
        """Show a filter; ``segment`` is the saved one that it is, or began with."""
        self._start, self.segment, self.group = group, segment, group
        self._generation += 1
        generation = self._generation
        self.saver.close_form()
        self.tabs.blockSignals(True)
        self.tabs.setCurrentIndex(_ROWS)
        self.tabs.blockSignals(False)
        self._pages.setCurrentIndex(_ROWS)
        self._show_name()

        def show(catalogue: Catalogue) -> None:
            if generation == self._generation:
                self._catalogue = self.page.catalogue = catalogue
                self._show_group(group)
                self.tree.focus_first()
                self._try()

        self._tasks.start(self._segments.catalogue(), on_result=show, name="segment fields")

    def refresh_fields(self) -> None:
        """Tags, fields or segments changed: offer what there is now."""

        def take(catalogue: Catalogue) -> None:
            self._catalogue = self.page.catalogue = catalogue

        self._tasks.start(self._segments.catalogue(), on_result=take, name="segment fields")

    @property
    def is_changed(self) -> bool:
        """Whether the filter is another than the one it began with."""
        return self.group != self._start

    @property
    def count(self) -> int:
        """How many conditions the filter has."""
        return _size(self.group)

    def focus(self) -> None:
        """Move the focus to the first condition."""
        self.tree.focus_first() if self.tabs.currentIndex() == _ROWS else self.page.editor.setFocus()

    def clear(self) -> None:
        """Begin again with nothing, and let the list show its view."""
        self.group, self._start, self.segment = EVERYBODY, EVERYBODY, None
        self._generation += 1
        self._pause.stop()
        self.saver.close_form()
        self._show_group(EVERYBODY)
        self._show_name()
        self._count.setText("")
        self.cleared.emit()

    # Trying

    def _changed(self) -> None:
        self._pause.start()
        self.saver.button.setEnabled(True)  # what is typed can be saved before it was tried

    async def _present(self) -> Group:
        """The filter as it stands. Raises SegmentError where it cannot be read."""
        if self.tabs.currentIndex() == _TEXT:
            self.group = await self._segments.parse(self.page.text)
        else:
            self.group = await self._segments.checked(self.tree.group)
        return self.group

    def _try(self) -> None:
        self._generation += 1
        generation = self._generation
        if self.tabs.currentIndex() == _TEXT:
            self._tasks.start(self._try_text(generation), on_error=self._tell_error, name="segment text")
        else:
            self._tasks.start(self._try_rows(generation), on_error=self._tell_error, name="segment preview")

    async def _try_rows(self, generation: int) -> None:
        nodes = list(self.tree.draft.conditions())
        for node in nodes:
            node.error = ""
        try:
            group = await self._segments.checked(self.tree.group)
        except SegmentError:
            for node in nodes:
                node.error = await self._error_of(node) if node.complete else ""
            group = await self._segments.checked(self.tree.group)
        if generation == self._generation:
            self.tree.show_errors()
            await self._show_in_list(group, generation)

    async def _error_of(self, node: DraftCondition) -> str:
        """What is wrong with one row: the others are tried without it."""
        try:
            await self._segments.checked(Group(GroupOp.ALL, (node.condition(),)))
        except SegmentError as error:
            return f"{error.message} {error.hint}".strip()
        return ""

    async def _try_text(self, generation: int) -> None:
        try:
            group = await self._segments.parse(self.page.text)
        except SegmentError as error:
            if generation == self._generation:
                self.page.show_error(error)
                self._count.setText("")
            return
        if generation == self._generation:
            self.page.show_error(None)
            await self._show_in_list(group, generation)

    async def _show_in_list(self, group: Group, generation: int) -> None:
        self.group = group
        self._show_name()

        def show(page: Page[ConversationSummary]) -> None:
            if generation == self._generation:
                self.tried.emit(group, page)

        found = await self._segments.preview(group, on_page=show)
        if found is not None and generation == self._generation:
            self.show_count(found.count)
            self.counted.emit(group, found.count)

    def _tell_error(self, error: InboxError) -> None:
        self._count.setText(f"{error.message} {error.hint}".strip())

    def show_count(self, count: ViewCount) -> None:
        """Show how many contacts the filter selects."""
        told = contacts_words(count.total, self._formats)
        if count.unread:
            told += " · " + self.tr("{count} with unread").format(count=self._formats.number(count.unread))
        self._count.setText(told)

    # Parts

    def _build_head(self) -> QVBoxLayout:
        self._title = ElidedLabel(kind="title")
        close = QToolButton()
        close.setProperty("kind", "quiet")
        close.setAccessibleName("Close the segment builder")
        close.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        bind_icon(close, "x", "muted")
        set_tip(close, self.tr("Close; the filter stays until it is cleared"))
        close.clicked.connect(self.closed)
        row = QHBoxLayout()
        row.addWidget(self._title, 1)
        row.addWidget(close)
        self._count = PlainLabel(kind="secondary", wrap=True)
        self._count.setAccessibleName("Matches")
        head = QVBoxLayout()
        head.setContentsMargins(16, 12, 10, 8)
        head.setSpacing(2)
        head.addLayout(row)
        head.addWidget(self._count)
        return head

    def _build_tabs(self) -> QTabBar:
        self.tabs = QTabBar()
        self.tabs.setProperty("kind", "pane")
        self.tabs.setAccessibleName("How to write the filter")
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(True)
        self.tabs.addTab(self.tr("Conditions"))
        self.tabs.addTab(self.tr("Text"))
        self.tabs.currentChanged.connect(self._turn)
        return self.tabs

    def _build_foot(self) -> QFrame:
        foot = QFrame()
        foot.setProperty("kind", "footer")
        clear = QPushButton(self.tr("Clear"))
        clear.setAccessibleName("Clear")
        clear.clicked.connect(self.clear)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(clear)
        row.addStretch()
        row.addWidget(self.saver.more)
        row.addWidget(self.saver.button)
        column = QVBoxLayout(foot)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(10)
        column.addWidget(self.saver)
        column.addLayout(row)
        return foot

    def _turn(self, page: int) -> None:
        """Show the same filter the other way; a text that cannot be read stays to be put right."""
        if page == _TEXT:
            self.page.show_text(print_segment(self.tree.group, self._catalogue))
            self._pages.setCurrentIndex(_TEXT)
            self.page.editor.setFocus()
            return

        def show(group: Group) -> None:
            self._show_group(group)
            self._pages.setCurrentIndex(_ROWS)

        def stay(error: InboxError) -> None:
            self.tabs.blockSignals(True)
            self.tabs.setCurrentIndex(_TEXT)
            self.tabs.blockSignals(False)
            if isinstance(error, SegmentError):
                self.page.show_error(error)

        self._tasks.start(self._segments.parse(self.page.text), on_result=show, on_error=stay, name="segment text")

    def _show_group(self, group: Group) -> None:
        around = Surroundings(catalogue=self._catalogue, today=self._formats.today(), locale=self._formats.locale)
        self.tree.show_group(group, around)
        self.page.show_text(print_segment(group, self._catalogue))

    def _show_name(self) -> None:
        name = self.segment.name if self.segment is not None else self.tr("Segment builder")
        self._title.setText(name)
        self.saver.show_for(self.group, self.segment, changed=self.is_changed)

    def _take_saved(self, segment: Segment) -> None:
        self.segment, self._start = segment, self.group
        self._show_name()
        self.saved.emit(segment)

    def _take_deleted(self) -> None:
        self.segment = None
        self._show_name()
        self.deleted.emit()


def _size(node: Group | Condition) -> int:
    return 1 if isinstance(node, Condition) else sum(_size(child) for child in node.children)
