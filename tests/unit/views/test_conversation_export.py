"""The dialog that exports one conversation."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QDate, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QWidget

from desktop_inbox.errors import InboxError
from desktop_inbox.services.conversation_export import ExportFormat, Prepared
from desktop_inbox.views.dialogs.conversation_export import ConversationExportDialog
from tests.support.fakes_views import FakeInbox, services, summary
from tests.support.qt import Stage


class FakeExport:
    """Writes nothing; remembers what it was asked."""

    def __init__(self, folder):
        self.folder, self.wishes, self.delivered, self.discarded = folder, [], [], []
        self.hold = None
        self.error = None
        self.span = 7

    async def longest_span(self):
        return self.span

    async def prepare(self, wish, *, progress, cancelled):
        self.wishes.append(wish)
        progress(1000, 2500)
        while self.hold is not None and not self.hold.is_set():
            if cancelled():
                raise InboxError("export_cancelled", "The export was cancelled; nothing was written.")
            await asyncio.sleep(0.001)
        return Prepared(wish=wish, path=self.folder / "x.export", entries=2500, name="conversation-5.csv")

    async def deliver(self, prepared, target):
        if self.error is not None:
            raise self.error
        self.delivered.append((prepared, target))

    async def discard(self, prepared):
        self.discarded.append(prepared)


@pytest.fixture
def told():
    return []


@pytest.fixture
def window(stage: Stage):
    return stage.show(QWidget(), 900, 700)


@pytest.fixture
def dialog(stage, window, told, tmp_path):
    service = FakeExport(tmp_path)
    made = ConversationExportDialog(
        replace(services(FakeInbox([])), conversation_export=service),
        stage.tasks,
        summary(5, "<b>Maria</b> Gómez"),
        window,
        notify=lambda title, text: told.append((title, text)),
    )
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    made.service = service
    made.show()
    stage.settle()
    yield made
    made.deleteLater()


def place(dialog):
    """The question where the file goes, or None."""
    found = [one for one in dialog.findChildren(QFileDialog) if one.isVisible()]
    return found[0] if found else None


@pytest.mark.row("S4-41", "S4-42", "S4-46")
def test_seven_days_are_proposed_and_the_place_is_asked_at_the_end(stage, dialog, tmp_path):
    assert "Both days count whole" in dialog.hint.text()
    assert place(dialog) is None
    dialog.start_button.click()
    stage.until(lambda: place(dialog) is not None)
    (wish,) = dialog.service.wishes
    assert (wish.conversation_id, wish.format, wish.comments) == (5, ExportFormat.CSV, False)
    assert wish.last - wish.first == timedelta(days=6)
    assert dialog.service.delivered == []
    assert Path(place(dialog).selectedFiles()[0]).name == "conversation-5.csv"
    assert place(dialog).acceptMode() is QFileDialog.AcceptMode.AcceptSave
    place(dialog).fileSelected.emit(str(tmp_path / "mine.csv"))
    stage.until(lambda: "2,500 entries were written" in dialog.status.text())
    assert [target for _, target in dialog.service.delivered] == [tmp_path / "mine.csv"]


@pytest.mark.row("S4-43", "C15")
def test_eight_days_are_refused_with_the_reason_before_anything_is_written(stage, dialog):
    dialog.first.setDate(dialog.first.date().addDays(-1))
    assert "These are 8 days; one export may cover 7 days." in dialog.hint.text()
    assert dialog.hint.property("kind") == "error"
    assert not dialog.start_button.isEnabled()
    dialog.start()
    assert dialog.service.wishes == []
    dialog.first.setDate(dialog.last.date())
    assert dialog.start_button.isEnabled()
    dialog.first.setDate(dialog.last.date().addDays(1))
    assert "after the last" in dialog.hint.text()


@pytest.mark.row("S4-43")
def test_a_longer_span_that_was_allowed_can_be_chosen(stage, dialog):
    dialog._learn(0)
    dialog.first.setDate(QDate(2001, 1, 1))
    assert dialog.start_button.isEnabled()


@pytest.mark.row("S4-44")
def test_format_and_comments_are_chosen(stage, dialog):
    dialog.kind.setCurrentIndex(1)
    dialog.comments.setChecked(True)
    dialog.start_button.click()
    stage.until(lambda: dialog.service.wishes)
    (wish,) = dialog.service.wishes
    assert (wish.format, wish.comments) == (ExportFormat.HTML, True)
    assert isinstance(wish.first, date)


@pytest.mark.row("S4-45")
def test_progress_is_shown_and_esc_stops_it(stage, dialog):
    dialog.service.hold = asyncio.Event()
    dialog.start_button.click()
    stage.until(lambda: "1,000 of 2,500" in dialog.status.text())
    assert dialog.progress.isVisible()
    assert (dialog.progress.value(), dialog.progress.maximum()) == (1000, 2500)
    assert not dialog.isModal()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    stage.until(lambda: "nothing was written" in dialog.status.text())
    assert dialog.isVisible()
    assert place(dialog) is None


@pytest.mark.row("S4-46")
def test_a_hidden_window_is_told_of_in_the_tray_and_asks_when_it_is_back(stage, dialog, window, told, tmp_path):
    dialog.service.hold = asyncio.Event()
    dialog.start_button.click()
    stage.until(lambda: dialog.service.wishes)
    window.hide()
    dialog.service.hold.set()
    stage.until(lambda: told)
    assert told[0][0] == "The export is ready"
    assert place(dialog) is None
    window.show()
    stage.until(lambda: place(dialog) is not None)
    place(dialog).fileSelected.emit(str(tmp_path / "late.csv"))
    stage.until(lambda: dialog.service.delivered)


@pytest.mark.row("S4-46")
def test_who_keeps_no_file_leaves_none_and_another_place_can_be_tried(stage, dialog, tmp_path):
    dialog.start_button.click()
    stage.until(lambda: place(dialog) is not None)
    place(dialog).reject()
    stage.until(lambda: dialog.service.discarded)
    assert "Nothing was kept" in dialog.status.text()
    dialog.service.error = InboxError("export_unwritable", "mine.csv cannot be written.", hint="Choose another folder.")
    dialog.start_button.click()
    stage.until(lambda: place(dialog) is not None)
    place(dialog).fileSelected.emit(str(tmp_path / "mine.csv"))
    stage.until(lambda: "cannot be written" in dialog.status.text())
    assert dialog.status.property("kind") == "error"
