"""Contacts out and in again: nothing changes, and nothing in the file runs (D-24, P23)."""

import csv
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desktop_inbox.config import sqlite_url as address_of_file
from desktop_inbox.errors import InboxError
from desktop_inbox.models.entities.contact import OptIn, Scheme
from desktop_inbox.models.entities.custom_field import FieldKind, FieldValue
from desktop_inbox.models.entities.ids import ContactId
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work
from desktop_inbox.services.contact_export import ContactExportService
from desktop_inbox.services.contact_import import ContactImportService, ImportOptions, ImportResult
from desktop_inbox.services.import_plan import Outcome, Policy
from desktop_inbox.services.plain_text import clean_name
from tests.integration.test_contact_import import everything
from tests.support.offices import Office, open_office
from tests.support.payloads import FORMULAS, REWRITTEN
from tests.support.run import run


async def round_trip(source: Office, target: Office, file: Path) -> ImportResult:
    """Export all contacts of one office and import them into another (or the same)."""
    await ContactExportService(source.store).contacts_csv(file)
    imports = ContactImportService(target.store, user_id=target.user.id, region=lambda: "DE")
    sheet = await imports.read(file)
    assert not sheet.notes
    options = ImportOptions(mapping=await imports.guess(sheet), policy=Policy.OVERWRITE)
    return await imports.run(sheet, options)


def person(work: Work, place: int, text: str, **columns: object) -> ContactId:
    """Add somebody of whom everything is ``text``."""
    name = clean_name(text)
    added = work.contacts.add(
        [(Scheme.TEL, f"+1415555{place:04}")], first_name=name, last_name=name, company=name, **columns
    )
    return added.id


def told(store: Store) -> list[tuple[object, ...]]:
    """What an export says of everybody."""

    def read(work: Work) -> list[tuple[object, ...]]:
        ids = work.contact_bulk.all_ids()
        tags, lists, values = (
            work.tags.of_contacts(ids),
            work.contact_lists.of_contacts(ids),
            work.custom_fields.values_of(ids),
        )
        slugs = {one.id: one.slug for one in work.custom_fields.all()}
        return [
            (
                one.first_name, one.last_name, one.company, one.country, one.language, one.zone, one.opt_in,
                one.blocked,
                [(address.scheme, address.path) for address in one.addresses],
                [tag.name for tag in tags.get(one.id, ())], [each.name for each in lists.get(one.id, ())],
                {slugs[key]: value for key, value in values.get(one.id, {}).items()},
            )
            for one in work.contacts.many(ids)
        ]  # fmt: skip

    return store.read_sync(read)


@pytest.mark.row("D-24", "P23", "S16")
def test_payloads_survive_and_nothing_runs(office: Office, tmp_path: Path) -> None:
    texts = (*FORMULAS, *REWRITTEN)

    def fill(work: Work) -> None:
        field = work.custom_fields.add(slug="note", name="Note", kind=FieldKind.TEXT, description="", choices=())
        for place, text in enumerate(texts):
            key = person(work, place, text)
            work.custom_fields.set_value(key, field.id, FieldValue(text=text))
            if clean_name(text):
                work.tags.put_on([key], work.tags.ensure(clean_name(text)).id)
                work.contact_lists.add_members(work.contact_lists.ensure(clean_name(text)).id, [key])

    office.store.run_sync(fill)
    before = everything(office)
    result = run(round_trip(office, office, tmp_path / "c.csv"))
    assert {row.outcome for row in result.rows} == {Outcome.UNCHANGED}
    assert everything(office) == before
    with (tmp_path / "c.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in csv.reader(file):
            assert all(not cell.lstrip(" \t\r\n\u00a0\u3000\ufeff").startswith(tuple("=+-@＝＋－＠")) for cell in row)
            assert row[2] == "Phone" or row[2].startswith("'+1415")


_NAMES = st.text(max_size=30).map(clean_name)
_WORDS = st.lists(st.text(min_size=1, max_size=12).map(clean_name).filter(bool), max_size=3, unique_by=str.casefold)


@pytest.mark.row("D-24")
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    people=st.lists(
        st.tuples(_NAMES, _NAMES, _NAMES, _WORDS, st.text(max_size=40), st.booleans(), st.booleans()), max_size=5
    )
)
def test_export_and_import_change_no_field(
    people: list[tuple[str, str, str, list[str], str, bool, bool]],
    tmp_path_factory: pytest.TempPathFactory,
    sqlite_url: str,
) -> None:
    folder = tmp_path_factory.mktemp("round")
    fresh = Path(sqlite_url.removeprefix("sqlite:///"))  # nothing is written there: each example has copies
    offices = [open_office(address_of_file(Path(shutil.copy(fresh, folder / f"{n}.db")))) for n in range(2)]
    for office in offices:
        office.store.run_sync(
            lambda work: work.custom_fields.add(
                slug="note", name="Phone", kind=FieldKind.TEXT, description="", choices=()
            )
        )

    def fill(work: Work) -> None:
        field = work.custom_fields.all()[0]
        for place, (first, last, company, words, note, out, blocked) in enumerate(people):
            columns = {"company": company, "blocked": blocked, "opt_in": OptIn.OPTED_OUT if out else OptIn.OPTED_IN}
            addresses = [(Scheme.TEL, f"+1415555{place:04}"), (Scheme.TELEGRAM, f"{place + 1}0000000000000001")]
            key = work.contacts.add(
                [*addresses, (Scheme.EMAIL, f"p{place}@example.org")], first_name=first, last_name=last, **columns
            ).id
            for word in words:
                work.tags.put_on([key], work.tags.ensure(word).id)
            stored = "".join(char for char in note if char == "\n" or char.isprintable()).strip()
            if stored:
                work.custom_fields.set_value(key, field.id, FieldValue(text=stored))

    offices[0].store.run_sync(fill)
    try:
        before = told(offices[0].store)
        assert {row.outcome for row in run(round_trip(offices[0], offices[0], folder / "c.csv")).rows} <= {
            Outcome.UNCHANGED
        }
        assert told(offices[0].store) == before
        run(round_trip(offices[0], offices[1], folder / "c.csv"))
        assert told(offices[1].store) == before
    finally:
        for office in offices:
            office.close()


