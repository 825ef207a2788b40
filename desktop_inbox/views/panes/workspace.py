"""Workspace: list, conversation and details side by side, as many as the window has room for (L01, L02)."""

from PySide6.QtCore import QSettings, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QSplitter, QVBoxLayout, QWidget

from desktop_inbox.views.icons import bind_icon
from desktop_inbox.views.theme import theme

LIST_WIDTH, LIST_MIN, LIST_MAX = 324, 280, 400
CONVERSATION_MIN, DETAILS_WIDTH, DETAILS_MIN = 420, 292, 240
SIDE_WIDTH, SIDE_MIN = 328, 312
#: Widths of the window at 100 % text below which something gives way.
HIDE_DETAILS, COMPACT_RAIL, STACK = 900, 700, 560


class Workspace(QWidget):
    """Three columns; sizes are remembered per screen. When narrow, list and conversation take turns."""

    left_conversation = Signal()  # Back was pressed

    def __init__(self, rows: QWidget, conversation: QWidget, details: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._list, self._conversation, self._details = rows, conversation, details
        self._details_wanted = True
        self._stacked = False
        self._showing_conversation = self._has_conversation = False
        self._side: QWidget | None = None  # takes the place of the details while it is shown
        self._side_shown = False
        self._sizes_before: list[int] = []  # of the columns before that panel took its room
        self._middle = QWidget()
        middle = QVBoxLayout(self._middle)
        middle.setContentsMargins(0, 0, 0, 0)
        middle.setSpacing(0)
        middle.addWidget(self._build_back())
        middle.addWidget(conversation, 1)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setHandleWidth(1)
        for widget in (rows, self._middle, details):
            self.splitter.addWidget(widget)
        self.splitter.setStretchFactor(1, 1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.splitter)
        self.splitter.setSizes([theme().px(LIST_WIDTH), theme().px(664), theme().px(DETAILS_WIDTH)])
        theme().changed.connect(self._arrange)

    @property
    def stacked(self) -> bool:
        """Whether list and conversation take turns."""
        return self._stacked

    @property
    def details_wanted(self) -> bool:
        """Whether the details are shown when there is room."""
        return self._details_wanted

    def want_details(self, *, wanted: bool) -> None:
        """Show or hide the details."""
        self._details_wanted = wanted
        self._arrange()

    def set_side_panel(self, panel: QWidget) -> None:
        """Take a panel that can take the place of the details."""
        panel.hide()  # the splitter would show it, and take room for it
        self._side = panel
        self.splitter.addWidget(panel)
        self._arrange()

    @property
    def side_shown(self) -> bool:
        """Whether that panel is shown."""
        return self._side_shown

    def show_side(self, *, shown: bool) -> None:
        """Show the panel instead of the details, or the details again."""
        before, self._side_shown = self._side_shown, shown and self._side is not None
        if self._side_shown and not before:
            self._sizes_before = self.splitter.sizes()
        self._arrange()
        if before and not self._side_shown:
            QTimer.singleShot(0, self, self._give_back)

    def show_conversation(self) -> None:
        """Bring the conversation to the front while stacked."""
        self._showing_conversation = self._has_conversation = True
        self._arrange()

    def show_list(self) -> None:
        """Bring the list to the front while stacked."""
        self._showing_conversation = False
        self._arrange()

    def leave_conversation(self) -> None:
        """No conversation is open any more: the list comes to the front, and nobody's details are shown."""
        self._has_conversation = False
        self.show_list()

    def save(self, settings: QSettings, screen: str) -> None:
        """Remember the sizes for this screen."""
        if not self._stacked and self._details.isVisible():
            settings.setValue(f"splitter/{screen}", self.splitter.saveState())
        settings.setValue("details", self._details_wanted)

    def restore(self, settings: QSettings, screen: str) -> None:
        """Take the sizes of this screen again."""
        state = settings.value(f"splitter/{screen}")
        if state is not None:
            self.splitter.restoreState(state)
            # What was saved at another text size may be more than the list may take now.
            sizes = self.splitter.sizes()
            over = sizes[0] - theme().px(LIST_MAX)
            if over > 0:  # sizes taken before the window has its own would replace those just restored
                self.splitter.setSizes([sizes[0] - over, sizes[1] + over, *sizes[2:]])
        self._details_wanted = str(settings.value("details", "true")).lower() == "true"
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit what is shown to the room."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        px, width = theme().px, self.window().width()
        self._stacked = width < px(STACK)
        self._list.setMinimumWidth(0 if self._stacked else px(LIST_MIN))
        self._list.setMaximumWidth(16777215 if self._stacked else px(LIST_MAX))
        room = max(0, self.width() - px(LIST_MIN) - self.splitter.handleWidth())
        self._middle.setMinimumWidth(0 if self._stacked else min(px(CONVERSATION_MIN), room))
        self._details.setMinimumWidth(px(DETAILS_MIN))
        self._list.setVisible(not self._stacked or not self._showing_conversation)
        self._middle.setVisible(not self._stacked or self._showing_conversation)
        wanted = self._details_wanted and self._has_conversation and not self._side_shown
        self._details.setVisible(wanted and width >= px(HIDE_DETAILS))
        if self._side is not None:
            self._arrange_side(width)
        self._back_row.setVisible(self._stacked)

    def _arrange_side(self, width: int) -> None:
        """Beside the composer where there is room, in the place of the conversation where there is none."""
        assert self._side is not None  # noqa: S101 - the caller asked
        px = theme().px
        was_shown = self._side.isVisible()
        self._side.setMinimumWidth(0 if self._stacked else px(SIDE_MIN))
        self._side.setVisible(self._side_shown)
        if self._side_shown and width < px(HIDE_DETAILS):
            self._middle.hide()
            self._list.setVisible(not self._stacked)
        elif self._side_shown and not was_shown:
            QTimer.singleShot(0, self, self._give_room)  # once the splitter knows what is hidden and what is not

    def _give_room(self) -> None:
        """Let the list be as wide as before; the panel takes what it needs from the conversation."""
        first, side = self._sizes_before[0], theme().px(SIDE_WIDTH)
        rest = self.splitter.width() - first - side - 2 * self.splitter.handleWidth()
        if self._side_shown and not self._stacked:
            self.splitter.setSizes([first, max(0, rest), 0, side])

    def _give_back(self) -> None:
        """The panel is gone: everything is as wide as before it came."""
        if not self._stacked and not self._side_shown:
            self.splitter.setSizes(self._sizes_before)

    def _build_back(self) -> QFrame:
        self._back_row = QFrame()
        self._back_row.setProperty("kind", "header")
        row = QHBoxLayout(self._back_row)
        row.setContentsMargins(8, 4, 8, 4)
        back = QPushButton(self.tr("Back"))
        back.setProperty("kind", "quiet")
        back.setAccessibleName("Back")
        bind_icon(back, "arrow-left")
        back.clicked.connect(self.left_conversation)
        row.addWidget(back)
        row.addStretch()
        return self._back_row
