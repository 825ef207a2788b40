"""One Qt and asyncio loop for a test, and a small language to wait in it."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, TypeVar

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QWidget

from desktop_inbox.views import aio
from desktop_inbox.views.bridge import EventBridge
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.theme import ThemeMode, theme
from tests.support.fakes_views import FakeInbox
from tests.support.run import eventually

T = TypeVar("T")


class Stage:
    """What a widget under test stands on."""

    def __init__(self, app: QApplication, loop: asyncio.AbstractEventLoop) -> None:
        self.app, self.loop = app, loop
        self.tasks = Tasks()
        self._widgets: list[QWidget] = []
        self._bridges: list[EventBridge] = []

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine to its end; Qt lives meanwhile."""
        return self.loop.run_until_complete(asyncio.wait_for(work, 30))

    def until(self, condition: Callable[[], object]) -> None:
        """Let everything live until ``condition()`` holds."""
        self.run(eventually(condition))

    def settle(self) -> None:
        """Let everything live until no task of the window runs and the events so far are handled."""

        async def quiet() -> None:
            for _ in range(3):
                await asyncio.sleep(0)
            await asyncio.sleep(0.03)  # longer than any gathering of changes
            await eventually(lambda: self.tasks.count == 0)

        self.run(quiet())

    def bridge(self, inbox: FakeInbox) -> EventBridge:
        """Return a bridge for the bus of ``inbox``."""
        self._bridges.append(EventBridge(inbox.bus))
        return self._bridges[-1]

    def show(self, widget: QWidget, width: int = 0, height: int = 0) -> QWidget:
        """Show a widget until the test ends."""
        self._widgets.append(widget)
        if width:
            widget.resize(width, height)
        widget.show()
        widget.activateWindow()
        return widget

    def close(self) -> None:
        """End tasks, then widgets."""
        self.run(self.tasks.close())
        for bridge in self._bridges:
            bridge.close()
        for widget in self._widgets:
            widget.hide()
            widget.deleteLater()
        self.app.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def stage(qapp: QApplication) -> Iterator[Stage]:
    """A loop, tasks and the light theme at 100 %."""
    loop = aio.new_loop(qapp)
    asyncio.set_event_loop(loop)
    theme().set_scale(100)
    theme().set_mode(ThemeMode.LIGHT)
    if theme().generation == 0:
        theme().apply()
    made = Stage(qapp, loop)
    yield made
    made.close()
    loop.close()
    asyncio.set_event_loop(None)
