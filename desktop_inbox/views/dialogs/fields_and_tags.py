"""FieldsDialog: the office's own fields, tags and lists; only an administrator changes them (S3-67, S3-68)."""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from desktop_inbox.errors import InboxError
from desktop_inbox.events import Event, FieldsChanged, TagsChanged
from desktop_inbox.models.entities.custom_field import CustomField
from desktop_inbox.models.entities.tag import ContactList, Tag
from desktop_inbox.views.bridge import EventBridge
from desktop_inbox.views.delegates.two_lines import TwoLines
from desktop_inbox.views.plain import PlainLabel, isolated, plain_name
from desktop_inbox.views.services import Services
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.theme import theme

from .confirm import confirmed
from .field_form import FieldForm, NameForm, kind_word

Item = CustomField | Tag | ContactList


class _Page(QWidget):
    """A list of things, and what can be done with the one that is chosen."""

    def __init__(self, name: str, empty: str, *, commands: Sequence[tuple[str, Callable[[], object]]]) -> None:
        super().__init__()
        self.list = QListWidget()
        self.list.setAccessibleName(name)
        self.list.setItemDelegate(TwoLines(self.list))
        self._empty = PlainLabel(empty, kind="secondary", wrap=True)
        self.buttons: list[QPushButton] = []
        row = QHBoxLayout()
        for words, command in commands:
            button = QPushButton(words)
            button.setAutoDefault(False)
            button.clicked.connect(lambda _=False, command=command: command())
            row.addWidget(button)
            self.buttons.append(button)
        row.addStretch()
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(8)
        box.addWidget(self._empty)
        box.addWidget(self.list, 1)
        box.addLayout(row)
        self.list.currentItemChanged.connect(lambda _now, _before: self._refresh())

    def show_items(self, items: Sequence[tuple[str, Item]]) -> None:
        """Show rows: words of two lines, and what they stand for; the chosen one stays chosen."""
        chosen = self.chosen
        self.list.clear()
        for words, item in items:
            row = QListWidgetItem(words)
            row.setData(Qt.ItemDataRole.UserRole, item)
            row.setData(Qt.ItemDataRole.AccessibleTextRole, words.replace("\n", ", "))
            self.list.addItem(row)
            if chosen is not None and chosen.id == item.id:
                self.list.setCurrentItem(row)
        if self.list.currentItem() is None and items:
            self.list.setCurrentRow(0)
        self._empty.setVisible(not items)
        self._refresh()

    @property
    def chosen(self) -> Any:
        """What is chosen, or None."""
        row = self.list.currentItem()
        return None if row is None else row.data(Qt.ItemDataRole.UserRole)

    def _refresh(self) -> None:
        for button in self.buttons[-2:]:  # those that need one
            button.setEnabled(self.list.currentItem() is not None)


