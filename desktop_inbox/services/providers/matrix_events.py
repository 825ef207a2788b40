"""Matrix events in our words, and our messages as Matrix events."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from desktop_inbox.clock import from_millis
from desktop_inbox.services.file_kinds import picture_size
from desktop_inbox.services.providers.base import InboundAttachment, OutgoingAttachment
from desktop_inbox.services.providers.matrix_session import object_of, text_of

#: In the content of what we send: our idempotency key, so that any computer recognises its echo.
KEY_FIELD: Final = "org.desktop-inbox.key"
#: Marks the further files of one message of ours; their echo is no message of its own.
PART_FIELD: Final = "org.desktop-inbox.part"

ENCRYPTED_TEXT: Final = "🔒 Encrypted: this cannot be read here. Your answer opens a room without encryption."

_MXC = re.compile(r"mxc://([A-Za-z0-9.\-:\[\]]{1,255})/([A-Za-z0-9_\-.~]{1,255})")
_FILES: Final = {"m.image", "m.video", "m.audio", "m.file"}
_MAX_MILLIS: Final = 8_000_000_000_000  # fits 43 bits of milliseconds


def is_message(event: Mapping[str, Any]) -> bool:
    """Whether an event says something to people; one that was deleted says nothing."""
    content = object_of(event, "content")
    if event.get("state_key") is not None or not content:
        return False
    if event.get("type") == "m.room.message":
        return bool(text_of(content, "msgtype")) and PART_FIELD not in content
    return event.get("type") in ("m.room.encrypted", "m.sticker", "m.reaction")


def moment_of(event: Mapping[str, Any], now: datetime) -> datetime:
    """Return when an event was sent; ``now`` where its server tells nonsense or the future."""
    millis = event.get("origin_server_ts")
    if not isinstance(millis, int) or isinstance(millis, bool) or not 0 < millis < _MAX_MILLIS:
        return now
    return min(from_millis(millis), now)


def text_of_event(event: Mapping[str, Any], sender_name: str) -> str:
    """Return what an event says, as plain text."""
    content = object_of(event, "content")
    if event.get("type") == "m.room.encrypted":
        return ENCRYPTED_TEXT
    if event.get("type") == "m.reaction":
        return text_of(object_of(content, "m.relates_to"), "key")
    relation = object_of(content, "m.relates_to")
    if relation.get("rel_type") == "m.replace":
        return f"✏️ {text_of(object_of(content, 'm.new_content'), 'body')}"
    body = text_of(content, "body")
    kind = content.get("msgtype")
    if kind in _FILES or event.get("type") == "m.sticker":
        name = text_of(content, "filename")
        return body if (name and name != body) or not attachments_of_event(event) else ""
    if "m.in_reply_to" in relation:
        body = _without_quote(body)
    if kind == "m.emote":
        return f"* {sender_name} {body}".strip()
    if kind == "m.location":
        return f"📍 {body}\n{text_of(content, 'geo_uri')}".strip()
    return body


def attachments_of_event(event: Mapping[str, Any]) -> tuple[InboundAttachment, ...]:
    """Return the file of an event, if it has one that can be fetched."""
    content = object_of(event, "content")
    if content.get("msgtype") not in _FILES and event.get("type") != "m.sticker":
        return ()
    reference = text_of(content, "url")
    if not _MXC.fullmatch(reference):
        return ()
    info = object_of(content, "info")
    size = info.get("size")
    return (
        InboundAttachment(
            reference=reference,
            media_type=text_of(info, "mimetype"),
            name=text_of(content, "filename") or text_of(content, "body"),
            size=size if isinstance(size, int) and not isinstance(size, bool) and size >= 0 else None,
        ),
    )


def key_of_event(event: Mapping[str, Any]) -> str:
    """Return the idempotency key of an event of ours; "" when another client of the account sent it."""
    key = text_of(object_of(event, "content"), KEY_FIELD)
    return key or text_of(object_of(event, "unsigned"), "transaction_id")


def media_path(reference: str) -> tuple[str, str] | None:
    """Return (server, id) of a file's mxc:// reference; None when it is none."""
    match = _MXC.fullmatch(reference)
    return (match[1], match[2]) if match else None


def text_content(text: str, key: str) -> dict[str, Any]:
    """Return the content of a text message."""
    return {"msgtype": "m.text", "body": text, KEY_FIELD: key}


def file_content(file: OutgoingAttachment, uri: str, *, caption: str, key: str, part: int | None) -> dict[str, Any]:
    """Return the content of a file; ``part`` numbers all files of a message but the last."""
    kind = file.media_type.partition("/")[0]
    info: dict[str, Any] = {"mimetype": file.media_type, "size": file.size}
    if kind == "image":
        with file.path.open("rb") as opened:
            size = picture_size(opened)
        if size:
            info["w"], info["h"] = size
    content: dict[str, Any] = {
        "msgtype": f"m.{kind}" if kind in ("image", "video", "audio") else "m.file",
        "body": caption or file.name,
        "filename": file.name,
        "url": uri,
        "info": info,
    }
    return {**content, **({KEY_FIELD: key} if part is None else {PART_FIELD: f"{key}/{part}"})}


def _without_quote(body: str) -> str:
    """Return a reply without the quotation that older clients put in front of it."""
    lines = body.split("\n")
    while lines and lines[0].startswith("> "):
        lines.pop(0)
    return "\n".join(lines).lstrip("\n") or body
