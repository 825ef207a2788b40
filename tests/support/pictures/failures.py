"""Pictures of what failed: the message, and its error log."""

from desktop_inbox.models.entities.message import DeliveryStatus, Message
from desktop_inbox.views.dialogs.error_log import open_error_log

from .camera import Camera


async def take_failures(camera: Camera) -> None:
    """Take a failed message in its conversation, and the log over it."""
    window = camera.window
    window.show_page("inbox")
    await camera.open("Caleb Thompson")
    await camera.take("failed-message")
    pane = camera.conversation.timeline
    failed = [
        entry for entry in pane.model.entries() if isinstance(entry, Message) and entry.status is DeliveryStatus.FAILED
    ]
    open_error_log(pane.services, pane.tasks, failed[0].id, window)
    await camera.take("error-log")
    await camera.clear()
