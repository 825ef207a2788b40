"""Variables in texts: how they are written, what they become, and that none ever leaves as it was written."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_inbox.services import variables
from desktop_inbox.services.variables import VariableFacts, escape, format_moment, has_variables, resolve

FACTS = VariableFacts(
    values={
        "contact.name": "Maria Ortiz",
        "contact.firstname": "Maria",
        "contact.country": "",
        "contact.room_number": "12b",
        "assignee.name": "",
        "system.current_date": "2026-03-02",
    }
)


@pytest.mark.row("S3-58")
@pytest.mark.parametrize(
    ("text", "expected", "missing"),
    [
        ("Hello $contact.firstname, welcome", "Hello Maria, welcome", ()),
        ("$contact.name.", "Maria Ortiz.", ()),
        ("$CONTACT.FirstName", "Maria", ()),
        ("Room $contact.room_number!", "Room 12b!", ()),
        ("From $contact.country|abroad, today", "From abroad, today", ()),
        ('From $contact.country|"far away": hi', "From far away: hi", ()),
        ("From $contact.country|“far away”.", "From far away.", ()),
        ('Dear$contact.country|""!', "Dear!", ()),
        ("$contact.firstname|you", "Maria", ()),
        ("$contact.country", "$contact.country", ("$contact.country",)),
        ("$contact.country, $contact.country and $assignee.name", None, ("$contact.country", "$assignee.name")),
        ("$contact.nmae|there", "$contact.nmae|there", ("$contact.nmae",)),
        ("It costs $5 or $ 5, $contact or contact.name", "It costs $5 or $ 5, $contact or contact.name", ()),
        ("Write $$contact.name to insert it", "Write $contact.name to insert it", ()),
        ("$$contact.name|x and $$5", "$contact.name|x and $$5", ()),
        ("$system.current_date", "2026-03-02", ()),
        ("$contact.country|l'été.", "l'été.", ()),
        ('To $contact.country|"$contact.name".', 'To $contact.country|"$contact.name".', ("$contact.country",)),
        ("$contact.country| nothing", "$contact.country| nothing", ("$contact.country",)),
    ],
)
def test_a_variable_becomes_its_value_its_fallback_or_stays_and_is_named(text, expected, missing):
    found = resolve(text, FACTS)
    assert found.text == (text if expected is None else expected)
    assert found.unresolved == missing
    assert [text[span.start : span.end].lower().startswith(f"${span.name}") for span in found.spans] == [True] * len(
        found.spans
    )
    assert {f"${span.name}" for span in found.spans if not span.resolved} == set(missing)


@pytest.mark.row("S3-58")
def test_a_value_is_put_in_once_whatever_it_contains():
    facts = VariableFacts(values={"contact.name": "$contact.email", "contact.email": "secret@example.org"})
    assert resolve("Hi $contact.name", facts) == variables.ResolvedText(
        text="Hi $contact.email", spans=resolve("Hi $contact.name", facts).spans
    )
    editable = resolve("Hi $contact.name", facts, editable=True).text
    assert editable == "Hi $$contact.email"
    assert resolve(editable, facts).text == "Hi $contact.email"


@pytest.mark.row("S3-58")
def test_times_are_those_of_the_workspace_and_stay_variables_while_somebody_writes():
    moment = datetime(2026, 3, 2, 23, 30, 5, tzinfo=UTC)
    assert format_moment(moment, ZoneInfo("Asia/Tokyo")) == {
        "system.current_datetime": "2026-03-03 08:30:05",
        "system.current_date": "2026-03-03",
        "system.current_time": "08:30:05",
    }
    assert resolve("It is $system.current_date", FACTS, editable=True).text == "It is $system.current_date"


_NAMES = st.sampled_from([*FACTS.values, "contact.unknown", "assignee.nobody", "system.never"])
_PIECES = st.one_of(
    st.text(max_size=12).filter(lambda text: "$" not in text),
    _NAMES.map(lambda name: f"${name}"),
    st.tuples(_NAMES, st.text(max_size=8)).map(lambda pair: f"${pair[0]}|{pair[1]}"),
    st.tuples(_NAMES, st.text(max_size=8)).map(lambda pair: f'${pair[0]}|"{pair[1]}"'),
    st.sampled_from(["$", "$5", "$contact", "contact.name", "|"]),
)


@pytest.mark.row("D-19")
@given(
    pieces=st.lists(_PIECES, max_size=8),
    values=st.dictionaries(
        st.sampled_from(list(FACTS.values)), st.text(max_size=10).filter(lambda text: "$" not in text)
    ),
)
def test_what_is_resolved_without_complaint_contains_no_variable(pieces, values):
    text = "".join(pieces).replace("$$", "")
    found = resolve(text, VariableFacts(values=values))
    assert found.unresolved or not has_variables(found.text)


@pytest.mark.row("S3-58")
@given(text=st.text(alphabet=st.sampled_from('$contat.nmesyig_|" x'), max_size=60) | st.text(max_size=60))
def test_any_text_can_be_sent_literally(text):
    assert resolve(escape(text), FACTS) == variables.ResolvedText(text=text)


@pytest.mark.row("S3-58")
def test_the_list_of_variables_hides_no_built_in_name_behind_a_field():
    names = variables.known_names(("room_number", "email"))
    assert names.count("$contact.email") == 1
    assert "$contact.room_number" in names
    assert "$system.current_datetime" in names
