"""SnippetDialog: all saved replies, with folders, search and a preview; one is inserted, never sent (S4-53)."""

from pathlib import Path

from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QListView,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop_inbox.errors import InboxError
from desktop_inbox.models.entities.ids import ConversationId, SnippetFolderId
from desktop_inbox.models.entities.snippet import Snippet, SnippetLibrary
from desktop_inbox.services.snippets import SnippetImport
from desktop_inbox.services.variables import VariableFacts, resolve
from desktop_inbox.views.delegates.two_lines import TwoLines
from desktop_inbox.views.item_models.snippets import SnippetModel
from desktop_inbox.views.panes.variable_highlighter import VariableHighlighter
from desktop_inbox.views.plain import PlainLabel, plain_name
from desktop_inbox.views.services import Services
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.theme import theme

from .confirm import confirmed
from .snippet_editor import SnippetEditor


class SnippetDialog(QDialog):
    """Search above the list, the text of the chosen one beside it, and buttons to look after the library."""

    chosen = Signal(object)  # Snippet
    changed = Signal()

    def __init__(
        self, services: Services, tasks: Tasks, conversation_id: ConversationId, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._services, self._tasks = services, tasks
        self._library = SnippetLibrary()
        self._facts = VariableFacts()
        self.setWindowTitle(self.tr("Snippets"))
        self.setAccessibleName("Snippets")
        self.setModal(True)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.box = QLineEdit()
        self.box.setPlaceholderText(self.tr("Search by shortcut, name or text"))
        self.box.setAccessibleName(self.tr("Search snippets"))
        self.box.setClearButtonEnabled(True)
        self.box.installEventFilter(self)
        self.folder = QComboBox()
        self.folder.setAccessibleName(self.tr("Folder"))
        self.folder.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.folder.setMinimumWidth(theme().px(140))
        self.folder.setMaximumWidth(theme().px(240))
        self.model = SnippetModel(self)
        self.list = QListView()
        self.list.setProperty("kind", "choices")
        self.list.setModel(self.model)
        self.list.setItemDelegate(TwoLines(self.list))
        self.list.setAccessibleName(self.tr("Snippets"))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.preview = QPlainTextEdit()
        self.preview.setReadOnly(True)
        self.preview.setAccessibleName(self.tr("Preview"))
        self.preview.setTabChangesFocus(True)
        self._marks = VariableHighlighter(self.preview.document())
        self.note = PlainLabel(kind="small", wrap=True)
        self._build()
        self._connect()
        tasks.start(services.variables.facts(conversation_id), on_result=self._took_facts)
        self._reload()
        self.box.setFocus()

    def _build(self) -> None:
        self.insert_button = QPushButton(self.tr("Insert"))
        self.insert_button.setProperty("kind", "primary")
        self.insert_button.setDefault(True)
        texts = (
            self.tr("New…"), self.tr("Change…"), self.tr("Delete"), self.tr("Import…"), self.tr("Export…")
        )  # fmt: skip
        buttons = [QPushButton(text) for text in texts]
        self.new_button, self.edit_button, self.delete_button, self.import_button, self.export_button = buttons
        self.delete_button.setProperty("kind", "danger")
        cancel = QPushButton(self.tr("Cancel"))
        cancel.clicked.connect(self.reject)
        for button in (*buttons, cancel):
            button.setAutoDefault(False)
        top, middle, side, foot = QHBoxLayout(), QHBoxLayout(), QVBoxLayout(), QHBoxLayout()
        top.addWidget(self.box, 1)
        top.addWidget(self.folder)
        side.addWidget(self.preview, 1)
        side.addWidget(self.note)
        middle.addWidget(self.list, 1)
        middle.addLayout(side, 1)
        for button in buttons:
            foot.addWidget(button)
        foot.addStretch()
        foot.addWidget(cancel)
        foot.addWidget(self.insert_button)
        box = QVBoxLayout(self)
        box.setContentsMargins(20, 16, 20, 16)
        box.setSpacing(10)
        box.addWidget(PlainLabel(self.tr("Snippets"), kind="title"))
        box.addLayout(top)
        box.addLayout(middle, 1)
        box.addLayout(foot)
        self.resize(theme().px(760), theme().px(480))

    def _connect(self) -> None:
        self.box.textChanged.connect(self._find)
        self.folder.currentIndexChanged.connect(self._find)
        self.list.selectionModel().currentChanged.connect(self._show_preview)
        self.list.activated.connect(lambda _index: self._insert())
        self.insert_button.clicked.connect(self._insert)
        self.new_button.clicked.connect(lambda: self._edit(None))
        self.edit_button.clicked.connect(lambda: self._edit(self.current()))
        self.delete_button.clicked.connect(lambda: self._tasks.start(self._delete(), on_error=self._refuse))
        self.import_button.clicked.connect(self._choose_import)
        self.export_button.clicked.connect(self._choose_export)

    def current(self) -> Snippet | None:
        """Return the snippet that is highlighted."""
        return self.model.snippet(self.list.currentIndex().row())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the arrows move through the list while the field keeps the focus."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
            if step is not None and self.model.rowCount():
                row = min(max(self.list.currentIndex().row() + step, 0), self.model.rowCount() - 1)
                self.list.setCurrentIndex(self.model.index(row))
                return True
        return super().eventFilter(watched, event)

    def _reload(self) -> None:
        self._tasks.start(self._services.snippets.library(), on_result=self._took)

    def _took_facts(self, facts: VariableFacts) -> None:
        self._facts = facts
        self._marks.show_facts(facts)
        self._show_preview()

    def _took(self, library: SnippetLibrary) -> None:
        self._library = library
        kept = self.folder.currentData()
        self.folder.blockSignals(True)
        self.folder.clear()
        self.folder.addItem(self.tr("All folders"), None)
        for folder in library.folders:
            self.folder.addItem(plain_name(folder.name), int(folder.id))
        self.folder.setCurrentIndex(max(0, self.folder.findData(kept)))
        self.folder.blockSignals(False)
        self._find()

    def _find(self) -> None:
        inside = self.folder.currentData()
        found = self._library.find(
            self.box.text().removeprefix("/"), folder_id=None if inside is None else SnippetFolderId(inside)
        )
        self.model.show(found)
        if found:
            self.list.setCurrentIndex(self.model.index(0))
        self._show_preview()

    def _show_preview(self, _current: QModelIndex | None = None) -> None:
        snippet = self.current()
        for button in (self.insert_button, self.edit_button, self.delete_button):
            button.setEnabled(snippet is not None)
        if snippet is None:
            self.preview.setPlainText("")
            self.note.setText(self.tr("No snippet fits.") if self._library.snippets else self.tr("No snippets yet."))
            return
        found = resolve(snippet.text, self._facts, editable=True)
        self.preview.setPlainText(found.text)
        parts = [self.tr("No value for {names}").format(names=", ".join(found.unresolved))] if found.unresolved else []
        if snippet.files:
            parts.append(self.tr("With {files}").format(files=", ".join(plain_name(one.name) for one in snippet.files)))
        self.note.setText(" · ".join(parts))

    def _insert(self) -> None:
        snippet = self.current()
        if snippet is not None:
            self.chosen.emit(snippet)
            self.accept()

    def _edit(self, snippet: Snippet | None) -> None:
        dialog = SnippetEditor(self._services, self._tasks, snippet, self)
        dialog.saved.connect(lambda _snippet: self._after_change())
        dialog.open()

    def _after_change(self) -> None:
        self.changed.emit()
        self._reload()

    async def _delete(self) -> None:
        snippet = self.current()
        if snippet is None or not await confirmed(
            self,
            title=self.tr("Delete this snippet?"),
            text=plain_name(snippet.name),
            verb=self.tr("Delete"),
            danger=True,
        ):
            return
        await self._services.snippets.delete(snippet.id)
        self._after_change()

    def _choose_import(self) -> None:
        dialog = QFileDialog(self, self.tr("Import snippets"), "", self.tr("CSV files (*.csv)"))
        dialog.fileSelected.connect(
            lambda name: self._tasks.start(
                self._services.snippets.import_csv(Path(name)), on_result=self._imported, on_error=self._refuse
            )
        )
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _imported(self, done: SnippetImport) -> None:
        words = self.tr("{added} new, {changed} changed, {same} as before.").format(
            added=done.added, changed=done.changed, same=done.unchanged
        )
        self._after_change()
        self.note.setText(" ".join((words, *done.problems[:5])))

    def _choose_export(self) -> None:
        dialog = QFileDialog(self, self.tr("Export snippets"), "snippets.csv", self.tr("CSV files (*.csv)"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("csv")
        dialog.fileSelected.connect(
            lambda name: self._tasks.start(
                self._services.snippets.export_csv(Path(name)),
                on_result=lambda count: self.note.setText(self.tr("{n} snippets were exported.").format(n=count)),
                on_error=self._refuse,
            )
        )
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _refuse(self, error: InboxError) -> None:
        self.note.setText(f"{error.message} {error.hint}".strip())
