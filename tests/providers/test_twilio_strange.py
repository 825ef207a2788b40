"""Whatever a server answers, the Twilio provider raises a ProviderError or nothing."""

import contextlib
import io
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.ids import new_entry_id
from desktop_inbox.services.providers.base import ProviderError, SentQuery
from desktop_inbox.services.providers.twilio import TwilioProvider
from desktop_inbox.services.providers.twilio_cursor import parse_cursor
from desktop_inbox.services.providers.twilio_wire import moment
from tests.support.fault_server import FaultServer, Step
from tests.support.twilio_double import NUMBER
from tests.support.twilio_parts import NO_WAIT, PERSON, Hands, MakeProvider, request_to

EXAMPLES = 50

_DATES = ["Sat, 21 Nov 2026 12:00:00 +0000", "Sat, 99 Nov 2026", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-05:00"]
_WORDS = ["inbound", "outbound-api", "sent", "delivered", "received", NUMBER, PERSON, "SM1", "ME1", "1"]
_FIELDS = """
    sid direction from to body status num_media num_segments date_created date_sent date_updated error_code
    error_message start_time duration parent_call_sid content_type phone_number capabilities
"""

_scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=30),
    st.sampled_from(_WORDS),
    st.sampled_from(_DATES),
)
_anything = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
_row = st.fixed_dictionaries({}, optional=dict.fromkeys(_FIELDS.split(), _anything))
_rows = st.lists(_row | _anything, max_size=4) | _anything
_lists = dict.fromkeys(("messages", "calls", "media_list", "incoming_phone_numbers"), _rows)
_others = dict.fromkeys(("code", "message", "type", "sid", "status", "num_segments"), _anything)
_answer = st.fixed_dictionaries({}, optional={**_lists, **_others, "next_page_uri": st.none() | st.text(max_size=20)})
_statuses = st.sampled_from([200, 200, 200, 400, 401, 404, 429])
_place = st.fixed_dictionaries({}, optional=dict.fromkeys("mnptu", _anything))
_streams = st.dictionaries(st.sampled_from([f"Min:{NUMBER}", f"Cout:{NUMBER}", "x"]), _place | _anything)
_states = st.fixed_dictionaries({}, optional={"v": _anything, "s": _streams, "c": _anything})
_cursor = st.text() | _states.map(json.dumps)


@pytest.fixture(scope="module")
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


@pytest.fixture(scope="module")
def provider(server: FaultServer) -> Iterator[TwilioProvider]:
    make = MakeProvider(Hands())
    yield make(base_url=server.url, whatsapp_number="+14155550199")
    make.close()


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(answer=_answer, status=_statuses, cursor=_cursor)
@example(answer={"messages": []}, status=200, cursor=f'{{"s":{{"Min:{NUMBER}":{{"p":true}}}}}}')
@example(answer={"messages": []}, status=200, cursor=f'{{"s":{{"Min:{NUMBER}":{{"p":"//example.com/x"}}}}}}')
def test_nothing_but_provider_errors(
    server: FaultServer, provider: TwilioProvider, answer: dict[str, Any], status: int, cursor: str
) -> None:
    server.decide = lambda _request: Step(answer=answer, status=status)
    server.requests.clear()
    now = Hands().now
    query = SentQuery(scheme=Scheme.TEL, to=PERSON, text="x", since=now - timedelta(hours=1), until=now)
    for attempt in (
        lambda: provider.send(request_to()),
        lambda: provider.fetch(cursor, wait=NO_WAIT),
        lambda: provider.fetch_receipts(("SM1", "SM2")),
        lambda: provider.find_sent(query),
        lambda: provider.download("SM1/#0", io.BytesIO(), max_bytes=10),
        lambda: provider.probe(),
    ):
        with contextlib.suppress(ProviderError):
            attempt()
    steps = provider.check()
    assert all(step.ok for step in steps[:-1])
    assert steps[-1].ok or (steps[-1].detail and steps[-1].remedy)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=st.lists(_row, max_size=6))
def test_a_cursor_of_strange_rows_can_be_used_again(
    server: FaultServer, provider: TwilioProvider, rows: list[dict[str, Any]]
) -> None:
    server.decide = lambda _request: Step(answer={"messages": rows, "calls": rows, "media_list": rows})
    server.requests.clear()
    first = provider.fetch("", wait=NO_WAIT)
    again = provider.fetch(first.cursor, wait=NO_WAIT)
    for message in (*first.messages, *again.messages):
        assert message.provider_message_id
        assert message.address
        assert "\0" not in message.text
        message.text.encode()
        assert new_entry_id(message.occurred_at) > 0
    assert not again.has_more


@settings(max_examples=500, deadline=None)
@given(text=_cursor)
def test_any_cursor_is_read(text: str) -> None:
    now = Hands().now
    state = parse_cursor(text, now)
    assert parse_cursor(state.text(), now).text() == state.text()
    for place in state.places.values():
        assert place.mark <= now
        assert place.mark - timedelta(days=1)


@settings(deadline=None)
@given(value=_anything)
def test_every_moment_fits_into_a_timeline(value: object) -> None:
    found = moment(value)
    assert found is None or new_entry_id(found) > 0


def test_the_number_of_answers_is_told() -> None:
    print(f"strange answers: 2 x {EXAMPLES} examples with 7 methods, 500 cursors, 100 moments")
