"""ContactsPage: the table of everybody the office knows, and what is done with many of them."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import QItemSelectionModel, QPoint, QSettings, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QVBoxLayout,
    QWidget,
)

from desktop_inbox.errors import InboxError
from desktop_inbox.events import BulkChanged, ContactChanged, Event
from desktop_inbox.models.entities.contact_row import ContactRow, ContactSort
from desktop_inbox.models.entities.ids import ContactId
from desktop_inbox.services.contact_directory import ContactDirectory
from desktop_inbox.services.settings import DEFAULT_REGION
from desktop_inbox.views.bridge import EventBridge
from desktop_inbox.views.dialogs.new_contact import NewContactDialog
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.item_models.contact_table import SORTS, USUAL, Column, ContactTableModel, heading
from desktop_inbox.views.panes.contact_actions import ContactActions
from desktop_inbox.views.panes.contact_table import ContactTable, page_button
from desktop_inbox.views.plain import PlainLabel
from desktop_inbox.views.search_field import SearchField
from desktop_inbox.views.services import Services
from desktop_inbox.views.states import ListStates
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.theme import theme
from desktop_inbox.views.toasts import Toasts

_TYPING_MS, _NEWS_MS = 150, 500
_COLUMNS_KEY = "contacts/columns"
_WIDTHS = {Column.NAME: 190, Column.ADDRESS: 230, Column.COMPANY: 150, Column.TAGS: 150}


class ContactsPage(QWidget):
    """Search, filter, sort, choose; Enter opens the conversation."""

    opened = Signal(object)  # ContactId

    def __init__(
        self,
        directory: ContactDirectory,
        services: Services,
        tasks: Tasks,
        bridge: EventBridge,
        toasts: Toasts,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("page")
        self.setAccessibleName("Contacts")
        self._directory, self._tasks = directory, tasks
        self._sort, self._descending = ContactSort.NAME, False
        self._generation = 0
        self._everybody = 0
        self._stale = False
        self.model = ContactTableModel(Formats(services.clock), lambda: services.settings.get(DEFAULT_REGION), self)
        self.actions_ = ContactActions(self, directory, services, tasks, toasts)
        self.search = SearchField("Search contacts", self.tr("Search names and addresses"))
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(self.tr("Filter, such as: tags any of (VIP) and country is US"))
        self.filter.setAccessibleName("Filter contacts")
        self.filter.setClearButtonEnabled(True)
        self.filter_error = PlainLabel(kind="error-small", wrap=True)
        self.table = ContactTable(self.model)
        self.states = ListStates(self.table)
        self.count = PlainLabel(kind="secondary")
        self._bulk: list[QWidget] = []
        self._build()
        self._connect(bridge)

    def focus(self) -> None:
        """Move the focus to the table."""
        self.table.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def escape(self) -> bool:
        """Take one step back: from what is chosen, then from what is searched for; False when nothing is left."""
        if len(self.chosen()) > 1:
            self.table.clearSelection()
        elif self.search.text() or self.filter.text():
            self._clear()
        else:
            return False
        return True

    def refresh(self) -> None:
        """Read everything again; what is chosen stays chosen."""
        self._generation += 1
        self._stale = False
        self.states.loading(self.refresh)
        self._tasks.start(self._read(self._generation), on_error=self._failed, name="contacts")

    def chosen(self) -> list[ContactId]:
        """Return who is chosen, in the order shown."""
        return self.table.chosen()

    def shown(self) -> list[ContactId]:
        """Return everybody who matches the search and the filter."""
        return list(self.model.ids)

    # Parts

    def _build(self) -> None:
        px = theme().px
        title = PlainLabel(self.tr("Contacts"), kind="heading")
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(title)
        head.addWidget(self.count)
        head.addStretch()
        commands: tuple[tuple[str, str, Callable[[], object], str], ...] = (
            (self.tr("Duplicates…"), "users", self.actions_.find_duplicates, ""),
            (self.tr("Export…"), "download", self._export, ""),
            (self.tr("Import…"), "upload", self.actions_.import_file, ""),
            (self.tr("New contact"), "user-plus", self._new_contact, "primary"),
        )
        for text, icon, slot, kind in commands:
            head.addWidget(page_button(text, icon, slot, kind))
        find = QHBoxLayout()
        find.setSpacing(8)
        self.search.setMinimumWidth(px(200))
        find.addWidget(self.search, 2)
        find.addWidget(self.filter, 3)
        self.columns_button = page_button(self.tr("Columns"), "list-filter", self._choose_columns, "")
        find.addWidget(self.columns_button)
        self.filter_error.hide()
        self.bulk = QWidget()
        row = QHBoxLayout(self.bulk)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        self.chosen_count = PlainLabel(kind="strong")
        row.addWidget(self.chosen_count)
        row.addSpacing(6)
        with_chosen: tuple[tuple[str, str, Callable[[list[ContactId]], object]], ...] = (
            (self.tr("Add tag…"), "hash", self.actions_.add_tag),
            (self.tr("Remove tag…"), "minus", self.actions_.remove_tag),
            (self.tr("Add to list…"), "plus", self.actions_.add_to_list),
            (self.tr("Export…"), "download", self.actions_.export),
        )
        for text, icon, act in with_chosen:
            row.addWidget(page_button(text, icon, partial(self._with_chosen, act), ""))
        self.more = page_button(self.tr("More"), "ellipsis", self._open_more, "")
        row.addWidget(self.more)
        self.select_all = page_button(self.tr("Select all"), "", self.table.selectAll, "link")
        row.addWidget(self.select_all)
        row.addStretch()
        box = QVBoxLayout(self)
        box.setContentsMargins(px(20), px(16), px(20), px(12))
        box.setSpacing(10)
        box.addLayout(head)
        box.addLayout(find)
        box.addWidget(self.filter_error)
        box.addWidget(self.bulk)
        box.addWidget(self.states, 1)
        self._show_columns(self._known_columns())
        self._show_chosen()

    def _connect(self, bridge: EventBridge) -> None:
        self._typing = self._timer(_TYPING_MS)
        self._news = self._timer(_NEWS_MS)
        self.search.textChanged.connect(lambda _text: self._typing.start())
        self.filter.textChanged.connect(lambda _text: self._typing.start())
        self.model.rows_wanted.connect(self._fetch)
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._show_chosen())
        self.table.activated.connect(lambda index: self._open(index.row()))
        self.table.menu_wanted.connect(self._open_menu)
        self.table.typed.connect(self._type)
        header = self.table.horizontalHeader()
        header.sortIndicatorChanged.connect(self._sort_by)
        bridge.event.connect(self._hear)
        self.actions_.changed.connect(self.refresh)
        keys = (
            ("Ctrl+F", self.search.setFocus),
            ("Delete", partial(self._with_chosen, self.actions_.delete)),
            ("Ctrl+Shift+A", self.table.selectAll),
        )
        for key, slot in keys:
            shortcut = QShortcut(QKeySequence(key), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(slot)

    def _timer(self, milliseconds: int) -> QTimer:
        timer = QTimer(self, singleShot=True, interval=milliseconds)
        timer.timeout.connect(self.refresh)
        return timer

    # Reading

    async def _read(self, generation: int) -> None:
        text, filter_text = self.search.text(), self.filter.text()
        try:
            ids = await self._directory.ids(self._sort, descending=self._descending, text=text, filter_text=filter_text)
        except InboxError as error:
            if generation == self._generation and filter_text.strip():
                self._tell_filter(error)
                return
            raise
        if generation == self._generation:
            self.filter_error.hide()
            self._show(ids, searched=bool(text.strip() or filter_text.strip()))

    def _tell_filter(self, error: InboxError) -> None:
        self.filter_error.setText(f"{error.message} {error.hint}".strip())
        self.filter_error.show()
        self.states.show_rows()

    def _show(self, ids: Sequence[ContactId], *, searched: bool) -> None:
        chosen, current = set(self.chosen()), self.table.currentIndex()
        at = self.model.id_at(current.row()) if current.isValid() else None
        top = self.table.verticalScrollBar().value()
        self.model.show(ids)
        self._select(chosen, at)
        self.table.verticalScrollBar().setValue(top)
        if not searched:
            self._everybody = len(ids)
        words = self.tr("%n contacts", "", len(ids)).replace(str(len(ids)), f"{len(ids):,}")
        if searched and self._everybody > len(ids):
            words = self.tr("{found} of {all}").format(found=words, all=f"{self._everybody:,}")
        self.count.setText(words)
        self._show_chosen()
        if ids:
            self.states.show_rows()
        elif searched:
            self.states.show_empty(
                "search", self.tr("Nobody matches"), self.tr("Try other words, or a part of the number."),
                buttons=((self.tr("Show everybody"), self._clear),),
            )  # fmt: skip
        else:
            self.states.show_empty(
                "users", self.tr("No contacts yet"),
                self.tr("Whoever writes to the office appears here. A file of contacts can be imported."),
                buttons=(
                    (self.tr("Import…"), self.actions_.import_file), (self.tr("New contact"), self._new_contact),
                ),
            )  # fmt: skip

    def _select(self, chosen: set[ContactId], current: ContactId | None) -> None:
        selection = self.table.selectionModel()
        mode = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
        for key in chosen if len(chosen) <= 1000 else ():
            place = self.model.place_of(key)
            if place is not None:
                selection.select(self.model.index(place, 0), mode)
        place = None if current is None else self.model.place_of(current)
        if place is not None:
            selection.setCurrentIndex(self.model.index(place, 0), QItemSelectionModel.SelectionFlag.NoUpdate)

    def _fetch(self, ids: list[ContactId]) -> None:
        def take(rows: tuple[ContactRow, ...]) -> None:
            self.model.take(rows)

        self._tasks.start(self._directory.rows(ids), on_result=take, name="contact rows")

    def _failed(self, error: InboxError) -> None:
        self.states.show_error(error)

    def _hear(self, event: Event) -> None:
        if isinstance(event, ContactChanged | BulkChanged):
            self._stale = True
            if self.isVisible():
                self._news.start()

    def showEvent(self, event: QShowEvent) -> None:
        """Read what changed while nobody looked."""
        super().showEvent(event)
        if self._stale:
            self.refresh()

    def _type(self, text: str) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.insert(text)

    def _new_contact(self) -> None:
        dialog = NewContactDialog(self._directory, self._tasks, self)
        dialog.added.connect(self.opened)
        dialog.open()

    def _clear(self) -> None:
        self.search.clear()
        self.filter.clear()

    # Doing

    def _open(self, row: int) -> None:
        self.opened.emit(self.model.id_at(row))

    def _with_chosen(self, slot: Callable[[list[ContactId]], object]) -> None:
        chosen = self.chosen()
        if chosen:
            slot(chosen)

    def _export(self) -> None:
        self.actions_.export(self.shown())

    def _sort_by(self, section: int, order: Qt.SortOrder) -> None:
        sort = SORTS.get(Column(section))
        if sort is None:
            place = next(column for column, known in SORTS.items() if known is self._sort)
            now = Qt.SortOrder.DescendingOrder if self._descending else Qt.SortOrder.AscendingOrder
            self.table.horizontalHeader().setSortIndicator(place, now)
            return
        descending = order is Qt.SortOrder.DescendingOrder
        if (sort, descending) != (self._sort, self._descending):
            self._sort, self._descending = sort, descending
            self.refresh()

    def _show_chosen(self) -> None:
        count = len(self.chosen())
        self.bulk.setVisible(count > 1)
        self.chosen_count.setText(self.tr("%n selected", "", count).replace(str(count), f"{count:,}"))
        total = self.model.rowCount()
        self.select_all.setVisible(count < total)
        self.select_all.setText(self.tr("Select all {n} that match").format(n=f"{total:,}"))

    def _menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return menu

    def _open_more(self) -> None:
        menu = self._menu()
        self._fill_menu(menu, rare_only=True)
        menu.popup(self.more.mapToGlobal(QPoint(0, self.more.height())))

    def _open_menu(self, place: QPoint) -> None:
        if not self.chosen():
            return
        menu = self._menu()
        self._fill_menu(menu, rare_only=False)
        menu.popup(place)

    def _fill_menu(self, menu: QMenu, *, rare_only: bool) -> None:
        chosen = self.chosen()
        actions = self.actions_
        entries: list[tuple[str, Callable[[list[ContactId]], Any]]] = []
        if not rare_only:
            if len(chosen) == 1:
                entries.append((self.tr("Open the conversation"), lambda ids: self.opened.emit(ids[0])))
                entries.append((self.tr("Undo the last merge…"), actions.part))
            entries += [
                (self.tr("Add tag…"), actions.add_tag),
                (self.tr("Remove tag…"), actions.remove_tag),
                (self.tr("Add to list…"), actions.add_to_list),
                (self.tr("Remove from list…"), actions.remove_from_list),
                (self.tr("Export…"), actions.export),
                *([(self.tr("Broadcast to these…"), actions.broadcast)] if actions.can_broadcast else []),
            ]
        else:
            entries.append((self.tr("Remove from list…"), actions.remove_from_list))
        if len(chosen) == 2:
            entries.append((self.tr("Merge these two…"), actions.merge_two))
        entries += [
            (self.tr("Archive the conversations"), actions.archive),
            (self.tr("Record an opt-out…"), actions.opt_out),
            (self.tr("Block"), partial(actions.block, blocked=True)),
            (self.tr("Unblock"), partial(actions.block, blocked=False)),
            (self.tr("Delete…"), actions.delete),
        ]
        for text, slot in entries:
            menu.addAction(text).triggered.connect(lambda _checked=False, slot=slot: slot(chosen))

    # Columns

    def _known_columns(self) -> tuple[Column, ...]:
        stored = str(QSettings().value(_COLUMNS_KEY, "") or "")
        names = {column.name.lower(): column for column in Column}
        chosen = tuple(names[name] for name in stored.split(",") if name in names)
        return chosen or USUAL

    def _show_columns(self, shown: Sequence[Column]) -> None:
        for column in Column:
            self.table.setColumnHidden(column, column not in shown and column is not Column.NAME)
            self.table.setColumnWidth(column, theme().px(_WIDTHS.get(column, 110)))

    def _choose_columns(self) -> None:
        menu = self._menu()
        for column in Column:
            if column is Column.NAME:
                continue
            action: QAction = menu.addAction(heading(column))
            action.setCheckable(True)
            action.setChecked(not self.table.isColumnHidden(column))
            action.toggled.connect(partial(self._show_column, column))
        menu.popup(self.columns_button.mapToGlobal(QPoint(0, self.columns_button.height())))

    def _show_column(self, column: Column, shown: bool) -> None:
        self.table.setColumnHidden(column, not shown)
        visible = [one.name.lower() for one in Column if not self.table.isColumnHidden(one)]
        QSettings().setValue(_COLUMNS_KEY, ",".join(visible))
