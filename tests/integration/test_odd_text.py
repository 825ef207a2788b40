"""Odd text in every text field (P30): stored as it is or refused with a reason, on both databases, never changed."""

import contextlib
import itertools
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desktop_inbox.errors import InvalidInputError, NotFoundError
from desktop_inbox.models.entities.attachment import AttachmentState
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.contact_row import ContactSort
from desktop_inbox.models.entities.custom_field import MAX_VALUE, FieldKind, FieldValue
from desktop_inbox.models.entities.ids import ConversationId, EntryId
from desktop_inbox.models.entities.message import DeliveryStatus, Direction, Message
from desktop_inbox.models.entities.timeline import ActorKind, ConversationEvent
from desktop_inbox.models.entities.tracking import Filter
from desktop_inbox.models.entities.user import Role
from desktop_inbox.models.work import Work
from desktop_inbox.services.search import SearchService
from desktop_inbox.services.teams import TeamService
from desktop_inbox.services.tracking import TrackingService
from tests.integration.test_inbox import Desk
from tests.support.offices import Office
from tests.support.run import run

pytest_plugins = ["tests.support.offices"]

_numbers = itertools.count(1)

ODD = [
    "",
    " ",
    "\x00",
    "a\x00b",
    "\ud83d",
    "\udc00\ud800",
    "\ufffe\uffff",
    "\U0010ffff",
    "\u202edlrow olleh\u202c",
    "\u2066isolate\u2069",
    "Z̸̢̛͈̥̰̓͂a̶̧̙̅l̷̨͖̈́̏g̵̻̈o̸͉̾" * 20,
    "👩‍👩‍👧‍👦🏳️‍🌈🇩🇪👍🏽",
    "é" + "e\u0301" + "ﬁ" + "Å" + "\u212b",
    "\r\n\t\x0b\x0c\x1b[31mred\x1b[0m\x07",
    "\ufeffbyte order mark",
    "'; DROP TABLE messages; --",
    '{"json": ["\\u0000", "\\ud800"]}',
    "%s %(x)s {0} ${x} :name ?",
    "\\x00 \\N{NULL} \\",
    "<script>alert(1)</script>",
    "𒐫𝕬﷽" * 50,
    "\xad\u200b\u200d\u2060",
    "x" * 100_000,
    "明天" * 50_000,
]

Field = tuple[str, Callable[[Work, str], Any], Callable[[Work, Any], object]]


def _message(work: Work, text: str, **more: Any) -> EntryId:
    key = work.new_entry_id(work.now())
    work.messages.add_inbound(
        Message(
            id=key,
            conversation_id=ConversationId(1),
            contact_id=work.conversations.contact_of(ConversationId(1)),  # type: ignore[arg-type]
            direction=Direction.IN,
            text=text,
            status=DeliveryStatus.RECEIVED,
            **more,
        )
    )
    return key


def _failed(work: Work, text: str) -> EntryId:
    key = work.new_entry_id(work.now())
    work.messages.add_outbound(
        Message(
            id=key,
            conversation_id=ConversationId(1),
            contact_id=work.conversations.contact_of(ConversationId(1)),  # type: ignore[arg-type]
            direction=Direction.OUT,
            text="",
            status=DeliveryStatus.FAILED,
            error_text="." + text,
            client_uuid=str(key),
        )
    )
    return key


def _of_message(read: Callable[[Message], object]) -> Callable[[Work, Any], object]:
    return lambda work, key: read(work.messages.get(key))  # type: ignore[arg-type]


def _event(work: Work, text: str, **more: Any) -> EntryId:
    return work.timeline.add_event(ConversationId(1), "k", actor_kind=ActorKind.SYSTEM, **more)


def _read_event(read: Callable[[ConversationEvent], object]) -> Callable[[Work, Any], object]:
    return lambda work, key: read(work.timeline.entries([key])[0])  # type: ignore[arg-type]


