"""EntryWords: what the timeline says about an entry: footers, states, events, and whole spoken sentences."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta

from PySide6.QtCore import QCoreApplication

from desktop_inbox.models.entities.attachment import Attachment, AttachmentState
from desktop_inbox.models.entities.call import Call, CallStatus
from desktop_inbox.models.entities.channel import Capabilities
from desktop_inbox.models.entities.comment import AuthorKind, Comment
from desktop_inbox.models.entities.ids import ChannelId
from desktop_inbox.models.entities.message import (
    DeliveryStatus,
    Direction,
    ErrorOrigin,
    Message,
    SenderKind,
    Visibility,
)
from desktop_inbox.models.entities.timeline import ConversationEvent, TimelineEntry
from desktop_inbox.services.file_kinds import RISKY_ENDINGS, ending_of
from desktop_inbox.views.delegates.message_text import shown_text
from desktop_inbox.views.delegates.row_words import FileWords, RowWords, ZoneKind
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.plain import isolated, one_line, plain_name
from desktop_inbox.views.status_marks import StatusMark, missing_receipts, status_mark

from .event_words import event_sentence
from .timeline import TimelineRow
from .undo_words import until_words

HOUR = timedelta(hours=1)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Timeline", text)


#: S3-41 to S3-48: what a message was sent by, where it was not typed by a user.
_SENDERS: Mapping[SenderKind, str] = {
    SenderKind.AUTOMATION: "Automation",
    SenderKind.SURVEY: "Survey",
    SenderKind.BOT: "Bot",
    SenderKind.AI: "AI assistant",
    SenderKind.BROADCAST: "Broadcast",
    SenderKind.CAMPAIGN: "Campaign",
    SenderKind.SCHEDULE: "Schedule",
    SenderKind.ECHO: "Sent outside this program",
    SenderKind.AWAY: "Away message",
    SenderKind.GREETING: "Greeting",
    SenderKind.KEYWORD: "Automatic answer",
    SenderKind.API: "Command line",
    SenderKind.CONSENT: "Consent message",
}

_RESENDABLE = frozenset(
    {DeliveryStatus.FAILED, DeliveryStatus.UNDELIVERED, DeliveryStatus.EXPIRED, DeliveryStatus.BLOCKED}
)

_CALLS: Mapping[CallStatus, str] = {
    CallStatus.RINGING: "ringing",
    CallStatus.IN_PROGRESS: "in progress",
    CallStatus.COMPLETED: "",
    CallStatus.BUSY: "busy",
    CallStatus.NO_ANSWER: "no answer",
    CallStatus.FAILED: "failed",
    CallStatus.CANCELLED: "cancelled",
}


class EntryWords:
    """Words for one conversation. ``channel_name`` names channels; ``contact_name`` is set when it opens."""

    def __init__(self, formats: Formats, *, channel_name: Callable[[ChannelId | None], str]) -> None:
        self._formats = formats
        self._channel_name = channel_name
        self.contact_name = ""
        self.able: Callable[[ChannelId | None], Capabilities | None] = lambda _channel: None

    # What takes room in a row

    def row_words(self, entry: TimelineEntry) -> RowWords:
        """Return the words that decide how tall a row gets."""
        if isinstance(entry, Comment):
            return RowWords(notice=self.comment_label(entry))
        if not isinstance(entry, Message):
            return RowWords(line=self.line(entry))
        buttons: tuple[tuple[ZoneKind, str], ...] = ()
        if entry.status is DeliveryStatus.UNKNOWN:
            buttons = (
                (ZoneKind.ARRIVED, _tr("It arrived")),
                (ZoneKind.AGAIN, _tr("Send again")),
                (ZoneKind.LEAVE, _tr("Leave")),
            )
        elif entry.status is DeliveryStatus.HELD and entry.blocked_time:
            buttons = ((ZoneKind.MOVE, _tr("Move to next allowed time")),)
        elif entry.status in _RESENDABLE:
            buttons = ((ZoneKind.RETRY, _tr("Send again")), (ZoneKind.LOG, _tr("Error log")))
        return RowWords(notice=self.notice(entry), buttons=buttons, save=_tr("Save as…"), show=_tr("Show in folder"))

    def notice(self, message: Message) -> str:
        """Return why a message did not arrive, in one or two sentences; empty when all is well (S2-33)."""
        if message.visibility is Visibility.DELETED:
            return _tr("This message was deleted.")
        if message.status is DeliveryStatus.UNKNOWN:
            return _tr("The connection broke while this was being sent, so it may or may not have arrived.")
        if message.status is DeliveryStatus.RETRY_WAIT:
            return one_line(message.error_text)
        if message.status is DeliveryStatus.HELD and message.blocked_time:
            return _tr("It may not leave at this time, and leaves at another only when somebody says so.")
        if message.status not in _RESENDABLE:
            return ""
        reason = one_line(message.error_text) or _tr("No reason was given.")
        if message.error_origin is ErrorOrigin.PROVIDER:
            reason = _tr("{channel} says: {reason}").format(channel=self.channel(message.channel_id), reason=reason)
        return reason

    def line(self, entry: TimelineEntry) -> str:
        """Return the centred line of an event or a call."""
        what = self.sentence(entry)
        return f"{what} · {self.time(entry.occurred_at)}"

    # Comments

    def comment_text(self, comment: Comment) -> str:
        """Return what a comment says, its control characters gone but for line breaks."""
        return shown_text(comment.text)

    def comment_author(self, comment: Comment) -> str:
        """Return who wrote a comment."""
        name = plain_name(comment.author_name)
        if comment.author_kind is AuthorKind.EXTERNAL:
            return _tr("{name} (note)").format(name=isolated(name))
        return name or _tr("A colleague")

    def comment_label(self, comment: Comment) -> str:
        """Return the words over a comment: it stays inside the office (L14)."""
        return _tr("Internal comment – not sent")

    def comment_footer(self, comment: Comment) -> str:
        """Return who wrote it, and when."""
        parts = [self.comment_author(comment), self.time(comment.occurred_at)]
        return " · ".join([*parts, _tr("edited")] if comment.edited_at is not None else parts)

    def sentence(self, entry: TimelineEntry) -> str:
        """Return what happened, in words."""
        if isinstance(entry, Comment):
            return self.comment_text(entry)
        if isinstance(entry, Call):
            return self._call(entry)
        if isinstance(entry, ConversationEvent):
            return event_sentence(entry, self.contact_name, until=lambda until: until_words(until, self._formats))
        return ""

    # What is painted around it

    def day(self, day: date) -> str:
        """Return the heading of a day."""
        noon = datetime(day.year, day.month, day.day, 12)
        return self._formats.day_heading(noon.replace(tzinfo=self._formats.local(self._formats.clock()).tzinfo))

    def divider(self) -> str:
        """Return the words of the line above the first unread message."""
        return _tr("New messages")

    def time(self, moment: datetime) -> str:
        """Return how long ago when less than an hour, else the time; the day stands above (S3-38, S3-39)."""
        age = self._formats.clock() - moment
        if timedelta(minutes=-1) < age < timedelta(minutes=1):
            return _tr("just now")
        if timedelta() <= age < HOUR:
            minutes = int(age.total_seconds() // 60)
            return _tr("1 minute ago") if minutes == 1 else _tr("{n} minutes ago").format(n=minutes)
        return self._formats.time(moment)

    def stamp(self) -> int:
        """Return a number that changes when relative times may read differently."""
        return int(self._formats.clock().timestamp() // 15)

    def footer(self, row: TimelineRow) -> tuple[str, str]:
        """Return what stands under a group: time and sender, and the word of the status (outbound only)."""
        message = row.entry
        if not isinstance(message, Message):
            return "", ""
        parts = [self.time(message.occurred_at)]
        if message.direction is Direction.IN:
            if row.group_size > 1:
                parts.append(_tr("{n} messages").format(n=row.group_size))
            return " · ".join(parts), ""
        sender = self.sender(message)
        if sender:
            parts.append(isolated(sender))
        if message.outside_window:
            parts.append(_tr("outside window"))
        return " · ".join(parts), self.status(message)

    def status(self, message: Message) -> str:
        """Return the word of a message's status."""
        if message.status is DeliveryStatus.HELD and message.after_consent:
            return _tr("Follows the consent message")
        if message.status is DeliveryStatus.HELD and message.blocked_time:
            return _tr("Blocked time")
        if message.status is DeliveryStatus.HELD and message.due_at is not None:
            return _tr("On hold until {when}").format(when=self._formats.moment(message.due_at))
        if message.status is DeliveryStatus.RETRY_WAIT and message.due_at is not None:
            return _tr("Trying again at {when}").format(when=self._formats.time(message.due_at))
        return self.mark(message).words

    def status_icon(self, message: Message) -> tuple[str, str]:
        """Return icon and colour token of a message's status."""
        mark = self.mark(message)
        return mark.icon, mark.color

    def mark(self, message: Message) -> StatusMark:
        """Return the mark of a message's status (S1-27)."""
        return status_mark(message.status, message.direction, capabilities=self.able(message.channel_id))

    def line_icon(self, entry: TimelineEntry) -> tuple[str, str]:
        """Return icon and colour token of an event or a call."""
        if isinstance(entry, Call):
            if entry.missed:
                return "phone-missed", "attention"
            return ("phone-incoming" if entry.direction is Direction.IN else "phone-outgoing"), "muted"
        kind = entry.kind if isinstance(entry, ConversationEvent) else ""
        if "opted_out" in kind:
            return "ban", "muted"
        return ("check" if kind in ("opted_in", "unknown_resolved", "marked_done") else "info"), "muted"

    def file(self, attachment: Attachment) -> FileWords:
        """Return the words of a file's chip."""
        name = plain_name(attachment.original_name) or _tr("File")
        if attachment.state is AttachmentState.PENDING:
            waits_for = one_line(attachment.reason)  # of the last attempt; it is tried again
            return FileWords(name=name, detail=waits_for or _tr("Being fetched…"), icon="download")
        if attachment.state is not AttachmentState.READY:
            reason = one_line(attachment.reason) or _tr("It could not be fetched.")
            return FileWords(name=name, detail=reason, icon="file-warning")
        size = self._formats.size(attachment.size)
        if is_risky(attachment.original_name):
            return FileWords(
                name=name, detail=_tr("{size} · may be harmful").format(size=size), icon="file-warning", risky=True
            )
        return FileWords(name=name, detail=size, icon=_file_icon(attachment.media_type))

    def sender(self, message: Message) -> str:
        """Return who or what sent an outbound message."""
        if message.sender_kind is SenderKind.USER:
            return plain_name(message.sender_name)
        return _tr(_SENDERS.get(message.sender_kind, ""))

    def channel(self, channel_id: ChannelId | None) -> str:
        """Return the name of a channel."""
        return plain_name(self._channel_name(channel_id)) or _tr("the channel")

    # Whole sentences

    def describe(self, entry: TimelineEntry) -> str:
        """Return an entry as one spoken sentence: sender, time, text, state (A15)."""
        when = self.exact(entry.occurred_at)
        if isinstance(entry, Comment):
            label, author = self.comment_label(entry), self.comment_author(entry)
            return ", ".join((label, author, when, one_line(entry.text)))
        if not isinstance(entry, Message):
            return f"{self.sentence(entry)}, {when}"
        if entry.direction is Direction.IN:
            who = self.contact_name or _tr("Contact")
        else:
            who = self.sender(entry) or _tr("You")
        parts = [who, when, *([one_line(entry.text)] if entry.text else [])]
        parts += [self._spoken_file(attachment) for attachment in entry.attachments]
        if entry.visibility is Visibility.DELETED:
            parts.append(self.notice(entry))
        if entry.direction is Direction.OUT:
            parts.append(self.status(entry))
            notice = self.notice(entry)
            parts += [notice] if notice else []
        return ", ".join(parts)

    def exact(self, moment: datetime) -> str:
        """Return the exact day and time, whatever the row shows (S3-39)."""
        return self._formats.moment(moment)

    def details(self, message: Message) -> list[tuple[str, str]]:
        """Return the metadata of a message as label and value (S2-21 to S2-33)."""
        inbound = message.direction is Direction.IN
        who = self.contact_name if inbound else (self.sender(message) or _tr("You"))
        rows = [(_tr("From") if inbound else _tr("Sent by"), who)]
        rows.append((_tr("Via"), self._via(message)))
        rows.append((_tr("Received") if inbound else _tr("Written"), self.exact(message.occurred_at)))
        steps = (
            (_tr("Queued"), message.queued_at),
            (_tr("Sent"), message.sent_at),
            (_tr("Delivered"), message.delivered_at),
            (_tr("Read"), message.read_at),
            (_tr("Failed"), message.failed_at),
        )
        rows += [(label, self.exact(moment)) for label, moment in steps if moment is not None]
        if not inbound:
            rows.append((_tr("Status"), self.status(message)))
            missing = missing_receipts(message.status, self.able(message.channel_id))
            rows += [(_tr("Receipts"), missing)] if missing else []
        if message.segments > 1:
            rows.append((_tr("Segments"), str(message.segments)))
        if message.outside_window:
            rows.append((_tr("Note"), _tr("Sent outside the answering window: receipts are not promised.")))
        notice = self.notice(message)
        if notice:
            rows.append((_tr("Reason"), notice))
        if message.error_code:
            rows.append((_tr("Error code"), one_line(message.error_code)))
        return rows

    def _via(self, message: Message) -> str:
        channel = self.channel(message.channel_id) if message.channel_id else _tr("no channel")
        if message.sender_kind in (SenderKind.CONTACT, SenderKind.USER):
            return channel
        via = f"{_tr(_SENDERS.get(message.sender_kind, ''))} · {channel}"
        return f"{via} · {plain_name(message.sender_name)}" if message.sender_name else via

    def _spoken_file(self, attachment: Attachment) -> str:
        words = self.file(attachment)
        what = _tr("picture") if attachment.media_type.startswith("image/") else _tr("file")
        return f"{what} {words.name}, {words.detail}"

    def _call(self, call: Call) -> str:
        if call.missed:
            return _tr("Missed call")
        what = _tr("Incoming call") if call.direction is Direction.IN else _tr("Outgoing call")
        state = _tr(_CALLS[call.status]) if _CALLS[call.status] else ""
        if state:
            return f"{what} · {state}"
        minutes, seconds = divmod(max(call.duration_seconds, 0), 60)
        return f"{what} · {minutes}:{seconds:02d}"


def _file_icon(media_type: str) -> str:
    kind = media_type.partition("/")[0]
    return {"image": "image", "video": "video", "audio": "music", "text": "file-text"}.get(
        kind, "file-text" if media_type == "application/pdf" else "file"
    )


def is_risky(name: str) -> bool:
    """Return whether a file of this name could run something when it is opened (S12)."""
    return ending_of(name) in RISKY_ENDINGS
