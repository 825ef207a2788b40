"""FocusController: F6 between panes, the Esc ladder, and keys typed while a list has the focus."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QContextMenuEvent, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QApplication, QLineEdit, QPlainTextEdit, QTextEdit, QWidget

from desktop_inbox.views.actions import Actions
from desktop_inbox.views.contracts import ConversationView
from desktop_inbox.views.controllers.conversations import ConversationController
from desktop_inbox.views.panes.conversation_list import ConversationListPane
from desktop_inbox.views.panes.navigation_rail import NavigationRail
from desktop_inbox.views.panes.workspace import Workspace

_EDITORS = (QLineEdit, QPlainTextEdit, QTextEdit)


class FocusController(QObject):
    """Moves the focus. Nothing here discards what was typed."""

    def __init__(
        self,
        actions: Actions,
        rail: NavigationRail,
        pane: ConversationListPane,
        conversation: ConversationView,
        conversation_widget: QWidget,
        details: QWidget,
        workspace: Workspace,
        controller: ConversationController,
        letters_on: Callable[[], bool],
        leave_page: Callable[[], bool],
    ) -> None:
        super().__init__(pane)
        self._actions, self._rail, self._pane = actions, rail, pane
        self._conversation, self._conversation_widget = conversation, conversation_widget
        self._details, self._workspace, self._controller = details, workspace, controller
        self._letters_on, self._leave_page = letters_on, leave_page
        pane.rows.typed.connect(self.typed)
        pane.rows.entered.connect(lambda: conversation.focus_composer())
        for view in conversation_widget.findChildren(QAbstractItemView):
            if view.accessibleName() == "Messages":
                view.installEventFilter(self)

    # F6 (K08)

    def cycle(self, step: int) -> None:
        """Move the focus to the next pane that is shown."""
        stops = self._stops()
        here = self._here()
        names = [name for name, _ in stops]
        at = names.index(here) if here in names else -1 if step > 0 else 0
        stops[(at + step) % len(stops)][1]()

    def _stops(self) -> list[tuple[str, Callable[[], object]]]:
        stops: list[tuple[str, Callable[[], object]]] = [("rail", self._rail.focus)]
        if self._pane.isVisible():
            stops.append(("list", self._pane.rows.focus))
        if self._conversation.conversation_id() is not None and self._conversation_widget.isVisible():
            stops.append(("timeline", self._conversation.focus_timeline))
            stops.append(("composer", lambda: self._conversation.focus_composer()))
        if self._details.isVisible():
            stops.append(("details", self._focus_details))
        return stops

    def _here(self) -> str:
        widget: QWidget | None = QApplication.focusWidget()
        if widget is not None and self._conversation_widget.isAncestorOf(widget):
            return "timeline" if widget.accessibleName() == "Messages" else "composer"
        panes = (("rail", self._rail), ("list", self._pane), ("details", self._details))
        return next(
            (n for n, pane in panes if widget is not None and (pane is widget or pane.isAncestorOf(widget))), ""
        )

    def _focus_details(self) -> None:
        inside = self._details.findChildren(QWidget)
        target = next((w for w in inside if w.focusPolicy() & Qt.FocusPolicy.TabFocus and w.isVisible()), self._details)
        target.setFocus(Qt.FocusReason.ShortcutFocusReason)

    # Esc (K10)

    def escape(self) -> None:
        """Take one step: search, then what the conversation holds, then the page, what is ticked, the selection."""
        focus = QApplication.focusWidget()
        if self._pane.searching or (focus is not None and self._pane.search_box.hasFocus()):
            self._pane.escape()
        elif self._conversation.escape() or self._leave_page() or self._pane.leave_selection():
            return
        elif isinstance(focus, _EDITORS) and self._conversation_widget.isAncestorOf(focus):
            self._conversation.focus_timeline()
        elif self._workspace.stacked and self._controller.current is not None:
            self.back()
        elif self._controller.current is not None:
            self._controller.close()
            self._pane.rows.focus()

    def back(self) -> None:
        """Return to the list in a narrow window."""
        self._controller.close()
        self._pane.rows.focus()

    # Shift+F10 (K26)

    def open_context_menu(self) -> None:
        """Open the menu of what has the focus; not every platform does it for this key."""
        focus = QApplication.focusWidget()
        if focus is not None:
            place = focus.rect().center()
            reason = QContextMenuEvent.Reason.Keyboard
            QApplication.sendEvent(focus, QContextMenuEvent(reason, place, focus.mapToGlobal(place)))

    # Typing (K23, K24)

    def typed(self, text: str) -> None:
        """Run the action of a single letter, else type into the composer."""
        if self._letters_on():
            action = self._actions.for_letter(text)
            if action is not None:
                if action.isEnabled():
                    action.trigger()
                return
        if self._conversation.conversation_id() is not None:
            self._conversation.focus_composer(text)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Hear letters in the message list before it searches or hands them on."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            text = event.text()
            plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier)
            if plain and text and text.isprintable() and not text.isspace():
                self.typed(text)
                return True
        return super().eventFilter(watched, event)
