"""The text notation of segments: ``parse_segment`` reads it.

Two conditions side by side are both asked (AND); AND binds before OR; parentheses group; ``not (…)`` is a group none
of which holds. A word or a text alone is looked for in phone numbers, addresses or names, by what it looks like.
"""

import re
from collections.abc import Mapping
from typing import Final

from desktop_inbox.models.entities.segment import (
    EVERYBODY,
    MAX_CONDITIONS,
    MAX_DEPTH,
    Condition,
    DayMonth,
    Group,
    GroupOp,
    Node,
    Operator,
    Scalar,
    Span,
    Value,
    canonical,
    conditions,
    depth,
)
from desktop_inbox.models.entities.segment_fields import BARE, LISTED, SPANNED, Field, FieldType

from . import segment_values as values
from .segment_errors import SegmentError
from .segment_tokens import Token, TokenKind, tokenise
from .segment_values import Reading

_O = Operator
#: Operators as they are typed, the longest first.
_SPELLED: Final[tuple[tuple[tuple[str, ...], Operator], ...]] = (
    (("is", "not"), _O.IS_NOT),
    (("is", "true"), _O.IS_TRUE),
    (("is", "false"), _O.IS_FALSE),
    (("is",), _O.IS),
    (("has",), _O.HAS),
    (("contains",), _O.HAS),
    (("not", "in"), _O.NOT_IN),
    (("in",), _O.IN),
    (("not", "on"), _O.NOT_ON),
    (("on",), _O.ON),
    (("set",), _O.SET),
    (("unset",), _O.UNSET),
    (("before",), _O.BEFORE),
    (("after",), _O.AFTER),
    (("between",), _O.BETWEEN),
    (("last",), _O.LAST),
    (("next",), _O.NEXT),
    (("older", "than"), _O.OLDER),
    (("today",), _O.TODAY),
    (("this", "week"), _O.THIS_WEEK),
    (("day-month",), _O.DAY_MONTH),
    (("any", "of"), _O.ANY_OF),
    (("all", "of"), _O.ALL_OF),
    (("none", "of"), _O.NONE_OF),
    (("expires", "within"), _O.EXPIRES),
)
_SIGNS: Final = {sign.value: sign for sign in (_O.EQ, _O.NE, _O.HAS, _O.HAS_NOT, _O.STARTS, _O.ENDS, _O.GT, _O.LT,
                                              _O.GE, _O.LE)}  # fmt: skip
_EQUAL = {_O.EQ: _O.IS, _O.NE: _O.IS_NOT, _O.IN: _O.ANY_OF, _O.NOT_IN: _O.NONE_OF}
_SAME = {_O.IS: _O.EQ, _O.IS_NOT: _O.NE, _O.ANY_OF: _O.IN, _O.NONE_OF: _O.NOT_IN}
_DATES = {_O.EQ: _O.ON, _O.IS: _O.ON, _O.NE: _O.NOT_ON, _O.IS_NOT: _O.NOT_ON, _O.GT: _O.AFTER, _O.LT: _O.BEFORE}
_SETS = {_O.EQ: _O.ANY_OF, _O.IS: _O.ANY_OF, _O.NE: _O.NONE_OF, _O.IS_NOT: _O.NONE_OF, _O.IN: _O.ANY_OF,
         _O.NOT_IN: _O.NONE_OF}  # fmt: skip
_SEGMENTS = {_O.EQ: _O.IN_SEGMENT, _O.IS: _O.IN_SEGMENT, _O.IN: _O.IN_SEGMENT, _O.ANY_OF: _O.IN_SEGMENT,
             _O.NE: _O.NOT_IN_SEGMENT, _O.IS_NOT: _O.NOT_IN_SEGMENT, _O.NOT_IN: _O.NOT_IN_SEGMENT}  # fmt: skip
