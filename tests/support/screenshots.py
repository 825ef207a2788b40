"""Takes the pictures of the documents: ``python -m tests.support.screenshots FOLDER``; with ``--all`` after the folder
those of every other dialog and of large text as well, to look at; with ``--only lists`` those of some topics alone.

The demo's office in a temporary home, painted without a screen, light and dark.
"""

import argparse
import asyncio
import os
import sys
import tempfile
from pathlib import Path

from desktop_inbox.app.office import Office, build_office, open_store

WIDTH, HEIGHT = 1280, 800
TOPICS = (
    "messages", "lists", "work", "writing", "contacts", "broadcasts", "campaigns", "schedules", "reports", "failures",
    "commands", "rules",
)  # fmt: skip


def main() -> int:
    """Write the pictures into the folder that is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--all", action="store_true", dest="everything")
    parser.add_argument("--only", nargs="+", choices=TOPICS, default=TOPICS)
    wanted = parser.parse_args()
    wanted.folder.mkdir(parents=True, exist_ok=True)
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
    return aio.run(application, lambda: _run(config, wanted.folder, tuple(wanted.only), everything=wanted.everything))


async def _run(config: object, folder: Path, topics: tuple[str, ...], *, everything: bool) -> int:
    from desktop_inbox.app.program import services_of
    from desktop_inbox.config import Config
    from desktop_inbox.events import EventBus
    from desktop_inbox.services.settings import NOTICES_SHOWN
    from desktop_inbox.views.bridge import EventBridge
    from desktop_inbox.views.hints import Hint
    from desktop_inbox.views.shell import Shell
    from desktop_inbox.views.tasks import Tasks

    from .pictures.camera import Camera
    from .pictures.office import furnish

    assert isinstance(config, Config)
    bus = EventBus()
    store, user = await asyncio.to_thread(open_store, config, bus)
    store.attach(asyncio.get_running_loop())
    office = build_office(config, store, user, bus)
    await office.prepare()
    await office.settings.load()
    await furnish(office)
    tasks, bridge = Tasks(), EventBridge(bus)
    shell = Shell(services_of(office), tasks, bridge, demo=True)
    shell.window.resize(WIDTH, HEIGHT)
    shell.window.show()
    shell.start()
    await office.settings.set(NOTICES_SHOWN, " ".join(Hint))  # the hints are for people
    carrying = asyncio.create_task(_carry(office))
    await asyncio.sleep(4)
    try:
        await _take(Camera(office, shell.window, folder), topics, everything=everything)
    finally:
        carrying.cancel()
        await asyncio.wait([carrying])
        await shell.shut_down()
        await office.close()
    return 0


async def _take(camera: object, topics: tuple[str, ...], *, everything: bool) -> None:
    from desktop_inbox.views.theme import ThemeMode, theme

    from .pictures import broadcasts, campaigns, failures, folders, lists, pages, reports, rules, schedules, work
    from .pictures.camera import SETTLE, Camera

    assert isinstance(camera, Camera)
    takes = {
        "messages": folders.take_messages,
        "lists": lists.take_lists,
        "work": work.take_work,
        "writing": work.take_writing,
        "contacts": pages.take_contacts,
        "broadcasts": broadcasts.take_broadcasts,
        "campaigns": campaigns.take_campaigns,
        "schedules": schedules.take_schedules,
        "reports": reports.take_reports,
        "failures": failures.take_failures,
        "rules": rules.take_rules,
        "commands": pages.take_commands,
    }
    for mode in (ThemeMode.LIGHT, ThemeMode.DARK):
        theme().set_mode(mode)
        camera.look = mode.value
        await asyncio.sleep(SETTLE)
        for topic in topics:
            await takes[topic](camera)
        if everything:
            await pages.take_dialogs(camera)
    theme().set_mode(ThemeMode.LIGHT)
    theme().set_scale(200)
    camera.look = "large"
    await camera.open("Grace Whitfield")
    await camera.take("text")
    if everything:
        await pages.take_commands(camera)
        await pages.take_dialogs(camera)


async def _carry(office: Office) -> None:
    async with office.carrying(patience=1.0):
        await asyncio.Event().wait()


if __name__ == "__main__":
    sys.exit(main())
