"""FolderReader: what comes late is not shown."""

import asyncio
from typing import Any

import pytest
from PySide6.QtCore import QObject

from desktop_inbox.events import EventBus
from desktop_inbox.models.entities.folder import EVERYTHING, Folder, FolderCounts, FolderFilter, FolderLook, FolderPage
from desktop_inbox.views.bridge import EventBridge
from desktop_inbox.views.pages.folder_reader import FolderReader
from tests.support.qt import Stage


class SlowFolders:
    """Answers when told to."""

    def __init__(self) -> None:
        self.asked: list[tuple[Folder, asyncio.Future[None]]] = []

    async def look(self, place: Folder, wanted: FolderFilter, **_how: Any) -> FolderLook:
        answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.asked.append((place, answer))
        await answer
        page = FolderPage(rows=(), has_more=False)
        return FolderLook(counts=FolderCounts(folders={place: 1}), page=page, total=1, wanted=wanted)


@pytest.mark.row("S1-02")
def test_the_folder_that_was_left_is_not_shown_when_its_answer_comes_late(stage: Stage) -> None:
    folders, owner, bridge = SlowFolders(), QObject(), EventBridge(EventBus())
    reader = FolderReader(folders, stage.tasks, bridge, owner)  # type: ignore[arg-type]
    shown: list[FolderLook] = []
    reader.looked.connect(lambda look, _fresh: shown.append(look))
    reader.show(Folder.INBOX, EVERYTHING)
    stage.until(lambda: len(folders.asked) == 1)
    reader.show(Folder.SENT, EVERYTHING)
    stage.until(lambda: len(folders.asked) == 2)
    answers = dict(folders.asked)
    for place in (Folder.SENT, Folder.INBOX):
        answers[place].set_result(None)
        stage.until(answers[place].done)
    stage.until(lambda: stage.tasks.count == 0)
    assert [list(look.counts.folders) for look in shown] == [[Folder.SENT]]
    bridge.close()
