"""Two contacts that are one person: suggested with reasons, merged without loss, parted exactly (D-09)."""

import random
from datetime import timedelta

import pytest
from sqlalchemy import select

from desktop_inbox.errors import InboxError, NotFoundError
from desktop_inbox.models import schema
from desktop_inbox.models.checks import wrong_columns
from desktop_inbox.models.duplicates import find_duplicates, recall
from desktop_inbox.models.entities.consent import ConsentMethod
from desktop_inbox.models.entities.contact import Contact, OptIn, Scheme
from desktop_inbox.models.entities.conversation import View
from desktop_inbox.models.entities.custom_field import FieldKind, FieldValue
from desktop_inbox.models.entities.ids import ContactId, ConversationId
from desktop_inbox.models.entities.merge import Certainty, MergeReason
from desktop_inbox.models.repositories.contact_bulk import ContactWrite
from desktop_inbox.models.search_text import parse
from desktop_inbox.models.work import Work
from desktop_inbox.services.merges import STEP, MergeService
from desktop_inbox.services.tags import TagService
from desktop_inbox.services.undo import UndoService
from tests.integration.test_inbox import Desk
from tests.support.offices import Office
from tests.support.run import run

_AUDIT = ("contact_merges", "conversation_events", "undo_steps", "change_log", "delivery_ledger", "ledger_heads")


@pytest.fixture
def merges(office: Office) -> MergeService:
    return MergeService(office.store, user_id=office.user.id)