@pytest.mark.row("D-24")
@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
@pytest.mark.timeout(300)
def test_a_spreadsheet_in_between_changes_no_field(sqlite_office: Office, tmp_path: Path) -> None:
    def fill(work: Work) -> None:
        for place, text in enumerate(REWRITTEN):
            person(work, place, text)

    sqlite_office.store.run_sync(fill)
    before = everything(sqlite_office)
    run(ContactExportService(sqlite_office.store).contacts_csv(tmp_path / "c.csv"))
    saved = tmp_path / "saved"
    command = [
        "soffice",
        "--headless",
        "--convert-to",
        "csv:Text - txt - csv (StarCalc):44,34,76",
        "--outdir",
        str(saved),
    ]
    subprocess.run([*command, str(tmp_path / "c.csv")], check=True, capture_output=True)
    imports = ContactImportService(sqlite_office.store, user_id=sqlite_office.user.id, region=lambda: "DE")

    async def back() -> ImportResult:
        sheet = await imports.read(saved / "c.csv")
        return await imports.run(sheet, ImportOptions(mapping=await imports.guess(sheet), policy=Policy.OVERWRITE))

    assert {row.outcome for row in run(back()).rows} == {Outcome.UNCHANGED}
    assert everything(sqlite_office) == before


@pytest.mark.row("P24")
def test_some_contacts_progress_and_cancel(sqlite_office: Office, tmp_path: Path) -> None:
    ids = [sqlite_office.contact(f"+1415555{place:04}").id for place in range(5)]
    service, file = ContactExportService(sqlite_office.store), tmp_path / "c.csv"
    seen: list[tuple[int, int]] = []
    assert run(service.contacts_csv(file, contact_ids=ids[1:3], progress=lambda *now: seen.append(now))) == 2
    assert seen == [(2, 2)]
    known = file.read_bytes()
    assert known.count(b"\r\n") == 3
    with pytest.raises(InboxError):
        run(service.contacts_csv(file, cancelled=lambda: True))
    assert file.read_bytes() == known
    assert [path.name for path in tmp_path.iterdir() if path.suffix in (".csv", ".part")] == ["c.csv"]


_NAMES_OF_FILES = (
    "a b.csv", "ünïcode.csv", "王小明.csv", "😀.csv", "'quote'.csv", '"double".csv', "a;b.csv", "a&b.csv", "$(x).csv",
    "`x`.csv", "%s%n.csv", "{0}.csv", "<b>x<b>.csv", "-rf.csv", "--help.csv", ".hidden.csv", "..csv", "...csv",
    "x\u202egpj.csv", "x\u200by.csv", "tab\there.csv", "new\nline.csv", "nul.csv", "CON.csv", "com1.csv",
    "a" * 200 + ".csv",
    "no extension", "UPPER.CSV", "x.vcf", "x.exe", "x.csv.exe", "#hash.csv", "?.csv", "*.csv", "[x].csv", "~.csv",
    "=1+1.csv", "@x.csv", "+x.csv", " x .csv",
)  # fmt: skip


@pytest.mark.row("P23", "S20", "P24")
def test_forty_names_of_files_go_out_and_in(sqlite_office: Office, tmp_path: Path) -> None:
    assert len(_NAMES_OF_FILES) == 40
    sqlite_office.contact("+14155550101", first_name="Ana")
    for name in _NAMES_OF_FILES:
        result = run(round_trip(sqlite_office, sqlite_office, tmp_path / name))
        assert [row.outcome for row in result.rows] == [Outcome.UNCHANGED]
    names = {path.name for path in tmp_path.iterdir() if not path.name.startswith("inbox.db")}
    assert names - {"empty"} == set(_NAMES_OF_FILES)

    async def shown() -> str:
        imports = ContactImportService(sqlite_office.store, user_id=sqlite_office.user.id)
        return (await imports.read(tmp_path / "x\u202egpj.csv")).name

    assert run(shown()) == "x[U+202E]gpj.csv"
