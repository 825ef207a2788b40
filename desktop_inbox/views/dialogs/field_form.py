"""FieldForm and NameForm: one field, or the name of a tag or a list, to be typed."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop_inbox.errors import InboxError
from desktop_inbox.models.entities.custom_field import MAX_DESCRIPTION, MAX_NAME, MAX_SLUG, CustomField, FieldKind
from desktop_inbox.models.entities.tag import MAX_NAME as MAX_TAG
from desktop_inbox.views.plain import PlainLabel
from desktop_inbox.views.services import Services
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.theme import theme

_KINDS: Mapping[FieldKind, str] = {
    FieldKind.TEXT: "Text",
    FieldKind.LIST: "List of choices",
    FieldKind.CHECKBOX: "Check box",
    FieldKind.EMAIL: "E-mail address",
    FieldKind.NUMBER: "Number",
    FieldKind.URL: "Web address",
    FieldKind.DATE: "Date",
    FieldKind.TIME: "Time",
}


def kind_word(kind: FieldKind) -> str:
    """Return the word for a kind of field."""
    return QCoreApplication.translate("Fields", _KINDS[kind])


class _Form(QDialog):
    """A title, rows, and the button that saves; it closes when what was typed is stored."""

    def __init__(self, tasks: Tasks, title: str, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._tasks = tasks
        self.setWindowTitle(title)
        self.setModal(True)
        self.setMinimumWidth(theme().px(400))
        self.error = PlainLabel(kind="error", wrap=True)
        self.error.hide()
        self.rows = QFormLayout()
        self.rows.setSpacing(10)
        self.rows.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        buttons = QDialogButtonBox()
        self.save_button = QPushButton(self.tr("Save"))
        self.save_button.setProperty("kind", "primary")
        self.save_button.setDefault(True)
        buttons.addButton(self.save_button, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton(QPushButton(self.tr("Cancel")), QDialogButtonBox.ButtonRole.RejectRole)
        buttons.accepted.connect(self.save)
        buttons.rejected.connect(self.reject)
        box = QVBoxLayout(self)
        box.setContentsMargins(24, 20, 24, 20)
        box.setSpacing(12)
        box.addWidget(PlainLabel(title, kind="title"))
        box.addLayout(self.rows)
        box.addWidget(self.error)
        box.addWidget(buttons)

    def add_row(self, label: str, widget: QWidget) -> None:
        """Put a labelled widget into the form."""
        widget.setAccessibleName(label)
        self.rows.addRow(PlainLabel(label, kind="secondary"), widget)

    def save(self) -> None:
        """Store what was typed."""
        self.error.hide()
        self.save_button.setEnabled(False)
        self._tasks.start(self.work(), on_result=lambda _: self.accept(), on_error=self._tell)

    def work(self) -> Coroutine[Any, Any, object]:
        """Return what stores it."""
        raise NotImplementedError

    def _tell(self, error: InboxError) -> None:
        self.error.setText(f"{error.message} {error.hint}".strip())
        self.error.show()
        self.save_button.setEnabled(True)


class FieldForm(_Form):
    """A field; its kind and short name are chosen once and for ever."""

    def __init__(
        self, services: Services, tasks: Tasks, field: CustomField | None, parent: QWidget | None = None
    ) -> None:
        super().__init__(tasks, _title(field), parent)
        self._services, self._field = services, field
        self.name = QLineEdit(field.name if field else "")
        self.name.setMaxLength(MAX_NAME)
        self.kind = QComboBox()
        for kind in FieldKind:
            self.kind.addItem(kind_word(kind), kind)
        self.slug = QLineEdit(field.slug if field else "")
        self.slug.setMaxLength(MAX_SLUG)
        self.slug.setPlaceholderText(self.tr("made from the name"))
        self.description = QLineEdit(field.description if field else "")
        self.description.setMaxLength(MAX_DESCRIPTION)
        self.choices = QPlainTextEdit("\n".join(field.choices) if field else "")
        self.choices.setTabChangesFocus(True)
        self.choices.setFixedHeight(theme().px(110))
        self.add_row(self.tr("Name"), self.name)
        self.add_row(self.tr("Kind"), self.kind)
        self.add_row(self.tr("Short name"), self.slug)
        self.add_row(self.tr("Description"), self.description)
        self.add_row(self.tr("Choices, one a line"), self.choices)
        if field is not None:
            self.kind.setCurrentIndex(list(FieldKind).index(field.kind))
            self.kind.setEnabled(False)
            self.slug.setEnabled(False)
        self.kind.currentIndexChanged.connect(self._fit)
        self._fit()

    def work(self) -> Coroutine[Any, Any, object]:
        """Return what stores it."""
        choices = self.choices.toPlainText().split("\n")
        name, about = self.name.text(), self.description.text()
        if self._field is not None:
            return self._services.fields.change(self._field.id, name=name, description=about, choices=choices)
        kind = FieldKind(self.kind.currentData())
        return self._services.fields.define(name, kind, slug=self.slug.text(), description=about, choices=choices)

    def _fit(self) -> None:
        """Choices belong to lists only."""
        self.rows.setRowVisible(self.choices, FieldKind(self.kind.currentData()) is FieldKind.LIST)


class NameForm(_Form):
    """The name of a tag or a list."""

    def __init__(
        self,
        tasks: Tasks,
        name: str,
        rename: Callable[[str], Coroutine[Any, Any, object]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(tasks, QCoreApplication.translate("Fields", "Rename"), parent)
        self._rename = rename
        self.name = QLineEdit(name)
        self.name.setMaxLength(MAX_TAG)
        self.name.selectAll()
        self.add_row(self.tr("Name"), self.name)

    def work(self) -> Coroutine[Any, Any, object]:
        """Return what stores it."""
        return self._rename(self.name.text())


def _title(field: CustomField | None) -> str:
    return QCoreApplication.translate("Fields", "New field" if field is None else "Edit the field")
