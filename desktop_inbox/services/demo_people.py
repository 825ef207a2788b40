"""What the demo's office knows about its people: fields, tags and comments."""

from collections.abc import Mapping
from random import Random
from typing import Final

from desktop_inbox.models.entities.comment import AuthorKind
from desktop_inbox.models.entities.custom_field import CustomField, FieldKind
from desktop_inbox.models.entities.ids import ContactId, UserId
from desktop_inbox.models.work import Work

from .field_values import read_value

#: Slug, name, kind, choices.
_FIELDS: Final = (
    ("patient_number", "Patient number", FieldKind.TEXT, ()),
    ("birthday", "Birthday", FieldKind.DATE, ()),
    ("insurance", "Insurance", FieldKind.LIST, ("Public", "Private", "None")),
    ("recall", "Recall wanted", FieldKind.CHECKBOX, ()),
)
_TAGS: Final = ("Regular", "New patient", "Family", "Orthodontics", "Nervous")
_COMMENTS: Final[Mapping[str, str]] = {
    "Maria Gómez": "Prefers mornings. Her son Pablo is in treatment as well.",
    "Jonas Okafor": "Always ten minutes late, plan for it.",
    "Lukas Brandt": "Wants his invoice by post.",
}
_NOTES: Final[Mapping[str, tuple[str, str]]] = {
    "Grace Whitfield": ("Voicemail", "Hello, this is Grace. Could you call me back about the night guard? Thank you."),
}


def describe_people(work: Work, people: Mapping[str, ContactId], user_id: UserId | None) -> None:
    """Define fields and fill them in, tag some people, and leave comments; ``people`` by name."""
    fields = [
        work.custom_fields.add(slug=slug, name=name, kind=kind, description="", choices=choices)
        for slug, name, kind, choices in _FIELDS
        if work.custom_fields.by_slug(slug) is None and work.custom_fields.by_name(name) is None
    ]
    user = None if user_id is None else work.users.get(user_id)
    for number, (name, contact_id) in enumerate(people.items(), 1):
        chance = Random(name)  # noqa: S311 - invents a past
        values = _values(number, chance)
        for field in fields:
            _fill(work, contact_id, field, values[field.slug])
        for tag in chance.sample(_TAGS, chance.choice((0, 1, 1, 2))):
            work.tags.put_on((contact_id,), work.tags.ensure(tag).id)
        conversation_id = work.conversations.of_contact(contact_id)
        if name in _COMMENTS and user is not None:
            work.comments.add(
                conversation_id,
                _COMMENTS[name],
                author_kind=AuthorKind.USER,
                author_id=user.id,
                author_name=user.name,
            )
        if name in _NOTES:
            author, text = _NOTES[name]
            work.comments.add(conversation_id, text, author_kind=AuthorKind.EXTERNAL, author_name=author)


def forget_descriptions(work: Work) -> None:
    """Remove what nobody uses after the demo's people are gone."""
    invented = {slug for slug, *_ in _FIELDS}
    for field in work.custom_fields.all():
        if field.slug in invented and not work.custom_fields.count_values(field.id):
            work.custom_fields.delete(field.id)
    for tag in work.tags.all():
        if tag.name in _TAGS and not tag.contacts:
            work.tags.delete(tag.id)


def _values(number: int, chance: Random) -> dict[str, str]:
    birthday = f"{chance.randrange(1948, 2012)}-{chance.randrange(1, 13)}-{chance.randrange(1, 29)}"
    insurance = chance.choice(("Public", "Public", "Private", "None"))
    return {
        "patient_number": f"P-{1040 + 7 * number}",
        "birthday": birthday,
        "insurance": insurance,
        "recall": chance.choice(("yes", "yes", "no", "")),
    }


def _fill(work: Work, contact_id: ContactId, field: CustomField, text: str) -> None:
    value = read_value(field, text)
    if value is not None:
        work.custom_fields.set_value(contact_id, field.id, value)
