"""MessagesPage: folders and labels with their numbers, and what lies in the one that is open (FEATURES 1.1)."""

from dataclasses import replace
from typing import Final

from PySide6.QtCore import QPoint, QSettings, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QVBoxLayout, QWidget

from desktop_inbox.models.entities.folder import (
    EVERYTHING,
    INCOMING,
    CallRow,
    Folder,
    FolderCounts,
    FolderFilter,
    FolderLook,
    FolderPage,
    FolderRow,
    Place,
    QueuedBroadcast,
)
from desktop_inbox.services.filing import AllOf, Chosen
from desktop_inbox.services.folders import FolderService
from desktop_inbox.services.labels import LabelService
from desktop_inbox.services.settings import DEFAULT_REGION
from desktop_inbox.views.bridge import EventBridge
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.item_models.folder_rows import FolderModel, arranged, key_of
from desktop_inbox.views.panes.folder_list import FolderList, FolderSide, count_words, empty_words, folder_name
from desktop_inbox.views.panes.folder_table import FolderTable
from desktop_inbox.views.plain import PlainLabel, plain_name
from desktop_inbox.views.search_field import SearchField
from desktop_inbox.views.services import Services
from desktop_inbox.views.states import ListStates
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.theme import theme
from desktop_inbox.views.toasts import Toasts

from .folder_actions import FolderActions
from .folder_bars import ChosenBar, Command, FolderFilterButtons
from .folder_reader import FolderReader

_TYPING_MS: Final = 150
_REMEMBERED: Final = "messages/folder"


