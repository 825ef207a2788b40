"""Limits: what hours and blocked terms say about the messages of one transaction.

Everything is read once per transaction and only when something needs it: 10,000 recipients cost two or three short
queries, and a typed reply none about hours.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, tzinfo
from functools import cached_property
from typing import TYPE_CHECKING, Final

from desktop_inbox.models.entities.contact import Contact, ContactAddress, Scheme
from desktop_inbox.models.entities.ids import BatchId, ChannelId, EntryId, OutboxId, TeamId, UserId
from desktop_inbox.models.entities.message import SenderKind
from desktop_inbox.models.entities.outbox import OUTSIDE_HOURS, Delivery, OutboxEntry
from desktop_inbox.models.entities.team import ALWAYS, AllowedHours, Holiday, Hours, Team
from desktop_inbox.models.work import Work
from desktop_inbox.services import term_match
from desktop_inbox.services.allowed_hours import HORIZON, next_allowed, why_not
from desktop_inbox.services.gate import NO_LIMIT, PERSONAL, Limit
from desktop_inbox.services.recipient_zone import zones_of
from desktop_inbox.services.settings import OFFICE_HOURS, TERM_SCHEMES
from desktop_inbox.services.zones import zone_of

if TYPE_CHECKING:
    from desktop_inbox.models.repositories.teams import Whereabouts
    from desktop_inbox.services.enqueue import NewMessage

#: Leaves at any time: what a person typed, and the one answer to STOP, START and HELP.
_AT_ANY_TIME: Final = PERSONAL | {SenderKind.KEYWORD, SenderKind.CONTACT, SenderKind.ECHO}
#: Leaves by the channels of the team it is sent for, where that one has channels of its own.
_BOUND: Final = frozenset({SenderKind.USER, SenderKind.BROADCAST, SenderKind.SCHEDULE})
NUMBERS: Final = (Scheme.TEL, Scheme.WHATSAPP)


class Limits:
    """Asked about any number of messages inside one transaction."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._hours: dict[TeamId | None, AllowedHours] = {}
        self._closed: dict[tuple[TeamId | None, tuple[tzinfo, ...], datetime], str] = {}
        self._earliest: dict[tuple[TeamId | None, tuple[tzinfo, ...], datetime], datetime | None] = {}
        self._batch_teams: dict[BatchId, TeamId | None] = {}
        self._user_teams: dict[UserId, TeamId | None] = {}

    # -- of messages

    def of_new(self, new: "NewMessage", contact: Contact, address: ContactAddress, *, at: datetime) -> Limit:
        """What holds for a message that is to be queued, at a moment; its text is as it will leave."""
        terms = self.terms(address.scheme, new.text)
        closed = ""
        if self._is_timed(new.sender_kind, new.confirmed):
            team = new.team_id or self.team_of(new.batch_id, new.sender_id)
            closed = self.closed(team, contact.zone, numbers_of(contact, address), at)
        foreign = self._foreign(new) if new.sender_kind in _BOUND else ""
        return Limit(closed=closed, terms=terms, foreign=foreign) if closed or terms or foreign else NO_LIMIT

    def of_deliveries(self, deliveries: Iterable[Delivery], at: datetime) -> Mapping[OutboxId, Limit]:
        """What holds for messages that are about to leave; those under no limit are absent."""
        found: dict[OutboxId, Limit] = {}
        each = list(deliveries)
        timed = [one for one in each if self._is_timed(one.sender_kind, one.entry.confirmed)]
        where = self.places([one.entry for one in timed] if timed and self.restricted else [])
        for one in each:
            places = where.get(one.entry.message_id, ())
            reasons = (self.closed(place.team_id, place.zone, place.paths, at) for place in places)
            terms, closed = self.terms(one.scheme, one.text), next(filter(None, reasons), "")
            if terms or closed:
                found[one.entry.id] = Limit(closed=closed, terms=terms)
        return found

    def places(self, entries: Sequence[OutboxEntry]) -> Mapping[EntryId, "tuple[Whereabouts, ...]"]:
        """Whose hours hold for each, by message. A consent message leaves by the hours of everything behind it; where
        a person typed something of that it is absent, and leaves at any time."""
        behind = self._work.teams.behind([one.message_id for one in entries if one.leads])
        typed = {lead for lead, some in behind.items() if any(kind in _AT_ANY_TIME for _key, kind in some)}
        own = [one.message_id for one in entries if one.message_id not in typed]
        wanted = {lead: tuple(key for key, _kind in behind.get(lead, ())) or (lead,) for lead in own}
        known = self._work.teams.whereabouts([key for keys in wanted.values() for key in keys])
        return {lead: tuple(known[key] for key in keys if key in known) for lead, keys in wanted.items()}

    # -- hours

    def hours_of(self, team_id: TeamId | None) -> AllowedHours:
        """When a team may send; without one, or for one without hours of its own, when the office may."""
        if team_id not in self._hours:
            self._hours[team_id] = self._read_hours(team_id)
        return self._hours[team_id]

    def zones(self, hours: AllowedHours, zone: str, paths: Sequence[str]) -> tuple[tzinfo, ...]:
        """In which zones ``hours`` hold for a recipient: of its contact, else of its numbers, else the office's."""
        return zones_of(zone, paths, self.office_zone) if hours.recipient_zone else (self.office_zone,)

    def closed(self, team_id: TeamId | None, zone: str, paths: Sequence[str], at: datetime) -> str:
        """Why nothing automatic may leave to a recipient at a moment; "" where it may."""
        hours = self.hours_of(team_id)
        if hours.always:
            return ""
        zones = self.zones(hours, zone, paths)
        key = (team_id, zones, at.replace(second=0, microsecond=0))  # the same sentence within a minute
        if key not in self._closed:
            self._closed[key] = why_not(hours, zones, at)
        return self._closed[key]

    def earliest(self, team_id: TeamId | None, zone: str, paths: Sequence[str], at: datetime) -> datetime | None:
        """The first moment from ``at`` on in which something automatic may leave to a recipient; None for never."""
        hours = self.hours_of(team_id)
        if hours.always:
            return at
        zones = self.zones(hours, zone, paths)
        key = (team_id, zones, at)
        if key not in self._earliest:
            self._earliest[key] = next_allowed(hours, zones, at)
        return self._earliest[key]

    def earliest_of(self, places: "Sequence[Whereabouts]", at: datetime) -> datetime | None:
        """The first moment from ``at`` on that is allowed in each of the places; None for never."""
        found, last = at, at + HORIZON
        while found <= last:
            each = [self.earliest(place.team_id, place.zone, place.paths, found) for place in places]
            latest = max((one for one in each if one is not None), default=found)
            if None in each or latest <= found:
                return None if None in each else found
            found = latest
        return None

    @cached_property
    def office_zone(self) -> tzinfo:
        """The office's zone."""
        return zone_of(self._work)

    def _read_hours(self, team_id: TeamId | None) -> AllowedHours:
        team = None if team_id is None else self._teams.get(team_id)
        own = team is not None and team.restricted
        hours, by_recipient = (team.hours, team.recipient_zone) if team is not None and own else self._office
        return AllowedHours(
            hours=hours,
            recipient_zone=by_recipient,
            days_off=frozenset(one.day for one in self._holidays if not one.yearly),
            yearly_off=frozenset((one.day.month, one.day.day) for one in self._holidays if one.yearly),
            team=team.name if team is not None and own else "",
        )

    @cached_property
    def _office(self) -> tuple[Hours, bool]:
        return office_hours(self._work)

    @cached_property
    def _holidays(self) -> tuple[Holiday, ...]:
        return self._work.teams.holidays()

    @cached_property
    def _teams(self) -> Mapping[TeamId, Team]:
        return {team.id: team for team in self._work.teams.all()}

    @cached_property
    def restricted(self) -> bool:
        """Whether there are hours or days off for anybody."""
        return bool(
            self._office[0] != ALWAYS or self._holidays or any(team.restricted for team in self._teams.values())
        )

    def _is_timed(self, kind: SenderKind, confirmed: frozenset[str]) -> bool:
        """Whether hours hold for a sender. A consent message that goes before something typed was agreed to with it."""
        return kind not in _AT_ANY_TIME and not (kind is SenderKind.CONSENT and OUTSIDE_HOURS in confirmed)

    def team_of(self, batch_id: BatchId | None, user_id: UserId | None) -> TeamId | None:
        """The team for which something is sent: of its batch, else of its sender."""
        if batch_id is not None:
            if batch_id not in self._batch_teams:
                self._batch_teams[batch_id] = self._work.teams.of_batches((batch_id,)).get(batch_id)
            if self._batch_teams[batch_id] is not None:
                return self._batch_teams[batch_id]
        if user_id is None:
            return None
        if user_id not in self._user_teams:
            self._user_teams[user_id] = self._work.teams.of_users((user_id,)).get(user_id)
        return self._user_teams[user_id]

    def _foreign(self, new: "NewMessage") -> str:
        """The team a message is sent for, where its channel is none of that team's."""
        if not self._bound:
            return ""
        team = new.team_id or self.team_of(new.batch_id, new.sender_id)
        only = frozenset[ChannelId]() if team is None else self._bound.get(team, frozenset())
        return self._teams[team].name if team is not None and only and new.channel_id not in only else ""

    @cached_property
    def _bound(self) -> Mapping[TeamId, frozenset[ChannelId]]:
        return self._work.teams.channels()

    # -- terms

    def terms(self, scheme: Scheme, text: str) -> tuple[str, ...]:
        """The blocked words and links of a text, as they were typed; those with which it was allowed are left out."""
        return tuple(term for _key, term in self.matches(scheme, text))

    def matches(self, scheme: Scheme, text: str) -> tuple[tuple[str, str], ...]:
        """The same with their keys."""
        if not text or not self._active or scheme not in self._schemes:
            return ()
        found = term_match.matcher(self._active).find(text)
        if not found:
            return ()
        permitted = self._work.terms.allowed(term_match.digest(text))
        return tuple((key, term) for key, term in found if key not in permitted)

    @cached_property
    def _active(self) -> tuple[tuple[str, str, str], ...]:
        return self._work.terms.active()

    @cached_property
    def _schemes(self) -> frozenset[str]:
        stored = self._work.settings.get(TERM_SCHEMES.key)
        return frozenset((stored if isinstance(stored, str) else TERM_SCHEMES.default).split())


def office_hours(work: Work) -> tuple[Hours, bool]:
    """Return the office's hours, and whether they hold by the recipient's clock. What cannot be read is no restriction
    that anybody chose."""
    stored = work.settings.get(OFFICE_HOURS.key)
    try:
        found = json.loads(stored) if isinstance(stored, str) and stored else {}
        return (Hours.from_json(found["hours"]), bool(found["recipient_zone"])) if found else (ALWAYS, True)
    except (ValueError, KeyError, TypeError, AttributeError):
        return ALWAYS, True


def numbers_of(contact: Contact, address: ContactAddress) -> tuple[str, ...]:
    """Return a contact's numbers: the one that is written to first."""
    others = (one.path for one in contact.addresses if one.scheme in NUMBERS and one.id != address.id)
    return (address.path, *others) if address.scheme in NUMBERS else tuple(others)
