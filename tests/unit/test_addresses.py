"""One spelling for each address, and a plain reason for what is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_inbox.errors import InvalidInputError
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.services.addresses import country_of, display, from_provider, normalise
from desktop_inbox.services.plain_text import check_storable, clean_name, make_storable, show_hidden


@pytest.mark.row("S4-27")
@pytest.mark.parametrize(
    ("scheme", "typed", "path"),
    [
        (Scheme.TEL, "(415) 555-0148", "+14155550148"),
        (Scheme.TEL, "415.555.0148", "+14155550148"),
        (Scheme.TEL, "1 415 555 0148", "+14155550148"),
        (Scheme.TEL, "+44 20 7946 0958", "+442079460958"),
        (Scheme.TEL, "011 44 20 7946 0958", "+442079460958"),
        (Scheme.TEL, "tel:+1-415-555-0148", "+14155550148"),
        (Scheme.TEL, "\u202a+1 415 555 0148\u202c", "+14155550148"),
        (Scheme.TEL, "＋１４１５５５５０１４８", "+14155550148"),
        (Scheme.TEL, "+٤٩ ٣٠ ٩٠١٨٢٠", "+4930901820"),
        (Scheme.TEL, "+39 06 698 1234", "+39066981234"),
        (Scheme.WHATSAPP, "whatsapp:+14155550148", "+14155550148"),
        (Scheme.TELEGRAM, " 123456789 ", "123456789"),
        (Scheme.TELEGRAM, "-1001234567890", "-1001234567890"),
        (Scheme.MATRIX, "@ana:Example.ORG", "@ana:example.org"),
        (Scheme.MATRIX, "https://matrix.to/#/@ana:example.org", "@ana:example.org"),
        (Scheme.MATRIX, "matrix:u/ana:example.org", "@ana:example.org"),
        (Scheme.MATRIX, "@ana:localhost:8448", "@ana:localhost:8448"),
        (Scheme.MATRIX, "!AbCdEf:example.org", "!AbCdEf:example.org"),
        (Scheme.EMAIL, "mailto:Ana.Diaz@Example.org", "ana.diaz@example.org"),
    ],
)
def test_normalise(scheme: Scheme, typed: str, path: str) -> None:
    assert normalise(scheme, typed, region="US") == path
    assert normalise(scheme, path, region="US") == path


@pytest.mark.row("S4-27", "P30")
@pytest.mark.parametrize(
    ("scheme", "typed", "code"),
    [
        (Scheme.TEL, "", "address_empty"),
        (Scheme.TEL, "hello", "address_invalid"),
        (Scheme.TEL, "555-0148", "address_length"),
        (Scheme.TEL, "911", "address_length"),
        (Scheme.TEL, "+1415555014812345", "address_length"),
        (Scheme.TEL, "+999 1234567", "address_country"),
        (Scheme.TEL, "415 555 0148 ext. 12", "address_extension"),
        (Scheme.TEL, "+1415\x005550148", "text_not_storable"),
        (Scheme.TEL, "+14155550148\ud800", "text_not_storable"),
        (Scheme.TELEGRAM, "ana", "address_invalid"),
        (Scheme.TELEGRAM, "007", "address_invalid"),
        (Scheme.MATRIX, "ana", "address_invalid"),
        (Scheme.MATRIX, "@ana", "address_invalid"),
        (Scheme.MATRIX, "@ana:exa mple.org", "address_invalid"),
        (Scheme.MATRIX, "@" + "a" * 229 + ":" + "b" * 100, "address_invalid"),
        (Scheme.EMAIL, "ana@", "address_invalid"),
        (Scheme.EMAIL, "ana@@example.org", "address_invalid"),
        (Scheme.EMAIL, "ana@example", "address_invalid"),
    ],
)
def test_refused_with_a_reason(scheme: Scheme, typed: str, code: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        normalise(scheme, typed, region="US")
    assert caught.value.code == code
    assert caught.value.message.endswith(".")


@pytest.mark.row("S4-27")
def test_without_a_region_only_international_numbers_are_complete() -> None:
    assert normalise(Scheme.TEL, "+44 20 7946 0958", region="") == "+442079460958"
    with pytest.raises(InvalidInputError, match="no country code"):
        normalise(Scheme.TEL, "020 7946 0958", region="")
    assert normalise(Scheme.TEL, "020 7946 0958", region="gb") == "+442079460958"


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("72345", "72345"),
        ("PHARMACY", "PHARMACY"),
        ("Dr. Kim & Co", "Dr. Kim & Co"),
        ("+14155550148", "+14155550148"),
        ("whatsapp:+14155550148", "+14155550148"),
        ("12", "12"),
        ("+1415\u202e5550148x", "+1415[U+202E]5550148x"),
    ],
)
def test_what_a_provider_delivers_is_never_lost(written: str, path: str) -> None:
    scheme = Scheme.WHATSAPP if written.startswith("whatsapp:") else Scheme.TEL
    assert from_provider(scheme, written) == path


@pytest.mark.parametrize(
    ("path", "region", "shown"),
    [
        ("+14155550148", "US", "(415) 555-0148"),
        ("+14155550148", "", "+1 415-555-0148"),
        ("+442079460958", "US", "+44 20 7946 0958"),
        ("+16045550148", "CA", "(604) 555-0148"),
        ("72345", "US", "72345"),
    ],
)
def test_display(path: str, region: str, shown: str) -> None:
    assert display(Scheme.TEL, path, region=region) == shown


def test_country() -> None:
    assert (country_of("+442079460958"), country_of("72345")) == ("GB", "")


@pytest.mark.row("P30")
@given(st.sampled_from(Scheme), st.text(max_size=60))
def test_any_text_is_normalised_stably_or_refused(scheme: Scheme, text: str) -> None:
    try:
        path = normalise(scheme, text, region="US")
    except InvalidInputError:
        return
    assert normalise(scheme, path, region="US") == path
    assert display(scheme, path)


@pytest.mark.row("S33")
@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("  Ana \n Díaz ", "Ana Díaz"),
        ("Ana\u202eziD", "AnaziD"),
        ("\u2067محمد\u2069", "محمد"),
        ("A\x07n\x00a", "Ana"),
        ("👩\u200d🔬 Kim", "👩\u200d🔬 Kim"),
        (
            "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
            "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        ),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("x" * 500, "x" * 119 + "…"),
        ("\u202e\u200b", ""),
    ],
)
def test_clean_name(name: str, shown: str) -> None:
    assert clean_name(name) == shown


@pytest.mark.row("P30")
@given(st.text(st.characters(codec=None), max_size=80))
def test_text_is_storable_or_refused(text: str) -> None:
    kept = make_storable(text)
    assert check_storable(kept, "The text") == kept
    kept.encode()
    assert "\x00" not in kept
    if kept != text:
        with pytest.raises(InvalidInputError):
            check_storable(text, "The text")
    assert "\u202e" not in show_hidden(text)
