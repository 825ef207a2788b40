"""Blocked words are whole words, links are domains; neither is got round by how a text is written."""

import pytest

from desktop_inbox.services.term_match import digest, domain_key, matcher, word_key


def found(text: str, *terms: str, links: tuple[str, ...] = ()) -> set[str]:
    words = tuple(("word", word_key(term), term) for term in terms)
    domains = tuple(("link", domain_key(link), link) for link in links)
    return {term for _key, term in matcher((*words, *domains)).find(text)}


@pytest.mark.row("S5-24")
@pytest.mark.parametrize(
    "text",
    ["Greetings from Scunthorpe", "Essex, Sussex and Middlesex", "A cocktail and an assessment", "cuntline"],
)
def test_words_inside_words_are_no_match(text: str) -> None:
    assert found(text, "cunt", "sex", "cock", "ass") == set()


@pytest.mark.row("S5-24")
@pytest.mark.parametrize(
    "text",
    [
        "Free CASINO night",
        "casino!",
        "(Casino)",
        "the_casino_is_open",
        "cas\u200bino",  # a space that nobody sees
        "c\u00adasino",  # a soft hyphen
        "ｃａｓｉｎｏ",  # wide letters
        "CASİNO",
        "cásíñö",
        "ca\u0301sino",
        "casi\u2060no\u200d",
    ],
)
def test_case_accents_widths_and_what_nobody_sees_do_not_hide_a_word(text: str) -> None:
    assert found(text, "casino") == {"casino"}
    assert found(text, "CÁSINO") == {"CÁSINO"}


@pytest.mark.row("S5-24")
def test_several_words_stand_side_by_side() -> None:
    assert found("Get CBD-Oil now", "cbd oil") == {"cbd oil"}
    assert found("Get oil, cbd", "cbd oil") == set()
    assert found("cbd\n\n oil", "cbd oil") == {"cbd oil"}
    assert found("Straße", "strasse") == {"strasse"}
    assert found("来玩赌博吧", "赌博") == {"赌博"}  # written without spaces
    assert found("nice 🎰 here", "🎰") == {"🎰"}


@pytest.mark.row("S5-24")
@pytest.mark.parametrize(
    "text",
    [
        "See bit.ly/abc",
        "https://BIT.LY/abc?x=1",
        "http://www.bit.ly",
        "//deep.er.bit.ly:8080/x",
        "b%69t.ly/abc",
        "bit。ly",
        "bi\u200bt.ly",
        "ｂｉｔ．ｌｙ",
        "https://example.org@bit.ly/x",
        "Ends with bit.ly.",
    ],
)
def test_a_domain_is_found_with_everything_below_it(text: str) -> None:
    assert found(text, links=("bit.ly",)) == {"bit.ly"}


@pytest.mark.row("S5-24")
@pytest.mark.parametrize("text", ["rabbit.ly", "bit.lyon.example", "notbit.ly/bit", "bit-ly.example", "a bit. Lying"])
def test_other_domains_are_no_match(text: str) -> None:
    assert found(text, links=("bit.ly",)) == set()


@pytest.mark.row("S5-24")
def test_domains_in_letters_and_in_ascii_are_one() -> None:
    for listed in ("bücher.example", "xn--bcher-kva.example", "https://www.BÜCHER.example/shop"):
        assert domain_key(listed) == "xn--bcher-kva.example"
        assert found("auf shop.bücher.example", links=(listed,)) == {listed}
        assert found("auf XN--BCHER-KVA.example", links=(listed,)) == {listed}
    assert domain_key("example") == ""
    assert domain_key("*.example.com") == "example.com"
    assert domain_key("user:pw@example.com:443/x") == "example.com"


@pytest.mark.row("S5-26")
def test_a_text_is_known_by_what_it_says() -> None:
    assert digest("Casino  Night") == digest("casino night\u200b")
    assert digest("casino nights") != digest("casino night")


@pytest.mark.row("S5-24")
def test_long_texts_and_lists_take_no_time() -> None:
    terms = tuple(("word", f"word{number}", "x") for number in range(5_000))
    looking = matcher(terms)
    assert looking.find("lorem ipsum dolor " * 2_000) == ()
    assert [key for key, _term in looking.find("lorem word4999 ipsum")] == ["word4999"]


@pytest.mark.timeout(20)
@pytest.mark.row("S5-24")
@pytest.mark.parametrize("sign", ["x", "a-", "a.", "%41"])
def test_no_text_keeps_it_busy(sign: str) -> None:
    text = sign * 150_000
    links = matcher((("link", "evil.example", "evil.example"),))
    assert links.find(text) == ()
    assert links.find(f"{text} {'a.' * 500}evil.example") == (("evil.example", "evil.example"),)


@pytest.mark.row("S5-24")
@pytest.mark.parametrize(
    "link", ["Evil.example:80", "https://evil.example:443/x", "me:pw@evil.example", "http:evil.example"]
)
def test_a_port_is_no_part_of_a_domain(link: str) -> None:
    assert domain_key(link) == "evil.example"
