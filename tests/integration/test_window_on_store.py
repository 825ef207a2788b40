"""The window on real services and a real database: nothing is read on the GUI thread, every change shows."""

from collections.abc import Callable, Iterator
from datetime import UTC, timedelta
from time import perf_counter

import pytest
from PySide6.QtCore import QSettings

from desktop_inbox.events import EventBus, MessageReceived
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.conversation import View
from desktop_inbox.models.entities.ids import ConversationId, EntryId
from desktop_inbox.models.entities.message import DeliveryStatus, Direction, Message
from desktop_inbox.models.entities.user import Role
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work
from desktop_inbox.services.contacts import ContactService
from desktop_inbox.services.inbox import InboxService
from desktop_inbox.services.search import SearchService
from desktop_inbox.services.settings import SettingsService
from desktop_inbox.services.state import StateService
from desktop_inbox.services.undo import UndoService
from desktop_inbox.views import preferences as keys
from desktop_inbox.views.bridge import EventBridge
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.main_window import MainWindow, Parts
from desktop_inbox.views.theme import ThemeMode, theme
from tests.support.clock import HeldClock
from tests.support.fakes_views import FakeConversation, FakeDetails, FakeInbox, services
from tests.support.guards import watch_gui_thread
from tests.support.qt import Stage, stage

__all__ = ["stage"]


class Office:
    """A window on a store with some people."""

    def __init__(self, stage: Stage, open_store: Callable[..., Store], clock: HeldClock) -> None:
        self.stage, self.clock, self.bus = stage, clock, EventBus()
        self.store = open_store(publish=self.bus.publish)
        self.store.attach(stage.loop)
        user = self.store.run_sync(lambda work: work.users.add("Ana", Role.ADMINISTRATOR))
        self.channel = self.store.run_sync(
            lambda work: work.channels.add(kind="simulator", name="SMS", address="+14155550100", settings={})
        )
        self.inbox = InboxService(self.store, clock, user.id)
        self.settings = SettingsService(self.store, user.id)
        made = services(
            FakeInbox([]),
            clock=clock,
            inbox=self.inbox,
            contacts=ContactService(self.store, user_id=user.id, region=lambda: "US"),
            search=SearchService(self.store),
            settings=self.settings,
            states=StateService(self.store, user_id=user.id),
            undo=UndoService(self.store, user_id=user.id),
        )
        self.bridge = EventBridge(self.bus)
        self.conversation = FakeConversation()
        self.window = MainWindow().fill(
            made,
            stage.tasks,
            self.bridge,
            lambda _window: Parts(conversation=self.conversation, details=FakeDetails()),
            formats=Formats(clock, zone=UTC),
        )
        stage.show(self.window, 1280, 800)

    def person(self, name: str, number: int) -> ConversationId:
        def add(work: Work) -> ConversationId:
            contact = work.contacts.add([(Scheme.TEL, f"+1415555{number:04}")], first_name=name)
            return work.conversations.of_contact(contact.id)

        return self.store.run_sync(add)

    def receive(self, conversation: ConversationId, text: str) -> EntryId:
        self.clock.advance(timedelta(seconds=1))

        def add(work: Work) -> EntryId:
            contact = work.conversations.contact_of(conversation)
            assert contact is not None
            key = work.new_entry_id(work.now())
            message = Message(
                id=key,
                conversation_id=conversation,
                contact_id=contact,
                direction=Direction.IN,
                text=text,
                status=DeliveryStatus.RECEIVED,
                channel_id=self.channel.id,
            )
            work.messages.add_inbound(message)
            work.announce(MessageReceived(message_id=key, conversation_id=conversation, contact_id=contact))
            return key

        return self.stage.run(self.store.run(add))

    def ids(self) -> list[int]:
        model = self.window.pane.rows.model
        return [model.summary_at(row).id for row in range(model.rowCount())]  # type: ignore[union-attr]


