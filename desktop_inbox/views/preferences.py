"""What a person can choose about the window; kept by SettingsService."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from PySide6.QtCore import QObject, Signal

from desktop_inbox.errors import InboxError
from desktop_inbox.events import Event, SettingChanged
from desktop_inbox.views.bridge import EventBridge
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.theme import ThemeMode

if TYPE_CHECKING:
    from desktop_inbox.services.settings import SettingsService

T = TypeVar("T")


class SendWith(StrEnum):
    """Which key sends (C2); the other two put a new line."""

    ENTER = "enter"
    SHIFT_ENTER = "shift_enter"
    CTRL_ENTER = "ctrl_enter"


class Badge(StrEnum):
    """What the number on tray icon and program button counts (S02)."""

    CONVERSATIONS = "conversations"
    NOTHING = "nothing"


class Privacy(StrEnum):
    """How much a notification tells (S07)."""

    FULL = "full"  # name and text
    NAME = "name"
    NOTHING = "nothing"  # "New message"
    OFF = "off"  # no notification at all


@dataclass(frozen=True, slots=True)
class Preference(Generic[T]):
    """One choice: where it is kept, and what holds until somebody chose."""

    key: str
    default: T

    def parse(self, value: object) -> T:
        """Return ``value`` as this preference's type; what does not fit becomes the default."""
        kind = type(self.default)
        if issubclass(kind, StrEnum):
            return cast(T, kind(str(value))) if value in list(kind) else self.default
        return value if type(value) is kind else self.default


class Deletion(StrEnum):
    """Who may delete conversations."""

    EVERYBODY = "everybody"
    ADMINISTRATORS = "administrators"
    NOBODY = "nobody"


THEME = Preference("view.theme", ThemeMode.SYSTEM)
TEXT_SIZE = Preference("view.text_size", 100)
SEND_WITH = Preference("composer.send_with", SendWith.ENTER)
UNDO_SECONDS = Preference("composer.undo_seconds", 5)
PRIVACY = Preference("notifications.privacy", Privacy.FULL)
LETTERS = Preference("keys.single_letters", True)
KEYS = Preference("keys.bindings", "")  # see key_bindings.py
EXPORT_SPAN = Preference("export.span_days", 7)  # 0: any number of days
MARK_READ_ON_OPEN = Preference("inbox.mark_read_on_open", True)
ASSIGN_ON_REPLY = Preference("inbox.assign_on_reply", True)
WRITING_ENDS_SNOOZE = Preference("inbox.writing_ends_snooze", True)
DELETION = Preference("conversations.deletion", Deletion.EVERYBODY)
CAMPAIGNS = Preference("campaigns.use", Deletion.EVERYBODY)  # who may use them: the same three
NOTES = Preference("inbox.notes_shown", True)
BADGE = Preference("window.badge_counts", Badge.CONVERSATIONS)
ORGANISATION = Preference("organisation_name", "")
REGION = Preference("default_region", "")
MASK_NUMBERS = Preference("privacy.mask_numbers", False)
SEGMENT_PRICE = Preference("sending.segment_price", 0.0)  # 0: not set
CURRENCY = Preference("sending.currency", "")
SENDING_PAUSED = Preference("sending.paused", False)
CLOSE_TO_TRAY = Preference("window.close_to_tray", True)
NOTICES_SHOWN = Preference("notices.shown", "")  # keys, separated by spaces

#: What "Restore defaults" restores: not the name and country of the office.
ALL: tuple[Preference[Any], ...] = (
    THEME,
    TEXT_SIZE,
    SEND_WITH,
    UNDO_SECONDS,
    PRIVACY,
    LETTERS,
    KEYS,
    MARK_READ_ON_OPEN,
    ASSIGN_ON_REPLY,
    WRITING_ENDS_SNOOZE,
    NOTES,
    BADGE,
    CLOSE_TO_TRAY,
)


class Preferences(QObject):
    """Typed access; ``changed`` tells the key of what has a new value, whoever changed it."""

    changed = Signal(str)

    def __init__(
        self, settings: "SettingsService", tasks: Tasks, bridge: EventBridge, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._settings, self._tasks = settings, tasks
        bridge.event.connect(self._hear)

    def get(self, preference: Preference[T]) -> T:
        """Return the value in force."""
        return preference.parse(self._settings.get(preference))

    def set(self, preference: Preference[T], value: T) -> None:
        """Choose; it holds at once and is kept in the background."""

        def refused(error: InboxError) -> None:
            self.changed.emit(preference.key)  # what is shown is what holds
            self._tasks.failed.emit(error)

        self._tasks.start(self._settings.set(preference, value), on_error=refused, name="setting")

    def on_change(self, preference: Preference[T], show: Callable[[T], object]) -> None:
        """Call ``show`` with the value in force, now and whenever it changes."""

        def heard(key: str) -> None:
            if key == preference.key:
                show(self.get(preference))

        self.changed.connect(heard)
        show(self.get(preference))

    def _hear(self, event: Event) -> None:
        if isinstance(event, SettingChanged):
            self.changed.emit(event.key)
