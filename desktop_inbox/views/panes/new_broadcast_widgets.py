"""NewBroadcastWidgets: the parts of a new broadcast and where they stand; what they do is in ``new_broadcast``."""

from datetime import timedelta

from PySide6.QtCore import QDate, QDateTime, QSettings, Qt, QTime, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QDateTimeEdit,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QRadioButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop_inbox.models.entities.ids import ChannelId, TeamId
from desktop_inbox.services.settings import TIME_ZONE
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.panes.broadcast_audience import AudiencePicker
from desktop_inbox.views.panes.broadcast_editor import BroadcastEditor
from desktop_inbox.views.panes.contact_table import page_button
from desktop_inbox.views.panes.dry_run_box import DryRunBox
from desktop_inbox.views.panes.flow_layout import FlowLayout
from desktop_inbox.views.plain import PlainLabel
from desktop_inbox.views.services import Services
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.theme import theme
from desktop_inbox.views.toasts import Toasts

TEST_KEY = "broadcasts/test-address"
_PACES = (0, 10, 30, 60, 120, 300, 600)


class NewBroadcastWidgets(QWidget):
    """What is written on the left, how it reads and what would happen on the right."""

    left = Signal()
    test_wanted = Signal()
    run_wanted = Signal()
    send_wanted = Signal()
    discard_wanted = Signal()

    def __init__(
        self, services: Services, tasks: Tasks, toasts: Toasts, formats: Formats, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._services, self._tasks, self._formats = services, tasks, formats
        self.setAccessibleName("New broadcast")
        self.name = QLineEdit()
        self.name.setAccessibleName(self.tr("Name"))
        self.name.setPlaceholderText(self.tr("For the office only, such as: New opening hours"))
        self.name.setMaxLength(120)
        self.team = QComboBox()
        self.team.setAccessibleName(self.tr("Team"))
        self.channel = QComboBox()
        self.channel.setAccessibleName(self.tr("Channel"))
        self.channel.setPlaceholderText(self.tr("No active channel: add one under Channels"))
        self.audience = AudiencePicker(services, tasks, formats, self.channel_id)
        self.count = PlainLabel(kind="secondary")
        self.text = BroadcastEditor(services, tasks, formats)
        self._make_time()
        self._make_check(toasts)
        self._build()

    def team_id(self) -> TeamId | None:
        """Return the team that was chosen; None for the own one."""
        key = self.team.currentData()
        return None if key is None else TeamId(key)

    def channel_id(self) -> ChannelId | None:
        """Return the channel that is chosen."""
        key = self.channel.currentData()
        return None if key is None else ChannelId(key)

    def _make_time(self) -> None:
        self.now = QRadioButton(self.tr("Now"))
        self.later = QRadioButton(self.tr("Later"))
        self._times = QButtonGroup(self)  # of their own: Qt would take the chips above for others of the same choice
        for button in (self.now, self.later):
            self._times.addButton(button)
        self.now.setChecked(True)
        self.at = QDateTimeEdit()
        self.at.setAccessibleName(self.tr("Date and time"))
        self.at.setCalendarPopup(True)
        self.at.setEnabled(False)
        self.at.setDisplayFormat("ddd d MMM yyyy HH:mm")
        self.at.setMinimumWidth(theme().px(230))
        tomorrow = self._formats.today() + timedelta(days=1)
        self.at.setDateTime(QDateTime(QDate(tomorrow.year, tomorrow.month, tomorrow.day), QTime(9, 0)))
        self.zone = PlainLabel(kind="small")
        name = self._services.settings.get(TIME_ZONE)
        self.zone.setText(name or self.tr("in the zone of this computer"))
        self.untimely = PlainLabel(kind="warning", wrap=True)
        self.untimely.hide()
        self.later.toggled.connect(self.at.setEnabled)
        self.pace = QComboBox()
        self.pace.setAccessibleName(self.tr("Pace"))
        for pace in _PACES:
            words = self.tr("{n} a minute").format(n=pace) if pace else self.tr("As fast as the channel carries")
            self.pace.addItem(words, pace)

    def _make_check(self, toasts: Toasts) -> None:
        self.seen_by = QComboBox()
        self.seen_by.setAccessibleName(self.tr("As seen by"))
        self.preview = PlainLabel(kind="bubble", wrap=True)
        self.verdict = PlainLabel(kind="small", wrap=True)
        self.test_address = QLineEdit(str(QSettings().value(TEST_KEY, "") or ""))
        self.test_address.setAccessibleName(self.tr("Own number for a test"))
        self.test_address.setPlaceholderText(self.tr("Your own number"))
        self.test = page_button(self.tr("Test send"), "", self.test_wanted.emit, "")
        self.dry_run = page_button(self.tr("Dry run"), "flask-conical", self.run_wanted.emit, "")
        self.box = DryRunBox(self._tasks, toasts, self._formats)
        self.send = page_button(self.tr("Send…"), "send", self.send_wanted.emit, "primary")
        self.problem = PlainLabel(kind="error-small", wrap=True)
        self.problem.hide()
        self.restored = PlainLabel(self.tr("Draft restored"), kind="secondary")
        self.restored.hide()

    def _build(self) -> None:
        px = theme().px
        head = QHBoxLayout()
        head.setSpacing(8)
        self.back = page_button(self.tr("Sent messages"), "arrow-left", self.left.emit, "quiet")
        self.discard = page_button(self.tr("Discard"), "trash-2", self.discard_wanted.emit, "")
        head.addWidget(self.back)
        head.addWidget(PlainLabel(self.tr("New broadcast"), kind="heading"))
        head.addWidget(self.restored)
        head.addStretch()
        head.addWidget(self.discard)
        head.addWidget(self.send)
        columns = QHBoxLayout()
        columns.setSpacing(px(24))
        columns.addWidget(self._scrolled(self._left()), 11)
        columns.addWidget(self._right(), 9)
        box = QVBoxLayout(self)
        box.setContentsMargins(px(20), px(12), px(20), px(12))
        box.setSpacing(px(10))
        box.addLayout(head)
        box.addWidget(self.problem)
        box.addLayout(columns, 1)

    def _left(self) -> QWidget:
        to = QHBoxLayout()
        to.addWidget(PlainLabel(self.tr("TO"), kind="section"))
        to.addStretch()
        to.addWidget(self.count)
        time = FlowLayout(spacing=8)
        for widget in (self.now, self.later, self.at, self.zone):
            time.addWidget(widget)
        inside = QWidget()
        box = QVBoxLayout(inside)
        box.setContentsMargins(0, 0, theme().px(8), 0)
        box.setSpacing(theme().px(8))
        box.addWidget(PlainLabel(self.tr("NAME"), kind="section"))
        box.addWidget(self.name)
        box.addLayout(self._sender())
        box.addLayout(to)
        box.addWidget(self.audience)
        box.addWidget(PlainLabel(self.tr("TEXT"), kind="section"))
        box.addWidget(self.text)
        box.addWidget(PlainLabel(self.tr("WHEN"), kind="section"))
        box.addLayout(time)
        box.addWidget(self.untimely)
        box.addWidget(PlainLabel(self.tr("PACE"), kind="section"))
        box.addWidget(self.pace)
        box.addStretch()
        return inside

    def _sender(self) -> QHBoxLayout:
        """For which team, where there is a choice, and by which channel."""
        row = QHBoxLayout()
        row.setSpacing(theme().px(12))
        self.team_box = QWidget()
        sides = []
        for widget, text, combo in (
            (self.team_box, self.tr("TEAM"), self.team),
            (QWidget(), self.tr("CHANNEL"), self.channel),
        ):
            side = QVBoxLayout(widget)
            side.setContentsMargins(0, 0, 0, 0)
            side.setSpacing(theme().px(8))
            side.addWidget(PlainLabel(text, kind="section"))
            side.addWidget(combo)
            sides.append(widget)
        for widget, share in zip(sides, (2, 3), strict=True):
            row.addWidget(widget, share)
        self.team_box.hide()
        return row

    def _right(self) -> QWidget:
        seen = QHBoxLayout()
        seen.setSpacing(8)
        seen.addWidget(PlainLabel(self.tr("As seen by"), kind="small"))
        seen.addWidget(self.seen_by, 1)
        test = QHBoxLayout()
        test.setSpacing(8)
        test.addWidget(self.test_address, 1)
        test.addWidget(self.test)
        check = QHBoxLayout()
        check.addWidget(PlainLabel(self.tr("WHAT WOULD HAPPEN"), kind="section"))
        check.addStretch()
        check.addWidget(self.dry_run)
        inside = QWidget()
        box = QVBoxLayout(inside)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(theme().px(8))
        box.addWidget(PlainLabel(self.tr("PREVIEW"), kind="section"))
        box.addLayout(seen)
        box.addWidget(self.preview)
        box.addWidget(self.verdict)
        box.addLayout(test)
        box.addLayout(check)
        box.addWidget(self.box, 1)
        self.filler = QWidget()
        box.addWidget(self.filler, 1)
        return inside

    @staticmethod
    def _scrolled(inside: QWidget) -> QScrollArea:
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(inside)
        return scroll
