"""What is offered at the cursor of a filter, and how dates are understood."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from desktop_inbox.clock import to_millis
from desktop_inbox.models.entities.segment import Operator, Span, Unit
from desktop_inbox.models.segment_time import Stretch, days, moments
from desktop_inbox.services.segment_completion import complete
from tests.unit.test_segment_text import CATALOGUE

BERLIN = ZoneInfo("Europe/Berlin")


def offered(text: str) -> list[str]:
    completion = complete(text, len(text), CATALOGUE)
    return [candidate.text for candidate in completion.candidates]


@pytest.mark.row("SEG-3")
@pytest.mark.parametrize(
    ("text", "some", "start"),
    [
        ("", "name", 0),
        ("sta", "status", 0),
        ("comp", "company", 0),
        ("f_nu", "fields.f_number", 0),
        ("status is done and unr", "unread", 19),
        ("(name ~ an or pri", "priority", 14),
        ("not in se", "in segment", 7),
        ("status ", "is", 7),
        ("name ", "!~", 5),
        ("created_on ol", "older than", 11),
        ("status is ", "pending", 10),
        ("status is do", "done", 10),
        ("assignee is m", "me", 12),
        ("assignee any of (nobody, #", "#1", 25),
        ("tags any of (VIP, ne", '"New & shiny"', 18),
        ('tags any of ("new', '"New & shiny"', 13),
        ("tags any of (sh", '"New & shiny"', 13),
        ("waiting_since older than ", "7 days", 25),
        ("window expires within 2", "2 hours", 22),
        ("in segment Reg", '"Regulars"', 11),
        ("fields.f_list is si", '"Silver plus"', 17),
    ],
)
def test_completion_offers_what_fits(text: str, some: str, start: int) -> None:
    completion = complete(text, len(text), CATALOGUE)
    assert some in [candidate.text for candidate in completion.candidates]
    assert (completion.start, completion.end) == (start, len(text))


def test_completion_offers_nothing_behind_a_mistake() -> None:
    assert offered("nmae = x and sta") == []
    assert offered('name = "Ana and sta') == []


def test_completion_in_the_middle_replaces_only_what_is_before_the_cursor() -> None:
    completion = complete("sta and unread is true", 3, CATALOGUE)
    assert (completion.start, completion.end) == (0, 3)
    assert completion.candidates[0].text == "status"


def _at(*parts: int) -> int:
    return to_millis(datetime(*parts, tzinfo=BERLIN).astimezone(UTC))  # type: ignore[arg-type]


@pytest.mark.row("SEG-4")
def test_days_are_local_and_as_long_as_they_are() -> None:
    now = datetime(2026, 3, 30, 9, 30, tzinfo=UTC)

    def stretch(operator: Operator, value: object) -> Stretch:
        (found,) = moments(operator, value, now=now, zone=BERLIN)  # type: ignore[arg-type]
        return found

    spring = stretch(Operator.ON, date(2026, 3, 29))
    assert spring == Stretch(_at(2026, 3, 29), _at(2026, 3, 30))
    assert spring.end - spring.begin == 23 * 3_600_000  # type: ignore[operator]
    autumn = stretch(Operator.ON, date(2026, 10, 25))
    assert autumn.end - autumn.begin == 25 * 3_600_000  # type: ignore[operator]
    assert stretch(Operator.BEFORE, date(2026, 3, 29)).end == _at(2026, 3, 29)
    assert stretch(Operator.AFTER, date(2026, 3, 29)).begin == _at(2026, 3, 30)
    assert stretch(Operator.THIS_WEEK, None) == Stretch(_at(2026, 3, 30), _at(2026, 4, 6))
    # A day ago by the wall clock is 23 hours ago, as the clocks changed in between; 24 hours ago is not.
    assert stretch(Operator.OLDER, Span(2, Unit.DAYS)).end == _at(2026, 3, 28, 11, 30)
    assert stretch(Operator.OLDER, Span(48, Unit.HOURS)).end == _at(2026, 3, 28, 10, 30)
    (week,) = days(Operator.LAST, Span(1, Unit.WEEKS), now=now, zone=BERLIN)
    assert week == Stretch(date(2026, 3, 23).toordinal(), date(2026, 3, 31).toordinal())


@pytest.mark.row("S3-27")
def test_the_second_word_of_an_operator_completes_the_operator() -> None:
    found = complete("archived is false and unread is t", 33, CATALOGUE)
    assert [one.text for one in found.candidates] == ["is true"]
    assert found.start == 29
    assert complete("status is n", 11, CATALOGUE).start == 10
