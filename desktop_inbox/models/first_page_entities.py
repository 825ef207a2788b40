"""The rows of the first page as entities, without the repositories."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import datetime
from enum import Enum
from typing import Any, get_args

from desktop_inbox.clock import from_millis

from .entities.conversation import ConversationSummary

#: Fields whose columns have another name.
_COLUMNS = {"address": "path", "channel_id": "last_channel_id"}

_Read = Callable[[Any], Any]


def _reader(kind: Any) -> _Read:
    """Return what makes a field of this type of what the database holds."""
    kinds = [one for one in get_args(kind) or (kind,) if one is not type(None)]
    optional = len(kinds) < len(get_args(kind))
    (one,) = kinds
    convert: _Read = from_millis if one is datetime else one if _has_values(one) else lambda value: value
    if one is str and not optional:
        return lambda value: value or ""
    return lambda value: None if value is None else convert(value)


def _has_values(kind: Any) -> bool:
    return kind is bool or (isinstance(kind, type) and issubclass(kind, Enum))


_READERS = {
    field.name: (_COLUMNS.get(field.name, field.name), _reader(field.type)) for field in fields(ConversationSummary)
}


def to_summary(row: Mapping[str, Any]) -> ConversationSummary:
    """Return the entity of a row; raises what a value raises that nobody wrote."""
    values = {name: read(row[column]) for name, (column, read) in _READERS.items() if column in row}
    values["name"] = f"{row['first_name']} {row['last_name']}".strip() or row["path"] or ""
    return ConversationSummary(**values)
