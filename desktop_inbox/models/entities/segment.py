"""Segment: a rule that selects contacts, as a tree of conditions with three notations: rows, JSON and text.

The tree refers to tags, lists, people, channels and other segments by id, to custom fields by slug: renaming them
changes no segment. Dates that are relative stay relative; they are worked out when the segment is asked for.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import Any, Final, NewType, TypeAlias

from .ids import UserId

SegmentId = NewType("SegmentId", int)

MAX_CONDITIONS: Final = 250
MAX_DEPTH: Final = 20
MAX_SEGMENTS: Final = 500
MAX_ITEMS: Final = 100  # values of one list
MAX_TEXT: Final = 255  # characters of one value
MAX_NAME: Final = 100

#: Values that stand for people whose name is not known before somebody asks.
ME: Final = "me"
NOBODY: Final = "nobody"
INACTIVE: Final = "inactive"


class GroupOp(StrEnum):
    """How the children of a group belong together."""

    ALL = "all"
    ANY = "any"
    NONE = "none"  # not any of them


class Operator(StrEnum):
    """What a condition asks, in the words of the text notation."""

    EQ = "="
    NE = "!="
    HAS = "~"
    HAS_NOT = "!~"
    STARTS = "^"
    ENDS = "$"
    IN = "in"
    NOT_IN = "not in"
    SET = "set"
    UNSET = "unset"
    GT = ">"
    LT = "<"
    GE = ">="
    LE = "<="
    BETWEEN = "between"
    ON = "on"
    NOT_ON = "not on"
    BEFORE = "before"
    AFTER = "after"
    LAST = "last"
    NEXT = "next"
    OLDER = "older than"
    TODAY = "today"
    THIS_WEEK = "this week"
    DAY_MONTH = "day-month"
    IS = "is"
    IS_NOT = "is not"
    ANY_OF = "any of"
    ALL_OF = "all of"
    NONE_OF = "none of"
    IS_TRUE = "is true"
    IS_FALSE = "is false"
    EXPIRES = "expires within"
    IN_SEGMENT = "in segment"
    NOT_IN_SEGMENT = "not in segment"


#: Each negative operator and what it denies: it holds for contacts without a value, and only when it holds for
#: every value of those with several.
NEGATIVE: Final[Mapping[Operator, Operator]] = {
    Operator.NE: Operator.EQ,
    Operator.HAS_NOT: Operator.HAS,
    Operator.NOT_IN: Operator.IN,
    Operator.UNSET: Operator.SET,
    Operator.NOT_ON: Operator.ON,
    Operator.IS_NOT: Operator.IS,
    Operator.NONE_OF: Operator.ANY_OF,
    Operator.NOT_IN_SEGMENT: Operator.IN_SEGMENT,
}


class Unit(StrEnum):
    """Units of a span; days and weeks follow the calendar of the workspace, also over changes of the clock."""

    MINUTES = "minutes"
    HOURS = "hours"
    DAYS = "days"
    WEEKS = "weeks"


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time."""

    count: int
    unit: Unit


@dataclass(frozen=True, slots=True)
class DayMonth:
    """A day of every year."""

    month: int
    day: int


@dataclass(frozen=True, slots=True)
class Between:
    """Both ends belong to it."""

    low: "Scalar"
    high: "Scalar"


#: A text, a number, a whole day, an exact moment (UTC), a time of day.
Scalar: TypeAlias = str | float | date | datetime | time
#: Lists hold names of choices, texts, or ids.
Value: TypeAlias = Scalar | Span | DayMonth | Between | tuple[str | int, ...] | int | None


@dataclass(frozen=True, slots=True)
class Condition:
    """One question about a contact."""

    field: str
    operator: Operator
    value: Value = None


@dataclass(frozen=True, slots=True)
class Group:
    """Several questions; one without children is no restriction."""

    op: GroupOp
    children: tuple["Node", ...] = ()


