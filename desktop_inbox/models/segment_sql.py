"""Segments as SQL: conditions with parameters over ``conversations`` or ``contacts``, for both databases.

Each condition is true or false, never NULL, so that a denied group holds for who has no value. Sets are asked with
IN and a subquery, which is several times as fast as EXISTS; what is asked of contacts side by side becomes one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Float,
    Select,
    and_,
    column,
    false,
    func,
    literal,
    literal_column,
    not_,
    or_,
    select,
    table,
    true,
)

from desktop_inbox.clock import to_millis

from . import schema, segment_time
from .entities.segment import (
    INACTIVE,
    ME,
    NEGATIVE,
    Condition,
    DayMonth,
    Group,
    GroupOp,
    Operator,
    SegmentId,
    Span,
    Value,
    conditions,
)
from .entities.segment_fields import Field, FieldType
from .search import match_query, ts_query
from .search_text import parse
from .segment_context import Context, problem
from .segment_operators import NOTHING, many, number_holds, number_test, one_of, phone_test, text_test, within
from .segment_sources import (
    SOURCES,
    STORED,
    Fact,
    Rows,
    Side,
    Single,
    Source,
    address_counts,
    ascii_lower,
    birthdays,
    custom_source,
    is_column,
    lowered,
    text_key,
)

Bool = ColumnElement[bool]
_C, _V = schema.contacts.c, schema.conversations.c
_O, _T = Operator, FieldType


@dataclass(frozen=True, slots=True)
class _Leaf:
    """One condition; ``build`` gets the column that names the contact."""

    side: Side
    build: Callable[[ColumnElement[Any]], Bool]


def of_conversations(group: Group, context: Context, *, dialect: str) -> Bool:
    """Return what a row of ``conversations`` must satisfy; a segment that is broken matches nothing."""
    if problem(group, context):
        return false()
    return _Compiler(context, dialect, over_contacts=False).group(group)


def of_contacts(group: Group, context: Context, *, dialect: str) -> Bool:
    """Return the same for ``contacts`` LEFT JOIN ``conversations``: for everybody, whether spoken to or not."""
    if problem(group, context):
        return false()
    return _Compiler(context, dialect, over_contacts=True).group(group)


def forced_archived(group: Group, context: Context) -> bool | None:
    """Return whether all that match are archived (True) or none is (False); None where both may be."""
    if group.op is not GroupOp.ALL:
        return None
    for child in group.children:
        found = None
        if isinstance(child, Group):
            found = forced_archived(child, context)
        elif child.field == "archived":
            found = child.operator is Operator.IS_TRUE
        elif child.operator is Operator.IN_SEGMENT and isinstance(child.value, int):
            segment = context.segments.get(SegmentId(child.value))
            found = None if segment is None else forced_archived(segment.filter, context)
        if found is not None:
            return found
    return None


def is_of_columns(group: Group, context: Context) -> bool:
    """Whether all is asked of columns of a conversation and its contact, some of it of the contact."""
    fields = [context.catalogue.field(condition.field) for condition in conditions(group)]
    sources = [None if field is None else SOURCES.get(field.name) for field in fields]
    return all(map(is_column, sources)) and any(one is not None and one.side is Side.CONTACT for one in sources)


def begins_with_contacts(group: Group, context: Context) -> bool:
    """Whether all that match are among contacts known from another table, so that a database begins with those."""
    if group.op is not GroupOp.ALL:
        return False
    for child in group.children:
        if isinstance(child, Group) or child.operator in NEGATIVE or child.operator is Operator.IS_FALSE:
            continue
        field = context.catalogue.field(child.field)
        source = None if field is None else SOURCES.get(field.name)
        if source is not None and source.side is not Side.CONVERSATION:
            return True
    return False


class _Compiler:
    def __init__(self, context: Context, dialect: str, *, over_contacts: bool) -> None:
        self._context = context
        self._dialect = dialect
        self._over_contacts = over_contacts
        self._key: ColumnElement[Any] = _C.id if over_contacts else _V.contact_id

    def group(self, group: Group) -> Bool:
        parts: list[Bool] = []
        of_contact: list[Bool] = []
        joined = and_ if group.op is GroupOp.ALL else or_
        for child in group.children:
            if isinstance(child, Group):
                parts.append(self.group(child))
                continue
            leaf = self._leaf(child)
            if leaf.side is Side.CONTACT and not self._over_contacts:
                of_contact.append(leaf.build(_C.id))
            else:
                parts.append(leaf.build(self._key))
        if of_contact:
            parts.append(self._key.in_(select(_C.id).where(joined(*of_contact)).correlate(None)))
        if not parts:
            return true()
        together = joined(*parts)
        return not_(together) if group.op is GroupOp.NONE else together

    def _leaf(self, condition: Condition) -> _Leaf:
        field = self._context.catalogue.field(condition.field)
        assert field is not None  # noqa: S101 - `problem` found none
        if field.type is _T.SEGMENT:
            return self._in_segment(condition)
        positive = NEGATIVE.get(condition.operator, condition.operator)
        if condition.operator is _O.IS_FALSE and field.type is _T.BOOLEAN:
            positive = _O.IS_TRUE
        leaf = self._positive(field, positive, condition.value)
        if leaf.side is Side.CONVERSATION:
            inner = leaf.build
            leaf = _Leaf(leaf.side, lambda key: self._never_null(inner(key)))
        if positive is condition.operator:
            return leaf
        build = leaf.build
        return _Leaf(leaf.side, lambda key: not_(build(key)))

    def _never_null(self, condition: Bool) -> Bool:
        """Who was never spoken to has no conversation, so everything of it is NULL among contacts."""
        return func.coalesce(condition, false()) if self._over_contacts else condition

    def _in_segment(self, condition: Condition) -> _Leaf:
        assert isinstance(condition.value, int)  # noqa: S101 - `problem` found none
        inside = self.group(self._context.segments[SegmentId(condition.value)].filter)
        wanted = inside if condition.operator is _O.IN_SEGMENT else not_(inside)
        return _Leaf(Side.CONVERSATION, lambda _key: wanted)

    def _positive(self, field: Field, operator: Operator, value: Value) -> _Leaf:
        if field.name == "mentions_me":
            named = self._positive(self._context.catalogue.fields["mentioned"], _O.IS, ME).build
            return _Leaf(Side.CONVERSATION, named)
        if field.type is _T.WORDS:
            return self._words(str(value))
        if field.name == "address_count":
            return self._address_count(operator, value)
        custom = self._context.catalogue.columns.get(field.name)
        if custom is not None and isinstance(value, DayMonth):
            born = birthdays(custom.id, value.month, value.day)
            return _Leaf(Side.LINK, lambda key: key.in_(born))
        source = custom_source(custom.id, custom.kind) if custom else self._source(field)
        if isinstance(source, Fact):
            fact = source.condition
            return _Leaf(source.side, lambda _key: fact)
        if operator is _O.ALL_OF and isinstance(value, tuple):
            each = [self._positive(field, _O.ANY_OF, (one,)) for one in value]
            return _Leaf(source.side, lambda key: and_(*(leaf.build(key) for leaf in each)))
        return self._asked(field, source, operator, value)

    def _source(self, field: Field) -> Source:
        if field.name != "channel_type":
            return SOURCES[field.name]
        kinds = select(schema.channels.c.kind).where(schema.channels.c.id == _V.last_channel_id)
        kind = kinds.correlate(schema.conversations).scalar_subquery()
        return Single(Side.CONVERSATION, kind, _V.last_channel_id.is_not(None))

    def _asked(self, field: Field, source: Single | Rows, operator: Operator, value: Value) -> _Leaf:
        if operator is _O.SET:
            test: Bool = true()
        else:
            test = self._test(field, source, operator, value)
        nobody = NOTHING.get(field.type if field.name != "window" else "window", "") in many(value)
        if isinstance(source, Single):
            held = and_(source.is_set, test)
            whole = or_(held, not_(source.is_set)) if nobody else held
            return _Leaf(source.side, lambda _key: whole)
        rows = source

        def build(key: ColumnElement[Any]) -> Bool:
            named = _V.id if rows.side is Side.CONVERSATION else key
            # Without a condition SQLite looks into the index itself; with one that is always true it makes a list.
            keys = rows.keys() if operator is _O.SET else rows.keys(test)
            found = self._never_null(named.in_(keys))
            return or_(found, not_(self._never_null(named.in_(rows.keys())))) if nobody else found

        return _Leaf(rows.side, build)

    # -- tests of one value

    def _test(self, field: Field, source: Single | Rows, operator: Operator, value: Value) -> Bool:
        held = source.column
        match field.type:
            case _T.TEXT:
                return text_test(held, operator, [text_key(str(one)) for one in many(value)])
            case _T.CODE:
                lower = lowered(held, self._dialect)
                return text_test(lower, operator, [ascii_lower(str(one)) for one in many(value)])
            case _T.PHONE:
                return phone_test(held, operator, [str(one) for one in many(value)])
            case _T.ADDRESS:
                if operator in (_O.EQ, _O.IN):
                    return one_of(held, many(value))
                return text_test(lowered(held, self._dialect), operator, [ascii_lower(str(value))])
            case _T.NUMBER | _T.TIME:
                return number_test(held, operator, value)
            case _T.CHECKBOX:
                return held == literal(1.0 if operator is _O.IS_TRUE else 0.0, Float(53))
            case _T.MOMENT:
                return self._moment_test(held, operator, value, getattr(source, "scale", 1))
            case _T.DAY:
                stretches = segment_time.days(operator, value, now=self._context.now, zone=self._context.zone)
                return within(held, stretches, lambda number: literal(float(number), Float(53)))
            case _T.OPTION if isinstance(source, Rows):
                return one_of(held, [text_key(str(one)) for one in many(value)])
            case _T.USER:
                return one_of(held, self._people(value))
            case _T.CHOICE:
                return self._choice_test(field, held, operator, value)
        return one_of(held, many(value))

    def _moment_test(self, held: ColumnElement[Any], operator: Operator, value: Value, scale: int) -> Bool:
        stretches = segment_time.moments(operator, value, now=self._context.now, zone=self._context.zone)
        return within(held, stretches, lambda millis: literal(millis * scale, BigInteger))

    def _choice_test(self, field: Field, held: ColumnElement[Any], operator: Operator, value: Value) -> Bool:
        if field.name == "window":
            return self._window_test(held, operator, value)
        known = STORED.get(field.name) or {choice.value: choice.value for choice in field.choices}
        stored = [known[str(one)] for one in many(value) if one in known]
        # Constants of ours, written out: SQLite takes a partial index only when it sees them.
        shown: list[ColumnElement[Any]] = [
            literal_column(f"'{one}'" if isinstance(one, str) else str(int(one))) for one in stored
        ]
        return held.in_(shown) if shown else false()

    def _window_test(self, ends: ColumnElement[Any], operator: Operator, value: Value) -> Bool:
        now = literal(to_millis(self._context.now), BigInteger)
        if isinstance(value, Span):
            until = segment_time.shifted(self._context.now, value, self._context.zone, sign=1)
            return and_(ends > now, ends <= literal(to_millis(until), BigInteger))
        tests = {"open": ends > now, "closed": ends <= now}
        return or_(false(), *(tests[str(one)] for one in many(value) if one in tests))

    def _people(self, value: Value) -> Sequence[int]:
        found: list[int] = []
        for one in many(value):
            if one == ME and self._context.me is not None:
                found.append(self._context.me)
            elif one == INACTIVE:
                found.extend(sorted(self._context.catalogue.inactive_users))
            elif isinstance(one, int):
                found.append(one)
        return found

    # -- what is not a column

    def _words(self, value: str) -> _Leaf:
        terms = parse(value)
        if not terms:
            return _Leaf(Side.CONVERSATION, lambda _key: false())
        index = table("message_search")
        if self._dialect == "sqlite":
            asked = literal_column("message_search").op("MATCH", is_comparison=True)(literal(match_query(terms)))
            hits = select(column("rowid", BigInteger)).select_from(index).where(asked).correlate(None)
            said: Select[Any] = select(schema.messages.c.conversation_id).where(schema.messages.c.id.in_(hits))
        else:
            query = literal(ts_query(terms)).op("::")(literal_column("tsquery"))
            asked = column("words").op("@@", is_comparison=True)(query)
            said = select(column("conversation_id", BigInteger)).select_from(index).where(asked)
        found = said.correlate(None)
        return _Leaf(Side.CONVERSATION, lambda _key: _V.id.in_(found))

    def _address_count(self, operator: Operator, value: Value) -> _Leaf:
        if operator is _O.SET:
            return _Leaf(Side.LINK, lambda _key: true())
        wanted = number_test(func.count(), operator, value)
        if not number_holds(0.0, operator, value):
            counted = address_counts(wanted)
            return _Leaf(Side.LINK, lambda key: key.in_(counted))
        others = address_counts(not_(wanted))
        return _Leaf(Side.LINK, lambda key: key.not_in(others))
