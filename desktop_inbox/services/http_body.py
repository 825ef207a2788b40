"""Answers as they are read: counted while they are unpacked, refused when they grow beyond reason."""

import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from desktop_inbox.services.http_errors import BadAnswerError
from desktop_inbox.services.providers.base import RejectedError

if TYPE_CHECKING:
    import requests

JsonObject = dict[str, Any]

MAX_JSON_DEPTH = 64
_CHUNK = 64 << 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Downloaded:
    """What came with a file."""

    media_type: str
    size: int  # bytes


def write_file(response: "requests.Response", sink: BinaryIO, max_bytes: int) -> Downloaded:
    """Write the body to ``sink``; RejectedError when it is larger than ``max_bytes``."""
    too_large = RejectedError("The file is larger than allowed.", code="too_large")
    length = response.headers.get("Content-Length", "")
    if length.isdigit() and int(length) > max_bytes:
        raise too_large
    size = 0
    for chunk in decoded(response, max_bytes + 1, strict=False):
        size += len(chunk)
        if size > max_bytes:
            raise too_large
        sink.write(chunk)
    media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return Downloaded(media_type=media_type, size=size)


def decoded(response: "requests.Response", limit: int, *, strict: bool = True) -> Iterator[bytes]:
    """Yield the body unpacked, never holding more than a little beyond ``limit`` bytes in all.

    BadAnswerError when there is more (while ``strict``) or when it cannot be unpacked.
    """
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip"):
        raise BadAnswerError("bad_encoding")
    unpack = zlib.decompressobj(31) if "gzip" in encoding else None
    total = 0
    while packed := response.raw.read(_CHUNK, decode_content=False):
        while packed:
            if unpack is None:
                data, packed = packed, b""
            else:
                try:
                    data = unpack.decompress(packed, _CHUNK)
                except zlib.error:
                    raise BadAnswerError("bad_encoding") from None
                packed = unpack.unconsumed_tail
            total += len(data)
            if total > limit and strict:
                raise BadAnswerError("too_large")
            yield data
            if total > limit:
                return
    if unpack is not None and not unpack.eof:
        raise BadAnswerError("bad_encoding")


def parse_object(body: bytes) -> JsonObject:
    """Return the JSON object in ``body``; BadAnswerError for anything else, and for nesting beyond reason."""
    try:
        value = json.loads(body, parse_constant=_no_constant)
    except RecursionError:
        raise BadAnswerError("too_deep") from None
    except ValueError:
        raise BadAnswerError("not_json") from None
    if not isinstance(value, dict):
        raise BadAnswerError("not_object")
    _check_depth(value)
    return value


def _check_depth(value: object) -> None:
    level: list[object] = [value]
    for _depth in range(MAX_JSON_DEPTH):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return
    raise BadAnswerError("too_deep")


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")
