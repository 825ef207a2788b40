"""One conversation as a file: the right days, the right texts, nothing that runs, within what the office allows."""

import csv
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from desktop_inbox.errors import InboxError, InvalidInputError, NotFoundError, PermissionDeniedError, StoreError
from desktop_inbox.models import schema
from desktop_inbox.models.entities.attachment import AttachmentState
from desktop_inbox.models.entities.comment import AuthorKind
from desktop_inbox.models.entities.contact import Contact
from desktop_inbox.models.entities.ids import ConversationId, EntryId, first_entry_id
from desktop_inbox.models.entities.message import DeliveryStatus, Direction, Message, SenderKind
from desktop_inbox.models.entities.timeline import ConversationEvent
from desktop_inbox.models.entities.user import Role
from desktop_inbox.models.work import Work
from desktop_inbox.services import csv_safe
from desktop_inbox.services.conversation_export import ConversationExportService, ExportFormat, Wish
from desktop_inbox.services.conversation_table import COLUMNS
from desktop_inbox.services.settings import EXPORT_SPAN, TIME_ZONE, SettingsService
from tests.support.hostile import hostile_strings, red_picture
from tests.support.offices import Office
from tests.support.payloads import FORMULAS, REWRITTEN
from tests.support.run import run

DAY = date(2026, 3, 20)
Export = Callable[..., Path]


@pytest.fixture
def service(office: Office, tmp_path: Path) -> ConversationExportService:
    office.store.run_sync(lambda work: work.settings.set(TIME_ZONE.key, "America/New_York"))
    return ConversationExportService(office.store, user_id=office.user.id, folder=tmp_path / "waiting")


@pytest.fixture
def maria(office: Office) -> Contact:
    return office.contact("+14155550148", first_name="Zoë")


@pytest.fixture
def export(office: Office, service: ConversationExportService, maria: Contact, tmp_path: Path) -> Export:
    """Write some days of the conversation with Zoë into a file."""

    def write(first: date = DAY, last: date = DAY, **more: object) -> Path:
        wish = Wish(conversation_id=office.conversation_of(maria), first=first, last=last, **more)  # type: ignore[arg-type]
        prepared = run(service.prepare(wish))
        run(service.deliver(prepared, tmp_path / prepared.name))
        assert list((tmp_path / "waiting").iterdir()) == []
        return tmp_path / prepared.name

    return write


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


def say(
    office: Office, contact: Contact, text: str, when: datetime, *, answer: bool = False, file: str = ""
) -> EntryId:
    conversation = office.conversation_of(contact)

    def store(work: Work) -> EntryId:
        key = work.new_entry_id(when)
        message = Message(
            id=key,
            conversation_id=conversation,
            contact_id=contact.id,
            direction=Direction.OUT if answer else Direction.IN,
            text=text,
            status=DeliveryStatus.DELIVERED if answer else DeliveryStatus.RECEIVED,
            channel_id=office.channel.id,
            address_id=contact.addresses[0].id,
            sender_kind=SenderKind.USER if answer else SenderKind.CONTACT,
            sender_id=office.user.id if answer else None,
            client_uuid=str(key) if answer else "",
            sent_at=when if answer else None,
            delivered_at=when if answer else None,
        )
        (work.messages.add_outbound if answer else work.messages.add_inbound)(message)
        if file:
            work.attachments.add(key, state=AttachmentState.PENDING, original_name=file)
        return key

    return office.store.run_sync(store)


def rows(path: Path) -> list[dict[str, str]]:
    header, *found = csv_safe.read(path)
    return [dict(zip(["Time", *header[1:]], row, strict=True)) for row in found]


