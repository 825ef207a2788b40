"""By which channels a team sends to many: asked when a broadcast or a schedule is made, and when its turn comes."""

from desktop_inbox.errors import InvalidInputError
from desktop_inbox.models.entities.channel import Channel, ChannelState
from desktop_inbox.models.entities.ids import ChannelId, TeamId, UserId
from desktop_inbox.models.entities.team import Team
from desktop_inbox.models.work import Work


def need_channel(work: Work, channel_id: ChannelId, *, team_id: TeamId | None, user_id: UserId | None) -> None:
    """Raise InvalidInputError "team_channel" where the team (``team_id``, else that of the user) uses other ones."""
    team = _team(work, team_id, user_id)
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
    team = _team(work, team_id, user_id)
    return frozenset() if team is None else team.channel_ids


def _team(work: Work, team_id: TeamId | None, user_id: UserId | None) -> Team | None:
    if team_id is None and user_id is not None:
        team_id = work.teams.of_users((user_id,)).get(user_id)
    return None if team_id is None else work.teams.get(team_id)


def _is_there(channel: Channel) -> bool:
    return channel.state is not ChannelState.REMOVED
