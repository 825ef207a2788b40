"""Taking something back takes nothing else: neither a STOP nor what colleagues wrote in the meantime."""

from datetime import timedelta
from pathlib import Path

import pytest

from desktop_inbox.errors import InvalidInputError, NotFoundError, PermissionDeniedError
from desktop_inbox.models.entities.comment import AuthorKind
from desktop_inbox.models.entities.consent import ConsentMethod
from desktop_inbox.models.entities.contact import Contact, OptIn, Scheme
from desktop_inbox.models.entities.custom_field import FieldKind, FieldValue
from desktop_inbox.models.entities.ids import AddressId, ContactId, UndoStepId
from desktop_inbox.models.entities.user import Role
from desktop_inbox.models.work import Work
from desktop_inbox.services.contact_directory import ContactDirectory
from desktop_inbox.services.contact_import import ContactImportService
from desktop_inbox.services.merges import STEP, MergeService
from desktop_inbox.services.people import PeopleService
from desktop_inbox.services.undo import UndoService
from desktop_inbox.services.users import UserService
from tests.integration.test_contact_import import take
from tests.integration.test_inbox import Desk
from tests.support.offices import Office
from tests.support.run import run

pytestmark = pytest.mark.row("D-20")

ANN = b"Name,Phone\nAnn,+14155550100\n"


@pytest.fixture
def imports(office: Office) -> ContactImportService:
    return ContactImportService(office.store, user_id=office.user.id, region=lambda: "US")


@pytest.fixture
def undo(office: Office) -> UndoService:
    directory = ContactDirectory(office.store, user_id=office.user.id, region=lambda: "US")
    return UndoService(office.store, user_id=office.user.id, reversals=directory.reversals)


def contact(office: Office, key: ContactId) -> Contact:
    found = office.store.read_sync(lambda work: work.contacts.get(key))
    assert found is not None
    return found


def says(office: Office, key: ContactId, address: AddressId, status: OptIn = OptIn.OPTED_OUT) -> None:
    """The contact writes STOP or START, a while after whatever happened before."""
    office.clock.advance(timedelta(minutes=5))
    office.store.run_sync(
        lambda work: work.consent.record(key, status, method=ConsentMethod.KEYWORD, wording="STOP", address_id=address)
    )


@pytest.mark.parametrize("last", [OptIn.OPTED_OUT, OptIn.OPTED_IN])
def test_an_undone_import_opts_nobody_in_who_said_stop_since(
    office: Office, imports: ContactImportService, undo: UndoService, tmp_path: Path, last: OptIn
) -> None:
    known = Desk(office).contact("Ann")
    row = f"Name,Phone\nAnn,{known.addresses[0].path}\n".encode()
    run(take(imports, tmp_path / "out.csv", row, all_opted_out=True))
    says(office, known.id, known.addresses[0].id)
    if last is OptIn.OPTED_IN:
        says(office, known.id, known.addresses[0].id, OptIn.OPTED_IN)
    run(undo.undo_last())
    assert contact(office, known.id).opt_in is last


def test_an_undone_import_takes_back_its_own_opt_out(
    office: Office, imports: ContactImportService, undo: UndoService, tmp_path: Path
) -> None:
    known = Desk(office).contact("Ann")
    row = f"Name,Phone\nAnn,{known.addresses[0].path}\n".encode()
    run(take(imports, tmp_path / "out.csv", row, all_opted_out=True))
    run(undo.undo_last())
    assert contact(office, known.id).opt_in is OptIn.OPTED_IN


@pytest.mark.row("D-08", "S4-17")
def test_who_stands_on_two_opt_out_lists_is_opted_out_until_both_are_taken_back(
    office: Office, imports: ContactImportService, undo: UndoService, tmp_path: Path
) -> None:
    known = Desk(office).contact("Ann")
    row = f"Name,Phone,Company\nAnn,{known.addresses[0].path},".encode()
    steps = []
    for number, company in enumerate((b"One", b"Two")):
        office.clock.advance(timedelta(minutes=5))
        result = run(take(imports, tmp_path / f"{number}.csv", row + company + b"\n", all_opted_out=True))
        assert result.step_id is not None
        steps.append(result.step_id)
    assert len(office.store.read_sync(lambda work: work.consent.history(known.id))) == 2
    run(undo.undo(steps[0]))
    assert contact(office, known.id).opt_in is OptIn.OPTED_OUT
    run(undo.undo(steps[1]))
    assert contact(office, known.id).opt_in is OptIn.OPTED_IN


def test_a_new_contact_never_has_the_consent_of_one_who_is_gone(
    office: Office, imports: ContactImportService, undo: UndoService, tmp_path: Path
) -> None:
    (gone,) = run(take(imports, tmp_path / "out.csv", ANN, all_opted_out=True)).contact_ids
    run(undo.undo_last())
    (one,) = run(take(imports, tmp_path / "new.csv", b"Name,Phone\nEve,+14155550111\n")).contact_ids
    other = Desk(office).contact("Bob").id
    assert len({gone, one, other}) == 3
    assert [office.store.read_sync(lambda work, key=key: work.consent.history(key)) for key in (one, other)] == [(), ()]


