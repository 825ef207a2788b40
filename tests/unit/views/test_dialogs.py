import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QDialog, QLineEdit, QMainWindow

from desktop_inbox.errors import InboxError
from desktop_inbox.events import ChannelChanged
from desktop_inbox.models.entities.channel import ChannelState
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.ids import ContactId
from desktop_inbox.services.providers.base import CheckStep
from desktop_inbox.services.providers.registry import provider_classes
from desktop_inbox.views.dialogs.channel_setup import ChannelSetupDialog
from desktop_inbox.views.dialogs.confirm import ConfirmDialog, confirmed
from desktop_inbox.views.dialogs.export import Choice, ExportDialog
from desktop_inbox.views.dialogs.first_run import FirstRunDialog, is_first_run
from desktop_inbox.views.dialogs.new_conversation import NewConversationDialog, looks_like_address, scheme_of
from desktop_inbox.views.preferences import SEND_WITH, SendWith
from tests.support.fakes_timeline import CONVERSATION, TimelineOffice, channel
from tests.support.hostile import hostile_strings, red_picture, red_pixels, was_read
from tests.support.qt import Stage, stage  # noqa: F401


@pytest.fixture
def window(stage):  # noqa: F811
    return stage.show(QMainWindow(), 1000, 700)


@pytest.fixture
def office(tmp_path):
    made = TimelineOffice(tmp_path)
    made.channels = SetUpChannels(made.channels.list, bus=made.bus)
    return made


class SetUpChannels:
    """ChannelService for set-up."""

    def __init__(self, channels, *, bus):
        self.list, self.bus = list(channels), bus
        self.calls = []
        self.error = None
        self.steps = (CheckStep(name="Address", ok=True), CheckStep(name="Sign in", ok=False, remedy="Type it again."))
        self.gate = None

    def kinds(self):
        return provider_classes()

    async def all(self):
        return tuple(one for one in self.list if one.state is not ChannelState.REMOVED)

    async def add(self, kind, name, **more):
        if self.error:
            raise self.error
        self.calls.append(("add", kind, name, more))
        self.list.append(channel(9, name, kind, settings=more["settings"]))
        self.bus.publish(ChannelChanged(channel_id=9))
        return self.list[-1]

    async def edit(self, channel_id, **more):
        self.calls.append(("edit", channel_id, more))
        return self.list[0]

    async def check(self, kind, **more):
        if self.gate:
            await self.gate.wait()
        self.calls.append(("check", kind, more))
        return self.steps

    async def pause(self, channel_id):
        self._turn(channel_id, ChannelState.PAUSED)

    async def resume(self, channel_id):
        self._turn(channel_id, ChannelState.ACTIVE)

    async def remove(self, channel_id):
        self._turn(channel_id, ChannelState.REMOVED)

    def _turn(self, channel_id, state):
        self.list = [replace(one, state=state) if one.id == channel_id else one for one in self.list]
        self.bus.publish(ChannelChanged(channel_id=channel_id))


def dialog_of(window, kind):
    return next(dialog for dialog in window.findChildren(kind) if dialog.isVisible())


# Questions


@pytest.mark.row("F02")
@pytest.mark.parametrize(("danger", "safe"), [(True, "Cancel"), (False, "Delete contact")])
def test_the_safe_button_is_the_default_and_buttons_are_verbs(stage, window, danger, safe):  # noqa: F811
    dialog = ConfirmDialog(window, title="Delete?", text="It cannot be undone.", verb="Delete contact", danger=danger)
    dialog.open()
    default = next(button for button in (dialog.verb, dialog.cancel) if button.isDefault())
    assert default.text() == safe
    assert dialog.focusWidget() is default
    dialog.reject()


@pytest.mark.row("F02")
@pytest.mark.parametrize("answer", [True, False])
def test_a_question_does_not_stop_anything_else(stage, window, answer):  # noqa: F811
    async def ask():
        asking = asyncio.ensure_future(confirmed(window, title="Sure?", text="Really?", verb="Do it"))
        ticks = 0
        while not window.findChildren(ConfirmDialog):
            await asyncio.sleep(0)
            ticks += 1
        dialog = dialog_of(window, ConfirmDialog)
        await asyncio.sleep(0.01)
        dialog.verb.click() if answer else QTest.keyClick(dialog, Qt.Key.Key_Escape)
        return await asking

    assert stage.run(ask()) is answer


# New conversation


