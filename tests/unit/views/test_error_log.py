from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget

from desktop_inbox.models.entities.exchange import Exchange, ExchangeKind
from desktop_inbox.models.entities.ids import EntryId
from desktop_inbox.models.entities.message import DeliveryStatus as S
from desktop_inbox.models.entities.outbox import GateDecision, GateKind
from desktop_inbox.services.code_words import explain
from desktop_inbox.services.error_log import ErrorLog, LogStep
from desktop_inbox.services.resend import Resent
from desktop_inbox.views.dialogs.confirm import ConfirmDialog
from desktop_inbox.views.dialogs.error_log import ErrorLogDialog
from desktop_inbox.views.panes.resender import Resender
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.toasts import Toasts
from tests.support.fakes_timeline import TimelineOffice, message
from tests.support.fakes_views import NOW
from tests.support.qt import Stage

SAID = Exchange(
    kind=ExchangeKind.SEND,
    at=NOW,
    elapsed_millis=412,
    request="POST https://api.twilio.com/2010-04-01/Accounts/AC•••/Messages.json\nAccept: application/json\n"
    "Authorization: •••\n\nTo=+14155550123\nFrom=+14155550100\nBody=Your glasses are ready.",
    response='HTTP 400\nContent-Type: application/json\n\n{\n  "code": 21211,\n  "message": "Invalid number"\n}',
    http_status=400,
    error_code="21211",
)


def a_log(status: S = S.FAILED) -> ErrorLog:
    failed = message(1, "Your glasses are ready.", out=True, status=status, error_code="21211", error_text="Not valid.")
    return ErrorLog(
        message=failed,
        channel_name="Front desk <b>SMS</b>",
        channel_kind="twilio",
        word=explain("twilio", "21211"),
        steps=(
            LogStep(
                title="Attempt 1",
                at=NOW - timedelta(minutes=2),
                outcome="Nothing was sent",
                elapsed_millis=5003,
                word=explain("twilio", "connect_timeout"),
            ),
            LogStep(
                title="Attempt 2",
                at=NOW,
                outcome="The provider refused it",
                elapsed_millis=412,
                http_status=400,
                word=explain("twilio", "21211"),
                exchanges=(SAID,),
            ),
        ),
    )


class Shown:
    """The dialog over a window with room for notes."""

    def __init__(self, stage: Stage, tmp_path, log: ErrorLog) -> None:
        self.stage = stage
        self.office = TimelineOffice(tmp_path)
        self.tasks = Tasks()
        self.window = QWidget()
        self.window.resize(1000, 700)
        self.toasts = Toasts(self.window)
        stage.show(self.window)
        self.dialog = ErrorLogDialog(log, self.office.services(), self.tasks, self.window)
        self.dialog.open()


@pytest.fixture
def shown(stage, tmp_path):
    made = Shown(stage, tmp_path, a_log())
    yield made
    for dialog in made.window.findChildren(ErrorLogDialog):
        dialog.close()


@pytest.mark.row("S1-26")
def test_the_log_shows_reason_remedy_and_each_attempt(shown):
    dialog = shown.dialog
    said = [label.text() for label in dialog.findChildren(QLabel)]
    assert dialog.sentence.text() == "The number is not a valid phone number."
    assert "What to do: Check the number with the contact, correct it and send again." in said
    assert dialog.steps.count() == 2
    assert "HTTP 400" in dialog.steps.item(1).text()
    assert dialog.steps.currentRow() == 1
    assert "To=+14155550123" in dialog.request.toPlainText()
    assert '"code": 21211' in dialog.response.toPlainText()
    assert "412 ms" in dialog.about.text()
    dialog.steps.setCurrentRow(0)
    assert "could not be reached" in dialog.about.text()
    assert dialog.response.toPlainText() == ""


@pytest.mark.row("S1-26")
def test_everything_is_shown_as_plain_text(shown):
    texts = [label for label in shown.dialog.findChildren(QLabel) if label.text()]
    assert all(label.textFormat() is Qt.TextFormat.PlainText for label in texts)
    assert any("<b>SMS</b>" in label.text() for label in texts)


@pytest.mark.row("S1-26")
def test_all_of_it_can_be_copied(shown):
    shown.dialog.copy.click()
    text = QGuiApplication.clipboard().text()
    assert all(part in text for part in ("Attempt 1", "Attempt 2", "> POST", "21211", "https://www.twilio.com/docs"))