def state(office: Office) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table but those that only tell what was done."""

    def read(work: Work) -> dict[str, list[tuple[object, ...]]]:
        return {
            table.name: [tuple(row) for row in work.connection.execute(select(table).order_by(*table.primary_key))]
            for table in schema.metadata.sorted_tables
            if table.name not in _AUDIT
        }

    return office.store.read_sync(read)


def found_in(office: Office, word: str) -> set[ConversationId]:
    """Conversations in which the index finds a word."""

    def read(work: Work) -> set[ConversationId]:
        ids = work.search.messages(parse(f'"{word}"'), conversation_id=None, before=1 << 62, limit=100)
        return {one.conversation_id for one in work.search.found(ids)}

    return office.store.read_sync(read)


class Pair:
    """Maria, twice: by text message and by WhatsApp, both with a history."""

    def __init__(self, office: Office) -> None:
        self.office, self.desk = office, Desk(office)
        self.kept_talk = self.desk.conversation("Maria")
        self.merged_talk = self.desk.conversation("Mary")
        self.kept, self.merged = (self._contact(talk) for talk in (self.kept_talk, self.merged_talk))
        for talk, word in ((self.kept_talk, "apples"), (self.merged_talk, "pears")):
            self.desk.hear(talk, f"{word} one")
            self.desk.answer(talk, f"{word} two")
            self.desk.call(talk)
            self.desk.hear(talk, f"{word} three")
        office.store.run_sync(self._fill)

    def _contact(self, talk: ConversationId) -> ContactId:
        key = self.office.store.read_sync(lambda work: work.conversations.contact_of(talk))
        assert key is not None
        return key

    def _fill(self, work: Work) -> None:
        field = work.custom_fields.add(slug="size", name="Size", kind=FieldKind.TEXT, description="", choices=())
        other = work.custom_fields.add(slug="dog", name="Dog", kind=FieldKind.TEXT, description="", choices=())
        work.contacts.change(self.merged, last_name="Gómez", company="Acme")
        work.custom_fields.set_value(self.kept, field.id, FieldValue(text="M"))
        work.custom_fields.set_value(self.merged, field.id, FieldValue(text="L"))
        work.custom_fields.set_value(self.merged, other.id, FieldValue(text="Rex"))
        both, one = work.tags.ensure("both"), work.tags.ensure("one")
        work.tags.put_on([self.kept, self.merged], both.id)
        work.tags.put_on([self.merged], one.id)
        work.contact_lists.add_members(work.contact_lists.ensure("Spring").id, [self.merged])
        work.drafts.save(self.kept_talk, self.office.user.id, "half of one")
        work.drafts.save(self.merged_talk, self.office.user.id, "half of two")
        work.consent.record(self.merged, OptIn.OPTED_OUT, method=ConsentMethod.KEYWORD, wording="STOP")


def contact(office: Office, key: ContactId) -> Contact:
    found = office.store.read_sync(lambda work: work.contacts.get(key))
    assert found is not None
    return found


@pytest.mark.row("B-04")
def test_whoever_was_merged_away_gets_no_tag_and_no_list(office: Office, merges: MergeService) -> None:
    pair, tags = Pair(office), TagService(office.store, user_id=office.user.id)
    run(merges.merge(pair.kept, pair.merged, reason="same person"))
    for late in (tags.add([pair.merged], "late"), tags.add_to_list([pair.merged], "late")):
        with pytest.raises(NotFoundError):
            run(late)
    run(tags.add([pair.kept, pair.merged], "late"))
    assert [tag.contacts for tag in run(tags.all()) if tag.name == "late"] == [1]


@pytest.mark.row("B-04", "D-09")
def test_a_merge_loses_nothing(office: Office, merges: MergeService) -> None:
    pair = Pair(office)
    before = state(office)
    run(merges.merge(pair.kept, pair.merged, reason="same person"))
    kept = contact(office, pair.kept)
    assert (kept.first_name, kept.company, len(kept.addresses)) == ("Maria", "Acme", 2)
    assert [one.priority for one in kept.addresses] == sorted(one.priority for one in kept.addresses)
    assert kept.opt_in is OptIn.OPTED_OUT
    now = state(office)
    assert {row.conversation_id for row in _all(office, schema.messages)} == {pair.kept_talk}
    assert {row.contact_id for row in _all(office, schema.messages)} == {pair.kept}
    assert {row.conversation_id for row in _all(office, schema.calls)} == {pair.kept_talk}
    assert len(now["messages"]) == len(before["messages"])
    assert len(now["conversations"]) == len(before["conversations"]) - 1
    assert now["consent_ledger"] == before["consent_ledger"]
    history = office.store.read_sync(lambda work: work.consent.history(pair.kept))
    assert [line.wording for line in history] == ["STOP"]
    draft = office.store.read_sync(lambda work: work.drafts.get(pair.kept_talk, office.user.id))
    assert draft is not None
    assert draft.text == "half of one\nhalf of two"
    tags = office.store.read_sync(lambda work: work.tags.of_contacts([pair.kept, pair.merged]))
    assert {key: [tag.name for tag in found] for key, found in tags.items()} == {pair.kept: ["both", "one"]}
    values = office.store.read_sync(lambda work: work.custom_fields.values_of([pair.kept, pair.merged]))
    assert {key: sorted(found.values()) for key, found in values.items()} == {pair.kept: ["M", "Rex"]}
    (event,) = [row for row in _all(office, schema.conversation_events) if row.kind == "contact_merged"]
    assert (event.conversation_id, event.details["name"]) == (pair.kept_talk, "Mary Gómez")
    assert "Size: L" in event.details["other_values"]
    assert not office.store.read_sync(wrong_columns)
    assert found_in(office, "pears") == {pair.kept_talk}
    page = office.store.read_sync(lambda work: work.conversations.page(View.ALL, user_id=1, before=None, limit=9))
    assert [one.id for one in page.items] == [pair.kept_talk]
    people = office.store.read_sync(lambda work: work.contacts.find("", limit=9))
    assert [one.id for one in people] == [pair.kept]
    assert office.store.read_sync(lambda work: work.contacts.find("Mary", limit=9)) == ()


def _all(office: Office, table: object) -> list[object]:
    return office.store.read_sync(lambda work: work.connection.execute(select(table)).all())  # type: ignore[call-overload, no-any-return]


@pytest.mark.row("D-09", "D-20")
@pytest.mark.parametrize("by", ["merge", "undo"])
@pytest.mark.parametrize("way", [(0, 1), (1, 0)])
def test_parting_restores_both_exactly(office: Office, merges: MergeService, by: str, way: tuple[int, int]) -> None:
    pair = Pair(office)
    people = (pair.kept, pair.merged)
    before = state(office)
    merge_id = run(merges.merge(people[way[0]], people[way[1]]))
    assert state(office) != before
    office.clock.advance(timedelta(minutes=1))
    if by == "merge":
        run(merges.unmerge(merge_id))
    else:
        undo = UndoService(office.store, user_id=office.user.id, reversals={STEP: merges.reverse})
        undone = run(undo.undo_last())
        assert undone is not None
        assert (undone.restored, undone.changed_since) == (1, 0)
    now = state(office)
    for name, rows in before.items():
        assert now[name] == rows, name
    assert found_in(office, "pears") == {pair.merged_talk}
    assert found_in(office, "apples") == {pair.kept_talk}
    with pytest.raises(NotFoundError):
        run(merges.unmerge(merge_id))


@pytest.mark.row("D-09")
def test_what_came_after_the_merge_goes_to_the_owner_of_its_address(office: Office, merges: MergeService) -> None:
    pair = Pair(office)
    addresses = {one.contact_id: one for key in (pair.kept, pair.merged) for one in contact(office, key).addresses}
    merge_id = run(merges.merge(pair.kept, pair.merged))
    office.clock.advance(timedelta(minutes=5))
    late = pair.desk.hear(pair.kept_talk, "plums of hers")
    stays = pair.desk.hear(pair.kept_talk, "cherries of his")

    def own(work: Work) -> None:
        for message, owner in ((late, pair.merged), (stays, pair.kept)):
            statement = schema.messages.update().where(schema.messages.c.id == message)
            work.connection.execute(statement.values(address_id=addresses[owner].id))

    office.store.run_sync(own)
    run(merges.unmerge(merge_id))
    assert found_in(office, "plums") == {pair.merged_talk}
    assert found_in(office, "cherries") == {pair.kept_talk}
    assert not office.store.read_sync(wrong_columns)
    rows = {
        row.id: row
        for row in office.store.read_sync(lambda w: w.connection.execute(select(schema.conversations)).all())
    }
    assert rows[pair.merged_talk].snippet == "plums of hers"
    assert rows[pair.kept_talk].snippet == "cherries of his"
    assert rows[pair.merged_talk].unread_count > 0


@pytest.mark.row("D-09")
def test_a_later_merge_stands_in_the_way(office: Office, merges: MergeService) -> None:
    pair = Pair(office)
    third = office.contact("+14155550777", first_name="M")
    office.conversation_of(third)
    before = state(office)
    first = run(merges.merge(pair.kept, pair.merged))
    second = run(merges.merge(third.id, pair.kept))
    assert office.store.read_sync(lambda work: work.merges.ids_of(third.id)) == [third.id, pair.kept, pair.merged]
    with pytest.raises(InboxError) as error:
        run(merges.unmerge(first))
    assert error.value.code == "merge_later"
    with pytest.raises(NotFoundError):
        run(merges.merge(pair.merged, third.id))
    run(merges.unmerge(second))
    run(merges.unmerge(first))
    assert state(office) == before


@pytest.mark.row("B-04", "D-09")
def test_reasons_and_pairs_that_were_parted(office: Office, merges: MergeService) -> None:
    def add(work: Work) -> list[ContactId]:
        tel, wa, mail = Scheme.TEL, Scheme.WHATSAPP, Scheme.EMAIL
        people = [
            ([(tel, "+14155550101")], "Maria", "Gomez", ""), ([(wa, "+14155550101")], "maria", "Gómez", ""),
            ([(mail, "a.b@gmail.com")], "", "", ""), ([(mail, "ab+x@googlemail.com")], "", "", ""),
            ([(tel, "+5215512345678")], "Luis", "", ""), ([(tel, "+525512345678")], "", "", ""),
            ([(tel, "+442079460999")], "Amina", "Khalil", ""), ([(tel, "+4402079460999")], "Amina", "Khalil", ""),
            ([(tel, "+14155550303")], "Tom", "Reed", ""), ([(wa, "+14155550303")], "Ann", "Reed", ""),
            ([(tel, "+14155550404")], "Jo", "Ward", "Acme"), ([(tel, "+14155558505")], "Jo", "Ward", "ACME"),
            ([(tel, "+14155550606")], "Jo", "Hill", ""), ([(tel, "+14155558707")], "Jo", "Hill", ""),
        ]  # fmt: skip
        return [
            work.contacts.add(paths, first_name=one, last_name=two, company=firm).id for paths, one, two, firm in people
        ]

    ids = office.store.run_sync(add)
    found = run(merges.suggestions())
    assert [(ids.index(one.one_id), ids.index(one.other_id), one.reason, one.certainty) for one in found] == [
        (0, 1, MergeReason.SAME_NUMBER, Certainty.SURE),
        (2, 3, MergeReason.SAME_EMAIL, Certainty.SURE),
        (4, 5, MergeReason.SAME_NUMBER_WRITTEN_OTHERWISE, Certainty.SURE),
        (6, 7, MergeReason.SAME_NAME_AND_DIGITS, Certainty.SURE),
        (8, 9, MergeReason.SAME_NUMBER, Certainty.LIKELY),
        (10, 11, MergeReason.SAME_NAME_AND_COMPANY, Certainty.LIKELY),
    ]
    pair = run(merges.pair(found[0]))
    assert pair is not None
    assert [one.id for one in pair] == ids[:2]
    run(merges.keep_apart(ids[1], ids[0]))
    run(merges.merge(ids[2], ids[3]))
    assert [ids.index(one.one_id) for one in run(merges.suggestions())] == [4, 6, 8, 10]
    run(UndoService(office.store, user_id=office.user.id, reversals={STEP: merges.reverse}).undo_last())
    run(UndoService(office.store, user_id=office.user.id).undo_last())
    assert len(run(merges.suggestions())) == 6


_FIRST = (
    "Ana", "Ben", "Carla", "Dan", "Eva", "Finn", "Gina", "Hugo", "Ines", "Jan", "Kira", "Leo", "Mia", "Nils", "Olga",
    "Paul", "Rosa", "Sven", "Tina", "Uwe",
)  # fmt: skip
_LAST = (
    "Abel", "Berg", "Cruz", "Dahl", "Egli", "Funk", "Gomez", "Huber", "Imhof", "Jung", "Klein", "Lang", "Meier",
    "Nolte", "Otto", "Peters", "Roth", "Stein",
)  # fmt: skip


def _known_duplicates(work: Work, *, people: int, doubled: int) -> list[tuple[int, int]]:
    """Fill an office with people of few names; some are there twice, each in one of eight ways."""
    source = random.Random(7)
    rows: list[tuple[str, str, str, list[tuple[Scheme, str]]]] = []
    pairs: list[tuple[int, int]] = []
    for number in range(people - doubled):
        first, last = source.choice(_FIRST), source.choice(_LAST)
        path = f"+1{source.choice((415, 212, 305))}{source.randrange(2_000_000, 9_999_999)}"
        rows.append(
            (
                first,
                last,
                source.choice(("", "", "Acme", "Borg")),
                [(Scheme.TEL, f"{path}"), (Scheme.EMAIL, f"p{number}@example.org")],
            )
        )
    for number in range(doubled):
        first, last, company, ((_, path), (_, mail)) = rows[number]
        tail = path[-7:]
        ways = (
            (first, last, company, [(Scheme.WHATSAPP, path)]),
            ("", "", "", [(Scheme.WHATSAPP, path)]),
            (first, "", "", [(Scheme.WHATSAPP, path)]),
            (first.upper(), last, "", [(Scheme.TEL, f"+44207{tail}")]),
            (first, last, "", [(Scheme.TEL, f"+49{tail}{tail}")]),
            (first[0], last, "", [(Scheme.EMAIL, mail.replace("@", "+news@"))]),
            ("", "", "", [(Scheme.EMAIL, mail.replace("@", "+x@"))]),
            (f"{first}{last}", "", "", [(Scheme.TELEGRAM, f"{number}77777")]),  # nobody can tell
        )
        pairs.append((number, len(rows)))
        rows.append(ways[number % len(ways)])
    ids = []
    taken: set[tuple[Scheme, str]] = set()
    work.announce_in_bulk()
    writes = []
    for first, last, company, paths in rows:
        free = [place for place in paths if place not in taken]
        taken.update(free)
        writes.append(
            ContactWrite(id=None, columns={"first_name": first, "last_name": last, "company": company}, addresses=free)
        )
    ids = work.contact_bulk.write(writes, user_id=1)  # type: ignore[arg-type]
    return [(ids[one], ids[other]) for one, other in pairs]


@pytest.mark.row("D-09")
def test_sure_suggestions_are_right(sqlite_office: Office) -> None:
    true_pairs = sqlite_office.store.run_sync(lambda work: _known_duplicates(work, people=10_000, doubled=800))
    found = sqlite_office.store.read_sync(find_duplicates)
    sure = [one for one in found if one.certainty is Certainty.SURE]
    precision, hits = recall(sure, true_pairs)
    print(f"sure: precision {precision:.3f}, recall {hits:.3f}; with likely ones {recall(found, true_pairs)}")
    assert precision >= 0.98
    assert hits >= 0.8


@pytest.mark.row("D-09")
def test_deleting_the_kept_contact_leaves_nothing_of_the_merged_one(office: Office, merges: MergeService) -> None:
    pair = Pair(office)
    run(merges.merge(pair.kept, pair.merged))
    office.store.run_sync(lambda work: work.contacts.delete(pair.kept))
    assert _all(office, schema.contacts) == []
    assert _all(office, schema.contact_merges) == []
