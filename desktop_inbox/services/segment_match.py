"""Segments asked of one contact in memory: what rules need, and what the SQL is held against.

It works from local dates and plain texts where the SQL has stretches of milliseconds and patterns, so that a mistake
in one shows against the other.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from desktop_inbox.clock import from_millis, to_millis
from desktop_inbox.models.entities.segment import (
    INACTIVE,
    ME,
    NEGATIVE,
    Between,
    Condition,
    DayMonth,
    Group,
    GroupOp,
    Node,
    Operator,
    SegmentId,
    Span,
    Value,
    conditions,
)
from desktop_inbox.models.entities.segment_fields import Field, FieldType
from desktop_inbox.models.search_text import Term, fold, parse
from desktop_inbox.models.segment_context import Context, problem, referenced
from desktop_inbox.models.segment_facts import ContactFacts
from desktop_inbox.models.segment_operators import NOTHING, many, number_holds
from desktop_inbox.models.segment_time import ANNIVERSARIES, shifted

_O, _T = Operator, FieldType
_Test = Callable[[Any], bool]


def fields_of(group: Group, context: Context) -> frozenset[str]:
    """Return the fields whose facts are needed, those of the segments it refers to included."""
    found: set[str] = set()
    pending, seen = [group], set[SegmentId]()
    while pending:
        here = pending.pop()
        found |= {condition.field for condition in conditions(here)}
        for key in set(referenced(here)) - seen:
            seen.add(key)
            if key in context.segments:
                pending.append(context.segments[key].filter)
    return frozenset(found)


class Matcher:
    """A filter made ready for many contacts; nobody belongs to one that is broken."""

    def __init__(self, group: Group, context: Context) -> None:
        self._group = group
        self._context = context
        self._broken = bool(problem(group, context))
        self._tests: dict[Condition, _Test] = {}

    def holds(self, facts: ContactFacts) -> bool:
        """Return whether a contact belongs to the segment."""
        return not self._broken and self._node(self._group, facts)

    def _node(self, node: Node, facts: ContactFacts) -> bool:
        if isinstance(node, Condition):
            return self._condition(node, facts)
        if not node.children:
            return True
        held = (self._node(child, facts) for child in node.children)
        if node.op is GroupOp.ALL:
            return all(held)
        return any(held) == (node.op is GroupOp.ANY)

    def _condition(self, condition: Condition, facts: ContactFacts) -> bool:
        field = self._context.catalogue.field(condition.field)
        assert field is not None  # noqa: S101 - `problem` found none
        if field.type is _T.SEGMENT:
            assert isinstance(condition.value, int)  # noqa: S101 - `problem` found none
            inside = self._node(self._context.segments[SegmentId(condition.value)].filter, facts)
            return inside == (condition.operator is _O.IN_SEGMENT)
        positive = NEGATIVE.get(condition.operator, condition.operator)
        held = self._any_holds(field, positive, condition, facts.of(field.name))
        return held == (positive is condition.operator)

    def _any_holds(self, field: Field, operator: Operator, condition: Condition, held: tuple[Any, ...]) -> bool:
        value = condition.value
        if field.type is _T.BOOLEAN:
            return any(held) == (operator is _O.IS_TRUE)
        if operator is _O.SET:
            return bool(held)
        if operator is _O.ALL_OF:
            return set(many(value)) <= set(held)
        if not held:
            return NOTHING.get(field.type if field.name != "window" else "window", "") in many(value)
        test = self._tests.get(condition)
        if test is None:
            test = self._tests[condition] = _test(field, operator, value, self._context)
        return any(test(one) for one in held)


def matches(group: Group, facts: ContactFacts, context: Context) -> bool:
    """Return whether one contact belongs to a segment."""
    return Matcher(group, context).holds(facts)


def _test(field: Field, operator: Operator, value: Value, context: Context) -> _Test:
    match field.type:
        case _T.TEXT:
            return _text_test(operator, [fold(str(one).strip()).strip() for one in many(value)])
        case _T.CODE:
            return _text_test(operator, [str(one).strip().lower() for one in many(value)])
        case _T.ADDRESS if operator not in (_O.EQ, _O.IN):
            part = _text_test(operator, [_lower(str(value))])
            return lambda path: part(_lower(path))
        case _T.PHONE:
            return _phone_test(operator, [str(one) for one in many(value)])
        case _T.NUMBER | _T.TIME:
            return lambda number: number_holds(number, operator, value)
        case _T.CHECKBOX:
            return lambda number: bool(number) == (operator is _O.IS_TRUE)
        case _T.MOMENT:
            return _moment_test(operator, value, context)
        case _T.DAY:
            return _day_test(operator, value, context)
        case _T.WORDS:
            terms = parse(str(value))
            return lambda words: bool(terms) and all(_said(words, term) for term in terms)
        case _T.OPTION if field.name.startswith("fields."):
            keys = {fold(str(one)) for one in many(value)}
            return lambda key: key in keys
        case _T.USER:
            people = _people(value, context)
            return lambda key: key in people
        case _ if field.name == "window":
            return _window_test(operator, value, context)
    wanted = set(many(value))
    return lambda one: one in wanted


def _lower(text: str) -> str:
    return re.sub("[A-Z]+", lambda found: found[0].lower(), text)


def _text_test(operator: Operator, keys: list[str]) -> _Test:
    first = keys[0]
    tests: Mapping[Operator, _Test] = {
        _O.HAS: lambda text: bool(first) and first in text,
        _O.STARTS: lambda text: bool(first) and text.startswith(first),
        _O.ENDS: lambda text: bool(first) and text.endswith(first),
    }
    return tests.get(operator, lambda text: text in keys)


def _phone_test(operator: Operator, values: list[str]) -> _Test:
    if operator in (_O.EQ, _O.IN):
        return lambda path: path in values
    part = _text_test(operator, values)
    return lambda path: part(path.removeprefix("+"))


def _people(value: Value, context: Context) -> frozenset[int]:
    people = {one for one in many(value) if isinstance(one, int)}
    if ME in many(value) and context.me is not None:
        people.add(context.me)
    if INACTIVE in many(value):
        people |= context.catalogue.inactive_users
    return frozenset(people)


def _window_test(operator: Operator, value: Value, context: Context) -> _Test:
    now = to_millis(context.now)
    if operator is _O.EXPIRES and isinstance(value, Span):
        until = to_millis(shifted(context.now, value, context.zone, sign=1))
        return lambda ends: now < ends <= until
    asked = many(value)
    return lambda ends: ("open" if ends > now else "closed") in asked


def _said(words: tuple[str, ...], term: Term) -> bool:
    """Whether the words of a term stand side by side in a message."""
    size = len(term.words)
    for begin in range(len(words) - size + 1):
        here = words[begin : begin + size]
        last = here[-1].startswith(term.words[-1]) if term.prefix else here[-1] == term.words[-1]
        if last and here[:-1] == term.words[:-1]:
            return True
    return False


# -- dates


def _moment_test(operator: Operator, value: Value, context: Context) -> _Test:
    now = to_millis(context.now)
    if isinstance(value, Span):
        sign = 1 if operator is _O.NEXT else -1
        limit = to_millis(shifted(context.now, value, context.zone, sign=sign))
        spans: Mapping[Operator, _Test] = {
            _O.LAST: lambda millis: limit <= millis <= now,
            _O.NEXT: lambda millis: now <= millis <= limit,
            _O.OLDER: lambda millis: millis < limit,
        }
        return spans[operator]

    def local(millis: int) -> date:
        return from_millis(millis).astimezone(context.zone).date()

    if isinstance(value, Between):
        low, high = value.low, value.high
        return lambda millis: _placed(millis, low, local) >= 0 and _placed(millis, high, local) <= 0
    if isinstance(value, datetime):
        return lambda millis: _fits(operator, _placed(millis, value, local))
    days = _date_test(operator, value, context)
    if isinstance(value, DayMonth):
        return lambda millis: local(millis).year in ANNIVERSARIES and days(local(millis))
    return lambda millis: days(local(millis))


def _placed(millis: int, edge: object, local: Callable[[int], date]) -> int:
    """Return -1, 0 or 1: before, at or after a moment or a day."""
    here: Any = millis
    there: Any = edge
    if isinstance(edge, datetime):
        there = to_millis(edge)
    else:
        here = local(millis)
    return int(here > there) - int(here < there)


def _day_test(operator: Operator, value: Value, context: Context) -> _Test:
    zone, today = context.zone, context.now.astimezone(context.zone).date()
    if isinstance(value, Span):
        sign = 1 if operator is _O.NEXT else -1
        limit = shifted(context.now, value, zone, sign=sign).astimezone(zone).date()
        spans: Mapping[Operator, Callable[[date], bool]] = {
            _O.LAST: lambda day: limit <= day <= today,
            _O.NEXT: lambda day: today <= day <= limit,
            _O.OLDER: lambda day: day < limit,
        }
        test = spans[operator]
    elif isinstance(value, Between):
        low, high = _as_day(value.low, context), _as_day(value.high, context)
        return lambda number: low <= date.fromordinal(int(number)) <= high
    else:
        test = _date_test(operator, _as_day(value, context) if isinstance(value, date) else value, context)
    return lambda number: test(date.fromordinal(int(number)))


def _as_day(value: object, context: Context) -> date:
    if isinstance(value, datetime):
        return value.astimezone(context.zone).date()
    assert isinstance(value, date)  # noqa: S101 - checked when it was written
    return value


def _date_test(operator: Operator, value: Value, context: Context) -> Callable[[date], bool]:
    today = context.now.astimezone(context.zone).date()
    if operator is _O.TODAY:
        return lambda day: day == today
    if operator is _O.THIS_WEEK:
        return lambda day: day.isocalendar()[:2] == today.isocalendar()[:2]
    if isinstance(value, DayMonth):
        return lambda day: (day.month, day.day) == (value.month, value.day)
    assert isinstance(value, date)  # noqa: S101 - checked when it was written
    return lambda day: _fits(operator, (day > value) - (day < value))


def _fits(operator: Operator, placed: int) -> bool:
    fitting: Mapping[Operator, bool] = {
        _O.BEFORE: placed < 0,
        _O.AFTER: placed > 0,
        _O.GE: placed >= 0,
        _O.LE: placed <= 0,
    }
    return fitting.get(operator, placed == 0)
