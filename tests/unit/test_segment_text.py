"""The text notation of segments: what it means, what is wrong with it, and that it loses nothing."""

import json
import random
from datetime import UTC, date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop_inbox.models.entities.segment import (
    MAX_CONDITIONS,
    Between,
    Condition,
    DayMonth,
    Group,
    GroupOp,
    Operator,
    Span,
    Unit,
    canonical,
    from_json,
    to_json,
)
from desktop_inbox.models.entities.segment_fields import Catalogue, CustomColumn, Named
from desktop_inbox.services.segment_completion import complete
from desktop_inbox.services.segment_errors import SegmentError
from desktop_inbox.services.segment_print import print_segment
from desktop_inbox.services.segment_text import parse_segment
from desktop_inbox.services.segment_values import Reading, checked
from tests.support.hostile import hostile_strings
from tests.support.segments import Filters

KINDS = ("text", "list", "checkbox", "email", "number", "url", "date", "time")
CATALOGUE = Catalogue(
    custom=tuple(
        CustomColumn(id=key, slug=f"f_{kind}", name=f"F {kind}", kind=kind, choices=("Gold", "Silver plus", 'Q"x'))
        if kind == "list"
        else CustomColumn(id=key, slug=f"f_{kind}", name=f"F {kind}", kind=kind)
        for key, kind in enumerate(KINDS, start=1)
    ),
    tags=(
        Named(id=1, name="VIP"),
        Named(id=2, name="New & shiny"),
        Named(id=3, name='quo"te \\'),
        Named(id=4, name="débit"),
    ),
    lists=(Named(id=1, name="Parents"),),
    channels=(Named(id=1, name="Front desk"), Named(id=2, name="#1")),
    users=(
        Named(id=1, name="Dana"),
        Named(id=2, name="Dana"),
        Named(id=3, name="me"),
        Named(id=4, name="Gone", active=False),
    ),
    segments=(Named(id=1, name="Regulars"), Named(id=2, name="in segment")),
    channel_kinds=("simulator", "twilio"),
)
READING = Reading(catalogue=CATALOGUE, zone=ZoneInfo("Europe/Berlin"), region="US")


def parsed(text: str) -> Group:
    return parse_segment(text, READING)


def one(text: str) -> Condition:
    group = parsed(text)
    assert len(group.children) == 1
    child = group.children[0]
    assert isinstance(child, Condition)
    return child


O_ = Operator


