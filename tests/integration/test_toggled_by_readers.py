"""Every button with two states does what it says when assistive technology toggles it, of which Qt tells no click."""

import pytest
from PySide6.QtCore import SIGNAL
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractButton, QApplication, QMenu, QWidget

from desktop_inbox.models.entities.conversation import View
from desktop_inbox.views.pages.broadcasts import BroadcastsPage
from desktop_inbox.views.panes.broadcast_audience import Kind
from desktop_inbox.views.panes.composer import ComposerPane
from desktop_inbox.views.panes.filter_chip import FilterChip
from desktop_inbox.views.panes.navigation_rail import RailButton
from desktop_inbox.views.panes.new_broadcast import NewBroadcast
from tests.support.qt import stage
from tests.support.whole_window import WholeWindow, whole

__all__ = ["stage", "whole"]

PAGES = ("inbox", "messages", "contacts", "broadcasts", "schedules", "campaigns", "reports", "settings")


def toggle(button: QWidget) -> None:
    """Do what a screen reader's user does with a button."""
    interface = QAccessible.queryAccessibleInterface(button)
    assert interface is not None
    actions = interface.actionInterface()
    names = actions.actionNames()
    actions.doAction("Toggle" if "Toggle" in names else "Press")


def close_menus(whole: WholeWindow) -> int:
    """Close the menus that are open; returns how many there were."""
    menus = [one for one in QApplication.topLevelWidgets() if isinstance(one, QMenu) and one.isVisible()]
    for menu in menus:
        menu.close()
    whole.stage.settle()
    return len(menus)


def checkable(whole: WholeWindow) -> list[QAbstractButton]:
    """Buttons with two states that can be reached now, without the rail."""
    return [
        one
        for one in whole.window.findChildren(QAbstractButton)
        if one.isCheckable() and one.isVisible() and one.isEnabled() and not isinstance(one, RailButton)
    ]


@pytest.mark.row("A13")
@pytest.mark.parametrize("page", PAGES)
def test_every_button_with_two_states_answers_a_reader(whole: WholeWindow, page: str) -> None:
    """Who listens to clicks is told; who listens to the state hears it anyway."""
    people = whole.people(2)
    whole.open()
    whole.window.show_page(page)
    if page == "inbox":
        whole.window.open_conversation(people[0])
    whole.stage.settle()
    for button in checkable(whole):
        if not button.isVisible():
            continue  # one before it put it away
        told: list[int] = []
        listened = button.receivers(SIGNAL("clicked(bool)")) + button.receivers(SIGNAL("clicked()"))
        button.clicked.connect(lambda _on=False, told=told: told.append(1))
        was, exclusive = button.isChecked(), button.autoExclusive()
        toggle(button)
        whole.stage.settle()
        close_menus(whole)
        if not (was and exclusive):  # what is chosen already stays
            assert not listened or told, (page, button.accessibleName() or button.text())
            assert listened or button.receivers(SIGNAL("toggled(bool)")), (page, button.text())


@pytest.mark.row("A13")
def test_a_reader_narrows_the_list_and_turns_to_comments(whole: WholeWindow) -> None:
    people = whole.people(2)
    whole.open()
    pane = whole.window.pane
    toggle(pane._chips[View.UNREAD])
    whole.stage.settle()
    assert pane.quick is not None
    toggle(pane._chips[View.UNREAD])
    whole.window.open_conversation(people[0])
    whole.stage.settle()
    (composer,) = whole.window.findChildren(ComposerPane)
    toggle(composer.comment_mode)
    whole.stage.settle()
    assert not composer.editor.isVisible()
    toggle(composer.reply_mode)
    whole.stage.settle()
    assert composer.editor.isVisible()


@pytest.mark.row("A13")
def test_a_reader_opens_the_menus_of_filters_and_chooses_an_audience(whole: WholeWindow) -> None:
    whole.people(1)
    whole.open()
    whole.window.show_page("broadcasts")
    whole.stage.settle()
    page = whole.window.page("broadcasts")
    assert isinstance(page, BroadcastsPage)
    chips = [one for one in page.findChildren(FilterChip) if one.isVisible()]
    assert chips
    for chip in chips:
        toggle(chip)
        assert close_menus(whole) == 1, chip.accessibleName()
        assert not chip.isChecked()  # the press itself chose nothing
    page.new_broadcast()
    whole.stage.settle()
    (new,) = page.findChildren(NewBroadcast)
    for kind in (Kind.LIST, Kind.FILE, Kind.CONTACTS, Kind.SEGMENT):
        chip = new.audience.kinds[kind]
        if chip.isVisible():
            toggle(chip)
            assert new.audience.pages.currentIndex() == kind
            assert [one.isChecked() for one in new.audience.kinds].count(True) == 1
