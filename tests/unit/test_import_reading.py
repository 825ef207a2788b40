"""Files as tables: encodings, separators, headings, vCards; and that no bytes are a crash."""

import csv
import io

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from desktop_inbox.errors import InvalidInputError
from desktop_inbox.services import sheet_guard
from desktop_inbox.services.cell_lists import join_cells, split_cell
from desktop_inbox.services.import_columns import guess_mapping, guess_target
from desktop_inbox.services.import_people import PeopleReader
from desktop_inbox.services.import_reading import CELL_LIMIT, Sheet, parse_sheet
from tests.support.import_files import GOOD, GOOD_CARD
from tests.support.payloads import FORMULAS, REWRITTEN

_TEXT = "Name,Phone\nMüller,+4915112345678\n"


def sheet(raw: bytes) -> Sheet:
    return parse_sheet(raw, name="contacts.csv")


@pytest.mark.row("B-11", "S20")
@pytest.mark.parametrize(
    ("raw", "encoding"),
    [
        (_TEXT.encode(), "UTF-8"),
        (_TEXT.encode("utf-8-sig"), "UTF-8"),
        (_TEXT.encode("utf-16"), "UTF-16"),
        (_TEXT.encode("utf-16-be"), "UTF-16"),
        (_TEXT.encode("utf-16-le"), "UTF-16"),
        (_TEXT.encode("utf-32"), "UTF-32"),
        (_TEXT.encode("cp1252"), "Windows-1252"),
    ],
)
def test_encodings(raw: bytes, encoding: str) -> None:
    found = sheet(raw)
    assert found.columns == ("Name", "Phone")
    assert found.rows == ((2, ("Müller", "+4915112345678")),)
    assert found.encoding == encoding
    assert bool(found.notes) == (encoding == "Windows-1252")


@pytest.mark.row("S20")
def test_what_is_lost_is_told() -> None:
    assert any("replaced" in note for note in sheet(b"Name\nA\x81\n").notes)
    assert any("replaced" in note for note in sheet(b"Name,Phone\nA\x00B,+1\n").notes)


@pytest.mark.row("B-11")
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_separators_and_quotes(delimiter: str) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(
        [["Name", "Note"], ['a "b"', f"x{delimiter}y,;z"], ["two\nlines", ""]]
    )
    found = sheet(text.getvalue().encode())
    assert [cells for _, cells in found.rows] == [('a "b"', f"x{delimiter}y,;z"), ("two\nlines", "")]
    assert found.delimiter == delimiter
    declared = sheet(f"sep={delimiter}\r\nName{delimiter}Phone\r\nA{delimiter}1,2;3\r\n".encode())
    assert declared.columns[0] == "Name"


@pytest.mark.row("B-11")
@pytest.mark.parametrize(
    ("raw", "columns"),
    [
        (b"Maria,+14155550101\nAna,+14155550102\n", ("Column 1", "Column 2")),
        (b"Who,Where\nAna,+14155550102\n", ("Who", "Where")),
        (b"Telefono\nx\n", ("Telefono",)),
        (b",Phone\nAna,+1\n", ("Column 1", "Phone")),
    ],
)
def test_headings_are_recognised(raw: bytes, columns: tuple[str, ...]) -> None:
    assert sheet(raw).columns == columns
    assert len(parse_sheet(raw, name="x", has_header=False).rows) == 2


@pytest.mark.row("S20")
@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "import_empty"),
        (b'Name\n"' + b"x" * (CELL_LIMIT + 2), "import_csv_broken"),
        (b"Name\n" + b"," * 600 + b"x", "import_columns"),
        pytest.param(b"a\n" * 1_000_003, "import_rows", marks=pytest.mark.chaos),
    ],
)
def test_limits_are_told(raw: bytes, code: str) -> None:
    with pytest.raises(InvalidInputError) as error:
        sheet(raw)
    assert error.value.code == code
    assert error.value.hint


@pytest.mark.row("B-11")
@pytest.mark.parametrize(
    ("heading", "target"),
    [
        ("Vorname", "first_name"), ("Apellidos", "last_name"), ("Prénom", "first_name"), ("E-Mail-Adresse", "mailto"),
        ("Handynummer", "tel"), ("Phone 1 - Value", "tel"), ("Teléfono móvil", "tel"), ("電話番号", "tel"),
        ("Имя", "first_name"),
        ("WhatsApp", "whatsapp"), ("Organization 1 - Name", "company"), ("Etiquetas", "tags"), ("Opt-out", "opt_out"),
        ("Do not contact", "opt_out"), ("Consent", "consent"), ("Full name", "name"), ("Shoe size", None),
    ],
)  # fmt: skip
def test_headings_of_several_languages(heading: str, target: str | None) -> None:
    assert guess_target(heading) == target


