"""Pictures: previews of attached pictures, decoded on worker threads and kept for painting.

Files come from strangers. Only four formats are decoded, told by the first bytes and never guessed by Qt;
what claims more pixels than a camera makes is refused before anything is allocated (S13).
"""

import atexit
import logging
from collections import OrderedDict
from collections.abc import Callable
from functools import cache
from pathlib import Path

from PySide6.QtCore import QBuffer, QFile, QIODevice, QObject, QRunnable, QSize, Qt, QThreadPool, Signal, Slot
from PySide6.QtGui import QColor, QImage, QImageReader, QPainter, QPixmap

from desktop_inbox.errors import InboxError, InvalidInputError
from desktop_inbox.models.entities.attachment import Attachment
from desktop_inbox.services.file_kinds import MAX_PIXELS, PICTURES, SNIFF_BYTES, sniff
from desktop_inbox.views.theme import LIGHT

_log = logging.getLogger(__name__)

ALLOCATION_LIMIT_MB = 128  # for one decoded picture
_Key = tuple[int, int, int]  # attachment, and pixels
CACHE_BYTES = 48_000_000
#: Longest side in pixels and quality of smaller copies, from the best on.
_SMALLER = ((2560, 88), (2048, 85), (1600, 82), (1280, 80), (1024, 75), (640, 70))


def decode_picture(path: Path, bound: QSize) -> QImage:
    """Return the picture at ``path`` (its first frame), not larger than ``bound`` pixels.

    Blocks; for worker threads. InvalidInputError when it is not one of the four formats, is broken or
    claims more than ``MAX_PIXELS`` pixels.
    """
    file = QFile(str(path))
    if not file.open(QIODevice.OpenModeFlag.ReadOnly):
        raise InvalidInputError("picture_missing", "The picture cannot be read.", hint="Ask for it again.")
    try:
        media_type = sniff(bytes(file.peek(SNIFF_BYTES).data()))
        if media_type not in PICTURES:
            raise InvalidInputError("picture_format", "This is not a picture that can be shown.")
        reader = QImageReader(file, media_type.removeprefix("image/").encode())
        reader.setAutoDetectImageFormat(False)
        reader.setAutoTransform(True)
        return _read(reader, bound)
    finally:
        file.close()


def shrink_picture(path: Path, max_bytes: int) -> bytes:
    """Return the picture at ``path`` as a JPEG of at most ``max_bytes`` bytes, as large as that allows.

    Blocks; for worker threads. InvalidInputError when it is no picture that can be read.
    """
    for side, quality in _SMALLER:
        image = decode_picture(path, QSize(side, side))
        if image.hasAlphaChannel():  # JPEG has none: what is transparent becomes white, not black
            flat = QImage(image.size(), QImage.Format.Format_RGB32)
            flat.fill(QColor(LIGHT.surface))
            painter = QPainter(flat)
            painter.drawImage(0, 0, image)
            painter.end()
            image = flat
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        image.save(buffer, "JPEG", quality)  # type: ignore[call-overload]
        data = bytes(buffer.data().data())
        if len(data) <= max_bytes:
            return data
    raise InvalidInputError("picture_too_large", "The picture cannot be made small enough.", hint="Crop it first.")


def _read(reader: QImageReader, bound: QSize) -> QImage:
    QImageReader.setAllocationLimit(ALLOCATION_LIMIT_MB)
    size = reader.size()
    if not size.isValid() or size.isEmpty() or size.width() * size.height() > MAX_PIXELS:
        raise InvalidInputError("picture_too_large", "The picture has too many pixels to be shown.")
    turned = bool(reader.transformation().value & 4)
    room = bound.transposed() if turned else bound
    if size.width() > room.width() or size.height() > room.height():
        reader.setScaledSize(size.scaled(room, Qt.AspectRatioMode.KeepAspectRatio))
    image = reader.read()
    if image.isNull():
        raise InvalidInputError("picture_broken", "The picture is damaged.")
    return image


class _Workshop(QObject):
    """The worker threads of all windows. It lives as long as the program, so that nobody who closes has to wait
    for a picture that is being decoded."""

    decoded = Signal(object, object, QImage)  # for whom, key

    def __init__(self) -> None:
        super().__init__()
        self.pool = QThreadPool()
        self.pool.setMaxThreadCount(2)

    def close(self) -> None:
        """Let the interpreter end: no thread may be in Python then."""
        self.pool.clear()
        self.pool.waitForDone(3000)


@cache
def _workshop() -> _Workshop:
    made = _Workshop()
    atexit.register(made.close)
    return made


class _Order:
    """Whose pictures are decoded; nothing more is once it is ``cancelled``."""

    def __init__(self) -> None:
        self.cancelled = False


class _Decode(QRunnable):
    def __init__(self, order: _Order, key: _Key, load: Callable[[], QImage]) -> None:
        super().__init__()
        self._order, self._key, self._load = order, key, load

    def run(self) -> None:
        if self._order.cancelled:
            return
        try:
            image = self._load()
        except (InboxError, OSError):
            image = QImage()  # painted as a file that cannot be shown
        try:
            _workshop().decoded.emit(self._order, self._key, image)
        except RuntimeError:
            _log.debug("a picture came after the program had ended")


class Pictures(QObject):
    """Previews by attachment and size. ``path_of`` is called on the worker thread."""

    changed = Signal()

    def __init__(self, path_of: Callable[[Attachment], Path], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path_of = path_of
        self._cache: OrderedDict[_Key, QPixmap] = OrderedDict()
        self._bytes = 0
        self._waiting: set[_Key] = set()
        self._order = _Order()
        _workshop().decoded.connect(self._keep_picture)

    def pixmap(self, attachment: Attachment, width: float, height: float, density: float) -> QPixmap | None:
        """Return the preview that fits ``width`` x ``height`` logical pixels; None while it is decoded (then
        ``changed`` fires); a null pixmap when it cannot be shown."""
        key = (attachment.id, round(width * density), round(height * density))
        found = self._cache.get(key)
        if found is not None:
            self._cache.move_to_end(key)
            return found
        if key not in self._waiting and not self._order.cancelled:
            self._waiting.add(key)
            bound = QSize(max(key[1], 1), max(key[2], 1))
            path_of = self._path_of
            _workshop().pool.start(_Decode(self._order, key, lambda: decode_picture(path_of(attachment), bound)))
        return None

    def close(self) -> None:
        """Forget what has not begun; what comes of the rest is ignored."""
        self._order.cancelled = True
        self._waiting.clear()

    @Slot(object, object, QImage)
    def _keep_picture(self, order: _Order, key: _Key, image: QImage) -> None:
        if order is not self._order or order.cancelled:
            return
        self._waiting.discard(key)
        pixmap = QPixmap.fromImage(image) if not image.isNull() else QPixmap()
        self._cache[key] = pixmap
        self._bytes += _cost(pixmap)
        while self._bytes > CACHE_BYTES and len(self._cache) > 1:
            _, oldest = self._cache.popitem(last=False)
            self._bytes -= _cost(oldest)
        self.changed.emit()


def _cost(pixmap: QPixmap) -> int:
    return pixmap.width() * pixmap.height() * 4
