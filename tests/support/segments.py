"""Random filters, and an office whose contacts have everything that filters can ask about."""

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert

from desktop_inbox.clock import to_millis
from desktop_inbox.models import schema
from desktop_inbox.models.entities.ids import RANDOM_BITS
from desktop_inbox.models.entities.segment import (
    Between,
    Condition,
    DayMonth,
    Group,
    GroupOp,
    Node,
    Operator,
    Span,
    Unit,
    Value,
)
from desktop_inbox.models.entities.segment_fields import BARE, LISTED, SPANNED, Catalogue, Field, FieldType, Kind
from desktop_inbox.models.search_text import fold
from desktop_inbox.models.work import Work

ZONE = ZoneInfo("Europe/Berlin")  # clocks change on 29 March and 25 October 2026
NOW = datetime(2026, 3, 30, 9, 30, tzinfo=UTC)
_NAMES = ("", "Ana", "Zoë", "José", "Zoe", "Müller", "李小龍", "O'Neil", "100%", "a_b", "Ana 🎉", "Straße", "Ωmega",
          "ÅSA", 'say "hi"', "back\\slash", "İpek")  # fmt: skip
_WORDS = ("invoice", "Rechnung", "appointment", "tomorrow", "café", "予約", "🎉", "STOP", "yes", "12.5")
_EDGES = tuple(
    datetime(*parts, tzinfo=ZONE).astimezone(UTC) + timedelta(milliseconds=step)
    for parts in (
        (2026, 3, 29),
        (2026, 3, 30),
        (2026, 3, 28),
        (2025, 10, 26),
        (2025, 10, 27),
        (2024, 2, 29),
        (2026, 3, 23),
    )
    for step in (-1, 0, 1)
)
_SEARCHED = {"name", "first_name", "last_name", "company", "comment_text"}


def moment(source: random.Random) -> datetime:
    """A moment, often at the edge of a day or of now."""
    kind = source.random()
    if kind < 0.4:
        return source.choice(_EDGES)
    if kind < 0.6:
        return NOW + timedelta(milliseconds=source.choice((-1, 0, 1)), days=source.choice((-7, -1, 0, 0, 1, 7)))
    return NOW + timedelta(milliseconds=source.randrange(-400 * 86_400_000, 10 * 86_400_000))


@dataclass(frozen=True)
class Made:
    """Ids of what filters can refer to."""

    contacts: tuple[int, ...]