_TIMES = {_O.IS: _O.EQ, _O.IS_NOT: _O.NE, _O.GT: _O.AFTER, _O.LT: _O.BEFORE}
_T = FieldType
#: What an operator that was typed means for each type.
_MEANINGS: Final[Mapping[FieldType, Mapping[Operator, Operator]]] = {
    **dict.fromkeys((_T.TEXT, _T.CODE, _T.PHONE, _T.ADDRESS, _T.NUMBER), _SAME),
    **dict.fromkeys((_T.CHOICE, _T.OPTION, _T.REFERENCE, _T.USER), _EQUAL),
    **dict.fromkeys((_T.MOMENT, _T.DAY), _DATES),
    _T.TIME: _TIMES,
    _T.SET: _SETS,
    _T.SEGMENT: _SEGMENTS,
}
_KEYWORDS: Final = frozenset({"and", "or", "not"})
_PHONE_LIKE = re.compile(r"\+?[\d-]{4,}", re.ASCII)
_EMAIL_LIKE = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_MATRIX_LIKE = re.compile(r"@[^\s:]+:\S+")


def parse_segment(text: str, reading: Reading) -> Group:
    """Return the filter that ``text`` means, in canonical form; an empty text selects everybody. SegmentError with
    code, place and suggestion for a text that means nothing."""
    return Parser(text, reading).parse()


