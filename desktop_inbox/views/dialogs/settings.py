"""SettingsPage: everything that can be chosen, on one page; each choice holds at once (F08)."""

from collections.abc import Collection, Sequence
from typing import Any, TypeVar

from PySide6.QtCore import QLocale, QRegularExpression, Qt, Signal
from PySide6.QtGui import QRegularExpressionValidator
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop_inbox.views import preferences as keys
from desktop_inbox.views.answering import ToggleBox
from desktop_inbox.views.fuzzy import folded
from desktop_inbox.views.plain import PlainLabel, separator
from desktop_inbox.views.preferences import Badge, Deletion, Preference, Preferences, Privacy, SendWith
from desktop_inbox.views.search_field import SearchField
from desktop_inbox.views.theme import MAX_SCALE, MIN_SCALE, SCALE_STEP, ThemeMode, theme

T = TypeVar("T")
_WIDTH = 640


class SettingsPage(QFrame):
    """Groups of rows, a search box over them, and one button that restores the defaults."""

    keys_wanted = Signal()
    action_wanted = Signal(str)  # the key of an action that opens a dialog

    def __init__(
        self,
        preferences: Preferences,
        parent: QWidget | None = None,
        *,
        hides: bool = True,
        offers: Collection[str] = (),
    ) -> None:
        """``hides``: whether a closed window can go out of sight; without a tray it is only minimised. ``offers``:
        keys of actions that can be done, such as "teams.open"."""
        super().__init__(parent)
        self._offers = offers
        self._hides = hides
        self.setProperty("kind", "surface")
        self.setAccessibleName("Settings")
        self._preferences = preferences
        self._rows: list[_Row] = []
        self._groups: list[tuple[QWidget, list[_Row]]] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._build_header())
        area = QScrollArea()
        area.setAccessibleName("Settings list")
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(self._build_page())
        column.addWidget(area, 1)
        theme().changed.connect(self._fit)
        self._fit()

    def focus(self) -> None:
        """Move the focus to the search box."""
        self.box.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def reset(self) -> None:
        """Restore the defaults of this page."""
        for preference in keys.ALL:
            if self._preferences.get(preference) != preference.default:
                self._preferences.set(preference, preference.default)

    def visible_titles(self) -> tuple[str, ...]:
        """Return the titles of the rows shown."""
        return tuple(row.title for row in self._rows if not row.isHidden())

    # Parts

    def _build_header(self) -> QFrame:
        header = QFrame()
        header.setProperty("kind", "header")
        row = QHBoxLayout(header)
        row.setContentsMargins(24, 12, 24, 12)
        row.setSpacing(12)
        row.addWidget(PlainLabel(self.tr("Settings"), kind="title"))
        row.addStretch(1)
        self.box = SearchField("Search settings", self.tr("Search settings"))
        self.box.textChanged.connect(self._filter)
        row.addWidget(self.box, 1)
        reset = QPushButton(self.tr("Restore defaults"))
        reset.clicked.connect(self.reset)
        row.addWidget(reset)
        return header

    def _build_page(self) -> QWidget:
        page = QWidget()
        outer = QHBoxLayout(page)
        outer.setContentsMargins(24, 16, 24, 24)
        self._column_widget = QWidget()
        column = QVBoxLayout(self._column_widget)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for title, rows in self._groups_of_rows():
            heading = PlainLabel(title.upper(), kind="section")
            heading.setAccessibleName(title)
            column.addSpacing(16)
            column.addWidget(heading)
            column.addWidget(separator())
            for row in rows:
                column.addWidget(row)
            self._rows += rows
            self._groups.append((heading, rows))
        self._none = PlainLabel(self.tr("No setting fits. Try another word."), kind="secondary")
        self._none.hide()
        column.addWidget(self._none)
        column.addStretch()
        outer.addWidget(self._column_widget)
        outer.addStretch()
        return page

    def _groups_of_rows(self) -> list[tuple[str, list["_Row"]]]:
        return [
            (self.tr("Appearance"), self._appearance()),
            (self.tr("Writing"), self._writing()),
            (self.tr("Inbox"), self._inbox()),
            (self.tr("Shortcuts"), self._shortcuts()),
            (self.tr("Notifications and window"), self._system()),
            (self.tr("Office"), self._office()),
            (self.tr("Sending to many"), self._sending()),
        ]

    def _appearance(self) -> list["_Row"]:
        modes = (
            (self.tr("System"), ThemeMode.SYSTEM),
            (self.tr("Light"), ThemeMode.LIGHT),
            (self.tr("Dark"), ThemeMode.DARK),
        )
        scales = tuple((f"{percent} %", percent) for percent in range(MIN_SCALE, MAX_SCALE + 1, SCALE_STEP))
        text = self.tr("Follow the system, or stay light or dark.")
        return [
            self._choice(keys.THEME, self.tr("Colours"), text, modes),
            self._choice(
                keys.TEXT_SIZE, self.tr("Text size"), self.tr("Also by Ctrl and plus, minus or zero."), scales
            ),
        ]

    def _writing(self) -> list["_Row"]:
        send = (
            ("Enter", SendWith.ENTER),
            ("Shift+Enter", SendWith.SHIFT_ENTER),
            ("Ctrl+Enter", SendWith.CTRL_ENTER),
        )
        undo = ((self.tr("Send at once"), 0), (self.tr("5 seconds"), 5), (self.tr("10 seconds"), 10))
        wait = self.tr("How long a message waits, so that it can be taken back.")
        return [
            self._choice(keys.SEND_WITH, self.tr("Send with"), self.tr("The other keys put a new line."), send),
            self._choice(keys.UNDO_SECONDS, self.tr("Undo send"), wait, undo),
        ]

    def _inbox(self) -> list["_Row"]:
        read = self.tr("Otherwise a conversation stays unread until somebody answers. Holds for the whole office.")
        notes = self.tr("Such as the text of a voicemail, left by the command line. Holds for the whole office.")
        return [
            self._switch(keys.MARK_READ_ON_OPEN, self.tr("Mark as read when opened"), read),
            self._switch(keys.NOTES, self.tr("Notes of other programs"), notes),
            self._switch(
                keys.ASSIGN_ON_REPLY,
                self.tr("Who answers takes over"),
                self.tr("A conversation that nobody has belongs to whoever answers it. Holds for the whole office."),
            ),
            self._switch(
                keys.WRITING_ENDS_SNOOZE,
                self.tr("A new message ends a snooze"),
                self.tr("Otherwise it stays out of sight until its time. Holds for the whole office."),
            ),
        ]

    def _shortcuts(self) -> list["_Row"]:
        change = QPushButton(self.tr("Change…"))
        change.setAccessibleName(self.tr("Change keyboard shortcuts"))
        change.clicked.connect(self.keys_wanted)
        letters = self.tr("J and K move, U marks unread, E marks done, ? shows all keys.")
        return [
            _Row(self.tr("Keys of every action"), self.tr("Yours only; they hold at once."), change),
            self._switch(keys.LETTERS, self.tr("Single letters in lists"), letters),
        ]

    def _system(self) -> list["_Row"]:
        privacy = (
            (self.tr("Name and text"), Privacy.FULL),
            (self.tr("Name only"), Privacy.NAME),
            (self.tr("“New message”"), Privacy.NOTHING),
            (self.tr("Nothing at all"), Privacy.OFF),
        )
        badge = ((self.tr("Unread conversations"), Badge.CONVERSATIONS), (self.tr("Nothing"), Badge.NOTHING))
        others = self.tr("What others can read on your screen when a message arrives.")
        running = (
            self.tr("Messages keep coming in; the icon in the tray brings the window back.")
            if self._hides
            else self.tr("Messages keep coming in; the window is only minimised.")
        )
        number = self.tr("What the icon in tray and task bar counts.")
        return [
            self._choice(keys.PRIVACY, self.tr("Notifications show"), others, privacy),
            self._choice(keys.BADGE, self.tr("Number on the icon"), number, badge),
            self._switch(keys.CLOSE_TO_TRAY, self.tr("Keep running when the window is closed"), running),
        ]

    def _office(self) -> list["_Row"]:
        name = self.tr("Stands in automatic answers to STOP and HELP.")
        deletion = (
            (self.tr("Everybody"), Deletion.EVERYBODY),
            (self.tr("Administrators"), Deletion.ADMINISTRATORS),
            (self.tr("Nobody"), Deletion.NOBODY),
        )
        span = self.tr("How many days one export of a conversation may cover. Administrators choose it.")
        country = self.tr("Numbers typed without a country code belong here.")
        return [
            self._line(keys.ORGANISATION, self.tr("Name of the office"), name, limit=100),
            self._choice(
                keys.DELETION,
                self.tr("Deleting conversations"),
                self.tr("Who may delete conversations for good. Only an administrator changes this."),
                deletion,
            ),
            self._choice(
                keys.CAMPAIGNS,
                self.tr("Campaigns and reminders"),
                self.tr("Who may write and apply them; what is under way goes on. Only an administrator changes this."),
                deletion,
            ),
            self._switch(
                keys.SENDING_PAUSED,
                self.tr("Pause all sending"),
                self.tr("Nothing leaves the office until this is switched off; what is written waits a day at most. ")
                + self.tr("Only an administrator changes this."),
            ),
            self._switch(
                keys.MASK_NUMBERS,
                self.tr("Mask phone numbers in error logs"),
                self.tr("Logs of failed messages show only the last two digits. Holds for the whole office."),
            ),
            self._choice(keys.EXPORT_SPAN, self.tr("Longest export"), span, self._spans()),
            self._choice(keys.REGION, self.tr("Country"), country, _countries(self.tr("None"))),
        ]

    def _sending(self) -> list["_Row"]:
        hours = self.tr("When automatic messages leave, for the office and each team, and days off.")
        words = self.tr("Words and links that must not leave, and who may allow them.")
        price = self.tr("Of SMS, for estimates and reports; a channel may have a price of its own.")
        currency = self.tr("Stands beside every cost, such as $ or EUR.")
        opened = (
            ("teams.open", self.tr("Teams and hours"), hours),
            ("terms.open", self.tr("Blocked words"), words),
        )
        return [
            *(self._opener(key, title, text) for key, title, text in opened if key in self._offers),
            self._price(keys.SEGMENT_PRICE, self.tr("Price of a segment"), price),
            self._line(keys.CURRENCY, self.tr("Currency"), currency, limit=10),
        ]

    def _opener(self, key: str, title: str, text: str) -> "_Row":
        button = QPushButton(self.tr("Open…"))
        button.setAccessibleName(title)
        button.clicked.connect(lambda _checked=False: self.action_wanted.emit(key))
        return _Row(title, text, button)

    def _price(self, preference: Preference[float], title: str, text: str) -> "_Row":
        box = QLineEdit()
        box.setAccessibleName(title)
        box.setMinimumWidth(theme().px(220))
        box.setPlaceholderText(self.tr("Not set"))
        box.setValidator(QRegularExpressionValidator(QRegularExpression(r"\d{0,2}([.,]\d{0,6})?"), box))

        def show(value: float) -> None:
            if not box.hasFocus():
                box.setText(QLocale().toString(value, "g", 8) if value else "")

        self._preferences.on_change(preference, show)
        box.editingFinished.connect(lambda: self._preferences.set(preference, _number(box.text())))
        return _Row(title, text, box)

    def _spans(self) -> tuple[tuple[str, int], ...]:
        days = ((self.tr("1 day"), 1), (self.tr("7 days"), 7), (self.tr("31 days"), 31), (self.tr("92 days"), 92))
        return (*days, (self.tr("366 days"), 366), (self.tr("Any number"), 0))

    def _choice(self, preference: Preference[T], title: str, text: str, choices: Sequence[tuple[str, T]]) -> "_Row":
        box = QComboBox()
        box.setAccessibleName(title)
        for label, value in choices:
            box.addItem(label, value)
        values: list[Any] = [value for _, value in choices]

        def show(value: T) -> None:
            if value in values:
                box.setCurrentIndex(values.index(value))

        self._preferences.on_change(preference, show)
        box.activated.connect(lambda row: self._preferences.set(preference, values[row]))
        return _Row(title, text, box)

    def _line(self, preference: Preference[str], title: str, text: str, *, limit: int) -> "_Row":
        box = QLineEdit()
        box.setAccessibleName(title)
        box.setMaxLength(limit)
        box.setMinimumWidth(theme().px(220))

        def show(value: str) -> None:
            if not box.hasFocus():
                box.setText(value)

        self._preferences.on_change(preference, show)
        box.editingFinished.connect(lambda: self._preferences.set(preference, box.text().strip()))
        return _Row(title, text, box)

    def _switch(self, preference: Preference[bool], title: str, text: str) -> "_Row":
        box = ToggleBox()
        box.setProperty("kind", "bare")
        box.setAccessibleName(title)
        self._preferences.on_change(preference, box.setChecked)
        box.clicked.connect(lambda checked: self._preferences.set(preference, checked))
        return _Row(title, text, box)

    def _filter(self, text: str) -> None:
        wanted = folded(text.strip())
        for heading, rows in self._groups:
            for row in rows:
                row.setVisible(wanted in folded(f"{row.title} {row.text} {heading.accessibleName()}"))
            heading.setVisible(any(not row.isHidden() for row in rows))
        self._none.setVisible(all(row.isHidden() for row in self._rows))

    def _fit(self) -> None:
        self._column_widget.setMaximumWidth(theme().px(_WIDTH))
        self.box.setMaximumWidth(theme().px(_WIDTH // 2))


class _Row(QWidget):
    """Title and explanation at the start, the control at the end."""

    def __init__(self, title: str, text: str, control: QWidget) -> None:
        super().__init__()
        self.title, self.text = title, text
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 8, 0, 8)
        row.setSpacing(16)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(PlainLabel(title))
        words.addWidget(PlainLabel(text, kind="secondary", wrap=True))
        row.addLayout(words, 1)
        control.setAccessibleDescription(text)
        row.addWidget(control, 0, Qt.AlignmentFlag.AlignVCenter)


def _countries(none: str) -> tuple[tuple[str, str], ...]:
    """Return names and two-letter codes, by name."""
    found = {}
    for territory in QLocale.Country:
        code = QLocale.territoryToCode(territory)
        if len(code) == 2 and code.isalpha():
            found[code] = QLocale.territoryToString(territory)
    return ((none, ""), *sorted(((name, code) for code, name in found.items())))


def _number(typed: str) -> float:
    """Return a number that the validator let through; nothing, or a comma alone, is 0."""
    text = typed.replace(",", ".")
    return float(text) if any(sign.isdigit() for sign in text) else 0.0
