"""Search over messages and contacts, on both databases."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desktop_inbox.models import search_text
from desktop_inbox.models.entities.contact import Contact, Scheme
from desktop_inbox.models.entities.ids import ContactId, ConversationId, EntryId
from desktop_inbox.models.entities.message import DeliveryStatus, Direction, Message
from desktop_inbox.models.work import Work
from desktop_inbox.services.search import SearchService
from tests.support.offices import Office
from tests.support.run import run

pytest_plugins = ["tests.support.offices"]


def say(office: Office, contact: Contact, text: str) -> EntryId:
    """Store an inbound message of this moment; the clock goes on."""
    conversation = office.conversation_of(contact)
    office.clock.advance(timedelta(seconds=1))
    return office.store.run_sync(lambda work: store_message(work, contact.id, conversation, text))


def store_message(work: Work, contact: ContactId, conversation: ConversationId, text: str) -> EntryId:
    key = work.new_entry_id(work.now())
    work.messages.add_inbound(
        Message(
            id=key,
            conversation_id=conversation,
            contact_id=contact,
            direction=Direction.IN,
            text=text,
            status=DeliveryStatus.RECEIVED,
        )
    )
    return key


@pytest.fixture
def found(office: Office) -> Callable[..., list[str]]:
    """Search and return the texts of the hits' snippets."""
    service = SearchService(office.store)

    def search(query: str, **options: object) -> list[str]:
        result = run(service.search(query, **options))  # type: ignore[arg-type]
        return [hit.snippet for hit in result.messages]

    return search


TEXTS = [
    "Good morning, is Dr. Müller in today?",
    "Die Straße ist gesperrt",
    "我们明天下午三点见面",
    "こんにちは、予約をお願いします",
    "오늘 예약을 취소하고 싶어요",
    "ขอเลื่อนนัดเป็นวันศุกร์",
    "नमस्ते, क्या आप खुले हैं?",
    "Привет! Когда вы открыты?",
    "مرحبا، هل يمكنني تغيير الموعد",
    "the quick brown fox; the lazy dog",
]


FINDS = {
    "muller": 0,
    "MÜLLER": 0,
    "morn": 0,
    "good today": 0,
    "strasse": 1,
    "明天": 2,
    "三点": 2,
    "面": 2,
    "予約": 3,
    "ちは": 3,
    "예약": 4,
    "เลื": 5,
    "ศุก": 5,
    "खुले": 6,
    "открыты": 7,
    "الموعد": 8,
    '"brown fox"': 9,
    '"fox the lazy"': 9,
    "lazy fox qui": 9,
}
FINDS_NOTHING = ['"fox brown"', "quick cat", "foxes", "uick", "b", "明後", "z"]


@pytest.mark.row("S2-17", "S3-15", "D-01")
def test_messages_of_all_languages_are_found(office: Office, found: Callable[..., list[str]]) -> None:
    contact = office.contact()
    for text in TEXTS:
        say(office, contact, text)
    assert {query: found(query) for query in FINDS} == {query: [TEXTS[hit]] for query, hit in FINDS.items()}
    assert {query: found(query) for query in FINDS_NOTHING} == {query: [] for query in FINDS_NOTHING}


def test_hits_come_newest_first_in_pages(office: Office) -> None:
    contact = office.contact()
    keys = [say(office, contact, f"appointment {number}") for number in range(7)]
    service = SearchService(office.store)
    first = run(service.search("appoint", limit=3))
    assert [hit.message_id for hit in first.messages] == keys[:3:-1]
    assert first.has_more
    assert (first.total, first.total_is_capped) == (7, False)
    second = run(service.search("appoint", before=first.messages[-1].message_id, limit=30))
    assert [hit.message_id for hit in second.messages] == keys[3::-1]
    assert not second.has_more
    assert second.contacts == ()


def test_the_count_ends_at_a_thousand(office: Office) -> None:
    contact = office.contact()
    conversation = office.conversation_of(contact)

    def many(work: Work) -> None:
        for _ in range(1002):
            store_message(work, contact.id, conversation, "again")

    office.store.run_sync(many)
    result = run(SearchService(office.store).search("again", limit=2))
    assert (result.total, result.total_is_capped) == (1000, True)


def test_search_inside_one_conversation(office: Office) -> None:
    ann, bob = office.contact("+14155550101"), office.contact("+14155550102")
    mine = say(office, ann, "see you on Friday")
    say(office, bob, "Friday suits me")
    result = run(SearchService(office.store).search("friday", conversation_id=office.conversation_of(ann)))
    assert [hit.message_id for hit in result.messages] == [mine]
    assert result.contacts == ()


def test_a_hit_says_who_when_and_where(office: Office) -> None:
    ann = office.contact(first_name="Ann")
    say(office, ann, "lorem " * 50 + "the Café is open")
    result = run(SearchService(office.store).search("cafe"))
    hit = result.messages[0]
    assert (hit.contact_id, hit.contact_name, hit.direction) == (ann.id, "Ann", Direction.IN)
    assert hit.occurred_at == office.clock()
    assert [hit.snippet[start : start + length] for start, length in hit.marks] == ["Café"]


