"""What is being written to many outlives the program: one draft per user, among that user's settings."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Final

from desktop_inbox.models.entities.ids import UserId
from desktop_inbox.models.work import Work

_KEY: Final = "broadcasts.draft"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptBroadcast:
    """A broadcast that nobody has sent yet, also one that lacks half of what it needs."""

    name: str = ""
    text: str = ""
    team_id: int | None = None
    channel_id: int | None = None
    audience: Mapping[str, Any] = field(default_factory=dict)  # JSON; of a file its path and mapping, not its rows
    at: str = ""  # wall time in ISO form; "" for now
    pace: int = 0
    files: tuple[str, ...] = ()  # staged

    @property
    def empty(self) -> bool:
        """Whether nothing was written that would be missed."""
        return not (self.name.strip() or self.text.strip() or self.files or self.audience)

    @property
    def moment(self) -> datetime | None:
        """The wall time that was chosen."""
        try:
            return datetime.fromisoformat(self.at).replace(tzinfo=None) if self.at else None
        except ValueError:
            return None


def keep(work: Work, kept: KeptBroadcast | None, *, user_id: UserId) -> None:
    """Keep a draft in place of the one before; None, or an empty one, is none."""
    if kept is None or kept.empty:
        work.settings.reset(_KEY, user_id=user_id)
    else:
        work.settings.set(_KEY, asdict(kept), user_id=user_id)


def kept_by(work: Work, user_id: UserId) -> KeptBroadcast | None:
    """Return the draft of a user; what no program of ours wrote is none."""
    stored = work.settings.get(_KEY, user_id=user_id)
    if not isinstance(stored, dict):
        return None
    usual = asdict(KeptBroadcast())
    fits = {key: value for key, value in stored.items() if key in usual}
    for key in ("name", "text", "at"):
        if not isinstance(fits.get(key, ""), str):
            return None
    for key in ("team_id", "channel_id", "pace"):
        if not isinstance(fits.get(key) or 0, int):
            return None
    if not isinstance(fits.get("audience", {}), dict) or not isinstance(fits.get("files", []), list):
        return None
    return KeptBroadcast(**{**fits, "files": tuple(str(one) for one in fits.get("files", []))})
