"""What is known about a contact: names, addresses in order, custom fields, tags, lists; each change can be undone."""

import pytest

from desktop_inbox.errors import InboxError, InvalidInputError, PermissionDeniedError
from desktop_inbox.models.entities.contact import Contact, OptIn, Scheme
from desktop_inbox.models.entities.custom_field import CustomField, FieldKind
from desktop_inbox.models.entities.ids import AddressId, FieldId
from desktop_inbox.models.entities.timeline import ConversationEvent
from desktop_inbox.models.entities.user import Role
from desktop_inbox.services.contacts import ContactService
from desktop_inbox.services.custom_fields import CustomFieldService
from desktop_inbox.services.field_values import read_value
from desktop_inbox.services.people import AddressTakenError, PeopleService
from desktop_inbox.services.tags import TagService
from desktop_inbox.services.undo import UndoService
from tests.support.offices import Office
from tests.support.run import run


@pytest.fixture
def people(office: Office) -> PeopleService:
    return PeopleService(office.store, user_id=office.user.id, region=lambda: "US")


@pytest.fixture
def tags(office: Office) -> TagService:
    return TagService(office.store, user_id=office.user.id)


@pytest.fixture
def fields(office: Office) -> CustomFieldService:
    return CustomFieldService(office.store, user_id=office.user.id)


@pytest.fixture
def undo(office: Office) -> UndoService:
    return UndoService(office.store, user_id=office.user.id)


def agent(office: Office) -> int:
    return office.store.run_sync(lambda work: work.users.add("Ben Ito", Role.AGENT)).id


def events_of(office: Office, contact: Contact) -> list[ConversationEvent]:
    conversation_id = office.conversation_of(contact)
    page = office.store.read_sync(lambda work: work.timeline.since(conversation_id, 0, 100))
    return [entry for entry in page.entries if isinstance(entry, ConversationEvent)]


# -- names and the like


@pytest.mark.row("S3-65", "F01")
def test_every_fact_is_changed_told_and_taken_back(office: Office, people: PeopleService, undo: UndoService) -> None:
    contact = office.contact(first_name="Maria")
    run(people.change(contact.id, last_name="Gómez", company=" Acme  Ltd ", language="PT-br", country="br"))
    known = run(people.profile(contact.id)).contact
    assert (known.name, known.company, known.language, known.country) == ("Maria Gómez", "Acme Ltd", "pt-BR", "BR")
    kinds = [event.kind for event in events_of(office, contact)]
    assert kinds == ["contact_renamed", "field_changed", "field_changed", "field_changed"]
    assert events_of(office, contact)[1].details == {"field": "company", "value": "Acme Ltd", "before": ""}
    run(undo.undo_last())
    assert run(people.profile(contact.id)).contact == contact
    found = run(ContactService(office.store, user_id=office.user.id).find("gómez"))
    assert found == ()  # the index knows that the name is gone


@pytest.mark.row("S3-65")
def test_what_is_so_already_changes_nothing(office: Office, people: PeopleService, undo: UndoService) -> None:
    contact = office.contact(first_name="Maria")
    run(people.change(contact.id, first_name=" Maria "))
    assert events_of(office, contact) == []
    assert run(undo.history()) == ()


@pytest.mark.row("S3-65", "P8")
def test_a_time_zone_is_kept_in_its_one_spelling_and_taken_back(
    office: Office, people: PeopleService, undo: UndoService
) -> None:
    contact = office.contact("+14155550148")
    run(people.change(contact.id, zone=" europe/berlin "))
    assert run(people.profile(contact.id)).contact.zone == "Europe/Berlin"
    run(people.change(contact.id, zone="America/new york"))
    assert run(people.profile(contact.id)).contact.zone == "America/New_York"
    assert events_of(office, contact)[1].details == {
        "field": "time zone", "value": "America/New_York", "before": "Europe/Berlin",
    }  # fmt: skip
    run(undo.undo_last())
    assert run(people.profile(contact.id)).contact.zone == "Europe/Berlin"
    run(people.change(contact.id, zone=""))
    assert run(people.profile(contact.id)).contact.zone == ""


