"""When messages of a campaign are due. Pure: moments and zone are arguments."""

from datetime import UTC, datetime, timedelta, tzinfo

from desktop_inbox.models.entities.campaign import CampaignStep

from .moments import at_wall


def due_at(applied: datetime, step: CampaignStep, zone: tzinfo) -> datetime:
    """Return when a message is due (UTC), counted from the time of application and never from the message before it
    (S4-58).

    Days keep the time on the wall, also over a change of the clocks (S4-59): where clocks are put forward over it, it
    moves on with them; where it comes twice, the first. Minutes are counted as they pass.
    """
    moment = applied.astimezone(UTC)
    if step.days:
        here = applied.astimezone(zone)
        moment = at_wall(here.date() + timedelta(days=step.days), here.time(), zone)
    return moment + timedelta(minutes=step.minutes)


def interval(step: CampaignStep) -> str:
    """Return an interval in words: "at once", "after 1 day", "after 2 days and 30 minutes"."""
    parts = [_count(step.days, "day")] if step.days else []
    hours, minutes = divmod(step.minutes, 60)
    parts += [_count(hours, "hour")] if hours else []
    parts += [_count(minutes, "minute")] if minutes else []
    if not parts:
        return "at once"
    return f"after {' and '.join(parts) if len(parts) < 3 else f'{parts[0]}, {parts[1]} and {parts[2]}'}"


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number:,} {word}s"