@pytest.mark.parametrize(
    ("text", "scheme", "address"),
    [
        ("+1 415 555 0148", Scheme.TEL, True),
        ("0176 123", Scheme.TEL, True),
        ("@ana:example.org", Scheme.MATRIX, True),
        ("ana@example.org", Scheme.EMAIL, True),
        ("Maria 2", Scheme.TEL, False),
    ],
)
def test_the_kind_of_an_address_is_seen_from_its_look(text, scheme, address):
    assert (scheme_of(text), looks_like_address(text)) == (scheme, address)


@pytest.fixture
def new(stage, window, office):  # noqa: F811
    office.contacts.people = [office.contacts.one, replace(office.contacts.one, id=ContactId(7), first_name="Tom")]
    dialog = NewConversationDialog(office.services(), stage.tasks, window)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    dialog.opened = []
    dialog.started.connect(dialog.opened.append)
    dialog.open()
    stage.settle()
    yield dialog
    dialog.deleteLater()


@pytest.mark.row("S4-26", "S4-28", "K02")
def test_a_contact_is_found_by_typing_and_taken_by_enter(stage, new):  # noqa: F811
    assert new.to.hasFocus()
    assert new.people.count() == 2
    QTest.keyClicks(new.to, "tom")
    stage.until(lambda: new.people.count() == 1)
    QTest.keyClick(new.to, Qt.Key.Key_Return)
    stage.settle()
    assert new.opened == [CONVERSATION]
    assert not new.isVisible()


@pytest.mark.row("S4-28")
def test_arrows_choose_while_the_field_keeps_the_focus(new):
    QTest.keyClick(new.to, Qt.Key.Key_Down)
    QTest.keyClick(new.to, Qt.Key.Key_Down)
    assert new.people.currentRow() == 1
    assert new.to.hasFocus()
    assert new.start_button.isEnabled()


@pytest.mark.row("S4-27")
def test_a_number_starts_a_conversation(stage, office, new):  # noqa: F811
    QTest.keyClicks(new.to, "+1 415 555 0199")
    stage.settle()
    new.start_button.click()
    stage.settle()
    assert office.contacts.started == ["+1 415 555 0199"]
    assert new.opened == [CONVERSATION]


@pytest.mark.row("S4-27", "F03")
def test_what_is_no_address_is_explained(stage, new):  # noqa: F811
    QTest.keyClicks(new.to, "zzz")
    stage.until(lambda: new.people.count() == 0)
    new.start_button.click()
    stage.settle()
    assert new.trouble.text() == "This is not a phone number. Type digits."
    assert new.isVisible()


# Channels


@pytest.fixture
def setup(stage, window, office):  # noqa: F811
    dialog = ChannelSetupDialog(office.services(), stage.tasks, stage.bridge(office.inbox), window)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    dialog.open()
    stage.settle()
    yield dialog
    dialog.deleteLater()


def kind_of(name):
    return next(kind for kind in provider_classes() if kind.kind == name)


@pytest.mark.row("F07")
def test_the_channel_that_is_shown_is_the_one_marked_in_the_list(setup):
    marked = setup.list.currentItem()
    assert marked is not None
    assert marked.text().split("\n")[0] == setup.form.channel.name


@pytest.mark.row("F07")
def test_a_form_asks_for_what_the_provider_needs(setup):
    twilio = kind_of("twilio")
    setup.choose_kind()
    titles = [button.text() for button in setup._scroll.widget().findChildren(QAbstractButton)]
    assert titles == [kind.title for kind in provider_classes()]
    setup.add(twilio)
    secret = setup.form.field("auth_token")
    assert isinstance(secret, QLineEdit)
    assert secret.echoMode() is QLineEdit.EchoMode.Password
    setup.form.save_button.click()
    assert setup.form.trouble.text() == "Fill in “Account SID”."


@pytest.mark.row("D-06")
def test_a_price_is_asked_for_where_segments_are_counted(setup):
    setup.add(kind_of("twilio"))
    assert "segment_price" not in setup.form.settings
    setup.form.price.setText(" 0.0079 USD ")
    assert setup.form.price.isVisible()
    assert setup.form.settings["segment_price"] == "0.0079 USD"
    setup.add(kind_of("matrix"))
    assert not setup.form.price.isVisible()


@pytest.mark.row("F07")
def test_testing_shows_each_step_and_the_remedy_while_the_window_lives(stage, office, setup):  # noqa: F811
    setup.add(kind_of("simulator"))
    office.channels.gate = asyncio.Event()
    setup.form.test_button.click()
    stage.run(asyncio.sleep(0.01))
    assert not setup.form.test_button.isEnabled()
    office.channels.gate.set()
    stage.settle()
    grid = setup.form.checks._grid
    marks = [grid.itemAtPosition(row, 0).widget().accessibleName() for row in range(2)]
    assert marks == ["worked", "failed"]
    assert grid.itemAtPosition(1, 1).widget().text() == "Sign in\nType it again."
    assert setup.form.test_button.isEnabled()