@pytest.fixture
def office(stage: Stage, open_store: Callable[..., Store], clock: HeldClock) -> Iterator[Office]:
    QSettings().clear()
    made = Office(stage, open_store, clock)
    people = [made.person(name, number) for number, name in enumerate(("Maria", "Jonas", "陈美玲", "Amina"))]
    for conversation in people:
        made.receive(conversation, f"hello from {conversation}")
    made.people = people  # type: ignore[attr-defined]
    stop = watch_gui_thread()
    made.window.start()
    stage.settle()
    yield made
    stop()
    stage.run(made.window.shut_down())
    made.bridge.close()


@pytest.mark.row("S2-13", "S3-06", "S3-12")
def test_a_stored_message_moves_its_row_and_counts(office: Office) -> None:
    first = office.people[0]  # type: ignore[attr-defined]
    assert office.ids() == office.people[::-1]  # type: ignore[attr-defined]
    office.receive(first, "me again")
    office.stage.until(lambda: office.ids()[0] == first)
    row = office.window.pane.rows.model.summary(first)
    assert row is not None
    assert (row.snippet, row.unread_count) == ("me again", 2)
    office.stage.until(lambda: office.window.pane._chips[View.UNREAD].text() == "Unread 4")


@pytest.mark.row("K03", "L16")
def test_search_finds_people_and_words_and_opens_the_hit(office: Office) -> None:
    third = office.people[2]  # type: ignore[attr-defined]
    hit = office.receive(third, "ist der Kuchen fertig?")
    office.window.pane.search_box.setText("kuchen")
    office.stage.until(lambda: office.window.pane.results.model.rowCount() == 2)
    office.window.pane.results.open_first()
    office.stage.until(lambda: office.conversation.calls)
    assert office.conversation.calls[-1] == ("open", third, hit)
    office.window.pane.search_box.setText("美玲")
    office.stage.until(lambda: office.window.pane.results.model.rowCount() >= 2)


@pytest.mark.row("F01", "K27", "C4")
def test_archiving_and_taking_it_back(office: Office) -> None:
    office.window.pane.rows.step(1)
    office.stage.settle()
    current = office.window.controller.current
    assert current is not None
    office.window.actions_["conversation.archive"].trigger()
    office.stage.until(lambda: office.window.toasts.shown)
    office.stage.until(lambda: current.id not in office.ids())
    office.window.actions_["edit.undo"].trigger()
    office.stage.until(lambda: current.id in office.ids())


@pytest.mark.row("F08", "T01")
def test_choices_are_kept(office: Office) -> None:
    office.window.actions_["theme.dark"].trigger()
    office.stage.until(lambda: theme().mode is ThemeMode.DARK)
    office.stage.settle()
    office.stage.run(office.settings.load())
    assert office.window.preferences.get(keys.THEME) is ThemeMode.DARK


@pytest.mark.row("K06", "K15")
def test_next_unread_and_marking(office: Office) -> None:
    office.window.actions_["conversation.next_unread"].trigger()
    office.stage.until(lambda: office.window.controller.current is not None)
    opened = office.window.controller.current
    assert opened is not None
    office.window.actions_["conversation.toggle_unread"].trigger()
    model = office.window.pane.rows.model
    office.stage.until(lambda: model.summary(opened.id).unread_count == 0)  # type: ignore[union-attr]


@pytest.mark.row("S2-13")
def test_a_burst_of_messages_is_read_in_few_steps_and_the_window_stays_alive(office: Office) -> None:
    def add(work: Work) -> None:
        contacts = [work.contacts.add([(Scheme.TEL, f"+141555502{n:02}")], first_name=f"P {n}") for n in range(40)]
        for number, contact in enumerate([contact.id for contact in contacts] * 5):
            conversation = work.conversations.of_contact(contact)
            key = work.new_entry_id(work.now())
            message = Message(
                id=key,
                conversation_id=conversation,
                contact_id=contact,
                direction=Direction.IN,
                text=f"burst {number}",
                status=DeliveryStatus.RECEIVED,
                channel_id=office.channel.id,
            )
            work.messages.add_inbound(message)
            work.announce(MessageReceived(message_id=key, conversation_id=conversation, contact_id=contact))

    office.stage.run(office.store.run(add))
    office.stage.until(lambda: len(office.ids()) == 44)
    begin = perf_counter()
    office.stage.settle()
    assert perf_counter() - begin < 5
