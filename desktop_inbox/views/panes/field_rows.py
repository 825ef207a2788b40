"""Rows of the details that are changed in place: one kind of editor for each kind of field (S3-65, S3-67)."""

from PySide6.QtCore import QDate, QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDateEdit, QHBoxLayout, QLineEdit, QMenu, QToolButton, QVBoxLayout, QWidget

from desktop_inbox.errors import InboxError
from desktop_inbox.models.entities.custom_field import MAX_VALUE, CustomField, FieldKind
from desktop_inbox.views.answering import ToggleBox
from desktop_inbox.views.escape import claims_escape
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.icons import bind_icon
from desktop_inbox.views.plain import menu_text, one_line, repolish, set_tip

from .detail_rows import DetailRow, ElidedButton


class FieldRow(DetailRow):
    """A value that a click (or Enter) lets be changed; Enter or leaving saves, Esc leaves it as it was."""

    saved = Signal(str)

    def __init__(self, label: str, *, tip: str = "", parent: QWidget | None = None) -> None:
        self.box = QWidget()
        super().__init__(label, widget=self.box, parent=parent)
        self.label.setBuddy(self.box)
        self.label.setWordWrap(True)
        self.text = ""
        self._name, self._tip = label, tip
        set_tip(self.label, tip)
        row = QHBoxLayout(self.box)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        self.button = ElidedButton("")
        self.button.clicked.connect(self.edit)
        row.addWidget(self.button, 1)
        self._row = row
        self.show_value("")

    @property
    def editing(self) -> bool:
        """Whether a value is being typed."""
        return False

    def show_value(self, text: str) -> None:
        """Show a value; one that is being typed stays."""
        self.text = text
        shown = one_line(self.shown(text))
        self.button.set_text(shown or self.tr("Add…"))
        self.button.setAccessibleName(f"{self._name}: {shown or self.tr('not known')}")
        self.button.setAccessibleDescription(self._tip)
        empty = not text
        if self.button.property("empty") is not empty:
            self.button.setProperty("empty", empty)
            repolish(self.button)

    def shown(self, text: str) -> str:
        """Return how a value is written for people."""
        return text

    def edit(self) -> None:
        """Let the value be changed."""

    def refuse(self, error: InboxError) -> None:
        """Say what is wrong with what was typed; it stays to be put right."""
        self.set_note(f"{error.message} {error.hint}".strip())
        self.edit()


