"""For which teams somebody sends to many, and by which channels a team does: asked when a broadcast or a schedule is
made, and again when its turn comes."""

from dataclasses import dataclass

from desktop_inbox.errors import InvalidInputError, NotFoundError, PermissionDeniedError
from desktop_inbox.models.entities.channel import Channel, ChannelState
from desktop_inbox.models.entities.ids import ChannelId, TeamId, UserId
from desktop_inbox.models.entities.team import Team
from desktop_inbox.models.work import Work

from .rights import is_administrator


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingChoices:
    """For whom somebody may send to many, and by what."""

    own: Team | None  # the team of that person
    teams: tuple[Team, ...]  # those to choose from, by name: all for administrators, else the own one
    channels: tuple[Channel, ...]  # the active ones

    def team(self, team_id: TeamId | None) -> Team | None:
        """Return a team to choose; without an id the own one."""
        return self.own if team_id is None else next((one for one in self.teams if one.id == team_id), None)

    def channels_of(self, team_id: TeamId | None) -> tuple[Channel, ...]:
        """Return the channels by which a team sends; without an id those of the own one."""
        team = self.team(team_id)
        if team is None or not team.channel_ids:
            return self.channels
        return tuple(one for one in self.channels if one.id in team.channel_ids)


def sending_choices(work: Work, user_id: UserId) -> SendingChoices:
    """Return what a person can choose where something is sent to many (S5-23)."""
    teams = work.teams.all()
    own = next((team for team in teams if user_id in team.members), None)
    if not is_administrator(work, user_id):
        teams = () if own is None else (own,)
    channels = tuple(one for one in work.channels.all() if one.state is ChannelState.ACTIVE)
    return SendingChoices(own=own, teams=tuple(teams), channels=channels)


def need_team(work: Work, team_id: TeamId | None, *, user_id: UserId) -> None:
    """Raise NotFoundError for no team of this office, PermissionDeniedError "team_of_others" where somebody who is no
    administrator would send for a team they are not in."""
    if team_id is None:
        return
    team = work.teams.get(team_id)
    if team is None:
        raise NotFoundError("team.missing", "This team does not exist (any more).", hint="Choose another team.")
    if user_id not in team.members and not is_administrator(work, user_id):
        raise PermissionDeniedError(
            "team_of_others", f"You are not in the team “{team.name}”.", hint="Ask an administrator of the office."
        )


def need_channel(work: Work, channel_id: ChannelId, *, team_id: TeamId | None, user_id: UserId | None) -> None:
    """Raise InvalidInputError "team_channel" where the team (``team_id``, else that of the user) uses other ones."""
    team = team_of(work, team_id, user_id)
    if team is None or not team.channel_ids or channel_id in team.channel_ids:
        return
    known = sorted(one.name for one in work.channels.all() if one.id in team.channel_ids and _is_there(one))
    if not known:
        hint = "Ask an administrator to give it a channel under Teams and hours."
    else:
        hint = f"Choose one of its channels: {', '.join(known)}."
    raise InvalidInputError("team_channel", f"The team “{team.name}” does not send to many by this channel.", hint=hint)


def channels_of(work: Work, *, team_id: TeamId | None, user_id: UserId | None) -> frozenset[ChannelId]:
    """Return the channels of that team; none for every channel."""
    team = team_of(work, team_id, user_id)
    return frozenset() if team is None else team.channel_ids


def team_of(work: Work, team_id: TeamId | None, user_id: UserId | None) -> Team | None:
    """Return the team something is sent for: the given one, else that of the user."""
    if team_id is None and user_id is not None:
        team_id = work.teams.of_users((user_id,)).get(user_id)
    return None if team_id is None else work.teams.get(team_id)


def _is_there(channel: Channel) -> bool:
    return channel.state is not ChannelState.REMOVED
