"""Contacts from files: what is read, what becomes of each row, and that nothing is ever half done."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import func, select

from desktop_inbox.errors import InboxError, InvalidInputError
from desktop_inbox.models import schema
from desktop_inbox.models.entities.consent import ConsentMethod
from desktop_inbox.models.entities.contact import Contact, ContactSource, OptIn, Scheme
from desktop_inbox.models.entities.custom_field import FieldKind
from desktop_inbox.models.entities.ids import ContactId
from desktop_inbox.models.work import Work
from desktop_inbox.services.contact_import import ContactImportService, ImportOptions, ImportResult
from desktop_inbox.services.import_plan import Outcome, Policy
from desktop_inbox.services.undo import UndoService
from tests.support.import_files import bad_files
from tests.support.offices import Office
from tests.support.payloads import FORMULAS
from tests.support.run import run

N, U, S, R = Outcome.NEW, Outcome.UPDATE, Outcome.UNCHANGED, Outcome.REFUSED


@pytest.fixture
def imports(office: Office) -> ContactImportService:
    return ContactImportService(office.store, user_id=office.user.id, region=lambda: "US")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "contacts.csv"


def table(*rows: Sequence[str]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


async def take(imports: ContactImportService, file: Path, raw: bytes, **options: object) -> ImportResult:
    """Import a file as its columns are guessed."""
    file.write_bytes(raw)
    sheet = await imports.read(file)
    return await imports.run(sheet, ImportOptions(mapping=await imports.guess(sheet), **options))  # type: ignore[arg-type]


def outcomes(result: ImportResult) -> list[Outcome]:
    return [row.outcome for row in result.rows]


def everything(office: Office) -> dict[str, list[tuple[object, ...]]]:
    """What the database says about contacts."""
    names = ("contacts", "contact_addresses", "contact_tags", "contact_list_members", "contact_field_values", "tags")
    tables = [schema.metadata.tables[name] for name in (*names, "contact_texts", "consent_ledger")]

    def read(work: Work) -> dict[str, list[tuple[object, ...]]]:
        return {
            table.name: [tuple(row) for row in work.connection.execute(select(table).order_by(*table.primary_key))]
            for table in tables
        }

    return office.store.read_sync(read)


def only(office: Office, text: str) -> Contact:
    (found,) = office.store.read_sync(lambda work: work.contacts.find(text, limit=5))
    return found


@pytest.mark.row("B-11", "S3-66")
def test_each_row_says_what_becomes_of_it(office: Office, imports: ContactImportService, file: Path) -> None:
    office.contact("+14155550101", first_name="Maria")
    raw = table(
        ["First name", "Surname", "Mobile", "E-mail", "Tags"],
        ["Maria", "Gómez", "(415) 555-0101", "", ""],
        ["Jonas", "Okafor", "0113 20 555", "", ""],
        ["Amina", "Khalil", "+44 20 7946 0000", "Amina@Example.org", "VIP; spring"],
        ["Amina", "", "", "amina@example.org", "new"],
        ["", "", "", "", "vip"],
    )
    file.write_bytes(raw)

    async def both() -> tuple[ImportResult, ImportResult]:
        sheet = await imports.read(file)
        options = ImportOptions(mapping=await imports.guess(sheet))
        return await imports.dry_run(sheet, options), await imports.run(sheet, options)

    before = everything(office)
    dry, done = run(both())
    assert outcomes(dry) == outcomes(done) == [U, R, N, U, R]
    assert not dry.written
    assert done.written
    assert done.counts == {N: 1, U: 2, S: 0, R: 2}
    assert [row.line for row in done.rows] == [2, 3, 4, 5, 6]
    assert "number" in done.rows[1].notes[0]
    assert "neither" in done.rows[4].notes[0]
    maria, amina = only(office, "gomez"), only(office, "khalil")
    assert (maria.first_name, maria.last_name) == ("Maria", "Gómez")
    assert [(one.scheme, one.path) for one in amina.addresses] == [
        (Scheme.TEL, "+442079460000"),
        (Scheme.EMAIL, "amina@example.org"),
    ]
    assert amina.source is ContactSource.IMPORT
    tags = office.store.read_sync(lambda work: work.tags.of_contacts([amina.id]))[amina.id]
    assert [tag.name for tag in tags] == ["new", "spring", "VIP"]
    assert len(before["contacts"]) == 1


@pytest.mark.row("B-11")
def test_a_dry_run_changes_nothing_and_the_same_file_again_neither(
    office: Office, imports: ContactImportService, file: Path
) -> None:
    raw = table(
        ["Name", "Phone", "Tags", "Lists", "Opt out"],
        ["Maria Gómez", "+14155550101", "VIP", "Spring", "yes"],
        ["Nobody Reachable", "", "VIP", "", ""],
        ["Gómez, Ana", "+14155550102", "", "", "no"],
    )
    file.write_bytes(raw)
    for policy in Policy:
        result = run(take(imports, file, raw, policy=policy, tags=("Fair",), list_name="Stand"))
    once = everything(office)
    assert outcomes(result) == [S, S, S]
    assert len(once["contacts"]) == 3

    async def dry() -> ImportResult:
        sheet = await imports.read(file)
        return await imports.dry_run(sheet, ImportOptions(mapping=await imports.guess(sheet), tags=("Other",)))

    assert outcomes(run(dry())) == [U, U, U]
    assert everything(office) == once
    assert only(office, "ana").last_name == "Gómez"


@pytest.mark.row("B-11")
@pytest.mark.parametrize(
    ("policy", "name", "company", "count"),
    [
        (Policy.KEEP, "Maria", "", 1),
        (Policy.FILL, "Maria Gomez", "Acme", 2),
        (Policy.OVERWRITE, "Mary Gomez", "Acme", 2),
    ],
)
def test_policies(
    office: Office, imports: ContactImportService, file: Path, policy: Policy, name: str, company: str, count: int
) -> None:
    known = office.contact("+14155550101", first_name="Maria")
    raw = table(
        ["First name", "Last name", "Company", "Phone", "Email"],
        ["Mary", "Gomez", "Acme", "+14155550101", "m@example.org"],
    )
    run(take(imports, file, raw, policy=policy, tags=("Fair",)))
    now = only(office, "0101")
    assert (now.id, now.name, now.company, len(now.addresses)) == (known.id, name, company, count)
    assert office.store.read_sync(lambda work: len(work.tags.of_contacts([known.id]))) == 1
    run(take(imports, file, table(["First name", "Phone"], ["", "+14155550101"]), policy=policy))
    assert only(office, "0101").name == name


@pytest.mark.row("B-11", "D-08")
def test_an_import_opts_out_and_never_in(office: Office, imports: ContactImportService, file: Path) -> None:
    out, there = office.contact("+14155550101"), office.contact("+14155550102")
    conversation_id = office.conversation_of(there)
    run(_opt_out(office, out))
    raw = table(
        ["Phone", "Consent"],
        ["+14155550101", "yes"],
        ["+14155550102", "Opted out"],
        ["+14155550103", "no"],
        ["+14155550104", "perhaps"],
        ["+14155550105", "opted_in"],
    )
    result = run(take(imports, file, raw))
    assert outcomes(result) == [S, U, N, R, N]
    for last, status in (
        ("0101", OptIn.OPTED_OUT),
        ("0102", OptIn.OPTED_OUT),
        ("0103", OptIn.OPTED_OUT),
        ("0105", OptIn.OPTED_IN),
    ):
        assert only(office, last).opt_in is status
    (line,) = office.store.read_sync(lambda work: work.consent.history(there.id))
    assert (line.status, line.method, line.user_id) == (OptIn.OPTED_OUT, ConsentMethod.IMPORT, office.user.id)
    page = office.store.read_sync(lambda work: work.timeline.since(conversation_id, 0, 10))
    assert [entry.kind for entry in page.entries] == ["opted_out"]  # type: ignore[union-attr]
    run(take(imports, file, table(["Phone"], ["+14155550105"]), all_opted_out=True))
    assert only(office, "0105").opt_in is OptIn.OPTED_OUT


async def _opt_out(office: Office, contact: Contact) -> None:
    await office.store.run(
        lambda work: work.consent.record(
            contact.id, OptIn.OPTED_OUT, method=ConsentMethod.MANUAL, wording="on the phone"
        )
    )


@pytest.mark.row("D-24", "B-11")
@pytest.mark.parametrize(
    ("cell", "path"),
    [
        ("'+14155550148", "+14155550148"),
        ("14155550148", "+14155550148"),
        ("14155550148.0", "+14155550148"),
        ("491701234567", "+491701234567"),
        ("tel:+1-415-555-0148", "+14155550148"),
        ("1.41555E+10", None),
        ("1,41555E+10", None),
    ],
)
def test_numbers_from_spreadsheets(sqlite_office: Office, tmp_path: Path, cell: str, path: str | None) -> None:
    imports = ContactImportService(sqlite_office.store, user_id=sqlite_office.user.id, region=lambda: "US")
    result = run(take(imports, tmp_path / "c.csv", table(["Name", "Phone"], ["Ana", cell])))
    if path is None:
        assert outcomes(result) == [R]
        assert "spreadsheet" in result.rows[0].notes[0]
        assert cell in result.rows[0].notes[0]
    else:
        assert [one.path for one in only(sqlite_office, "ana").addresses] == [path]


@pytest.mark.row("B-11")
def test_addresses_of_two_contacts_are_refused_and_odd_senders_known(
    office: Office, imports: ContactImportService, file: Path
) -> None:
    office.contact("+14155550101")
    office.contact("ana@example.org", scheme=Scheme.EMAIL)
    office.contact("72345")
    raw = table(
        ["Phone", "Email", "Company"],
        ["+14155550101", "ana@example.org", "x"],
        ["72345", "", "Pharmacy"],
        ["72346", "", "Nobody"],
        ["12", "b@example.org", "Half"],
    )
    result = run(take(imports, file, raw))
    assert outcomes(result) == [R, U, R, N]
    assert "merge" in result.rows[0].notes[0]
    assert result.rows[3].notes
    assert only(office, "72345").company == "Pharmacy"


@pytest.mark.row("B-11", "S3-67")
def test_fields_take_what_they_are_for(office: Office, imports: ContactImportService, file: Path) -> None:
    def add(work: Work) -> None:
        for slug, name, kind in (("visits", "Visits", FieldKind.NUMBER), ("phone", "Phone", FieldKind.TEXT)):
            work.custom_fields.add(slug=slug, name=name, kind=kind, description="", choices=())

    office.store.run_sync(add)
    raw = table(
        ["Name", "Phone", "Visits", "fields.phone"],
        ["Ana", "+14155550101", "12,50", "black"],
        ["Ben", "+14155550102", "many", ""],
    )
    result = run(take(imports, file, raw))
    assert outcomes(result) == [N, N]
    assert "takes a number" in result.rows[1].notes[0]
    ana = only(office, "ana")
    values = office.store.read_sync(lambda work: work.custom_fields.values_of([ana.id]))[ana.id]
    assert sorted(values.values()) == ["12.5", "black"]
    assert outcomes(run(take(imports, file, raw))) == [S, S]


@pytest.mark.row("P24", "B-11")
def test_an_import_that_is_stopped_or_fails_leaves_nothing(
    office: Office, imports: ContactImportService, file: Path
) -> None:
    file.write_bytes(table(["Name", "Phone"], *([f"P{n}", f"+1415556{n:04}"] for n in range(2100))))
    before = everything(office)
    seen: list[str] = []

    async def stopped(stage: str) -> None:
        sheet = await imports.read(file)
        options = ImportOptions(mapping=await imports.guess(sheet), tags=("T",))
        seen.clear()

        def progress(now: str, done: int, total: int) -> None:
            assert 0 < done <= total == 2100
            seen.append(now)

        calls = iter(range(1000))
        limit = {"read": 1, "plan": 3, "write": 5}[stage]
        await imports.run(sheet, options, progress=progress, cancelled=lambda: next(calls) >= limit)

    for stage in ("read", "plan", "write"):
        with pytest.raises(InboxError) as error:
            run(stopped(stage))
        assert error.value.code == "import_cancelled"
        assert everything(office) == before
    assert set(seen) == {"read", "plan", "write"}


@pytest.mark.row("D-20", "B-11")
def test_an_import_is_one_step_to_undo(office: Office, imports: ContactImportService, file: Path) -> None:
    office.contact("+14155550101", first_name="Maria")
    before = everything(office)
    raw = table(["Name", "Phone", "Tags"], ["Maria Gomez", "+14155550101", "a"], ["Ben", "+14155550102", "b"])
    result = run(take(imports, file, raw, policy=Policy.OVERWRITE))
    assert result.can_undo
    assert everything(office) != before
    undone = run(UndoService(office.store, user_id=office.user.id).undo_last())
    assert undone is not None
    assert undone.changed_since == 0
    after = everything(office)
    del before["tags"], after["tags"]  # the words stay
    assert after == before


@pytest.mark.row("P24", "S20")
def test_bad_files_never_crash_and_are_never_imported_by_half(sqlite_office: Office, tmp_path: Path) -> None:
    imports = ContactImportService(sqlite_office.store, user_id=sqlite_office.user.id, region=lambda: "US")
    refusals: list[tuple[str, str]] = []

    async def one(raw: bytes) -> ImportResult | None:
        path = tmp_path / "bad"
        path.write_bytes(raw)
        sheet = await imports.read(path)
        options = ImportOptions(mapping=await imports.guess(sheet))
        planned = await imports.dry_run(sheet, options)
        done = await imports.run(sheet, options)
        assert outcomes(planned) == outcomes(done)
        assert all(row.outcome is not N for row in (await imports.run(sheet, options)).rows)
        return done

    async def all_of_them() -> None:

        for raw in bad_files():
            before = _count(sqlite_office)
            try:
                done = await one(raw)
            except InvalidInputError as error:
                refusals.append((error.message, error.hint))
                assert _count(sqlite_office) == before

            else:
                made = done.counts[N] if done else 0
                assert _count(sqlite_office) == before + made

    run(all_of_them())
    assert 20 < len(refusals) < 150
    assert all(message and hint for message, hint in refusals)
    assert sqlite_office.store.read_sync(lambda work: _texts(work)) == _count(sqlite_office)


@pytest.mark.row("P23", "S16", "P21")
def test_formulas_and_hostile_strings_stay_text(sqlite_office: Office, tmp_path: Path) -> None:
    from tests.support.hostile import hostile_strings

    imports = ContactImportService(sqlite_office.store, user_id=sqlite_office.user.id, region=lambda: "US")
    texts = [*FORMULAS, *hostile_strings(tmp_path / "x.png")]
    rows = [[text, f"+1415555{place:04}", text] for place, text in enumerate(texts, start=1000)]
    result = run(take(imports, tmp_path / "c.csv", table(["First name", "Phone", "Company"], *rows)))
    assert set(outcomes(result)) == {N}
    assert outcomes(run(take(imports, tmp_path / "c.csv", table(["First name", "Phone", "Company"], *rows)))) == [
        S
    ] * len(rows)
    for contact in sqlite_office.store.read_sync(lambda work: work.contacts.many(_ids(work))):
        shown = contact.first_name + contact.company
        assert shown.isprintable() or not any(ord(one) < 32 or one in "\u202e\u2066" for one in shown)
    run(imports.save_report(result, tmp_path / "report.csv"))
    with (tmp_path / "report.csv").open(encoding="utf-8-sig", newline="") as report:
        for row in csv.reader(report):
            assert all(not cell.lstrip().startswith(("=", "+", "-", "@", "＝")) for cell in row)


def _ids(work: Work) -> list[ContactId]:
    return [ContactId(key) for key in work.connection.execute(select(schema.contacts.c.id)).scalars()]


def _count(office: Office) -> int:
    return office.store.read_sync(lambda work: len(_ids(work)))


def _texts(work: Work) -> int:
    return int(work.connection.execute(select(func.count()).select_from(schema.contact_texts)).scalar_one())
