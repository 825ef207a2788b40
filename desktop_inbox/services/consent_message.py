"""ConsentMessageService: whether the office says who it is, and how to stop, before anything else (S4-19..24)."""

import re
from dataclasses import dataclass
from typing import Any, Final

from desktop_inbox.errors import InvalidInputError
from desktop_inbox.events import SettingChanged
from desktop_inbox.models.entities.ids import UserId
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work
from desktop_inbox.services import variables
from desktop_inbox.services.plain_text import check_storable
from desktop_inbox.services.rights import need_administrator
from desktop_inbox.services.settings import ORGANISATION_NAME

#: One JSON value for both, so that no text ever holds without the other.
KEY: Final = "consent.first"
MAX_TEXT: Final = 480  # characters: three segments at most, for what nobody asked for

_STOP: Final = re.compile(r"\bSTOP\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentPolicy:
    """Whether a consent message goes first, and its text."""

    required: bool = False
    text: str = ""


def policy_of(work: Work) -> ConsentPolicy:
    """Read what holds in this office; what is stored and does not fit counts as not chosen."""
    stored: Any = work.settings.get(KEY)
    if not isinstance(stored, dict) or not isinstance(stored.get("text"), str):
        return ConsentPolicy()
    return ConsentPolicy(required=stored.get("required") is True, text=stored["text"])


def required_text(work: Work) -> str:
    """Return the text that goes first; "" where none does."""
    policy = policy_of(work)
    return policy.text if policy.required else ""


def suggested_text(organisation: str) -> str:
    """Return a text that passes the check, for an office of this name."""
    return (
        f"{organisation}: we would like to write to you about your appointments and questions."
        " Reply YES to agree, or STOP to get no messages."
    )


def check_text(text: str, organisation: str) -> str:
    """Return the text as it is kept; InvalidInputError when it does not say who writes, or how to stop."""
    cleaned = check_storable(text, "The consent message").strip()
    if not organisation.strip():
        raise InvalidInputError(
            "consent_organisation_missing",
            "The consent message must say who writes, and the office has no name yet.",
            hint="Enter the organisation's name first.",
        )
    if organisation.strip().casefold() not in cleaned.casefold():
        raise InvalidInputError(
            "consent_name_missing",
            "The consent message does not name the organisation.",
            hint=f"Write {organisation.strip()} into it.",
        )
    if _STOP.search(cleaned) is None:
        raise InvalidInputError(
            "consent_stop_missing",
            "The consent message does not say how to get no more messages.",
            hint="Add a sentence such as: Reply STOP to get no messages.",
        )
    if len(cleaned) > MAX_TEXT:
        raise InvalidInputError(
            "consent_text_long", f"The consent message is longer than {MAX_TEXT} characters.", hint="Shorten it."
        )
    if variables.has_variables(cleaned):
        raise InvalidInputError(
            "consent_variables", "The consent message is the same for everybody.", hint="Remove the variables from it."
        )
    return cleaned


class ConsentMessageService:
    """The policy of the office; only administrators change it (S4-20)."""

    def __init__(self, store: Store, *, user_id: UserId) -> None:
        self._store = store
        self._user_id = user_id

    async def policy(self) -> ConsentPolicy:
        """Return what holds in this office."""
        return await self._store.read(policy_of)

    async def set_policy(self, *, required: bool, text: str) -> ConsentPolicy:
        """Choose whether a consent message goes first, and its text; messages that wait already are not changed.

        Raises PermissionDeniedError, and InvalidInputError for a text that does not name the organisation or has
        no STOP in it; one that is not required may be empty.
        """

        def keep(work: Work) -> ConsentPolicy:
            need_administrator(work, self._user_id, "The consent message can be changed")
            name = str(work.settings.get(ORGANISATION_NAME.key) or "")
            kept = check_text(text, name) if required or text.strip() else ""
            work.settings.set(KEY, {"required": required, "text": kept})
            work.announce(SettingChanged(key=KEY))
            return ConsentPolicy(required=required, text=kept)

        return await self._store.run(keep)

    async def suggestion(self) -> str:
        """Return a text to begin with, naming this office."""
        name = await self._store.read(lambda work: work.settings.get(ORGANISATION_NAME.key))
        return suggested_text(str(name or "").strip() or "…")
