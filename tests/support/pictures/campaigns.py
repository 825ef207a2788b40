"""Pictures of campaigns and reminders."""

import asyncio

from desktop_inbox.views.dialogs.campaign_editor import CampaignEditor
from desktop_inbox.views.dialogs.reminder_editor import ReminderEditor
from desktop_inbox.views.pages.campaigns import CampaignsPage

from .camera import SETTLE, Camera


async def take_campaigns(camera: Camera) -> None:
    """Take a campaign with its contacts, its editor, the reminders, and the water drops of the composer."""
    window = camera.window
    window.show_page("campaigns")
    page = window.page("campaigns")
    assert isinstance(page, CampaignsPage)
    await camera.until(lambda: page.model.rowCount() > 2)
    page.list.setCurrentIndex(page.model.index(page.model.rowCount() - 1))
    await camera.until(lambda: page.panel.model.rowCount() > 3)
    await asyncio.sleep(SETTLE)
    await camera.take("campaigns")
    page.edit()
    await camera.until(lambda: page.findChild(CampaignEditor) is not None)
    await asyncio.sleep(SETTLE)
    await camera.take("campaign-editor")
    await camera.clear()
    page.tabs.setCurrentIndex(1)
    await camera.until(lambda: page.right.currentWidget() is page.reminder_panel)
    await asyncio.sleep(SETTLE)
    await camera.take("reminders")
    page.edit()
    editor = page.findChild(ReminderEditor)
    assert editor is not None
    await camera.until(lambda: editor.audience.count() > 1)
    await asyncio.sleep(SETTLE)
    await camera.take("reminder-editor")
    await camera.clear()
    page.tabs.setCurrentIndex(0)
    window.show_page("inbox")
    await camera.open("Grace Whitfield")
    composer = camera.conversation.composer
    composer.campaigns.open()
    popup = composer.campaigns.popup
    assert popup is not None
    await camera.until(lambda: popup.model.rowCount() > 2)
    await asyncio.sleep(SETTLE)
    await camera.take("campaign-popup")
    popup.hide()
