"""Operators of segments on one column: expressions with parameters, never with pasted values."""

import operator as python_operator
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import time
from typing import Any, Final

from sqlalchemy import BindParameter, ColumnElement, Float, Text, and_, false, literal, or_

from .entities.segment import NOBODY, Between, Operator, Value
from .entities.segment_fields import FieldType
from .segment_time import Stretch

Bool = ColumnElement[bool]
_O = Operator
_ORDERED: Final[Mapping[Operator, Callable[[Any, Any], Any]]] = {
    _O.EQ: python_operator.eq,
    _O.GT: python_operator.gt,
    _O.LT: python_operator.lt,
    _O.GE: python_operator.ge,
    _O.LE: python_operator.le,
    _O.BEFORE: python_operator.lt,
    _O.AFTER: python_operator.gt,
}

#: Values that mean that there is none, by the type of a field or its name.
NOTHING: Final[Mapping[str, str]] = {FieldType.USER: NOBODY, "window": "none"}


def many(value: Value) -> tuple[Any, ...]:
    """Return the values of a list, or the one value."""
    return value if isinstance(value, tuple) else (value,)


def one_of(held: ColumnElement[Any], values: Sequence[Any]) -> Bool:
    """Return whether the column has one of these values."""
    return held.in_(list(values)) if values else false()


def text_test(held: ColumnElement[str], operator: Operator, keys: Sequence[str]) -> Bool:
    """Return the test of a text whose case does not count any more."""
    known = [key for key in keys if key]
    if not known:
        return false()
    match operator:
        case _O.HAS:
            return _like(held, f"%{_escaped(known[0])}%")
        case _O.STARTS:
            return _like(held, f"{_escaped(known[0])}%")
        case _O.ENDS:
            return _like(held, f"%{_escaped(known[0])}")
    return held.in_(known)


def phone_test(held: ColumnElement[str], operator: Operator, values: Sequence[str]) -> Bool:
    """Return the test of a number: parts are compared by their digits alone."""
    digits = values[0]
    match operator:
        case _O.HAS:
            return _like(held, f"%{digits}%")
        case _O.STARTS:
            return or_(_like(held, f"{digits}%"), _like(held, f"+{digits}%"))
        case _O.ENDS:
            return _like(held, f"%{digits}")
    return one_of(held, values)


def number_test(held: ColumnElement[Any], operator: Operator, value: Value) -> Bool:
    """Return the test of a number, or of a time of day in minutes."""
    if isinstance(value, Between):
        low, high = sorted((as_number(value.low), as_number(value.high)))
        return and_(held >= _float(low), held <= _float(high))
    compared: Bool = _ORDERED[operator](held, _float(as_number(value)))
    return compared


def number_holds(held: float, operator: Operator, value: Value) -> bool:
    """Return what ``number_test`` says of one number."""
    if isinstance(value, Between):
        low, high = sorted((as_number(value.low), as_number(value.high)))
        return low <= held <= high
    return bool(_ORDERED[operator](held, as_number(value)))


def as_number(value: object) -> float:
    """Return a number, or the minutes of a time of day."""
    if isinstance(value, time):
        return float(value.hour * 60 + value.minute)
    if isinstance(value, int | float):
        return float(value)
    raise ValueError("not a number")


def within(held: ColumnElement[Any], stretches: Sequence[Stretch], bound: Callable[[int], BindParameter[Any]]) -> Bool:
    """Return whether the column lies in one of the stretches."""
    return or_(false(), *(_in_stretch(held, stretch, bound) for stretch in stretches))


def _in_stretch(held: ColumnElement[Any], stretch: Stretch, bound: Callable[[int], BindParameter[Any]]) -> Bool:
    ends: list[Bool] = []
    if stretch.begin is not None:
        ends.append(held >= bound(stretch.begin))
    if stretch.end is not None:
        ends.append(held < bound(stretch.end))
    return and_(*ends)


def _float(number: float) -> BindParameter[float]:
    return literal(number, Float(53))


def _like(held: ColumnElement[str], pattern: str) -> Bool:
    return held.like(literal(pattern, Text), escape="\\")


def _escaped(part: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", part)
