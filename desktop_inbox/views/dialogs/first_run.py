"""FirstRunDialog: four short steps from an empty program to a useful one (F04)."""

from enum import StrEnum
from typing import TypeVar

from PySide6.QtCore import QSettings, Qt, Signal
from PySide6.QtWidgets import QComboBox, QDialog, QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from desktop_inbox.views.bridge import EventBridge
from desktop_inbox.views.icons import icon_pixmap
from desktop_inbox.views.plain import PlainLabel
from desktop_inbox.views.preferences import PRIVACY, SEND_WITH, Preference, Preferences, Privacy, SendWith
from desktop_inbox.views.services import Services
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.theme import theme

from .channel_setup import ChannelSetupDialog

T = TypeVar("T", bound=StrEnum)

_STEP, _DONE = "first_run/step", "first_run/done"


def is_first_run() -> bool:
    """Return whether nobody has gone through the steps or left them yet."""
    return not QSettings().value(_DONE, defaultValue=False, type=bool)


class FirstRunDialog(QDialog):
    """Each step can be skipped; closing keeps the place, and Help opens it again."""

    demo_wanted = Signal()

    def __init__(
        self,
        services: Services,
        tasks: Tasks,
        bridge: EventBridge,
        parent: QWidget | None = None,
        *,
        preferences: Preferences | None = None,
    ) -> None:
        super().__init__(parent)
        self._services, self._tasks, self._bridge = services, tasks, bridge
        self._preferences = preferences or Preferences(services.settings, tasks, bridge, self)
        self.setWindowTitle(self.tr("Set-up assistant"))
        self.setModal(True)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.pages = QStackedWidget()
        for page in (self._welcome(), self._connect(), self._choices(), self._ready()):
            self.pages.addWidget(page)
        self.place = PlainLabel(kind="small")
        self.back_button, self.skip_button = QPushButton(self.tr("Back")), QPushButton(self.tr("Skip set-up"))
        self.next_button = QPushButton()
        self.next_button.setProperty("kind", "primary")
        self.next_button.setDefault(True)
        self.back_button.clicked.connect(lambda: self.show_step(self.pages.currentIndex() - 1))
        self.next_button.clicked.connect(self._next)
        self.skip_button.clicked.connect(self._finish)
        row = QHBoxLayout()
        row.addWidget(self.place)
        row.addStretch()
        for button in (self.skip_button, self.back_button, self.next_button):
            row.addWidget(button)
        box = QVBoxLayout(self)
        box.setContentsMargins(28, 24, 28, 20)
        box.addWidget(self.pages, 1)
        box.addLayout(row)
        self.resize(theme().px(520), theme().px(420))
        kept = QSettings().value(_STEP, defaultValue=0, type=int)
        self.show_step(kept if isinstance(kept, int) else 0)

    def show_step(self, number: int) -> None:
        """Go to a step, counted from 0; it is where the assistant opens next time."""
        last = self.pages.count() - 1
        number = min(max(number, 0), last)
        self.pages.setCurrentIndex(number)
        self.place.setText(self.tr("Step {n} of {total}").format(n=number + 1, total=last + 1))
        self.back_button.setEnabled(number > 0)
        self.next_button.setText(self.tr("Open the inbox") if number == last else self.tr("Continue"))
        self.skip_button.setVisible(number < last)
        QSettings().setValue(_STEP, number)

    def _next(self) -> None:
        if self.pages.currentIndex() == self.pages.count() - 1:
            self._finish()
        else:
            self.show_step(self.pages.currentIndex() + 1)

    def _finish(self) -> None:
        QSettings().setValue(_DONE, True)
        QSettings().setValue(_STEP, 0)
        self.accept()

    # Steps

    def _page(self, icon: str, title: str, text: str) -> tuple[QWidget, QVBoxLayout]:
        page = QWidget()
        box = QVBoxLayout(page)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(12)
        picture = PlainLabel()
        picture.setPixmap(icon_pixmap(icon, "accent_text", theme().px(40), density=self.devicePixelRatioF()))
        for widget in (picture, PlainLabel(title, kind="heading", wrap=True), PlainLabel(text, wrap=True)):
            box.addWidget(widget)
        return page, box

    def _welcome(self) -> QWidget:
        page, box = self._page(
            "messages-square",
            self.tr("Welcome to Desktop Inbox"),
            self.tr(
                "Text messages, WhatsApp and chat of your office in one window. Everything is kept in a database "
                "that you own; there is no service of ours in between."
            ),
        )
        box.addStretch()
        return page

    def _connect(self) -> QWidget:
        page, box = self._page(
            "plug",
            self.tr("Look around, or connect"),
            self.tr(
                "The demo shows an office full of messages that nobody receives. A channel connects your own account."
            ),
        )
        self.demo_button = QPushButton(self.tr("Look at the demo"))
        self.demo_button.clicked.connect(self._demo)
        self.connect_button = QPushButton(self.tr("Connect a channel…"))
        self.connect_button.clicked.connect(self._open_channels)
        box.addWidget(self.connect_button)
        box.addWidget(self.demo_button)
        box.addStretch()
        return page

    def _choices(self) -> QWidget:
        page, box = self._page(
            "bell",
            self.tr("How it should behave"),
            self.tr("All of this can be changed in the settings at any time."),
        )
        self.privacy = self._choice(
            box,
            self.tr("Notifications show"),
            PRIVACY,
            (
                (self.tr("Name and text"), Privacy.FULL),
                (self.tr("Name only"), Privacy.NAME),
                (self.tr("“New message”"), Privacy.NOTHING),
                (self.tr("Nothing at all"), Privacy.OFF),
            ),
        )
        self.send_with = self._choice(
            box,
            self.tr("Messages are sent with"),
            SEND_WITH,
            (
                (self.tr("Enter"), SendWith.ENTER),
                (self.tr("Shift+Enter"), SendWith.SHIFT_ENTER),
                (self.tr("Ctrl+Enter"), SendWith.CTRL_ENTER),
            ),
        )
        box.addStretch()
        return page

    def _choice(
        self, box: QVBoxLayout, label: str, preference: Preference[T], options: tuple[tuple[str, T], ...]
    ) -> QComboBox:
        choice = QComboBox()
        choice.setAccessibleName(label)
        for words, value in options:
            choice.addItem(words, str(value))
        choice.setCurrentIndex(max(choice.findData(str(self._preferences.get(preference))), 0))
        choice.currentIndexChanged.connect(
            lambda _: self._preferences.set(preference, preference.parse(choice.currentData()))
        )
        title = PlainLabel(label, kind="strong")
        title.setBuddy(choice)
        box.addWidget(title)
        box.addWidget(choice)
        return choice

    def _ready(self) -> QWidget:
        page, box = self._page(
            "circle-check",
            self.tr("Ready"),
            self.tr("Ctrl+N writes to somebody new, Ctrl+F finds anything, F1 shows every key."),
        )
        box.addStretch()
        return page

    def _demo(self) -> None:
        self.demo_wanted.emit()
        self._finish()

    def _open_channels(self) -> None:
        dialog = ChannelSetupDialog(self._services, self._tasks, self._bridge, self)
        dialog.saved.connect(lambda _: self.show_step(2))
        dialog.open()
