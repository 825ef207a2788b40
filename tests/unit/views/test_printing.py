"""The open conversation on paper."""

import asyncio
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QColor, QImage, QPainter, QTextDocument
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QPushButton, QWidget

from desktop_inbox.models.entities.call import Call, CallStatus
from desktop_inbox.models.entities.comment import AuthorKind, Comment
from desktop_inbox.models.entities.ids import EntryId
from desktop_inbox.models.entities.message import DeliveryStatus, Direction
from desktop_inbox.models.entities.timeline import ActorKind, ConversationEvent, TimelineEntry
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.item_models.entry_words import EntryWords
from desktop_inbox.views.main_window import MainWindow
from desktop_inbox.views.parts import make_parts
from desktop_inbox.views.printing import Printing
from desktop_inbox.views.toasts import Toasts
from desktop_inbox.views.transcript import SealedDocument, Transcript, said
from tests.support.entries import CONTACT, CONVERSATION, SMS, attachment, message
from tests.support.fakes_timeline import TimelineOffice
from tests.support.fakes_views import NOW, FakeInbox, services
from tests.support.qt import Stage

HOSTILE = '<img src="file:///etc/passwd"><b>Hello</b> &amp; bye'


def event(number: int, kind: str) -> ConversationEvent:
    return ConversationEvent(
        id=message(number).id,
        conversation_id=CONVERSATION,
        kind=kind,
        actor_kind=ActorKind.USER,
        actor_name="Ana",
    )


def pdf(path: Path) -> QPrinter:
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(path))
    return printer


def transcript(printer: QPrinter, entries: list[TimelineEntry]) -> Transcript:
    formats = Formats(lambda: NOW, zone=UTC)
    words = EntryWords(formats, channel_name=lambda channel_id: "Front desk" if channel_id else "")
    words.contact_name = "Maria Gómez"
    made = Transcript(printer, words, formats)
    made.write_header(said(entries), office="Hillside Dental", addresses="+1 415-555-0101")
    made.write(said(entries))
    return made


ENTRIES: list[TimelineEntry] = [
    message(1, "Good morning\nIs Thursday free?", at=NOW - timedelta(days=3)),
    message(2, "Yes, at nine", at=NOW - timedelta(days=2), out=True, attachments=(attachment(original_name="a.pdf"),)),
    message(3, "Again", at=NOW - timedelta(days=2), out=True, status=DeliveryStatus.FAILED, error_text="No route"),
    event(4, "archived"),
    Call(
        id=EntryId(message(5, at=NOW - timedelta(days=1)).id),
        conversation_id=CONVERSATION,
        contact_id=CONTACT,
        channel_id=SMS,
        direction=Direction.IN,
        status=CallStatus.NO_ANSWER,
        duration_seconds=0,
    ),
]


@pytest.mark.row("K21", "S09")
def test_a_transcript_tells_who_said_what_when_and_how_it_went(stage: Stage, tmp_path: Path) -> None:
    text = transcript(pdf(tmp_path / "a.pdf"), ENTRIES).document.toPlainText().translate({0x2068: None, 0x2069: None})
    assert text.split("\n") == [
        "Hillside Dental",
        "Conversation with Maria Gómez",
        "+1 415-555-0101",
        "Monday, 16 November 2026 to Wednesday, 18 November 2026 · 4 entries",
        "Printed Thursday, 19 November 2026, 12:10",
        "Monday, 16 November 2026",
        "12:10 · Maria Gómez · Front desk",
        "Good morning",
        "Is Thursday free?",
        "Tuesday, 17 November 2026",
        "12:10 · Ana · Front desk · Delivered",
        "Yes, at nine",
        "File: a.pdf (1,000 bytes)",
        "12:10 · Ana · Front desk · Failed",
        "Again",
        "No route",
        "Wednesday, 18 November 2026",
        "12:10",
        "Missed call",
    ]


@pytest.mark.row("S09", "S2-34")
def test_what_happened_inside_the_office_is_left_out() -> None:
    assert said([event(1, "archived"), event(2, "unknown_resolved")]) == []


@pytest.mark.row("S2", "P21", "K21")
def test_text_from_strangers_stays_text_and_loads_nothing(stage: Stage, tmp_path: Path) -> None:
    document = transcript(pdf(tmp_path / "a.pdf"), [message(1, HOSTILE), message(2, "\ufffc\ufdd0\x1b[31m")]).document
    assert HOSTILE in document.toPlainText()
    assert "<img" not in document.toHtml()
    assert "\ufffd\ufffd\ufffd[31m" in document.toPlainText()


@pytest.mark.row("S2", "P21")
def test_a_sealed_document_gives_an_empty_picture_for_any_file(stage: Stage, tmp_path: Path) -> None:
    red = QImage(40, 40, QImage.Format.Format_RGB32)
    red.fill(QColor("red"))
    red.save(str(tmp_path / "red.png"))
    url = QUrl.fromLocalFile(str(tmp_path / "red.png"))

    def painted(document: QTextDocument) -> bool:
        document.setHtml(f'<img src="{url.toString()}">')
        page = QImage(100, 100, QImage.Format.Format_RGB32)
        page.fill(QColor("white"))
        painter = QPainter(page)
        document.drawContents(painter)
        painter.end()
        return any(page.pixelColor(x, y) == QColor("red") for x in range(0, 100, 4) for y in range(0, 100, 4))

    assert painted(QTextDocument())  # the probe sees what is loaded
    assert not painted(SealedDocument())


