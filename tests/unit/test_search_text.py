"""Words, queries and marks."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_inbox.models.search_text import WORD_LIMIT, Term, fold, index_words, marks, parse, snippet, tokens

ODD = st.text(st.characters(), max_size=60)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Hello, World! don't", ["hello", "world", "don", "t"]),
        ("Müller ŁÓDŹ İstanbul Ærø Straße", ["muller", "lodz", "istanbul", "aero", "strasse"]),
        ("Cafe\u0301", ["cafe"]),
        ("我们明天", ["我们", "们明", "明天", "天"]),
        ("สวัสดี", ["สว", "วั", "ัส", "สด", "ดี", "ี"]),
        ("한국어 말", ["한국", "국어", "어", "말"]),
        ("ﾊﾟｿｺﾝ", ["パソ", "ソコ", "コン", "ン"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("مُحَمَّد", ["محمد"]),
        ("ＦＵＬＬ　width", ["full", "width"]),
        ("a_b 50% #7", ["a", "b", "50", "7"]),
        ("", []),
        ("\x00\ud800🙂", []),
    ],
)
def test_words_of_a_text(text: str, words: list[str]) -> None:
    assert index_words(text) == words


@pytest.mark.parametrize(
    ("query", "terms"),
    [
        ("hello wor", (Term(words=("hello",)), Term(words=("wor",), prefix=True))),
        ("hello ", (Term(words=("hello",)),)),
        ('"foo bar" baz', (Term(words=("foo", "bar")), Term(words=("baz",), prefix=True))),
        ("„foo bar“", (Term(words=("foo", "bar")),)),
        ('"half a phr', (Term(words=("half", "a", "phr"), prefix=True),)),
        ("a", ()),
        ("plan b", (Term(words=("plan",)),)),
        ("don't", (Term(words=("don", "t"), prefix=True),)),
        ("明", (Term(words=("明",), prefix=True),)),
        ("明天见", (Term(words=("明天", "天见")),)),
        ("x手机", (Term(words=("x",)), Term(words=("手机",)))),
        ('* NEAR( "" AND OR -', (Term(words=("near",)), Term(words=("and",)), Term(words=("or",)))),
        ("", ()),
    ],
)
def test_a_query_becomes_terms(query: str, terms: tuple[Term, ...]) -> None:
    assert parse(query) == terms


@given(ODD)
def test_places_of_words_agree_with_the_indexed_words(text: str) -> None:
    assert [token.word for token in tokens(fold(text))] == index_words(text)
    assert all(0 < len(word) <= WORD_LIMIT for word in index_words(text))


@given(ODD)
def test_composed_and_decomposed_spelling_are_the_same(text: str) -> None:
    assert index_words(unicodedata.normalize("NFD", text)) == index_words(unicodedata.normalize("NFC", text))


@given(ODD, ODD)
def test_marks_lie_inside_the_snippet_in_order(text: str, query: str) -> None:
    shown, found = snippet(text * 5, parse(query))
    assert "\n" not in shown
    assert len(shown) <= 162
    end = 0
    for start, length in found:
        assert start >= end
        assert length > 0
        end = start + length
    assert end <= len(shown)


@given(ODD)
def test_every_word_of_a_text_marks_it(text: str) -> None:
    composed = unicodedata.normalize("NFC", text)
    for word in index_words(composed):
        assert marks(composed, (Term(words=(word,)),)) or fold(composed) == ""


@pytest.mark.row("L16")
@pytest.mark.parametrize(
    ("text", "query", "marked"),
    [
        ("Die Größe der Straße", "strasse grosse", ["Größe", "Straße"]),
        ("appointment on Monday", "appoint mon", ["Mon"]),
        ("appointment on Monday", "appointment mon", ["appointment", "Mon"]),
        ("we meet, meet again", '"meet again"', ["meet again"]),
        ("我们明天见", "明天", ["明天"]),
        ("lorem " * 60 + "needle in it", "needle", ["needle"]),
        ("line\nbreak needle", "needle", ["needle"]),
    ],
)
def test_marks_show_what_was_found(text: str, query: str, marked: list[str]) -> None:
    shown, found = snippet(text, parse(query))
    assert [shown[start : start + length] for start, length in found] == marked
