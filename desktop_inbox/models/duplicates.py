"""Contacts that may be one person, with the reason: found by their addresses and names, all at once."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Final

from sqlalchemy import select

from .entities.contact import Scheme
from .entities.ids import ContactId
from .entities.merge import Certainty, MergeReason, MergeSuggestion
from .schema import contact_distinct
from .work import Work

_SHARED_DIGITS: Final = 7  # at the end of two numbers that differ in how they begin
_CROWD: Final = 6  # contacts with one thing in common, from which on it says nothing
_PHONES: Final = (Scheme.TEL, Scheme.WHATSAPP)
_ORDER: Final = {Certainty.SURE: 0, Certainty.LIKELY: 1}


@dataclass(slots=True)
class _Person:
    names: tuple[str, ...] = ()  # folded words
    name_key: str = ""
    company_key: str = ""
    numbers: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)


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
    # As the driver gives them: a hundred thousand contacts are looked at while somebody waits.
    query = "SELECT id, name_key, company_key FROM contacts WHERE merged_into_id IS NULL"
    for key, name_key, company_key in work.connection.exec_driver_sql(query):
        people[key] = _Person(names=tuple(name_key.split()), name_key=name_key, company_key=company_key)
    query = "SELECT contact_id, scheme, path FROM contact_addresses"
    for contact_id, scheme, path in work.connection.exec_driver_sql(query):
        person = people.get(contact_id)
        if person is not None:
            (person.numbers if scheme in _PHONES else person.others).append(path)
    return people


def _pairs(
    people: dict[ContactId, _Person],
) -> Iterator[tuple[tuple[ContactId, ContactId], MergeReason, str]]:
    """Yield pairs with something in common, smaller id first."""
    for reason, facts in _FACTS.items():
        first: dict[str, ContactId] = {}  # nearly everything is there once
        groups: dict[str, set[ContactId]] = {}
        for key, person in people.items():
            for fact in facts(person):
                known = first.setdefault(fact, key)
                if known != key:
                    groups.setdefault(fact, {known}).add(key)
        # Of three people with one name in one company nobody knows which two are the same.
        crowd = 2 if reason is MergeReason.SAME_NAME_AND_COMPANY else _CROWD
        for fact, members in groups.items():
            if len(members) <= crowd:
                for one, other in combinations(sorted(members), 2):
                    yield (one, other), reason, fact


def _mailboxes(person: _Person) -> Iterable[str]:
    return [mailbox for mailbox in map(same_mailbox, person.others) if mailbox]


def _named_digits(person: _Person) -> Iterable[str]:
    if len(person.names) < 2:
        return ()
    # Numbers are kept as "+" and digits; what is shorter is a code that many have.
    return [
        f"{person.name_key} · {number[-_SHARED_DIGITS:]}"
        for number in person.numbers
        if number[:1] == "+" and len(number) > _SHARED_DIGITS
    ]


def _named_company(person: _Person) -> Iterable[str]:
    return (f"{person.name_key} · {person.company_key}",) if len(person.names) > 1 and person.company_key else ()


_FACTS: Final[Mapping[MergeReason, Callable[[_Person], Iterable[str]]]] = {
    MergeReason.SAME_NUMBER: lambda person: person.numbers,
    MergeReason.SAME_NUMBER_WRITTEN_OTHERWISE: lambda person: map(without_quirks, person.numbers),
    MergeReason.SAME_EMAIL: _mailboxes,
    MergeReason.SAME_NAME_AND_DIGITS: _named_digits,
    MergeReason.SAME_NAME_AND_COMPANY: _named_company,
}


def _certainty(reason: MergeReason, one: _Person, other: _Person) -> Certainty | None:
    if reason is MergeReason.SAME_NAME_AND_COMPANY:
        return Certainty.LIKELY
    if reason is MergeReason.SAME_NAME_AND_DIGITS:
        return Certainty.SURE
    # A family shares a telephone and a mailbox; people who are named differently are asked about, not assumed.
    if one.names and other.names and not _names_agree(one.names, other.names):
        return Certainty.LIKELY
    return Certainty.SURE


def _names_agree(one: Sequence[str], other: Sequence[str]) -> bool:
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
