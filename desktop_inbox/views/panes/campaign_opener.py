"""CampaignOpener: the water drops of the composer show the campaigns for its contact (S4-62)."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from desktop_inbox.models.entities.ids import ConversationId
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.services import Services
from desktop_inbox.views.tasks import Tasks

from .composer_widgets import ComposerWidgets

if TYPE_CHECKING:
    from .campaign_popup import CampaignPopup


class CampaignOpener(QObject):
    """Makes the popup when it is first wanted."""

    def __init__(
        self,
        services: Services,
        tasks: Tasks,
        widgets: ComposerWidgets,
        conversation: Callable[[], ConversationId | None],
    ) -> None:
        button = widgets.campaign_button
        super().__init__(button)
        self._services, self._tasks, self._widgets, self._button = services, tasks, widgets, button
        self._conversation = conversation
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
            self.popup.closed.connect(self._widgets.editor.setFocus)
        self.popup.open_above(self._button, conversation_id, self._widgets.picker.current)
