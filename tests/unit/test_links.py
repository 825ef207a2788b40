"""What becomes a link, what it opens, and what stays plain text."""

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_inbox.services.links import find_links, is_safe_url

LINKS = [
    ("https://example.com", "https://example.com", "https://example.com", "example.com"),
    ("See http://example.com/a?b=c#d.", "http://example.com/a?b=c#d", "http://example.com/a?b=c#d", "example.com"),
    ("(https://example.com/x)", "https://example.com/x", "https://example.com/x", "example.com"),
    (
        "https://en.wikipedia.org/wiki/Dora_(name), too",
        "https://en.wikipedia.org/wiki/Dora_(name)",
        "https://en.wikipedia.org/wiki/Dora_(name)",
        "en.wikipedia.org",
    ),
    ("HTTPS://Example.COM/Path", "HTTPS://Example.COM/Path", "https://example.com/Path", "example.com"),
    ("www.example.com!", "www.example.com", "https://www.example.com", "www.example.com"),
    ("http://192.168.1.10:8080/x", "http://192.168.1.10:8080/x", "http://192.168.1.10:8080/x", "192.168.1.10:8080"),
    ("http://[::1]/", "http://[::1]/", "http://[::1]/", "[::1]"),
    (
        "https://bücher.example/ä",
        "https://bücher.example/ä",
        "https://xn--bcher-kva.example/%C3%A4",
        "xn--bcher-kva.example",
    ),
    ("https://аррӏе.com/id", "https://аррӏе.com/id", "https://xn--80ak6aa92e.com/id", "xn--80ak6aa92e.com"),
    ("https://例え.jp。", "https://例え.jp", "https://xn--r8jz45g.jp", "xn--r8jz45g.jp"),
    ("https://example.com/\u202egpj.exe", "https://example.com/", "https://example.com/", "example.com"),
]

INERT = [
    "file:///etc/passwd",
    "smb://server/share",
    "\\\\server\\share",
    "//server/share",
    "javascript:alert(1)",
    "data:text/html,<b>x</b>",
    "ms-msdt:/id PCWDiagnostic",
    "ftp://example.com",
    "vbscript:x",
    "tel:+14155550148",
    "mailto:ana@example.com",
    "https://good.example@evil.example/",
    "https://user:secret@example.com/",
    "http://2130706433/",
    "http://0x7f.1/",
    "http://0177.0.0.1/",
    "http:///evil.example",
    "http://example.com:0/",
    "http://example.com:99999/",
    "http://exa%6dple.com/",
    "http://-bad.example/",
    "http://a..b/",
    "http://[::1/",
    "https://",
    "https:\\\\example.com",
    "xhttps://example.com",
    "https://example.com:/",
    "https://example.com/" + "a" * 2100,
    "ana@www.example.com",
]


@pytest.mark.row("S15")
@pytest.mark.parametrize(("text", "shown", "url", "host"), LINKS)
def test_becomes_a_link(text: str, shown: str, url: str, host: str) -> None:
    (link,) = find_links(text)
    assert (text[link.start : link.end], link.url, link.host) == (shown, url, host)
    assert is_safe_url(link.url)


@pytest.mark.row("S15", "P21")
@pytest.mark.parametrize("text", INERT)
def test_stays_plain_text(text: str) -> None:
    assert find_links(text) == ()
    assert not is_safe_url(text)


@pytest.mark.row("S15")
def test_several_links_in_one_text() -> None:
    text = "a https://a.example b http://b.example/?q=1, (www.c.example) https://d.example?x"
    assert [link.host for link in find_links(text)] == ["a.example", "b.example", "www.c.example", "d.example"]


@pytest.mark.row("S15")
def test_a_backslash_ends_a_link_before_it_can_change_the_host() -> None:
    (link,) = find_links("https://good.example\\@evil.example")
    assert link.url == "https://good.example"


@pytest.mark.row("S15", "P30")
@given(st.text(st.sampled_from("htps:/w.@%[]()0x7f-ü\u202e\\ ?#漢\ud800"), max_size=80))
def test_any_text(text: str) -> None:
    for link in find_links(text + " https://" + text):
        assert link.url.startswith(("http://", "https://"))
        assert link.url.isascii()
        assert "@" not in urlsplit(link.url).netloc  # in a fragment it names nobody


@pytest.mark.row("S15", "P30")
def test_long_hostile_text_is_quick() -> None:
    assert find_links("https://a.example/" + ")" * 200_000) == ()
    assert len(find_links("https://a.example/)))) " * 5_000)) == 5_000
