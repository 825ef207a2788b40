"""Rules for files from outside: where they lie, how they get there, what they are called when saved.

A file lies under the hash of its content and without an ending, so that nothing opens it by accident; its
original name is for display and for "Save as" only. Bytes go to a private temporary file first, are counted
and hashed on the way, and appear under their hash by one rename.
"""

import contextlib
import hashlib
import os
import re
import shutil
import sys
import unicodedata
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final, cast

from desktop_inbox.errors import InvalidInputError, NotFoundError, StoreError

from .file_kinds import MAX_PIXELS, PICTURES, SNIFF_BYTES, ending_for, ending_of, kind_of, picture_size
from .plain_text import clean_name

#: Largest inbound file, and all files of one message together (RELIABILITY S14).
MAX_FILE_BYTES: Final = 25_000_000
MAX_MESSAGE_BYTES: Final = 100_000_000
#: Left free for the database and the rest of the computer.
SPARE_DISK_BYTES: Final = 200_000_000
_CHECK_DISK_EVERY: Final = 16_000_000

_CHUNK: Final = 256 * 1024
_MAX_NAME_BYTES: Final = 120
_SHA256 = re.compile(r"[0-9a-f]{64}")
_FORBIDDEN = re.compile(r'[<>:"|?*\x00-\x1f]')
_RESERVED = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|clock\$|(?:com|lpt)[0-9¹²³])(?:\..*)?", re.IGNORECASE)
_PARTIAL: Final = "partial-"

FreeSpace = Callable[[Path], int]


def _free_space(folder: Path) -> int:
    return shutil.disk_usage(folder).free


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A file as kept. `media_type` is by content; `width` and `height` are 0 unless it may be shown as a picture."""

    path: Path
    sha256: str
    size: int
    media_type: str
    risky: bool
    width: int = 0
    height: int = 0


def safe_name(name: str, *, media_type: str = "") -> str:
    """Return a name for "Save as" that is harmless on every platform; never empty, at most 120 bytes.

    It has no folder, control, bidirectional or forbidden character, is no device, is not hidden, and gets the
    usual ending of ``media_type`` when it has none.
    """
    last = name.replace("\\", "/").rstrip("/ ").rpartition("/")[2]
    shown = clean_name(unicodedata.normalize("NFC", last), limit=1000)
    clean = _FORBIDDEN.sub("_", shown).strip(" .")
    if clean.startswith(("-", "~")):
        clean = f"_{clean}"
    if _RESERVED.fullmatch(clean):
        clean = f"_{clean}"
    stem, ending = _split(clean or "file")
    if not ending:
        ending = ending_for(media_type)
    return _shorten(stem, _MAX_NAME_BYTES - len(ending.encode())) + ending


def private_folder(folder: Path) -> Path:
    """Make ``folder`` so that only this user can enter it, and return it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if os.name == "posix":
        folder.chmod(0o700)
    return folder