@pytest.mark.row("SEG-3", "S3-27")
@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ('name = "Ana María"', Condition("name", O_.EQ, "Ana María")),
        ("name is Ana", Condition("name", O_.EQ, "Ana")),
        ("name != Ana", Condition("name", O_.NE, "Ana")),
        ("name has an", Condition("name", O_.HAS, "an")),
        ("Name !~ an", Condition("name", O_.HAS_NOT, "an")),
        ("company ^ Ac", Condition("company", O_.STARTS, "Ac")),
        ("company $ Ltd", Condition("company", O_.ENDS, "Ltd")),
        ('company = ""', Condition("company", O_.UNSET)),
        ('company != ""', Condition("company", O_.SET)),
        ("company set", Condition("company", O_.SET)),
        ("company in (Acme, “Bolt & Co”)", Condition("company", O_.IN, ("Acme", "Bolt & Co"))),
        ("company not in (Acme)", Condition("company", O_.NOT_IN, ("Acme",))),
        ("phone = (415) 555-0148".replace("(", "").replace(") ", "-"), Condition("phone", O_.EQ, "+14155550148")),
        ('phone = "(415) 555-0148"', Condition("phone", O_.EQ, "+14155550148")),
        ("tel ~ 555-01", Condition("address.tel", O_.HAS, "55501")),
        ("email = Ana@Example.ORG", Condition("email", O_.EQ, "ana@example.org")),
        ("unread_count > 2", Condition("unread_count", O_.GT, 2.0)),
        ("unread_count between 2..5", Condition("unread_count", O_.BETWEEN, Between(2.0, 5.0))),
        ("unread_count between 5 and 2", Condition("unread_count", O_.BETWEEN, Between(2.0, 5.0))),
        ("created_on on 2026-03-01", Condition("created_on", O_.ON, date(2026, 3, 1))),
        ("created_on = 2026-03-01", Condition("created_on", O_.ON, date(2026, 3, 1))),
        ("created_on > 2026-03-01", Condition("created_on", O_.AFTER, date(2026, 3, 1))),
        ("created_on >= 2026-03-01", Condition("created_on", O_.GE, date(2026, 3, 1))),
        (
            'created_on before datetime("2026-03-01T14:30")',
            Condition("created_on", O_.BEFORE, datetime(2026, 3, 1, 13, 30, tzinfo=UTC)),
        ),
        (
            "created_on between 2026-03-01 .. 2026-03-31",
            Condition("created_on", O_.BETWEEN, Between(date(2026, 3, 1), date(2026, 3, 31))),
        ),
        ("last_inbound_on last 30 minutes", Condition("last_inbound_on", O_.LAST, Span(30, Unit.MINUTES))),
        ("snoozed_until next 1 week", Condition("snoozed_until", O_.NEXT, Span(1, Unit.WEEKS))),
        ("waiting_since older than 1day", Condition("waiting_since", O_.OLDER, Span(1, Unit.DAYS))),
        ("created_on today", Condition("created_on", O_.TODAY)),
        ("created_on this week", Condition("created_on", O_.THIS_WEEK)),
        ("fields.f_date day-month = 02-29", Condition("fields.f_date", O_.DAY_MONTH, DayMonth(2, 29))),
        ("f_date day-month 3-1", Condition("fields.f_date", O_.DAY_MONTH, DayMonth(3, 1))),
        ("f_time before 14:30", Condition("fields.f_time", O_.BEFORE, time(14, 30))),
        ("status is Done", Condition("status", O_.IS, "done")),
        ("status != done", Condition("status", O_.IS_NOT, "done")),
        ("priority any of (high, urgent)", Condition("priority", O_.ANY_OF, ("high", "urgent"))),
        ("tags any of (vip, “new & shiny”)", Condition("tags", O_.ANY_OF, (1, 2))),
        ("tag = vip", Condition("tags", O_.ANY_OF, (1,))),
        ("tags all of (vip débit)", Condition("tags", O_.ALL_OF, (1, 4))),
        ("tags none of (#2)", Condition("tags", O_.NONE_OF, (2,))),
        ("tags unset", Condition("tags", O_.UNSET)),
        ("assignee is me", Condition("assignee", O_.IS, "me")),
        ('assignee is "me"', Condition("assignee", O_.IS, 3)),
        ("assignee none of (nobody, inactive, #2)", Condition("assignee", O_.NONE_OF, ("nobody", "inactive", 2))),
        ("snoozed is true", Condition("snoozed", O_.IS_TRUE)),
        ("snoozed = no", Condition("snoozed", O_.IS_FALSE)),
        ("window expires within 2 hours", Condition("window", O_.EXPIRES, Span(2, Unit.HOURS))),
        ("in segment Regulars", Condition("segment", O_.IN_SEGMENT, 1)),
        ('not in segment "in segment"', Condition("segment", O_.NOT_IN_SEGMENT, 2)),
        ("group = regulars", Condition("segment", O_.IN_SEGMENT, 1)),
        ("channel is “Front desk”", Condition("channel", O_.IS, 1)),
        ("channel_type is twilio", Condition("channel_type", O_.IS, "twilio")),
        ("message_text ~ “two words”", Condition("message_text", O_.HAS, "two words")),
        ("+14155550148", Condition("phone", O_.HAS, "14155550148")),
        ("555-0148", Condition("phone", O_.HAS, "5550148")),
        ("ana@example.org", Condition("email", O_.EQ, "ana@example.org")),
        ("@ana:example.org", Condition("address.matrix", O_.EQ, "@ana:example.org")),
        ("“Ana María”", Condition("name", O_.HAS, "Ana María")),
        ("李", Condition("name", O_.HAS, "李")),
        ("unread", Condition("name", O_.HAS, "unread")),
    ],
)  # fmt: skip
def test_every_form_has_its_meaning(text: str, condition: Condition) -> None:
    assert one(text) == condition
    again = print_segment(parsed(text), CATALOGUE)
    assert one(again) == condition, again


A, B, C = (Condition("name", O_.HAS, name) for name in ("aa", "bb", "cc"))
ALL, ANY, NONE = GroupOp.ALL, GroupOp.ANY, GroupOp.NONE