class TextRow(FieldRow):
    """A line of text, a number, an address or a time."""

    def __init__(self, label: str, *, tip: str = "", placeholder: str = "", parent: QWidget | None = None) -> None:
        self.editor = QLineEdit()
        super().__init__(label, tip=tip, parent=parent)
        self.editor.setAccessibleName(label)
        self.editor.setMaxLength(MAX_VALUE)
        self.editor.setPlaceholderText(placeholder)
        self.editor.returnPressed.connect(self.save)
        self.editor.installEventFilter(self)
        self.editor.hide()
        self._typed: str | None = None  # what was refused, to be put right
        self._row.addWidget(self.editor, 1)

    @property
    def editing(self) -> bool:
        """Whether a value is being typed."""
        return not self.editor.isHidden()

    def edit(self) -> None:
        """Let the value be changed."""
        self.editor.setText(self.text if self._typed is None else self._typed)
        self.button.hide()
        self.editor.show()
        self.editor.setFocus()
        self.editor.selectAll()

    def save(self) -> None:
        """Hand over what was typed."""
        if not self.editing:
            return
        typed = self.meant(self.editor.text().strip())
        had_focus = self.editor.hasFocus()
        self._close(focus=had_focus)
        if typed != self.text:
            self._typed = typed
            self.saved.emit(typed)

    def meant(self, typed: str) -> str:
        """Return the value that was meant."""
        return typed

    def cancel(self) -> None:
        """Leave the value as it was."""
        self._typed = None
        self._close(focus=True)

    def show_value(self, text: str) -> None:
        """Show a value; what was refused is forgotten when another comes."""
        if text != self.text:
            self._typed = None
            self.set_note("")
        super().show_value(text)

    def _close(self, *, focus: bool) -> None:
        self.set_note("")
        self.editor.hide()
        self.button.show()
        if focus:
            self.button.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Esc cancels; leaving the field saves, unless a menu or another window took the focus."""
        if claims_escape(event):
            return True
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            self.cancel()
            return True
        if event.type() == QEvent.Type.FocusOut and self.editor.isVisible() and self.window().isActiveWindow():
            self.save()
        return super().eventFilter(watched, event)


class LinkRow(TextRow):
    """The address of a web page, with a button that opens it."""

    open_wanted = Signal(str)

    def __init__(self, label: str, *, tip: str = "", parent: QWidget | None = None) -> None:
        self.open_button = QToolButton()
        super().__init__(label, tip=tip, placeholder="https://", parent=parent)
        self.open_button.setProperty("kind", "quiet")
        self.open_button.setAccessibleName(self.tr("Open {field}").format(field=label))
        set_tip(self.open_button, self.tr("Open in the browser…"))
        bind_icon(self.open_button, "external-link", "muted", size=15)
        self.open_button.clicked.connect(lambda: self.open_wanted.emit(self.text))
        self._row.addWidget(self.open_button)

    def show_value(self, text: str) -> None:
        """Show an address, and the button where there is one."""
        super().show_value(text)
        self.open_button.setVisible(bool(text))


class ChoiceRow(FieldRow):
    """One of a list."""

    def __init__(
        self, label: str, choices: tuple[tuple[str, str], ...], *, tip: str = "", parent: QWidget | None = None
    ) -> None:
        """``choices``: value and words of each."""
        self._choices = choices
        super().__init__(label, tip=tip, parent=parent)

    def shown(self, text: str) -> str:
        """Return the words of a value."""
        return next((words for value, words in self._choices if value == text), text)

    def edit(self) -> None:
        """Open the list."""
        menu = QMenu(self.button)
        menu.aboutToHide.connect(menu.deleteLater)
        for value, words in (("", self.tr("No value")), *self._choices):
            action = menu.addAction(menu_text(one_line(words)))
            action.setCheckable(True)
            action.setChecked(value == self.text)
            action.triggered.connect(lambda _=False, value=value: self._choose(value))
        menu.popup(self.button.mapToGlobal(self.button.rect().bottomLeft()))

    def refuse(self, error: InboxError) -> None:
        """Say why a choice was not taken."""
        self.set_note(f"{error.message} {error.hint}".strip())

    def _choose(self, value: str) -> None:
        self.set_note("")
        if value != self.text:
            self.saved.emit(value)


class CheckRow(FieldRow):
    """Yes or no; unknown counts as no until somebody ticks it."""

    def __init__(self, label: str, *, tip: str = "", parent: QWidget | None = None) -> None:
        self.check = ToggleBox()
        super().__init__(label, tip=tip, parent=parent)
        self.check.setProperty("kind", "bare")
        self.check.setAccessibleName(label)
        self.check.setAccessibleDescription(tip)
        self.check.clicked.connect(lambda checked: self.saved.emit("true" if checked else "false"))
        self.button.hide()
        self._row.setContentsMargins(4, 0, 0, 0)
        self._row.insertWidget(0, self.check)
        self._row.addStretch()

    def show_value(self, text: str) -> None:
        """Show a tick."""
        self.text = text
        self.check.setChecked(text == "true")

    def refuse(self, error: InboxError) -> None:
        """Say why the tick was not taken."""
        self.set_note(f"{error.message} {error.hint}".strip())
        self.show_value(self.text)


class DateRow(FieldRow):
    """A day, chosen in a calendar or typed."""

    def __init__(self, label: str, formats: Formats, *, tip: str = "", parent: QWidget | None = None) -> None:
        self._formats = formats
        self.editor = QDateEdit()
        super().__init__(label, tip=tip, parent=parent)
        self.editor.setAccessibleName(label)
        self.editor.setCalendarPopup(True)
        self.editor.setDisplayFormat("yyyy-MM-dd")
        self.editor.setDateRange(QDate(1, 1, 1), QDate(9999, 12, 31))
        self.editor.calendarWidget().clicked.connect(lambda _day: self.save())
        self.clear_button = QToolButton()
        self.clear_button.setProperty("kind", "quiet")
        self.clear_button.setAccessibleName(self.tr("Forget {field}").format(field=label))
        set_tip(self.clear_button, self.tr("No date"))
        bind_icon(self.clear_button, "x", "muted", size=15)
        self.clear_button.clicked.connect(self._forget)
        self._form = QWidget()
        form = QHBoxLayout(self._form)
        form.setContentsMargins(0, 0, 0, 0)
        form.setSpacing(2)
        form.addWidget(self.editor, 1)
        form.addWidget(self.clear_button)
        self._row.addWidget(self._form, 1)
        self._form.hide()
        for watched in (self.editor, self.clear_button):
            watched.installEventFilter(self)

    @property
    def editing(self) -> bool:
        """Whether a day is being chosen."""
        return not self._form.isHidden()

    def shown(self, text: str) -> str:
        """Return the day as people of this country write it."""
        day = QDate.fromString(text, Qt.DateFormat.ISODate)
        return (
            self._formats.locale.toString(day, self._formats.locale.FormatType.ShortFormat) if day.isValid() else text
        )

    def edit(self) -> None:
        """Let the day be changed."""
        day = QDate.fromString(self.text, Qt.DateFormat.ISODate)
        self.editor.setDate(day if day.isValid() else _today(self._formats))
        self.clear_button.setVisible(bool(self.text))
        self.button.hide()
        self._form.show()
        self.editor.setFocus()

    def save(self) -> None:
        """Hand over the day shown."""
        self._close()
        day = self.editor.date().toString(Qt.DateFormat.ISODate)
        if day != self.text:
            self.saved.emit(day)

    def _forget(self) -> None:
        self._close()
        if self.text:
            self.saved.emit("")

    def _close(self) -> None:
        self.set_note("")
        self._form.hide()
        self.button.show()
        self.button.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter saves, Esc leaves the day as it was."""
        if claims_escape(event):
            return True
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() == Qt.Key.Key_Escape:
                self._close()
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and watched is self.editor:
                self.editor.interpretText()
                self.save()
                return True
        return super().eventFilter(watched, event)


def _today(formats: Formats) -> QDate:
    today = formats.today()
    return QDate(today.year, today.month, today.day)


def row_of(field: CustomField, formats: Formats) -> FieldRow:
    """Return the row for a custom field."""
    tip = field.description
    name = one_line(field.name)
    if field.kind is FieldKind.LIST:
        return ChoiceRow(name, tuple((choice, choice) for choice in field.choices), tip=tip)
    if field.kind is FieldKind.CHECKBOX:
        return CheckRow(name, tip=tip)
    if field.kind is FieldKind.DATE:
        return DateRow(name, formats, tip=tip)
    if field.kind is FieldKind.URL:
        return LinkRow(name, tip=tip)
    hints = {FieldKind.EMAIL: "name@example.org", FieldKind.NUMBER: "12.5", FieldKind.TIME: "14:30"}
    return TextRow(name, tip=tip, placeholder=hints.get(field.kind, ""))


def column() -> QVBoxLayout:
    """Return a layout of rows."""
    rows = QVBoxLayout()
    rows.setContentsMargins(0, 0, 0, 0)
    rows.setSpacing(2)
    return rows
