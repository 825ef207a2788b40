"""Item model of the table of schedules, and the words for a schedule."""

from enum import IntEnum

from PySide6.QtCore import QCoreApplication, QObject

from desktop_inbox.models.entities.schedule import ScheduleKind, ScheduleRow, ScheduleState
from desktop_inbox.services.recurrence import in_words
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.icons import dot
from desktop_inbox.views.item_models.batch_table import Paged
from desktop_inbox.views.plain import ltr, one_line, plain_name

_NONE = "—"
_COLORS = {
    ScheduleState.ACTIVE: "accent",
    ScheduleState.PAUSED: "muted",
    ScheduleState.ASKING: "warning",
    ScheduleState.ENDED: "success",
    ScheduleState.CANCELLED: "muted",
}


class Column(IntEnum):
    """The order is fixed; when it leaves comes first."""

    NEXT = 0
    CONTENT = 1
    TO = 2
    REPEAT = 3
    CHANNEL = 4
    STATE = 5


class ScheduleTableModel(Paged):
    """Schedules: what is asked about first, then by when they leave."""

    def __init__(self, formats: Formats, parent: QObject | None = None) -> None:
        super().__init__(len(Column), parent)
        self._formats = formats

    def heading(self, column: int) -> str:
        """Return the words over a column."""
        return (_tr("Next"), _tr("Content"), _tr("To"), _tr("Repeats"), _tr("Channel"), _tr("State"))[column]

    def cell(self, row: ScheduleRow, column: int) -> str:
        """Return the words of a cell."""
        schedule = row.schedule
        if column == Column.NEXT:
            return next_words(row, self._formats)
        if column == Column.CONTENT:
            return one_line(schedule.shows)[:200] or _tr("(files only)")
        if column == Column.TO:
            return one_line(plain_name(row.to)) or _NONE
        if column == Column.REPEAT:
            return _rule_words(row)
        if column == Column.CHANNEL:
            return one_line(plain_name(row.channel))
        return _tr("Stopped") if schedule.unreadable else state_word(schedule.state)

    def mark(self, row: ScheduleRow, column: int) -> object:
        """Return the dot of the state."""
        if column != Column.STATE:
            return None
        return dot("warning" if row.schedule.unreadable else _COLORS[row.schedule.state])

    def tip(self, row: ScheduleRow, column: int) -> str:
        """Return the whole text, or the moment with its zone."""
        schedule = row.schedule
        if column == Column.CONTENT:
            return schedule.text[:1000]
        if schedule.unreadable and column in (Column.NEXT, Column.STATE):
            return stop_words(row)
        if column == Column.NEXT and schedule.next_local is not None:
            return _tr("{time} in {zone}").format(time=self._formats.wall(schedule.next_local), zone=schedule.zone)
        return ""

    def place_of(self, key: int) -> int | None:
        """Return in which row a schedule is."""
        return next((place for place, row in enumerate(self.rows) if row.schedule.id == key), None)


def next_words(row: ScheduleRow, formats: Formats) -> str:
    """Return when it leaves, or that nobody knows yet."""
    schedule = row.schedule
    if schedule.state is ScheduleState.ASKING and row.missed_at is not None:
        return _tr("Missed on {time}").format(time=formats.wall(row.missed_at))
    if schedule.unreadable:
        return _tr("Zone not known") if schedule.cause == "zone_unknown" else _tr("Rule not understood")
    if schedule.next_at is None:
        return _NONE
    return formats.ahead(schedule.next_at)


def stop_words(row: ScheduleRow) -> str:
    """Return why a schedule stopped by itself, and what to do; "" where it did not."""
    schedule = row.schedule
    if not schedule.unreadable:
        return ""
    if schedule.cause == "zone_unknown":
        words = _tr("“{text}” stopped: nobody here knows the time zone {zone}. Edit it and choose another one.")
    else:
        words = _tr("“{text}” stopped: the rule {rule} is not understood. Edit it and choose how it repeats.")
    return words.format(text=schedule.shows[:60], zone=plain_name(schedule.zone), rule=plain_name(schedule.rule))


def state_word(state: ScheduleState) -> str:
    """Return the word for a state."""
    return {
        ScheduleState.ACTIVE: _tr("Scheduled"),
        ScheduleState.PAUSED: _tr("Paused"),
        ScheduleState.ASKING: _tr("Asking"),
        ScheduleState.ENDED: _tr("Ended"),
        ScheduleState.CANCELLED: _tr("Cancelled"),
    }[state]


def _rule_words(row: ScheduleRow) -> str:
    schedule = row.schedule
    words = in_words(schedule.rule, schedule.starts_at)
    if schedule.kind is ScheduleKind.REPLY and schedule.cancel_on_reply:
        return _tr("{repeat}, unless they answer").format(repeat=words)
    return ltr(words) if "=" in words else words


def _tr(text: str) -> str:
    return QCoreApplication.translate("Schedules", text)
