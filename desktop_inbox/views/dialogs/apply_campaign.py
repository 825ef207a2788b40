"""ApplyCampaignDialog: a campaign for everybody of a segment: first who would get it, then the start."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop_inbox.errors import InboxError
from desktop_inbox.models.entities.campaign import Campaign
from desktop_inbox.models.entities.channel import ChannelState
from desktop_inbox.models.entities.ids import ChannelId, ContactId
from desktop_inbox.models.entities.segment import EVERYBODY, Group
from desktop_inbox.services.campaign_apply import Application
from desktop_inbox.services.campaigns import CampaignService
from desktop_inbox.services.segments import scope_of
from desktop_inbox.views.dialogs.progress import ProgressDialog
from desktop_inbox.views.plain import PlainLabel, plain_name
from desktop_inbox.views.room import fit_dialog
from desktop_inbox.views.services import Services
from desktop_inbox.views.tasks import Tasks

_NAMED = 200  # contacts left out that are listed


class ApplyCampaignDialog(QDialog):
    """Segment and channel, the dry run, and Apply."""

    def __init__(
        self,
        campaigns: CampaignService,
        services: Services,
        tasks: Tasks,
        campaign: Campaign,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._campaigns, self._services, self._tasks, self._campaign = campaigns, services, tasks, campaign
        self._ids: tuple[ContactId, ...] = ()
        self._asked = False  # on the way to the progress, which lets nobody click any more
        self.setWindowTitle(self.tr("Apply campaign"))
        self.setAccessibleName("Apply campaign")
        self.setModal(True)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.audience, self.channel = QComboBox(), QComboBox()
        self.audience.setAccessibleName(self.tr("Segment"))
        self.channel.setAccessibleName(self.tr("Channel"))
        self.outcome = PlainLabel(kind="strong", wrap=True)
        self.list = QPlainTextEdit()
        self.list.setReadOnly(True)
        self.list.setTabChangesFocus(True)
        self.list.setAccessibleName(self.tr("Who is left out, and why"))
        self.try_button = QPushButton(self.tr("Look who gets it"))
        self.try_button.setAutoDefault(False)
        self.apply_button = QPushButton(self.tr("Apply campaign"))
        self.apply_button.setProperty("kind", "primary")
        self.apply_button.setEnabled(False)
        self._build()
        tasks.start(self._load(), on_error=self._refuse)

    def _build(self) -> None:
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow(self.tr("Segment"), self.audience)
        form.addRow(self.tr("Channel"), self.channel)
        close = QPushButton(self.tr("Close"))
        close.setAutoDefault(False)
        close.clicked.connect(self.reject)
        foot = QHBoxLayout()
        foot.addWidget(self.try_button)
        foot.addStretch()
        foot.addWidget(close)
        foot.addWidget(self.apply_button)
        box = QVBoxLayout(self)
        box.setContentsMargins(20, 16, 20, 16)
        box.setSpacing(10)
        title = self.tr("Apply “{name}”").format(name=plain_name(self._campaign.name))
        box.addWidget(PlainLabel(title, kind="title", wrap=True))
        box.addLayout(form)
        box.addWidget(self.outcome)
        box.addWidget(self.list, 1)
        box.addLayout(foot)
        fit_dialog(self, 540, 440)
        self.try_button.clicked.connect(lambda: self._begin(applies=False))
        self.apply_button.clicked.connect(lambda: self._begin(applies=True))
        for box_ in (self.audience, self.channel):
            box_.currentIndexChanged.connect(self._forget)

    async def _load(self) -> None:
        for segment in await self._services.segments.all():
            self.audience.addItem(plain_name(segment.name), scope_of(segment.id))
        self.audience.addItem(self.tr("Everybody"), EVERYBODY)
        for channel in await self._services.channels.all():
            if channel.state is ChannelState.ACTIVE:
                self.channel.addItem(plain_name(channel.name), int(channel.id))
        self._forget()

    def _forget(self) -> None:
        self.apply_button.setEnabled(False)
        self.try_button.setEnabled(self.channel.count() > 0 and self.audience.count() > 0)
        self.outcome.setText(self.tr("Look first who gets it; nothing is sent by looking."))
        self.list.clear()

    def _begin(self, *, applies: bool) -> None:
        if not self._asked:
            self._asked = True
            chosen = self.audience.currentData(), self.channel.currentData()
            self._tasks.start(self._work(*chosen, applies=applies), on_error=self._refuse)

    async def _work(self, group: Group, key: int, *, applies: bool) -> None:
        try:
            self._ids = await self._services.segments.contacts(group)
        finally:
            self._asked = False
        if (self.audience.currentData(), self.channel.currentData()) != (group, key):
            return  # somebody else is meant by now
        service, channel = self._campaigns, ChannelId(key)
        work = service.apply_to if applies else service.dry_run
        title = self.tr("Applying the campaign") if applies else self.tr("Looking who gets it")
        dialog = ProgressDialog(title, self._tasks, self)

        def run(progress: Callable[[int, int], None], cancelled: Callable[[], bool]) -> object:
            return work(self._campaign.id, self._ids, channel_id=channel, progress=progress, cancelled=cancelled)

        dialog.done_with.connect(partial(self._done, applies))
        dialog.run(run)  # type: ignore[arg-type]

    def _done(self, applies: bool, found: Application) -> None:
        pattern = (
            self.tr("{n} contacts get it from now on; {left} were left out.")
            if applies
            else self.tr("{n} contacts would get it; {left} are left out.")
        )
        self.outcome.setText(pattern.format(n=found.applied, left=found.left_out))
        lines = [f"{plain_name(one.name)}: {one.reason}" for one in found.listed[:_NAMED]]
        if found.left_out > len(lines):
            lines.append(self.tr("… and {n} more").format(n=found.left_out - len(lines)))
        self.list.setPlainText("\n".join(lines))
        self.apply_button.setEnabled(not applies and found.applied > 0)
        if not applies:
            self.apply_button.setFocus()

    def _refuse(self, error: InboxError) -> None:
        self.outcome.setText(f"{error.message} {error.hint}".strip())
