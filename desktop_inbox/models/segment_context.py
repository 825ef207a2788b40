"""What a segment needs to be worked out: who asks, when, where, and what exists."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from .entities.ids import UserId
from .entities.segment import ME, Condition, Group, Operator, Segment, SegmentId, conditions
from .entities.segment_fields import BUILT_IN, Catalogue, FieldType

#: A segment that refers to others may have so many conditions with all of theirs.
MAX_EXPANDED = 250


@dataclass(frozen=True, kw_only=True)
class Context:
    """One moment of one office, for one user; ``me`` is None where nobody asks, as in a scheduled broadcast."""

    catalogue: Catalogue
    now: datetime
    zone: tzinfo
    me: UserId | None = None
    segments: Mapping[SegmentId, Segment] = field(default_factory=dict)


def uses_me(group: Group) -> bool:
    """Whether the answer depends on who asks."""
    return any(_names_me(condition) for condition in conditions(group))


def _names_me(condition: Condition) -> bool:
    known, value = BUILT_IN.get(condition.field), condition.value
    if known is None or known.type is not FieldType.USER:
        return condition.field == "mentions_me"
    return value == ME or (isinstance(value, tuple) and ME in value)


def referenced(group: Group) -> Iterator[SegmentId]:
    """Yield the segments that ``group`` names itself."""
    for condition in conditions(group):
        if condition.operator in (Operator.IN_SEGMENT, Operator.NOT_IN_SEGMENT) and isinstance(condition.value, int):
            yield SegmentId(condition.value)


def problem(group: Group, context: Context) -> str:
    """Return what keeps ``group`` from being worked out, or "". Such a segment matches nothing, as a whole: were only
    the broken condition false, its denial would match everybody."""
    pending, seen, count = [(group, frozenset[int]())], 0, 0
    while pending:
        here, above = pending.pop()
        seen += 1
        for condition in conditions(here):
            count += 1
            missing = _missing(condition, context)
            if missing:
                return missing
        if count > MAX_EXPANDED or seen > MAX_EXPANDED:
            return "too many conditions in the segments it refers to"
        for key in referenced(here):
            segment = context.segments.get(key)
            if segment is None or segment.broken:
                return segment.broken if segment is not None else "a segment that does not exist any more"
            if key in above:
                return "itself"
            pending.append((segment.filter, above | {key}))
    return ""


def _missing(condition: Condition, context: Context) -> str:
    field_ = context.catalogue.field(condition.field)
    if field_ is None:
        return f"the field {condition.field}"
    if condition.operator not in field_.operators:
        return f"the field {field_.label} as it was"
    if context.me is None and _names_me(condition):
        return "somebody who asks"
    if field_.kind is None:
        return ""
    value = condition.value
    ids = [one for one in (value if isinstance(value, tuple) else (value,)) if isinstance(one, int)]
    known = context.catalogue.ids(field_.kind)
    return "" if all(one in known for one in ids) else f"a {field_.kind.value} that does not exist any more"
