"""Custom fields: queries and writes."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select, update

from desktop_inbox.events import ContactChanged, FieldsChanged
from desktop_inbox.models.entities.custom_field import CustomField, FieldKind, FieldValue
from desktop_inbox.models.entities.ids import ContactId, FieldId
from desktop_inbox.models.schema import contact_field_values, custom_fields
from desktop_inbox.models.search_text import fold, sort_key

from .base import AnyRow, Repository
from .conflicts import insert_into

_F, _V = custom_fields.c, contact_field_values.c
_ALL = select(custom_fields).order_by(_F.position, _F.id)
_VALUES = select(_V.contact_id, _V.field_id, _V.value).where(_V.contact_id.in_(bindparam("ids", expanding=True)))


class CustomFieldRepository(Repository):
    """Fields and their values. Values are given in the one spelling of their kind."""

    def all(self) -> tuple[CustomField, ...]:
        """Every field, in the order shown."""
        return tuple(_to_field(row) for row in self._connection.execute(_ALL))

    def get(self, field_id: FieldId) -> CustomField | None:
        """The field, or None."""
        row = self._connection.execute(_ALL.where(_F.id == field_id)).first()
        return None if row is None else _to_field(row)

    def by_slug(self, slug: str) -> CustomField | None:
        """The field of this slug, or None."""
        row = self._connection.execute(_ALL.where(_F.slug == slug)).first()
        return None if row is None else _to_field(row)

    def by_name(self, name: str) -> CustomField | None:
        """The field of this name, whatever its case and accents, or None."""
        row = self._connection.execute(_ALL.where(_F.name_key == fold(name))).first()
        return None if row is None else _to_field(row)

    def add(self, *, slug: str, name: str, kind: FieldKind, description: str, choices: Sequence[str]) -> CustomField:
        """Add a field behind all others."""
        last = self._connection.execute(select(func.coalesce(func.max(_F.position), 0))).scalar_one()
        statement = insert(custom_fields).values(
            slug=slug,
            name=name,
            name_key=fold(name),
            kind=kind,
            description=description,
            options=_options(kind, choices),
            position=last + 1,
            created_at=self._work.now(),
        )
        key = self._connection.execute(statement.returning(_F.id)).scalar_one()
        self._work.announce(FieldsChanged())
        made = self.get(FieldId(key))
        assert made is not None  # noqa: S101 - just inserted
        return made

    def change(self, field_id: FieldId, *, name: str, description: str, choices: Sequence[str]) -> None:
        """Change what may change; slug and kind never do."""
        known = self.get(field_id)
        kind = known.kind if known else FieldKind.TEXT
        values = {"name": name, "name_key": fold(name), "description": description, "options": _options(kind, choices)}
        self._connection.execute(update(custom_fields).where(_F.id == field_id).values(**values))
        self._work.announce(FieldsChanged())

    def move(self, ids: Sequence[FieldId]) -> None:
        """Show fields in this order."""
        for position, field_id in enumerate(ids, 1):
            self._connection.execute(update(custom_fields).where(_F.id == field_id).values(position=position))
        self._work.announce(FieldsChanged())

    def delete(self, field_id: FieldId) -> None:
        """Remove a field with all its values."""
        self._connection.execute(delete(contact_field_values).where(_V.field_id == field_id))
        self._connection.execute(delete(custom_fields).where(_F.id == field_id))
        self._work.announce(FieldsChanged())

    def count_values(self, field_id: FieldId) -> int:
        """How many contacts have a value."""
        return int(self._connection.execute(select(func.count()).where(_V.field_id == field_id)).scalar_one())

    def values_in_use(self, field_id: FieldId) -> tuple[str, ...]:
        """Every different value, in order."""
        query = select(_V.value).where(_V.field_id == field_id).distinct().order_by(_V.value)
        return tuple(self._connection.execute(query).scalars())

    def values_of(self, ids: Sequence[ContactId]) -> Mapping[ContactId, Mapping[FieldId, str]]:
        """The values of contacts; those without any are absent."""
        found: dict[ContactId, dict[FieldId, str]] = defaultdict(dict)
        for row in self._connection.execute(_VALUES, {"ids": list(ids)}) if ids else ():
            found[ContactId(row.contact_id)][FieldId(row.field_id)] = row.value
        return found

    def set_value(self, contact_id: ContactId, field_id: FieldId, value: FieldValue | None) -> None:
        """Write a value down, or forget it with None; announces the contact."""
        here = (_V.contact_id == contact_id) & (_V.field_id == field_id)
        if value is None:
            self._connection.execute(delete(contact_field_values).where(here))
        else:
            columns = {"value": value.text, "value_key": sort_key(value.text), "number": value.number}
            statement = insert_into(self._connection, contact_field_values).values(
                contact_id=contact_id, field_id=field_id, **columns
            )
            self._connection.execute(
                statement.on_conflict_do_update(index_elements=["contact_id", "field_id"], set_=columns)
            )
        self._work.announce(ContactChanged(contact_id=contact_id))


def _options(kind: FieldKind, choices: Sequence[str]) -> dict[str, Any]:
    return {"choices": list(choices)} if kind is FieldKind.LIST else {}


def _to_field(row: AnyRow) -> CustomField:
    return CustomField(
        id=FieldId(row.id),
        slug=row.slug,
        name=row.name,
        kind=FieldKind(row.kind),
        description=row.description,
        choices=tuple(row.options.get("choices", ())),
        position=row.position,
    )
