"""The window: keys, panes, narrow and wide, names for assistive technology."""

from datetime import UTC
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QRect, QSettings, QSize, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QApplication, QComboBox, QLineEdit, QMenu, QWidget

from desktop_inbox import __version__
from desktop_inbox.errors import InboxError
from desktop_inbox.events import ConnectivityChanged, MessageStatusChanged, SettingChanged
from desktop_inbox.models.entities.channel import ChannelState
from desktop_inbox.models.entities.ids import ChannelId, ConversationId
from desktop_inbox.views import preferences as keys
from desktop_inbox.views.dialogs.about import AboutDialog
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.item_models.listed import VIEWS
from desktop_inbox.views.main_window import MainWindow, Parts
from desktop_inbox.views.menus import build_popup
from desktop_inbox.views.placement import reachable, restore_geometry
from desktop_inbox.views.plain import PlainLabel
from desktop_inbox.views.theme import ThemeMode, theme
from tests.support.fakes_views import (
    FakeChannels,
    FakeConversation,
    FakeDetails,
    FakeInbox,
    channel,
    office,
    services,
)
from tests.support.qt import Stage

CTRL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)


class Scene:
    def __init__(
        self, stage: Stage, *, demo: bool = False, width: int = 1280, height: int = 800, rows: Any = None
    ) -> None:
        self.stage = stage
        self.inbox = FakeInbox(office() if rows is None else rows)
        self.services = services(self.inbox, channels=FakeChannels(channel(1)))
        self.conversation, self.details = FakeConversation(), FakeDetails()
        self.new: list[bool] = []
        self.bridge = stage.bridge(self.inbox)
        self.window = MainWindow().fill(
            self.services,
            stage.tasks,
            self.bridge,
            lambda _window: Parts(
                conversation=self.conversation,
                details=self.details,
                new_conversation=lambda: self.new.append(True),
                channels=lambda: None,
            ),
            formats=Formats(self.services.clock, zone=UTC),
            demo=demo,
        )
        stage.show(self.window, width, height)
        self.window.start()
        stage.settle()

    def key(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        QTest.keyClick(QApplication.focusWidget() or self.window, key, modifier)
        self.stage.settle()

    @property
    def open(self) -> int | None:
        return self.window.controller.current.id if self.window.controller.current else None

    def resize(self, width: int, height: int = 800) -> None:
        self.window.resize(width, height)
        self.stage.settle()


@pytest.fixture
def scene(stage: Stage) -> Scene:
    QSettings().clear()
    return Scene(stage)


@pytest.mark.row("K05")
def test_alt_arrows_and_ctrl_tab_step_while_the_composer_has_the_focus(scene: Scene) -> None:
    scene.key(Qt.Key.Key_Down, ALT)
    assert scene.open == 1
    scene.conversation.focus_composer()
    scene.key(Qt.Key.Key_Down, ALT)
    scene.key(Qt.Key.Key_Tab, CTRL)
    assert scene.open == 3
    scene.key(Qt.Key.Key_Up, ALT)
    assert scene.open == 2
    assert scene.window.actions_["conversation.next"].autoRepeat()


@pytest.mark.row("K06")
def test_next_and_previous_unread(scene: Scene) -> None:
    scene.window.controller.open_id(ConversationId(3))
    scene.stage.settle()
    scene.key(Qt.Key.Key_Down, ALT | SHIFT)
    assert scene.open == 6
    scene.key(Qt.Key.Key_Up, ALT | SHIFT)
    assert scene.open == 2


@pytest.mark.row("K07")
def test_ctrl_digits_switch_the_view(scene: Scene) -> None:
    for number, view in enumerate(VIEWS[:8], 2):  # Ctrl+1 opens the messages (S1-06)
        scene.key(getattr(Qt.Key, f"Key_{number}"), CTRL)
        assert scene.window.pane.view is view
        assert scene.window.actions_[f"view.{view.value}"].isChecked()


@pytest.mark.row("K02")
def test_ctrl_n_starts_a_conversation(scene: Scene) -> None:
    scene.key(Qt.Key.Key_N, CTRL)
    assert scene.new == [True]


@pytest.mark.row("K03", "S2-17", "S3-15", "L16")
def test_ctrl_f_searches_everything_and_a_hit_opens_in_its_place(scene: Scene) -> None:
    scene.key(Qt.Key.Key_F, CTRL)
    box = scene.window.pane.search_box
    assert box.hasFocus()
    QTest.keyClicks(box, "invoice")
    scene.stage.until(lambda: scene.window.pane.results.model.rowCount() == 2)
    scene.key(Qt.Key.Key_Return)
    row = scene.inbox.rows[ConversationId(5)]
    assert scene.conversation.calls[-1] == ("open", 5, row.last_entry_id)


@pytest.mark.row("K03", "K10")
def test_esc_clears_the_search_then_leaves_it_with_the_selection_as_before(scene: Scene) -> None:
    scene.window.controller.open_id(ConversationId(2))
    scene.stage.settle()
    scene.key(Qt.Key.Key_F, CTRL)
    QTest.keyClicks(scene.window.pane.search_box, "maria")
    scene.key(Qt.Key.Key_Escape)
    assert scene.window.pane.search_box.text() == ""
    assert scene.window.pane.search_box.hasFocus()
    scene.key(Qt.Key.Key_Escape)
    assert scene.window.pane.rows.list.hasFocus()
    assert scene.open == 2
    assert scene.window.pane.rows.selected == 2


@pytest.mark.row("K10", "S2-14")
def test_esc_goes_down_the_ladder_and_discards_nothing(scene: Scene) -> None:
    scene.window.controller.open_id(ConversationId(2))
    scene.stage.settle()
    scene.conversation.focus_composer("typed")
    scene.conversation.steps_to_escape = 1
    scene.key(Qt.Key.Key_Escape)
    assert scene.open == 2
    assert scene.conversation.editor.hasFocus()
    scene.key(Qt.Key.Key_Escape)
    assert scene.open == 2
    assert scene.conversation.messages.hasFocus()
    scene.key(Qt.Key.Key_Escape)
    assert scene.open is None
    assert scene.conversation.editor.toPlainText() == "typed"
    assert scene.window.isVisible()
    scene.key(Qt.Key.Key_Escape)
    assert scene.window.isVisible()


@pytest.mark.row("K08")
def test_f6_goes_round_the_panes(scene: Scene) -> None:
    scene.window.controller.open_id(ConversationId(2))
    scene.stage.settle()
    scene.window.pane.rows.focus()
    seen = []
    for _ in range(5):
        scene.key(Qt.Key.Key_F6)
        focus = QApplication.focusWidget()
        seen.append(focus.accessibleName())
    assert seen == ["Messages", "Message", "Contact details", "Inbox", "Conversations"]
    scene.key(Qt.Key.Key_F6, SHIFT)
    assert QApplication.focusWidget().accessibleName() == "Inbox"


@pytest.mark.row("K21", "A08")
def test_text_size_keys(scene: Scene) -> None:
    scene.key(Qt.Key.Key_Plus, CTRL)
    scene.key(Qt.Key.Key_Equal, CTRL)
    assert theme().scale == 120
    scene.key(Qt.Key.Key_Minus, CTRL)
    assert theme().scale == 110
    scene.key(Qt.Key.Key_0, CTRL)
    assert theme().scale == 100


@pytest.mark.row("K21")
def test_window_keys(scene: Scene) -> None:
    quits: list[bool] = []
    scene.window.quit_requested.connect(lambda: quits.append(True))
    scene.key(Qt.Key.Key_Comma, CTRL)
    assert scene.window.settings_page.isVisible()
    scene.key(Qt.Key.Key_Escape)
    assert scene.window.workspace.isVisible()
    scene.key(Qt.Key.Key_F11)
    assert scene.window.isFullScreen()
    scene.key(Qt.Key.Key_F11)
    scene.key(Qt.Key.Key_Q, CTRL)
    assert quits == [True]


@pytest.mark.row("K23")
def test_single_letters_act_in_lists_and_can_be_switched_off(scene: Scene) -> None:
    scene.window.pane.rows.focus()
    scene.key(Qt.Key.Key_J)
    assert scene.open == 1
    scene.key(Qt.Key.Key_J)
    scene.key(Qt.Key.Key_K)
    assert scene.open == 1
    scene.key(Qt.Key.Key_U)
    assert scene.inbox.rows[ConversationId(1)].unread_count == 0
    scene.conversation.focus_timeline()
    scene.key(Qt.Key.Key_J)
    assert scene.open == 2
    scene.window.preferences.set(keys.LETTERS, False)
    scene.stage.settle()
    scene.window.pane.rows.focus()
    scene.key(Qt.Key.Key_J)
    assert scene.open == 2
    assert scene.conversation.editor.toPlainText() == "j"


@pytest.mark.row("K23")
def test_letters_in_an_editor_are_letters(scene: Scene) -> None:
    scene.window.controller.open_id(ConversationId(2))
    scene.stage.settle()
    scene.conversation.focus_composer()
    for key in (Qt.Key.Key_J, Qt.Key.Key_E, Qt.Key.Key_U):
        scene.key(key)
    assert scene.conversation.editor.toPlainText() == "jeu"
    assert scene.open == 2


@pytest.mark.row("K24")
def test_typing_in_a_list_goes_to_the_composer(scene: Scene) -> None:
    scene.window.controller.open_id(ConversationId(2))
    scene.stage.settle()
    scene.window.pane.rows.focus()
    scene.key(Qt.Key.Key_H)
    assert scene.conversation.editor.hasFocus()
    assert scene.conversation.editor.toPlainText() == "h"


@pytest.mark.row("F01", "K27")
def test_archiving_can_be_taken_back_by_key_and_goes_on_to_the_next(scene: Scene) -> None:
    scene.window.controller.open_id(ConversationId(2))
    scene.stage.settle()
    scene.window.pane.rows.focus()
    scene.key(Qt.Key.Key_Backspace, CTRL | SHIFT)
    scene.stage.until(lambda: scene.window.toasts.shown)
    assert scene.inbox.rows[ConversationId(2)].archived_at is not None
    assert scene.open == 3
    assert [toast.text for toast in scene.window.toasts.shown] == ["\u2068Jonas Okafor\u2069 is archived."]
    scene.key(Qt.Key.Key_Z, CTRL)
    scene.stage.until(lambda: scene.inbox.rows[ConversationId(2)].archived_at is None)


@pytest.mark.row("K27")
def test_ctrl_z_in_an_editor_undoes_text(scene: Scene) -> None:
    scene.window.controller.open_id(ConversationId(2))
    scene.stage.settle()
    scene.conversation.focus_composer()
    QTest.keyClicks(scene.conversation.editor, "abc")
    scene.key(Qt.Key.Key_Z, CTRL)
    assert scene.conversation.editor.toPlainText() == ""
    assert scene.window.toasts.shown == ()


@pytest.mark.row("K26")
def test_the_menu_of_a_row(scene: Scene) -> None:
    row = scene.inbox.rows[ConversationId(1)]
    scene.window.controller.open_menu(row, QPoint(10, 10))
    menu = next(menu for menu in scene.window.findChildren(QMenu) if menu.isVisible())
    entries = {action.text(): action for action in menu.actions()}
    assert list(entries)[:3] == ["Open", "Mark done", "Assign to…"]
    assert {"Snooze…", "Pin", "Priority", "Mark as read", "Archive", "Delete the conversation…"} < set(entries)
    entries["Mark as read"].trigger()
    scene.stage.until(lambda: scene.inbox.rows[ConversationId(1)].unread_count == 0)
    menu.close()


@pytest.mark.row("K26")
def test_shift_f10_opens_the_menu_of_the_row(scene: Scene) -> None:
    scene.window.pane.rows.focus()
    scene.key(Qt.Key.Key_J)
    scene.key(Qt.Key.Key_F10, SHIFT)
    menus = [menu for menu in scene.window.findChildren(QMenu) if menu.isVisible()]
    assert [action.text() for menu in menus for action in menu.actions()][:1] == ["Open"]
    menus[0].close()


@pytest.mark.row("K01")
def test_the_switcher_offers_recent_people_and_finds_people_and_commands(scene: Scene) -> None:
    scene.key(Qt.Key.Key_K, CTRL)
    switcher = scene.window.switcher
    assert switcher.isVisible()
    assert switcher.model.rowCount() == 9
    QTest.keyClicks(switcher.box, "tom b")
    scene.stage.until(lambda: switcher.model.rowCount() == 1)
    QTest.keyClick(switcher.box, Qt.Key.Key_Return)
    scene.stage.settle()
    assert scene.open == 5
    assert not switcher.isVisible()
    scene.key(Qt.Key.Key_K, CTRL)
    QTest.keyClicks(switcher.box, "dark")
    scene.stage.until(lambda: switcher.model.rowCount() == 1)
    QTest.keyClick(switcher.box, Qt.Key.Key_Return)
    scene.stage.until(lambda: theme().mode is ThemeMode.DARK)


@pytest.mark.row("K01")
def test_the_switcher_moves_by_keys_and_esc_leaves_everything_as_it_was(scene: Scene) -> None:
    scene.key(Qt.Key.Key_K, CTRL)
    switcher = scene.window.switcher
    QTest.keyClick(switcher.box, Qt.Key.Key_Down)
    QTest.keyClick(switcher.box, Qt.Key.Key_Down)
    QTest.keyClick(switcher.box, Qt.Key.Key_Up)
    assert switcher.list.currentIndex().row() == 1
    QTest.keyClick(switcher.box, Qt.Key.Key_Escape)
    scene.stage.settle()
    assert not switcher.isVisible()
    assert scene.open is None


@pytest.mark.row("K22")
def test_the_shortcut_sheet_is_made_from_the_registry_and_searchable(scene: Scene) -> None:
    scene.key(Qt.Key.Key_Slash, CTRL)
    sheet = scene.window.shortcut_sheet
    scene.stage.until(sheet.isVisible)
    with_keys = {action.text().replace("&", "") for spec, action in scene.window.actions_.shown() if spec.keys}
    assert with_keys <= set(sheet.visible_rows())
    sheet.box.setText("unread")
    assert set(sheet.visible_rows()) == {
        "Unread",
        "Next unread conversation",
        "Previous unread conversation",
        "Mark as unread or read",
    }
    sheet.close()


@pytest.mark.row("K25")
def test_every_action_that_works_is_in_a_menu_with_its_keys(scene: Scene) -> None:
    def actions_in(menus: list[Any]) -> set[str]:
        return {entry.objectName() for menu in menus for entry in menu.actions() if not entry.isSeparator()}

    shown = {spec.key for spec, _ in scene.window.actions_.shown()}
    bar = [entry.menu() for entry in scene.window.menuBar().actions()]
    popup = build_popup(scene.window.actions_, scene.window)
    assert actions_in(bar) == shown
    assert actions_in([entry.menu() for entry in popup.actions()]) == shown
    popup.deleteLater()


@pytest.mark.row("K25")
def test_the_menu_bar_can_be_shown(scene: Scene) -> None:
    assert scene.window.menuBar().isHidden()
    scene.key(Qt.Key.Key_F10)
    assert not scene.window.menuBar().isHidden()


@pytest.mark.row("L01")
def test_three_columns_keep_their_widths_in_bounds(scene: Scene) -> None:
    sizes = scene.window.workspace.splitter.sizes()
    assert 280 <= sizes[0] <= 400
    assert sizes[1] >= 420
    handle = scene.window.workspace.splitter.handle(1)
    for way in (500, -500):
        QTest.mousePress(handle, Qt.MouseButton.LeftButton)
        QTest.mouseMove(handle, QPoint(way, 10))
        QTest.mouseRelease(handle, Qt.MouseButton.LeftButton, pos=QPoint(way, 10))
        scene.stage.settle()
        sizes = scene.window.workspace.splitter.sizes()
        assert 280 <= sizes[0] <= 400
        assert sizes[1] >= 420
    assert not scene.details.isVisible()  # of nobody
    scene.window.controller.open_id(ConversationId(1))
    scene.stage.settle()
    assert scene.details.isVisible()
    assert scene.details.contact_id == 1001
    scene.key(Qt.Key.Key_D, CTRL | SHIFT)
    assert not scene.details.isVisible()


@pytest.mark.row("L02")
def test_a_narrow_window_gives_up_details_then_words_then_columns(scene: Scene) -> None:
    scene.window.controller.open_id(ConversationId(1))
    scene.stage.settle()
    assert scene.details.isVisible()
    rail = scene.window.rail.button("inbox")
    wide = rail.sizeHint().width()
    scene.resize(880)
    assert not scene.details.isVisible()
    scene.resize(690)
    assert rail.sizeHint().width() < wide
    assert scene.window.pane.isVisible()
    assert scene.conversation.isVisible()
    scene.resize(540)
    assert not scene.window.pane.isVisible()
    scene.window.workspace.left_conversation.emit()
    assert scene.window.pane.isVisible()
    assert not scene.conversation.isVisible()
    scene.window.controller.open_id(ConversationId(2))
    scene.stage.settle()
    assert not scene.window.pane.isVisible()
    assert scene.conversation.isVisible()
    scene.window.workspace.left_conversation.emit()
    assert scene.window.pane.isVisible()
    scene.resize(480, 360)
    assert scene.window.width() == 480
    assert scene.window.height() == 360


@pytest.mark.row("L01", "L03")
def test_place_and_sizes_are_remembered(stage: Stage) -> None:
    QSettings().clear()
    first = Scene(stage)
    first.window.setGeometry(40, 50, 760, 600)
    first.window.workspace.splitter.setSizes([350, 420, 0])
    stage.settle()
    sizes = first.window.workspace.splitter.sizes()
    first.key(Qt.Key.Key_F10)
    first.window.close()
    second = Scene(stage, width=0)
    stage.settle()
    assert second.window.geometry() == QRect(40, 50, 760, 600)
    assert abs(second.window.workspace.splitter.sizes()[0] - sizes[0]) <= 2
    assert not second.window.menuBar().isHidden()


@pytest.mark.row("L03")
def test_a_place_on_a_screen_that_is_gone_is_not_taken(stage: Stage) -> None:
    screens = [QRect(0, 0, 1920, 1080)]
    assert reachable(QRect(100, 100, 800, 600), screens)
    assert not reachable(QRect(2500, 100, 800, 600), screens)
    assert not reachable(QRect(100, -300, 800, 600), screens)
    window = QWidget()
    window.setGeometry(5000, 5000, 800, 600)
    saved = window.saveGeometry()
    restore_geometry(window, saved, stage.app.screens())
    assert reachable(window.frameGeometry(), [screen.availableGeometry() for screen in stage.app.screens()])


class _Area:
    """A screen of any size."""

    def __init__(self, *area: int) -> None:
        self._area = QRect(*area)

    def availableGeometry(self) -> QRect:
        return self._area


@pytest.mark.row("L03")
@pytest.mark.parametrize("area", [(0, 0, 1280, 800), (0, 27, 1366, 741), (100, 0, 1920, 1080)])
def test_the_first_window_fits_with_its_frame(stage: Stage, area: tuple[int, int, int, int]) -> None:
    window, frame = QWidget(), QSize(10, 40)
    restore_geometry(window, None, [_Area(*area)])  # type: ignore[list-item]
    assert QRect(*area).contains(QRect(window.pos(), window.size() + frame))
    assert window.width() >= 1200


@pytest.mark.row("L02", "A10")
def test_larger_text_makes_the_least_size_larger_but_not_larger_than_the_screen(scene: Scene) -> None:
    assert scene.window.minimumSize() == QSize(480, 360)
    theme().set_scale(150)
    assert scene.window.minimumSize() == QSize(720, 540)
    theme().set_scale(200)
    room = scene.window.screen().availableSize()
    assert scene.window.minimumSize() == QSize(960, 720).boundedTo(room)
    theme().set_scale(100)
    assert scene.window.minimumSize() == QSize(480, 360)


@pytest.mark.row("S1-25")
def test_the_window_says_that_nothing_leaves_while_all_sending_is_paused(scene: Scene) -> None:
    banner = scene.window._connection
    settings = scene.services.settings
    scene.services.outbox.waiting = 2  # type: ignore[attr-defined]
    scene.stage.run(settings.set(keys.SENDING_PAUSED, True))
    scene.inbox.bus.publish(SettingChanged(key=keys.SENDING_PAUSED.key))
    scene.stage.until(banner.isVisible)
    assert banner.text == "Sending is paused for the whole office – messages queued: 2"
    scene.stage.run(settings.set(keys.SENDING_PAUSED, False))
    scene.inbox.bus.publish(SettingChanged(key=keys.SENDING_PAUSED.key))
    scene.stage.until(lambda: not banner.isVisible())


@pytest.mark.row("L20")
def test_the_offline_banner_counts_what_waits_and_retries(scene: Scene) -> None:
    banner = scene.window._connection
    assert not banner.isVisible()
    scene.services.sync.state = {ChannelId(1): (False, "no route")}  # type: ignore[attr-defined]
    scene.services.outbox.waiting = 3  # type: ignore[attr-defined]
    scene.inbox.bus.publish(ConnectivityChanged(channel_id=1, online=False))
    scene.stage.until(banner.isVisible)
    assert banner.text == "Offline – messages queued: 3"
    banner._retry.click()
    scene.stage.until(lambda: scene.services.outbox.retried)  # type: ignore[attr-defined]
    scene.services.sync.state = {ChannelId(1): (True, "")}  # type: ignore[attr-defined]
    scene.inbox.bus.publish(ConnectivityChanged(channel_id=1, online=True))
    scene.stage.until(lambda: not banner.isVisible())


@pytest.mark.row("L20")
def test_a_broken_channel_is_named_with_its_reason(scene: Scene) -> None:
    broken = channel(2, "Clinic", state=ChannelState.BROKEN, state_reason="The password is wrong.")
    scene.services.channels.channels = (channel(1), broken)  # type: ignore[attr-defined]
    scene.window._connection.refresh()
    scene.stage.until(scene.window._connection.isVisible)
    assert scene.window._connection.text == "Clinic needs attention: The password is wrong."


def test_about_names_version_and_licences(scene: Scene) -> None:
    scene.window.actions_["help.about"].trigger()
    (about,) = scene.window.findChildren(AboutDialog)
    text = " ".join(label.text() for label in about.findChildren(PlainLabel))
    assert "Lesser General Public License" in text
    assert __version__ in text
    about.reject()


@pytest.mark.row("F05")
def test_the_demo_says_so_and_can_be_left(stage: Stage) -> None:
    scene = Scene(stage, demo=True)
    left: list[bool] = []
    scene.window.demo_leave_requested.connect(lambda: left.append(True))
    assert scene.window._demo.isVisible()
    scene.window._demo.findChild(QAbstractButton).click()
    assert left == [True]


@pytest.mark.row("S03")
def test_closing_hides_only_where_a_tray_shows_the_way_back(scene: Scene) -> None:
    quits: list[bool] = []
    scene.window.quit_requested.connect(lambda: quits.append(True))
    minimised: list[bool] = []
    scene.window.minimised_instead.connect(lambda: minimised.append(True))
    scene.window.close()
    assert scene.window.isMinimized()
    assert minimised == [True]
    scene.window.come_forward()
    assert not scene.window.isMinimized()
    scene.window.can_hide = lambda: True
    scene.window.close()
    assert not scene.window.isVisible()
    assert minimised == [True]
    assert quits == []
    scene.window.come_forward()
    scene.window.preferences.set(keys.CLOSE_TO_TRAY, False)
    scene.stage.settle()
    scene.window.close()
    assert quits == [True]


@pytest.mark.row("F03")
def test_an_error_of_any_task_becomes_a_note_with_details_to_copy(scene: Scene) -> None:
    async def fail() -> None:
        raise InboxError("channel_down", "The channel does not answer.", hint="Try again later.")

    scene.stage.tasks.start(fail())
    scene.stage.until(lambda: scene.window.toasts.shown)
    toast = scene.window.toasts.shown[0]
    assert toast.text == "The channel does not answer. Try again later."
    next(b for b in toast.findChildren(QAbstractButton) if b.text() == "Copy details").click()
    assert "[channel_down]" in QApplication.clipboard().text()


@pytest.mark.row("A07")
def test_a_message_in_the_open_conversation_and_a_failure_are_announced(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    from desktop_inbox.views.controllers import conversations

    said: list[str] = []
    monkeypatch.setattr(conversations, "announce", lambda _widget, text: said.append(text))
    scene.window.controller.open_id(ConversationId(2))
    scene.stage.settle()
    scene.inbox.receive(1, "not announced")
    scene.inbox.receive(2, "See you")
    scene.stage.until(lambda: said)
    scene.inbox.bus.publish(MessageStatusChanged(message_id=1, conversation_id=5, status="failed"))
    scene.stage.until(lambda: len(said) == 2)
    assert said == ["Jonas Okafor: See you", "A message to Tom Becker was not delivered."]


@pytest.mark.row("S07")
def test_a_notification_opens_its_conversation(scene: Scene) -> None:
    scene.window.show_page("settings")
    scene.window.open_conversation(ConversationId(4))
    scene.stage.settle()
    assert scene.open == 4
    assert scene.window.workspace.isVisible()
    assert not scene.window.is_reading(3)


@pytest.mark.row("A01")
def test_every_control_has_a_name(scene: Scene) -> None:
    for page in ("inbox", "settings"):
        scene.window.show_page(page)
        scene.window.controller.open_id(ConversationId(1))
        scene.stage.settle()
        nameless = [
            f"{type(widget).__name__} {widget.objectName()}"
            for widget in scene.window.findChildren(QWidget)
            if widget.isVisible()
            and widget.focusPolicy() != Qt.FocusPolicy.NoFocus
            and not (isinstance(widget.parent(), (QComboBox, QAbstractItemView)) or isinstance(widget, QMenu))
            and not widget.accessibleName()
            and not (isinstance(widget, QAbstractButton) and widget.text())
        ]
        assert nameless == []


@pytest.mark.row("A01")
def test_the_names_that_acceptance_relies_on(scene: Scene) -> None:
    names = {widget.accessibleName() for widget in scene.window.findChildren(QWidget)}
    assert {"Navigation", "View", "Conversations", "Search", "New conversation"} <= names


@pytest.mark.row("A10")
def test_targets_are_large_enough(scene: Scene) -> None:
    small = [
        f"{type(button).__name__} {button.accessibleName() or button.text()} {button.size()}"
        for button in scene.window.findChildren(QAbstractButton)
        if button.isVisible()
        and not isinstance(button.parent(), QLineEdit)
        and (button.width() < 24 or button.height() < 24)
    ]
    assert small == []


@pytest.mark.row("A03")
def test_tab_follows_reading_order(scene: Scene) -> None:
    scene.window.rail.focus()
    seen = []
    for _ in range(9):
        scene.key(Qt.Key.Key_Tab)
        seen.append(QApplication.focusWidget().accessibleName())
    wanted = ["Menu", "Settings", "View", "New conversation", "Search", "Filter", "All, 12", "Unread, 3", "Waiting, 6"]
    assert seen == wanted


@pytest.mark.row("T01", "F08")
def test_the_theme_follows_the_setting_from_anywhere(scene: Scene) -> None:
    scene.window.actions_["theme.dark"].trigger()
    scene.stage.until(lambda: theme().mode is ThemeMode.DARK)
    assert scene.window.actions_["theme.dark"].isChecked()


@pytest.mark.row("A08", "L02")
@pytest.mark.parametrize("scale", [80, 100, 150, 200])
def test_nothing_is_wider_than_the_window_at_any_text_size(scene: Scene, scale: int) -> None:
    theme().set_scale(scale)
    scene.window.controller.open_id(ConversationId(1))
    scene.stage.settle()
    assert scene.window.width() == 1280
    area = QRect(QPoint(0, 0), scene.window.size())
    for widget in (scene.window.rail, scene.window.pane, scene.conversation):
        if widget.isVisible():
            assert area.contains(QRect(widget.mapTo(scene.window, QPoint(0, 0)), widget.size()))


@pytest.mark.row("K25")
def test_native_key_names_are_known() -> None:
    assert QKeySequence("Ctrl+,").toString() == "Ctrl+,"
