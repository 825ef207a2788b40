"""Events: their way through the change log, and the bus."""

import dataclasses
import json
import logging

import pytest

from desktop_inbox import events
from desktop_inbox.events import (
    SHARED_EVENTS,
    ContactChanged,
    Event,
    EventBus,
    MessageReceived,
    event_from_payload,
    event_to_payload,
)


def samples() -> list[Event]:
    """One of each shared kind."""
    made = []
    for kind in SHARED_EVENTS.values():
        values = {field.name: "x" if field.type in (str, "str") else 7 for field in dataclasses.fields(kind)}
        made.append(kind(**values))
    return made


@pytest.mark.parametrize("event", samples(), ids=lambda event: type(event).__name__)
def test_an_event_comes_back_from_the_log_as_it_was(event: Event) -> None:
    stored = json.loads(json.dumps(event_to_payload(event)))
    assert event_from_payload(type(event).__name__, stored) == event


def test_a_kind_of_a_newer_program_is_passed_over() -> None:
    assert event_from_payload("SomethingNew", {"id": 1}) is None


def test_every_event_but_the_local_ones_is_shared() -> None:
    kinds = {
        name
        for name, kind in vars(events).items()
        if isinstance(kind, type) and issubclass(kind, Event) and kind is not Event
    }
    assert kinds - set(SHARED_EVENTS) == {"ConnectivityChanged", "ProblemFound", "StepTaken", "StepUndone"}


def test_no_event_carries_a_text_of_a_message() -> None:
    fields = {field.name for kind in SHARED_EVENTS.values() for field in dataclasses.fields(kind)}
    assert not fields & {"text", "body", "snippet", "name"}


def test_listeners_hear_their_kind_and_its_base_in_order() -> None:
    bus, heard = EventBus(), []
    bus.subscribe(Event, lambda event: heard.append("all"))
    stop = bus.subscribe(ContactChanged, lambda event: heard.append(event.contact_id))
    bus.subscribe(ContactChanged, lambda event: heard.append("second"))
    bus.publish(ContactChanged(contact_id=5))
    bus.publish(MessageReceived(message_id=1, conversation_id=2, contact_id=3))
    stop()
    stop()  # twice is once
    bus.publish(ContactChanged(contact_id=6))
    assert heard == [5, "second", "all", "all", "second", "all"]


def test_a_listener_that_fails_keeps_nobody_from_hearing(caplog: pytest.LogCaptureFixture) -> None:
    bus, heard = EventBus(), []

    def fail(_event: Event) -> None:
        raise RuntimeError("mine")

    bus.subscribe(ContactChanged, fail)
    bus.subscribe(ContactChanged, heard.append)
    with caplog.at_level(logging.ERROR):
        bus.publish(ContactChanged(contact_id=5))
    assert heard == [ContactChanged(contact_id=5)]
    assert "a listener of ContactChanged failed" in caplog.text


def test_a_listener_may_leave_while_it_is_told() -> None:
    bus, heard = EventBus(), []
    stops = []

    def once(event: Event) -> None:
        heard.append(event)
        stops[0]()

    stops.append(bus.subscribe(ContactChanged, once))
    bus.subscribe(ContactChanged, heard.append)
    bus.publish(ContactChanged(contact_id=1))
    bus.publish(ContactChanged(contact_id=2))
    assert [event.contact_id for event in heard] == [1, 1, 2]