Node: TypeAlias = Group | Condition
EVERYBODY: Final = Group(GroupOp.ALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A saved filter; a pinned one is a view in the selector."""

    id: SegmentId
    name: str
    filter: Group
    shared: bool = True  # else only its owner sees it
    pinned: bool = True
    position: int = 0
    broken: str = ""  # what it needs and does not exist any more; then it matches nothing
    created_by_id: UserId
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltIn:
    """A filter that every office has; ``text`` is its text notation."""

    key: str
    name: str
    text: str


def conditions(node: Node) -> Iterator[Condition]:
    """Yield every condition below ``node``, in order."""
    if isinstance(node, Condition):
        yield node
        return
    for child in node.children:
        yield from conditions(child)


def depth(node: Node) -> int:
    """Return how many groups lie inside each other."""
    if isinstance(node, Condition):
        return 0
    return 1 + max((depth(child) for child in node.children), default=0)


def mapped(group: Group, change: Callable[[Condition], Condition]) -> Group:
    """Return ``group`` with every condition replaced by what ``change`` makes of it."""
    return replace(
        group,
        children=tuple(
            change(child) if isinstance(child, Condition) else mapped(child, change) for child in group.children
        ),
    )


def canonical(group: Group) -> Group:
    """Return the simplest tree that says the same, which all notations share.

    Groups without conditions are left out, those that only repeat their parent's word or hold a single
    condition are opened.
    """
    simple = _simple(group)
    if simple is None:
        return EVERYBODY
    return simple if isinstance(simple, Group) else Group(GroupOp.ALL, (simple,))


def _simple(node: Node) -> Node | None:
    if isinstance(node, Condition):
        return node
    inside = GroupOp.ALL if node.op is GroupOp.ALL else GroupOp.ANY
    children: list[Node] = []
    for child in node.children:
        simple = _simple(child)
        if isinstance(simple, Group) and simple.op is inside:
            children.extend(simple.children)
        elif simple is not None:
            children.append(simple)
    if not children:
        return None
    if len(children) == 1 and node.op is not GroupOp.NONE:
        return children[0]
    return Group(node.op, tuple(children))


# -- JSON


def to_json(node: Node) -> dict[str, Any]:
    """Return ``node`` as JSON types; ``from_json`` reads it back."""
    if isinstance(node, Group):
        return {node.op.value: [to_json(child) for child in node.children]}
    told: dict[str, Any] = {"field": node.field, "op": node.operator.value}
    return told if node.value is None else told | {"value": _value_to_json(node.value)}


def _value_to_json(value: Value) -> Any:
    match value:
        case datetime():
            return {"moment": value.astimezone(UTC).isoformat(timespec="milliseconds")}
        case date():
            return {"date": value.isoformat()}
        case time():
            return {"time": value.isoformat(timespec="minutes")}
        case Span():
            return {"count": value.count, "unit": value.unit.value}
        case DayMonth():
            return {"month": value.month, "day": value.day}
        case Between():
            return {"from": _value_to_json(value.low), "to": _value_to_json(value.high)}
        case tuple():
            return list(value)
    return value


def from_json(stored: Any, *, level: int = 0) -> Group:
    """Return the group that ``to_json`` wrote. ValueError for anything else; whether its fields exist and take
    such values is another question."""
    node = _node_from_json(stored, level)
    return node if isinstance(node, Group) else Group(GroupOp.ALL, (node,))


def _node_from_json(stored: Any, level: int) -> Node:
    if not isinstance(stored, Mapping) or level > MAX_DEPTH + 1:
        raise ValueError("not a segment")
    if "field" in stored:
        field, operator = stored["field"], stored.get("op")
        if not isinstance(field, str) or not isinstance(operator, str):
            raise ValueError("not a condition")
        return Condition(field, Operator(operator), _value_from_json(stored.get("value")))
    if len(stored) != 1:
        raise ValueError("not a group")
    op, children = next(iter(stored.items()))
    if not isinstance(children, list):
        raise ValueError("not a group")
    return Group(GroupOp(op), tuple(_node_from_json(child, level + 1) for child in children))


def _value_from_json(stored: Any) -> Value:
    if isinstance(stored, Mapping):
        return _object_from_json(stored)
    if isinstance(stored, list):
        if not all(isinstance(item, str | int) and not isinstance(item, bool) for item in stored):
            raise ValueError("not a list of values")
        return tuple(stored)
    if stored is None or (isinstance(stored, str | int | float) and not isinstance(stored, bool)):
        return stored
    raise ValueError("not a value")


def _object_from_json(stored: Mapping[str, Any]) -> Value:
    try:
        match sorted(stored):
            case ["moment"]:
                moment = datetime.fromisoformat(stored["moment"])
                return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
            case ["date"]:
                return date.fromisoformat(stored["date"])
            case ["time"]:
                return time.fromisoformat(stored["time"])
            case ["count", "unit"]:
                return Span(int(stored["count"]), Unit(stored["unit"]))
            case ["day", "month"]:
                return DayMonth(int(stored["month"]), int(stored["day"]))
            case ["from", "to"]:
                return Between(_end_from_json(stored["from"]), _end_from_json(stored["to"]))
    except (TypeError, OverflowError) as error:
        raise ValueError("not a value") from error
    raise ValueError("not a value")


def _end_from_json(stored: Any) -> Scalar:
    end = _value_from_json(stored)
    if end is None or isinstance(end, tuple | Span | DayMonth | Between):
        raise ValueError("not an end of a range")
    return end