FIELDS: list[Field] = [
    (
        "first name",
        lambda work, text: work.contacts.add((), first_name=text).id,
        lambda work, key: work.contacts.get(key).first_name,  # type: ignore[union-attr]
    ),
    (
        "last name",
        lambda work, text: work.contacts.add((), last_name=text).id,
        lambda work, key: work.contacts.get(key).last_name,  # type: ignore[union-attr]
    ),
    (
        "address",
        lambda work, text: work.contacts.add([(Scheme.MATRIX, f"@{next(_numbers)}{text[:2000]}")]).id,
        lambda work, key: work.contacts.get(key).addresses[0].path.lstrip("@0123456789"),  # type: ignore[union-attr]
    ),
    ("message", _message, _of_message(lambda message: message.text)),
    ("problem", _failed, _of_message(lambda message: message.error_text[1:])),
    (
        "draft",
        lambda work, text: work.drafts.save(ConversationId(1), 1, "." + text),  # type: ignore[arg-type]
        lambda work, _key: work.drafts.get(ConversationId(1), 1).text[1:],  # type: ignore[arg-type, union-attr]
    ),
    (
        "setting",
        lambda work, text: work.settings.set("odd", text),
        lambda work, _key: work.settings.get("odd"),
    ),
    (
        "channel name",
        lambda work, text: work.channels.add(kind="simulator", name=text, address="", settings={}).id,
        lambda work, key: work.channels.get(key).name,  # type: ignore[union-attr]
    ),
    (
        "channel setting",
        lambda work, text: work.channels.add(kind="simulator", name="", address="", settings={"k": text}).id,
        lambda work, key: work.channels.get(key).settings["k"],  # type: ignore[union-attr]
    ),
    (
        "user",
        lambda work, text: work.users.add(text, Role.AGENT).id,
        lambda work, key: work.users.get(key).name,  # type: ignore[union-attr]
    ),
    (
        "event details",
        lambda work, text: _event(work, text, details={"k": text}),
        _read_event(lambda event: event.details["k"]),
    ),
    (
        "event actor",
        lambda work, text: _event(work, text, actor_name=text),
        _read_event(lambda event: event.actor_name),
    ),
    (
        "file name",
        lambda work, text: (
            key := _message(work, ""),
            work.attachments.add(key, state=AttachmentState.PENDING, original_name=text),
        )[0],
        _of_message(lambda message: message.attachments[0].original_name),
    ),
]


def through(office: Office, field: Field, text: str) -> str:
    """Return ``stored`` or ``refused``; anything else is a failure."""
    name, store, read = field
    try:
        key = office.store.run_sync(lambda work: store(work, text))
    except InvalidInputError as error:
        return "refused" if error.message and error.hint else "refused without a reason"
    wanted = text if name != "address" else text[:2000].lstrip("@0123456789")
    assert office.store.read_sync(lambda work: read(work, key)) == wanted, name
    return "stored"


@pytest.mark.row("P30")
def test_odd_texts_in_every_field(office: Office) -> None:
    Desk(office).conversation("Ann")
    outcomes = {(field[0], number): through(office, field, text) for field in FIELDS for number, text in enumerate(ODD)}
    assert set(outcomes.values()) <= {"stored", "refused"}
    refused = {number for (_, number), outcome in outcomes.items() if outcome == "refused"}
    assert refused <= {2, 3, 4, 5}  # NUL and halves of characters, nothing else
    print(f"{len(outcomes)} odd texts on {office.store.dialect}: {len(refused)} kinds refused, none changed")


@pytest.mark.row("P30")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(exclude_categories=[]), max_size=50), field=st.sampled_from(FIELDS))
def test_any_text_in_any_field(office: Office, text: str, field: Field) -> None:
    office.store.run_sync(lambda work: work.conversations.of_contact(_first(work)))
    through(office, field, text)


def _first(work: Work) -> Any:
    known = work.contacts.find("", limit=1)
    return known[0].id if known else work.contacts.add((), first_name="Ann").id


def test_a_message_of_a_hundred_thousand_characters_is_found(office: Office) -> None:
    Desk(office).conversation("Ann")
    office.store.run_sync(lambda work: _message(work, "word " * 20_000 + "needle 明天"))
    service = SearchService(office.store)
    for query in ("needle", "明天"):
        (hit,) = run(service.search(query)).messages
        assert [hit.snippet[start : start + length] for start, length in hit.marks] == [query]


@pytest.mark.row("P30", "S5-03")
@pytest.mark.parametrize("pasted", ["x" * 100_000, "9" * 5000, "%_" * 40_000], ids=["long", "digits", "wildcards"])
def test_what_is_pasted_into_a_search_finds_nothing_or_is_too_long(office: Office, pasted: str) -> None:
    contact = office.contact()
    tracking, teams = TrackingService(office.store), TeamService(office.store, user_id=office.user.id)
    for singles in (False, True):
        with contextlib.suppress(InvalidInputError):
            assert run(tracking.page(Filter(code=pasted, file=pasted, singles=singles))).items == ()
    for sort in ContactSort:
        with contextlib.suppress(InvalidInputError):
            assert contact.id not in office.store.read_sync(
                lambda work, sort=sort: work.contact_table.ids(sort, descending=False, text=pasted)  # type: ignore[misc]
            )
    with pytest.raises(NotFoundError):
        run(teams.named(pasted))


def test_the_longest_names_and_values_fit_every_index(office: Office) -> None:
    """Signs of four bytes, no two runs alike, so that a server cannot make them shorter."""
    text = "".join(chr(0x20000 + number * 7 % 40_000) for number in range(MAX_VALUE))

    def write(work: Work) -> str:
        contact = work.contacts.add((), first_name=text, last_name=text, company=text)
        field = work.custom_fields.add(slug="note", name="Note", kind=FieldKind.TEXT, description="", choices=())
        work.custom_fields.set_value(contact.id, field.id, FieldValue(text=text, number=None))
        return work.custom_fields.values_of([contact.id])[contact.id][field.id]

    assert office.store.run_sync(write) == text