@pytest.mark.row("S1-26")
def test_the_link_leads_to_the_page_of_the_code_after_showing_where(shown):
    links = []

    async def open_link(url):
        links.append(url)

    shown.dialog.open_link = open_link
    shown.dialog.link.click()
    shown.stage.until(lambda: links)
    assert links == ["https://www.twilio.com/docs/api/errors/21211"]
    assert shown.dialog.link.text() == "Read more at twilio.com"


@pytest.mark.row("S1-25", "S1-26")
def test_send_again_says_that_it_is_a_new_message_and_can_be_taken_back(shown):
    shown.office.resends.answer = Resent(sent=((shown.dialog._log.message.id, EntryId(77)),))
    shown.dialog.again.click()
    assert not shown.dialog.isVisible(), "a dialog over the window would keep Undo from being pressed"
    shown.stage.until(lambda: shown.toasts.shown)
    (toast,) = shown.toasts.shown
    assert toast.text == "Sent again as a new message."
    assert toast.can_undo
    toast.undo()
    shown.stage.until(lambda: shown.office.resends.taken_back == [77])


@pytest.mark.row("S1-25")
def test_what_is_still_tried_cannot_be_sent_again_from_its_log(stage, tmp_path):
    made = Shown(stage, tmp_path, a_log(S.RETRY_WAIT))
    assert not made.dialog.again.isVisible()
    made.dialog.close()


@pytest.mark.row("A01", "S1-26")
def test_every_control_has_a_name_and_is_reached_by_tab(shown):
    for control in (shown.dialog.steps, shown.dialog.request, shown.dialog.response):
        assert control.accessibleName()
    for button in shown.dialog.findChildren(QPushButton):
        assert button.text()
    shown.dialog.steps.setFocus()
    QTest.keyClick(shown.dialog.steps, Qt.Key.Key_Tab)
    assert shown.dialog.focusWidget() is shown.dialog.request
    QTest.keyClick(shown.dialog.request, Qt.Key.Key_Tab)
    assert shown.dialog.focusWidget() is shown.dialog.response


@pytest.mark.row("S1-25", "S4-15")
def test_a_person_is_asked_before_they_write_again_to_somebody_who_opted_out(stage, tmp_path):
    made = Shown(stage, tmp_path, a_log())
    question = GateDecision(kind=GateKind.CONFIRM, code="opted_out", sentence="This contact opted out of messages.")
    made.office.resends.answer = Resent(refused=((EntryId(1), question),))
    Resender(made.office.services(), made.tasks, made.window).resend((EntryId(1),))

    def dialogs():
        return [one for one in QApplication.topLevelWidgets() if isinstance(one, ConfirmDialog) and one.isVisible()]

    stage.until(dialogs)
    made.office.resends.answer = Resent(sent=((EntryId(1), EntryId(2)),))
    dialogs()[0].verb.click()
    stage.until(lambda: made.toasts.shown)
    assert made.office.resends.confirmed == [frozenset(), frozenset({"opted_out"})]
    made.dialog.close()


@pytest.mark.row("S1-25")
def test_many_are_told_in_one_sentence(stage, tmp_path):
    made = Shown(stage, tmp_path, a_log())
    resender = Resender(made.office.services(), made.tasks, made.window)
    refused = GateDecision(kind=GateKind.REFUSE, code="opted_out", sentence="This contact opted out of messages.")
    done = Resent(
        sent=tuple((EntryId(n), EntryId(100 + n)) for n in range(12)),
        refused=tuple((EntryId(50 + n), refused) for n in range(3)),
    )
    assert resender.sentence(done) == (
        "12 messages are sent again as new ones. 3 were not: This contact opted out of messages."
    )
    assert resender.sentence(Resent(already=(EntryId(1),))) == "It was sent again before."
    made.dialog.close()


@pytest.mark.row("S1-25", "S4-15")
def test_who_thinks_better_of_it_sends_nothing_again(stage, tmp_path):
    made = Shown(stage, tmp_path, a_log())
    question = GateDecision(kind=GateKind.CONFIRM, code="opted_out", sentence="This contact opted out of messages.")
    made.office.resends.answer = Resent(refused=((EntryId(1), question),))
    Resender(made.office.services(), made.tasks, made.window).resend((EntryId(1),))

    def dialogs():
        return [one for one in QApplication.topLevelWidgets() if isinstance(one, ConfirmDialog) and one.isVisible()]

    stage.until(dialogs)
    dialogs()[0].cancel.click()
    stage.until(lambda: made.tasks.count == 0)
    assert made.office.resends.confirmed == [frozenset()]
    made.dialog.close()