def test_a_meaning_that_is_there_once_goes_to_one_column() -> None:
    assert guess_mapping(["Name", "Vorname", "Nachname", "Mobile", "Phone", "First name"]) == (
        "", "first_name", "last_name", "tel", "tel", "",
    )  # fmt: skip


@pytest.mark.row("B-11")
def test_cards_of_three_versions() -> None:
    raw = (
        b"BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:G=C3=B3mez;Mar=\r\n=C3=ADa;;;\r\n"
        b"TEL;CELL;PREF:+1 415\r\n  555 0148\r\nEND:VCARD\r\n"
        b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ana de la Cruz\r\nitem1.EMAIL;type=INTERNET:ana@example.org\r\n"
        b"item1.X-ABLabel:x\r\nORG:Acme\\; Inc;Sales\r\nCATEGORIES:VIP,a\\,b\r\nNOTE:one\\ntwo\r\nEND:VCARD\r\n"
        b'BEGIN:VCARD\nVERSION:4.0\nN:Khalil;Amina;;;\nTEL;VALUE=uri;TYPE="voice,home":tel:+44-20-7946-0000;ext=5\n'
        b"IMPP:telegram:12345\nADR;TYPE=home:;;1 Road;Town;;1000;GB\nTZ:europe/London\nEND:VCARD\n"
    )
    found = sheet(raw)
    assert (found.kind, [line for line, _ in found.rows]) == ("vCard", [1, 8, 17])
    reader = PeopleReader(guess_mapping(found.columns), region="US")
    maria, ana, amina = (reader.read(line, cells) for line, cells in found.rows)
    assert (maria.shown_name, [path for _, path in maria.addresses]) == ("María Gómez", ["+14155550148"])
    assert (ana.columns["company"], ana.tags, ana.shown_name) == ("Acme; Inc", ["VIP", "a,b"], "Ana de la Cruz")
    assert [path for _, path in amina.addresses] == ["+442079460000", "12345"]
    assert (amina.columns["country"], amina.columns["zone"]) == ("GB", "Europe/London")


@pytest.mark.row("D-24", "P23", "S16")
@pytest.mark.parametrize("text", [*FORMULAS, *REWRITTEN])
def test_guards_come_off_exactly_where_they_were_put(text: str) -> None:
    cell = sheet_guard.guard(text)
    assert sheet_guard.unguard(cell) == text
    if text not in ("’t Hooft",):
        assert cell == "'" + text
    assert sheet_guard.unguard("'t Hooft") == "'t Hooft"


@given(st.text())
@example("'")
@example("''=")
def test_any_text_survives_the_guard(text: str) -> None:
    assert sheet_guard.unguard(sheet_guard.guard(text)) == text


@given(st.lists(st.text(min_size=1).filter(lambda text: text == text.strip())))
def test_lists_in_a_cell_survive(values: list[str]) -> None:
    assert split_cell(join_cells(values)) == values


_PIECES = st.sampled_from(
    [b"BEGIN:VCARD\n", b"END:VCARD\n", b"N:", b"FN;ENCODING=QUOTED-PRINTABLE:", b"TEL:",
     b"=\n", b" ", b";", b",", b'"', b"\\", b"\n", b"\r", b"\x00", b"\xff",
        b"\xef\xbb\xbf", b"Name,Phone\n", b"+14155550101", b"a@b.org", b"=1+1", b"'",
     b"1.4E+10", b"CHARSET=UTF-16;", "é".encode(), "\u202e".encode()]
)  # fmt: skip
_FILES = st.one_of(st.binary(max_size=400), st.lists(_PIECES, max_size=30).map(b"".join))


def _read(raw: bytes) -> None:
    try:
        found = sheet(raw)
    except InvalidInputError as error:
        if not error.hint:
            raise AssertionError("no hint") from error
        return
    assert all(len(cells) == len(found.columns) for _, cells in found.rows)
    reader = PeopleReader(guess_mapping(found.columns), region="US")
    for line, cells in found.rows:
        person = reader.read(line, cells)
        assert person.problem or person.addresses or person.odd or person.shown_name


@pytest.mark.row("P24")
@settings(max_examples=400, deadline=None)
@given(_FILES)
@example(GOOD)
@example(GOOD_CARD)
def test_no_bytes_are_a_crash(raw: bytes) -> None:
    _read(raw)


@pytest.mark.row("P24")
@pytest.mark.chaos
@pytest.mark.timeout(3600)
@settings(max_examples=50_000, deadline=None)
@given(_FILES)
def test_fifty_thousand_files_are_no_crash(raw: bytes) -> None:
    _read(raw)
