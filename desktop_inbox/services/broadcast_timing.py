"""What stands against a moment for a broadcast, said before it is saved: allowed hours and messaging windows (D-07)."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from desktop_inbox.models.entities.batch import Intended
from desktop_inbox.models.entities.channel import Capabilities, Channel
from desktop_inbox.models.entities.ids import UserId
from desktop_inbox.models.entities.outbox import OUTSIDE_HOURS, GateDecision, GateKind
from desktop_inbox.models.work import Work

from .broadcast_drafts import BroadcastDraft, channel_of
from .limits import Limits
from .messaging_window import hours_of
from .team_channels import team_of

OUTSIDE_WINDOW: Final = "outside_window"
_CODES: Final = (OUTSIDE_HOURS, OUTSIDE_WINDOW)
_WAITS: Final = "Who may not be written to at that time waits as Blocked Time until somebody moves it."
_GO: Final = GateDecision(kind=GateKind.GO)
#: Says of a broadcast and a moment (UTC) what a person is to be asked.
LookAtMany = Callable[[BroadcastDraft, datetime], Awaitable[GateDecision]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Untimely:
    """How many recipients a moment does not suit, and what the gate says of the first of them."""

    hours: int  # outside their allowed hours: they wait as Blocked Time
    window: int  # their messaging window is over then: they get nothing
    total: int  # recipients asked about
    sentence: str

    @property
    def decision(self) -> GateDecision:
        """What a person is asked before it is saved."""
        number, hint = self.hours + self.window, ""
        if self.hours:
            hint = _WAITS
        if self.window:
            hint = f"{hint} Whose messaging window is over by then gets nothing.".strip()
        whom = "one recipient" if self.total == 1 else f"{number:,} of {self.total:,} recipients"
        return GateDecision(
            kind=GateKind.CONFIRM,
            code=OUTSIDE_HOURS if self.hours else OUTSIDE_WINDOW,
            sentence=f"It is no good time for {whom}: {self.sentence}",
            hint=hint,
        )


def may_be_untimely(work: Work, draft: BroadcastDraft, capabilities: Callable[[Channel], Capabilities]) -> bool:
    """Return whether any moment could be a bad one: where nothing is restricted nobody need be asked about."""
    channel = channel_of(work, draft.channel_id)
    able = capabilities(channel)
    windows = (hours_of(channel, able, scheme) for scheme in able.schemes)
    return draft.other_channels or Limits(work).restricted or any(hours is not None for hours in windows)


def closed_here(work: Work, draft: BroadcastDraft, at: datetime, *, user_id: UserId) -> GateDecision:
    """Return the same of an audience in which nobody is yet: by the office's own clock."""
    limits, team = Limits(work), team_of(work, draft.team_id, user_id)
    sentence = limits.closed(None if team is None else team.id, "", (), at)
    if not sentence:
        return _GO
    return GateDecision(kind=GateKind.CONFIRM, code=OUTSIDE_HOURS, sentence=sentence, hint=_WAITS)


def untimely(found: Iterable[Intended]) -> Untimely | None:
    """Return what a dry run says about its moment; None where nobody is kept back by the time alone."""
    each = list(found)
    late = [one for one in each if one.code in _CODES]
    if not late:
        return None
    hours = sum(1 for one in late if one.code == OUTSIDE_HOURS)
    first = next((one for one in late if one.code == OUTSIDE_HOURS), late[0])
    return Untimely(hours=hours, window=len(late) - hours, total=len(each), sentence=first.sentence)


def decision_about(found: Iterable[Intended]) -> GateDecision:
    """Return what a person is asked, or that it may go."""
    told = untimely(found)
    return _GO if told is None else told.decision
