"""Pictures of the list: views, segments, several conversations at once."""

import asyncio

from PySide6.QtGui import QTextCursor

from desktop_inbox.models.entities.conversation import View

from .camera import SETTLE, Camera
from .office import SEGMENT


async def take_lists(camera: Camera) -> None:
    """Take the list in its states; leaves the inbox as it was."""
    window, pane = camera.window, camera.window.pane
    await camera.open("Grace Whitfield")
    await camera.take("inbox")
    pane.focus_search()
    pane.search_box.setText("appointment")
    await camera.take("search")
    pane.leave_search()
    camera.act("view.choose")
    await camera.take("view-selector")
    await camera.clear()
    await _segment(camera)
    model = pane.rows.model
    for row in (1, 2, 4, 5):
        pane.rows.selection.toggle(model.summary_at(row).id)
    await camera.take("selection")
    pane.leave_selection()
    for view in (View.SNOOZED, View.DONE):
        pane.show_view(view)
        await camera.take(f"view-{view.value}")
    pane.show_view(View.ALL)
    await asyncio.sleep(SETTLE)
    window.show_page("inbox")


async def _segment(camera: Camera) -> None:
    window, views = camera.window, camera.window.views
    camera.act("segment.create")
    await asyncio.sleep(SETTLE)
    builder = views.builder
    builder.tabs.setCurrentIndex(1)
    builder.page.editor.setPlainText(SEGMENT)
    await asyncio.sleep(SETTLE)
    builder.page.editor.completion.hide()
    builder.tabs.setCurrentIndex(0)
    await asyncio.sleep(SETTLE)
    await camera.take("segment-builder")
    builder.tabs.setCurrentIndex(1)
    builder.page.editor.setPlainText("tags any of (Regular) and languag is en")
    builder.page.editor.moveCursor(QTextCursor.MoveOperation.End)
    await asyncio.sleep(SETTLE)
    builder.page.editor.completion.hide()
    await camera.take("segment-text-error")
    views.clear_filter()
    builder.tabs.setCurrentIndex(0)
    await asyncio.sleep(SETTLE)
    views.close_builder()
    window.pane.show_view(View.ALL)
    await asyncio.sleep(SETTLE)
