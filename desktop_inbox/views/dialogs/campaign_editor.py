"""CampaignEditor: make or change a drip campaign."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QLineEdit, QPushButton, QScrollArea, QVBoxLayout, QWidget

from desktop_inbox.errors import InboxError
from desktop_inbox.models.entities.campaign import MAX_NAME, MAX_STEPS, Campaign, CampaignStep
from desktop_inbox.services.campaigns import CampaignDraft, CampaignService
from desktop_inbox.views.panes.step_editor import StepEditor
from desktop_inbox.views.plain import PlainLabel
from desktop_inbox.views.room import fit_dialog
from desktop_inbox.views.services import Services
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.theme import theme


class CampaignEditor(QDialog):
    """A name, and messages with intervals from the time of application."""

    saved = Signal(object)  # Campaign

    def __init__(
        self,
        campaigns: CampaignService,
        services: Services,
        tasks: Tasks,
        campaign: Campaign | None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._campaigns, self._services, self._tasks, self._campaign = campaigns, services, tasks, campaign
        self._names: tuple[str, ...] = ()
        self._saving = False  # a second click would make a second one
        title = self.tr("New campaign") if campaign is None else self.tr("Change the campaign")
        self.setWindowTitle(title)
        self.setModal(True)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.name = QLineEdit(campaign.name if campaign is not None else "")
        self.name.setMaxLength(MAX_NAME)
        self.name.setAccessibleName(self.tr("Name of the campaign"))
        self.name.setPlaceholderText(self.tr("Name, such as Welcome"))
        self.steps: list[StepEditor] = []
        self.trouble = PlainLabel(kind="error", wrap=True)
        self.trouble.hide()
        self._build(title)
        for step in campaign.steps if campaign is not None else (CampaignStep(days=1, text=""),):
            self._add(step)
        tasks.start(services.variables.names(), on_result=self._take_names)
        self.name.setFocus()

    def _build(self, title: str) -> None:
        px = theme().px
        inside = QWidget()
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(0, 0, px(4), 0)
        self._column.setSpacing(px(10))
        self._column.addStretch()
        scroll = QScrollArea()
        scroll.setWidget(inside)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll = scroll
        self.add_button = QPushButton(self.tr("Add a message"))
        self.add_button.setAutoDefault(False)
        self.add_button.clicked.connect(self.add)
        cancel = QPushButton(self.tr("Cancel"))
        cancel.setAutoDefault(False)
        cancel.clicked.connect(self.reject)
        self.save_button = QPushButton(self.tr("Save"))
        self.save_button.setProperty("kind", "primary")
        self.save_button.setDefault(True)
        self.save_button.clicked.connect(self._save)
        foot = QHBoxLayout()
        foot.addWidget(self.add_button)
        foot.addStretch()
        foot.addWidget(cancel)
        foot.addWidget(self.save_button)
        rule = self.tr(
            "Every interval counts from the moment you apply the campaign. Days keep the time of day. "
            "When the contact writes back or opts out, what was not sent is cancelled."
        )
        if self._campaign is not None and self._campaign.numbers.active:
            rule += " " + self.tr("Those under way keep their dates and get the new texts.")
        box = QVBoxLayout(self)
        box.setContentsMargins(20, 16, 20, 16)
        box.setSpacing(10)
        box.addWidget(PlainLabel(title, kind="title"))
        box.addWidget(self.name)
        box.addWidget(PlainLabel(rule, kind="small", wrap=True))
        box.addWidget(scroll, 1)
        box.addWidget(self.trouble)
        box.addLayout(foot)
        fit_dialog(self, 680, 600)

    def add(self) -> None:
        """Write one more message, a day after the last."""
        last = self.steps[-1].step() if self.steps else CampaignStep(text="")
        self._add(CampaignStep(days=last.days + 2, minutes=last.minutes, text=""))
        self.steps[-1].text.setFocus()
        bar = self._scroll.verticalScrollBar()
        bar.rangeChanged.connect(lambda _low, high: bar.setValue(high), Qt.ConnectionType.SingleShotConnection)

    def _add(self, step: CampaignStep) -> None:
        editor = StepEditor(self._services, self._tasks, step)
        editor.completion.show_names(self._names)
        editor.move_wanted.connect(lambda by: self._move(editor, by))
        editor.remove_wanted.connect(lambda: self._remove(editor))
        editor.refused.connect(self._refuse)
        self.steps.append(editor)
        self._column.insertWidget(len(self.steps) - 1, editor)
        self._number()

    def _move(self, editor: StepEditor, by: int) -> None:
        place = self.steps.index(editor)
        self.steps.insert(place + by, self.steps.pop(place))
        self._column.removeWidget(editor)
        self._column.insertWidget(place + by, editor)
        self._number()

    def _remove(self, editor: StepEditor) -> None:
        self.steps.remove(editor)
        editor.deleteLater()
        self._number()

    def _number(self) -> None:
        for place, editor in enumerate(self.steps):
            editor.show_place(place, len(self.steps))
        self.add_button.setEnabled(len(self.steps) < MAX_STEPS)

    def _take_names(self, names: tuple[str, ...]) -> None:
        self._names = names
        for editor in self.steps:
            editor.completion.show_names(names)

    def _save(self) -> None:
        if self._saving:
            return
        self._saving = True
        draft = CampaignDraft(
            name=self.name.text(),
            steps=tuple(editor.step() for editor in self.steps),
            active=self._campaign.active if self._campaign is not None else True,
        )
        known = self._campaign.id if self._campaign is not None else None
        self._tasks.start(self._campaigns.save(draft, campaign_id=known), on_result=self._done, on_error=self._refuse)

    def _done(self, campaign: Campaign) -> None:
        self.saved.emit(campaign)
        self.accept()

    def _refuse(self, error: InboxError) -> None:
        self._saving = False
        self.trouble.setText(f"{error.message} {error.hint}".strip())
        self.trouble.show()
