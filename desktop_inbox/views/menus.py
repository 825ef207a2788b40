"""Menus made from the registry of actions: the menu bar, and the same in one popup."""

from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from desktop_inbox.views.actions import Actions, Menu, translated


def build_menu_bar(bar: QMenuBar, actions: Actions) -> None:
    """Fill the menu bar with every action that works."""
    for menu in Menu:
        fill(bar.addMenu(translated(menu.value)), menu, actions)


def build_popup(actions: Actions, parent: QWidget) -> QMenu:
    """Return one popup that holds all menus."""
    popup = QMenu(parent)
    for menu in Menu:
        fill(popup.addMenu(translated(menu.value)), menu, actions)
    return popup


def fill(target: QMenu, menu: Menu, actions: Actions) -> None:
    """Put the actions of one menu into ``target``."""
    for spec, action in actions.shown():
        if spec.menu is menu:
            if spec.starts_section and not target.isEmpty():
                target.addSeparator()
            target.addAction(action)
