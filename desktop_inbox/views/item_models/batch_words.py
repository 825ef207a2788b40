"""Words for batches: statuses, what became of recipients, kinds of channels, and moments."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from PySide6.QtCore import QCoreApplication, QDate

from desktop_inbox.models.entities.batch import BatchStatus
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.tracking import Outcome, Tracked
from desktop_inbox.services.tracking import Choices
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.plain import one_line, plain_name

#: The colour of the dot before a status; the word stands beside it, so colour alone says nothing.
STATUS_COLORS = {
    BatchStatus.PROGRAMMED: "muted",
    BatchStatus.PROCESSING: "accent",
    BatchStatus.SENDING: "accent",
    BatchStatus.CANCELLED: "muted",
    BatchStatus.ERROR: "attention",
    BatchStatus.SENT: "success",
    BatchStatus.BLOCKED_TIME: "warning",
}
#: The colours of the bar, in its order.
OUTCOME_COLORS = {
    Outcome.DELIVERED: "success",
    Outcome.SENT: "accent",
    Outcome.ON_THE_WAY: "border",
    Outcome.HELD: "warning",
    Outcome.WAITING: "inbound",
    Outcome.UNCLEAR: "warning",
    Outcome.FAILED: "attention",
    Outcome.SKIPPED: "muted",
    Outcome.CANCELLED: "muted",
    Outcome.BAD: "attention",
    Outcome.GONE: "muted",
}


def status_word(status: BatchStatus) -> str:
    """Return the name of a status."""
    words = {
        BatchStatus.PROGRAMMED: _tr("Programmed"),
        BatchStatus.PROCESSING: _tr("Processing"),
        BatchStatus.SENDING: _tr("Sending"),
        BatchStatus.CANCELLED: _tr("Cancelled"),
        BatchStatus.ERROR: _tr("Error"),
        BatchStatus.SENT: _tr("Sent"),
        BatchStatus.BLOCKED_TIME: _tr("Blocked Time"),
    }
    return words[status]


def outcome_word(outcome: Outcome) -> str:
    """Return what became of a recipient."""
    words = {
        Outcome.DELIVERED: _tr("Delivered or read"),
        Outcome.SENT: _tr("Sent, no receipt yet"),
        Outcome.ON_THE_WAY: _tr("On the way"),
        Outcome.HELD: _tr("Held"),
        Outcome.WAITING: _tr("Waiting"),
        Outcome.UNCLEAR: _tr("Unclear"),
        Outcome.FAILED: _tr("Failed"),
        Outcome.SKIPPED: _tr("Skipped"),
        Outcome.CANCELLED: _tr("Cancelled"),
        Outcome.BAD: _tr("Bad row of the file"),
        Outcome.GONE: _tr("Deleted since"),
    }
    return words[outcome]


def type_word(scheme: Scheme) -> str:
    """Return the name of a kind of channel."""
    words = {
        Scheme.TEL: _tr("SMS"),
        Scheme.WHATSAPP: _tr("WhatsApp"),
        Scheme.TELEGRAM: _tr("Telegram"),
        Scheme.MATRIX: _tr("Matrix"),
        Scheme.EMAIL: _tr("Email"),
    }
    return words[scheme]


def type_words(row: Tracked, choices: Choices | None) -> str:
    """Return the kind of channel of a batch; of a channel that reaches several kinds all of them."""
    if choices is None or row.channel_id is None:
        return ""
    known: Iterable[Scheme] = choices.channel_types.get(row.channel_id, ())
    return ", ".join(type_word(scheme) for scheme in known) or plain_name(row.channel_name)


def title_of(row: Tracked) -> str:
    """Return what a batch is called: its name, else how its text begins."""
    return one_line(plain_name(row.name) if row.name else row.text[:200])


def by_whom(row: Tracked) -> str:
    """Return user and team."""
    return ", ".join(plain_name(name) for name in (row.user_name, row.team_name) if name)


def when(moment: datetime, formats: Formats) -> str:
    """Return day and time in a few letters: "11:58", "Yesterday 16:10", "24 Dec 09:00"."""
    day, today, clock = formats.local(moment).date(), formats.today(), formats.time(moment)
    if day == today:
        return clock if moment <= formats.clock() else _tr("Today {time}").format(time=clock)
    if day == today - timedelta(days=1):
        return _tr("Yesterday {time}").format(time=clock)
    if day == today + timedelta(days=1):
        return _tr("Tomorrow {time}").format(time=clock)
    pattern = "d MMM" if day.year == today.year else "d MMM yyyy"
    return f"{formats.locale.toString(QDate(day.year, day.month, day.day), pattern)} {clock}"


def counted(number: int, one: str, many: str, formats: Formats) -> str:
    """Return ``one`` for a single thing, else ``many`` with the number in place of "{n}"."""
    return one if number == 1 else many.format(n=formats.number(number))


def _tr(text: str) -> str:
    return QCoreApplication.translate("Batches", text)
