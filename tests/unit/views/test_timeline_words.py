from datetime import UTC, timedelta

import pytest

from desktop_inbox.models.entities.attachment import AttachmentState
from desktop_inbox.models.entities.call import Call, CallStatus
from desktop_inbox.models.entities.ids import EntryId
from desktop_inbox.models.entities.message import DeliveryStatus, Direction, ErrorOrigin, SenderKind
from desktop_inbox.models.entities.timeline import ActorKind, ConversationEvent
from desktop_inbox.views.delegates.found_text import find_terms, search_terms
from desktop_inbox.views.delegates.message_text import (
    from_qt_offset,
    graphemes,
    is_large_emoji,
    shown_text,
    to_qt_offset,
)
from desktop_inbox.views.delegates.row_words import ZoneKind
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.item_models.entry_words import EntryWords
from desktop_inbox.views.item_models.timeline import TimelineRow
from tests.support.fakes_timeline import CONTACT, CONVERSATION, SMS, attachment, message
from tests.support.fakes_views import NOW


@pytest.fixture
def words(qapp):
    made = EntryWords(
        Formats(lambda: NOW, zone=UTC), channel_name=lambda channel_id: "Front desk" if channel_id else ""
    )
    made.contact_name = "Maria"
    return made


@pytest.mark.row("S3-38", "S3-39")
@pytest.mark.parametrize(
    ("age", "shown"),
    [
        (timedelta(seconds=10), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(minutes=59), "59 minutes ago"),
        (timedelta(minutes=61), "11:09"),
    ],
)
def test_times_younger_than_an_hour_are_relative(words, age, shown):
    assert words.time(NOW - age) == shown


@pytest.mark.row("S3-39")
def test_a_reader_hears_the_exact_time_of_a_recent_message(words):
    assert "12:05" in words.describe(message(1, "Hello", at=NOW - timedelta(minutes=5)))


@pytest.mark.row("A15")
def test_a_message_is_spoken_as_sender_time_text_state(words):
    spoken = words.describe(message(1, "On my way", at=NOW - timedelta(hours=2), out=True))
    assert spoken == "Ana, Today, 10:10, On my way, Delivered"


@pytest.mark.row("S2-26", "S2-27", "S2-28", "S2-29", "S2-30", "L13", "A06")
def test_every_status_has_a_word_and_outcomes_have_shapes_of_their_own(words):
    found = {status: (words.status_icon(m)[0], words.status(m)) for status, m in _each_status()}
    assert all(icon and word for icon, word in found.values())
    told_apart = (
        DeliveryStatus.QUEUED,
        DeliveryStatus.SENDING,
        DeliveryStatus.SENT,
        DeliveryStatus.DELIVERED,
        DeliveryStatus.READ,
        DeliveryStatus.FAILED,
        DeliveryStatus.UNKNOWN,
        DeliveryStatus.HELD,
    )
    assert len({found[status][0] for status in told_apart}) == len(told_apart)
    assert len({found[status][1] for status in told_apart}) == len(told_apart)


def _each_status():
    return [(status, message(1, out=True, status=status)) for status in DeliveryStatus]


@pytest.mark.row("S2-33")
@pytest.mark.parametrize(
    ("origin", "sentence"),
    [
        (ErrorOrigin.PROVIDER, "Front desk says: Unreachable"),
        (ErrorOrigin.OURS, "Unreachable"),
    ],
)
def test_a_failure_says_why_and_on_whose_word(words, origin, sentence):
    failed = message(
        1, out=True, status=DeliveryStatus.FAILED, error_origin=origin, error_text="Unreachable", error_code="30003"
    )
    assert words.notice(failed) == sentence
    assert ("Error code", "30003") in words.details(failed)
    assert [kind for kind, _ in words.row_words(failed).buttons] == [ZoneKind.RETRY, ZoneKind.LOG]