class Population:
    """Writes random contacts, through the tables."""

    def __init__(self, work: Work, source: random.Random, count: int) -> None:
        self._work, self._random, self._count = work, source, count

    def write(self) -> Made:
        self._frame()
        for key in range(1, self._count + 1):
            self._contact(key)
        self._add(schema.contact_merges, kept_id=3, merged_id=9001, at=NOW, user_id=1, image={})
        self._add(schema.contact_merges, kept_id=4, merged_id=9002, at=NOW, user_id=1, image={}, undone_at=NOW)
        return Made(tuple(range(1, self._count + 1)))

    def _add(self, table: Any, **values: Any) -> None:
        self._work.connection.execute(insert(table).values(**values))

    def _frame(self) -> None:
        for key, (name, active) in enumerate((("Dana", True), ("Dana", True), ("me", True), ("Gone", False)), start=1):
            self._add(schema.users, id=key, name=name, role="administrator", active=active, created_at=NOW)
        for key, (kind, name) in enumerate(
            (("simulator", "Front desk"), ("twilio", "Mobile"), ("matrix", "#3")), start=1
        ):
            self._add(schema.channels, id=key, kind=kind, name=name, settings={}, state="active", created_at=NOW)
        for key, name in enumerate(("VIP", "New & shiny", 'quo"te', "débiteur"), start=1):
            self._add(schema.tags, id=key, name=name, name_key=fold(name), created_at=NOW)
        for key, name in enumerate(("Newsletter", "Parents"), start=1):
            self._add(schema.contact_lists, id=key, name=name, name_key=fold(name), created_at=NOW)
        kinds = ("text", "list", "checkbox", "email", "number", "url", "date", "time")
        for key, kind in enumerate(kinds, start=1):
            options = {"choices": ["Gold", "Silver plus", "Brönze"]} if kind == "list" else {}
            self._add(schema.custom_fields, id=key, slug=f"f_{kind}", name=f"F {kind}", name_key=f"f {kind}", kind=kind,
                      options=options, created_at=NOW)  # fmt: skip

    def _contact(self, key: int) -> None:
        pick, maybe = self._random.choice, self._maybe
        first, last, company = pick(_NAMES), pick(_NAMES), pick(_NAMES)
        self._add(
            schema.contacts,
            id=key, first_name=first, last_name=last, company=company,
            name_key=fold(f"{first} {last}".strip()), first_key=fold(first), last_key=fold(last),
            company_key=fold(company),
            opt_in=pick(("opted_in", "opted_out")), opt_in_changed_at=maybe(lambda: moment(self._random)),
            opt_in_method=pick(("", "keyword", "manual", "provider", "import")), blocked=pick((True, False)),
            language=pick(("", "en", "pt-BR", "de")), country=pick(("", "US", "DE")), created_at=moment(self._random),
            source=pick(("manual", "import", "inbound", "merge")),
            consent=pick(("not_sent", "queued", "sent", "acknowledged")),
            consent_sent_at=maybe(lambda: moment(self._random)),
        )  # fmt: skip
        self._links(key)
        if self._random.random() < 0.85:
            self._conversation(key)

    def _maybe(self, make: Any) -> Any:
        return make() if self._random.random() < 0.6 else None

    def _links(self, key: int) -> None:
        some = self._random.sample
        schemes = (
            ("tel", f"+4930{key:07d}"), ("whatsapp", f"+1415{key:07d}"), ("telegram", f"{key}77"),
            ("matrix", f"@Ana{key}:example.org"), ("mailto", f"zoë{key}@example.org"), ("tel", f"72{key:03d}"),
        )  # fmt: skip
        for scheme, path in some(schemes, self._random.choice((0, 1, 1, 2, 3))):
            self._add(schema.contact_addresses, contact_id=key, scheme=scheme, path=path, created_at=NOW,
                      carrier_blocked=self._random.random() < 0.2)  # fmt: skip
        for tag in some((1, 2, 3, 4), self._random.choice((0, 0, 1, 2, 3))):
            self._add(schema.contact_tags, contact_id=key, tag_id=tag)
        for group in some((1, 2), self._random.choice((0, 1, 2))):
            self._add(schema.contact_list_members, contact_id=key, list_id=group)
        for field, value, number in self._custom():
            self._add(schema.contact_field_values, contact_id=key, field_id=field, value=value, value_key=fold(value),
                      number=number)  # fmt: skip

    def _custom(self) -> list[tuple[int, str, float | None]]:
        pick = self._random.choice
        day = pick([moment(self._random).date(), date(2026, 3, 29), date(1980, 2, 29), date(2024, 2, 29)])
        check, amount, minutes = pick((0, 1)), pick((0, 1, 2.5, -3, 1e6)), pick((0, 570, 1439))
        values: list[tuple[int, str, float | None]] = [
            (1, pick([name for name in _NAMES if name]), None),
            (2, pick(("Gold", "Silver plus", "Brönze")), None),
            (3, "true" if check else "false", float(check)),
            (4, pick(("ana@example.org", "ZOE@example.org")), None),
            (5, str(amount), float(amount)),
            (6, pick(("https://example.org/a_b", "https://example.org")), None),
            (7, day.isoformat(), float(day.toordinal())),
            (8, f"{minutes // 60:02}:{minutes % 60:02}", float(minutes)),
        ]
        return [one for one in values if self._random.random() < 0.5]

    def _conversation(self, key: int) -> None:
        pick, maybe = self._random.choice, self._maybe
        snoozed = maybe(lambda: NOW)
        ids = [self._entry(key, number) for number in range(4)]
        direction = pick((None, "in", "out"))
        self._add(
            schema.conversations,
            id=key + 1000, contact_id=key, status=pick(("pending", "done")), assignee_id=pick((None, 1, 2, 3, 4)),
            snoozed_at=snoozed, snoozed_until=snoozed and maybe(lambda: moment(self._random)),
            archived_at=pick((None, None, NOW)), unread_count=pick((0, 0, 1, 5)), last_entry_id=pick((0, ids[0])),
            last_direction=direction, last_status=pick(("failed", "read", "unknown")) if direction == "out" else None,
            last_channel_id=pick((None, 1, 2, 3)), last_inbound_id=pick((0, ids[1])),
            waiting_since=maybe(lambda: moment(self._random)), window_ends_at=maybe(lambda: moment(self._random)),
            created_at=NOW, place_id=pick((0, ids[0])), pinned=pick((True, False)), priority=pick((0, 1, 2, 3, 4)),
            first_entry_id=pick((0, ids[2])), last_outbound_id=pick((0, ids[3])),
            last_sender_kind=pick((None, "user", "contact", "bot")), last_replied_by_id=pick((None, 1, 3, 4)),
            message_count=pick((0, 1, 7)),
        )  # fmt: skip
        for number in range(self._random.choice((0, 1, 3))):
            self._message(key, number)
        self._comments(key)
        if self._random.random() < 0.3:
            self._add(schema.drafts, conversation_id=key + 1000, user_id=1, text=pick(("", "hello")), updated_at=NOW)

    def _entry(self, key: int, number: int) -> int:
        return (to_millis(moment(self._random)) << RANDOM_BITS) | (key * 8 + number)

    def _message(self, key: int, number: int) -> None:
        said = " ".join(self._random.choices(_WORDS, k=4))
        entry = self._entry(key, number)
        self._add(
            schema.messages,
            id=entry, conversation_id=key + 1000, contact_id=key, direction="in", text=said, status="received",
            channel_id=self._random.choice((None, 1, 2)), sender_kind="contact",
        )  # fmt: skip
        self._work.search.index_message(entry, key + 1000, said)  # type: ignore[arg-type]
        if self._random.random() < 0.3:
            kind = self._random.choice(("image/png", "video/mp4", "audio/ogg", "application/pdf"))
            self._add(schema.attachments, message_id=entry, state="pending", media_type=kind)

    def _comments(self, key: int) -> None:
        for number in range(self._random.choice((0, 0, 1, 2))):
            entry, said = self._entry(key, 4 + number), self._random.choice(_NAMES[1:])
            author = self._random.choice((1, 2, None))
            self._add(
                schema.comments,
                id=entry, conversation_id=key + 1000, author_kind="user" if author else "external", author_id=author,
                text=said, text_key=fold(said),
            )  # fmt: skip
            for user in self._random.sample((1, 2, 3), self._random.choice((0, 1, 2))):
                self._add(schema.comment_mentions, comment_id=entry, user_id=user)