ZOE = ["zoë", "ZOE", "z", "zo kow", "owal", "415 555-0148", "(415) 555", "+1 415", "0148", "4155550148"]
ZOE += ["kowalska@exam", "example.org", "@zoe:matrix", "walska zoe"]
NOBODY = ["oe", "zoe bert", "999", "%", "_", "' OR 1=1", '"']


@pytest.mark.row("S2-17")
def test_contacts_are_found_by_any_part(office: Office) -> None:
    def add(work: Work) -> ContactId:
        addresses = [
            (Scheme.TEL, "+14155550148"),
            (Scheme.EMAIL, "z.kowalska@example.org"),
            (Scheme.MATRIX, "@zoe:matrix.example"),
        ]
        return work.contacts.add(addresses, first_name="Zoë", last_name="Kowalska").id

    key = office.store.run_sync(add)
    office.store.run_sync(lambda work: work.contacts.add([(Scheme.TEL, "+4930901820")], first_name="Bert"))
    service = SearchService(office.store)
    hits = {query: [contact.id for contact in run(service.search(query)).contacts] for query in (*ZOE, *NOBODY)}
    assert hits == {query: [key] for query in ZOE} | {query: [] for query in NOBODY}


def test_a_national_number_finds_the_contact(office: Office) -> None:
    key = office.contact("+4930901820").id
    for query in ("030 901820", "0049 30 901820", "030/9018"):
        assert [contact.id for contact in run(SearchService(office.store).search(query)).contacts] == [key]


def test_a_chinese_name_of_two_characters_is_found(office: Office) -> None:
    key = office.contact(first_name="王小明").id
    for query in ("小明", "王", "王小明"):
        assert [contact.id for contact in run(SearchService(office.store).search(query)).contacts] == [key]


def test_contacts_last_spoken_to_come_first_with_their_conversation(office: Office) -> None:
    ann, anna = office.contact("+14155550101", first_name="Ann"), office.contact("+14155550102", first_name="Anna")
    never = office.contact("+14155550103", first_name="Annabel")
    say(office, anna, "first")
    say(office, ann, "second")
    result = run(SearchService(office.store).search("ann"))
    assert [contact.id for contact in result.contacts] == [ann.id, anna.id, never.id]
    assert result.contact_conversations == (office.conversation_of(ann), office.conversation_of(anna), None)


def test_a_renamed_contact_is_found_by_the_new_name_only(office: Office) -> None:
    key = office.contact(first_name="Quentin").id
    office.store.run_sync(lambda work: work.contacts.change(key, first_name="Rosalind"))
    service = SearchService(office.store)
    assert run(service.search("quent")).contacts == ()
    assert [contact.id for contact in run(service.search("rosal")).contacts] == [key]


def test_a_removed_message_is_not_found(office: Office, found: Callable[..., list[str]]) -> None:
    contact = office.contact()
    key = say(office, contact, "forget me, 忘记我")
    say(office, contact, "forget nothing")
    office.store.run_sync(lambda work: work.search.remove_message(key))
    assert found("forget") == ["forget nothing"]
    assert found("忘记") == []


def test_a_bulk_import_is_found_after_the_rebuild(office: Office, found: Callable[..., list[str]]) -> None:
    contact = office.contact()
    say(office, contact, "before the import")
    conversation = office.conversation_of(contact)

    def load(work: Work) -> None:
        work.search.suspend()
        for number in range(40):
            store_message(work, contact.id, conversation, f"during the import {number}")

    office.store.run_sync(load)
    assert office.store.run_sync(lambda work: work.search.rebuild_step(15))  # a rebuild that is interrupted
    say(office, contact, "while the import is indexed")
    service = SearchService(office.store)
    run(service.repair())
    run(service.repair())
    assert len(found("during import")) == 40
    assert found("before") == ["before the import"]
    assert found("while") == ["while the import is indexed"]
    assert run(service.search("import", limit=5)).total == 42
    assert not office.store.read_sync(lambda work: work.search.is_stale())
    run(service.rebuild())
    assert run(service.search("import", limit=5)).total == 42


QUERY = st.one_of(
    st.text(max_size=30),
    st.text(st.sampled_from("\"*()[]{}:^-+&|!<>\\'%_;?@#~ ANDORNEARabc0明天é"), max_size=40),
    st.lists(
        st.sampled_from(["AND", "OR", "NOT", "NEAR(", "words:", "*", '"', "'", ":*", "<->", "--", "a"]), max_size=9
    ).map(" ".join),
)


@pytest.mark.row("S18")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=QUERY)
def test_no_input_is_an_error(office: Office, query: str) -> None:
    service = SearchService(office.store)
    run(service.search(query))
    run(service.search(query, conversation_id=ConversationId(1)))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1, max_size=80))
def test_a_message_is_found_by_each_of_its_words(office: Office, text: str) -> None:
    contact = office.store.run_sync(lambda work: work.contacts.find_address(Scheme.TEL, "+14155550777"))
    owner = office.contact("+14155550777").id if contact is None else contact.contact_id
    conversation = office.store.run_sync(lambda work: work.conversations.of_contact(owner))
    key = office.store.run_sync(lambda work: store_message(work, owner, conversation, text))
    for word in search_text.index_words(text):
        term = search_text.Term(words=(word,))
        hits = office.store.read_sync(
            lambda work, term=term: work.search.messages([term], conversation_id=conversation, before=key + 1, limit=1)
        )
        assert hits == (key,)
