"""Takes the pictures of the documents: ``python -m tests.support.screenshots docs/images``; after the folder
``--all`` takes those of the dialogs as well, to look at.

The demo's office in a temporary home, painted without a screen; light, dark and with large text.
"""

import asyncio
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from desktop_inbox.app.office import Office, build_office, open_store

if TYPE_CHECKING:
    from desktop_inbox.views.main_window import MainWindow

#: Actions that open a dialog of which a picture is taken.
DIALOGS = (
    "conversation.new",
    "channels.open",
    "export.messages",
    "help.shortcuts",
    "help.first_run",
    "help.about",
)
_SETTLE = 0.6  # seconds in which a click has painted everything, on a slow computer too


def main() -> int:
    """Write the pictures into the folder that is named."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["DESKTOP_INBOX_HOME"] = tempfile.mkdtemp(prefix="desktop-inbox-pictures-")
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

    from PySide6.QtCore import QSettings
    from PySide6.QtWidgets import QApplication

    from desktop_inbox.config import Config
    from desktop_inbox.views import aio
    from desktop_inbox.views.theme import theme

    config = Config.load(demo=True)
    config.prepare()
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(config.data_dir))
    application = QApplication(["desktop-inbox"])
    application.setApplicationName("Desktop Inbox")
    theme().apply()
    return aio.run(application, lambda: _take(config, folder, everything="--all" in sys.argv[2:]))


async def _take(config: object, folder: Path, *, everything: bool) -> int:
    from desktop_inbox.app.program import services_of
    from desktop_inbox.config import Config
    from desktop_inbox.events import EventBus
    from desktop_inbox.services.settings import NOTICES_SHOWN
    from desktop_inbox.views.bridge import EventBridge
    from desktop_inbox.views.hints import Hint
    from desktop_inbox.views.shell import Shell
    from desktop_inbox.views.tasks import Tasks
    from desktop_inbox.views.theme import ThemeMode, theme

    assert isinstance(config, Config)
    bus = EventBus()
    store, user = await asyncio.to_thread(open_store, config, bus)
    store.attach(asyncio.get_running_loop())
    office = build_office(config, store, user, bus)
    await office.prepare()
    await office.settings.load()
    tasks, bridge = Tasks(), EventBridge(bus)
    shell = Shell(services_of(office), tasks, bridge, demo=True)
    window = shell.window
    window.resize(1280, 800)
    window.show()
    shell.start()

    async def picture(name: str) -> None:
        await asyncio.sleep(_SETTLE)
        window.grab().save(str(folder / f"{name}.png"))

    await office.settings.set(NOTICES_SHOWN, " ".join(Hint))  # the hints are for people
    carrying = asyncio.create_task(_carry(office))
    await asyncio.sleep(4)
    for mode in (ThemeMode.LIGHT, ThemeMode.DARK):
        theme().set_mode(mode)
        await asyncio.sleep(_SETTLE)
        name = mode.value
        for _ in range(1 if mode is ThemeMode.LIGHT else 0):
            window.actions_["conversation.next"].trigger()
            await asyncio.sleep(_SETTLE)
        await picture(f"inbox-{name}")
        window.pane.focus_search()
        window.pane.search_box.setText("appointment")
        await picture(f"search-{name}")
        window.pane.search_box.clear()
        window.actions_["switcher.open"].trigger()
        await asyncio.sleep(_SETTLE)
        window.switcher.grab().save(str(folder / f"switcher-{name}.png"))
        window.switcher.close()
        window.show_page("settings")
        await picture(f"settings-{name}")
        window.show_page("inbox")
        if everything:
            await _take_dialogs(window, folder, name)
    theme().set_mode(ThemeMode.LIGHT)
    theme().set_scale(200)
    await picture("large-text")
    if everything:
        window.show_page("settings")
        await picture("settings-large-text")
        window.show_page("inbox")
        await _take_dialogs(window, folder, "large-text")
    carrying.cancel()
    await asyncio.wait([carrying])
    await shell.shut_down()
    await office.close()
    return 0


async def _take_dialogs(window: "MainWindow", folder: Path, look: str) -> None:
    """Open each dialog by its action, take its picture and close it; then the emoji picker's."""
    from PySide6.QtWidgets import QDialog

    from desktop_inbox.views.dialogs.first_run import FirstRunDialog
    from desktop_inbox.views.panes.composer import ComposerPane

    for action in DIALOGS:
        window.actions_[action].trigger()
        await asyncio.sleep(_SETTLE)
        for dialog in window.findChildren(QDialog):
            if not dialog.isVisible():
                continue
            dialog.grab().save(str(folder / f"{action.replace('.', '-')}-{look}.png"))
            for step in (1, 2, 3, 0) if isinstance(dialog, FirstRunDialog) else ():
                dialog.show_step(step)
                await asyncio.sleep(0.1)
                dialog.grab().save(str(folder / f"{action.replace('.', '-')}-{step}-{look}.png"))
            dialog.close()
        await asyncio.sleep(0)
    composer = window.findChild(ComposerPane)
    composer.emoji_button.click()
    await asyncio.sleep(2 * _SETTLE)
    composer.emoji.grab().save(str(folder / f"emoji-{look}.png"))
    composer.emoji.hide()


async def _carry(office: Office) -> None:
    async with office.carrying(patience=1.0):
        await asyncio.Event().wait()


if __name__ == "__main__":
    sys.exit(main())
