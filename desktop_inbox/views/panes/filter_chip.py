"""FilterChip: one filter over a table: what is ticked in its menu, or the word for everything."""

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QMenu

from desktop_inbox.views.answering import ToggleButton
from desktop_inbox.views.icons import bind_icon
from desktop_inbox.views.plain import menu_text

_SHOWN = 2  # names on a chip; more become a number


class ChoiceMenu(QMenu):
    """Stays open while several are ticked: click or Space ticks, Enter and Esc close."""

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Tick without closing."""
        action = self.activeAction()
        if action is not None and action.isCheckable() and action.actionGroup() is None:
            action.trigger()
        else:
            super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Tick without closing."""
        action = self.activeAction()
        if event.key() == Qt.Key.Key_Space and action is not None and action.isCheckable():
            action.trigger()
        else:
            super().keyPressEvent(event)


class FilterChip(ToggleButton):
    """One filter: what is ticked in its menu, or the word for everything."""

    changed = Signal()

    def __init__(self, name: str, everything: str, *, several: bool = True) -> None:
        super().__init__()
        self._name, self._everything, self._several = name, everything, several
        self._offers: list[tuple[object, str]] = []
        self.chosen: set[object] = set()
        self.setProperty("kind", "chip")
        self.setLayoutDirection(Qt.LayoutDirection.RightToLeft)  # the arrow stands behind the words
        bind_icon(self, "chevron-down", "muted", size=14)
        self.clicked.connect(self.open_menu)
        self._show()

    def offer(self, offers: Sequence[tuple[object, str]]) -> None:
        """Set what can be chosen; what is gone is not chosen any more."""
        self._offers = list(offers)
        self.chosen &= {value for value, _text in offers}
        self._show()

    def choose(self, values: set[object]) -> None:
        """Choose these."""
        if values != self.chosen:
            self.chosen = values
            self._show()
            self.changed.emit()

    def choose_known(self, values: object) -> None:
        """Choose those of some remembered values that are offered."""
        known = values if isinstance(values, list) else []
        self.choose({value for value, _text in self._offers if value in known})

    def menu_of(self) -> QMenu:
        """Return the menu, filled."""
        menu = ChoiceMenu(self)
        menu.setAccessibleName(self._name)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        everything = menu.addAction(menu_text(self._everything))
        everything.setEnabled(bool(self.chosen))
        everything.triggered.connect(lambda _checked=False: self.choose(set()))
        menu.addSeparator()
        for value, text in self._offers:
            action = menu.addAction(menu_text(text))
            action.setCheckable(True)
            action.setChecked(value in self.chosen)
            action.triggered.connect(lambda checked, value=value: self._tick(value, checked=checked))
        return menu

    def open_menu(self) -> None:
        """Show the menu under the chip."""
        self._show()  # the click itself chose nothing
        self.menu_of().popup(self.mapToGlobal(QPoint(0, self.height() + 2)))

    def _tick(self, value: object, *, checked: bool) -> None:
        if not self._several:
            self._untick_others(value)
            self.choose({value} if checked else set())
        else:
            self.choose(self.chosen | {value} if checked else self.chosen - {value})

    def _untick_others(self, value: object) -> None:
        menu = self.findChild(ChoiceMenu)
        actions: list[QAction] = [] if menu is None else menu.actions()[2:]
        for (one, _text), action in zip(self._offers, actions, strict=False):
            action.setChecked(one == value and action.isChecked())

    def _show(self) -> None:
        names = [text for value, text in self._offers if value in self.chosen]
        shown = ", ".join(names[:_SHOWN]) + (f" +{len(names) - _SHOWN}" if len(names) > _SHOWN else "")
        self.setText(menu_text(shown or self._everything))
        self.setChecked(bool(self.chosen))
        self.setAccessibleName(f"{self._name}: {shown or self._everything}")