class AttachmentFolder:
    """The content-addressed folder: <root>/<first two digits>/<the other 62>."""

    def __init__(self, root: Path, *, free_space: FreeSpace = _free_space) -> None:
        self._root = root
        self._free_space = free_space

    def path_of(self, sha256: str) -> Path:
        """Return where the file with this hash lies or would lie; InvalidInputError when it is no hash."""
        if not _SHA256.fullmatch(sha256):
            raise InvalidInputError("attachment.hash", "This attachment has no file.", hint="Download it first.")
        return self._root / sha256[:2] / sha256[2:]

    @contextlib.contextmanager
    def writer(self, *, max_bytes: int = MAX_FILE_BYTES, expected: int = 0) -> Iterator["AttachmentWriter"]:
        """Open a new file to write to; call ``finish`` inside, else nothing is kept.

        ``expected`` is the size in bytes where it is known beforehand. Raises InvalidInputError when that is more
        than ``max_bytes`` and StoreError when the disk is too full.
        """
        if expected > max_bytes:
            raise _too_large(max_bytes)
        private_folder(self._root)
        writer = AttachmentWriter(self, max_bytes=max_bytes)
        writer.require_space(2 * expected)
        try:
            writer.open()
            yield writer
        except OSError as error:
            raise _disk_error(error) from None
        finally:
            writer.discard()

    def put(self, source: Path | bytes, *, name: str, max_bytes: int = MAX_FILE_BYTES) -> StoredFile:
        """Copy a file or bytes into the folder. Blocks: call it on a worker thread."""
        if isinstance(source, bytes):
            with self.writer(max_bytes=max_bytes, expected=len(source)) as writer:
                writer.write(source)
                return writer.finish(name)
        with _open_regular(source) as file:
            size = os.fstat(file.fileno()).st_size
            with self.writer(max_bytes=max_bytes, expected=size) as writer:
                while chunk := file.read(_CHUNK):
                    writer.write(chunk)
                return writer.finish(name)

    def remove(self, sha256: str) -> None:
        """Delete the file with this hash, if it is there."""
        self.path_of(sha256).unlink(missing_ok=True)

    def clean_up(self) -> int:
        """Delete what a crash left half written and return how many; call it once, at start."""
        left = [path for path in self._root.glob(f"{_PARTIAL}*") if path.is_file()]
        for path in left:
            path.unlink(missing_ok=True)
        return len(left)

    @property
    def root(self) -> Path:
        """The folder itself."""
        return self._root

    def free_space(self) -> int:
        """Bytes free on the folder's disk."""
        return self._free_space(self._root)


class AttachmentWriter:
    """A file being written; knows its size and hash. Made by ``AttachmentFolder.writer``."""

    def __init__(self, folder: AttachmentFolder, *, max_bytes: int) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._partial = folder.root / f"{_PARTIAL}{uuid.uuid4().hex}"
        self._hash = hashlib.sha256()
        self._head = b""
        self._size = 0
        self._file: BinaryIO | None = None

    @property
    def sink(self) -> BinaryIO:
        """This writer for ``Provider.download``, which only calls ``write``."""
        return cast(BinaryIO, self)

    def open(self) -> None:
        """Create the temporary file; only this user can read it."""
        self._file = create_private(self._partial)

    def require_space(self, more: int) -> None:
        """Raise StoreError unless ``more`` bytes fit and the reserve stays free."""
        if self._folder.free_space() < more + SPARE_DISK_BYTES:
            raise _disk_full()

    def write(self, data: bytes) -> int:
        """Append ``data``; InvalidInputError as soon as the file is larger than allowed."""
        if self._file is None:
            raise ValueError("the file is closed")
        if self._size + len(data) > self._max_bytes:
            raise _too_large(self._max_bytes)
        if (self._size + len(data)) // _CHECK_DISK_EVERY > self._size // _CHECK_DISK_EVERY:
            self.require_space(0)
        if len(self._head) < SNIFF_BYTES:
            self._head += data[: SNIFF_BYTES - len(self._head)]
        self._hash.update(data)
        self._size += len(data)
        return self._file.write(data)

    def finish(self, name: str) -> StoredFile:
        """Move the file to its place under its hash; ``name`` only helps to tell what it is."""
        if self._file is None:
            raise ValueError("the file is closed")
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._file = None
        kind = kind_of(name, self._head)
        sha256 = self._hash.hexdigest()
        path = self._folder.path_of(sha256)
        private_folder(path.parent)
        size = shown_size(self._partial, kind.media_type)
        if not (path.is_file() and path.stat().st_size == self._size):  # known content stays as it is
            self._partial.replace(path)
            _sync_folder(path.parent)
        return StoredFile(
            path=path,
            sha256=sha256,
            size=self._size,
            media_type=kind.media_type,
            risky=kind.risky,
            width=size[0],
            height=size[1],
        )

    def discard(self) -> None:
        """Close and delete what is left of the temporary file."""
        if self._file is not None:
            self._file.close()
            self._file = None
        self._partial.unlink(missing_ok=True)