def test_a_channel_is_added_with_settings_and_secrets_apart(stage, office, setup):  # noqa: F811
    setup.add(kind_of("twilio"))
    setup.form.field("account_sid").setText("AC1")
    setup.form.field("auth_token").setText("secret")
    setup.form.field("number").setText("+14155550100")
    setup.form.save_button.click()
    stage.settle()
    (call,) = office.channels.calls
    assert call[:2] == ("add", "twilio")
    assert call[3]["secrets"] == {"auth_token": "secret"}
    assert "secret" not in str(call[3]["settings"])
    assert call[3]["address"] == "+14155550100"
    assert setup.list.currentItem().text().startswith("Twilio")


def test_editing_shows_no_secret_and_keeps_it(stage, office, setup):  # noqa: F811
    office.channels.list = [channel(1, "Desk", "twilio", settings={"account_sid": "AC1", "number": "+1"})]
    stage.run(setup._load(1))
    assert setup.form.field("auth_token").text() == ""
    setup.form.name.setText("Front desk")
    setup.form.save_button.click()
    stage.settle()
    assert office.channels.calls[0][2]["secrets"] == {}
    assert office.channels.calls[0][2]["name"] == "Front desk"


def test_what_went_wrong_stands_in_the_form(stage, office, setup):  # noqa: F811
    office.channels.error = InboxError("keyring", "The keyring is locked.", hint="Unlock it.")
    setup.add(kind_of("simulator"))
    setup.form.save_button.click()
    stage.settle()
    assert setup.form.trouble.text() == "The keyring is locked. Unlock it."
    assert setup.form.save_button.isEnabled()


@pytest.mark.row("F02")
def test_a_channel_is_paused_resumed_and_removed_after_a_question(stage, office, setup):  # noqa: F811
    stage.run(setup._load(1))
    setup.turn_button.click()
    stage.settle()
    assert office.channels.list[0].state is ChannelState.PAUSED
    assert "paused" in setup.list.item(0).text()
    assert setup.turn_button.text() == "Resume channel"
    setup.turn_button.click()
    stage.settle()
    assert office.channels.list[0].state is ChannelState.ACTIVE
    setup.remove_button.click()
    stage.until(lambda: setup.findChildren(ConfirmDialog))
    question = dialog_of(setup, ConfirmDialog)
    assert question.verb.text() == "Remove channel"
    assert question.cancel.isDefault()
    question.verb.click()
    stage.settle()
    assert [one.id for one in stage.run(office.channels.all())] == [2]


# First start


@pytest.fixture
def first(stage, window, office):  # noqa: F811
    dialog = FirstRunDialog(office.services(), stage.tasks, stage.bridge(office.inbox), window)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    dialog.open()
    yield dialog
    dialog.deleteLater()


@pytest.mark.row("F04")
def test_the_assistant_has_few_steps_and_each_can_be_skipped(stage, first):  # noqa: F811
    assert is_first_run()
    assert first.pages.count() <= 5
    for _ in range(first.pages.count()):
        first.next_button.click()
    assert first.result() == QDialog.DialogCode.Accepted.value
    assert not is_first_run()


@pytest.mark.row("F04")
def test_the_assistant_goes_on_where_it_was_left(stage, window, office, first):  # noqa: F811
    first.next_button.click()
    first.reject()
    assert is_first_run()
    again = FirstRunDialog(office.services(), stage.tasks, stage.bridge(office.inbox), window)
    assert again.pages.currentIndex() == 1
    again.skip_button.click()
    assert not is_first_run()


@pytest.mark.row("F04", "F08")
def test_choices_hold_at_once(stage, office, first):  # noqa: F811
    first.send_with.setCurrentIndex(2)
    stage.settle()
    assert SEND_WITH.parse(office.settings.get(SEND_WITH)) is SendWith.CTRL_ENTER


@pytest.mark.row("F04", "F05")
def test_the_demo_and_the_channels_are_one_click_away(stage, first, qtbot):  # noqa: F811
    first.connect_button.click()
    stage.settle()
    dialog_of(first, ChannelSetupDialog).accept()
    with qtbot.waitSignal(first.demo_wanted):
        first.demo_button.click()


# Export