@pytest.mark.row("K21")
def test_ink_is_dark_whatever_the_theme(stage: Stage, tmp_path: Path) -> None:
    document = transcript(pdf(tmp_path / "a.pdf"), ENTRIES).document
    block, colors = document.begin(), []
    while block.isValid():
        colors.append(block.begin().fragment().charFormat().foreground().color().lightnessF())
        block = block.next()
    assert max(colors) < 0.5


class Desk:
    """A window with the open conversation, and the services behind it."""

    def __init__(self, stage: Stage, tmp_path: Path, entries: list[TimelineEntry]) -> None:
        self.stage = stage
        self.office = TimelineOffice(tmp_path, entries)
        self.services = self.office.services()
        self.window = QWidget()
        stage.show(self.window, 800, 600)
        self.toasts = Toasts(self.window)
        self.printing = Printing(self.services, stage.tasks, self.toasts, self.window)


@pytest.mark.row("K21", "S09")
def test_a_long_conversation_is_read_in_parts_and_becomes_pages(stage: Stage, tmp_path: Path) -> None:
    desk = Desk(stage, tmp_path, [message(number, f"Message {number}") for number in range(1, 261)])
    target = tmp_path / "long.pdf"
    stage.run(desk.printing.write(pdf(target), desk.office.summary))
    data = target.read_bytes()
    assert data.startswith(b"%PDF")
    assert data.count(b"/Type /Page\n") >= 5
    assert len(desk.office.inbox.calls) == 3
    assert [toast.text for toast in desk.toasts.shown] == ["The conversation was printed."]


@pytest.mark.row("K21", "F02")
def test_it_is_told_how_far_it_is_and_it_can_be_stopped(stage: Stage, tmp_path: Path) -> None:
    desk = Desk(stage, tmp_path, [message(number, f"Message {number}") for number in range(1, 901)])
    told: list[str] = []

    async def stop() -> None:
        task = stage.tasks.start(desk.printing.write(pdf(tmp_path / "long.pdf"), desk.office.summary))
        assert task is not None
        while not desk.toasts.shown:
            await asyncio.sleep(0)  # looks after every part
        note = desk.toasts.shown[0]
        told.append(note.text)
        button = note.findChild(QPushButton)
        assert button.text() == "Stop"
        button.click()
        await task

    stage.run(stop())
    assert told[0].startswith("Reading message ")
    assert [toast.text for toast in desk.toasts.shown] == ["Printing was stopped."]


@pytest.mark.row("K21", "F02")
def test_ctrl_p_asks_for_the_printer_and_prints_what_is_open(stage: Stage, tmp_path: Path) -> None:
    office = TimelineOffice(tmp_path, ENTRIES)
    inbox = FakeInbox([office.summary])
    made = replace(office.services(), sync=services(inbox).sync)
    bridge = stage.bridge(office.inbox)
    window = MainWindow().fill(made, stage.tasks, bridge, lambda window: make_parts(made, stage.tasks, bridge, window))
    stage.show(window, 1280, 800)
    action = window.actions_["conversation.print"]
    assert not action.isEnabled()
    window.controller.open(office.summary)
    stage.settle()
    QTest.keyClick(QApplication.focusWidget() or window, Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier)
    dialog = window.findChild(QPrintDialog)
    assert isinstance(dialog, QPrintDialog)
    assert dialog.isVisible()
    target = tmp_path / "open.pdf"
    dialog.printer().setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    dialog.printer().setOutputFileName(str(target))
    dialog.done(QDialog.DialogCode.Accepted)
    stage.settle()
    assert target.read_bytes().startswith(b"%PDF")


@pytest.mark.row("K21")
def test_a_start_without_printing_does_not_load_it() -> None:
    code = "import sys, desktop_inbox.views.shell; sys.exit('PySide6.QtPrintSupport' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.row("S09", "S3-74")
def test_comments_are_on_paper_only_where_they_are_asked_for(stage: Stage, tmp_path: Path) -> None:
    comment = Comment(
        id=EntryId(message(9).id),
        conversation_id=CONVERSATION,
        author_kind=AuthorKind.USER,
        author_name="Ana",
        text="<b>She</b> owes us",
    )
    assert said([comment]) == []
    assert said([comment], comments=True) == [comment]
    formats = Formats(lambda: NOW, zone=UTC)
    made = Transcript(pdf(tmp_path / "a.pdf"), EntryWords(formats, channel_name=lambda _channel: ""), formats)
    made.write_header(said([comment], comments=True))
    made.write(said([comment], comments=True))
    text = made.document.toPlainText().translate({0x2068: None, 0x2069: None})
    assert "12:19 · Comment · Ana" in text
    assert "<b>She</b> owes us" in text
