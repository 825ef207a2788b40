"""Segments as text: what ``parse_segment`` reads back as the same filter."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal

from desktop_inbox.models.entities.segment import (
    INACTIVE,
    ME,
    NOBODY,
    Between,
    Condition,
    DayMonth,
    Group,
    GroupOp,
    Node,
    Operator,
    Span,
    Value,
)
from desktop_inbox.models.entities.segment_fields import BARE, Catalogue, Field, FieldType, Kind
from desktop_inbox.models.search_text import fold

from .segment_tokens import quote

_JOINERS: Mapping[GroupOp, str] = {GroupOp.ALL: " and ", GroupOp.ANY: " or ", GroupOp.NONE: " or "}


def print_segment(group: Group, catalogue: Catalogue) -> str:
    """Return ``group`` as text; "" where it selects everybody. What does not exist any more shows as its number."""
    return _group(group, catalogue, top=True)


def _group(group: Group, catalogue: Catalogue, *, top: bool) -> str:
    inside = _JOINERS[group.op].join(_node(child, catalogue) for child in group.children)
    if group.op is GroupOp.NONE:
        return f"not ({inside})"
    return inside if top or len(group.children) == 1 else f"({inside})"


def _node(node: Node, catalogue: Catalogue) -> str:
    if isinstance(node, Condition):
        return print_condition(node, catalogue)
    return _group(node, catalogue, top=False)


def print_condition(condition: Condition, catalogue: Catalogue) -> str:
    """Return one condition as text."""
    operator, field = condition.operator, catalogue.field(condition.field)
    if operator in (Operator.IN_SEGMENT, Operator.NOT_IN_SEGMENT):
        return f"{operator.value} {_value(condition.value, field, catalogue)}"
    if operator in BARE:
        return f"{condition.field} {operator.value}"
    sign = f"{operator.value} =" if operator is Operator.DAY_MONTH else operator.value
    return f"{condition.field} {sign} {_value(condition.value, field, catalogue)}"


def _value(value: Value, field: Field | None, catalogue: Catalogue) -> str:
    match value:
        case tuple():
            return "(" + ", ".join(_value(one, field, catalogue) for one in value) + ")"
        case Between():
            low, high = (_value(end, field, catalogue) for end in (value.low, value.high))
            return f"{low} .. {high}"
        case Span():
            unit = value.unit.value
            return f"{value.count} {unit[:-1] if value.count == 1 else unit}"
        case DayMonth():
            return f"{value.month:02}-{value.day:02}"
        case datetime():
            return f'datetime("{value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")}")'
        case date():
            return value.isoformat()
        case time():
            return value.isoformat(timespec="minutes")
        case str():
            return _text(value, field)
    if field is not None and field.kind is not None and isinstance(value, int):
        return print_name(value, field.kind, catalogue)
    return format(Decimal(repr(value)).normalize(), "f")


def _text(value: str, field: Field | None) -> str:
    if field is not None:
        special = field.type is FieldType.USER and value in (ME, NOBODY, INACTIVE)
        if special or (field.choices and field.type in (FieldType.CHOICE, FieldType.SET)):
            return value
    return quote(value)


def print_name(key: int, kind: Kind, catalogue: Catalogue) -> str:
    """Return the name in quotes, or the number where the name says too little or does not exist any more."""
    named = catalogue.named(kind)
    name = next((one.name for one in named if one.id == key), "")
    alone = sum(1 for one in named if fold(one.name) == fold(name)) == 1
    return quote(name) if alone and name.strip() == name and name else f"#{key}"
