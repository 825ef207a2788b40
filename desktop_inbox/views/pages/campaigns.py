"""CampaignsPage: drip campaigns and reminders: the list left, what is chosen right."""

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QListView, QSplitter, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from desktop_inbox.errors import InboxError
from desktop_inbox.events import BulkChanged, CampaignsChanged, EnrollmentChanged, Event, RemindersChanged
from desktop_inbox.models.entities.campaign import Campaign, Enrollment
from desktop_inbox.models.entities.ids import EnrollmentId
from desktop_inbox.models.entities.reminder import Reminder
from desktop_inbox.models.entities.segment import EVERYBODY
from desktop_inbox.views.delegates.two_lines import TwoLines
from desktop_inbox.views.dialogs.confirm import confirmed
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.item_models.campaign_rows import RowsModel
from desktop_inbox.views.panes.campaign_panel import CampaignPanel
from desktop_inbox.views.panes.contact_table import page_button
from desktop_inbox.views.panes.reminder_panel import ReminderPanel
from desktop_inbox.views.plain import PlainLabel, plain_name
from desktop_inbox.views.states import EmptyState
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.theme import theme

if TYPE_CHECKING:
    from desktop_inbox.services.campaigns import CampaignService
    from desktop_inbox.services.reminders import ReminderService
    from desktop_inbox.views.bridge import EventBridge
    from desktop_inbox.views.services import Services
    from desktop_inbox.views.toasts import Toasts

_NEWS = (CampaignsChanged, EnrollmentChanged, RemindersChanged, BulkChanged)
_NEWS_MS = 400
_CAMPAIGNS, _REMINDERS = 0, 1
_PAGE = 200  # contacts read at once


