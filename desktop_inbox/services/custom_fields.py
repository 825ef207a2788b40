"""CustomFieldService: what an office wants to know about its contacts beyond names and addresses."""

import re
from collections.abc import Sequence
from typing import Final

from desktop_inbox.errors import InvalidInputError, NotFoundError
from desktop_inbox.models.entities.custom_field import (
    MAX_CHOICES,
    MAX_DESCRIPTION,
    MAX_NAME,
    MAX_SLUG,
    CustomField,
    FieldKind,
)
from desktop_inbox.models.entities.ids import FieldId, UserId
from desktop_inbox.models.search_text import fold
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work

from .plain_text import check_storable, clean_name
from .rights import need_administrator
from .segment_dependants import break_dependants

_SLUG = re.compile(r"[a-z0-9_]{1,50}", re.ASCII)
_MAX_FIELDS: Final = 200
_RIGHT: Final = "Fields can be changed"


class CustomFieldService:
    """Fields are defined by administrators; everybody fills them in (``PeopleService.set_field``)."""

    def __init__(self, store: Store, *, user_id: UserId) -> None:
        self._store = store
        self._user_id = user_id

    async def all(self) -> tuple[CustomField, ...]:
        """Return every field, in the order shown."""
        return await self._store.read(lambda work: work.custom_fields.all())

    async def define(
        self, name: str, kind: FieldKind, *, slug: str = "", description: str = "", choices: Sequence[str] = ()
    ) -> CustomField:
        """Define a field; without a ``slug`` one is made from the name.

        Raises InvalidInputError for names that are taken or too long, PermissionDeniedError for agents.
        """
        shown, about, listed = _clean(name, kind, description, choices)
        wanted = slug.strip()
        if wanted and not _SLUG.fullmatch(wanted):
            raise InvalidInputError(
                "field_slug",
                "The short name of a field has 1 to 50 small letters, digits and underscores.",
                hint="Write it as birth_date.",
            )

        def define(work: Work) -> CustomField:
            need_administrator(work, self._user_id, _RIGHT)
            known = work.custom_fields.all()
            if len(known) >= _MAX_FIELDS:
                raise InvalidInputError(
                    "field_many", f"There are {_MAX_FIELDS} fields already.", hint="Delete one that nobody uses."
                )
            _check_free(work, shown)
            taken = {field.slug for field in known}
            if wanted in taken:
                raise InvalidInputError(
                    "field_slug_taken", f"Another field has the short name {wanted}.", hint="Choose another one."
                )
            return work.custom_fields.add(
                slug=wanted or _free_slug(shown, taken), name=shown, kind=kind, description=about, choices=listed
            )

        return await self._store.run(define)

    async def change(
        self, field_id: FieldId, *, name: str, description: str = "", choices: Sequence[str] = ()
    ) -> CustomField:
        """Rename or describe a field, or change its choices; slug and kind stay for ever.

        A choice that contacts have cannot go: InvalidInputError names it.
        """

        def change(work: Work) -> CustomField:
            need_administrator(work, self._user_id, _RIGHT)
            known = _existing(work, field_id)
            shown, about, listed = _clean(name, known.kind, description, choices)
            _check_free(work, shown, field_id)
            if known.kind is FieldKind.LIST:
                used = work.custom_fields.values_in_use(field_id)
                lost = [value for value in used if value not in listed]
                if lost:
                    raise InvalidInputError(
                        "field_choice_used",
                        f"Contacts have the choice “{lost[0]}”, so it cannot be removed.",
                        hint="Give these contacts another value first.",
                    )
            work.custom_fields.change(field_id, name=shown, description=about, choices=listed)
            return _existing(work, field_id)

        return await self._store.run(change)

    async def move(self, ids: Sequence[FieldId]) -> None:
        """Show fields in this order."""

        def move(work: Work) -> None:
            need_administrator(work, self._user_id, _RIGHT)
            work.custom_fields.move(ids)

        await self._store.run(move)

    async def in_use(self, field_id: FieldId) -> int:
        """Return how many contacts have a value."""
        return await self._store.read(lambda work: work.custom_fields.count_values(field_id))

    async def delete(self, field_id: FieldId) -> int:
        """Remove a field with the values of all contacts; returns how many had one. It can be undone."""

        def remove(work: Work) -> int:
            need_administrator(work, self._user_id, _RIGHT)
            known = _existing(work, field_id)
            count = work.custom_fields.count_values(field_id)
            with work.undo.step(self._user_id, "field_deleted", details={"name": known.name}) as step:
                step.watch("custom_fields", id=[field_id])
                step.watch("contact_field_values", field_id=[field_id])
                step.watch("reminders", field_id=[field_id])  # they go with it, and come back with it
                step.watch("reminder_runs", reminder_id=work.reminders.of_field(field_id))
                break_dependants(work, step, "field", known.slug, known.name)
                work.custom_fields.delete(field_id)
            return count

        return await self._store.run(remove)


def _clean(name: str, kind: FieldKind, description: str, choices: Sequence[str]) -> tuple[str, str, tuple[str, ...]]:
    shown = clean_name(check_storable(name, "The name"), limit=MAX_NAME + 1)
    if not shown or not fold(shown):
        raise InvalidInputError("field_name_empty", "A field needs a name.", hint="Type a name.")
    if len(shown) > MAX_NAME:
        raise InvalidInputError(
            "field_name_long", f"The name of a field has at most {MAX_NAME} characters.", hint="Shorten it."
        )
    about = clean_name(check_storable(description, "The description"), limit=MAX_DESCRIPTION + 1)
    if len(about) > MAX_DESCRIPTION:
        raise InvalidInputError(
            "field_description_long",
            f"The description of a field has at most {MAX_DESCRIPTION} characters.",
            hint="Shorten it.",
        )
    return shown, about, _clean_choices(choices) if kind is FieldKind.LIST else ()


def _clean_choices(choices: Sequence[str]) -> tuple[str, ...]:
    found: dict[str, str] = {}
    for choice in choices:
        shown = clean_name(check_storable(choice, "The choice"), limit=MAX_DESCRIPTION)
        if shown:
            found.setdefault(fold(shown) or shown, shown)
    if not found:
        raise InvalidInputError("field_choices_empty", "A list needs at least one choice.", hint="Add a choice.")
    if len(found) > MAX_CHOICES:
        raise InvalidInputError(
            "field_choices_many", f"A list has at most {MAX_CHOICES} choices.", hint="Use a text field instead."
        )
    return tuple(found.values())


def _check_free(work: Work, name: str, field_id: FieldId | None = None) -> None:
    other = work.custom_fields.by_name(name)
    if other is not None and other.id != field_id:
        raise InvalidInputError(
            "field_name_taken", f"There is a field named “{other.name}” already.", hint="Choose another name."
        )


def _free_slug(name: str, taken: set[str]) -> str:
    base = re.sub(r"[^a-z0-9]+", "_", fold(name)).strip("_")[:MAX_SLUG] or "field"
    slug, number = base, 2
    while slug in taken:
        slug = f"{base[: MAX_SLUG - 4]}_{number}"
        number += 1
    return slug


def _existing(work: Work, field_id: FieldId) -> CustomField:
    found = work.custom_fields.get(field_id)
    if found is None:
        raise NotFoundError("field_missing", "The field does not exist any more.", hint="Choose another one.")
    return found
