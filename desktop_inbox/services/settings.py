"""Settings: what people can choose, with the value that holds until somebody chose."""

import asyncio
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any, Final, Generic, Protocol, TypeVar
from zoneinfo import available_timezones

from desktop_inbox.errors import InboxError, InvalidInputError
from desktop_inbox.events import EventBus, SettingChanged
from desktop_inbox.models.entities.ids import UserId
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work

from .plain_text import check_storable
from .rights import need_administrator

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

_log = logging.getLogger(__name__)
_WORKSPACE = UserId(0)
_LONGEST = 2000  # characters of a text of a setting that is not known here


class Scope(StrEnum):
    """Whose choice it is."""

    USER = "user"
    WORKSPACE = "workspace"


class Choosable(Protocol[T_co]):
    """What can be asked for: its key and the value that holds until somebody chose."""

    @property
    def key(self) -> str:
        """Name in the store."""

    @property
    def default(self) -> T_co:
        """The value as shipped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting(Generic[T]):
    """One choice. ``allowed`` says whether a value of the right type may be chosen, ``longest`` how many
    characters a text may have; ``guarded`` ones are chosen by administrators only."""

    key: str
    default: T
    scope: Scope = Scope.USER
    allowed: Callable[[T], bool] | None = None
    longest: int = 2000
    guarded: bool = False


def _one_of(*values: object) -> Callable[[object], bool]:
    return lambda value: value in values


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _region(value: str) -> bool:
    return re.fullmatch("[A-Z]{2}", value) is not None


THEME: Final = Setting(key="view.theme", default="system", allowed=_one_of("system", "light", "dark"))
TEXT_SIZE: Final = Setting(key="view.text_size", default=100, allowed=lambda percent: 50 <= percent <= 300)
SEND_WITH: Final = Setting(
    key="composer.send_with", default="enter", allowed=_one_of("enter", "shift_enter", "ctrl_enter")
)
UNDO_SECONDS: Final = Setting(key="composer.undo_seconds", default=5, allowed=lambda seconds: 0 <= seconds <= 60)
PRIVACY: Final = Setting(key="notifications.privacy", default="full", allowed=_one_of("full", "name", "nothing", "off"))
SINGLE_LETTERS: Final = Setting(key="keys.single_letters", default=True)
CLOSE_TO_TRAY: Final = Setting(key="window.close_to_tray", default=True)
BADGE_COUNTS: Final = Setting(
    key="window.badge_counts", default="conversations", allowed=_one_of("conversations", "messages", "nothing")
)
NOTICES_SHOWN: Final[Setting[str]] = Setting(key="notices.shown", default="")  # keys, separated by spaces

#: Unread belongs to the office, so does the choice when it ends (S3-12): on open, or only when somebody answers.
MARK_READ_ON_OPEN: Final = Setting(key="inbox.mark_read_on_open", default=True, scope=Scope.WORKSPACE)
ORGANISATION_NAME: Final = Setting(
    key="organisation_name", default="", scope=Scope.WORKSPACE, allowed=lambda name: len(name) <= 100
)
#: Country whose numbers are typed without a code; "" means that every number needs one.
DEFAULT_REGION: Final = Setting(
    key="default_region", default="", scope=Scope.WORKSPACE, allowed=lambda value: value == "" or _region(value)
)
#: IANA name; "" means the computer's zone.
TIME_ZONE: Final = Setting(
    key="time_zone", default="", scope=Scope.WORKSPACE, allowed=lambda name: name == "" or name in _zones()
)
#: Notes that other programs add by the command line (S4-07).
NOTES_SHOWN: Final = Setting(key="inbox.notes_shown", default=True, scope=Scope.WORKSPACE)
#: Logs of failed messages show phone numbers by their last digits only (S1-26).
MASK_NUMBERS: Final = Setting(key="privacy.mask_numbers", default=False, scope=Scope.WORKSPACE)
#: Nothing leaves while this is on; what waits goes on waiting (S1-25, "workspace suspended").
SENDING_PAUSED: Final = Setting(key="sending.paused", default=False, scope=Scope.WORKSPACE, guarded=True)
DAILY_BACKUP: Final = Setting(key="backup.daily", default=True, scope=Scope.WORKSPACE)

#: Whoever answers somebody whom nobody has, has them from then on (S2-69 b).
ASSIGN_ON_REPLY: Final = Setting(key="inbox.assign_on_reply", default=True, scope=Scope.WORKSPACE)
#: A snooze until a moment ends when the contact writes before; one until they answer always does.
WRITING_ENDS_SNOOZE: Final = Setting(key="inbox.writing_ends_snooze", default=True, scope=Scope.WORKSPACE)
#: Who may delete conversations (S4-39).
DELETION: Final = Setting(
    key="conversations.deletion",
    default="everybody",
    scope=Scope.WORKSPACE,
    allowed=_one_of("everybody", "administrators", "nobody"),
    guarded=True,
)
#: Who may write, apply and change drip campaigns (S4-65); whatever is under way goes on.
CAMPAIGNS: Final = Setting(
    key="campaigns.use",
    default="everybody",
    scope=Scope.WORKSPACE,
    allowed=_one_of("everybody", "administrators", "nobody"),
    guarded=True,
)
#: How many days one export of a conversation may cover; 0 for any number (S4-43).
EXPORT_SPAN: Final = Setting(
    key="export.span_days",
    default=7,
    scope=Scope.WORKSPACE,
    allowed=lambda days: 0 <= days <= 36_500,
    guarded=True,
)
#: When automatic messages may leave, as ``services/teams.py`` writes it; "" for always.
OFFICE_HOURS: Final = Setting(key="hours.office", default="", scope=Scope.WORKSPACE, guarded=True)
#: Kinds of addresses (``Scheme``) to which blocked words and links must not go, separated by spaces (S5-24).
TERM_SCHEMES: Final = Setting(key="terms.schemes", default="tel", scope=Scope.WORKSPACE, guarded=True)
#: What the provider takes for one segment of a text, for estimates and reports; 0: not set.
SEGMENT_PRICE: Final = Setting(
    key="sending.segment_price", default=0.0, scope=Scope.WORKSPACE, allowed=lambda price: 0 <= price <= 100
)
#: What comes before a sum, such as $ or EUR.
CURRENCY: Final = Setting(key="sending.currency", default="", scope=Scope.WORKSPACE, longest=10)
#: Keys that a person chose for actions; written by ``views/key_bindings.py``.
KEY_BINDINGS: Final = Setting(key="keys.bindings", default="", longest=20_000)

ALL: Final[tuple[Setting[Any], ...]] = (
    THEME,
    TEXT_SIZE,
    SEND_WITH,
    UNDO_SECONDS,
    PRIVACY,
    SINGLE_LETTERS,
    CLOSE_TO_TRAY,
    BADGE_COUNTS,
    NOTICES_SHOWN,
    MARK_READ_ON_OPEN,
    ORGANISATION_NAME,
    DEFAULT_REGION,
    TIME_ZONE,
    NOTES_SHOWN,
    DAILY_BACKUP,
    MASK_NUMBERS,
    SENDING_PAUSED,
    ASSIGN_ON_REPLY,
    WRITING_ENDS_SNOOZE,
    DELETION,
    CAMPAIGNS,
    EXPORT_SPAN,
    OFFICE_HOURS,
    TERM_SCHEMES,
    SEGMENT_PRICE,
    CURRENCY,
    KEY_BINDINGS,
)
_KNOWN: Final[Mapping[str, Setting[Any]]] = {setting.key: setting for setting in ALL}


class SettingsService:
    """The choices of the workspace and of one user; read from memory, so that any widget may ask at any time."""

    def __init__(self, store: Store, user_id: UserId) -> None:
        self._store = store
        self._user_id = user_id
        self._values: dict[str, Any] = {}
        self._reloads: set[asyncio.Task[None]] = set()

    async def load(self) -> None:
        """Read everything; called once at start."""
        self._values = await self._store.read(lambda work: work.settings.all(self._user_id))

    def get(self, setting: Choosable[T]) -> T:
        """Return the value in force; what is stored and does not fit counts as not chosen."""
        value = self._values.get(setting.key, setting.default)
        return value if _fits(setting, value) else setting.default

    async def set(self, setting: Choosable[T], value: T) -> None:
        """Choose; it holds at once. InvalidInputError, with nothing changed, for what may not be chosen."""
        if not _fits(setting, value):
            raise InvalidInputError(
                "setting_invalid", f"This is not a possible value of {setting.key}.", hint="Choose one that is offered."
            )
        if isinstance(value, str):
            check_storable(value, "The setting")
        missing = object()
        before = self._values.get(setting.key, missing)
        self._values[setting.key] = value
        try:
            await self._store.run(lambda work: self._keep(work, setting.key, value))
        except InboxError:
            if before is missing:
                self._values.pop(setting.key, None)
            else:
                self._values[setting.key] = before
            raise

    async def reset(self, setting: Choosable[Any]) -> None:
        """Let the value as shipped hold again."""
        await self._store.run(lambda work: self._forget(work, setting.key))
        self._values.pop(setting.key, None)

    def follow(self, bus: EventBus) -> Callable[[], None]:
        """Take over what others choose, and tell it again once it holds here; returns the unsubscriber."""

        def heard(event: SettingChanged) -> None:
            task = asyncio.get_running_loop().create_task(self._take_over(event, bus))
            self._reloads.add(task)
            task.add_done_callback(self._reloads.discard)

        return bus.subscribe(SettingChanged, heard)

    async def _take_over(self, event: SettingChanged, bus: EventBus) -> None:
        try:
            stored = await self._store.read(lambda work: work.settings.all(self._user_id))
        except InboxError as error:
            _log.warning("settings could not be read again: %s", error.code)
            return
        changed = stored.get(event.key) != self._values.get(event.key)
        self._values = stored
        if changed:
            bus.publish(event)

    def _keep(self, work: Work, key: str, value: object) -> None:
        self._may_choose(work, key)
        work.settings.set(key, str(value) if isinstance(value, str) else value, user_id=self._owner(key))
        work.announce(SettingChanged(key=key))

    def _forget(self, work: Work, key: str) -> None:
        self._may_choose(work, key)
        work.settings.reset(key, user_id=self._owner(key))
        work.announce(SettingChanged(key=key))

    def _may_choose(self, work: Work, key: str) -> None:
        known = _KNOWN.get(key)
        if known is not None and known.guarded:
            need_administrator(work, self._user_id, "This setting can be changed")

    def _owner(self, key: str) -> UserId:
        known = _KNOWN.get(key)
        return _WORKSPACE if known is not None and known.scope is Scope.WORKSPACE else self._user_id


def _fits(setting: Choosable[Any], value: object) -> bool:
    known = _KNOWN.get(setting.key)
    if isinstance(setting.default, str):
        if not isinstance(value, str) or len(value) > (known.longest if known is not None else _LONGEST):
            return False
    elif type(value) is not type(setting.default):
        return False
    return known is None or known.allowed is None or known.allowed(value)