@pytest.mark.row("SEG-3")
@pytest.mark.parametrize(
    ("text", "group"),
    [
        ("", Group(ALL)),
        ("aa bb", Group(ALL, (A, B))),
        ("aa AND bb cc", Group(ALL, (A, B, C))),
        ("aa or bb cc", Group(ANY, (A, Group(ALL, (B, C))))),
        ("(aa or bb) cc", Group(ALL, (Group(ANY, (A, B)), C))),
        ("((aa)) or (bb or cc)", Group(ANY, (A, B, C))),
        ("not aa", Group(NONE, (A,))),
        ("not (aa or bb)", Group(NONE, (A, B))),
        ("none (aa or bb) cc", Group(ALL, (Group(NONE, (A, B)), C))),
        ("not (aa bb)", Group(NONE, (Group(ALL, (A, B)),))),
        ("not not aa", Group(NONE, (Group(NONE, (A,)),))),
    ],
)
def test_and_binds_before_or(text: str, group: Group) -> None:
    assert parsed(text) == group
    assert parsed(print_segment(group, CATALOGUE)) == group


@pytest.mark.row("SEG-8")
@pytest.mark.parametrize(
    ("text", "code", "marked", "suggestion"),
    [
        ("nmae = Ana", "unknown_property", "nmae", "name"),
        ("bot_on is true", "unknown_property", "bot_on", None),
        ("unread_count > many", "invalid_number", "many", None),
        ("created_on last some days", "invalid_number", "some days", None),
        ("created_on on 2026-13-01", "invalid_date", "2026-13-01", None),
        ("created_on on yesterday", "invalid_date", "yesterday", None),
        ("created_on on 2026-03-01T10:00", "invalid_date", "2026-03-01T10:00", 'datetime("2026-03-01T10:00")'),
        ("created_on last 3 moons", "invalid_date", "3 moons", None),
        ("f_date day-month 13-01", "invalid_date", "13-01", None),
        ("f_time before 25:00", "invalid_time", "25:00", None),
        ("in segment Regular", "invalid_group", "Regular", '"Regulars"'),
        ("tags any of (VPI)", "invalid_tag", "VPI", '"VIP"'),
        ("lists = Nobody", "invalid_list", "Nobody", None),
        ("assignee is Danna", "invalid_user", "Danna", '"Dana"'),
        ("assignee is Dana", "invalid_user", "Dana", "#1 or #2"),
        ("channel is Desk", "invalid_channel", "Desk", None),
        ("status is dnoe", "invalid_status", "dnoe", "done"),
        ("priority is hgih", "invalid_choice", "hgih", "high"),
        ("f_list is Copper", "invalid_choice", "Copper", None),
        ("language = english", "invalid_language", "english", None),
        ("country = Germany", "invalid_country", "Germany", None),
        ("email = ana", "invalid_address", "ana", None),
        ("status ~ do", "unsupported_contains", "~", None),
        ("unread_count has 1", "unsupported_contains", "has", None),
        ("name > 3", "unsupported_comparison", ">", None),
        ("tags between 1..2", "unsupported_comparison", "between", None),
        ("status set", "unsupported_set_check", "set", None),
        ('status = ""', "unsupported_set_check", '= ""', None),
        ("name older than 3 days", "unsupported_operator", "older than", None),
        ("name ~ a", "partial_name_too_short", "a", None),
        ("b", "partial_name_too_short", "b", None),
        ("message_text ~ !", "syntax", "!", None),
        ('message_text ~ "?"', "partial_name_too_short", '"?"', None),
        ("phone ~ 12", "partial_address_too_short", "12", None),
        ("email ~ an", "partial_address_too_short", "an", None),
        ("name = ", "value_missing", "", None),
        ("tags any of ()", "value_missing", "(", None),
        ("unread_count between 3", "value_missing", "", ".."),
        ("aa and", "value_missing", "", None),
        ("aa or )", "syntax", ")", None),
        ("aa ) bb", "syntax", ")", None),
        ("and aa", "syntax", "and", None),
        ("(aa or bb", "open_parenthesis", "(", ")"),
        ("tags any of (VIP", "open_parenthesis", "(", ")"),
        ('name = "Ana', "open_quote", '"Ana', '"'),
    ],
)
def test_errors_say_what_and_where(text: str, code: str, marked: str, suggestion: str | None) -> None:
    with pytest.raises(SegmentError) as caught:
        parsed(text)
    error = caught.value
    assert (error.code, text[error.start : error.end]) == (f"segment.{code}", marked)
    assert error.message
    assert error.hint
    if suggestion is not None:
        assert error.suggestion == suggestion


