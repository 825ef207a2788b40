"""Pictures of what was sent to many."""

import asyncio

from desktop_inbox.views.pages.broadcasts import BroadcastsPage
from desktop_inbox.views.panes.new_broadcast import NewBroadcast

from .camera import SETTLE, Camera


async def take_broadcasts(camera: Camera) -> None:
    """Take the list with a batch beside it, and its recipients."""
    window = camera.window
    window.show_page("broadcasts")
    page = window.page("broadcasts")
    assert isinstance(page, BroadcastsPage)
    await camera.until(lambda: page.model.rowCount() > 3)
    names = [row.name for row in page.model.rows]
    page.table.selectRow(names.index("New opening hours"))
    await asyncio.sleep(SETTLE)
    await camera.take("broadcasts")
    page.panel.recipients.click()
    await camera.take("broadcast-recipients")
    await camera.clear()
    await _take_new(camera, page)
    window.show_page("inbox")


async def _take_new(camera: Camera, page: BroadcastsPage) -> None:
    page.new_button.click()
    new = page.findChild(NewBroadcast)
    assert new is not None
    await camera.until(lambda: new.audience.segment.count() > 2)
    new.audience.segment.setCurrentIndex(1)
    new.name.setText("New opening hours")
    new.text.editor.setPlainText("Hi $contact.firstname, from Monday we open at 7:30. See you soon! Elm Street Dental")
    await asyncio.sleep(SETTLE)
    new.dry_run.click()
    await camera.until(lambda: new.box.found is not None)
    await asyncio.sleep(SETTLE)
    await camera.clear()
    await camera.take("new-broadcast")
    page.show_list()
