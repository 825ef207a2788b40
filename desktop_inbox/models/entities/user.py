"""User: a person of the office."""

from dataclasses import dataclass
from enum import StrEnum

from .ids import UserId


class Role(StrEnum):
    """What a user may do."""

    ADMINISTRATOR = "administrator"
    AGENT = "agent"


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A member of staff. On a single desktop there is one, an administrator made on first start."""

    id: UserId
    name: str
    role: Role
    active: bool = True
