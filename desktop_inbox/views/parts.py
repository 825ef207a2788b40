"""The parts that the main window arranges: made here, so that it needs to know none of them."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from desktop_inbox.views.bridge import EventBridge
from desktop_inbox.views.dialogs.channel_setup import ChannelSetupDialog
from desktop_inbox.views.dialogs.export import ExportDialog
from desktop_inbox.views.dialogs.first_run import FirstRunDialog
from desktop_inbox.views.dialogs.new_conversation import NewConversationDialog
from desktop_inbox.views.panes.conversation import ConversationPane
from desktop_inbox.views.panes.details import DetailsPane
from desktop_inbox.views.services import Services
from desktop_inbox.views.tasks import Tasks

if TYPE_CHECKING:
    from desktop_inbox.views.main_window import MainWindow, Parts


def parts_maker(services: Services, tasks: Tasks, bridge: EventBridge) -> "Callable[[MainWindow], Parts]":
    """Return what makes the parts for a window."""

    def make(window: "MainWindow") -> "Parts":
        from desktop_inbox.views.main_window import Parts

        conversation = ConversationPane(services, tasks, bridge, window.actions_)

        def new_conversation() -> None:
            dialog = NewConversationDialog(services, tasks, window)
            dialog.started.connect(window.open_conversation)
            dialog.started.connect(lambda _: conversation.focus_composer())
            dialog.open()

        return Parts(
            conversation=conversation,
            details=DetailsPane(services, tasks, bridge),
            new_conversation=new_conversation,
            channels=lambda: ChannelSetupDialog(services, tasks, bridge, window).open(),
            first_run=lambda: FirstRunDialog(services, tasks, bridge, window).open(),
            export=lambda: ExportDialog(services, tasks, window, conversation_id=conversation.conversation_id()).open(),
        )

    return make
