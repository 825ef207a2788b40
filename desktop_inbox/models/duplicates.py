"""Contacts that may be one person, with the reason: found by their addresses and names, all at once."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Final

from sqlalchemy import select

from .entities.contact import Scheme
from .entities.ids import ContactId
from .entities.merge import Certainty, MergeReason, MergeSuggestion
from .schema import contact_addresses, contact_distinct, contacts
from .work import Work

_SHARED_DIGITS: Final = 7  # at the end of two numbers that differ in how they begin
_CROWD: Final = 6  # contacts with one thing in common, from which on it says nothing
_PHONES: Final = (Scheme.TEL, Scheme.WHATSAPP)
_ORDER: Final = {Certainty.SURE: 0, Certainty.LIKELY: 1}


@dataclass(slots=True)
class _Person:
    names: frozenset[str] = frozenset()  # folded words
    name_key: str = ""
    company_key: str = ""
    numbers: set[str] = field(default_factory=set)
    others: set[str] = field(default_factory=set)


def find_duplicates(work: Work) -> tuple[MergeSuggestion, ...]:
    """Return pairs that may be one person, the surest first; pairs that somebody parted are left out."""
    people = _people(work)
    found: dict[tuple[ContactId, ContactId], MergeSuggestion] = {}
    for pair, reason, detail in _pairs(people):
        certainty = _certainty(reason, people[pair[0]], people[pair[1]])
        known = found.get(pair)
        if certainty is not None and (known is None or _ORDER[certainty] < _ORDER[known.certainty]):
            found[pair] = MergeSuggestion(
                one_id=pair[0], other_id=pair[1], reason=reason, certainty=certainty, detail=detail
            )
    query = select(contact_distinct.c.one_id, contact_distinct.c.other_id)
    for row in work.connection.execute(query):
        found.pop((row.one_id, row.other_id), None)
    return tuple(sorted(found.values(), key=lambda one: (_ORDER[one.certainty], one.one_id, one.other_id)))


def _people(work: Work) -> dict[ContactId, _Person]:
    people: dict[ContactId, _Person] = {}
    query = select(contacts.c.id, contacts.c.name_key, contacts.c.company_key).where(
        contacts.c.merged_into_id.is_(None)
    )
    for row in work.connection.execute(query):
        words = frozenset(re.findall(r"\w+", row.name_key))
        people[ContactId(row.id)] = _Person(names=words, name_key=row.name_key, company_key=row.company_key)
    query = select(contact_addresses.c.contact_id, contact_addresses.c.scheme, contact_addresses.c.path)
    for row in work.connection.execute(query):
        person = people.get(ContactId(row.contact_id))
        if person is not None:
            (person.numbers if row.scheme in _PHONES else person.others).add(row.path)
    return people


def _pairs(
    people: dict[ContactId, _Person],
) -> Iterator[tuple[tuple[ContactId, ContactId], MergeReason, str]]:
    """Yield pairs with something in common, smaller id first."""
    groups: dict[tuple[MergeReason, str], list[ContactId]] = defaultdict(list)
    for key, person in people.items():
        for number in person.numbers:
            groups[MergeReason.SAME_NUMBER, number].append(key)
            spelled = without_quirks(number)
            groups[MergeReason.SAME_NUMBER_WRITTEN_OTHERWISE, spelled].append(key)
            if len(person.names) > 1:
                digits = re.sub(r"\D", "", number)[-_SHARED_DIGITS:]
                if len(digits) == _SHARED_DIGITS:
                    groups[MergeReason.SAME_NAME_AND_DIGITS, f"{person.name_key} · {digits}"].append(key)
        for path in person.others:
            mailbox = same_mailbox(path)
            if mailbox:
                groups[MergeReason.SAME_EMAIL, mailbox].append(key)
        if len(person.names) > 1 and person.company_key:
            groups[MergeReason.SAME_NAME_AND_COMPANY, f"{person.name_key} · {person.company_key}"].append(key)
    for (reason, detail), keys in groups.items():
        members = sorted(set(keys))
        # Of three people with one name in one company nobody knows which two are the same.
        crowd = 2 if reason is MergeReason.SAME_NAME_AND_COMPANY else _CROWD
        if 1 < len(members) <= crowd:
            for one, other in combinations(members, 2):
                yield (one, other), reason, detail


def _certainty(reason: MergeReason, one: _Person, other: _Person) -> Certainty | None:
    if reason is MergeReason.SAME_NAME_AND_COMPANY:
        return Certainty.LIKELY
    if reason is MergeReason.SAME_NAME_AND_DIGITS:
        return Certainty.SURE
    # A family shares a telephone and a mailbox; people who are named differently are asked about, not assumed.
    if one.names and other.names and not _names_agree(one.names, other.names):
        return Certainty.LIKELY
    return Certainty.SURE


def _names_agree(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two sets of words can name one person: each of the shorter is in the longer, or begins a word of it."""
    few, many = sorted((one, other), key=len)
    return all(any(word.startswith(part) or part.startswith(word) for word in many) for part in few)


def without_quirks(number: str) -> str:
    """Return one spelling of a number that its country lets people write in two ways."""
    if number.startswith("+521") and len(number) == 14:  # Mexico's old 1 before mobile numbers
        return "+52" + number[4:]
    if number.startswith("+549") and len(number) == 14:  # Argentina's 9
        return "+54" + number[4:]
    if number.startswith("+55") and len(number) == 14 and number[5] == "9":  # Brazil's ninth digit
        return number[:5] + number[6:]
    if number.startswith("+390"):  # Italy keeps its 0; others leave it out
        return "+39" + number[4:]
    return number


def same_mailbox(path: str) -> str:
    """Return one spelling of an e-mail address that reaches one mailbox in several; "" for what is none."""
    local, at, host = path.rpartition("@")
    if not at or not local or path.startswith("@"):
        return ""
    local = local.partition("+")[0]
    if host in ("gmail.com", "googlemail.com"):
        return f"{local.replace('.', '')}@gmail.com"
    return f"{local}@{host}"


def recall(found: Iterable[MergeSuggestion], true_pairs: Sequence[tuple[int, int]]) -> tuple[float, float]:
    """Return (precision, recall) of suggestions against pairs known to be one person."""
    wanted = {tuple(sorted(pair)) for pair in true_pairs}
    pairs = {(one.one_id, one.other_id) for one in found}
    hits = len(pairs & wanted)
    return (hits / len(pairs) if pairs else 1.0, hits / len(wanted) if wanted else 1.0)
