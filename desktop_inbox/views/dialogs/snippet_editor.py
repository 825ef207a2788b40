"""SnippetEditor: make or change a saved reply."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop_inbox.errors import InboxError
from desktop_inbox.models.entities.snippet import Snippet, SnippetFile, SnippetLibrary
from desktop_inbox.services.snippets import MAX_FILES, MAX_NAME, MAX_SHORTCUT, SnippetDraft
from desktop_inbox.views.panes.variable_completion import VariableCompletion
from desktop_inbox.views.plain import PlainLabel, menu_text, plain_name
from desktop_inbox.views.services import Services
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.theme import theme


class SnippetEditor(QDialog):
    """Name, shortcut, folder, text with variables, and files."""

    saved = Signal(object)  # Snippet

    def __init__(
        self,
        services: Services,
        tasks: Tasks,
        snippet: Snippet | None,
        parent: QWidget | None = None,
        *,
        text: str = "",
    ) -> None:
        super().__init__(parent)
        self._services, self._tasks, self._snippet = services, tasks, snippet
        self._files: list[SnippetFile] = list(snippet.files) if snippet is not None else []
        title = self.tr("New snippet") if snippet is None else self.tr("Change the snippet")
        self.setWindowTitle(title)
        self.setModal(True)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.name = QLineEdit(snippet.name if snippet is not None else "")
        self.name.setMaxLength(MAX_NAME)
        self.shortcut = QLineEdit(snippet.shortcut if snippet is not None else "")
        self.shortcut.setMaxLength(MAX_SHORTCUT + 1)
        self.shortcut.setPlaceholderText(self.tr("opening-hours"))
        self.folder = QComboBox()
        self.folder.setEditable(True)
        self.folder.setMaximumWidth(theme().px(420))
        self.text = QPlainTextEdit(snippet.text if snippet is not None else text)
        self.text.setTabChangesFocus(True)
        self.text.setAccessibleName(self.tr("Text"))
        self.variables = QPushButton(self.tr("Insert a variable"))
        self.variables.setAutoDefault(False)
        self.attach = QPushButton(self.tr("Add files…"))
        self.attach.setAutoDefault(False)
        self.drop = QPushButton(self.tr("Remove files"))
        self.drop.setAutoDefault(False)
        self.files = PlainLabel(kind="small", wrap=True)
        self.trouble = PlainLabel(kind="error", wrap=True)
        self.trouble.hide()
        self.save_button = QPushButton(self.tr("Save"))
        self.save_button.setProperty("kind", "primary")
        self.save_button.setDefault(True)
        self._build(title)
        self._connect()
        self._show_files()
        tasks.start(services.snippets.library(), on_result=self._show_folders)
        tasks.start(services.variables.names(), on_result=self._fill_menu)

    def _build(self, title: str) -> None:
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow(self.tr("Name"), self.name)
        form.addRow(self.tr("Shortcut, typed after /"), self.shortcut)
        form.addRow(self.tr("Folder"), self.folder)
        beside = QHBoxLayout()
        for button in (self.variables, self.attach, self.drop):
            beside.addWidget(button)
        beside.addStretch()
        cancel = QPushButton(self.tr("Cancel"))
        cancel.setAutoDefault(False)
        cancel.clicked.connect(self.reject)
        foot = QHBoxLayout()
        foot.addStretch()
        foot.addWidget(cancel)
        foot.addWidget(self.save_button)
        box = QVBoxLayout(self)
        box.setContentsMargins(20, 16, 20, 16)
        box.setSpacing(10)
        box.addWidget(PlainLabel(title, kind="title"))
        box.addLayout(form)
        box.addWidget(self.text, 1)
        box.addLayout(beside)
        box.addWidget(self.files)
        box.addWidget(self.trouble)
        box.addLayout(foot)
        self.resize(theme().px(560), theme().px(480))

    def _connect(self) -> None:
        self._completion = VariableCompletion(self.text)
        self._menu = QMenu(self)
        self.variables.setMenu(self._menu)
        self.attach.clicked.connect(self._choose)
        self.drop.clicked.connect(self._drop_files)
        self.save_button.clicked.connect(self._save)

    def _show_folders(self, library: SnippetLibrary) -> None:
        typed = self.folder.currentText()
        self.folder.clear()
        self.folder.addItems(["", *(folder.name for folder in library.folders)])
        self.folder.setCurrentText(library.folder_name(self._snippet) if self._snippet is not None else typed)

    def _fill_menu(self, names: tuple[str, ...]) -> None:
        self._completion.show_names(names)
        for name in names:
            self._menu.addAction(menu_text(name)).triggered.connect(
                lambda _checked=False, name=name: self._insert(name)
            )

    def _insert(self, name: str) -> None:
        self.text.insertPlainText(name)
        self.text.setFocus()

    def _choose(self) -> None:
        dialog = QFileDialog(self, self.tr("Add files"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.filesSelected.connect(lambda names: self._tasks.start(self._take(names), on_error=self._refuse))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    async def _take(self, names: list[str]) -> None:
        for name in names[: MAX_FILES - len(self._files)]:
            staged = await self._services.attachments.stage(Path(name), name=Path(name).name)
            self._files.append(await self._services.snippets.file_from(staged.path))
        self._show_files()

    def _drop_files(self) -> None:
        self._files.clear()
        self._show_files()

    def _show_files(self) -> None:
        self.files.setText(", ".join(plain_name(file.name) for file in self._files))
        self.files.setVisible(bool(self._files))
        self.drop.setVisible(bool(self._files))
        self.attach.setEnabled(len(self._files) < MAX_FILES)

    def _save(self) -> None:
        draft = SnippetDraft(
            name=self.name.text(),
            text=self.text.toPlainText(),
            shortcut=self.shortcut.text(),
            folder=self.folder.currentText(),
            files=tuple(self._files),
        )
        known = self._snippet.id if self._snippet is not None else None
        self._tasks.start(
            self._services.snippets.save(draft, snippet_id=known), on_result=self._done, on_error=self._refuse
        )

    def _done(self, snippet: Snippet) -> None:
        self.saved.emit(snippet)
        self.accept()

    def _refuse(self, error: InboxError) -> None:
        self.trouble.setText(f"{error.message} {error.hint}".strip())
        self.trouble.show()
