import ast
import re
from pathlib import Path

import pytest

from desktop_inbox.services import code_words
from desktop_inbox.services.code_words import OURS, explain
from desktop_inbox.services.providers import twilio_errors

SERVICES = Path(code_words.__file__).parent


@pytest.mark.row("S1-26")
@pytest.mark.parametrize(
    "code", ["21211", "21408", "21610", "21612", "21614", *(str(30000 + n) for n in (1, 2, 3, 4, 5, 6, 7, 8, 34)),
             "63016", "63024"],
)  # fmt: skip
def test_the_usual_codes_of_twilio_are_told_in_words_with_a_remedy_and_a_link(code: str) -> None:
    word = explain("twilio", code)
    assert word.sentence
    assert code not in word.sentence
    assert word.remedy.endswith(".")
    assert word.link == f"https://www.twilio.com/docs/api/errors/{code}"


@pytest.mark.row("S1-26")
def test_every_code_that_has_a_remedy_has_a_sentence_of_ours() -> None:
    assert [code for code in code_words._TWILIO if not twilio_errors.is_known(code)] == []


@pytest.mark.row("S4-16")
def test_a_stop_at_the_carrier_is_permanent_and_blocked_by_the_carrier() -> None:
    word = explain("twilio", "21610")
    assert word.permanent
    assert word.carrier_blocked
    assert "STOP" in word.sentence
    assert "START" in word.remedy
    assert explain("matrix", "carrier_blocked").carrier_blocked


@pytest.mark.row("S1-26")
@pytest.mark.parametrize("code", ["M_FORBIDDEN", "M_UNKNOWN_TOKEN", "M_LIMIT_EXCEEDED", "M_NOT_FOUND", "M_TOO_LARGE"])
def test_codes_of_matrix_lead_to_its_specification(code: str) -> None:
    word = explain("matrix", code)
    assert word.remedy
    assert word.link.startswith("https://spec.matrix.org/")


@pytest.mark.row("S1-26")
@pytest.mark.parametrize(
    ("kind", "code", "text", "part"),
    [
        ("telegram", "403", "Forbidden: bot was blocked by the user", "blocked"),
        ("telegram", "403", "Forbidden: bot can't initiate conversation with a user", "wrote first"),
        ("telegram", "400", "Bad Request: chat not found", "does not know"),
        ("smsgate", "RESULT_ERROR_NO_SERVICE", "", "no network"),
        ("rapidpro", "no_destination", "", "no channel"),
    ],
)
def test_other_services_are_explained_too(kind: str, code: str, text: str, part: str) -> None:
    word = explain(kind, code, text=text)
    assert part in word.sentence
    assert word.remedy
    assert word.link.startswith("https://")


@pytest.mark.row("S1-26")
def test_an_unknown_code_keeps_the_sentence_that_came_with_it_and_nothing_is_made_up() -> None:
    word = explain("twilio", "99999", text="Twilio says: no idea (error 99999).")
    assert (word.sentence, word.remedy) == ("Twilio says: no idea (error 99999).", "")
    assert word.link.endswith("/99999")
    assert explain("simulator", "").sentence == "No reason was given."


@pytest.mark.row("S1-26")
def test_each_code_of_the_gate_has_words() -> None:
    """Read from the source, so that no new rule is forgotten."""
    found = set(re.findall(r'_(?:refuse|confirm)\(\s*"([a-z_]+)"', (SERVICES / "gate.py").read_text("utf-8")))
    found |= {"channel_paused", "channel_broken", "channel_removed", "looks_opted_out", "outside_hours"}
    found |= {"blocked_term", "sending_paused", "address_gone"}
    assert len(found) > 15
    assert sorted(found - set(OURS)) == []


@pytest.mark.row("S1-26")
def test_each_code_of_the_connection_has_words() -> None:
    tree = ast.parse((SERVICES / "http_errors.py").read_text("utf-8"))
    codes = {
        keyword.value.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "code" and isinstance(keyword.value, ast.Constant)
    }
    assert "dns" in codes
    assert sorted(code for code in codes if code not in OURS) == []


def test_sentences_and_remedies_are_whole_sentences() -> None:
    words = [explain("", code) for code in OURS]
    assert [word.code for word in words if not (word.sentence.endswith(".") and word.remedy.endswith("."))] == []
