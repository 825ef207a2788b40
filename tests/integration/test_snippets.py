"""Snippets: one library for the office, found by every word, never sent by themselves."""

from pathlib import Path

import pytest

from desktop_inbox.errors import InvalidInputError, NotFoundError, PermissionDeniedError, StoreError
from desktop_inbox.models.entities.channel import Capabilities, ReconcileClass
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.snippet import Snippet, SnippetFile
from desktop_inbox.models.entities.user import Role
from desktop_inbox.models.store import Store
from desktop_inbox.services.automatic_answers import AutomaticAnswers
from desktop_inbox.services.enqueue import OutgoingFile
from desktop_inbox.services.opt_out_words import Keyword
from desktop_inbox.services.snippets import MAX_FILES, SnippetDraft, SnippetService
from desktop_inbox.services.undo import UndoService
from tests.support.hostile import hostile_strings
from tests.support.offices import Office
from tests.support.run import run

SMS = Capabilities(schemes=frozenset({Scheme.TEL}), reconcile=ReconcileClass.NOTHING)
FILE = SnippetFile(sha256="a" * 64, media_type="image/png", size=10, name="map.png")


@pytest.fixture
def service(office: Office) -> SnippetService:
    return _service(office.store, office.user.id)


def _service(store: Store, user_id) -> SnippetService:
    return SnippetService(
        store,
        user_id=user_id,
        file_of=lambda path: OutgoingFile(sha256="b" * 64, media_type="image/png", size=7, name=Path(path).name),
        path_of=lambda sha256: Path("/files") / sha256,
    )


def _save(service: SnippetService, name: str, text: str = "Text", **more) -> Snippet:
    return run(service.save(SnippetDraft(name=name, text=text, **more)))


@pytest.mark.row("S3-57", "S4-52")
def test_a_snippet_is_found_by_shortcut_name_and_text_the_best_first(service: SnippetService, office: Office) -> None:
    hours = _save(service, "Opening hours", "We are open from 8 to 18.", shortcut="/Hours", folder="Front desk")
    parking = _save(service, "Parking", "During opening hours you may park behind the house.", folder="front DESK")
    accented = _save(service, "Ménu of the day", "Soup")
    library = run(service.library())
    assert hours.shortcut == "hours"
    assert [one.name for one in library.folders] == ["Front desk"]
    assert library.folder_name(parking) == "Front desk"
    assert [one.id for one in library.find("hours")] == [hours.id, parking.id]
    assert [one.id for one in library.find("HOU")] == [hours.id, parking.id]
    assert [one.id for one in library.find("open park")] == [parking.id]
    assert [one.id for one in library.find("menu")] == [accented.id]
    assert library.find("hours nothing") == ()
    assert library.find("", folder_id=library.folders[0].id) == (hours, parking)


@pytest.mark.row("S3-57", "S4-54", "S3-58")
def test_inserting_fills_in_what_is_known_counts_the_use_and_sends_nothing(
    service: SnippetService, office: Office
) -> None:
    contact = office.contact(first_name="Maria")
    conversation = office.conversation_of(contact)
    made = _save(service, "Hello", "Hi $contact.firstname from $contact.country, it is $system.current_date")
    found = run(service.insertion(made.id, conversation))
    assert found.text == "Hi Maria from $contact.country, it is $system.current_date"
    assert found.unresolved == ("$contact.country",)
    (again,) = run(service.library()).snippets
    assert (again.uses, again.last_used_at) == (1, office.clock())
    assert office.store.read_sync(lambda work: work.outbox.waiting_count()) == 0
    with pytest.raises(NotFoundError):
        run(service.insertion(made.id + 1, conversation))


@pytest.mark.row("S4-52")
def test_the_most_used_come_first_when_nothing_is_asked(service: SnippetService, office: Office) -> None:
    conversation = office.conversation_of(office.contact())
    names = [_save(service, name).id for name in ("Alpha", "Beta", "Gamma")]
    for _ in range(2):
        run(service.insertion(names[2], conversation))
    run(service.insertion(names[1], conversation))
    assert [one.name for one in run(service.library()).find("")] == ["Gamma", "Beta", "Alpha"]


@pytest.mark.row("S3-57")
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"text": " \n"}, "snippet_empty"),
        ({"text": "x" * 20_001}, "snippet_long"),
        ({"name": " "}, "snippet_name"),
        ({"name": "x" * 101}, "snippet_name"),
        ({"shortcut": "two words"}, "snippet_shortcut"),
        ({"shortcut": "x" * 51}, "snippet_shortcut"),
        ({"files": (FILE,) * (MAX_FILES + 1)}, "snippet_files"),
        ({"text": "a\x00b"}, "text_not_storable"),
        ({"shortcut": "Taken"}, "snippet_shortcut_taken"),
    ],
)
def test_what_does_not_fit_is_refused_with_a_reason(service: SnippetService, changes, code: str) -> None:
    first = _save(service, "First", shortcut="taken")
    with pytest.raises(InvalidInputError) as caught:
        run(service.save(SnippetDraft(**{"name": "Second", "text": "Text", **changes})))
    assert caught.value.code == code
    assert caught.value.hint
    assert (
        run(service.save(SnippetDraft(name="First", text="New", shortcut="taken"), snippet_id=first.id)).text == "New"
    )