class FakeExport:
    def __init__(self):
        self.calls = []
        self.hold = None
        self.error = None

    async def messages_csv(self, target, *, progress, cancelled, **more):
        self.calls.append((target, more))
        if self.error is not None:
            raise self.error
        progress(1000)
        while self.hold is not None and not self.hold.is_set():
            if cancelled():
                raise InboxError("export_cancelled", "The export was cancelled; nothing was written.")
            await asyncio.sleep(0.001)
        return 2500


async def _two():
    return (CONVERSATION, CONVERSATION + 1)


@pytest.fixture
def export(stage, window, office):  # noqa: F811
    made = FakeExport()
    dialog = ExportDialog(
        replace(office.services(), export=made),
        stage.tasks,
        window,
        choices=[Choice(title="2 selected", ids=_two)],
    )
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    dialog.service = made
    dialog.open()
    yield dialog
    dialog.deleteLater()


def test_an_export_tells_what_it_wrote(stage, export, tmp_path):  # noqa: F811
    export.file.setText(str(tmp_path / "out.csv"))
    export.start_button.click()
    stage.settle()
    assert export.status.text().replace(",", "") == f"2500 messages were written to {tmp_path / 'out.csv'}."
    ((target, more),) = export.service.calls
    assert target == tmp_path / "out.csv"
    assert more == {"conversation_ids": None, "since": None, "until": None}


def test_an_export_of_some_days_of_some_conversations(stage, export):  # noqa: F811
    export.which.setCurrentIndex(1)
    export.everything.setChecked(False)
    export.since.setDate(export.until.date())
    export.start_button.click()
    stage.settle()
    more = export.service.calls[0][1]
    assert more["conversation_ids"] == (CONVERSATION, CONVERSATION + 1)
    assert 23 <= (more["until"] - more["since"]).total_seconds() / 3600 <= 25


def test_a_running_export_shows_progress_and_can_be_stopped(stage, export):  # noqa: F811
    export.service.hold = asyncio.Event()
    export.start_button.click()
    stage.until(lambda: "1000" in export.status.text().replace(",", ""))
    assert export.progress.isVisible()
    assert export.close_button.text() == "Stop"
    QTest.keyClick(export, Qt.Key.Key_Escape)
    stage.settle()
    assert "nothing was written" in export.status.text()
    assert export.status.property("kind") == "secondary"
    assert export.isVisible()
    assert not export.progress.isVisible()


def test_an_export_that_fails_says_so_as_an_error(stage, export, tmp_path):  # noqa: F811
    export.service.error = InboxError("export_place", "The file cannot be written.", hint="Choose another folder.")
    export.start_button.click()
    stage.settle()
    assert export.status.text() == "The file cannot be written. Choose another folder."
    assert export.status.property("kind") == "error"
    export.service.error = None
    export.start_button.click()
    stage.settle()
    assert export.status.property("kind") == "secondary"


@pytest.mark.parametrize("documents", [True, False])
def test_the_proposed_file_lies_in_a_folder_that_is_there(
    stage,  # noqa: F811
    window,
    office,
    tmp_path,
    monkeypatch,
    documents,
):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    if documents:
        (tmp_path / "Documents").mkdir()
    dialog = ExportDialog(office.services(), stage.tasks, window)
    folder = Path(dialog.file.text()).parent
    assert folder == (tmp_path / "Documents" if documents else tmp_path)
    dialog.deleteLater()


@pytest.mark.row("P21", "S1")
def test_hostile_texts_in_dialogs_stay_plain(stage, window, office, tmp_path):  # noqa: F811
    probe = red_picture(tmp_path)
    channels = ChannelSetupDialog(office.services(), stage.tasks, stage.bridge(office.inbox), window)
    people = NewConversationDialog(office.services(), stage.tasks, window)
    channels.show()
    people.show()
    for text in hostile_strings(probe):
        short = text[:200]
        office.channels.list = [channel(1, short, state=ChannelState.BROKEN, state_reason=short)]
        office.contacts.people = [replace(office.contacts.one, first_name=short)]
        stage.run(channels._load(1))
        stage.run(people._look("", people._generation))
        channels.form.checks.show_steps((CheckStep(name=short, ok=False, detail=short, remedy=short),))
        question = ConfirmDialog(window, title=short, text=text[:2000], verb="Do it", detail=text)
        question.show()
        for dialog in (channels, people, question):
            assert red_pixels(dialog) == 0, text
        question.close()
        question.deleteLater()
    assert not was_read(probe)
    channels.close()
    people.close()
