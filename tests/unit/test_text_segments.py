"""Segments are counted as a network counts them; the reference packer below walks unit by unit."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_inbox.services.text_segments import GSM_CHARACTERS, Encoding, count, to_gsm

# GSM 03.38 by code, as in the standard: the position is the septet; None is the escape.
GSM_TABLE = [
    0x40, 0xA3, 0x24, 0xA5, 0xE8, 0xE9, 0xF9, 0xEC, 0xF2, 0xC7, 0x0A, 0xD8, 0xF8, 0x0D, 0xC5, 0xE5,
    0x394, 0x5F, 0x3A6, 0x393, 0x39B, 0x3A9, 0x3A0, 0x3A8, 0x3A3, 0x398, 0x39E, None, 0xC6, 0xE6, 0xDF, 0xC9,
    *range(0x20, 0x24), 0xA4, *range(0x25, 0x40),
    0xA1, *range(0x41, 0x5B), 0xC4, 0xD6, 0xD1, 0xDC, 0xA7,
    0xBF, *range(0x61, 0x7B), 0xE4, 0xF6, 0xF1, 0xFC, 0xE0,
]  # fmt: skip
EXTENSION_TABLE = [0x0C, 0x5E, 0x7B, 0x7D, 0x5C, 0x5B, 0x7E, 0x5D, 0x7C, 0x20AC]
BASIC = {chr(code) for code in GSM_TABLE if code is not None}
EXTENDED = {chr(code) for code in EXTENSION_TABLE}


def reference(text: str) -> tuple[str, int, int, int]:
    """Return (encoding, units, segments, units free in the last), packing one character at a time."""
    gsm = all(character in BASIC or character in EXTENDED for character in text)
    if gsm:
        sizes = [1 if character in BASIC else 2 for character in text]
        single, multi = 160, 153
    else:
        sizes = [len(character.encode("utf-16-le", "surrogatepass")) // 2 for character in text]
        single, multi = 70, 67
    total = sum(sizes)
    name = "GSM-7" if gsm else "UCS-2"
    if total <= single:
        return name, total, 1 if total else 0, single - total
    segments, used = 1, 0
    for size in sizes:
        if used + size > multi:
            segments, used = segments + 1, 0
        used += size
    return name, total, segments, multi - used


@pytest.mark.row("C03")
def test_alphabet_is_the_standards() -> None:
    assert len(GSM_TABLE) == 128
    assert BASIC | EXTENDED == GSM_CHARACTERS


@pytest.mark.row("C03", "D-23")
def test_200_strings_against_the_reference_table() -> None:
    rng = random.Random(338)
    basic, extended = sorted(BASIC), sorted(EXTENDED)
    others = ["😀", "漢", "ê", "’", "я", "👨‍👩‍👧", "🇩🇪"]
    checked = 0
    for number in range(200):
        length = rng.choice([0, 1, 69, 70, 71, 134, 135, 152, 153, 154, 159, 160, 161, 306, 307, 459, 700, 1600])
        pool = basic * 3 + extended * (number % 7) + (others if number % 3 == 0 else [])
        text = "".join(rng.choice(pool) for _ in range(length))
        got = count(text)
        assert (str(got.encoding), got.units, got.segments, got.remaining) == reference(text), repr(text)
        checked += 1
    assert checked == 200


@pytest.mark.row("C03")
@given(st.text(st.sampled_from("a€^😀漢é\n"), max_size=400))
def test_any_mixture_agrees_with_the_reference(text: str) -> None:
    got = count(text)
    assert (str(got.encoding), got.units, got.segments, got.remaining) == reference(text)


@pytest.mark.row("C03", "S3-54")
@pytest.mark.parametrize(
    ("text", "encoding", "units", "per_segment", "segments", "remaining"),
    [
        pytest.param("", Encoding.GSM7, 0, 160, 0, 160, id="empty"),
        pytest.param("é", Encoding.GSM7, 1, 160, 1, 159, id="e acute is one septet"),
        pytest.param("€", Encoding.GSM7, 2, 160, 1, 158, id="euro is escaped"),
        pytest.param("a" * 160, Encoding.GSM7, 160, 160, 1, 0, id="full single"),
        pytest.param("a" * 161, Encoding.GSM7, 161, 153, 2, 145, id="two parts"),
        pytest.param("a" * 306, Encoding.GSM7, 306, 153, 2, 0, id="two full parts"),
        pytest.param("a" * 307, Encoding.GSM7, 307, 153, 3, 152, id="three parts"),
        pytest.param("a" * 152 + "€" + "a" * 10, Encoding.GSM7, 164, 153, 2, 141, id="escape is not split"),
        pytest.param("a" * 159 + "€", Encoding.GSM7, 161, 153, 2, 145, id="escape makes it two"),
        pytest.param("😀", Encoding.UCS2, 2, 70, 1, 68, id="emoji"),
        pytest.param("漢" * 70, Encoding.UCS2, 70, 70, 1, 0, id="full single UCS-2"),
        pytest.param("漢" * 66 + "😀" + "漢" * 4, Encoding.UCS2, 72, 67, 2, 61, id="surrogate pair is not split"),
    ],
)
def test_count(text: str, encoding: Encoding, units: int, per_segment: int, segments: int, remaining: int) -> None:
    got = count(text)
    assert (got.encoding, got.units, got.per_segment, got.segments, got.remaining) == (
        encoding,
        units,
        per_segment,
        segments,
        remaining,
    )


@pytest.mark.row("C03", "D-23")
@pytest.mark.parametrize(
    ("text", "index", "character", "replacement"),
    [
        pytest.param("It’s ready", 2, "’", "'", id="curly apostrophe"),
        pytest.param("9–12 h", 1, "–", "-", id="dash"),
        pytest.param("wait…", 4, "…", "...", id="ellipsis"),
        pytest.param("a\u00a0b", 1, "\u00a0", " ", id="hard space"),
        pytest.param("cafe\u0301", 3, "e\u0301", "é", id="composed by one key"),
        pytest.param("\uff21bc", 0, "\uff21", "A", id="full width"),
        pytest.param("\ufb01ne", 0, "\ufb01", "fi", id="ligature"),
        pytest.param("x\u200by", 1, "\u200b", "", id="zero width space vanishes"),
        pytest.param("hi 😀", 3, "😀", None, id="emoji has no equal"),
        pytest.param("fenêtre", 3, "ê", None, id="another letter would be another word"),
        pytest.param("10²", 2, "²", None, id="a power is not a digit"),
        pytest.param("Привет", 0, "П", None, id="another script"),
    ],
)
def test_culprit(text: str, index: int, character: str, replacement: str | None) -> None:
    culprit = count(text).culprit
    assert culprit is not None
    assert (culprit.index, culprit.character, culprit.replacement) == (index, character, replacement)
    if replacement is not None:
        mended = text[:index] + replacement + text[index + len(character) :]
        assert count(mended).encoding is Encoding.GSM7


@pytest.mark.row("D-23")
@given(st.text(max_size=200))
def test_replacing_everything_never_costs_the_alphabet(text: str) -> None:
    if count(text).encoding is Encoding.GSM7:
        assert to_gsm(text) == text
    assert count("plain " + to_gsm("“don’t” – wait…")).encoding is Encoding.GSM7