class MessagesPage(QWidget):
    """Folders on the left, messages on the right; Enter opens the conversation where a message was said."""

    opened = Signal(object, object)  # ConversationId, EntryId
    schedules_wanted = Signal()

    def __init__(
        self,
        folders: FolderService,
        labels: LabelService,
        services: Services,
        tasks: Tasks,
        bridge: EventBridge,
        toasts: Toasts,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("page")
        self.setAccessibleName("Messages page")
        self._services, self._tasks = services, tasks
        self._folders_service = folders
        self._formats = Formats(services.clock)
        self._counts = FolderCounts(folders={})
        self._total = 0
        self._newest = 0
        self._all = False  # everything that matches is chosen, not only the rows that are there
        self._selecting = False
        self.reader = FolderReader(folders, tasks, bridge, self)
        self.model = FolderModel(self._formats, lambda: services.settings.get(DEFAULT_REGION), self)
        self.actions_ = FolderActions(self, folders, labels, services, tasks, toasts)
        self.folders = FolderList(self._formats)
        self.search = SearchField("Search messages", self.tr("Search words, names and numbers"))
        self.table = FolderTable(self.model)
        self.states = ListStates(self.table)
        self.title = PlainLabel(kind="heading")
        self.count = PlainLabel(kind="secondary")
        self._build()
        self._connect()
        self._go(self._remembered())

    # PageView

    def focus(self) -> None:
        """Move the focus to the table, or to the folders where it is empty."""
        target: QWidget = self.table if self.model.rowCount() else self.folders
        target.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def focus_search(self) -> None:
        """Move the focus to the search box (Ctrl+F)."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def escape(self) -> bool:
        """Take one step back: from what is chosen, then from what is searched for; False when nothing is left."""
        if self._all or len(self.table.chosen()) > 1:
            self.table.clearSelection()
        elif self.search.text() or self.reader.wanted.narrows:
            self._clear()
        else:
            return False
        return True

    def refresh(self) -> None:
        """Read everything again; what is chosen stays chosen."""
        self._tasks.start(self._services.channels.all(), on_result=self.filter.take_channels, name="channels")
        self.states.loading(self.refresh)
        self.reader.refresh(len(self.model.items))

    def show_place(self, place: Place) -> None:
        """Open a folder or a label."""
        self._go(place)

    def chosen(self) -> Chosen:
        """Return what is chosen: messages, or everything that matches."""
        if self._all:
            return AllOf(place=self.reader.place, wanted=self.reader.wanted, newest=self._newest)
        return [item.id for item in self.table.chosen()]

    def offer_schedules(self, *, offered: bool) -> None:
        """Show the entry that leads to the page of schedules."""
        self.folders.offer_schedules(offered=offered)

    # Parts

    def _build(self) -> None:
        px = theme().px
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(FolderSide(self.folders, self.actions_.create_label))
        box = QVBoxLayout()
        box.setContentsMargins(px(20), px(16), px(20), px(12))
        box.setSpacing(10)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.title)
        head.addWidget(self.count)
        head.addStretch()
        box.addLayout(head)
        find = QHBoxLayout()
        find.setSpacing(8)
        self.search.setMinimumWidth(px(200))
        self.filter = FolderFilterButtons(self._formats)
        find.addWidget(self.search, 1)
        find.addWidget(self.filter)
        box.addLayout(find)
        self.bulk = ChosenBar(self.choose_all)
        self.bulk.hide()
        box.addWidget(self.bulk)
        box.addWidget(self.states, 1)
        row.addLayout(box, 1)

    def _connect(self) -> None:
        self._typing = QTimer(self, singleShot=True, interval=_TYPING_MS)
        self._typing.timeout.connect(self._search)
        self._ticking = QTimer(self, interval=1000)  # for calls that go on
        self._ticking.timeout.connect(self.model.tick)
        self.search.textChanged.connect(lambda _text: self._typing.start())
        self.reader.looked.connect(self._show)
        self.reader.added.connect(self._add)
        self.reader.failed.connect(self.states.show_error)
        self.filter.narrowed.connect(self._narrow)
        self.filter.cleared.connect(self._clear)
        self.model.more_wanted.connect(self._more)
        self.folders.chosen.connect(self._go)
        self.folders.menu_wanted.connect(self._open_label_menu)
        self.folders.activated.connect(lambda _index: self.table.setFocus(Qt.FocusReason.ShortcutFocusReason))
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._selected())
        self.table.activated.connect(lambda index: self._open(index.row()))
        self.table.menu_wanted.connect(self._open_menu)
        self.table.typed.connect(self._type)
        self.actions_.changed.connect(self.reader.refresh)
        self.table.all_wanted.connect(self.choose_all)
        shortcut = QShortcut(QKeySequence("Delete"), self.table)
        shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
        shortcut.activated.connect(self._delete_key)

    def showEvent(self, event: QShowEvent) -> None:
        """Read what changed while nobody looked."""
        super().showEvent(event)
        self.reader.catch_up()
        self._ticking.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody looks: nothing is read."""
        super().hideEvent(event)
        self.reader.looking = False
        self._ticking.stop()

    # Reading

    def _go(self, place: Place) -> None:
        if place is Folder.SCHEDULES:
            self.folders.show_place(self.reader.place)
            self.schedules_wanted.emit()
            return
        self.folders.show_place(place)
        if isinstance(place, Folder):
            QSettings().setValue(_REMEMBERED, place.value)
        self.search.blockSignals(True)
        self.search.clear()
        self.search.blockSignals(False)
        self.states.loading(self.reader.refresh)
        self.reader.show(place, EVERYTHING)
        self.filter.show_filter(place, EVERYTHING)

    def _remembered(self) -> Folder:
        stored = str(QSettings().value(_REMEMBERED, "") or "")
        known = {folder.value: folder for folder in Folder if folder is not Folder.SCHEDULES}
        return known.get(stored, Folder.INBOX)

    def _search(self) -> None:
        self._narrow(replace(self.reader.wanted, text=self.search.text().strip()))

    def _narrow(self, wanted: FolderFilter) -> None:
        self.states.loading(self.reader.refresh)
        self.reader.show(self.reader.place, wanted)
        self.filter.show_filter(self.reader.place, wanted)

    def _clear(self) -> None:
        self.search.clear()
        self._typing.stop()
        self._narrow(EVERYTHING)

    def _show(self, look: FolderLook, fresh: bool) -> None:
        place = self.reader.place
        self._counts, self._total = look.counts, look.total
        self._newest = max((item.id for item in look.page.rows), default=0)
        self.folders.show_counts(look.counts)
        self.filter.take_labels(look.counts.labels)
        if not self.folders.show_place(place) and not isinstance(place, Folder):
            self._go(Folder.INBOX)  # the label is gone
            return
        items = arranged(() if self.reader.wanted.narrows else look.page.broadcasts, look.page.rows)
        self.model.unfolded = self.reader.unfolded
        chosen, current = self._chosen_keys()
        self._selecting = True
        if fresh:
            self._all = False
            self.model.show(place, items, has_more=look.page.has_more)
            self.table.arrange()
        else:
            self.model.renew(items, has_more=look.page.has_more)
            if not self.table.selectionModel().hasSelection():
                self._choose_again(chosen, current)
        self._selecting = False
        self._show_head()
        self._show_chosen()
        self._show_state()

    def _more(self) -> None:
        rows = [item for item in self.model.items if not isinstance(item, QueuedBroadcast)]
        if rows:
            last = min(rows, key=lambda row: row.id) if self.reader.place is Folder.OUTBOX else rows[-1]
            self.reader.more(last.cursor, len(rows))

    def _add(self, page: FolderPage) -> None:
        self._selecting = True
        self.model.append(page.rows, has_more=page.has_more)
        if self._all:
            self.table.choose_rows()
        self._selecting = False

    def _show_head(self) -> None:
        place, wanted = self.reader.place, self.reader.wanted
        name = folder_name(place) if isinstance(place, Folder) else next(
            (plain_name(label.name) for label in self._counts.labels if label.id == place), "")  # fmt: skip
        self.title.setText(name)
        whole = self._counts.of(place) if wanted.narrows else None
        self.count.setText(count_words(place, self._total, whole, self._formats))

    def _show_state(self) -> None:
        if self.model.items:
            self.states.show_rows()
            return
        if self.reader.wanted.narrows:
            self.states.show_empty(
                "search", self.tr("Nothing matches"), self.tr("Try other words, or another filter."),
                buttons=((self.tr("Show everything"), self._clear),),
            )  # fmt: skip
            return
        icon_name, text = empty_words(self.reader.place)
        self.states.show_empty(icon_name, self.tr("Nothing here"), text)

    # Choosing

    def choose_all(self) -> None:
        """Choose everything that matches, also what is not read yet."""
        if not self._commands():
            return
        self._selecting = True
        self.table.choose_rows()
        self._selecting = False
        self._all = self._total > len(self.table.chosen())
        self._show_chosen()

    def _selected(self) -> None:
        if not self._selecting:
            self._all = False
            self._show_chosen()

    def _chosen_keys(self) -> tuple[set[object], object]:
        chosen: set[object] = {key_of(item) for item in self.table.chosen()}
        row = self.table.currentIndex().row()
        current = key_of(self.model.items[row]) if 0 <= row < len(self.model.items) else None
        return chosen, current

    def _choose_again(self, chosen: set[object], current: object) -> None:
        rows = [row for row, item in enumerate(self.model.items) if key_of(item) in chosen]
        self.table.choose(rows, current=None if current is None else self.model.place_of(current))

    def _show_chosen(self) -> None:
        count = self._total if self._all else len(self.table.chosen())
        commands = self._commands() if count else ()
        self.bulk.show_commands(commands)
        number = self._formats.number
        more = "" if self._all or count >= self._total else number(self._total)
        self.bulk.show_count(number(count), more)

    # Doing

    def _commands(self) -> tuple[Command, ...]:
        """What can be done with many messages in the list that is open."""
        place, actions = self.reader.place, self.actions_
        if place is Folder.ARCHIVED:
            return (
                (self.tr("Restore"), "archive-restore", lambda: actions.restore(self.chosen())),
                (self.tr("Label…"), "tag", self._open_labels),
                (self.tr("Delete…"), "trash-2", lambda: actions.delete(self.chosen())),
            )
        if place in INCOMING or not isinstance(place, Folder):
            return (
                (self.tr("Archive"), "archive", lambda: actions.archive(self.chosen())),
                (self.tr("Label…"), "tag", self._open_labels),
            )
        if place is Folder.FAILED:
            return self.actions_.on_failed(self.chosen, single=len(self.table.chosen()) == 1 and not self._all)
        if place is Folder.CALLS and len(self.table.chosen()) == 1:
            return ((self.tr("Call back"), "phone", self._call_back),)
        return ()

    def _open(self, row: int) -> None:
        item = self.model.items[row]
        if isinstance(item, QueuedBroadcast):
            self.reader.fold(item.id)
        else:
            self.opened.emit(item.conversation_id, item.id)

    def _call_back(self) -> None:
        for item in self.table.chosen()[:1]:
            if isinstance(item, CallRow):
                self.actions_.call_back(item)

    def _delete_key(self) -> None:
        if self.reader.place is Folder.ARCHIVED and (self._all or self.table.chosen()):
            self.actions_.delete(self.chosen())

    def _chosen_messages(self) -> list[FolderRow]:
        return [item for item in self.table.chosen() if isinstance(item, FolderRow)]

    def _open_labels(self) -> None:
        at = self.bulk.mapToGlobal(QPoint(self.bulk.count.width(), self.bulk.height()))
        self.actions_.open_labels(self.chosen(), self._chosen_messages(), self._counts.labels, at)

    def _open_menu(self, place: QPoint) -> None:
        chosen = self.table.chosen()
        if not chosen:
            return
        menu = self._menu()
        if len(chosen) == 1:
            one = chosen[0]
            entry = menu.addAction(self.tr("Open the conversation"))
            entry.triggered.connect(lambda _checked=False: self.opened.emit(one.conversation_id, one.id))
        for text, _icon, act in self._commands():
            if act == self._open_labels:
                labels = menu.addMenu(self.tr("Label"))
                self.actions_.fill_labels(labels, self.chosen(), self._chosen_messages(), self._counts.labels)
            else:
                menu.addAction(text).triggered.connect(lambda _checked=False, act=act: act())
        menu.popup(place)

    def _open_label_menu(self, label_id: int, place: QPoint) -> None:
        for label in self._counts.labels:
            if label.id == label_id:
                self.actions_.open_label_menu(label, place)

    def _type(self, text: str) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.insert(text)

    def _menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return menu