@pytest.mark.row("S3-65")
def test_facts_that_cannot_be_kept_are_refused(office: Office, people: PeopleService) -> None:
    contact = office.contact()
    odd = {"zone": "Berlin time"}, {"zone": "Etc/GMT+5"}, {"zone": "../etc/passwd"}, {"zone": "localtime"}
    for values in (*odd, {"language": "klingon!"}, {"country": "USA"}, {"company": "a\x00b"}, {"first_name": "\ud800"}):
        with pytest.raises(InvalidInputError) as refused:
            run(people.change(contact.id, **values))
        assert refused.value.hint, values
    assert run(people.profile(contact.id)).contact == contact


# -- addresses


def paths(people: PeopleService, contact: Contact) -> list[str]:
    return [address.path for address in run(people.profile(contact.id)).contact.addresses]


@pytest.mark.row("S3-66")
def test_several_addresses_each_in_one_spelling(office: Office, people: PeopleService) -> None:
    contact = office.contact("+14155550148")
    run(people.add_address(contact.id, Scheme.EMAIL, " Maria.Gomez@Example.ORG "))
    run(people.add_address(contact.id, Scheme.TEL, "(415) 555-0199"))
    run(people.add_address(contact.id, Scheme.MATRIX, "@Maria:Example.org"))
    again = run(people.add_address(contact.id, Scheme.TEL, "+1 415 555 0199"))
    expected = ["+14155550148", "maria.gomez@example.org", "+14155550199", "@Maria:example.org"]
    assert paths(people, contact) == expected
    assert again == run(people.profile(contact.id)).contact.addresses[2].id
    assert [event.kind for event in events_of(office, contact)] == ["address_added"] * 3


@pytest.mark.row("S3-66")
def test_the_first_address_is_the_one_shown(office: Office, people: PeopleService, undo: UndoService) -> None:
    contact = office.contact("+14155550148")
    second = run(people.add_address(contact.id, Scheme.TEL, "415 555 0199"))
    run(people.order_addresses(contact.id, [second]))
    assert paths(people, contact) == ["+14155550199", "+14155550148"]
    conversation_id = office.conversation_of(contact)
    (row,) = office.store.read_sync(lambda work: work.conversations.summaries((conversation_id,), user_id=1))
    assert row.address == "+14155550199"
    run(undo.undo_last())
    assert paths(people, contact) == ["+14155550148", "+14155550199"]


@pytest.mark.row("S3-66")
def test_an_address_of_somebody_else_leads_to_them(office: Office, people: PeopleService) -> None:
    other = office.contact("+14155550199", first_name="Jonas")
    contact = office.contact("+14155550148")
    with pytest.raises(AddressTakenError) as taken:
        run(people.add_address(contact.id, Scheme.TEL, "415 555 0199"))
    assert (taken.value.contact_id, taken.value.contact_name) == (other.id, "Jonas")
    assert paths(people, contact) == ["+14155550148"]


@pytest.mark.row("S3-66", "F01")
def test_an_address_is_removed_and_comes_back_as_it_was(
    office: Office, people: PeopleService, undo: UndoService
) -> None:
    contact = office.contact("+14155550148")
    key = run(people.add_address(contact.id, Scheme.EMAIL, "maria@example.org"))
    run(people.remove_address(contact.id, key))
    assert paths(people, contact) == ["+14155550148"]
    assert run(ContactService(office.store, user_id=1).find("maria@example.org")) == ()
    run(undo.undo_last())
    assert run(people.profile(contact.id)).contact.addresses[1].id == key
    assert len(run(ContactService(office.store, user_id=1).find("maria@example.org"))) == 1


@pytest.mark.row("S4-17")
def test_an_address_that_opted_out_stays_known(office: Office, people: PeopleService) -> None:
    contact = office.contact("+14155550148")
    address = contact.addresses[0]
    service = ContactService(office.store, user_id=office.user.id)
    run(service.set_opt_in(contact.id, OptIn.OPTED_OUT, reason="by phone", address_id=address.id))
    with pytest.raises(InvalidInputError, match="opted out"):
        run(people.remove_address(contact.id, address.id))
    assert paths(people, contact) == ["+14155550148"]


def test_an_address_of_another_contact_is_not_removed(office: Office, people: PeopleService) -> None:
    contact, other = office.contact("+14155550148"), office.contact("+14155550199")
    with pytest.raises(InboxError):
        run(people.remove_address(contact.id, other.addresses[0].id))
    with pytest.raises(InboxError):
        run(people.remove_address(contact.id, AddressId(999)))
    assert paths(people, other) == ["+14155550199"]


# -- custom fields