class FieldsDialog(QDialog):
    """Three tabs: fields, tags and lists."""

    def __init__(self, services: Services, tasks: Tasks, bridge: EventBridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._services, self._tasks = services, tasks
        self.setWindowTitle(self.tr("Fields and tags"))
        self.setAccessibleName("Fields and tags")
        self.setMinimumSize(theme().px(520), theme().px(420))
        self.fields = _Page(
            self.tr("Fields"),
            self.tr("Fields hold what your office wants to know of its contacts: a customer number, a birthday."),
            commands=(
                (self.tr("New field…"), self.new_field),
                (self.tr("Move up"), self.move_up),
                (self.tr("Edit…"), self.edit_field),
                (self.tr("Delete…"), self.delete_field),
            ),
        )
        self.tags = _Page(
            self.tr("Tags"),
            self.tr("A tag is made by typing it at a contact."),
            commands=((self.tr("Rename…"), self.rename_tag), (self.tr("Delete…"), self.delete_tag)),
        )
        self.lists = _Page(
            self.tr("Lists"),
            self.tr("A list is made by putting contacts into it, or by importing them."),
            commands=((self.tr("Rename…"), self.rename_list), (self.tr("Delete…"), self.delete_list)),
        )
        self.error = PlainLabel(kind="error", wrap=True)
        self.error.hide()
        self._build()
        bridge.event.connect(self._hear)
        self._load()

    def _build(self) -> None:
        self.tabs = QTabBar()
        self.tabs.setProperty("kind", "pane")
        self.tabs.setAccessibleName(self.tr("Fields, tags and lists"))
        self.tabs.setDrawBase(False)
        pages = QStackedWidget()
        for words, page in (
            (self.tr("Fields"), self.fields),
            (self.tr("Tags"), self.tags),
            (self.tr("Lists"), self.lists),
        ):
            self.tabs.addTab(words)
            pages.addWidget(page)
        self.tabs.currentChanged.connect(pages.setCurrentIndex)
        close = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        close.rejected.connect(self.reject)
        box = QVBoxLayout(self)
        box.setContentsMargins(24, 20, 24, 20)
        box.setSpacing(12)
        box.addWidget(PlainLabel(self.tr("Fields and tags"), kind="title"))
        box.addWidget(self.tabs)
        box.addWidget(self.error)
        box.addWidget(pages, 1)
        box.addWidget(close)

    def _load(self) -> None:
        self._tasks.start(self._fetch(), on_error=self._tell)

    async def _fetch(self) -> None:
        fields = await self._services.fields.all()
        tags = await self._services.tags.all()
        lists = await self._services.tags.lists()
        self.fields.show_items([(self._field_words(field), field) for field in fields])
        self.tags.show_items([(f"{plain_name(tag.name)}\n{self._count(tag.contacts)}", tag) for tag in tags])
        self.lists.show_items([(f"{plain_name(one.name)}\n{self._count(one.contacts)}", one) for one in lists])

    def _field_words(self, field: CustomField) -> str:
        parts = [kind_word(field.kind), field.slug, plain_name(field.description)]
        return f"{plain_name(field.name)}\n{' · '.join(part for part in parts if part)}"

    def _count(self, count: int) -> str:
        return self.tr("1 contact") if count == 1 else self.tr("{n} contacts").format(n=f"{count:,}")

    # Fields

    def new_field(self) -> None:
        """Ask for a new field."""
        self._open(FieldForm(self._services, self._tasks, None, self))

    def edit_field(self) -> None:
        """Let the chosen field be changed."""
        if self.fields.chosen is not None:
            self._open(FieldForm(self._services, self._tasks, self.fields.chosen, self))

    def move_up(self) -> None:
        """Show the chosen field before the one above it."""
        place = self.fields.list.currentRow()
        if place > 0:
            rows = [self.fields.list.item(row) for row in range(self.fields.list.count())]
            ids = [row.data(Qt.ItemDataRole.UserRole).id for row in rows]
            ids.insert(place - 1, ids.pop(place))
            self._do(self._services.fields.move(ids))

    def delete_field(self) -> None:
        """Ask, telling what depends on the field, then remove it."""
        if self.fields.chosen is not None:
            self._do(self._delete_field(self.fields.chosen))

    async def _delete_field(self, field: CustomField) -> None:
        count = await self._services.fields.in_use(field.id)
        if await self._sure(field.name, count, await self._dependants("field", field.slug)):
            await self._services.fields.delete(field.id)

    # Tags and lists

    def rename_tag(self) -> None:
        """Let the chosen tag be renamed."""
        tag = self.tags.chosen
        if tag is not None:
            self._open(NameForm(self._tasks, tag.name, lambda name: self._services.tags.rename(tag.id, name), self))

    def delete_tag(self) -> None:
        """Ask, telling what depends on the tag, then remove it."""
        if self.tags.chosen is not None:
            self._do(self._delete_tag(self.tags.chosen))

    async def _delete_tag(self, tag: Tag) -> None:
        if await self._sure(tag.name, tag.contacts, await self._dependants("tag", tag.id)):
            await self._services.tags.delete(tag.id)

    def rename_list(self) -> None:
        """Let the chosen list be renamed."""
        one = self.lists.chosen
        if one is not None:
            rename = self._services.tags.rename_list
            self._open(NameForm(self._tasks, one.name, lambda name: rename(one.id, name), self))

    def delete_list(self) -> None:
        """Ask, then remove the chosen list; its contacts stay."""
        if self.lists.chosen is not None:
            self._do(self._delete_list(self.lists.chosen))

    async def _delete_list(self, one: ContactList) -> None:
        if await self._sure(one.name, one.contacts, await self._dependants("list", one.id)):
            await self._services.tags.delete_list(one.id)

    async def _dependants(self, what: str, key: int | str) -> tuple[str, ...]:
        """Return the names of what would match nothing any more."""
        return await self._services.tags.dependants(what, key)

    async def _sure(self, name: str, contacts: int, dependants: Sequence[str]) -> bool:
        text = self.tr("It is taken from every contact that has it: {count}. This can be undone.")
        text = text.format(count=self._count(contacts))
        if dependants:
            names = ", ".join(isolated(plain_name(one)) for one in dependants)
            text += " " + self.tr("These saved views need it and will match nothing: {names}.").format(names=names)
        return await confirmed(
            self,
            title=self.tr("Delete {name}?").format(name=isolated(plain_name(name))),
            text=text,
            verb=self.tr("Delete"),
            danger=True,
        )

    # Inside

    def _open(self, form: QDialog) -> None:
        self.error.hide()
        form.open()

    def _do(self, work: Coroutine[Any, Any, object]) -> None:
        self.error.hide()
        self._tasks.start(work, on_error=self._tell)

    def _tell(self, error: InboxError) -> None:
        self.error.setText(f"{error.message} {error.hint}".strip())
        self.error.show()

    def _hear(self, event: Event) -> None:
        if isinstance(event, FieldsChanged | TagsChanged):
            self._load()
