"""Pictures of what was sent to many."""

import asyncio

from desktop_inbox.views.pages.broadcasts import BroadcastsPage

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
    window.show_page("inbox")