class Filters:
    """Makes random filters over a catalogue."""

    def __init__(self, source: random.Random, catalogue: Catalogue) -> None:
        self._random, self._catalogue = source, catalogue
        self._fields = [
            field for field in catalogue.fields.values() if field.kind is not Kind.SEGMENT or catalogue.segments
        ]

    def group(self, *, size: int = 6, level: int = 3) -> Group:
        """A group of up to ``size`` children, ``level`` deep."""
        children = tuple(self._node(level - 1) for _ in range(self._random.randint(1, size)))
        return Group(self._random.choice(list(GroupOp)), children)

    def _node(self, level: int) -> Node:
        if level > 0 and self._random.random() < 0.3:
            return self.group(size=3, level=level)
        return self.condition()

    def condition(self) -> Condition:
        """A condition that is allowed."""
        field = self._random.choice(self._fields)
        return self.asked(field, self._random.choice(field.operators))

    def asked(self, field: Field, operator: Operator) -> Condition:
        """A condition with a value that is allowed."""
        return Condition(field.name, operator, self._value(field, operator))

    def _value(self, field: Field, operator: Operator) -> Value:
        if operator in BARE:
            return None
        if operator in SPANNED:
            unit = self._random.choice(list(Unit))
            return Span(self._random.choice((1, 2, 7, 24, 60)), unit)
        if operator is Operator.DAY_MONTH:
            return self._random.choice((DayMonth(3, 29), DayMonth(2, 29), DayMonth(3, 30)))
        if operator in LISTED:
            found = [self._one(field, operator) for _ in range(self._random.randint(1, 3))]
            return tuple(dict.fromkeys(found))  # type: ignore[arg-type]
        if operator is Operator.BETWEEN:
            ends = [self._one(field, operator), self._one(field, operator)]
            if type(ends[0]) is type(ends[1]):
                ends.sort()  # type: ignore[type-var]
            return Between(*ends)  # type: ignore[arg-type]
        return self._one(field, operator)  # type: ignore[return-value]

    def _one(self, field: Field, operator: Operator) -> object:
        pick = self._random.choice
        if field.kind is not None:
            special = ("me", "nobody", "inactive") if field.kind is Kind.USER else ()
            return pick([*sorted(self._catalogue.ids(field.kind)), *special])
        if field.choices:
            return pick(field.choices).value
        match field.type:
            case FieldType.NUMBER:
                return pick((0.0, 1.0, 2.5, -3.0, 5.0, 1e6))
            case FieldType.MOMENT | FieldType.DAY:
                found = moment(self._random)
                return found if self._random.random() < 0.3 else found.astimezone(ZONE).date()
            case FieldType.TIME:
                return pick((time(0, 0), time(9, 30), time(23, 59)))
            case FieldType.WORDS:
                return pick(("invoice", "caf", "café tomorrow", "予約", "Rechnung STOP", '"yes yes"'))
        return self._text(field, operator)

    def _text(self, field: Field, operator: Operator) -> str:
        pick = self._random.choice
        number = self._random.randint(1, 60)
        whole = operator in (Operator.EQ, Operator.NE, Operator.IN, Operator.NOT_IN)
        match field.name:
            case "language":
                return pick(("en", "pt-BR", "de")) if whole else pick(("p", "br", "EN"))
            case "country":
                return pick(("US", "DE")) if whole else "d"
            case "phone" | "address.tel" | "address.whatsapp":
                return pick((f"+4930{number:07d}", f"+1415{number:07d}")) if whole else pick(("4930", "000", "721"))
            case "email" | "address.mailto":
                return f"zoë{number}@example.org" if whole else pick(("zoë", "EXAMPLE", "org", "_10"))
            case "address.matrix":
                return f"@Ana{number}:example.org" if whole else pick(("@ana", "ANA1", "org"))
            case "address.telegram":
                return f"{number}77" if whole else "177"
        if whole and field.name not in _SEARCHED and self._random.random() < 0.3:
            return pick(("https://example.org", "zoe@EXAMPLE.org"))
        return pick([name for name in _NAMES if len(name) > 1] + ["zoe", "an", "ss", "%00", "sa", "_b"])
