"""Times, days and numbers as people of this locale write them."""

import re
from datetime import date, datetime, timedelta, tzinfo
from math import ceil

from PySide6.QtCore import QCoreApplication, QDate, QLocale, QTime

from desktop_inbox.clock import Clock

_WEEK = timedelta(days=7)
COUNT_LIMIT = 99
#: The weekday in a pattern of Qt, with what joins it to the date on either side ("dddd, d MMMM", "d., dddd").
_WEEKDAY = re.compile(r"^dddd\S*\s*|[,،]?\s*dddd")


def _tr(text: str, number: int = -1) -> str:
    return QCoreApplication.translate("Formats", text, None, number)


class Formats:
    """Turns moments (UTC) into text, by the locale, the zone of the office and the injected clock."""

    def __init__(self, clock: Clock, *, zone: tzinfo | None = None, locale: QLocale | None = None) -> None:
        self._clock = clock
        self._zone = zone  # None: the zone of this computer
        self._locale = locale or _usual_locale()

    @property
    def clock(self) -> Clock:
        """The clock that tells what "today" is."""
        return self._clock

    @property
    def locale(self) -> QLocale:
        """Return the locale that dates and numbers are written in."""
        return self._locale

    def local(self, moment: datetime) -> datetime:
        """Return ``moment`` in the zone of the office."""
        return moment.astimezone(self._zone)

    def today(self) -> date:
        """Return the present local date."""
        return self.local(self._clock()).date()

    def seconds_to_midnight(self) -> int:
        """Return how many seconds the present day still lasts, rounded up."""
        now = self.local(self._clock())
        tomorrow = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), tzinfo=now.tzinfo)
        return max(1, ceil((tomorrow - now).total_seconds()))

    def time(self, moment: datetime) -> str:
        """Return the time of day: "12:04" or "12:04 PM"."""
        return self.hour(self.local(moment))

    def wall(self, local: datetime) -> str:
        """Return a date and a time on the wall of whatever zone, in short: "Mon 02 Mar 2026, 13:00"."""
        day = self._locale.toString(QDate(local.year, local.month, local.day), "ddd dd MMM yyyy")
        return f"{day}, {self.hour(local)}"

    def hour(self, local: datetime) -> str:
        """Return the time on the wall of whatever zone: "13:00" or "1:00 PM"."""
        return self._locale.toString(QTime(local.hour, local.minute), QLocale.FormatType.ShortFormat)

    def full_date(self, moment: datetime) -> str:
        """Return the full date."""
        return self._full(self.local(moment).date())

    def short_date(self, moment: datetime) -> str:
        """Return the date in words, without the weekday, for facts that are long past."""
        day = self.local(moment).date()
        pattern = _WEEKDAY.sub("", self._locale.dateFormat(QLocale.FormatType.LongFormat)).strip(" ,،")
        return self._locale.toString(QDate(day.year, day.month, day.day), pattern)

    def time_or_day(self, moment: datetime) -> str:
        """Return what a list row shows: the time today, else Yesterday, the weekday, the date (S3-09, S3-10)."""
        day, today = self.local(moment).date(), self.today()
        if day == today:
            return self.time(moment)
        if day == today - timedelta(days=1):
            return _tr("Yesterday")
        if timedelta() < today - day < _WEEK:
            return self._locale.dayName(day.isoweekday(), QLocale.FormatType.ShortFormat)
        return self._locale.toString(QDate(day.year, day.month, day.day), QLocale.FormatType.ShortFormat)

    def day_heading(self, moment: datetime) -> str:
        """Return the heading of a day in the timeline: Today, Yesterday, Weekday or the full date (L07)."""
        day, today = self.local(moment).date(), self.today()
        if day == today:
            return _tr("Today")
        if day == today - timedelta(days=1):
            return _tr("Yesterday")
        if timedelta() < today - day < _WEEK:
            return self._locale.dayName(day.isoweekday(), QLocale.FormatType.LongFormat)
        return self._full(day)

    def moment(self, moment: datetime) -> str:
        """Return day and time, for tips and details."""
        return f"{self.day_heading(moment)}, {self.time(moment)}"

    def ahead(self, moment: datetime) -> str:
        """Return a moment to come: the time today, Tomorrow or the weekday with the time, else the date with it."""
        day, today, clock = self.local(moment).date(), self.today(), self.time(moment)
        if day == today:
            return clock
        if day == today + timedelta(days=1):
            return f"{_tr('Tomorrow')} {clock}"
        if timedelta() < day - today < _WEEK:
            return f"{self._locale.dayName(day.isoweekday(), QLocale.FormatType.LongFormat)} {clock}"
        return f"{self.short_date(moment)} {clock}"

    def ago(self, moment: datetime) -> str:
        """Return how long ago in one unit: "now", "4 min", "3 h", "2 d"."""
        seconds = max(0, int((self._clock() - moment).total_seconds()))
        if seconds < 60:
            return _tr("now")
        if seconds < 3600:
            return _tr("%n min", seconds // 60)
        if seconds < 86400:
            return _tr("%n h", seconds // 3600)
        return _tr("%n d", seconds // 86400)

    def number(self, value: int) -> str:
        """Return a whole number with the separators of the locale."""
        return self._locale.toString(value)

    def size(self, size: int) -> str:
        """Return a file size."""
        return self._locale.formattedDataSize(size, 1, QLocale.DataSizeFormat.DataSizeTraditionalFormat)

    def _full(self, day: date) -> str:
        return self._locale.toString(QDate(day.year, day.month, day.day), QLocale.FormatType.LongFormat)


def _usual_locale() -> QLocale:
    """Return the locale of the system; where none is set ("C"), plain English with 24 hours."""
    usual = QLocale()
    if usual.language() is QLocale.Language.C:
        return QLocale(QLocale.Language.English, QLocale.Country.UnitedKingdom)
    return usual


def short_count(count: int) -> str:
    """Return a count for a badge: at most "99+"."""
    return str(count) if count <= COUNT_LIMIT else f"{COUNT_LIMIT}+"
