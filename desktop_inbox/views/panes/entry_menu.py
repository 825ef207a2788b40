"""What a click or the menu key does on an entry of the timeline."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint

from desktop_inbox.models.entities.comment import Comment
from desktop_inbox.models.entities.message import Message
from desktop_inbox.views.delegates.bubble_layout import RowZone
from desktop_inbox.views.delegates.row_words import ZoneKind

from .activity import comment_menu

if TYPE_CHECKING:
    from .timeline import TimelinePane


def activate(pane: "TimelinePane", entry_id: int, zone: RowZone) -> None:
    """Do what a part of an entry stands for."""
    entry = pane.model.entry(entry_id)
    if isinstance(entry, Message):
        pane.actions_of.activate(entry, zone)
    elif isinstance(entry, Comment) and zone.kind is ZoneKind.LINK:
        pane.tasks.start(pane.actions_of.open_link(str(zone.value)))


def open_menu(pane: "TimelinePane", entry_id: int, zone: RowZone | None, place: QPoint) -> None:
    """Open the menu of a message or a comment."""
    entry = pane.model.entry(entry_id)
    if isinstance(entry, Comment):
        comment = entry
        menu = comment_menu(
            pane,
            comment,
            pane.services,
            edit=lambda: pane.comment_edit_wanted.emit(comment),
            delete=lambda: pane.tasks.start(pane.services.comments.delete(comment.id)),
        )
    elif isinstance(entry, Message):
        rows = pane.words.row_words(entry)
        links = pane.delegate.layout_of(pane.model.row(pane.model.find(entry_id) or 0)).links
        targets = [target for _, _, target in links]
        menu = pane.actions_of.menu(entry, zone, rows, targets, pane.view.selected_text())
        details = menu.addAction(pane.tr("Message details"))
        details.triggered.connect(lambda: pane.show_details(entry_id, pane.view.mapFromGlobal(place)))
    else:
        return
    menu.popup(place)
