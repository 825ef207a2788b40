"""Pictures of pages, dialogs and the palette."""

import asyncio

from PySide6.QtCore import QItemSelectionModel
from PySide6.QtWidgets import QApplication, QDialog

from desktop_inbox.views.dialogs.first_run import FirstRunDialog
from desktop_inbox.views.dialogs.import_contacts import ImportDialog
from desktop_inbox.views.panes.contacts import ContactsPage

from .camera import SETTLE, Camera
from .office import people_file

#: Actions that open a dialog.
DIALOGS = (
    "conversation.new",
    "channels.open",
    "fields.open",
    "people.open",
    "consent.open",
    "export.messages",
    "edit.history",
    "help.shortcuts",
    "help.first_run",
    "help.about",
)


async def take_contacts(camera: Camera) -> None:
    """Take the page of contacts and what it opens."""
    window = camera.window
    window.show_page("contacts")
    page = window.page("contacts")
    assert isinstance(page, ContactsPage)
    await camera.until(lambda: page.model.rowCount() > 0)
    await camera.take("contacts")
    select = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
    for row in (1, 2, 4, 5, 6):
        page.table.selectionModel().select(page.model.index(row, 0), select)
    await camera.take("contacts-chosen")
    page.table.clearSelection()
    camera.act("contacts.import")
    dialog = next(one for one in QApplication.topLevelWidgets() if isinstance(one, ImportDialog) and one.isVisible())
    dialog.read(await people_file(camera.office.config.data_dir))
    await camera.until(lambda: dialog.steps.currentIndex() == 1)
    await camera.take("import")
    dialog.next.click()
    await camera.until(lambda: dialog.steps.currentIndex() == 2)
    await camera.take("import-report")
    await camera.clear()
    camera.act("contacts.duplicates")
    await asyncio.sleep(SETTLE)
    await camera.take("duplicates")
    await camera.clear()
    window.show_page("inbox")


async def take_commands(camera: Camera) -> None:
    """Take the palette, the export of a conversation and the settings."""
    window = camera.window
    await camera.open("Grace Whitfield")
    camera.act("switcher.open")
    await camera.take("switcher")
    window.switcher.box.setText("snooze")
    await camera.take("palette")
    window.switcher.close()
    camera.act("conversation.export")
    await camera.take("export")
    await camera.clear()
    camera.act("keys.edit")
    await camera.take("shortcuts")
    await camera.clear()
    window.show_page("settings")
    await camera.take("settings")
    window.show_page("inbox")


async def take_dialogs(camera: Camera) -> None:
    """Open each other dialog by its action; then the emoji picker."""
    for action in DIALOGS:
        camera.act(action)
        await asyncio.sleep(SETTLE)
        name = action.replace(".", "-")
        for dialog in [one for one in camera.window.findChildren(QDialog) if one.isVisible()]:
            await camera.take_only(dialog, name)
            for step in (1, 2, 3, 0) if isinstance(dialog, FirstRunDialog) else ():
                dialog.show_step(step)
                await camera.take_only(dialog, f"{name}-{step}")
        await camera.clear()
    composer = camera.conversation.composer
    composer.emoji_button.click()
    await asyncio.sleep(SETTLE)
    await camera.take_only(composer.emoji, "emoji")
    composer.emoji.hide()
