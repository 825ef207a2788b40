import struct
import threading
import time
import zlib

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage

from desktop_inbox.errors import InvalidInputError
from desktop_inbox.views.pictures import Pictures, _workshop, decode_picture
from tests.support.fakes_timeline import attachment
from tests.support.qt import Stage, stage  # noqa: F401

BOUND = QSize(100, 100)


def picture(path, width=200, height=100, kind="png"):
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.darkGreen)
    assert image.save(str(path), kind)
    return path


def png_header(width, height):
    """A PNG that claims a size and holds nothing."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")


@pytest.mark.row("S13")
@pytest.mark.parametrize("kind", ["png", "jpg", "webp"])
def test_known_pictures_are_scaled_down_whatever_they_are_called(qapp, tmp_path, kind):
    image = decode_picture(picture(tmp_path / "photo.exe", kind=kind), BOUND)
    assert (image.width(), image.height()) == (100, 50)


@pytest.mark.row("S13", "P22")
@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("bomb.png", png_header(60_000, 60_000), "picture_too_large"),
        ("wide.png", png_header(100_000_000, 1), "picture_too_large"),
        ("broken.png", png_header(50, 50), "picture_broken"),
        ("drawing.png", b"<svg xmlns='http://www.w3.org/2000/svg'><image href='/etc/passwd'/></svg>", "picture_format"),
        ("old.png", b"II*\x00" + b"\0" * 100, "picture_format"),
        ("map.png", b"/* XPM */ static char *x[] = {}", "picture_format"),
        ("empty.png", b"", "picture_format"),
    ],
)
def test_everything_else_is_refused_before_it_is_decoded(qapp, tmp_path, name, content, code):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InvalidInputError) as caught:
        decode_picture(tmp_path / name, BOUND)
    assert caught.value.code == code


def test_a_missing_file_is_refused(qapp, tmp_path):
    with pytest.raises(InvalidInputError):
        decode_picture(tmp_path / "gone.png", BOUND)


@pytest.mark.row("S13")
def test_previews_are_made_on_other_threads_and_kept(stage, tmp_path):  # noqa: F811
    path, threads = picture(tmp_path / "a.png"), []

    def path_of(_attachment):
        threads.append(threading.get_ident())
        return path

    pictures = Pictures(path_of)
    found = attachment(1, media_type="image/png")
    assert pictures.pixmap(found, 50, 50, 2.0) is None
    stage.until(lambda: pictures.pixmap(found, 50, 50, 2.0) is not None)
    assert pictures.pixmap(found, 50, 50, 2.0).width() == 100
    assert len(threads) == 1
    assert threading.get_ident() not in threads
    pictures.close()


def test_what_cannot_be_shown_is_told_once(stage, tmp_path):  # noqa: F811
    (tmp_path / "a.png").write_bytes(b"nothing")
    pictures = Pictures(lambda _attachment: tmp_path / "a.png")
    found = attachment(1, media_type="image/png")
    pictures.pixmap(found, 50, 50, 1.0)
    stage.until(lambda: pictures.pixmap(found, 50, 50, 1.0) is not None)
    assert pictures.pixmap(found, 50, 50, 1.0).isNull()
    pictures.close()


@pytest.mark.row("L01")
def test_closing_does_not_wait_for_a_picture_and_ignores_it_later(stage, tmp_path):  # noqa: F811
    path, entered, go_on, calls = picture(tmp_path / "a.png"), threading.Event(), threading.Event(), []

    def slow_path_of(_attachment):
        entered.set()
        go_on.wait(20)
        return path

    pictures, others = Pictures(slow_path_of), Pictures(lambda _attachment: path)
    pictures.changed.connect(lambda: calls.append("late"))
    found = attachment(1, media_type="image/png")
    pictures.pixmap(found, 50, 50, 1.0)
    assert entered.wait(20)
    begin = time.monotonic()
    pictures.close()
    assert time.monotonic() - begin < 1
    others.pixmap(found, 60, 60, 1.0)
    stage.until(lambda: others.pixmap(found, 60, 60, 1.0) is not None)  # nobody else waits either
    go_on.set()
    assert _workshop().pool.waitForDone(20_000)
    stage.settle()
    assert calls == []
    assert pictures.pixmap(found, 50, 50, 1.0) is None
    others.close()
