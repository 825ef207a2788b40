"""TickedController: what the selection bar offers beside the state of conversations: a tag, an export."""

from collections.abc import Sequence

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from desktop_inbox.models.entities.ids import ContactId
from desktop_inbox.models.entities.tag import MAX_NAME, Tag
from desktop_inbox.views.actions import Actions
from desktop_inbox.views.fuzzy import folded
from desktop_inbox.views.panes.choice_popup import ChoicePopup, Offer
from desktop_inbox.views.panes.conversation_list import ConversationListPane
from desktop_inbox.views.plain import plain_name
from desktop_inbox.views.services import Services
from desktop_inbox.views.tasks import Tasks


class TagPopup(ChoicePopup):
    """The tags of the office, and a new one of the name that was typed."""

    def __init__(self, tags: Sequence[Tag], parent: QWidget) -> None:
        super().__init__("Add tag to selected", "", parent)
        self.box.setPlaceholderText(self.tr("Tag…"))
        self.box.setAccessibleName("Find a tag")
        self.box.setMaxLength(MAX_NAME)
        self._tags = tags

    def offers(self, text: str) -> Sequence[Offer]:
        """Return the tags with what was typed, and the new one where there is none of this name."""
        wanted = folded(text)
        found = [
            Offer(title=plain_name(tag.name), value=tag.name, icon="tag")
            for tag in self._tags
            if wanted in folded(tag.name)
        ]
        if text and all(folded(tag.name) != wanted for tag in self._tags):
            found.append(
                Offer(title=self.tr("New tag “{name}”").format(name=plain_name(text)), value=text, icon="plus")
            )
        return found

    def nothing(self, text: str) -> str:
        """Say how the first tag is made."""
        return self.tr("There are no tags yet. Type the name of a new one.")


class TickedController(QObject):
    """Tags the people behind what is ticked, and hands it to the export."""

    def __init__(
        self, services: Services, tasks: Tasks, actions: Actions, pane: ConversationListPane, window: QWidget
    ) -> None:
        super().__init__(window)
        self._services, self._tasks, self._pane, self._window = services, tasks, pane, window
        pane.bar.tag_wanted.connect(self.choose_tag)
        pane.bar.export_wanted.connect(actions["export.messages"].trigger)
        action = actions["export.messages"]  # shown once somebody is there to do it
        action.visibleChanged.connect(lambda: pane.bar.export.setVisible(action.isVisible()))

    def choose_tag(self) -> None:
        """Ask which tag to add."""

        def show(tags: Sequence[Tag]) -> None:
            popup = TagPopup(tags, self._window)
            popup.picked.connect(self._tag)
            popup.open_under(self._pane.bar.tag)

        self._tasks.start(self._services.tags.all(), on_result=show, name="tags")

    def _tag(self, name: object) -> None:
        self._tasks.start(self._add(str(name)), name="tag several")

    async def _add(self, name: str) -> None:
        ids = self._pane.rows.selection.ids
        contacts: Sequence[ContactId] = await self._services.inbox.contacts_of(ids)
        await self._services.tags.add(contacts, name)
        self._pane.rows.selection.clear()
