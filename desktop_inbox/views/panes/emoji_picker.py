"""EmojiPicker: find an emoji by name, or pick one from its group (S3-54)."""

import asyncio
from collections.abc import Callable

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, QSettings, QSize, Qt, Signal
from PySide6.QtGui import QFont, QHideEvent, QKeyEvent
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLineEdit, QListView, QToolButton, QVBoxLayout, QWidget

from desktop_inbox.views.emoji_data import GROUPS, Emoji, find_emoji, load_emoji
from desktop_inbox.views.item_models.emoji import EmojiModel
from desktop_inbox.views.plain import PlainLabel
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.theme import theme

COLUMNS, ROWS, CELL = 9, 6, 38
MAX_RECENT = 27
_RECENT, _TONE = "emoji/recent", "emoji/tone"
_TONES = ("✋", "✋🏻", "✋🏼", "✋🏽", "✋🏾", "✋🏿")


class EmojiPicker(QFrame):
    """A popup over its button: typing searches, arrows move in the grid, Enter inserts, Esc returns."""

    picked = Signal(str)
    closed = Signal()

    def __init__(self, tasks: Tasks, parent: QWidget, *, cost: Callable[[str], str] = lambda _emoji: "") -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._tasks, self._cost = tasks, cost
        self._all: tuple[Emoji, ...] = ()
        self.setProperty("kind", "popup")
        self.setAccessibleName(self.tr("Emoji"))
        self.box = QLineEdit()
        self.box.setPlaceholderText(self.tr("Search emoji"))
        self.box.setAccessibleName(self.tr("Search emoji"))
        self.box.textChanged.connect(self._search)
        self.box.installEventFilter(self)
        self.tone = QComboBox()
        self.tone.setAccessibleName(self.tr("Skin tone"))
        self.tone.addItems(list(_TONES))
        self.tone.currentIndexChanged.connect(self._toned)
        self.model = EmojiModel(self)
        self.grid = QListView()
        self.name = PlainLabel(kind="small")
        self._build()
        kept = QSettings().value(_TONE, defaultValue=0, type=int)
        self.tone.setCurrentIndex(kept if isinstance(kept, int) else 0)

    def _build(self) -> None:
        self.grid.setModel(self.model)
        self.grid.setAccessibleName(self.tr("Emoji"))
        self.grid.setViewMode(QListView.ViewMode.IconMode)
        self.grid.setMovement(QListView.Movement.Static)
        self.grid.setResizeMode(QListView.ResizeMode.Adjust)
        self.grid.setUniformItemSizes(True)
        self.grid.activated.connect(self._pick)
        self.grid.clicked.connect(self._pick)
        self.grid.selectionModel().currentChanged.connect(self._tell)
        self.grid.installEventFilter(self)
        top, groups, box = QHBoxLayout(), QHBoxLayout(), QVBoxLayout(self)
        top.addWidget(self.box, 1)
        top.addWidget(self.tone)
        groups.setSpacing(2)
        for number, sign in GROUPS:
            button = QToolButton()
            button.setProperty("kind", "quiet")
            button.setText(sign)
            button.setAccessibleName(self.tr("Group {sign}").format(sign=sign))
            button.clicked.connect(lambda _=False, number=number: self._show_group(number))
            groups.addWidget(button)
        groups.addStretch()
        box.setContentsMargins(10, 10, 10, 10)
        box.setSpacing(6)
        box.addLayout(top)
        box.addLayout(groups)
        box.addWidget(self.grid)
        box.addWidget(self.name)
        theme().changed.connect(self._fit)
        self._fit()

    def _fit(self) -> None:
        """Take the size of the text in force."""
        cell, font = theme().px(CELL), QFont(self.font())
        font.setPixelSize(theme().px(24))
        self.grid.setFont(font)
        self.grid.setGridSize(QSize(cell, cell))
        self.grid.setFixedSize(cell * COLUMNS + 16, cell * ROWS)

    def open_above(self, button: QWidget) -> None:
        """Show the picker over a button; the emoji are read the first time."""
        self.box.clear()
        self.adjustSize()
        corner = button.mapToGlobal(QPoint(0, -self.sizeHint().height() - 6))
        screen = button.screen().availableGeometry()
        corner.setX(max(screen.left(), min(corner.x(), screen.right() - self.sizeHint().width())))
        corner.setY(max(screen.top(), corner.y()))
        self.move(corner)
        self.show()
        self.box.setFocus()
        if self._all:
            self._search()
        else:
            self._tasks.start(asyncio.to_thread(load_emoji), on_result=self._loaded)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Go from the field into the grid with the arrows, take with Enter, leave with Esc."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            key = event.key()
            if key == Qt.Key.Key_Escape:
                self.hide()
                return True
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._pick(self.grid.currentIndex() if self.grid.currentIndex().isValid() else self.model.index(0))
                return True
            if watched is self.box and key == Qt.Key.Key_Down and self.model.rowCount():
                self.grid.setFocus()
                self.grid.setCurrentIndex(self.model.index(0))
                return True
            if watched is self.grid and event.text().isprintable() and event.text():
                self.box.setFocus()
                self.box.insert(event.text())
                return True
        return super().eventFilter(watched, event)

    def hideEvent(self, event: QHideEvent) -> None:
        """Give the focus back."""
        super().hideEvent(event)
        self.closed.emit()

    def _loaded(self, emoji: tuple[Emoji, ...]) -> None:
        self._all = emoji
        self._search()

    def _search(self) -> None:
        text = self.box.text().strip()
        self.model.show(find_emoji(self._all, text) if text else (*self._recent(), *self._all))
        self.name.setText("" if self.model.rowCount() or not self._all else self.tr("Nothing found"))

    def _show_group(self, number: int) -> None:
        self.box.clear()
        self.model.show([emoji for emoji in self._all if emoji.group == number])
        self.grid.scrollToTop()

    def _recent(self) -> list[Emoji]:
        known = {emoji.text: emoji for emoji in self._all}
        return [known[text] for text in str(QSettings().value(_RECENT, "")).split() if text in known]

    def _pick(self, index: QModelIndex) -> None:
        if not index.isValid():
            return
        emoji = self.model.emoji(index)
        kept = [text for text in str(QSettings().value(_RECENT, "")).split() if text != emoji.text]
        QSettings().setValue(_RECENT, " ".join([emoji.text, *kept][:MAX_RECENT]))
        self.hide()
        self.picked.emit(emoji.toned(self.model.tone))

    def _tell(self, current: QModelIndex) -> None:
        if not current.isValid():
            self.name.setText("")
            return
        emoji = self.model.emoji(current)
        cost = self._cost(emoji.toned(self.model.tone))
        self.name.setText(f"{emoji.name} · {cost}" if cost else emoji.name)

    def _toned(self, tone: int) -> None:
        self.model.tone = tone
        QSettings().setValue(_TONE, tone)
        if self._all:
            self._search()
