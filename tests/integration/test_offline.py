"""Interviews held without a connection: taken over with the times of the device, once."""

import asyncio
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from desktop_inbox.errors import InvalidInputError
from desktop_inbox.models.entities.attachment import AttachmentState
from desktop_inbox.models.entities.channel import ChannelState
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.message import DeliveryStatus, Direction, Message, SenderKind
from desktop_inbox.models.store import Store
from desktop_inbox.services.attachment_files import AttachmentFolder
from desktop_inbox.services.attachments import AttachmentService
from desktop_inbox.services.offline import OfflineService, Taken
from desktop_inbox.services.provider_pool import ProviderPool
from tests.support.clock import HeldClock
from tests.support.scripted_provider import World
from tests.support.sending import Office, open_office

QUESTIONS = ("How is the water?", "How far is the well?", "Who fetches it?", "Is it clean?", "A picture, please.")
ANSWERS = ("Good", "2 km", "My sister", "Mostly", "Here")


@pytest.fixture
def office(store: Store, clock: HeldClock) -> Office:
    return open_office(store, World(clock=clock))


@pytest.fixture
def offline(office: Office, clock: HeldClock, tmp_path: Path) -> OfflineService:
    files = AttachmentService(
        office.store,
        clock,
        attachments_dir=tmp_path / "files",
        outbox_dir=tmp_path / "staged",
        pool=ProviderPool(lambda _channel, _field: ""),
    )
    return OfflineService(
        office.store, user_id=office.user_id, region=lambda: "", stage=files.stage_now, file_of=files.file_of
    )


def submission(begin: datetime, **more: Any) -> dict[str, Any]:
    answers = [
        {
            "question": question,
            "asked_at": (begin + timedelta(minutes=number)).isoformat(),
            "answer": answer,
            "answered_at": (begin + timedelta(minutes=number, seconds=40)).isoformat(),
        }
        for number, (question, answer) in enumerate(zip(QUESTIONS, ANSWERS, strict=True))
    ]
    contact = {"scheme": "tel", "address": "+14155550177", "name": "Amina Diallo"}
    return {"id": "sub-1", "survey": "Water 2026", "contact": contact, "answers": answers} | more


def take(offline: OfflineService, folder: Path, value: object) -> tuple[Taken, ...]:
    path = folder / "interview.json"
    path.write_text(json.dumps(value), "utf-8")
    return asyncio.run(offline.import_file(path))


def said(office: Office) -> list[Message]:
    def read(work: Any) -> list[Message]:
        address = work.contacts.find_address(Scheme.TEL, "+14155550177")
        key = work.conversations.of_contact(address.contact_id)
        return [one for one in work.timeline.since(key, 0, 100).entries if isinstance(one, Message)]

    return office.store.run_sync(read)


@pytest.mark.row("S1-08")
def test_five_questions_yield_ten_messages_on_the_offline_channel_at_the_times_of_the_device(
    office: Office, offline: OfflineService, clock: HeldClock, tmp_path: Path
) -> None:
    begin = clock() - timedelta(days=3, hours=2)
    (taken,) = take(offline, tmp_path, submission(begin))
    assert (taken.stored, taken.already) == (10, False)
    messages = said(office)
    assert [one.text for one in messages] == [text for pair in zip(QUESTIONS, ANSWERS, strict=True) for text in pair]
    assert [one.direction for one in messages] == [Direction.OUT, Direction.IN] * 5
    times = [begin + timedelta(minutes=number, seconds=late) for number in range(5) for late in (0, 40)]
    assert [one.occurred_at for one in messages] == times
    assert {one.status for one in messages} == {DeliveryStatus.DELIVERED, DeliveryStatus.RECEIVED}
    assert {one.sender_kind for one in messages} == {SenderKind.SURVEY, SenderKind.CONTACT}
    channel = office.store.read_sync(lambda work: work.channels.get(messages[0].channel_id))
    assert (channel.name, channel.state) == ("Offline", ChannelState.PAUSED)
    assert {one.channel_id for one in messages} == {channel.id}


@pytest.mark.row("S1-08")
def test_the_same_submission_again_changes_nothing(
    office: Office, offline: OfflineService, clock: HeldClock, tmp_path: Path
) -> None:
    value = submission(clock() - timedelta(hours=1))
    take(offline, tmp_path, value)
    (again,) = take(offline, tmp_path, value)
    assert again.already
    assert len(said(office)) == 10
    take(offline, tmp_path, [value, value | {"id": "sub-2"}])
    assert len(said(office)) == 20
    channels = office.store.read_sync(lambda work: [one for one in work.channels.all() if one.kind == "offline"])
    assert len(channels) == 1


