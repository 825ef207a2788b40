"""What the composer says: the counter, the hint, why Send is off, what is wrong with a file."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from desktop_inbox.models.entities.channel import Capabilities, ChannelState
from desktop_inbox.models.entities.outbox import GateDecision, GateKind
from desktop_inbox.services.text_segments import Encoding, count
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.plain import plain_name
from desktop_inbox.views.preferences import SendWith

from .staged import Staged

if TYPE_CHECKING:
    from desktop_inbox.services.channels import ReplyOption

#: Carriers may filter larger pictures in text messages (S4-51): 1.5 MB means 1,500,000 bytes.
CARRIER_BYTES = 1_500_000
_CLOSE = 0.8  # share of the limit from which the plain counter shows


def _tr(text: str) -> str:
    return QCoreApplication.translate("Composer", text)


def counter_text(text: str, able: Capabilities | None, formats: Formats) -> tuple[str, str]:
    """Return the counter and what to know about it; both empty where nothing is counted (C03)."""
    if able is None or not text:
        return "", ""
    if not able.segments:
        if len(text) < able.max_text * _CLOSE:
            return "", ""
        return f"{formats.number(len(text))}/{formats.number(able.max_text)}", ""
    cost = count(text)
    total = cost.per_segment * max(cost.segments, 1)
    used = total - cost.remaining
    unit = _tr("1 segment") if cost.segments == 1 else _tr("{n} segments").format(n=cost.segments)
    counter = f"{used}/{total} · {unit}"
    if cost.encoding is Encoding.GSM7 or cost.culprit is None:
        return counter, ""
    note = _tr("“{character}” leaves only 70 characters to a segment.").format(character=cost.culprit.character)
    if cost.culprit.replacement:
        note += " " + _tr("“{other}” would not.").format(other=cost.culprit.replacement)
    return counter, note


def cost_of_insertion(text: str, more: str, *, at: int) -> str:
    """Return what one more emoji changes about the number of segments; "" when it changes nothing (S3-54).

    ``at`` is the place in UTF-16 units, as an editor counts it.
    """
    units = text.encode("utf-16-le", "surrogatepass")
    before = units[: 2 * at].decode("utf-16-le", "replace")
    after = units[2 * at :].decode("utf-16-le", "replace")
    now, then = count(text), count(before + more + after)
    if then.segments <= max(now.segments, 1):
        if now.encoding is Encoding.GSM7 and then.encoding is Encoding.UCS2:
            return _tr("leaves 70 characters to a segment")
        return ""
    return _tr("{n} segments instead of {before}").format(n=then.segments, before=max(now.segments, 1))


def send_hint(key: SendWith) -> str:
    """Return which key sends (K09)."""
    return {
        SendWith.ENTER: _tr("Enter sends"),
        SendWith.SHIFT_ENTER: _tr("Shift+Enter sends"),
        SendWith.CTRL_ENTER: _tr("Ctrl+Enter sends"),
    }[key]


def no_channel() -> GateDecision:
    """Return what stands in the way where no channel writes to any address of the contact (C08)."""
    sentence = _tr("No channel can write to this address. Add one in Channels.")
    return GateDecision(kind=GateKind.REFUSE, code="no_channel", sentence=sentence)


def send_problem(text: str, files: tuple[Staged, ...], option: "ReplyOption | None", formats: Formats) -> str:
    """Return why Send is off, or an empty string (C08)."""
    if option is None:
        return no_channel().sentence
    if option.channel.state is not ChannelState.ACTIVE:
        why = plain_name(option.channel.state_reason) or _tr("It is paused.")
        return _tr("{channel} sends nothing at the moment. {why}").format(
            channel=plain_name(option.channel.name), why=why
        )
    able = option.capabilities
    if not text.strip() and not files:
        return _tr("Write a message first.")
    if len(text) > able.max_text:
        return _tr("The message is {n} characters too long for this channel.").format(
            n=formats.number(len(text) - able.max_text)
        )
    if files and able.max_attachments and len(files) > able.max_attachments:
        return _tr("This channel takes at most {n} files in a message.").format(n=able.max_attachments)
    problems = (attachment_problem(file, able, option.channel.name, formats) for file in files)
    return next((problem for problem in problems if problem), "")


def attachment_problem(file: Staged, able: Capabilities, channel_name: str, formats: Formats) -> str:
    """Return why a file cannot go through a channel, or an empty string (S4-48, S3-55)."""
    channel, name = plain_name(channel_name), plain_name(file.name)
    if not able.attachments_out:
        return _tr("{channel} cannot carry files.").format(channel=channel)
    if able.attachment_types and not file.media_type.startswith(able.attachment_types):
        kinds = {"image/": _tr("pictures"), "video/": _tr("video"), "audio/": _tr("sound")}
        allowed = _tr(", ").join(kinds.get(kind, kind) for kind in able.attachment_types)
        return _tr("{channel} takes only {kinds}; “{name}” is something else.").format(
            channel=channel, kinds=allowed, name=name
        )
    if able.max_attachment_bytes and file.size > able.max_attachment_bytes:
        return _tr("“{name}” is too large: {channel} takes files up to {size}.").format(
            name=name, channel=channel, size=formats.size(able.max_attachment_bytes)
        )
    return ""


def attachment_warning(file: Staged, able: Capabilities | None) -> str:
    """Return what to know about a file that may go (S4-51, C06)."""
    if file.risky:
        return _tr("May be refused: this kind of file can be harmful")
    if able is not None and able.segments and file.size > CARRIER_BYTES:
        return _tr("Over 1.5 MB: carriers may drop it")
    return ""
