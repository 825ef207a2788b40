"""Pictures of the folders of messages."""

from PySide6.QtCore import QItemSelectionModel
from PySide6.QtWidgets import QPushButton

from desktop_inbox.models.entities.folder import Folder, Place
from desktop_inbox.views.pages.messages import MessagesPage

from .camera import Camera


async def take_messages(camera: Camera) -> None:
    """Take folders as an office in use has them: labels, some archived, calls, failures."""
    window = camera.window
    window.show_page("messages")
    page = window.page("messages")
    assert isinstance(page, MessagesPage)
    await _file(camera)

    async def show(place: Place) -> None:
        page.show_place(place)
        await camera.until(lambda: page.model.place == place)

    await show(Folder.INBOX)
    await camera.until(lambda: page.model.rowCount() > 10)
    await camera.quiet()
    await camera.take("messages")
    select = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
    for row in (1, 2, 4):
        page.table.selectionModel().select(page.model.index(row, 0), select)
    await camera.take("messages-chosen")
    for folder in (Folder.ARCHIVED, Folder.OUTBOX, Folder.SENT, Folder.CALLS, Folder.FAILED):
        await show(folder)
        await camera.quiet()
        await camera.take(f"messages-{folder.value}")
    await show(Folder.ARCHIVED)
    page.choose_all()
    next(one for one in page.bulk.findChildren(QPushButton) if one.accessibleName() == "Delete").click()
    await camera.take("messages-delete")
    await camera.clear()
    await show(Folder.INBOX)
    window.show_page("inbox")


async def _file(camera: Camera) -> None:
    """Label and archive some messages, once."""
    office = camera.office
    if await office.labels.all():
        return
    rows = (await office.folders.page(Folder.INBOX, limit=40)).rows
    await office.labels.add([row.id for row in rows[1:14:3]], "Recall")
    await office.labels.add([row.id for row in rows[2:20:5]], "Insurance question")
    await office.labels.add([row.id for row in rows[4:30:6]], "VIP")
    await office.folders.archive([row.id for row in rows[20:32]])
