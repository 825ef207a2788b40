"""What a colleague sends to many: the window shows it, and says why its buttons cannot be pressed."""

from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu, QPushButton

from desktop_inbox.app.office import Office, build_office
from desktop_inbox.models.entities.batch import SegmentAudience
from desktop_inbox.models.entities.campaign import CampaignStep
from desktop_inbox.models.entities.segment import EVERYBODY
from desktop_inbox.models.entities.user import Role
from desktop_inbox.services.broadcasts import BroadcastDraft
from desktop_inbox.services.campaigns import CampaignDraft
from desktop_inbox.services.schedules import ScheduleDraft
from desktop_inbox.views.pages.broadcasts import BroadcastsPage
from desktop_inbox.views.pages.campaigns import CampaignsPage
from desktop_inbox.views.pages.schedules import SchedulesPage
from tests.support.qt import stage
from tests.support.whole_window import WholeWindow, whole

__all__ = ["stage", "whole"]

WHY = "or an administrator, may"


def colleague(whole: WholeWindow) -> Office:
    """A second administrator's office on the same store; the person at the window becomes an agent."""
    me = whole.office.user
    boss = whole.stage.run(whole.office.users.add("Boss", role=Role.ADMINISTRATOR))
    whole.stage.run(whole.office.users.set_role(me.id, Role.AGENT))
    return build_office(whole.config, whole.store, boss, whole.bus, clock=whole.clock)


def check(buttons: tuple[QPushButton, ...], *, usable: bool) -> None:
    for button in buttons:
        assert button.isEnabled() is usable, button.text()
        assert (WHY in button.accessibleDescription()) is not usable
        assert (WHY in button.toolTip()) is not usable


@pytest.mark.row("D-06", "S1-24", "S4-57", "A15")
def test_buttons_of_a_colleagues_sending_say_why_they_cannot_be_pressed(whole: WholeWindow) -> None:
    run = whole.stage.run
    whole.people(2)
    theirs = colleague(whole)
    everybody = SegmentAudience(filter=EVERYBODY, name="Everybody")
    later = whole.clock() + timedelta(hours=3)
    run(theirs.campaigns.save(CampaignDraft(name="Welcome", steps=(CampaignStep(text="Hi", days=1),))))
    run(
        theirs.broadcasts.create(BroadcastDraft(text="News", channel_id=whole.channel.id, audience=everybody), at=later)
    )
    news = ScheduleDraft(
        text="Weekly news",
        channel_id=whole.channel.id,
        starts_at=later.replace(tzinfo=None),
        zone="UTC",
        rule="FREQ=WEEKLY",
        audience=everybody,
    )
    run(theirs.schedules.create(news))
    whole.open()
    whole.window.show_page("schedules")
    page = whole.window.page("schedules")
    assert isinstance(page, SchedulesPage)
    whole.stage.until(lambda: page.model.rowCount() == 1)
    check((page.edit_button, page.pause_button, page.send_button, page.delete_button), usable=False)
    page.table.setFocus()
    QTest.keyClick(page.table, Qt.Key.Key_Delete)
    page.table.activated.emit(page.model.index(0, 0))
    whole.stage.settle()
    assert len(run(whole.office.schedules.all())) == 1
    whole.window.show_page("campaigns")
    campaigns = whole.window.page("campaigns")
    assert isinstance(campaigns, CampaignsPage)
    whole.stage.until(lambda: campaigns.panel.campaign is not None)
    panel = campaigns.panel
    check((panel.edit_button, panel.switch_button, panel.delete_button), usable=False)
    assert panel.apply_button.isEnabled()
    whole.window.show_page("broadcasts")
    broadcasts = whole.window.page("broadcasts")
    assert isinstance(broadcasts, BroadcastsPage)
    whole.stage.until(lambda: broadcasts.panel.details is not None)
    check((broadcasts.panel.cancel, broadcasts.panel.stop, broadcasts.panel.move_on), usable=False)
    menu = QMenu(broadcasts)
    chosen = broadcasts.chosen()
    assert chosen is not None
    broadcasts._fill(menu, chosen, broadcasts.panel.details)
    usable = {action.text(): action.isEnabled() for action in menu.actions()}
    assert (usable["Preview"], usable["Cancel the broadcast"]) == (True, False)
    run(theirs.users.set_role(whole.office.user.id, Role.ADMINISTRATOR))
    page.refresh()
    whole.stage.settle()
    check((page.edit_button, page.pause_button, page.send_button, page.delete_button), usable=True)
