"""Cleaning of what a provider delivered, before anything is looked up or stored.

A vendor or a stranger's server may send characters that a database refuses, or ids of any length. One such
entry must neither be lost nor keep the page, and with it the channel, from being stored.
"""

import hashlib
from dataclasses import replace
from typing import Final

from desktop_inbox.services.plain_text import make_storable
from desktop_inbox.services.providers.base import (
    DeliveryReceipt,
    FetchResult,
    InboundAttachment,
    InboundCall,
    InboundMessage,
)

#: Longer ids are replaced by a digest: the indexes of both databases have limits. No id that a send returned
#: is so long.
_LONGEST_ID: Final = 1000
_LONGEST_KEY: Final = 190
_LONGEST_NAME: Final = 255


def clean_page(page: FetchResult) -> FetchResult:
    """Return ``page`` with nothing in it that cannot be stored; the same entry always comes out the same."""
    return replace(
        page,
        messages=tuple(_message(entry) for entry in page.messages),
        receipts=tuple(_receipt(entry) for entry in page.receipts),
        calls=tuple(_call(entry) for entry in page.calls),
    )


def _id(text: str, *, longest: int = _LONGEST_ID) -> str:
    clean = make_storable(text)
    if len(clean) <= longest:
        return clean
    return f"sha256:{hashlib.sha256(clean.encode()).hexdigest()}"


def _message(entry: InboundMessage) -> InboundMessage:
    clean = {
        "provider_message_id": _id(entry.provider_message_id),
        "address": make_storable(entry.address),
        "text": make_storable(entry.text),
        "sender_name": make_storable(entry.sender_name),
        "idempotency_key": make_storable(entry.idempotency_key)[:36],
    }
    if entry.attachments:
        return replace(entry, **clean, attachments=tuple(_file(file) for file in entry.attachments))  # type: ignore[arg-type]
    if any(getattr(entry, name) != value for name, value in clean.items()):
        return replace(entry, **clean)  # type: ignore[arg-type]
    return entry  # as almost always: a copy costs more than the look


def _file(file: InboundAttachment) -> InboundAttachment:
    return replace(
        file,
        reference=make_storable(file.reference),
        media_type=make_storable(file.media_type)[:_LONGEST_NAME],
        name=make_storable(file.name)[:_LONGEST_NAME],
        size=None if file.size is None else max(0, min(file.size, 1 << 62)),
    )


def _receipt(entry: DeliveryReceipt) -> DeliveryReceipt:
    return replace(
        entry,
        provider_message_id=_id(entry.provider_message_id),
        key=_id(entry.key, longest=_LONGEST_KEY),
        error_code=make_storable(entry.error_code)[:_LONGEST_NAME],
        error_text=make_storable(entry.error_text),
    )


def _call(entry: InboundCall) -> InboundCall:
    return replace(
        entry,
        provider_call_id=_id(entry.provider_call_id),
        address=make_storable(entry.address),
        duration_seconds=max(0, min(entry.duration_seconds, 1 << 30)),
    )
