"""A timeline and a whole conversation on a stage, with services in memory behind them."""

from dataclasses import replace

from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMainWindow

from desktop_inbox.models.entities.ids import ConversationId
from desktop_inbox.views.actions import Actions
from desktop_inbox.views.panes.conversation import ConversationPane
from desktop_inbox.views.panes.timeline import TimelinePane
from desktop_inbox.views.toasts import Toasts
from tests.support.fakes_timeline import CONVERSATION, TimelineOffice, message
from tests.support.qt import Stage, stage  # noqa: F401


class Screen:
    """A timeline on a stage, with the services behind it."""

    def __init__(self, stage: Stage, tmp_path, entries=(), *, width=600, height=500):  # noqa: F811
        self.stage = stage
        self.office = TimelineOffice(tmp_path, entries)
        self.pane = TimelinePane(self.office.services(), stage.tasks, stage.bridge(self.office.inbox))
        self.view, self.model = self.pane.view, self.pane.model
        self.errors = []
        stage.tasks.failed.connect(self.errors.append)
        stage.show(self.pane, width, height)

    def open(self, **more):
        self.pane.open(CONVERSATION, "Maria", **more)
        self.stage.settle()
        return self

    def top_of(self, entry_id):
        return self.view.visualRect(self.model.index(self.model.find(entry_id))).top()

    def zone(self, entry_id, kind):
        """The middle of a clickable part, in the viewport."""
        number = self.model.find(entry_id)
        layout = self.pane.delegate.layout_of(self.model.row(number))
        rect = next(zone.rect for zone in layout.zones if zone.kind is kind)
        return self.view.visualRect(self.model.index(number)).topLeft() + rect.center().toPoint()

    def click(self, place):
        QTest.mouseClick(self.view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
        self.stage.settle()

    def select(self, entry_id, start, end):
        number = self.model.find(entry_id)
        layout = self.pane.delegate.layout_of(self.model.row(number))
        origin = self.view.visualRect(self.model.index(number)).topLeft()
        line = layout.text.lineAt(0)

        def place(cursor):
            x, _ = line.cursorToX(cursor)
            return origin + (layout.text_at + QPointF(x, line.y() + line.height() / 2)).toPoint()

        left, nothing = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        QTest.mousePress(self.view.viewport(), left, nothing, place(start))
        QTest.mouseMove(self.view.viewport(), place(end))
        QTest.mouseRelease(self.view.viewport(), left, nothing, place(end))


def history(count, **more):
    return [message(number, f"Message {number}", out=number % 3 == 0, **more) for number in range(1, count + 1)]


OTHER = ConversationId(2)


class Desk:
    """A conversation pane in a window, with the services behind it."""

    def __init__(self, stage: Stage, tmp_path, entries=(), **contact):  # noqa: F811
        self.stage = stage
        self.office = TimelineOffice(tmp_path, entries, **contact)
        self.window = QMainWindow()
        self.toasts = Toasts(self.window)
        self.pane = ConversationPane(
            self.office.services(), stage.tasks, stage.bridge(self.office.inbox), Actions(self.window)
        )
        self.window.setCentralWidget(self.pane)
        self.composer, self.editor = self.pane.composer, self.pane.composer.editor
        self.errors = []
        stage.tasks.failed.connect(self.errors.append)
        stage.show(self.window, 700, 700)

    def open(self, conversation_id=CONVERSATION):
        self.pane.open_conversation(replace(self.office.summary, id=conversation_id))
        self.stage.settle()
        return self

    def type(self, text):
        self.editor.setFocus()
        QTest.keyClicks(self.editor, text)
        return self

    def press(self, key, modifier=Qt.KeyboardModifier.NoModifier):
        QTest.keyClick(self.editor, key, modifier)
        self.stage.settle()

    @property
    def sent(self):
        return [request["text"] for request in self.office.outbox.requests]
