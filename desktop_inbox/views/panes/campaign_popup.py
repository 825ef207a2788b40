"""CampaignPopup: the water drops beside a message: choose a campaign, see it with real dates, apply it (S4-62)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QListView, QPushButton, QVBoxLayout, QWidget

from desktop_inbox.errors import InboxError
from desktop_inbox.models.entities.campaign import Campaign, Enrollment
from desktop_inbox.models.entities.ids import ConversationId
from desktop_inbox.views.delegates.two_lines import TwoLines
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.item_models.campaign_rows import RowsModel
from desktop_inbox.views.plain import PlainLabel
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.theme import theme
from desktop_inbox.views.toasts import announce

if TYPE_CHECKING:
    from desktop_inbox.services.campaign_apply import CampaignPreview
    from desktop_inbox.services.campaigns import CampaignService
    from desktop_inbox.services.channels import ReplyOption

_WIDTH, _HEIGHT = 620, 380


class CampaignPopup(QFrame):
    """Campaigns left, the preview for this contact right, Apply Campaign below."""

    applied = Signal(object)  # Enrollment
    closed = Signal()

    def __init__(self, campaigns: "CampaignService", tasks: Tasks, formats: Formats, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._campaigns, self._tasks, self._formats = campaigns, tasks, formats
        self._conversation_id: ConversationId | None = None
        self._option: ReplyOption | None = None
        self._looked = 0
        self.setProperty("kind", "popup")
        self.setAccessibleName("Apply a campaign")
        self.model = RowsModel(self)
        self.list = QListView()
        self.list.setProperty("kind", "choices")
        self.list.setModel(self.model)
        self.list.setItemDelegate(TwoLines(self.list))
        self.list.setAccessibleName(self.tr("Campaigns"))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.problem = PlainLabel(kind="error-small", wrap=True)
        self.apply_button = QPushButton(self.tr("Apply Campaign"))
        self.apply_button.setProperty("kind", "primary")
        self._build()

    def _build(self) -> None:
        px = theme().px
        self._side = QVBoxLayout()
        self._side.setSpacing(px(6))
        inside = QWidget()
        inside.setLayout(self._side)
        inside.setAccessibleName(self.tr("Preview"))
        middle = QHBoxLayout()
        middle.setSpacing(px(12))
        middle.addWidget(self.list, 2)
        middle.addWidget(inside, 3)
        foot = QHBoxLayout()
        foot.addWidget(self.problem, 1)
        foot.addWidget(self.apply_button)
        box = QVBoxLayout(self)
        box.setContentsMargins(px(12), px(10), px(12), px(12))
        box.setSpacing(px(8))
        box.addWidget(PlainLabel(self.tr("Apply a campaign"), kind="strong"))
        box.addLayout(middle, 1)
        box.addLayout(foot)
        self.resize(px(_WIDTH), px(_HEIGHT))
        self.list.selectionModel().currentChanged.connect(lambda *_: self._look())
        self.list.activated.connect(lambda _index: self.apply())
        self.apply_button.clicked.connect(self.apply)

    def open_above(self, button: QWidget, conversation_id: ConversationId, option: "ReplyOption | None") -> None:
        """Show the campaigns that can be applied to a contact."""
        self._conversation_id, self._option = conversation_id, option
        self._show_lines(())
        self.problem.setText("")
        self.apply_button.setEnabled(False)  # until it is known what it would do
        self._tasks.start(self._load(), on_error=self._refuse)
        corner = button.mapToGlobal(QPoint(0, 0))
        window = button.window()
        left = min(corner.x(), window.mapToGlobal(QPoint(window.width(), 0)).x() - self.width() - 8)
        self.move(max(left, 0), max(0, corner.y() - self.height() - 6))
        self.show()
        self.list.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape closes."""
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
            self.closed.emit()
        else:
            super().keyPressEvent(event)

    def chosen(self) -> Campaign | None:
        """Return the campaign that is highlighted."""
        row = self.list.currentIndex().row()
        one = self.model.rows[row] if 0 <= row < len(self.model.rows) else None
        return one if isinstance(one, Campaign) else None

    def apply(self) -> None:
        """Start the campaign with the contact (S4-64)."""
        campaign, option = self.chosen(), self._option
        if campaign is None or option is None or self._conversation_id is None or not self.apply_button.isEnabled():
            return
        self.apply_button.setEnabled(False)
        self._tasks.start(
            self._campaigns.apply(
                campaign.id, self._conversation_id, channel_id=option.channel.id, address_id=option.address.id
            ),
            on_result=self._applied,
            on_error=self._refuse,
        )

    async def _load(self) -> None:
        may = await self._campaigns.may_apply()
        rows = [one for one in await self._campaigns.all() if one.active] if may else []
        self.model.show(rows)
        self.apply_button.setEnabled(False)
        if not may:
            self.problem.setText(self.tr("Campaigns are switched off for you."))
        elif not rows:
            self.problem.setText(self.tr("There is no campaign yet. Write one on the page Campaigns."))
        else:
            self.problem.setText("")
            self.list.setCurrentIndex(self.model.index(0))

    def _look(self) -> None:
        campaign = self.chosen()
        if campaign is None or self._conversation_id is None:
            return
        self._looked += 1
        self.apply_button.setEnabled(False)
        self._tasks.start(self._preview(campaign, self._conversation_id, self._looked), on_error=self._refuse)

    async def _preview(self, campaign: Campaign, conversation_id: ConversationId, number: int) -> None:
        option = self._option
        found: CampaignPreview = await self._campaigns.preview(
            campaign.steps,
            conversation_id,
            channel_id=None if option is None else option.channel.id,
            address_id=None if option is None else option.address.id,
            campaign_id=campaign.id,
        )
        if number != self._looked:
            return
        self._show_lines([(self._formats.ahead(step.due_at), step.text) for step in found.steps])
        problem = self.tr("No channel reaches this contact.") if option is None else found.problem
        self.problem.setText(problem)
        self.apply_button.setEnabled(not problem)
        announce(self, problem or "; ".join(f"{self._formats.ahead(step.due_at)}: {step.text}" for step in found.steps))

    def _show_lines(self, lines: Sequence[tuple[str, str]]) -> None:
        while (item := self._side.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        for when, text in lines:
            self._side.addWidget(PlainLabel(when, kind="small"))
            self._side.addWidget(PlainLabel(text, kind="bubble", wrap=True))
        self._side.addStretch()

    def _applied(self, enrollment: Enrollment) -> None:
        self.hide()
        self.applied.emit(enrollment)
        self.closed.emit()

    def _refuse(self, error: InboxError) -> None:
        self.problem.setText(f"{error.message} {error.hint}".strip())
