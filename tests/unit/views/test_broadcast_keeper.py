"""What is written to many is stored soon after the last key, once, and again where that did not work."""

from PySide6.QtCore import QObject

from desktop_inbox.errors import StoreError
from desktop_inbox.services.broadcast_keeping import KeptBroadcast
from desktop_inbox.views.panes.broadcast_keeper import BroadcastKeeper
from tests.support.qt import Stage, stage

__all__ = ["stage"]


class FakeBroadcasts:
    """Stores, or has a disk that is full so many times."""

    def __init__(self) -> None:
        self.stored: list[KeptBroadcast | None] = []
        self.troubles = 0

    async def keep(self, kept: KeptBroadcast | None) -> None:
        if self.troubles:
            self.troubles -= 1
            raise StoreError("disk_full", "The disk is full.")
        self.stored.append(kept)


class Page(QObject):
    """Something that is written."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.text = ""
        self.service = FakeBroadcasts()
        self.keeper = BroadcastKeeper(self.service, stage.tasks, lambda: KeptBroadcast(text=self.text), self)  # type: ignore[arg-type]
        self.keeper._again.setInterval(10)

    def write(self, text: str) -> None:
        self.text = text
        self.keeper.touch()


def test_nothing_is_stored_before_what_was_kept_is_shown_nor_without_a_change(stage: Stage) -> None:
    page = Page(stage)
    page.write("too early")
    page.keeper.flush()
    page.keeper.begin()
    page.keeper.touch()
    page.keeper.flush()
    stage.settle()
    assert page.service.stored == []
    page.write("Hello")
    stage.until(lambda: page.service.stored == [KeptBroadcast(text="Hello")])


def test_what_was_sent_or_discarded_is_gone_until_something_is_written_again(stage: Stage) -> None:
    page = Page(stage)
    page.keeper.begin()
    page.write("Hello")
    page.text = ""
    page.keeper.forget()
    page.keeper.flush()
    stage.settle()
    assert page.service.stored == [None]
    page.write("Again")
    page.keeper.flush()
    stage.until(lambda: page.service.stored == [None, KeptBroadcast(text="Again")])


def test_what_could_not_be_stored_is_told_and_tried_again(stage: Stage) -> None:
    page = Page(stage)
    told: list[str] = []
    stage.tasks.failed.connect(lambda error: told.append(error.code))
    page.keeper.begin()
    page.service.troubles = 2
    page.write("Hello")
    stage.until(lambda: page.service.stored == [KeptBroadcast(text="Hello")])
    assert told == ["disk_full", "disk_full"]
