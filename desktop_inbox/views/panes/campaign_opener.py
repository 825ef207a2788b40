"""CampaignOpener: the water drops of the composer show the campaigns for its contact (S4-62)."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QToolButton, QWidget

from desktop_inbox.models.entities.ids import ConversationId
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.services import Services
from desktop_inbox.views.tasks import Tasks

if TYPE_CHECKING:
    from desktop_inbox.services.channels import ReplyOption

    from .campaign_popup import CampaignPopup


class CampaignOpener(QObject):
    """Makes the popup when it is first wanted."""

    def __init__(
        self,
        services: Services,
        tasks: Tasks,
        button: QToolButton,
        conversation: Callable[[], ConversationId | None],
        option: Callable[[], "ReplyOption | None"],
        field: QWidget,
    ) -> None:
        super().__init__(button)
        self._services, self._tasks, self._button = services, tasks, button
        self._conversation, self._option, self._field = conversation, option, field
        self.popup: CampaignPopup | None = None
        button.setVisible(services.campaigns is not None)
        button.clicked.connect(self.open)

    def open(self) -> None:
        """Show the campaigns."""
        conversation_id, campaigns = self._conversation(), self._services.campaigns
        if conversation_id is None or campaigns is None:
            return
        if self.popup is None:
            from .campaign_popup import CampaignPopup  # few starts need it

            self.popup = CampaignPopup(campaigns, self._tasks, Formats(self._services.clock), self._button)
            self.popup.closed.connect(self._field.setFocus)
        self.popup.open_above(self._button, conversation_id, self._option())