@pytest.mark.parametrize("by", ["merge", "undo"])
@pytest.mark.parametrize("who", [0, 1])
@pytest.mark.parametrize("before", [False, True])
@pytest.mark.row("D-09")
def test_a_stop_outlives_the_merge_during_which_it_was_said(office: Office, by: str, who: int, before: bool) -> None:
    merges = MergeService(office.store, user_id=office.user.id)
    desk = Desk(office)
    people = [desk.contact(name) for name in ("Maria", "Mary")]
    addresses = [one.addresses[0].id for one in people]
    if before:
        says(office, people[1].id, addresses[1])
    office.clock.advance(timedelta(minutes=1))
    merge_id = run(merges.merge(people[0].id, people[1].id))
    says(office, people[0].id, addresses[who])
    if by == "merge":
        run(merges.unmerge(merge_id))
    else:
        run(UndoService(office.store, user_id=office.user.id, reversals={STEP: merges.reverse}).undo_last())
    parted = [contact(office, one.id) for one in people]
    assert parted[who].opt_in is OptIn.OPTED_OUT
    assert parted[1].opt_in is (OptIn.OPTED_OUT if before or who == 1 else OptIn.OPTED_IN)
    lines = office.store.read_sync(lambda work: work.consent.history(people[who].id))
    assert addresses[who] in {line.address_id for line in lines}


def test_a_question_raised_while_two_were_one_is_still_asked(office: Office) -> None:
    desk = Desk(office)
    people = [desk.contact("Ann"), desk.contact("Bob")]
    merges = MergeService(office.store, user_id=office.user.id)
    merge_id = run(merges.merge(people[0].id, people[1].id))
    message = desk.hear(desk.conversation("Cleo"), "please no more")
    office.store.run_sync(lambda work: work.consent.flag_question(people[0].id, message))
    run(merges.unmerge(merge_id))
    assert all(contact(office, one.id).looks_opted_out for one in people)


def test_a_contact_with_a_comment_or_an_address_stays_when_its_import_is_undone(
    office: Office, imports: ContactImportService, undo: UndoService, tmp_path: Path
) -> None:
    raw = b"Name,Phone,Tags\n" + b"".join(b"P%d,+1415555010%d,New\n" % (number, number) for number in range(6))
    result = run(take(imports, tmp_path / "all.csv", raw))
    noted, typed, reached, tagged, valued, plain = result.contact_ids

    def work_on(work: Work) -> None:
        talks = [work.conversations.of_contact(key) for key in (noted, typed)]
        work.comments.add(
            talks[0], "Call her", author_kind=AuthorKind.USER, author_id=office.user.id, author_name="Dana", mentions=()
        )
        work.drafts.save(talks[1], office.user.id, "half a sentence")
        work.contacts.add_address(reached, Scheme.TEL, "+14155550999")
        work.tags.put_on([tagged], work.tags.ensure("VIP").id)
        field = work.custom_fields.add(slug="size", name="Size", kind=FieldKind.TEXT, description="", choices=())
        work.custom_fields.set_value(valued, field.id, FieldValue(text="M"))

    office.store.run_sync(work_on)
    undone = run(undo.undo_last())
    assert undone is not None
    left = office.store.read_sync(lambda work: work.contacts.many(result.contact_ids))
    assert [one.id for one in left] == [noted, typed, reached, tagged, valued]
    assert undone.changed_since > 0
    assert all(one.addresses for one in left)
    assert plain not in {one.id for one in left}


def test_a_number_beyond_all_others_is_no_damage(office: Office, undo: UndoService) -> None:
    with pytest.raises(InvalidInputError, match="larger than any"):
        run(undo.undo(UndoStepId(10**30)))


def test_nobody_gets_back_rights_they_lost(office: Office, undo: UndoService) -> None:
    ann = UserService(office.store, user_id=office.user.id)
    bob = run(ann.add("Bob"))
    run(ann.set_role(bob.id, Role.ADMINISTRATOR))
    made = run(undo.history())[0]
    run(ann.set_role(office.user.id, Role.AGENT))
    for step in run(undo.history()):
        with pytest.raises(PermissionDeniedError):
            run(undo.undo(step.id))
    assert run(undo.step(made.id)).undone_at is None
    assert [user.name for user in run(ann.all()) if user.role is Role.ADMINISTRATOR] == ["Bob"]


def test_nobody_writes_to_a_contact_that_was_merged_away(office: Office) -> None:
    desk = Desk(office)
    kept, merged = (desk.contact(name) for name in ("Maria", "Mary"))
    run(MergeService(office.store, user_id=office.user.id).merge(kept.id, merged.id))
    people = PeopleService(office.store, user_id=office.user.id)
    with pytest.raises(NotFoundError):
        run(people.change(merged.id, company="Acme"))
    with pytest.raises(NotFoundError):
        run(people.add_address(merged.id, Scheme.EMAIL, "mary@example.org"))
