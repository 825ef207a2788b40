"""The demo's office: plausible, quick to make, and gone without a trace."""

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop_inbox.models.entities.call import Call
from desktop_inbox.models.entities.comment import Comment
from desktop_inbox.models.entities.contact import OptIn, Scheme
from desktop_inbox.models.entities.conversation import EntryKind, View
from desktop_inbox.models.entities.ids import ConversationId
from desktop_inbox.models.entities.message import DeliveryStatus, Direction, Message
from desktop_inbox.models.entities.timeline import TimelineEntry
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work
from desktop_inbox.services.demo import fill_demo, wipe_demo
from desktop_inbox.services.providers.simulator_people import PEOPLE
from tests.support.offices import Office, open_office
from tests.support.run import run


@pytest.fixture
def demo(database_url: str) -> Iterator[Office]:
    office = open_office(database_url)
    office.store.run_sync(lambda work: work.channels.delete(office.channel.id))
    begin = time.perf_counter()
    assert run(fill_demo(office.store, office.clock))
    print(f"made in {time.perf_counter() - begin:.2f} s")
    assert time.perf_counter() - begin < 15  # 2 s on a computer that does nothing else
    yield office
    office.close()


def _messages(store: Store) -> list[Message]:
    page = store.read_sync(lambda work: work.conversations.page(View.ALL, user_id=1, before=None, limit=500))
    return [entry for row in page.items for entry in _entries(store, row.id) if isinstance(entry, Message)]


def _entries(store: Store, conversation_id: ConversationId) -> tuple[TimelineEntry, ...]:
    return store.read_sync(lambda work: work.timeline.since(conversation_id, 0, 1000)).entries


def test_the_office_looks_like_one(demo: Office) -> None:
    page = demo.store.read_sync(lambda work: work.conversations.page(View.ALL, user_id=1, before=None, limit=500))
    rows = page.items
    messages = _messages(demo.store)
    print(f"{len(rows)} conversations, {len(messages)} messages")
    archived = demo.store.read_sync(
        lambda work: work.conversations.page(View.ARCHIVED, user_id=1, before=None, limit=500)
    ).items
    assert len(rows) + len(archived) == len(PEOPLE)
    assert 5 < len(archived) < 25
    assert rows[3].name == "Amina Khalil"
    assert rows[3].unread_count == 1
    assert len(messages) > 500
    assert 5 <= sum(row.unread_count > 0 for row in rows) <= 12
    assert all(row.unread_count > 0 for row in rows[:4])
    assert rows[0].name == "Maria Gómez"
    statuses = Counter(message.status for message in messages if message.direction is Direction.OUT)
    assert {*statuses} >= {
        DeliveryStatus.SENT,
        DeliveryStatus.DELIVERED,
        DeliveryStatus.READ,
        DeliveryStatus.FAILED,
        DeliveryStatus.UNDELIVERED,
        DeliveryStatus.UNKNOWN,
    }
    assert {row.channel_name for row in rows} == {"Front desk", "WhatsApp", "Telegram"}
    assert sum(len(message.attachments) for message in messages) >= 5
    assert any(row.draft for row in rows)
    assert any(row.opt_in is OptIn.OPTED_OUT for row in rows)
    assert max(message.id for message in messages) < demo.store.run_sync(lambda work: work.new_entry_id(work.now()))
    calls = [entry for row in rows for entry in _entries(demo.store, row.id) if isinstance(entry, Call)]
    assert any(call.missed for call in calls)
    assert all(row.last_kind is not EntryKind.NONE for row in rows)


def test_every_conversation_is_in_order_and_its_columns_are_true(demo: Office) -> None:
    def check(work: Work) -> None:
        for row in work.conversations.page(View.ALL, user_id=1, before=None, limit=500).items:
            entries = work.timeline.since(row.id, 0, 1000).entries
            said = [entry for entry in entries if isinstance(entry, Message)]
            assert row.unread_count == work.conversations.count_unread(row.id)
            assert row.last_entry_id == max(entry.id for entry in entries if isinstance(entry, Message | Call))
            assert len(said) == len({message.id for message in said})

    demo.store.read_sync(check)


def test_the_people_are_known(demo: Office) -> None:
    def check(work: Work) -> None:
        fields, tags = work.custom_fields.all(), work.tags.all()
        assert len(fields) == 4
        assert all(tag.contacts for tag in tags)
        assert all(work.custom_fields.count_values(field.id) > len(PEOPLE) / 2 for field in fields)
        (contact,) = work.contacts.find("Grace Whitfield", limit=2)
        page = work.timeline.since(work.conversations.of_contact(contact.id), 0, 1000)
        (note,) = [entry for entry in page.entries if isinstance(entry, Comment)]
        assert note.author_name == "Voicemail"

    demo.store.run_sync(check)


def test_it_is_made_once(demo: Office) -> None:
    before = len(_messages(demo.store))
    assert not run(fill_demo(demo.store, demo.clock))
    assert len(_messages(demo.store)) == before


def test_a_real_office_is_left_alone(office: Office) -> None:
    office.contact()
    assert not run(fill_demo(office.store, office.clock))
    assert len(office.store.read_sync(lambda work: work.channels.all())) == 1


def test_one_click_removes_all_of_it(demo: Office, tmp_path: Path) -> None:
    remembered = tmp_path / "simulator" / "channel-2.jsonl"
    remembered.parent.mkdir()
    remembered.write_text("{}\n", encoding="ascii")
    run(wipe_demo(demo.store, simulator_dir=remembered.parent))
    assert not remembered.exists()

    def left(work: Work) -> tuple[int, ...]:
        found = work.conversations.page(View.ALL, user_id=1, before=None, limit=10)
        described = len(work.tags.all()), len(work.custom_fields.all())
        return len(found.items), len(work.channels.all()), len(work.contacts.find("", limit=10)), *described

    assert demo.store.read_sync(left) == (0, 0, 0, 0, 0)
    assert demo.store.read_sync(lambda work: work.settings.all(0)).get("organisation_name") is None
    assert run(fill_demo(demo.store, demo.clock))


def test_a_contact_of_a_real_channel_stays(demo: Office) -> None:
    def reach(work: Work) -> ConversationId:
        channel = work.channels.add(kind="twilio", name="Real", address="", settings={})
        address = work.contacts.find_address(Scheme.TEL, "+14155550102")
        assert address is not None
        conversation_id = work.conversations.of_contact(address.contact_id)
        work.messages.add_inbound(
            Message(
                id=work.new_entry_id(work.now()),
                conversation_id=conversation_id,
                contact_id=address.contact_id,
                direction=Direction.IN,
                text="for real",
                status=DeliveryStatus.RECEIVED,
                channel_id=channel.id,
                address_id=address.id,
                provider_message_id="r1",
            )
        )
        return conversation_id

    kept = demo.store.run_sync(reach)
    run(wipe_demo(demo.store))
    rows = demo.store.read_sync(lambda work: work.conversations.page(View.ALL, user_id=1, before=None, limit=10)).items
    assert [row.id for row in rows] == [kept]
    assert [channel.name for channel in demo.store.read_sync(lambda work: work.channels.all())] == ["Real"]