@pytest.mark.row("S4-52", "D-20")
def test_changes_and_deletions_can_be_undone_with_their_files(service: SnippetService, office: Office) -> None:
    made = _save(service, "Map", "See the map", shortcut="map", files=(FILE,), folder="Ways")
    run(service.save(SnippetDraft(name="Plan", text="See the plan"), snippet_id=made.id))
    undo = UndoService(office.store, user_id=office.user.id)
    run(undo.undo_last())
    (back,) = run(service.library()).snippets
    assert (back.name, back.files, back.shortcut) == ("Map", (FILE,), "map")
    run(service.delete(made.id))
    assert run(service.library()).snippets == ()
    run(undo.undo_last())
    (back,) = run(service.library()).snippets
    assert (back.name, back.files) == ("Map", (FILE,))
    folder = run(service.library()).folders[0]
    run(service.delete_folder(folder.id))
    assert run(service.library()).snippets[0].folder_id is None
    run(undo.undo_last())
    assert run(service.library()).snippets[0].folder_id == folder.id


@pytest.mark.row("S4-52")
def test_only_the_maker_or_an_administrator_deletes(service: SnippetService, office: Office) -> None:
    agent = office.store.run_sync(lambda work: work.users.add("Ben", Role.AGENT))
    theirs = _service(office.store, agent.id)
    mine, other = _save(service, "Mine"), _save(theirs, "Theirs")
    with pytest.raises(PermissionDeniedError):
        run(theirs.delete(mine.id))
    run(theirs.delete(other.id))
    run(service.delete(mine.id))
    assert run(service.library()).snippets == ()


@pytest.mark.row("S4-52", "D-24")
def test_snippets_travel_as_csv_and_coming_back_changes_nothing(
    service: SnippetService, office: Office, tmp_path: Path
) -> None:
    for number, text in enumerate(hostile_strings(tmp_path / "red.png")):
        if text.strip() and "\x00" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text):
            _save(service, f"Number {number}", text, folder="Odd" if number % 2 else "", shortcut=f"s{number}")
    _save(service, "=SUM(A1)", "=cmd|' /C calc'!A0", files=(FILE,))
    target = tmp_path / "snippets.csv"
    count = run(service.export_csv(target))
    before = run(service.library())
    assert b"\n=SUM" not in target.read_bytes()
    done = run(service.import_csv(target))
    assert (done.added, done.changed, done.unchanged, done.problems) == (0, 0, count, ())
    assert run(service.library()) == before
    for one in before.snippets:
        run(service.delete(one.id))
    done = run(service.import_csv(target))
    assert (done.added, done.problems) == (count, ())
    after = run(service.library())
    assert [(one.name, one.text, one.shortcut) for one in after.snippets] == [
        (one.name, one.text, one.shortcut) for one in before.snippets
    ]


@pytest.mark.row("S4-52")
def test_rows_that_do_not_fit_are_named_and_the_others_taken(service: SnippetService, tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text("name,text,shortcut\nGood,Hello,hi\n,No name,\n\nBad,Text,two words\n", encoding="utf-8")
    done = run(service.import_csv(source))
    assert done.added == 1
    assert [problem.partition(":")[0] for problem in done.problems] == ["row 3", "row 5"]
    source.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(InvalidInputError):
        run(service.import_csv(source))


class _Queue:
    def __init__(self) -> None:
        self.texts: list[str] = []

    def queue_answer(self, work, *, conversation_id, channel_id, address_id, text: str) -> None:
        self.texts.append(text)


@pytest.mark.row("S4-52")
def test_answers_to_keywords_are_taken_from_the_library_where_it_has_them(
    service: SnippetService, office: Office
) -> None:
    conversation = office.conversation_of(office.contact(first_name="Maria"))
    queue = _Queue()
    answers = AutomaticAnswers(queue)

    def ask() -> None:
        office.store.run_sync(
            lambda work: answers.answer(
                work,
                Keyword.HELP,
                changed=False,
                said_at=work.now(),
                capabilities=SMS,
                conversation_id=conversation,
                channel_id=office.channel.id,
                address_id=1,  # type: ignore[arg-type]
            )
        )

    ask()
    made = _save(service, "Help", "Dear $contact.firstname, call 555. STOP ends this.", shortcut="auto-help")
    ask()
    run(service.save(SnippetDraft(name="Help", text="$contact.country", shortcut="auto-help"), snippet_id=made.id))
    ask()  # a person who asks for help gets an answer, even where the saved one cannot leave
    assert "opening hours" in queue.texts[0]
    assert queue.texts[1] == "Dear Maria, call 555. STOP ends this."
    assert queue.texts[2] == queue.texts[0]


@pytest.mark.row("S3-57")
def test_an_import_is_one_step_and_a_file_that_cannot_be_used_is_an_error(
    service: SnippetService, office: Office, tmp_path: Path
) -> None:
    kept = _save(service, "Hours", "8 to 18", shortcut="hours")
    before = run(service.library())
    source = tmp_path / "many.csv"
    rows = ["hours,Hours,9 to 17", "hours,Hours,10 to 16", *(f",Number {number},Text {number}" for number in range(40))]
    source.write_text("\n".join(["shortcut,name,text", *rows]), encoding="utf-8")
    done = run(service.import_csv(source))
    assert (done.added, done.changed, done.unchanged, done.problems) == (40, 2, 0, ())
    assert next(one.text for one in run(service.library()).snippets if one.id == kept.id) == "10 to 16"
    undo = UndoService(office.store, user_id=office.user.id)
    (step,) = run(undo.history())
    assert (step.kind, step.count) == ("snippets_imported", 42)
    run(undo.undo_last())
    assert run(service.library()).snippets == before.snippets
    for source in (tmp_path / "missing.csv", tmp_path, Path("a\0b")):
        with pytest.raises(InvalidInputError, match="cannot be opened"):
            run(service.import_csv(source))
    for target in (tmp_path / "missing" / "a.csv", tmp_path, Path(), Path("a\0b"), Path("/dev/null")):
        with pytest.raises(StoreError, match="cannot be written"):
            run(service.export_csv(target))
