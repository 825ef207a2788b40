"""Completion of the text notation of segments."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC
from enum import StrEnum
from typing import Final

from desktop_inbox.models.entities.segment import INACTIVE, ME, NOBODY, Operator
from desktop_inbox.models.entities.segment_fields import SPANNED, Catalogue, Field, FieldType, Kind
from desktop_inbox.models.search_text import fold

from .segment_errors import SegmentError
from .segment_print import print_name
from .segment_text import Parser
from .segment_tokens import quote
from .segment_values import Reading

_PARTIAL = re.compile(r"""(?:"(?:[^"\\]|\\.)*|[“„][^”]*|[^\s"“”„=~!<>^$(),]*)$""")
#: A field, and the beginning of an operator of several words.
_BEGUN = re.compile(r"(?:^|[\s(])([\w.]+)\s+([a-z]+ [a-z]*)$", re.IGNORECASE)
_JOINERS: Final = (
    ("and", "Both"),
    ("or", "Either"),
    ("not", "None of what follows"),
    ("in segment", "Part of a segment"),
)
_SPANS: Final = ("30 minutes", "2 hours", "1 day", "7 days", "30 days", "4 weeks")


class CandidateKind(StrEnum):
    """What a candidate is."""

    FIELD = "field"
    OPERATOR = "operator"
    VALUE = "value"
    KEYWORD = "keyword"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Something that could stand at the cursor; ``text`` is what is put there."""

    text: str
    label: str
    kind: CandidateKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """What could replace the text from ``start`` to ``end``."""

    start: int
    end: int
    candidates: tuple[Candidate, ...] = ()


def complete(text: str, cursor: int, catalogue: Catalogue, *, limit: int = 20) -> Completion:
    """Return what could stand at ``cursor``: what begins with the word there first, then what contains it."""
    before = text[:cursor]
    begun = _BEGUN.search(before)
    asked = catalogue.field(begun[1]) if begun else None
    if begun is not None and asked is not None:
        whole = begun[2].lower().rpartition(" ")[0] in asked.operators  # a value follows
        words = [_operator(one) for one in asked.operators if one.value.startswith(begun[2].lower())]
        if words and not whole:
            return Completion(start=begun.start(2), end=cursor, candidates=tuple(words[:limit]))
    match = _PARTIAL.search(before)
    start = match.start() if match else cursor
    typed = before[start:]
    try:
        parser = Parser(before[:start], Reading(catalogue=catalogue, zone=UTC))
    except SegmentError:
        return Completion(start=start, end=cursor)
    try:
        parser.parse()
    except SegmentError:
        if not parser.at_end:  # something before the cursor is wrong already
            return Completion(start=start, end=cursor)
    field, operator = parser.expected
    if field is None:
        found = _beginnings(catalogue)
    elif operator is None:
        found = [_operator(one) for one in field.operators]
    else:
        found = _values(field, operator, catalogue)
    return Completion(start=start, end=cursor, candidates=tuple(_fitting(found, typed)[:limit]))


def _fitting(found: Iterable[Candidate], typed: str) -> list[Candidate]:
    wanted = fold(typed.strip('"“„'))
    if not wanted:
        return list(found)
    ranked: list[tuple[int, Candidate]] = []
    for candidate in found:
        written, label = fold(candidate.text.strip('"')), fold(candidate.label)
        if written == wanted and candidate.kind is not CandidateKind.VALUE and candidate.text == typed:
            continue
        if written.startswith(wanted):
            ranked.append((0, candidate))
        elif label.startswith(wanted) or f".{wanted}" in written:
            ranked.append((1, candidate))
        elif len(wanted) > 1 and (wanted in written or wanted in label):
            ranked.append((2, candidate))
    return [candidate for _, candidate in sorted(ranked, key=lambda pair: pair[0])]


def _beginnings(catalogue: Catalogue) -> list[Candidate]:
    fields = [
        Candidate(text=field.name, label=f"{field.label} ({field.group})", kind=CandidateKind.FIELD)
        for field in catalogue.fields.values()
        if field.kind is not Kind.SEGMENT
    ]
    return fields + [Candidate(text=word, label=label, kind=CandidateKind.KEYWORD) for word, label in _JOINERS]


def _operator(operator: Operator) -> Candidate:
    written = f"{operator.value} =" if operator is Operator.DAY_MONTH else operator.value
    return Candidate(text=written, label=operator.value, kind=CandidateKind.OPERATOR)


def _values(field: Field, operator: Operator, catalogue: Catalogue) -> list[Candidate]:
    if operator in SPANNED:
        return [_value(span, span) for span in _SPANS]
    found: list[Candidate] = []
    if field.kind is Kind.USER:
        found += [_value(ME, "Me"), _value(NOBODY, "Nobody"), _value(INACTIVE, "Somebody who left")]
    if field.kind is not None:
        return found + [
            _value(print_name(one.id, field.kind, catalogue), one.name) for one in catalogue.named(field.kind)
        ]
    if field.type is FieldType.OPTION:
        return [_value(quote(choice.value), choice.label) for choice in field.choices]
    return [_value(choice.value, choice.label) for choice in field.choices]


def _value(text: str, label: str) -> Candidate:
    return Candidate(text=text, label=label, kind=CandidateKind.VALUE)