class CampaignsPage(QWidget):
    """Two tabs over one list; the panel beside it shows what is chosen."""

    conversation_wanted = Signal(object)  # ConversationId

    def __init__(
        self,
        campaigns: "CampaignService",
        reminders: "ReminderService",
        services: "Services",
        tasks: Tasks,
        bridge: "EventBridge",
        toasts: "Toasts",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("page")
        self.setAccessibleName("Campaigns")
        self._campaigns, self._reminders = campaigns, reminders
        self._services, self._tasks, self._toasts = services, tasks, toasts
        self._generation = 0
        self._stale = False
        self._wanted: int | None = None
        formats = Formats(services.clock)
        self.tabs = QTabBar()
        self.model = RowsModel(self)
        self.list = QListView()
        self.panel = CampaignPanel(formats)
        self.reminder_panel = ReminderPanel(formats)
        self.empty = EmptyState()
        self.right = QStackedWidget()
        self._build()
        self._connect(bridge)

    def focus(self) -> None:
        """Move the focus to the list."""
        self.list.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def escape(self) -> bool:
        """Show everybody again where somebody was searched for."""
        searched = self.right.currentWidget() is self.panel and bool(self.panel.search.text())
        if searched:
            self.panel.search.clear()
        return searched

    def refresh(self) -> None:
        """Read everything again; what is chosen stays chosen."""
        self._generation += 1
        self._stale = False
        self._tasks.start(self._read(self._generation), name="campaigns")

    # Parts

    def _build(self) -> None:
        px = theme().px
        self.tabs.setProperty("kind", "pane")
        self.tabs.setAccessibleName(self.tr("Kind"))
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setUsesScrollButtons(False)
        self.tabs.addTab(self.tr("Drip campaigns"))
        self.tabs.addTab(self.tr("Reminders"))
        self.list.setProperty("kind", "choices")
        self.list.setModel(self.model)
        self.list.setItemDelegate(TwoLines(self.list))
        self.list.setAccessibleName("Campaign list")
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.new_button = page_button(self.tr("New"), "plus", self.new, "primary")
        head = QHBoxLayout()
        head.addWidget(PlainLabel(self.tr("Campaigns"), kind="heading"))
        head.addStretch()
        head.addWidget(self.new_button)
        left = QWidget()
        left.setMinimumWidth(px(236))
        box = QVBoxLayout(left)
        box.setContentsMargins(px(20), px(12), px(12), px(12))
        box.setSpacing(px(10))
        box.addLayout(head)
        box.addWidget(self.tabs)
        box.addWidget(self.list, 1)
        for widget in (self.empty, self.panel, self.reminder_panel):
            self.right.addWidget(widget)
        splitter = QSplitter()
        splitter.setChildrenCollapsible(False)
        splitter.setHandleWidth(1)
        splitter.addWidget(left)
        splitter.addWidget(self.right)
        splitter.setStretchFactor(0, 0)
        splitter.setStretchFactor(1, 1)
        splitter.setSizes([px(300), px(900)])
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(splitter)

    def _connect(self, bridge: "EventBridge") -> None:
        self._news = QTimer(self, singleShot=True, interval=_NEWS_MS)
        self._news.timeout.connect(self.refresh)
        self.tabs.currentChanged.connect(lambda _place: self.refresh())
        self.list.selectionModel().currentChanged.connect(lambda *_: self._look())
        self.list.activated.connect(lambda _index: self.edit())
        panel, other = self.panel, self.reminder_panel
        panel.apply_wanted.connect(self._apply)
        panel.state_wanted.connect(lambda _state: self._look())
        panel.more_wanted.connect(self._more)
        panel.stop_wanted.connect(lambda one: self._do(self._stop(one)))
        panel.send_missed_wanted.connect(lambda one: self._do(self._campaigns.send_missed(one.id)))
        panel.skip_missed_wanted.connect(lambda one: self._do(self._campaigns.skip_missed(one.id)))
        other.send_missed_wanted.connect(lambda: self._missed(sends=True))
        other.skip_missed_wanted.connect(lambda: self._missed(sends=False))
        for one in (panel, other):
            one.edit_wanted.connect(self.edit)
            one.switch_wanted.connect(lambda: self._do(self._switch()))
            one.delete_wanted.connect(lambda: self._do(self._delete()))
            one.conversation_wanted.connect(self.conversation_wanted)
        bridge.event.connect(self._hear)

    # Reading

    @property
    def _is_reminders(self) -> bool:
        return self.tabs.currentIndex() == _REMINDERS

    async def _read(self, generation: int) -> None:
        rows: Any = await (self._reminders.all() if self._is_reminders else self._campaigns.all())
        may = await self._campaigns.may_apply()
        if generation != self._generation:
            return
        self.new_button.setEnabled(may)
        current = self.chosen()
        wanted = self._wanted if self._wanted is not None else current.id if current is not None else None
        self._wanted = None
        self.model.show(rows)
        if not rows:
            self._tell_empty()
            return
        place = max(0, -1 if wanted is None else self.model.row_of(wanted))
        self.list.setCurrentIndex(self.model.index(place))
        self._look()

    def _tell_empty(self) -> None:
        if self._is_reminders:
            self.empty.show_state(
                "alarm-clock",
                self.tr("No reminders yet"),
                self.tr("A reminder writes to a contact by itself before or after a date, such as an appointment."),
                buttons=((self.tr("New reminder"), self.new),),
            )
        else:
            self.empty.show_state(
                "droplets",
                self.tr("No drip campaigns yet"),
                self.tr("A campaign sends messages over days, until the contact writes back."),
                buttons=((self.tr("New campaign"), self.new),),
            )
        self.right.setCurrentWidget(self.empty)

    def chosen(self) -> Campaign | Reminder | None:
        """Return what is chosen in the list."""
        row = self.list.currentIndex().row()
        return self.model.rows[row] if 0 <= row < len(self.model.rows) else None

    def _look(self) -> None:
        one = self.chosen()
        if isinstance(one, Campaign):
            self._tasks.start(self._show_campaign(one), name="campaign")
        elif isinstance(one, Reminder):
            self._tasks.start(self._show_reminder(one), name="reminder")

    async def _show_campaign(self, one: Campaign) -> None:
        state, text = self.panel.state, self.panel.search.text()
        same = self.panel.campaign is not None and self.panel.campaign.id == one.id
        limit = max(_PAGE, len(self.panel.model.rows) if same else 0)  # whoever scrolled stays where they are
        found = await self._campaigns.enrollments(one.id, state=state, text=text, limit=limit)
        if self.chosen() == one and (self.panel.state, self.panel.search.text()) == (state, text):
            self.panel.show_campaign(one, found, has_more=len(found) == limit)
            self.right.setCurrentWidget(self.panel)

    def _more(self) -> None:
        """Read what comes behind the last row."""
        one, rows = self.chosen(), self.panel.model.rows
        if isinstance(one, Campaign) and rows:
            self._tasks.start(self._read_more(one, rows[-1].id), name="more of a campaign")

    async def _read_more(self, one: Campaign, before: EnrollmentId) -> None:
        state, text = self.panel.state, self.panel.search.text()
        found = await self._campaigns.enrollments(one.id, state=state, text=text, before=before, limit=_PAGE)
        rows = self.panel.model.rows
        if (self.panel.state, self.panel.search.text()) == (state, text) and rows and rows[-1].id == before:
            self.panel.model.append(found, has_more=len(found) == _PAGE)

    async def _show_reminder(self, one: Reminder) -> None:
        runs = await self._reminders.runs(one.id)
        fields = {field.id: field.name for field in await self._services.fields.all()}
        to_whom = (
            self.tr("everybody") if one.audience == EVERYBODY else await self._services.segments.text_of(one.audience)
        )
        if self.chosen() == one:
            self.reminder_panel.show_reminder(one, fields.get(one.field_id, ""), to_whom, runs)
            self.right.setCurrentWidget(self.reminder_panel)

    def _hear(self, event: Event) -> None:
        if isinstance(event, _NEWS):
            self._stale = True
            if self.isVisible() and not self._news.isActive():
                self._news.start()

    def showEvent(self, event: QShowEvent) -> None:
        """Read what changed while nobody looked."""
        super().showEvent(event)
        if self._stale:
            self.refresh()

    # What is done

    def new(self) -> None:
        """Write a campaign or a reminder."""
        self._edit(None)

    def edit(self) -> None:
        """Change what is chosen, where this person may."""
        one = self.chosen()
        if one is not None and one.may_change:
            self._edit(one)

    def _edit(self, one: Campaign | Reminder | None) -> None:
        from desktop_inbox.views.dialogs.campaign_editor import CampaignEditor
        from desktop_inbox.views.dialogs.reminder_editor import ReminderEditor

        dialog: CampaignEditor | ReminderEditor
        if self._is_reminders:
            reminder = one if isinstance(one, Reminder) else None
            dialog = ReminderEditor(self._reminders, self._services, self._tasks, reminder, self)
        else:
            campaign = one if isinstance(one, Campaign) else None
            dialog = CampaignEditor(self._campaigns, self._services, self._tasks, campaign, self)
        dialog.saved.connect(self._saved)
        dialog.finished.connect(self.focus)
        dialog.open()

    def _saved(self, saved: Campaign | Reminder) -> None:
        self._wanted = saved.id
        self.refresh()

    def _apply(self) -> None:
        from desktop_inbox.views.dialogs.apply_campaign import ApplyCampaignDialog

        one = self.chosen()
        if isinstance(one, Campaign):
            dialog = ApplyCampaignDialog(self._campaigns, self._services, self._tasks, one, self)
            dialog.finished.connect(lambda _result: self.refresh())
            dialog.open()

    def _do(self, work: Coroutine[Any, Any, Any], then: Callable[[], object] | None = None) -> None:
        self._tasks.start(work, on_result=lambda _result: (then or self.refresh)(), on_error=self._refused)

    def _refused(self, error: InboxError) -> None:
        self._toasts.tell_error(error)

    async def _stop(self, one: Enrollment) -> None:
        await self._campaigns.stop([one.id])

    async def _switch(self) -> None:
        one = self.chosen()
        if isinstance(one, Campaign):
            await self._campaigns.set_active(one.id, active=not one.active)
        elif isinstance(one, Reminder):
            await self._reminders.set_active(one.id, active=not one.active)

    async def _delete(self) -> None:
        one = self.chosen()
        if isinstance(one, Campaign):
            text = self.tr("“{name}” is removed. It is stopped for {n} contacts; what was sent stays.")
            text = text.format(name=plain_name(one.name), n=one.numbers.active)
            if await confirmed(
                self, title=self.tr("Delete this campaign?"), text=text, verb=self.tr("Delete"), danger=True
            ):
                await self._campaigns.delete(one.id)
        elif isinstance(one, Reminder):
            text = self.tr("“{name}” sends nothing any more; what was sent stays.").format(name=plain_name(one.name))
            if await confirmed(
                self, title=self.tr("Delete this reminder?"), text=text, verb=self.tr("Delete"), danger=True
            ):
                await self._reminders.delete(one.id)

    async def _agreed(self, title: str, text: str) -> bool:
        return await confirmed(self, title=title, text=text, verb=self.tr("Delete"), danger=True)

    def _missed(self, *, sends: bool) -> None:
        one = self.chosen()
        if isinstance(one, Reminder):
            self._do(self._reminders.send_missed(one.id) if sends else self._reminders.skip_missed(one.id))