def made_up(kind: FieldKind, *choices: str) -> CustomField:
    return CustomField(id=FieldId(1), slug="x", name="X", kind=kind, choices=choices)


@pytest.mark.row("S3-67")
@pytest.mark.parametrize(
    ("kind", "typed", "text", "number"),
    [
        (FieldKind.TEXT, "  two words ", "two words", None),
        (FieldKind.LIST, "GOLD", "Gold", None),
        (FieldKind.CHECKBOX, "Yes", "true", 1.0),
        (FieldKind.CHECKBOX, "off", "false", 0.0),
        (FieldKind.EMAIL, "Ana@Example.org", "ana@example.org", None),
        (FieldKind.NUMBER, "1 234,50", "1234.5", 1234.5),
        (FieldKind.NUMBER, "-0", "0", 0.0),
        (FieldKind.NUMBER, "100", "100", 100.0),
        (FieldKind.URL, "example.org/a", "https://example.org/a", None),
        (FieldKind.URL, "http://example.org", "http://example.org", None),
        (FieldKind.DATE, "2026-2-8", "2026-02-08", 739655.0),
        (FieldKind.DATE, "0001-01-01", "0001-01-01", 1.0),
        (FieldKind.TIME, "9:05", "09:05", 545.0),
        (FieldKind.TIME, "12:30 am", "00:30", 30.0),
        (FieldKind.TIME, "9.05pm", "21:05", 1265.0),
    ],
)
def test_values_have_one_spelling(kind: FieldKind, typed: str, text: str, number: float | None) -> None:
    value = read_value(made_up(kind, "Silver", "Gold"), typed)
    assert value is not None
    assert (value.text, value.number) == (text, number)
    again = read_value(made_up(kind, "Silver", "Gold"), value.text)
    assert again == value


