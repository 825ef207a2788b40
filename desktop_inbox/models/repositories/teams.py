"""Teams, days off, and what must be known of recipients to keep allowed hours."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import bindparam, delete, exists, func, insert, or_, select, update

from desktop_inbox.events import TeamsChanged, UsersChanged
from desktop_inbox.models.entities.ids import BatchId, ChannelId, EntryId, TeamId, UserId
from desktop_inbox.models.entities.message import SenderKind
from desktop_inbox.models.entities.outbox import OUTSIDE_HOURS
from desktop_inbox.models.entities.team import ALWAYS, Holiday, HolidayId, Hours, Team
from desktop_inbox.models.schema import (
    batch_recipients,
    batches,
    contact_addresses,
    contacts,
    holidays,
    messages,
    outbox,
    schedules,
    team_channels,
    teams,
    users,
)
from desktop_inbox.models.search_text import fold

from .base import AnyRow, Repository
from .outbox import OPEN_ROWS, WAITING

_ALL = select(teams).order_by(teams.c.name_key, teams.c.id)
_HOLIDAYS = select(holidays).order_by(holidays.c.day, holidays.c.id)
#: Kinds of addresses that are numbers, whose beginning tells a place.
_NUMBERS = ("tel", "whatsapp")
_NUMBERED = (
    select(contact_addresses.c.contact_id, contact_addresses.c.path)
    .where(contact_addresses.c.contact_id.in_(bindparam("ids", expanding=True)))
    .where(contact_addresses.c.scheme.in_(_NUMBERS))
    .order_by(contact_addresses.c.contact_id, contact_addresses.c.priority, contact_addresses.c.id)
)
_CHUNK = 500  # values in one statement
_WAITING = (
    select(batch_recipients.c.contact_id, contacts.c.zone, contact_addresses.c.path)
    .join(contacts, contacts.c.id == batch_recipients.c.contact_id)
    .join(contact_addresses, contact_addresses.c.id == batch_recipients.c.address_id)
    .where(batch_recipients.c.batch_id == bindparam("batch"), batch_recipients.c.state == "waiting")
)
_HELD = (
    select(outbox.c.message_id)
    .join(messages, messages.c.id == outbox.c.message_id)
    .where(messages.c.batch_id == bindparam("batch"), messages.c.status == "held", outbox.c.reason == OUTSIDE_HOURS)
)
_BEHIND = (
    select(outbox.c.after_message_id.label("lead"), messages.c.id, messages.c.sender_kind)
    .join(messages, messages.c.id == outbox.c.message_id)
    .join(_lead := messages.alias("lead"), _lead.c.id == outbox.c.after_message_id)
    # By conversation, which has an index; the column itself has none.
    .where(_lead.c.id.in_(bindparam("ids", expanding=True)), outbox.c.conversation_id == _lead.c.conversation_id)
    .where(OPEN_ROWS, outbox.c.state.in_(WAITING), outbox.c.message_id != outbox.c.after_message_id)
)
_WHOSE = (
    select(
        messages.c.id,
        messages.c.contact_id,
        contacts.c.zone,
        contact_addresses.c.scheme,
        contact_addresses.c.path,
        func.coalesce(batches.c.team_id, users.c.team_id).label("team_id"),
    )
    .join(contacts, contacts.c.id == messages.c.contact_id)
    .outerjoin(contact_addresses, contact_addresses.c.id == messages.c.address_id)
    .outerjoin(batches, batches.c.id == messages.c.batch_id)
    .outerjoin(users, users.c.id == messages.c.sender_id)
    .where(messages.c.id.in_(bindparam("ids", expanding=True)))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """Whose hours hold for a message, and what tells where its recipient is."""

    team_id: TeamId | None
    zone: str  # of the contact, IANA; "" where nobody knows
    paths: tuple[str, ...]  # the contact's numbers: the one that is written to, then the most important first


class TeamRepository(Repository):
    """Reads and writes teams and days off; who may do what is the service's business."""

    def all(self) -> tuple[Team, ...]:
        """Every team by name, with its channels and members."""
        channels = self.channels()
        members: dict[int, list[UserId]] = {}
        staff = select(users.c.id, users.c.team_id).where(users.c.team_id.is_not(None)).order_by(users.c.id)
        for row in self._connection.execute(staff):
            members.setdefault(row.team_id, []).append(UserId(row.id))
        rows = self._connection.execute(_ALL)
        return tuple(_to_team(row, channels.get(TeamId(row.id), ()), members.get(row.id, ())) for row in rows)

    def channels(self) -> Mapping[TeamId, frozenset[ChannelId]]:
        """The channels of each team that is bound to some."""
        found: dict[TeamId, set[ChannelId]] = {}
        for row in self._connection.execute(select(team_channels)):
            found.setdefault(TeamId(row.team_id), set()).add(ChannelId(row.channel_id))
        return {team: frozenset(channels) for team, channels in found.items()}

    def get(self, team_id: TeamId) -> Team | None:
        """The team, or None."""
        return next((team for team in self.all() if team.id == team_id), None)

    def by_name(self, name: str) -> Team | None:
        """The team of this name, whatever its case and accents, or None."""
        return next((team for team in self.all() if self.key_of(team.name) == self.key_of(name)), None)

    @staticmethod
    def key_of(name: str) -> str:
        """Return by what no two teams are called alike."""
        return fold(name)[:255]

    def add(self, name: str) -> Team:
        """Add a team without hours of its own."""
        values = {"name": name, "name_key": self.key_of(name), "hours": {}, "created_at": self._work.now()}
        key = self._connection.execute(insert(teams).values(**values).returning(teams.c.id)).scalar_one()
        self._work.announce(TeamsChanged())
        made = self.get(TeamId(key))
        assert made is not None  # noqa: S101 - just inserted
        return made

    def change(self, team_id: TeamId, **values: Any) -> None:
        """Set columns: name, hours (entity), restricted, recipient_zone."""
        if "name" in values:
            values["name_key"] = self.key_of(values["name"])
        if "hours" in values:
            values["hours"] = values["hours"].json()
        self._connection.execute(update(teams).where(teams.c.id == team_id).values(**values))
        self._work.announce(TeamsChanged())

    def set_channels(self, team_id: TeamId, channel_ids: Iterable[ChannelId]) -> None:
        """Say which channels a team uses; none for every one."""
        self._connection.execute(delete(team_channels).where(team_channels.c.team_id == team_id))
        rows = [{"team_id": team_id, "channel_id": key} for key in sorted(set(channel_ids))]
        if rows:
            self._connection.execute(insert(team_channels), rows)
        self._work.announce(TeamsChanged())

    def assign(self, user_ids: Iterable[UserId], team_id: TeamId | None) -> None:
        """Put users into a team, or into none."""
        self._connection.execute(update(users).where(users.c.id.in_(list(user_ids))).values(team_id=team_id))
        self._work.announce(UsersChanged())
        self._work.announce(TeamsChanged())

    def is_used(self, team_id: TeamId) -> bool:
        """Whether something was sent for a team, or will be."""
        used = or_(
            exists().where(batches.c.team_id == team_id),
            exists().where(schedules.c.team_id == team_id),
        )
        return bool(self._connection.execute(select(used)).scalar())

    def delete(self, team_id: TeamId) -> None:
        """Remove a team that nothing refers to; its members belong to none."""
        self._connection.execute(update(users).where(users.c.team_id == team_id).values(team_id=None))
        self._connection.execute(delete(team_channels).where(team_channels.c.team_id == team_id))
        self._connection.execute(delete(teams).where(teams.c.id == team_id))
        self._work.announce(TeamsChanged())

    # -- days off

    def holidays(self) -> tuple[Holiday, ...]:
        """Every day off, in order."""
        return tuple(_to_holiday(row) for row in self._connection.execute(_HOLIDAYS))

    def add_holiday(self, day: date, name: str, *, yearly: bool) -> Holiday:
        """Add a day on which nothing leaves (IntegrityError where the day is known)."""
        statement = insert(holidays).values(day=day, name=name, yearly=yearly)
        key = self._connection.execute(statement.returning(holidays.c.id)).scalar_one()
        self._work.announce(TeamsChanged())
        return Holiday(id=HolidayId(key), day=day, name=name, yearly=yearly)

    def delete_holiday(self, holiday_id: HolidayId) -> None:
        """Let things leave on that day again."""
        self._connection.execute(delete(holidays).where(holidays.c.id == holiday_id))
        self._work.announce(TeamsChanged())

    def waiting_in(self, batch_id: BatchId) -> list[tuple[str, tuple[str, ...]]]:
        """Of everybody in a batch who waits for an allowed time: the contact's zone, and their numbers."""
        people = self._connection.execute(_WAITING, {"batch": batch_id}).all()
        paths = self._numbers({row.contact_id for row in people})
        found = [(row.zone, tuple(dict.fromkeys((row.path, *paths.get(row.contact_id, ()))))) for row in people]
        held = self._connection.execute(_HELD, {"batch": batch_id}).scalars().all()
        for start in range(0, len(held), _CHUNK):
            places = self.whereabouts([EntryId(key) for key in held[start : start + _CHUNK]])
            found += [(place.zone, place.paths) for place in places.values()]
        return found

    # -- of messages

    def of_users(self, user_ids: Iterable[UserId]) -> Mapping[UserId, TeamId]:
        """The team of each user who is in one."""
        query = select(users.c.id, users.c.team_id).where(users.c.id.in_(list(user_ids)), users.c.team_id.is_not(None))
        return {UserId(row.id): TeamId(row.team_id) for row in self._connection.execute(query)}

    def of_batches(self, batch_ids: Iterable[BatchId]) -> Mapping[BatchId, TeamId]:
        """The team of each batch that has one."""
        query = select(batches.c.id, batches.c.team_id)
        query = query.where(batches.c.id.in_(list(batch_ids)), batches.c.team_id.is_not(None))
        return {BatchId(row.id): TeamId(row.team_id) for row in self._connection.execute(query)}

    def behind(self, leads: Sequence[EntryId]) -> Mapping[EntryId, list[tuple[EntryId, SenderKind]]]:
        """What waits behind each consent message, and what sends it."""
        found: dict[EntryId, list[tuple[EntryId, SenderKind]]] = {}
        if leads:
            for row in self._connection.execute(_BEHIND, {"ids": list(leads)}):
                found.setdefault(EntryId(row.lead), []).append((EntryId(row.id), SenderKind(row.sender_kind)))
        return found

    def whereabouts(self, message_ids: Sequence[EntryId]) -> dict[EntryId, Whereabouts]:
        """Whose hours hold for messages, and where their recipients are."""
        if not message_ids:
            return {}
        rows = self._connection.execute(_WHOSE, {"ids": list(message_ids)}).all()
        paths = self._numbers({row.contact_id for row in rows})
        return {EntryId(row.id): _to_whereabouts(row, paths.get(row.contact_id, ())) for row in rows}

    def _numbers(self, contact_ids: Iterable[int]) -> Mapping[int, list[str]]:
        paths: dict[int, list[str]] = {}
        ids = sorted(contact_ids)
        for start in range(0, len(ids), _CHUNK):
            for row in self._connection.execute(_NUMBERED, {"ids": ids[start : start + _CHUNK]}):
                paths.setdefault(row.contact_id, []).append(row.path)
        return paths


def _to_whereabouts(row: AnyRow, paths: Iterable[str]) -> Whereabouts:
    own = (row.path,) if row.scheme in _NUMBERS else ()
    return Whereabouts(
        team_id=None if row.team_id is None else TeamId(row.team_id),
        zone=row.zone,
        paths=tuple(dict.fromkeys((*own, *paths))),
    )


def _to_team(row: AnyRow, channel_ids: Iterable[ChannelId], members: Iterable[UserId]) -> Team:
    return Team(
        id=TeamId(row.id),
        name=row.name,
        restricted=row.restricted,
        hours=Hours.from_json(row.hours) if row.restricted else ALWAYS,
        recipient_zone=row.recipient_zone,
        channel_ids=frozenset(channel_ids),
        members=tuple(members),
        created_at=row.created_at,
    )


def _to_holiday(row: AnyRow) -> Holiday:
    return Holiday(id=HolidayId(row.id), day=row.day, name=row.name, yearly=row.yearly)