def create_private(path: Path) -> BinaryIO:
    """Create ``path`` for writing, readable by this user only; FileExistsError also for a symbolic link."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
    return os.fdopen(os.open(path, flags, 0o600), "wb")


def save_copy(source: Path, target: Path, *, from_outside: bool = True) -> None:
    """Copy ``source`` to where a person chose, whole or not at all, and mark it as from the internet.

    An existing file is replaced (the dialog asked), a symbolic link is replaced rather than followed, and the
    copy is never executable. Raises NotFoundError or StoreError. Blocks: call it on a worker thread.
    """
    if not source.is_file():
        raise NotFoundError(
            "attachment.missing",
            "The file of this attachment is missing.",
            hint="Download it again or look in a backup.",
        )
    partial = target.parent / f".{uuid.uuid4().hex}.part"
    try:
        with source.open("rb") as original, create_private(partial) as copy:
            shutil.copyfileobj(original, copy, _CHUNK)
            copy.flush()
            os.fsync(copy.fileno())
        if from_outside:
            _mark_as_downloaded(partial)
        partial.replace(target)
    except OSError as error:
        raise _disk_error(error) from None
    finally:
        partial.unlink(missing_ok=True)


def free_name(folder: Path, name: str) -> Path:
    """Return a path in ``folder`` for ``name`` that does not exist yet: "a.jpg", "a (2).jpg", ..."""
    stem, ending = _split(name)
    candidate, number = folder / name, 2
    while os.path.lexists(candidate):
        candidate, number = folder / f"{stem} ({number}){ending}", number + 1
    return candidate


def _split(name: str) -> tuple[str, str]:
    """Return (stem, ending with its dot); an ending is at most 15 bytes, so that it survives shortening."""
    ending = ending_of(name)
    if not ending or len(ending.encode()) > 15 or " " in ending:
        return name, ""
    suffix = PurePosixPath(name).suffix
    return name[: len(name) - len(suffix)].rstrip(" .") or "file", suffix


def _shorten(stem: str, limit: int) -> str:
    return stem.encode()[:limit].decode("utf-8", "ignore").rstrip(" .") or "file"


def _open_regular(path: Path) -> BinaryIO:
    """Open a file that a person chose; a pipe or device would hang or never end."""
    try:
        if not path.is_file():
            raise InvalidInputError("attachment.not_a_file", "This is not a file.", hint="Choose a file, not a folder.")
        return path.open("rb")
    except OSError:
        raise InvalidInputError(
            "attachment.unreadable", "The file cannot be read.", hint="Check that it exists and that you may open it."
        ) from None


def shown_size(path: Path, media_type: str) -> tuple[int, int]:
    """Return the size of a picture that may be decoded, else (0, 0)."""
    if media_type not in PICTURES:
        return 0, 0
    with path.open("rb") as file:
        size = picture_size(file)
    return size if size and size[0] * size[1] <= MAX_PIXELS else (0, 0)


def _mark_as_downloaded(path: Path) -> None:
    """Tell Windows that the file is from the internet, so that it warns before running it."""
    if sys.platform == "win32":
        with contextlib.suppress(OSError):  # FAT has no streams
            Path(f"{path}:Zone.Identifier").write_text("[ZoneTransfer]\r\nZoneId=3\r\n", encoding="ascii")


def _sync_folder(folder: Path) -> None:
    """Make a rename survive a power loss; Windows has no such call."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _too_large(max_bytes: int) -> InvalidInputError:
    return InvalidInputError(
        "attachment.too_large",
        f"The file is larger than {max_bytes / 1_000_000:.3g} MB.",
        hint="Send a smaller file or a link to it.",
    )


def _disk_full() -> StoreError:
    return StoreError(
        "attachment.disk_full",
        "There is not enough space on the disk for this file.",
        hint="Free some space, then try again.",
    )


def _disk_error(error: OSError) -> StoreError:
    if error.errno in (28, 122):  # ENOSPC, EDQUOT
        return _disk_full()
    return StoreError(
        "attachment.write", "The file could not be written.", hint="Check that the folder exists and can be written to."
    )