@pytest.mark.row("SEG-6")
def test_a_filter_has_limits() -> None:
    assert len(parsed("aa " * MAX_CONDITIONS).children) == MAX_CONDITIONS
    nested = "not (" * 19 + "aa or bb" + ")" * 19
    assert parsed(nested)
    for text, code in (
        ("aa " * (MAX_CONDITIONS + 1), "too_complex"),
        ("not (" * 21 + "aa" + ")" * 21, "too_deep"),
        ("(" * 5000 + "aa" + ")" * 5000, "too_deep"),
        ("name in (" + "aa," * 50 + ",".join(f"n{number}" for number in range(101)) + ")", "too_complex"),
        ("x" * 300, "too_long"),
        ("aa " * 50_000, "too_complex"),
    ):
        with pytest.raises(SegmentError) as caught:
            parsed(text)
        assert caught.value.code == f"segment.{code}"


@pytest.mark.row("D-16", "SEG-3")
@pytest.mark.parametrize("seed", range(5))
def test_text_tree_and_json_say_the_same(seed: int) -> None:
    filters = Filters(random.Random(seed), CATALOGUE)
    for _ in range(1000):
        group = canonical(filters.group())
        text = print_segment(group, CATALOGUE)
        again = parsed(text)
        stored = from_json(json.loads(json.dumps(to_json(again))))
        assert stored == again
        assert print_segment(again, CATALOGUE) == text
        # Values may have another spelling in the one form they are kept in; what is parsed is in that form.
        assert canonical(_checked(group)) == again, text


def _checked(group: Group) -> Group:
    return Group(
        group.op,
        tuple(checked(child, READING) if isinstance(child, Condition) else _checked(child) for child in group.children),
    )


@pytest.mark.parametrize(
    "stored",
    [
        None,
        [],
        {},
        {"all": []} | {"any": []},
        {"most": []},
        {"all": [{"field": "name"}]},
        {"all": [{"field": "name", "op": "=="}]},
        {"all": [{"field": "name", "op": "=", "value": True}]},
        {"all": [{"field": "name", "op": "=", "value": {"date": "soon"}}]},
        {"all": [{"field": "name", "op": "in", "value": [["a"]]}]},
    ],
)
def test_what_is_no_filter_is_refused(stored: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the service says it in words
        from_json(stored)


@pytest.mark.parametrize(
    "condition",
    [
        Condition("nowhere", O_.EQ, "x"),
        Condition("name", O_.GT, 3.0),
        Condition("name", O_.EQ, 3.0),
        Condition("name", O_.EQ, None),
        Condition("unread_count", O_.EQ, "3"),
        Condition("unread_count", O_.EQ, float("nan")),
        Condition("unread_count", O_.BETWEEN, 3.0),
        Condition("created_on", O_.ON, "2026-03-01"),
        Condition("created_on", O_.ON, date(9999, 12, 31)),
        Condition("created_on", O_.LAST, Span(10**9, Unit.WEEKS)),
        Condition("created_on", O_.LAST, 3.0),
        Condition("tags", O_.ANY_OF, (99,)),
        Condition("tags", O_.ANY_OF, ()),
        Condition("tags", O_.ANY_OF, "VIP"),
        Condition("status", O_.IS, "gone"),
        Condition("name", O_.EQ, "nul\x00"),
    ],
)
def test_conditions_from_elsewhere_are_checked(condition: Condition) -> None:
    with pytest.raises(SegmentError):
        checked(condition, READING)


@pytest.mark.row("SEG-8")
@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from(' ()"=~!<>^$,.#-\\andortins')), max_size=60))
@settings(max_examples=150, deadline=None, derandomize=True)
def test_no_text_does_more_harm_than_an_error(text: str) -> None:
    complete(text, len(text), CATALOGUE)
    wrong: SegmentError | None = None
    try:
        group = parsed(text)
    except SegmentError as error:
        wrong = error
    if wrong is None:
        assert parsed(print_segment(group, CATALOGUE)) == group
    else:
        assert 0 <= wrong.start <= wrong.end <= len(text)
        assert wrong.hint


@pytest.mark.row("P21")
@pytest.mark.parametrize("value", hostile_strings(Path("picture.png")))
def test_hostile_values_stay_values(value: str) -> None:
    group = Group(GroupOp.ALL, (Condition("company", O_.EQ, value.strip()),))
    try:
        checked(group.children[0], READING)  # type: ignore[arg-type]
    except SegmentError:  # too long, or nothing that could be stored
        return
    assert parsed(print_segment(group, CATALOGUE)) == group
