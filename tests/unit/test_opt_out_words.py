"""Opt-out spellings that must stop everything at once, and texts that must not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_inbox.services.opt_out_words import Keyword, KeywordLists, classify, normalise

OPT_OUT = [
    "STOP", "stop", "Stop", "sToP", " stop ", "stop.", "STOP!", "Stop!!!", "stop?", "\tstop\n",
    "\u00a0stop\u00a0", "\u3000STOP", "ＳＴＯＰ", "ｓｔｏｐ．", "𝐒𝐓𝐎𝐏", "Ⓢⓣⓞⓟ", "s t o p", "S.T.O.P.", "s-t-o-p",
    "🛑 STOP",
    "STOP 🛑🙏", "stop😡", "“STOP”", "'stop'", "*STOP*", "_stop_", "(stop)", "[STOP]", "«stop»", "st\u200bop",
    "\ufeffSTOP", "STOP\u200e", "stop\u00ad", "STOP ALL", "stopall", "StopAll.", "STOP-ALL", "END", "end.", "Quit",
    "QUIT!", "CANCEL", "Cancel.", "c a n c e l", "UNSUBSCRIBE", "Unsubscribe!", "unsubscribe ", "REVOKE",
    "revoke.", "OPTOUT",
    "OPT OUT", "opt-out", "Opt‑out.", "REMOVE", "remove!", "ARRET", "arrêt", "ARRÊT.", "TD", "t.d.",
]  # fmt: skip

NOT_OPT_OUT = [
    "stop by tomorrow", "please stop", "Stop please", "STOP PLEASE", "bus stop",
    "the stop is on Main Street", "non-stop",
    "stopp", "stopping by later", "don't stop", "I will stop by at 5", "Can you stop the deliveries?",
    "weekend", "The end",
    "end of the week works", "in the end we took the blue one", "send", "friend", "quite",
    "I quit smoking", "quitting time",
    "cancel my appointment", "Please cancel", "cancelled", "canceled?", "can cell phones be used", "unsubscribed",
    "how do I unsubscribe", "remove the stitches on Monday", "removed", "opt out of the insurance",
    "option", "revoked", "arrets",
    "TDs", "leave me alone", "", "   ", "🛑", "hello",
]  # fmt: skip


@pytest.mark.row("S4-13", "P7")
@pytest.mark.parametrize("text", OPT_OUT)
def test_opts_out(text: str) -> None:
    assert classify(text) is Keyword.OPT_OUT


@pytest.mark.row("S4-13", "P7")
@pytest.mark.parametrize("text", NOT_OPT_OUT)
def test_does_not_opt_out(text: str) -> None:
    assert classify(text) is not Keyword.OPT_OUT


@pytest.mark.row("P7")
def test_corpus_has_the_promised_size() -> None:
    assert (len(set(OPT_OUT)), len(set(NOT_OPT_OUT))) == (60, 40)


@pytest.mark.row("S4-13", "P7")
@pytest.mark.parametrize(
    "text",
    [
        "stop by tomorrow", "please stop", "STOP PLEASE", "Please STOP texting me", "pls cancel",
        "remove me please",
        "how do I unsubscribe", "leave me alone", "Leave us alone!!", "take me off your list", "do not text me",
        "don’t message me again", "No more messages", "I want to opt out", "wrong number", "lose my number",
        "cancel my subscription", "end these texts", "стоп", "退订", "停止", "Stopp", "Abmelden", "not interested",
        "Quit sending me texts", "delete my number", "never contact me again", "stop it",
    ],
)  # fmt: skip
def test_is_shown_to_a_person(text: str) -> None:
    assert classify(text) is Keyword.LOOKS_LIKE_OPT_OUT


@pytest.mark.row("S4-13")
@pytest.mark.parametrize(
    "text",
    [
        "hello", "see you at the weekend", "cancel my appointment", "I quit smoking",
        "in the end we took the blue one",
        "remove the stitches on Monday", "Thanks, that helps!", "please send the invoice",
        "my friend will pick it up",
        "What are your opening hours?", "🛑", "", "...", "not today, but write me tomorrow",
        "I did not get your address",
    ],
)  # fmt: skip
def test_is_left_alone(text: str) -> None:
    assert classify(text) is Keyword.NONE


@pytest.mark.row("S4-14", "C9")
@pytest.mark.parametrize(
    ("text", "keyword"),
    [
        ("START", Keyword.OPT_IN),
        ("start.", Keyword.OPT_IN),
        ("UNSTOP", Keyword.OPT_IN),
        ("ＵＮＳＴＯＰ", Keyword.OPT_IN),
        ("yes", Keyword.NONE),
        ("hello", Keyword.NONE),
        ("start tomorrow", Keyword.NONE),
        ("HELP", Keyword.HELP),
        ("Info?", Keyword.HELP),
        ("help me please", Keyword.NONE),
    ],
)
def test_opt_in_and_help(text: str, keyword: Keyword) -> None:
    assert classify(text) is keyword


@pytest.mark.row("S4-13")
def test_an_office_has_its_own_words() -> None:
    lists = KeywordLists(opt_out=("BAJA", "no más"), opt_in=("alta",))
    assert classify("¡Baja!", lists) is Keyword.OPT_OUT
    assert classify("NO MAS", lists) is Keyword.OPT_OUT
    assert classify("Alta", lists) is Keyword.OPT_IN
    assert classify("stop", lists) is Keyword.LOOKS_LIKE_OPT_OUT


@pytest.mark.row("P7", "P30")
@given(st.text(max_size=300))
def test_any_text_has_an_answer_and_decoration_changes_nothing(text: str) -> None:
    assert classify(text) in Keyword
    assert normalise(normalise(text)) == normalise(text)
    assert classify(f" «{text}» 😀!") is classify(text) or not normalise(text)
