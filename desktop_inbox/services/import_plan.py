"""What an import would do, row by row: the same for the dry run and for the import itself."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from desktop_inbox.errors import InboxError
from desktop_inbox.models.entities.contact import OptIn, Scheme
from desktop_inbox.models.entities.custom_field import CustomField, FieldValue
from desktop_inbox.models.entities.ids import ContactId, FieldId
from desktop_inbox.models.repositories.contact_bulk import ContactFacts
from desktop_inbox.models.search_text import fold
from desktop_inbox.models.work import Work

from .import_people import ADDRESS_LIMIT, Person, split_name
from .plain_text import clean_name

_BATCH: Final = 2000
_TEXTS: Final = ("first_name", "last_name", "company", "country", "language", "zone")


class Outcome(StrEnum):
    """What becomes of a row."""

    NEW = "new"
    UPDATE = "update"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


class Policy(StrEnum):
    """What happens to somebody who is known already. Tags and opt-outs are added in any case."""

    KEEP = "keep"  # leave them as they are
    FILL = "fill"  # write where nothing is known, and add addresses
    OVERWRITE = "overwrite"  # the file knows better; an empty cell says nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class RowReport:
    """What becomes of one row, and why."""

    line: int
    outcome: Outcome
    name: str
    address: str  # the first one
    notes: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class Draft:
    """One contact as the import leaves it."""

    before: ContactFacts | None  # None: a new one
    columns: dict[str, Any]
    addresses: dict[tuple[Scheme, str], None]
    tags: dict[str, str]  # folded: as written
    lists: dict[str, str]
    values: dict[str, FieldValue] = field(default_factory=dict)  # by slug; only what the import sets
    opted_out: bool = False
    named_opted_out: bool = False  # by this file, whatever was known before

    @property
    def id(self) -> ContactId | None:
        """Its id, or None for a new one."""
        return None if self.before is None else self.before.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """Names of what contacts have, in both directions."""

    tags: Mapping[int, str]  # id: folded name
    lists: Mapping[int, str]
    fields: Mapping[str, CustomField]  # by slug


class Planner:
    """Decides about people one after another; the later ones see what the earlier ones made."""

    def __init__(
        self,
        work: Work,
        *,
        policy: Policy,
        tags: Sequence[str] = (),
        list_name: str = "",
        all_opted_out: bool = False,
        cancelled: Callable[[], bool] = lambda: False,
        progress: Callable[[int], None] = lambda _rows: None,
    ) -> None:
        self._work, self._policy = work, policy
        self._tags, self._list_name = tags, list_name
        self._all_opted_out = all_opted_out
        self._cancelled, self._progress = cancelled, progress
        self._by_address: dict[tuple[Scheme, str], Draft] = {}
        self._by_id: dict[ContactId, Draft] = {}
        self._by_name: dict[tuple[str, str], Draft] = {}
        self._rows: list[tuple[Person, Draft | None, list[str]]] = []
        self.vocabulary = Vocabulary(
            tags={one.id: fold(one.name) for one in work.tags.all()},
            lists={one.id: fold(one.name) for one in work.contact_lists.all()},
            fields={one.slug: one for one in work.custom_fields.all()},
        )
        self._nameless: dict[tuple[str, str], ContactId] | None = None

    def plan(self, people: Sequence[Person]) -> None:
        """Decide about all ``people``."""
        for begin in range(0, len(people), _BATCH):
            if self._cancelled():
                raise InboxError("import_cancelled", "The import was cancelled; nothing was changed.")
            batch = people[begin : begin + _BATCH]
            self._load(batch)
            for person in batch:
                self._decide(person)
            self._progress(begin + len(batch))

    def drafts(self) -> list[Draft]:
        """Contacts that become other than they are or that the file calls opted out, in the order of the rows."""
        seen: dict[int, Draft] = {}
        for _, draft, _ in self._rows:
            if draft is None:
                continue
            # An opt-out is kept as evidence also where another list said it before.
            if draft.before is None or draft.named_opted_out or is_changed(draft, self.vocabulary):
                seen.setdefault(id(draft), draft)
        return list(seen.values())

    def report(self) -> tuple[RowReport, ...]:
        """What becomes of every row, in order."""
        first: set[int] = set()
        changed: dict[int, bool] = {}
        found = []
        for person, draft, notes in self._rows:
            outcome = Outcome.REFUSED
            if draft is not None:
                key = id(draft)
                if key not in changed:
                    changed[key] = draft.before is None or is_changed(draft, self.vocabulary)
                outcome = Outcome.UPDATE if changed[key] else Outcome.UNCHANGED
                if draft.before is None:
                    outcome = Outcome.UPDATE if key in first else Outcome.NEW
                first.add(key)
            address = next((path for _, path in person.addresses), "") or next((one[1] for one in person.odd), "")
            found.append(
                RowReport(
                    line=person.line, outcome=outcome, name=person.shown_name, address=address, notes=tuple(notes)
                )
            )
        return tuple(found)

    # -- what is there

    def _load(self, batch: Sequence[Person]) -> None:
        wanted: dict[Scheme, dict[str, None]] = {}
        for person in batch:
            for scheme, path in (*person.addresses, *((one[0], one[1]) for one in person.odd)):
                if (scheme, path) not in self._by_address:
                    wanted.setdefault(scheme, {})[path] = None
        owners = {
            (scheme, path): owner
            for scheme, paths in wanted.items()
            for path, owner in self._work.contact_bulk.owners(scheme, list(paths)).items()
        }
        self._know([owner for owner in owners.values() if owner not in self._by_id])
        for place, owner in owners.items():
            self._by_address[place] = self._by_id[owner]

    def _know(self, ids: Sequence[ContactId]) -> None:
        for facts in self._work.contact_bulk.facts(list(dict.fromkeys(ids))).values():
            draft = Draft(
                before=facts,
                columns=dict(facts.columns),
                addresses=dict.fromkeys(facts.addresses),
                tags={self.vocabulary.tags[key]: "" for key in facts.tags},
                lists={self.vocabulary.lists[key]: "" for key in facts.lists},
                opted_out=facts.columns["opt_in"] == OptIn.OPTED_OUT,
            )
            self._by_id[facts.id] = draft

    def _named(self, person: Person) -> Draft | None:
        """Somebody without any address, known by name and company alone."""
        key = (fold(person.shown_name), fold(person.columns.get("company", "")))
        if key in self._by_name:
            return self._by_name[key]
        if self._nameless is None:
            self._nameless = self._work.contact_bulk.without_address()
        owner = self._nameless.get(key)
        if owner is None:
            return None
        if owner not in self._by_id:
            self._know([owner])
        return self._by_id[owner]

    # -- decisions

    def _decide(self, person: Person) -> None:
        notes = list(person.notes)
        if person.problem:
            self._rows.append((person, None, [person.problem, *notes]))
            return
        places = list(person.addresses)
        for scheme, path, reason in person.odd:
            if (scheme, path) in self._by_address:  # a short code or a sender's name that has written to us
                places.append((scheme, path))
            else:
                notes.append(reason)
        found = {id(draft): draft for place in places if (draft := self._by_address.get(place)) is not None}
        if len(found) > 1:
            reason = "The addresses belong to different contacts; merge these first, or divide the row."
            self._rows.append((person, None, [reason, *notes]))
            return
        if not places and (person.odd or not person.shown_name):
            self._rows.append((person, None, notes))
            return
        draft = next(iter(found.values()), None) or (None if places else self._named(person))
        if draft is None:
            draft = Draft(before=None, columns={}, addresses={}, tags={}, lists={})
            if not places:
                self._by_name[fold(person.shown_name), fold(person.columns.get("company", ""))] = draft
        self._apply(draft, person, places, notes)
        self._rows.append((person, draft, notes))

    def _apply(self, draft: Draft, person: Person, places: Iterable[tuple[Scheme, str]], notes: list[str]) -> None:
        keep = self._policy is Policy.KEEP and draft.before is not None
        if not keep:
            self._apply_texts(draft, person)
            self._apply_values(draft, person)
            for place in places:
                if place not in draft.addresses and len(draft.addresses) >= ADDRESS_LIMIT:
                    notes.append(f"Left out: a contact has at most {ADDRESS_LIMIT} addresses.")
                    continue
                draft.addresses.setdefault(place)
                self._by_address[place] = draft
            draft.columns["blocked"] = draft.columns.get("blocked", False) or person.blocked
            _add_words(draft.tags, person.tags)
            _add_words(draft.lists, person.lists)
        _add_words(draft.tags, self._tags)
        _add_words(draft.lists, [self._list_name] if self._list_name else ())
        draft.named_opted_out = draft.named_opted_out or person.opted_out or self._all_opted_out
        draft.opted_out = draft.opted_out or draft.named_opted_out

    def _apply_texts(self, draft: Draft, person: Person) -> None:
        given = dict(person.columns)
        if person.name and "first_name" not in given and "last_name" not in given:
            known = " ".join(part for part in (draft.columns.get(name, "") for name in _TEXTS[:2]) if part)
            if not known or (self._policy is Policy.OVERWRITE and clean_name(known) != person.name):
                given["first_name"], given["last_name"] = split_name(person.name)
                draft.columns.update(first_name="", last_name="")
        for name, value in given.items():
            old = draft.columns.get(name, "")
            if value and (not old or (self._policy is Policy.OVERWRITE and clean_name(old) != value)):
                draft.columns[name] = value

    def _apply_values(self, draft: Draft, person: Person) -> None:
        known = draft.before.values if draft.before is not None else {}
        for slug, value in person.values.items():
            old = draft.values[slug].text if slug in draft.values else known.get(self.vocabulary.fields[slug].id, "")
            if not old or (self._policy is Policy.OVERWRITE and old.strip() != value.text):
                draft.values[slug] = value


def _add_words(known: dict[str, str], words: Iterable[str]) -> None:
    for word in words:
        known.setdefault(fold(word), word)


def changed_columns(draft: Draft) -> dict[str, Any]:
    """Return the columns that differ from what is there."""
    nothing: dict[str, Any] = {**dict.fromkeys(_TEXTS, ""), "blocked": False}
    before = nothing if draft.before is None else draft.before.columns
    return {
        name: draft.columns.get(name, default)
        for name, default in nothing.items()
        if draft.columns.get(name, default) != before[name]
    }


def changed_values(draft: Draft, vocabulary: Vocabulary) -> dict[FieldId, FieldValue]:
    """Return the values of fields that differ from what is there."""
    known = draft.before.values if draft.before is not None else {}
    found = {vocabulary.fields[slug].id: value for slug, value in draft.values.items()}
    return {key: value for key, value in found.items() if known.get(key, "").strip() != value.text}


def is_changed(draft: Draft, vocabulary: Vocabulary) -> bool:
    """Whether a contact that is there becomes other than it is."""
    facts = draft.before
    assert facts is not None  # noqa: S101 - the callers' business
    return bool(
        changed_columns(draft)
        or len(draft.addresses) > len(facts.addresses)
        or len(draft.tags) > len(facts.tags)
        or len(draft.lists) > len(facts.lists)
        or (draft.opted_out and facts.columns["opt_in"] != OptIn.OPTED_OUT)
        or changed_values(draft, vocabulary)
    )


def count(report: Iterable[RowReport]) -> Mapping[Outcome, int]:
    """Return how many rows have each outcome."""
    found = Counter(row.outcome for row in report)
    return {outcome: found[outcome] for outcome in Outcome}