def test_an_unknown_outcome_is_a_question_with_three_answers(words):
    found = words.row_words(message(1, out=True, status=DeliveryStatus.UNKNOWN))
    assert [label for _, label in found.buttons] == ["It arrived", "Send again", "Leave"]
    assert "may or may not have arrived" in found.notice


@pytest.mark.row("S2-21", "S2-22", "S2-23", "S2-24", "S2-31")
def test_the_details_tell_sender_channel_and_every_time_known(words):
    sent = message(
        1,
        out=True,
        sender_kind=SenderKind.BROADCAST,
        queued_at=NOW - timedelta(hours=5),
        sent_at=NOW - timedelta(hours=4),
        delivered_at=NOW - timedelta(hours=3),
        read_at=NOW - timedelta(hours=2),
        status=DeliveryStatus.READ,
        outside_window=True,
    )
    rows = dict(words.details(sent))
    assert rows["Sent by"] == "Broadcast"
    assert rows["Via"] == "Broadcast · Front desk · Ana"
    times = [rows[label] for label in ("Queued", "Sent", "Delivered", "Read")]
    assert times == [f"Today, 0{hour}:10" if hour < 10 else f"Today, {hour}:10" for hour in (7, 8, 9, 10)]
    assert "receipts are not promised" in rows["Note"]


@pytest.mark.row("S2-22", "S3-40")
@pytest.mark.parametrize("kind", [kind for kind in SenderKind if kind is not SenderKind.CONTACT])
def test_each_kind_of_sender_has_a_name(words, kind):
    assert words.sender(message(1, out=True, sender_kind=kind))


@pytest.mark.row("S2-22", "S3-41", "S3-42", "S3-43", "S3-44", "S3-45", "S3-46", "S3-47", "S3-48")
@pytest.mark.parametrize(
    ("kind", "by", "sender", "via"),
    [
        (SenderKind.SURVEY, "Automation", "Survey", "Survey · Front desk · Automation"),
        (SenderKind.SURVEY, "Dialogflow", "Survey", "Survey · Front desk · Dialogflow"),
        (SenderKind.AI, "", "AI assistant", "AI assistant · Front desk"),
        (SenderKind.ECHO, "", "Sent outside this program", "Sent outside this program · Front desk"),
        (SenderKind.AWAY, "", "Away message", "Away message · Front desk"),
        (SenderKind.GREETING, "", "Greeting", "Greeting · Front desk"),
        (SenderKind.USER, "Ana", "Ana", "Front desk"),
    ],
)
def test_the_details_tell_what_sent_a_message_and_who_started_it(words, kind, by, sender, via):
    sent = message(1, out=True, sender_kind=kind, sender_name=by)
    rows = dict(words.details(sent))
    assert (rows["Sent by"], rows["Via"]) == (sender, via)
    assert words.describe(sent).startswith(f"{sender}, ")


@pytest.mark.row("S3-40", "S2-31")
def test_under_a_bubble_the_time_comes_first_and_then_who_sent_it(words):
    def footer(entry):
        row = TimelineRow(
            entry=entry, day=NOW.date(), starts_day=False, divider=False, starts_group=True, ends_group=True,
            group_size=1,
        )  # fmt: skip
        return tuple(text.replace("\u2068", "").replace("\u2069", "") for text in words.footer(row))

    earlier = NOW - timedelta(hours=2)
    assert footer(message(1, at=earlier, out=True)) == ("10:10 · Ana", "Delivered")
    survey = message(1, at=earlier, out=True, sender_kind=SenderKind.SURVEY, status=DeliveryStatus.SENT)
    assert footer(survey) == ("10:10 · Survey", "Sent")
    late = message(1, at=earlier, out=True, outside_window=True)
    assert footer(late) == ("10:10 · Ana · outside window", "Delivered")
    assert footer(message(1, at=earlier)) == ("10:10", "")