class Parser:
    """Reads one text. ``expected`` says what would have been next where the text ends."""

    def __init__(self, text: str, reading: Reading) -> None:
        self._tokens = tokenise(text)
        self._place = 0
        self._reading = reading
        self._level = 0
        #: The field and the operator that wait for more; (None, None) where a condition may begin.
        self.expected: tuple[Field | None, Operator | None] = (None, None)

    def parse(self) -> Group:
        """Return the whole text's filter. Raises SegmentError."""
        if len(self._tokens) == 1:
            return EVERYBODY
        node = self._any()
        if self._now.kind is not TokenKind.END:
            raise self._error("syntax", "There is no opening parenthesis for this.", self._now)
        group = canonical(node if isinstance(node, Group) else Group(GroupOp.ALL, (node,)))
        return refuse_too_large(group)

    @property
    def at_end(self) -> bool:
        """Whether the whole text was read, so that ``expected`` speaks of its end."""
        return self._place >= len(self._tokens) - 1

    # -- groups

    @property
    def _now(self) -> Token:
        return self._tokens[self._place]

    def _ahead(self, steps: int = 1) -> Token:
        return self._tokens[min(self._place + steps, len(self._tokens) - 1)]

    def _take(self) -> Token:
        token = self._now
        if token.kind is not TokenKind.END:
            self._place += 1
        return token

    def _any(self) -> Node:
        found = [self._all()]
        while self._now.is_word("or"):
            self._take()
            found.append(self._all())
        return found[0] if len(found) == 1 else Group(GroupOp.ANY, tuple(found))

    def _all(self) -> Node:
        found = [self._one()]
        while not (self._now.kind is TokenKind.END or self._now.is_sign(")") or self._now.is_word("or")):
            if self._now.is_word("and"):
                self._take()
            found.append(self._one())
        return found[0] if len(found) == 1 else Group(GroupOp.ALL, tuple(found))

    def _one(self) -> Node:
        self.expected = (None, None)
        self._level += 1
        if self._level > MAX_DEPTH * 2:
            raise self._error("too_deep", f"Groups may lie {MAX_DEPTH} deep at most.", self._now)
        token = self._now
        if token.is_word("not", "none") and self._ahead().is_sign("("):
            self._take()
            node: Node = Group(GroupOp.NONE, (self._parenthesis(),))
        elif token.is_word("not") and not (self._ahead().is_word("in") and self._ahead(2).is_word("segment")):
            self._take()
            node = Group(GroupOp.NONE, (self._one(),))
        elif token.is_sign("("):
            node = self._parenthesis()
        else:
            node = self._condition()
        self._level -= 1
        return node

    def _parenthesis(self) -> Node:
        opening = self._take()
        node = self._any()
        if not self._now.is_sign(")"):
            raise self._error("open_parenthesis", "This parenthesis is not closed.", opening, suggestion=")")
        self._take()
        return node

    # -- conditions

    def _condition(self) -> Condition:
        token = self._now
        if token.kind is TokenKind.END:
            raise self._error("value_missing", "A condition is missing here.", token, hint="Complete the filter.")
        segment = self._in_segment()
        if segment is not None:
            return segment
        if token.kind is TokenKind.SIGN or token.is_word(*_KEYWORDS):
            raise self._error("syntax", "A condition was expected here.", token, hint="Put texts into quotes.")
        self._take()
        field = self._reading.catalogue.field(token.text) if token.kind is TokenKind.WORD else None
        if field is None:
            if self._now.is_sign(*_SIGNS) or (self._now.is_word("is", "has") and token.kind is TokenKind.WORD):
                error = values.unknown_property(token.text, self._reading.catalogue)
                raise error.at(token.start, token.end)
            return self._literal(token)
        begin, spelled = self._now, self._operator()
        if spelled is None:
            if begin.kind is TokenKind.END:
                self.expected = (field, None)
            return self._literal(token)
        return self._asked(field, spelled, begin)

    def _in_segment(self) -> Condition | None:
        steps = 1 if self._now.is_word("not") else 0
        if not (self._ahead(steps).is_word("in") and self._ahead(steps + 1).is_word("segment")):
            return None
        if self._ahead(steps + 2).is_sign(*_SIGNS):
            return None
        for _ in range(steps + 2):
            self._take()
        field = self._reading.catalogue.fields["segment"]
        operator = _O.NOT_IN_SEGMENT if steps else _O.IN_SEGMENT
        return self._complete(field, operator)

    def _operator(self) -> Operator | None:
        token = self._now
        if token.is_sign(*_SIGNS):
            self._take()
            return _SIGNS[token.text]
        for words, operator in _SPELLED:
            if all(self._ahead(step).is_word(word) for step, word in enumerate(words)):
                for _ in words:
                    self._take()
                if operator is _O.DAY_MONTH and self._now.is_sign("="):
                    self._take()
                return operator
        return None

    def _asked(self, field: Field, spelled: Operator, begin: Token) -> Condition:
        operator = self._meant(field, spelled)
        if self._now.kind is TokenKind.QUOTED and not self._now.text.strip() and operator not in BARE:
            operator = self._emptiness(field, operator, begin)
            self._take()
        if operator not in field.operators:
            raise values.unsupported(field, operator).at(begin.start, self._tokens[self._place - 1].end)
        return self._complete(field, operator)

    def _complete(self, field: Field, operator: Operator) -> Condition:
        self.expected = (field, operator)
        condition = Condition(field.name, operator, self._value(field, operator))
        self.expected = (None, None)
        return condition

    def _meant(self, field: Field, spelled: Operator) -> Operator:
        """Return what an operator means for this field: ``=`` of a date is ``on``."""
        operator = _MEANINGS.get(field.type, {}).get(spelled, spelled)
        equal = spelled in (_O.EQ, _O.NE, _O.IS, _O.IS_NOT) and self._now.is_word("true", "yes", "false", "no")
        if equal and field.type in (_T.BOOLEAN, _T.CHECKBOX):
            wanted = self._take().is_word("true", "yes") == (spelled in (_O.EQ, _O.IS))
            return _O.IS_TRUE if wanted else _O.IS_FALSE
        return operator

    def _emptiness(self, field: Field, operator: Operator, begin: Token) -> Operator:
        """``= ""`` asks whether a value is missing, ``!= ""`` whether there is one."""
        missing = operator in (_O.EQ, _O.IS, _O.ON, _O.ANY_OF)
        if not missing and operator not in (_O.NE, _O.IS_NOT, _O.NOT_ON, _O.NONE_OF):
            raise self._error("value_missing", f"{field.label} needs a value here.", self._now)
        asked = _O.UNSET if missing else _O.SET
        if asked not in field.operators:
            raise values.unsupported(field, asked).at(begin.start, self._now.end)
        return asked

    # -- values

    def _value(self, field: Field, operator: Operator) -> Value:
        if operator in BARE:
            return None
        if operator in LISTED:
            return self._items(field, operator)
        if operator in SPANNED:
            return self._span()
        if operator is _O.DAY_MONTH:
            return self._day_month()
        if operator is not _O.BETWEEN:
            return self._scalar(field, operator)
        low = self._scalar(field, operator)
        if not (self._now.is_sign("..") or self._now.is_word("and")):
            raise self._error("value_missing", "A range has two ends.", self._now, suggestion="..")
        self._take()
        return values.ordered(low, self._scalar(field, operator))

    def _items(self, field: Field, operator: Operator) -> tuple[str | int, ...]:
        begin = self._now
        found: list[str | float | int] = []
        if begin.is_sign("("):
            self._take()
            while not self._now.is_sign(")"):
                if self._now.kind is TokenKind.END:
                    raise self._error("open_parenthesis", "This list is not closed.", begin, suggestion=")")
                found.append(self._item(field, operator))
                if self._now.is_sign(","):
                    self._take()
            self._take()
        else:
            found.append(self._item(field, operator))
        try:
            return values.items_of(field, found)
        except SegmentError as error:
            raise error.at(begin.start, begin.end) from None

    def _item(self, field: Field, operator: Operator) -> str | float | int:
        token = self._value_token(field)
        try:
            return values.item(field, operator, token.text, self._reading, quoted=token.kind is TokenKind.QUOTED)
        except SegmentError as error:
            raise error.at(token.start, token.end) from None

    def _value_token(self, field: Field) -> Token:
        token = self._now
        if token.kind in (TokenKind.END, TokenKind.SIGN):
            raise self._error("value_missing", f"{field.label} needs a value here.", token, hint="Type a value.")
        return self._take()

    def _scalar(self, field: Field, operator: Operator) -> Scalar:
        if field.type not in (_T.MOMENT, _T.DAY, _T.TIME):
            return self._item(field, operator)
        token = self._value_token(field)
        try:
            if field.type is _T.TIME:
                return values.clock_time(token.text)
            if token.is_word("datetime") and self._now.is_sign("("):
                self._take()
                token = self._value_token(field)
                found = values.moment(token.text, self._reading.zone)
                if not self._now.is_sign(")"):
                    raise self._error("open_parenthesis", "This parenthesis is not closed.", self._now, suggestion=")")
                self._take()
                return found
            return values.day(token.text)
        except SegmentError as error:
            raise error.at(token.start, token.end) from None

    def _span(self) -> Span:
        count = self._now
        if count.kind is not TokenKind.WORD:
            raise self._error("invalid_number", "A number of days or hours is needed here.", count, suggestion="7 days")
        self._take()
        joined = re.fullmatch(r"(\d+)([a-z]+)", count.text, re.IGNORECASE | re.ASCII)
        if joined is None and self._now.kind is not TokenKind.WORD:
            raise self._error("invalid_date", "A unit of time is missing here.", self._now, suggestion="days")
        number, unit = joined.groups() if joined else (count.text, self._take().text)
        try:
            return values.span(number, unit)
        except SegmentError as error:
            raise error.at(count.start, self._tokens[self._place - 1].end) from None

    def _day_month(self) -> DayMonth:
        token = self._now
        try:
            found = values.day_month(token.text)
        except SegmentError as error:
            raise error.at(token.start, token.end) from None
        self._take()
        return found

    # -- words alone

    def _literal(self, token: Token) -> Condition:
        """Return where a word alone is looked for: phone numbers, addresses, names."""
        text = token.text.strip()
        name, operator = "name", _O.HAS
        if _PHONE_LIKE.fullmatch(text):
            name = "phone"
        elif _MATRIX_LIKE.fullmatch(text):
            name, operator = "address.matrix", _O.EQ
        elif _EMAIL_LIKE.fullmatch(text):
            name, operator = "email", _O.EQ
        try:
            found = values.item(self._reading.catalogue.fields[name], operator, text, self._reading)
        except SegmentError as error:
            raise error.at(token.start, token.end) from None
        return Condition(name, operator, found)

    def _error(self, code: str, message: str, token: Token, *, suggestion: str = "", hint: str = "") -> SegmentError:
        return SegmentError(code, message, suggestion=suggestion, hint=hint).at(token.start, token.end)


def refuse_too_large(group: Group) -> Group:
    """Return ``group`` unless it has more conditions or lies deeper than allowed. Raises SegmentError."""
    if sum(1 for _ in conditions(group)) > MAX_CONDITIONS:
        raise SegmentError(
            "too_complex", f"A segment has at most {MAX_CONDITIONS} conditions.", hint="Split it into several segments."
        ).at(0, 0)
    if depth(group) > MAX_DEPTH:
        raise SegmentError(
            "too_deep", f"Groups may lie {MAX_DEPTH} deep at most.", hint="Put a part of it into a segment of its own."
        ).at(0, 0)
    return group
