"""The details pane on real services and a real database: what is changed there is stored, told and undone."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMainWindow

from desktop_inbox.events import EventBus
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.custom_field import FieldKind
from desktop_inbox.models.entities.user import Role
from desktop_inbox.models.store import Store
from desktop_inbox.services.activity import ActivityService
from desktop_inbox.services.comments import CommentService
from desktop_inbox.services.contacts import ContactService
from desktop_inbox.services.custom_fields import CustomFieldService
from desktop_inbox.services.inbox import InboxService
from desktop_inbox.services.people import PeopleService
from desktop_inbox.services.tags import TagService
from desktop_inbox.services.undo import UndoService
from desktop_inbox.views.bridge import EventBridge
from desktop_inbox.views.panes.details import DetailsPane
from tests.support.clock import HeldClock
from tests.support.fakes_views import FakeInbox, services
from tests.support.guards import watch_gui_thread
from tests.support.qt import Stage, stage

__all__ = ["stage"]


class Office:
    """A details pane on a store with one contact."""

    def __init__(self, stage: Stage, store: Store, bus: EventBus, clock: HeldClock) -> None:
        self.stage, self.store = stage, store
        store.attach(stage.loop)
        user = store.run_sync(lambda work: work.users.add("Ana", Role.ADMINISTRATOR))
        contact = store.run_sync(lambda work: work.contacts.add([(Scheme.TEL, "+14155550148")], first_name="Maria"))
        self.contact_id = contact.id
        self.conversation_id = store.run_sync(lambda work: work.conversations.of_contact(contact.id))
        self.fields = CustomFieldService(store, user_id=user.id)
        self.people = PeopleService(store, user_id=user.id, region=lambda: "US")
        self.comments = CommentService(store, user_id=user.id)
        self.undo = UndoService(store, user_id=user.id)
        made = services(
            FakeInbox([]),
            clock=clock,
            inbox=InboxService(store, clock, user.id),
            contacts=ContactService(store, user_id=user.id, region=lambda: "US"),
            people=self.people,
            tags=TagService(store, user_id=user.id),
            fields=self.fields,
            comments=self.comments,
            activity=ActivityService(store),
            undo=self.undo,
        )
        self.bridge = EventBridge(bus)
        self.window = QMainWindow()
        self.pane = DetailsPane(made, stage.tasks, self.bridge)
        self.window.setCentralWidget(self.pane)
        stage.show(self.window, 320, 800)
        self.pane.show_contact(self.contact_id)
        stage.until(lambda: self.pane._body.isVisible())

    def close(self) -> None:
        self.bridge.close()


@pytest.fixture
def office(stage: Stage, open_store: Callable[..., Store], clock: HeldClock) -> Office:
    bus = EventBus()
    return Office(stage, open_store(publish=bus.publish), bus, clock)


@pytest.mark.row("S3-65", "S3-67", "S3-69", "S3-73", "S2-70", "F01")
def test_a_desk_describes_a_contact_and_takes_it_back(office: Office) -> None:
    stop = watch_gui_thread()  # nothing is read or written on the GUI thread
    stage, pane = office.stage, office.pane
    pane.tags.field.setFocus()
    QTest.keyClicks(pane.tags.field, "VIP")
    QTest.keyClick(pane.tags.field, Qt.Key.Key_Return)
    stage.until(lambda: [chip.tag.name for chip in pane.tags.chips] == ["VIP"])
    field = stage.run(office.fields.define("Level", FieldKind.NUMBER))
    stage.until(lambda: field.id in pane.about.fields)
    row = pane.about.fields[field.id]
    row.button.click()
    QTest.keyClicks(row.editor, "12,5")  # type: ignore[attr-defined]
    QTest.keyClick(row.editor, Qt.Key.Key_Return)  # type: ignore[attr-defined]
    stage.until(lambda: row.text == "12.5")
    pane.tabs.setCurrentIndex(1)
    QTest.keyClicks(pane.activity.box.editor, "Called her")
    QTest.keyClick(pane.activity.box.editor, Qt.Key.Key_Return)
    stage.until(lambda: pane.activity.model.rowCount() == 3)
    spoken = [
        str(pane.activity.model.index(place).data(Qt.ItemDataRole.AccessibleTextRole)).translate(
            {0x2068: None, 0x2069: None}
        )
        for place in range(3)
    ]
    assert "Called her" in spoken[0]
    assert "Ana changed Level to 12.5" in spoken[1]
    assert "Ana added the tag VIP" in spoken[2]
    stage.run(office.undo.undo_last())
    stage.run(office.undo.undo_last())
    stage.until(lambda: pane.tags.chips == [] and row.text == "")
    profile = stage.run(office.people.profile(office.contact_id))
    assert (profile.tags, dict(profile.values)) == ((), {})
    stop()
    office.close()