@pytest.mark.row("C3", "S2-27")
def test_a_message_is_called_sent_once_the_provider_has_it(words):
    """Of a broadcast the same word says that all of it left; a message that still waits is never called so."""
    called_sent = {status for status, entry in _each_status() if words.status(entry) == "Sent"}
    assert called_sent == {DeliveryStatus.ACCEPTED, DeliveryStatus.SENT}


@pytest.mark.row("S2-39", "S2-41")
def test_closing_and_opening_again_can_be_told_apart_by_their_signs(words):
    def icon(kind):
        event = ConversationEvent(
            id=EntryId(message(1).id), conversation_id=CONVERSATION, kind=kind, actor_kind=ActorKind.USER
        )
        return words.line_icon(event)[0]

    assert (icon("marked_done"), icon("marked_pending")) == ("check", "info")


@pytest.mark.row("S33")
def test_names_in_events_and_files_cannot_turn_the_line_around(words):
    event = ConversationEvent(
        id=EntryId(message(1).id),
        conversation_id=CONVERSATION,
        kind="contact_renamed",
        actor_kind=ActorKind.USER,
        actor_name="A\u202ena",
        details={"name": "x\u202e\ny"},
    )
    assert "\u202e" not in words.sentence(event)
    assert "\n" not in words.sentence(event)
    assert words.file(attachment(original_name="photo\u202egpj.exe")).name == "photogpj.exe"


@pytest.mark.row("S12")
def test_a_harmful_file_is_named_as_such(words):
    assert words.file(attachment(original_name="invoice.pdf.exe")).risky
    assert not words.file(attachment(original_name="letter.pdf", media_type="application/pdf")).risky
    assert words.file(attachment(state=AttachmentState.PENDING)).detail == "Being fetched…"
    assert words.file(attachment(state=AttachmentState.PENDING, reason="No connection.")).detail == "No connection."
    assert words.file(attachment(state=AttachmentState.REFUSED, reason="Too large")).detail == "Too large"


@pytest.mark.row("S1-21")
def test_calls_tell_direction_and_length(words):
    def call(direction, status, seconds=0):
        return Call(
            id=EntryId(message(1).id),
            conversation_id=CONVERSATION,
            contact_id=CONTACT,
            channel_id=SMS,
            direction=direction,
            status=status,
            duration_seconds=seconds,
        )

    assert words.sentence(call(Direction.IN, CallStatus.COMPLETED, 192)) == "Incoming call · 3:12"
    assert words.sentence(call(Direction.OUT, CallStatus.BUSY)) == "Outgoing call · busy"
    assert words.sentence(call(Direction.IN, CallStatus.NO_ANSWER)) == "Missed call"


@pytest.mark.row("T05")
@pytest.mark.parametrize(
    ("text", "large"),
    [
        ("👍🏽", True),
        ("👩‍👩‍👧 🇪🇺 ❤️‍🔥", True),
        ("😀😀😀😀", False),
        ("ok 👍", False),
        ("1", False),
        ("©", False),
        ("", False),
        ("1️⃣", True),
    ],
)
def test_up_to_three_emoji_alone_are_large(qapp, text, large):
    assert is_large_emoji(text) is large


def test_characters_are_counted_as_people_do(qapp):
    assert graphemes("a👩‍👩‍👧é🇪🇺") == ["a", "👩‍👩‍👧", "é", "🇪🇺"]


def test_places_translate_between_python_and_qt(qapp):
    text = "a😀b𝄞c"
    for place in range(len(text) + 1):
        assert from_qt_offset(text, to_qt_offset(text, place)) == place


def test_control_characters_never_reach_the_screen(qapp):
    assert shown_text("a\x1b[31m\r\nb\x00") == "a\ufffd[31m\nb\ufffd"
    assert len(shown_text("x" * 100_000)) < 13_000


@pytest.mark.row("L16")
def test_found_words_are_marked_whatever_their_accents(qapp):
    assert find_terms("Gómez, GOMEZ and 😀 gomezia", search_terms("gomez")) == [(0, 5), (7, 12), (20, 25)]
    assert find_terms("algomez", search_terms("gomez")) == []
