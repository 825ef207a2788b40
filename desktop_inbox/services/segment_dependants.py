"""Which segments need a tag, a list, a field or another segment, and what becomes of them when it is deleted."""

from collections.abc import Iterable

from desktop_inbox.models.entities.segment import Condition, Segment, SegmentId, conditions
from desktop_inbox.models.entities.segment_fields import BUILT_IN, CUSTOM_PREFIX, Kind
from desktop_inbox.models.repositories.undo import Step
from desktop_inbox.models.segment_context import referenced
from desktop_inbox.models.work import Work


def dependants(work: Work, what: Kind | str, key: int | str) -> tuple[Segment, ...]:
    """Return every segment that needs something, those that need such a segment included.

    ``what`` is a Kind and ``key`` an id, or ``"field"`` and the slug of a custom field.
    """
    known = work.segments.all()
    found = {segment.id for segment in known if _needs(segment, what, key)}
    while True:
        more = {segment.id for segment in known if found & set(referenced(segment.filter))} - found
        if not more:
            return tuple(segment for segment in known if segment.id in found)
        found |= more


def break_dependants(work: Work, step: Step, what: Kind | str, key: int | str, name: str) -> None:
    """Let the segments that need something match nothing from now on; undoing the step mends them.

    Call it inside the step that deletes it, before or after. Ids are given again, so without this a new tag could
    silently take the place of one that was deleted.
    """
    direct = [segment.id for segment in work.segments.all() if _needs(segment, what, key)]
    if direct:
        step.watch("segments", id=direct)
        label = what.value if isinstance(what, Kind) else what
        work.segments.break_all(direct, f"the {label} “{name}”, which was deleted")


def _needs(segment: Segment, what: Kind | str, key: int | str) -> bool:
    return any(_names(condition, what, key) for condition in conditions(segment.filter))


def _names(condition: Condition, what: Kind | str, key: int | str) -> bool:
    if not isinstance(what, Kind):
        return condition.field == f"{CUSTOM_PREFIX}{key}"
    field = BUILT_IN.get(condition.field)
    if field is None or field.kind is not what:
        return False
    value = condition.value
    return key in value if isinstance(value, tuple) else key == value


def expanded(known: Iterable[Segment], first: Iterable[SegmentId]) -> tuple[Segment, ...]:
    """Return the segments that are reached from ``first``, each once."""
    by_id = {segment.id: segment for segment in known}
    found: dict[SegmentId, Segment] = {}
    pending = list(first)
    while pending:
        segment = by_id.get(pending.pop())
        if segment is not None and segment.id not in found:
            found[segment.id] = segment
            pending.extend(referenced(segment.filter))
    return tuple(found.values())