@pytest.mark.row("S1-08")
def test_whoever_is_known_is_found_and_others_are_added(
    office: Office, offline: OfflineService, clock: HeldClock, tmp_path: Path
) -> None:
    person = office.people[0]
    known = submission(clock(), contact={"address": person.path})
    (taken,) = take(offline, tmp_path, known)
    assert taken.conversation_id == person.conversation_id
    (other,) = take(offline, tmp_path, submission(clock(), id="sub-9", contact={"name": "Someone in the field"}))
    assert other.conversation_id not in (None, person.conversation_id)


@pytest.mark.row("S1-08")
def test_an_interview_is_read_and_nobody_waits_for_an_answer(
    office: Office, offline: OfflineService, clock: HeldClock, tmp_path: Path
) -> None:
    (taken,) = take(offline, tmp_path, submission(clock() - timedelta(minutes=30)))
    row = office.store.read_sync(lambda work: work.conversations.row(taken.conversation_id))
    assert (row.unread_count, row.waiting_since) == (0, None)
    assert row.snippet == ANSWERS[-1]


@pytest.mark.row("S1-08")
def test_files_of_answers_come_along(office: Office, offline: OfflineService, clock: HeldClock, tmp_path: Path) -> None:
    (tmp_path / "well.txt").write_text("a drawing", "utf-8")
    value = submission(clock() - timedelta(hours=1))
    value["answers"][4]["media"] = ["well.txt"]
    take(offline, tmp_path, value)
    (file,) = said(office)[-1].attachments
    assert (file.original_name, file.state) == ("well.txt", AttachmentState.READY)
    assert AttachmentFolder(tmp_path / "files").path_of(file.sha256).read_text("utf-8") == "a drawing"


@pytest.mark.row("S1-08")
def test_a_file_from_elsewhere_is_refused_and_nothing_is_stored(
    office: Office, offline: OfflineService, clock: HeldClock, tmp_path: Path
) -> None:
    (tmp_path / "field").mkdir()
    (tmp_path / "secret.txt").write_text("no", "utf-8")
    value = submission(clock() - timedelta(hours=1))
    value["answers"][0]["media"] = ["../secret.txt"]
    with pytest.raises(InvalidInputError):
        take(offline, tmp_path / "field", value)
    assert office.store.read_sync(lambda work: work.contacts.find_address(Scheme.TEL, "+14155550177")) is None


@pytest.mark.row("S1-08")
@pytest.mark.parametrize(
    "broken",
    [
        {"id": ""},
        {"answers": []},
        {"answers": "none"},
        {"answers": [{"question": "Q", "asked_at": "2026-01-05T10:00:00", "answered_at": "2026-01-05T10:00:00"}]},
        {"answers": [{"question": "Q", "asked_at": "soon", "answer": "A", "answered_at": "later"}]},
        {"answers": [{"question": ["Q"], "asked_at": "2026-01-05T10:00:00Z", "answered_at": "2026-01-05T10:00:01Z"}]},
        {"answers": [{"question": "Q", "asked_at": "2026-01-05T10:00:00Z", "answered_at": "2026-01-05T09:00:00Z"}]},
        {"contact": {}},
        {"contact": {"address": "+14155550177", "scheme": "smoke"}},
        {"contact": "Amina"},
    ],
)
def test_what_is_no_interview_is_refused_with_a_reason(
    offline: OfflineService, clock: HeldClock, tmp_path: Path, broken: dict[str, object]
) -> None:
    with pytest.raises(InvalidInputError) as caught:
        take(offline, tmp_path, submission(clock()) | broken)
    assert caught.value.code == "interview_invalid"


@pytest.mark.row("S1-08")
def test_a_device_whose_clock_is_ahead_does_not_write_into_the_future(
    office: Office, offline: OfflineService, clock: HeldClock, tmp_path: Path
) -> None:
    take(offline, tmp_path, submission(clock() + timedelta(days=400)))
    messages = said(office)
    assert [one.text for one in messages][::2] == list(QUESTIONS)
    assert max(one.occurred_at for one in messages) <= clock() + timedelta(seconds=1)
