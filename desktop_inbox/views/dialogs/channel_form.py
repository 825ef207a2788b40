"""ChannelForm: the fields of one channel, made from what its provider asks for, and the test of its connection."""

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QFrame, QGridLayout, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from desktop_inbox.models.entities.channel import Channel
from desktop_inbox.services.prices import PRICE_SETTING
from desktop_inbox.services.providers.base import CheckStep, Provider, SettingField
from desktop_inbox.views.icons import icon_pixmap
from desktop_inbox.views.plain import PlainLabel
from desktop_inbox.views.theme import theme

_KEPT = "••••••••"  # stands for a secret that is kept and not shown


class CheckList(QWidget):
    """The steps of "Test connection", each with a tick or a cross and its remedy (F07)."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setColumnStretch(1, 1)
        self.hide()

    def clear(self) -> None:
        """Forget what was tried."""
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.hide()

    def show_busy(self) -> None:
        """Say that it is being tried."""
        self.clear()
        self._grid.addWidget(PlainLabel(self.tr("Testing the connection…"), kind="secondary"), 0, 1)
        self.show()

    def show_steps(self, steps: tuple[CheckStep, ...]) -> None:
        """Show what was tried, in order."""
        self.clear()
        for number, step in enumerate(steps):
            mark = PlainLabel()
            name, color = ("circle-check", "success") if step.ok else ("circle-x", "attention")
            mark.setPixmap(icon_pixmap(name, color, theme().px(18), density=self.devicePixelRatioF()))
            mark.setAccessibleName(self.tr("worked") if step.ok else self.tr("failed"))
            words = [step.name, step.detail] if step.ok else [step.name, step.detail, step.remedy]
            line = PlainLabel("\n".join(word for word in words if word), kind="" if step.ok else "error", wrap=True)
            self._grid.addWidget(mark, number, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(line, number, 1)
        self.show()


class ChannelForm(QFrame):
    """Name and settings. Secrets go out only when they were typed; kept ones are never shown."""

    save_wanted = Signal()
    test_wanted = Signal()
    changed = Signal()

    def __init__(self, kind: type[Provider], channel: Channel | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kind, self.channel = kind, channel
        self.name = QLineEdit(channel.name if channel is not None else kind.title)
        self.name.setAccessibleName(self.tr("Name of the channel"))
        self._fields: dict[str, QLineEdit | QComboBox] = {}
        self.checks = CheckList()
        self.trouble = PlainLabel(kind="error", wrap=True)
        self.trouble.hide()
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(6)
        box.addWidget(PlainLabel(kind.title, kind="title"))
        box.addWidget(PlainLabel(kind.summary, kind="secondary", wrap=True))
        box.addSpacing(6)
        self._add_row(box, self.tr("Name of the channel"), self.name, "")
        for spec in kind.fields:
            self._add_row(box, self._label(spec), self._make_field(spec), spec.help)
        self.price = QLineEdit("" if channel is None else channel.settings.get(PRICE_SETTING, ""))
        if kind.capabilities_of({} if channel is None else channel.settings).segments:
            self.price.setPlaceholderText("0.0079 USD")
            self.price.textChanged.connect(self.changed)
            hint = self.tr("For the estimate of what a broadcast costs. Empty: that of the office, under Settings.")
            self._add_row(box, self.tr("Price of a segment (optional)"), self.price, hint)
        box.addWidget(self.trouble)
        box.addLayout(self._buttons())
        box.addWidget(self.checks)
        box.addStretch()

    def _buttons(self) -> QHBoxLayout:
        self.test_button = QPushButton(self.tr("Test connection"))
        self.test_button.clicked.connect(self.test_wanted)
        self.save_button = QPushButton(self.tr("Save channel") if self.channel is not None else self.tr("Add channel"))
        self.save_button.setProperty("kind", "primary")
        self.save_button.clicked.connect(self.save_wanted)
        row = QHBoxLayout()
        row.addWidget(self.save_button)
        row.addWidget(self.test_button)
        row.addStretch()
        return row

    def _add_row(self, box: QVBoxLayout, label: str, field: QWidget, hint: str) -> None:
        title = PlainLabel(label, kind="strong")
        title.setBuddy(field)
        field.setAccessibleName(label)
        box.addSpacing(4)
        box.addWidget(title)
        box.addWidget(field)
        if hint:
            field.setAccessibleDescription(hint)
            box.addWidget(PlainLabel(hint, kind="small", wrap=True))

    def _label(self, spec: SettingField) -> str:
        return spec.label if spec.required else self.tr("{label} (optional)").format(label=spec.label)

    def _make_field(self, spec: SettingField) -> QLineEdit | QComboBox:
        kept = "" if self.channel is None else self.channel.settings.get(spec.key, "")
        if spec.choices:
            choice = QComboBox()
            choice.addItems(list(spec.choices))
            choice.setCurrentText(kept or spec.choices[0])
            choice.currentTextChanged.connect(self.changed)
            self._fields[spec.key] = choice
            return choice
        line = QLineEdit("" if spec.secret else kept)
        line.setPlaceholderText(spec.placeholder)
        if spec.secret:
            line.setEchoMode(QLineEdit.EchoMode.Password)
            if self.channel is not None:
                line.setPlaceholderText(_KEPT)
        line.textChanged.connect(self.changed)
        self._fields[spec.key] = line
        return line

    def value(self, key: str) -> str:
        """Return what a field holds."""
        field = self._fields[key]
        return field.currentText() if isinstance(field, QComboBox) else field.text().strip()

    def field(self, key: str) -> QLineEdit | QComboBox:
        """Return the widget of a field."""
        return self._fields[key]

    @property
    def settings(self) -> Mapping[str, str]:
        """What is not secret."""
        told = {spec.key: self.value(spec.key) for spec in self.kind.fields if not spec.secret and self.value(spec.key)}
        price = self.price.text().strip()
        return told | ({PRICE_SETTING: price} if price else {})

    @property
    def secrets(self) -> Mapping[str, str]:
        """What was typed into secret fields."""
        return {spec.key: self.value(spec.key) for spec in self.kind.fields if spec.secret and self.value(spec.key)}

    @property
    def address(self) -> str:
        """The channel's own address, by the fields that usually hold it."""
        known = [self.value(key) for key in ("number", "whatsapp_number", "user_id", "address") if key in self._fields]
        kept = self.channel.address if self.channel is not None else ""
        return next((value for value in known if value), kept)

    def missing(self) -> str:
        """Return the label of the first field that must be filled in; empty when none is missing."""
        if not self.name.text().strip():
            return self.tr("Name of the channel")
        for spec in self.kind.fields:
            kept = spec.secret and self.channel is not None
            if spec.required and not kept and not self.value(spec.key):
                return spec.label
        return ""

    def show_trouble(self, text: str) -> None:
        """Say what is wrong, or nothing."""
        self.trouble.setText(text)
        self.trouble.setVisible(bool(text))