class Page(HTMLParser):
    """What an exported page holds."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self._kind = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._kind = dict(attrs).get("class") or ""

    def handle_data(self, data: str) -> None:
        if self._kind == "text" and data.strip():
            self.texts.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._kind = ""


@pytest.mark.row("S4-40", "S4-44", "D-24")
def test_a_table_holds_every_message_with_what_belongs_to_it(office: Office, maria: Contact, export: Export) -> None:
    heard = say(office, maria, "Is it open?\nPlease", at(DAY, 14), file="=a.pdf")
    said = say(office, maria, "Yes", at(DAY, 14, 5), answer=True)
    path = export()
    raw = path.read_bytes()
    assert raw.startswith(b'\xef\xbb\xbf"Time (America/New_York)",')
    assert raw.endswith(b'"\r\n')
    first, second = rows(path)
    assert tuple(first) == COLUMNS
    assert first == {
        "Time": "2026-03-20T10:00:00-04:00",
        "Kind": "message",
        "Direction": "in",
        "From": "Zoë",
        "Address": "+14155550148",
        "Channel": "Front desk",
        "Status": "received",
        "Text": "Is it open?\nPlease",
        "Attachments": "=a.pdf",
        "Problem": "",
        "Entry": str(heard),
    }
    assert (second["From"], second["Status"], second["Entry"]) == ("Dana Reyes", "delivered", str(said))


@pytest.mark.row("S4-42")
@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2026, 3, 7), 24), (date(2026, 3, 8), 23), (date(2026, 11, 1), 25)],
    ids=["usual day", "spring forward", "fall back"],
)
def test_both_days_count_whole_in_the_zone_of_the_office(
    office: Office, maria: Contact, export: Export, day: date, hours: int
) -> None:
    """Daylight saving time begins on 8 March and ends on 1 November 2026 in New York."""
    begin = at(day, 4 if day.month == 11 else 5)
    end = begin + timedelta(hours=hours)
    moments = {
        "before": begin - timedelta(milliseconds=1),
        "first": begin,
        "last": end - timedelta(milliseconds=1),
        "after": end,
    }
    for text, moment in moments.items():
        say(office, maria, text, moment)
    assert [row["Text"] for row in rows(export(day, day))] == ["first", "last"]
    assert [row["Text"] for row in rows(export(day - timedelta(days=1), day))] == ["before", "first", "last"]


@pytest.mark.row("S4-43", "C15")
def test_seven_days_are_fine_and_eight_are_refused_with_the_reason(
    office: Office, maria: Contact, export: Export
) -> None:
    for days in range(9):
        say(office, maria, f"day {days}", at(DAY + timedelta(days=days), 15))
    assert len(rows(export(DAY, DAY + timedelta(days=6)))) == 7
    with pytest.raises(PermissionDeniedError, match="8 days; one export may cover 7 days") as refused:
        export(DAY, DAY + timedelta(days=7))
    assert "administrator" in refused.value.hint
    with pytest.raises(InvalidInputError, match="after the last"):
        export(DAY, DAY - timedelta(days=1))


@pytest.mark.row("S4-43", "C15")
def test_an_administrator_changes_the_longest_span_or_lifts_it_and_an_agent_does_not(
    office: Office, export: Export, service: ConversationExportService
) -> None:
    agent = office.store.run_sync(lambda work: work.users.add("Kim", Role.AGENT))
    assert run(service.longest_span()) == 7
    theirs = SettingsService(office.store, agent.id)
    with pytest.raises(PermissionDeniedError):
        run(theirs.set(EXPORT_SPAN, 0))
    with pytest.raises(PermissionDeniedError):
        run(theirs.reset(EXPORT_SPAN))
    assert run(service.longest_span()) == theirs.get(EXPORT_SPAN) == 7
    ours = SettingsService(office.store, office.user.id)
    run(ours.set(EXPORT_SPAN, 31))
    export(DAY, DAY + timedelta(days=30))
    with pytest.raises(PermissionDeniedError):
        export(DAY, DAY + timedelta(days=31))
    run(ours.set(EXPORT_SPAN, 0))
    export(DAY - timedelta(days=4000), DAY)
    # The agent is bound by what holds, and may export within it.
    run(ours.reset(EXPORT_SPAN))
    other = ConversationExportService(office.store, user_id=agent.id, folder=Path("unused"))
    wish = Wish(conversation_id=ConversationId(1), first=DAY, last=DAY + timedelta(days=7))
    with pytest.raises(PermissionDeniedError):
        run(other.prepare(wish))


@pytest.mark.row("S4-40", "S3-74")
@pytest.mark.parametrize("kind", list(ExportFormat))
def test_comments_are_left_out_unless_asked_for(
    office: Office, maria: Contact, export: Export, kind: ExportFormat
) -> None:
    say(office, maria, "Hello", at(DAY, 15))
    office.clock.set(at(DAY, 16))
    conversation = office.conversation_of(maria)

    def comment(work: Work) -> None:
        work.comments.add(
            conversation, "She owes us", author_kind=AuthorKind.USER, author_id=office.user.id, author_name="Dana Reyes"
        )
        work.comments.add(conversation, "From the phone", author_kind=AuthorKind.EXTERNAL, author_name="PBX")

    office.store.run_sync(comment)
    without = export(format=kind).read_text(encoding="utf-8-sig")
    assert "She owes us" not in without
    assert "Hello" in without
    inside = export(format=kind, comments=True).read_text(encoding="utf-8-sig")
    assert "She owes us" in inside
    assert "From the phone" in inside
    assert "Dana Reyes" in inside


@pytest.mark.row("S4-44", "P23", "S16", "D-24")
def test_formulas_and_what_spreadsheets_rewrite_stay_text(office: Office, maria: Contact, export: Export) -> None:
    texts = [*FORMULAS, *REWRITTEN]
    for number, text in enumerate(texts):
        say(office, maria, text, at(DAY, 15) + timedelta(seconds=number), file=text[:100])
    path = export()
    assert [row["Text"] for row in rows(path)] == texts
    assert [row["Attachments"] for row in rows(path)] == [text[:100] for text in texts]
    with path.open(encoding="utf-8-sig", newline="") as file:
        for cells in list(csv.reader(file))[1:]:
            assert all(cell[:1] in ("'", "’") for cell in (cells[7], cells[8])), cells[7]
            assert all(cell.lstrip(csv_safe.SKIPPED)[:1] not in "=+-@\t\r\n＝＋－＠" or not cell for cell in cells)
            assert cells[4] == "'+14155550148"


@pytest.mark.row("S4-44", "P23", "P21")
def test_a_page_from_strangers_is_inert(office: Office, maria: Contact, export: Export, tmp_path: Path) -> None:
    strings = [text.replace("\x00", "") for text in hostile_strings(red_picture(tmp_path))]
    texts = [text for text in strings if text.strip()] + list(FORMULAS)
    office.store.run_sync(
        lambda work: work.connection.execute(
            schema.contacts.update().values(first_name="<script>alert(1)</script>", last_name="")
        )
    )
    for number, text in enumerate(texts):
        say(office, maria, text[:5000], at(DAY, 15) + timedelta(seconds=number), file=text[:100])
    source = export(format=ExportFormat.HTML).read_text(encoding="utf-8-sig")
    page = Page(source)
    allowed = {"html", "head", "meta", "title", "style", "body", "main", "header", "h1", "h2", "p", "article", "div",
               "bdi"}  # fmt: skip
    assert {tag for tag, _ in page.tags} <= allowed
    for tag, attributes in page.tags:
        assert set(attributes) <= {"lang", "charset", "http-equiv", "content", "name", "class", "dir"}, (
            tag,
            attributes,
        )
    policy = [attributes["content"] for tag, attributes in page.tags if "http-equiv" in attributes]
    assert len(policy) == 1
    assert policy[0] is not None
    assert policy[0].startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy[0]
    style = source[source.index("<style>") : source.index("</style>")]
    assert "url(" not in style
    assert "@import" not in style
    assert source.index("Content-Security-Policy") < source.index("<title>") < source.index("<style>")
    said = [text for text in texts if text.strip()]
    assert len(page.texts) == len(said)
    for shown, text in zip(page.texts, said, strict=True):
        plain = "".join(char for char in text[:5000] if char.isalnum() and char.isascii())
        assert "".join(char for char in shown if char.isalnum() and char.isascii()) == plain


@pytest.mark.row("S4-40", "S2-34")
def test_the_conversation_remembers_who_exported_which_days(office: Office, maria: Contact, export: Export) -> None:
    say(office, maria, "Hello", at(DAY, 15))
    export(format=ExportFormat.HTML)
    conversation = office.conversation_of(maria)
    page = office.store.run_sync(lambda work: work.timeline.since(conversation, 0, 50))
    (event,) = [entry for entry in page.entries if isinstance(entry, ConversationEvent) and entry.kind == "exported"]
    assert (event.actor_name, event.actor_id) == ("Dana Reyes", office.user.id)
    assert event.details == {"first": "2026-03-20", "last": "2026-03-20", "format": "html", "entries": "1"}


@pytest.mark.row("S4-45", "S4-46")
def test_a_cancelled_or_failed_export_leaves_nothing(
    office: Office, maria: Contact, service: ConversationExportService, tmp_path: Path
) -> None:
    for number in range(3):
        say(office, maria, "Hello", at(DAY, 15, number))
    wish = Wish(conversation_id=office.conversation_of(maria), first=DAY, last=DAY)
    with pytest.raises(InboxError, match="cancelled"):
        run(service.prepare(wish, cancelled=lambda: True))
    assert list((tmp_path / "waiting").iterdir()) == []
    with pytest.raises(NotFoundError):
        run(service.prepare(Wish(conversation_id=ConversationId(999), first=DAY, last=DAY)))
    prepared = run(service.prepare(wish))
    old = tmp_path / "old.csv"
    old.write_text("mine", encoding="utf-8")
    with pytest.raises(StoreError):
        run(service.deliver(prepared, tmp_path / "nowhere" / "out.csv"))
    assert old.read_text(encoding="utf-8") == "mine"
    events = office.store.run_sync(lambda work: work.timeline.event_kinds(wish.conversation_id))
    assert "exported" not in events
    service.clear()
    assert list((tmp_path / "waiting").iterdir()) == []


@pytest.mark.row("S4-45")
def test_progress_is_told_in_entries(office: Office, maria: Contact, service: ConversationExportService) -> None:
    for number in range(3):
        say(office, maria, "Hello", at(DAY, 15, number))
    told: list[tuple[int, int]] = []

    async def go() -> None:
        await service.prepare(
            Wish(conversation_id=office.conversation_of(maria), first=DAY, last=DAY),
            progress=lambda done, total: told.append((done, total)),
        )

    run(go())
    assert told == [(3, 3)]


def _many(office: Office, contact: Contact, count: int) -> None:
    """Messages of one day, written straight into the table."""
    conversation = office.conversation_of(contact)
    start = at(DAY, 5)

    def add(work: Work) -> None:
        lines = [
            {
                "id": first_entry_id(start + timedelta(milliseconds=100 * number)),
                "conversation_id": conversation,
                "contact_id": contact.id,
                "direction": "in",
                "text": f"Could we move appointment {number} to Thursday at nine? <b>thanks</b>",
                "status": "received",
                "channel_id": office.channel.id,
                "address_id": contact.addresses[0].id,
                "sender_kind": "contact",
            }
            for number in range(count)
        ]
        for begin in range(0, count, 5000):
            work.connection.execute(schema.messages.insert(), lines[begin : begin + 5000])

    office.store.run_sync(add)


@pytest.fixture(params=[pytest.param(10_000), pytest.param(100_000, marks=pytest.mark.chaos)])
def size(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.mark.row("S4-45")
@pytest.mark.parametrize("kind", list(ExportFormat))
def test_a_hundred_thousand_messages_take_less_than_thirty_seconds(
    sqlite_office: Office, tmp_path: Path, kind: ExportFormat, size: int
) -> None:
    contact = sqlite_office.contact()
    _many(sqlite_office, contact, size)
    sqlite_office.store.run_sync(lambda work: work.settings.set(TIME_ZONE.key, "UTC"))
    service = ConversationExportService(sqlite_office.store, user_id=sqlite_office.user.id, folder=tmp_path / "waiting")
    wish = Wish(conversation_id=sqlite_office.conversation_of(contact), first=DAY, last=DAY, format=kind)
    begin = time.process_time()
    prepared = run(service.prepare(wish))
    run(service.deliver(prepared, tmp_path / "out"))
    spent = time.process_time() - begin
    assert prepared.entries == size
    assert spent < 30 * size / 100_000, spent
    print(f"{size:,} messages as {kind}: {spent:.1f} s of CPU")