@pytest.mark.row("S3-67")
@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        (FieldKind.TEXT, "x" * 2001),
        (FieldKind.TEXT, "a\x00b"),
        (FieldKind.LIST, "Bronze"),
        (FieldKind.CHECKBOX, "maybe"),
        (FieldKind.EMAIL, "ana at example.org"),
        (FieldKind.NUMBER, "12 apples"),
        (FieldKind.NUMBER, "1e400"),
        (FieldKind.NUMBER, "NaN"),
        (FieldKind.URL, "javascript:alert(1)"),
        (FieldKind.URL, "file:///etc/passwd"),
        (FieldKind.URL, "https://user:secret@example.org"),
        (FieldKind.URL, "https://exa mple.org"),
        (FieldKind.DATE, "2026-02-30"),
        (FieldKind.DATE, "8.2.2026"),
        (FieldKind.TIME, "25:00"),
        (FieldKind.TIME, "13:00 pm"),
    ],
)
def test_values_of_another_kind_are_refused_with_what_to_write(kind: FieldKind, typed: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        read_value(made_up(kind, "Silver", "Gold"), typed)
    assert refused.value.hint


@pytest.mark.row("S3-67")
def test_a_field_of_every_kind_is_defined_filled_emptied_and_taken_back(
    office: Office, people: PeopleService, fields: CustomFieldService, undo: UndoService
) -> None:
    for number, kind in enumerate(FieldKind):
        _fill_and_empty(office, people, fields, undo, kind, number)


def _fill_and_empty(
    office: Office, people: PeopleService, fields: CustomFieldService, undo: UndoService, kind: FieldKind, number: int
) -> None:
    contact = office.contact(f"+1415555010{number}")
    field = run(fields.define(f"Größe & {kind}", kind, description="About", choices=["Gold", "gold", " Silver "]))
    assert field.slug == f"grosse_{kind}"
    assert field.choices == (("Gold", "Silver") if kind is FieldKind.LIST else ())
    typed = {
        FieldKind.LIST: "gold",
        FieldKind.CHECKBOX: "yes",
        FieldKind.EMAIL: "a@example.org",
        FieldKind.NUMBER: "7",
        FieldKind.URL: "example.org",
        FieldKind.DATE: "2026-11-21",
        FieldKind.TIME: "14:30",
    }.get(kind, "text")
    run(people.set_field(contact.id, field.id, typed))
    value = run(people.profile(contact.id)).values[field.id]
    assert value
    assert run(fields.in_use(field.id)) == 1
    run(people.set_field(contact.id, field.id, "  "))
    assert run(people.profile(contact.id)).values == {}
    run(undo.undo_last())
    assert run(people.profile(contact.id)).values == {field.id: value}
    assert [event.kind for event in events_of(office, contact)] == ["field_changed", "field_changed", "undone"]


REFUSED: tuple[tuple[str, FieldKind, dict[str, object]], ...] = (
    ("", FieldKind.TEXT, {}),
    ("x" * 51, FieldKind.TEXT, {}),
    ("ok", FieldKind.TEXT, {"slug": "has space"}),
    ("ok", FieldKind.TEXT, {"slug": "x" * 51}),
    ("ok", FieldKind.TEXT, {"slug": "Ümlaut"}),
    ("ok", FieldKind.TEXT, {"description": "d" * 256}),
    ("ok", FieldKind.LIST, {"choices": ["", " "]}),
    ("ok", FieldKind.LIST, {"choices": [str(number) for number in range(201)]}),
    ("Birthday", FieldKind.TEXT, {}),
    ("BIRTHDAY", FieldKind.TEXT, {}),
    ("ok", FieldKind.TEXT, {"slug": "birthday"}),
)


@pytest.mark.row("S3-67")
def test_limits_of_a_field_are_told(fields: CustomFieldService) -> None:
    run(fields.define("Birthday", FieldKind.DATE))
    for name, kind, more in REFUSED:
        with pytest.raises(InvalidInputError) as refused:
            run(fields.define(name, kind, **more))  # type: ignore[arg-type]
        assert refused.value.hint, (name, more)
    assert len(run(fields.all())) == 1


@pytest.mark.row("S3-67")
def test_a_field_keeps_its_slug_and_kind_for_ever(fields: CustomFieldService) -> None:
    field = run(fields.define("Birthday", FieldKind.DATE, slug="birth_date"))
    longest = run(fields.define("n" * 50, FieldKind.TEXT, slug="s" * 50, description="d" * 255))
    assert (len(longest.name), len(longest.slug), len(longest.description)) == (50, 50, 255)
    changed = run(fields.change(field.id, name="Date of birth", description="For cards"))
    assert (changed.slug, changed.kind, changed.name) == ("birth_date", FieldKind.DATE, "Date of birth")
    second = run(fields.define("Birthday", FieldKind.TEXT))
    third = run(fields.define("Birthday!", FieldKind.TEXT))
    assert [second.slug, third.slug] == ["birthday", "birthday_2"]


@pytest.mark.row("S3-67")
def test_a_choice_that_is_used_cannot_go(office: Office, people: PeopleService, fields: CustomFieldService) -> None:
    contact = office.contact()
    field = run(fields.define("Level", FieldKind.LIST, choices=["Gold", "Silver"]))
    run(people.set_field(contact.id, field.id, "Gold"))
    with pytest.raises(InvalidInputError, match="Gold"):
        run(fields.change(field.id, name="Level", choices=["Silver"]))
    assert run(fields.change(field.id, name="Level", choices=["Gold", "Bronze"])).choices == ("Gold", "Bronze")


@pytest.mark.row("S3-67", "F01")
def test_a_deleted_field_comes_back_with_its_values(
    office: Office, people: PeopleService, fields: CustomFieldService, undo: UndoService
) -> None:
    contact = office.contact()
    field = run(fields.define("Level", FieldKind.NUMBER))
    run(people.set_field(contact.id, field.id, "3"))
    assert run(fields.delete(field.id)) == 1
    assert run(people.profile(contact.id)).fields == ()
    run(undo.undo_last())
    profile = run(people.profile(contact.id))
    assert profile.fields == (field,)
    assert profile.values == {field.id: "3"}


def test_fields_and_tags_are_defined_by_administrators(office: Office) -> None:
    user_id = agent(office)
    fields = CustomFieldService(office.store, user_id=user_id)
    tags = TagService(office.store, user_id=user_id)
    contact = office.contact()
    tag = run(tags.add([contact.id], "VIP"))  # everybody tags
    listed = run(tags.add_to_list([contact.id], "Spring"))
    for work in (
        lambda: fields.define("Level", FieldKind.TEXT),
        lambda: tags.rename(tag.id, "Other"),
        lambda: tags.delete(tag.id),
        lambda: tags.rename_list(listed.id, "Other"),
        lambda: tags.delete_list(listed.id),
    ):
        with pytest.raises(PermissionDeniedError):
            run(work())
    assert [one.name for one in run(tags.all())] == ["VIP"]


# -- tags


@pytest.mark.row("S3-68", "S3-69", "F01")
def test_a_tag_is_made_by_typing_it_and_taken_back(
    office: Office, people: PeopleService, tags: TagService, undo: UndoService
) -> None:
    contact = office.contact()
    first = run(tags.add([contact.id], " New  customer\n"))
    assert first.name == "New customer"
    again = run(tags.add([contact.id], "NEW CUSTOMER"))
    assert again.id == first.id
    assert [tag.name for tag in run(people.profile(contact.id)).tags] == ["New customer"]
    assert [(event.kind, event.details["name"]) for event in events_of(office, contact)] == [
        ("tag_added", "New customer")
    ]
    run(tags.remove([contact.id], first.id))
    assert run(people.profile(contact.id)).tags == ()
    run(undo.undo_last())
    assert [tag.name for tag in run(people.profile(contact.id)).tags] == ["New customer"]


@pytest.mark.row("S3-68")
def test_a_tag_that_cannot_be_kept_is_refused(office: Office, tags: TagService) -> None:
    contact = office.contact()
    for name in ("", "  ", "\u200b", "x" * 256, "a\x00b"):
        with pytest.raises(InvalidInputError):
            run(tags.add([contact.id], name))
    assert run(tags.all()) == ()


@pytest.mark.row("S3-68")
def test_a_tag_may_have_255_characters(office: Office, tags: TagService) -> None:
    assert len(run(tags.add([office.contact().id], "x" * 255)).name) == 255


@pytest.mark.row("S3-70")
def test_tags_are_completed_by_any_part_whatever_the_case(office: Office, tags: TagService) -> None:
    contact = office.contact()
    for name in ("Épicerie", "New customer", "Customer", "VIP", "100%"):
        run(tags.add([contact.id], name))

    def found(text: str) -> list[str]:
        return [tag.name for tag in run(tags.complete(text))]

    assert found("CUSTOM") == ["Customer", "New customer"]  # what it begins comes first
    assert found("epi") == ["Épicerie"]
    assert found("%") == ["100%"]
    assert len(run(tags.complete("", limit=3))) == 3


def test_a_tag_is_renamed_and_deleted_for_everybody(
    office: Office, people: PeopleService, tags: TagService, undo: UndoService
) -> None:
    contact, other = office.contact(), office.contact("+14155550199")
    tag = run(tags.add([contact.id, other.id], "VIP"))
    run(tags.add([contact.id], "Old"))
    with pytest.raises(InvalidInputError, match="Old"):
        run(tags.rename(tag.id, "old"))
    run(tags.rename(tag.id, "Important"))
    assert [(one.name, one.contacts) for one in run(tags.all())] == [("Important", 2), ("Old", 1)]
    assert run(tags.delete(tag.id)) == 2
    assert run(people.profile(other.id)).tags == ()
    run(undo.undo_last())
    assert [one.name for one in run(people.profile(other.id)).tags] == ["Important"]


def test_lists_are_filled_by_hand(office: Office, people: PeopleService, tags: TagService, undo: UndoService) -> None:
    contacts = [office.contact(f"+1415555010{number}").id for number in range(3)]
    listed = run(tags.add_to_list(contacts, "Spring mailing"))
    run(tags.add_to_list(contacts[:1], "spring MAILING"))
    run(tags.remove_from_list(contacts[:1], listed.id))
    assert [(one.name, one.contacts) for one in run(tags.lists())] == [("Spring mailing", 2)]
    assert [one.name for one in run(people.profile(contacts[1])).lists] == ["Spring mailing"]
    run(undo.undo_last())
    assert run(tags.lists())[0].contacts == 3
    assert run(tags.delete_list(listed.id)) == 3
    assert run(tags.lists()) == ()


def test_many_contacts_are_tagged_at_once_and_told_in_bulk(office: Office, tags: TagService) -> None:
    contacts = office.store.run_sync(
        lambda work: [work.contacts.add([(Scheme.TEL, f"+1415555{number:04d}")]).id for number in range(60)]
    )
    office.heard.clear()
    run(tags.add(contacts, "Spring"))
    assert run(tags.all())[0].contacts == 60
    assert "BulkChanged" in office.heard_kinds()
    assert "ContactChanged" not in office.heard_kinds()
