"""TeamService: teams, their allowed hours and channels, the office's hours, and days off (S5-17, S5-23)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from desktop_inbox.errors import InvalidInputError, NotFoundError
from desktop_inbox.events import SettingChanged, TeamsChanged
from desktop_inbox.models.entities.ids import ChannelId, TeamId, UserId
from desktop_inbox.models.entities.team import ALWAYS, Holiday, HolidayId, Hours, Preset, Team
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work

from .allowed_hours import PRESETS
from .limits import office_hours
from .plain_text import check_storable, clean_name
from .rights import is_administrator, need_administrator
from .settings import OFFICE_HOURS

_LONGEST: Final = 100  # characters of a name
_DIGITS: Final = 10  # that no number of a team has
_RIGHT: Final = "Teams and allowed hours can be changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeHours:
    """When automatic messages of an office leave whose senders belong to no team with hours of its own."""

    hours: Hours = ALWAYS
    recipient_zone: bool = True


class TeamService:
    """Everybody sees the teams; only an administrator changes them. Everything can be undone."""

    def __init__(self, store: Store, *, user_id: UserId) -> None:
        self._store = store
        self._user_id = user_id

    @property
    def presets(self) -> tuple[Preset, ...]:
        """Hours to begin with. They are no legal advice."""
        return PRESETS

    # -- teams

    async def may_change(self) -> bool:
        """Return whether this user is an administrator."""
        return await self._store.read(lambda work: is_administrator(work, self._user_id))

    async def all(self) -> tuple[Team, ...]:
        """Return every team by name."""
        return await self._store.read(lambda work: work.teams.all())

    async def named(self, name: str) -> Team:
        """Return the team of a name or number. Raises NotFoundError."""

        def find(work: Work) -> Team | None:
            wanted = name.strip()
            number = int(wanted) if wanted.isdecimal() and len(wanted) < _DIGITS else None
            return work.teams.by_name(wanted) or (None if number is None else work.teams.get(TeamId(number)))

        found = await self._store.read(find)
        if found is None:
            raise _missing()
        return found

    async def add(self, name: str) -> Team:
        """Add a team; the office's hours hold for it. Raises InvalidInputError for a name that is empty, long or
        taken."""

        def add(work: Work) -> Team:
            self._may(work)
            free = _free_name(work, name)
            with work.undo.step(self._user_id, "team_added", details={"name": free}) as step:
                step.watch("teams", name_key=[work.teams.key_of(free)])
                return work.teams.add(free)

        return await self._store.run(add)

    async def rename(self, team_id: TeamId, name: str) -> None:
        """Give a team another name."""

        def rename(work: Work) -> None:
            self._may(work)
            _existing(work, team_id)
            free = _free_name(work, name, but=team_id)
            with work.undo.step(self._user_id, "team_changed", details={"name": free}) as step:
                step.watch("teams", id=[team_id])
                work.teams.change(team_id, name=free)

        await self._store.run(rename)

    async def set_hours(self, team_id: TeamId, hours: Hours | None, *, recipient_zone: bool = True) -> None:
        """Say when a team's automatic messages leave, by the recipient's clock or the office's; with None the office's
        hours hold. Messages that wait are asked again before they leave."""

        def change(work: Work) -> None:
            self._may(work)
            team = _existing(work, team_id)
            with work.undo.step(self._user_id, "team_hours", details={"name": team.name}) as step:
                step.watch("teams", id=[team_id])
                own = hours if hours is not None else Hours(((),) * 7)
                work.teams.change(team_id, restricted=hours is not None, hours=own, recipient_zone=recipient_zone)

        await self._store.run(change)

    async def set_channels(self, team_id: TeamId, channel_ids: Sequence[ChannelId]) -> None:
        """Say which channels a team sends by; none for every one."""

        def change(work: Work) -> None:
            self._may(work)
            team = _existing(work, team_id)
            with work.undo.step(self._user_id, "team_changed", details={"name": team.name}) as step:
                step.watch("team_channels", team_id=[team_id])
                work.teams.set_channels(team_id, channel_ids)

        await self._store.run(change)

    async def assign(self, user_ids: Sequence[UserId], team_id: TeamId | None) -> None:
        """Put people into a team, or into none."""

        def change(work: Work) -> None:
            self._may(work)
            name = "" if team_id is None else _existing(work, team_id).name
            kind = "team_joined" if name else "team_left"
            with work.undo.step(self._user_id, kind, count=len(user_ids), details={"team": name}) as step:
                step.watch("users", id=list(user_ids))
                work.teams.assign(user_ids, team_id)

        await self._store.run(change)

    async def delete(self, team_id: TeamId) -> None:
        """Remove a team; its members belong to none. Raises InvalidInputError for one that something was sent for."""

        def delete(work: Work) -> None:
            self._may(work)
            team = _existing(work, team_id)
            if work.teams.is_used(team_id):
                raise InvalidInputError(
                    "team.used", "Something was sent for this team, and that stays known.", hint="Rename it instead."
                )
            with work.undo.step(self._user_id, "team_deleted", details={"name": team.name}) as step:
                step.watch("teams", id=[team_id])
                step.watch("team_channels", team_id=[team_id])
                step.watch("users", team_id=[team_id])
                work.teams.delete(team_id)

        await self._store.run(delete)

    # -- the office

    async def office_hours(self) -> OfficeHours:
        """Return when automatic messages leave for whom no team's hours hold."""
        hours, recipient_zone = await self._store.read(office_hours)
        return OfficeHours(hours=hours, recipient_zone=recipient_zone)

    async def set_office_hours(self, hours: Hours, *, recipient_zone: bool = True) -> None:
        """Choose them; ``ALWAYS`` for no restriction."""

        def change(work: Work) -> None:
            self._may(work)
            with work.undo.step(self._user_id, "office_hours") as step:
                step.watch("settings", key=[OFFICE_HOURS.key])
                stored = {"hours": hours.json(), "recipient_zone": recipient_zone}
                unrestricted = hours == ALWAYS and recipient_zone
                work.settings.set(OFFICE_HOURS.key, "" if unrestricted else json.dumps(stored))
            work.announce(SettingChanged(key=OFFICE_HOURS.key))
            work.announce(TeamsChanged())

        await self._store.run(change)

    async def holidays(self) -> tuple[Holiday, ...]:
        """Return every day off, in order."""
        return await self._store.read(lambda work: work.teams.holidays())

    async def add_holiday(self, day: date, name: str, *, yearly: bool = False) -> Holiday:
        """Let nothing automatic leave on a day, or on its day and month in every year. Raises InvalidInputError."""
        shown = _clean(name, "A day off")

        def add(work: Work) -> Holiday:
            self._may(work)
            if any(one.day == day for one in work.teams.holidays()):
                raise InvalidInputError("holiday.known", "This is a day off already.", hint="Remove it first.")
            with work.undo.step(self._user_id, "holiday_added", details={"name": shown}) as step:
                step.watch("holidays", day=[day])
                return work.teams.add_holiday(day, shown, yearly=yearly)

        return await self._store.run(add)

    async def delete_holiday(self, holiday_id: HolidayId) -> None:
        """Let things leave on that day again."""

        def delete(work: Work) -> None:
            self._may(work)
            found = next((one for one in work.teams.holidays() if one.id == holiday_id), None)
            if found is None:
                raise NotFoundError("holiday.missing", "This day off does not exist (any more).")
            with work.undo.step(self._user_id, "holiday_deleted", details={"name": found.name}) as step:
                step.watch("holidays", id=[holiday_id])
                work.teams.delete_holiday(holiday_id)

        await self._store.run(delete)

    def _may(self, work: Work) -> None:
        need_administrator(work, self._user_id, _RIGHT)


def _existing(work: Work, team_id: TeamId) -> Team:
    team = work.teams.get(team_id)
    if team is None:
        raise _missing()
    return team


def _missing() -> NotFoundError:
    return NotFoundError("team.missing", "This team does not exist (any more).", hint="See the list of teams.")


def _free_name(work: Work, name: str, *, but: TeamId | None = None) -> str:
    shown = _clean(name, "A team")
    other = work.teams.by_name(shown)
    if other is not None and other.id != but:
        raise InvalidInputError("team.name_taken", f"There is a team “{other.name}” already.", hint="Choose another.")
    return shown


def _clean(name: str, what: str) -> str:
    shown = clean_name(check_storable(name, "The name"))
    if not shown:
        raise InvalidInputError("team.name_missing", f"{what} needs a name.", hint="Type one.")
    if len(shown) > _LONGEST:
        raise InvalidInputError("team.name_long", f"A name has at most {_LONGEST} characters.", hint="Shorten it.")
    return shown
