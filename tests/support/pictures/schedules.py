"""Pictures of schedules."""

import asyncio

from desktop_inbox.views.dialogs.schedule_editor import ScheduleEditor
from desktop_inbox.views.pages.schedules import SchedulesPage

from .camera import SETTLE, Camera


async def take_schedules(camera: Camera) -> None:
    """Take the page, the editor, and what waits in a conversation."""
    window = camera.window
    window.show_page("schedules")
    page = window.page("schedules")
    assert isinstance(page, SchedulesPage)
    await camera.until(lambda: page.model.rowCount() > 2)
    await asyncio.sleep(SETTLE)
    await camera.take("schedules")
    place = next(row for row, one in enumerate(page.model.rows) if one.schedule.rule)
    page.table.setCurrentIndex(page.model.index(place, 0))
    page.edit()
    editor = page.findChild(ScheduleEditor)
    assert editor is not None
    await camera.until(lambda: editor.upcoming.text() and editor.to.count() > 1)
    await asyncio.sleep(SETTLE)
    await camera.take("schedule-editor")
    await camera.clear()
    window.show_page("inbox")
    await camera.open("Grace Whitfield")
    composer = camera.conversation.composer
    await camera.until(lambda: composer.later.rows)
    camera.type(composer.editor, "The results are in; everything looks fine.")
    await camera.until(composer.later.button.isEnabled)
    composer.later.open_menu()
    await camera.until(composer.later.menu.isVisible)
    await asyncio.sleep(SETTLE)
    await camera.take("send-later")
    composer.later.menu.close()
    composer.editor.clear()
