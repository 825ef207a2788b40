"""Operators and groups of filters in words."""

from PySide6.QtCore import QCoreApplication

from desktop_inbox.models.entities.segment import GroupOp, Operator, Unit
from desktop_inbox.models.entities.segment_fields import Field, FieldType

_DATES = (FieldType.MOMENT, FieldType.DAY)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Segments", text)


def group_word(op: GroupOp) -> str:
    """Return a group's word, for "… of these are true"."""
    return {GroupOp.ALL: _tr("All"), GroupOp.ANY: _tr("Any"), GroupOp.NONE: _tr("None")}[op]


def operator_word(operator: Operator, field: Field | None = None) -> str:
    """Return an operator as people say it."""
    dated = field is not None and field.type in _DATES
    words = {
        Operator.EQ: _tr("is"),
        Operator.NE: _tr("is not"),
        Operator.HAS: _tr("contains"),
        Operator.HAS_NOT: _tr("does not contain"),
        Operator.STARTS: _tr("starts with"),
        Operator.ENDS: _tr("ends with"),
        Operator.IN: _tr("is one of"),
        Operator.NOT_IN: _tr("is none of"),
        Operator.SET: _tr("has a value"),
        Operator.UNSET: _tr("has no value"),
        Operator.GT: _tr("more than"),
        Operator.LT: _tr("less than"),
        Operator.GE: _tr("on or after") if dated else _tr("at least"),
        Operator.LE: _tr("on or before") if dated else _tr("at most"),
        Operator.BETWEEN: _tr("between"),
        Operator.ON: _tr("on"),
        Operator.NOT_ON: _tr("not on"),
        Operator.BEFORE: _tr("before"),
        Operator.AFTER: _tr("after"),
        Operator.LAST: _tr("in the last"),
        Operator.NEXT: _tr("in the next"),
        Operator.OLDER: _tr("longer ago than"),
        Operator.TODAY: _tr("today"),
        Operator.THIS_WEEK: _tr("this week"),
        Operator.DAY_MONTH: _tr("is the day"),
        Operator.IS: _tr("is"),
        Operator.IS_NOT: _tr("is not"),
        Operator.ANY_OF: _tr("any of"),
        Operator.ALL_OF: _tr("all of"),
        Operator.NONE_OF: _tr("none of"),
        Operator.IS_TRUE: _tr("yes"),
        Operator.IS_FALSE: _tr("no"),
        Operator.EXPIRES: _tr("ends within"),
        Operator.IN_SEGMENT: _tr("is in"),
        Operator.NOT_IN_SEGMENT: _tr("is not in"),
    }
    return words.get(operator, operator.value)


def unit_word(unit: Unit) -> str:
    """Return a unit of time."""
    return {
        Unit.MINUTES: _tr("minutes"),
        Unit.HOURS: _tr("hours"),
        Unit.DAYS: _tr("days"),
        Unit.WEEKS: _tr("weeks"),
    }[unit]


def unset_words(field: Field, operator: Operator) -> str:
    """Return what a negative condition says of contacts without a value; "" where that goes without saying."""
    if not field.includes_unset(operator):
        return ""
    return _tr("Includes contacts without a value")
