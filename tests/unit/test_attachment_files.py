"""Hostile names, kinds and streams are contained."""

import gzip
import io
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_inbox.errors import InvalidInputError, NotFoundError, StoreError
from desktop_inbox.services.attachment_files import (
    AttachmentFolder,
    create_private,
    free_name,
    safe_name,
    save_copy,
)
from desktop_inbox.services.file_kinds import kind_of, picture_size, sniff

posix = pytest.mark.skipif(os.name != "posix", reason="POSIX permissions")


def png(width: int, height: int) -> bytes:
    """A PNG whose header claims any size; its data is one short row."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")


def gif(width: int, height: int, frames: int = 1) -> bytes:
    frame = b"\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0"
    return b"GIF89a" + struct.pack("<HH", width, height) + b"\x80\0\0\0\0\0\xff\xff\xff" + frame * frames + b";"


NAMES = [
    ("photo.jpg", "photo.jpg"),
    ("../../etc/passwd", "passwd"),
    ("..\\..\\Windows\\win.ini", "win.ini"),
    ("C:\\Users\\x\\evil.exe", "evil.exe"),
    ("/etc/shadow", "shadow"),
    ("\\\\server\\share\\x.pdf", "x.pdf"),
    ("..", "file"),
    (".", "file"),
    ("", "file"),
    ("   ", "file"),
    ("...", "file"),
    ("a/", "a"),
    (".bashrc", "bashrc"),
    (".ssh/authorized_keys", "authorized_keys"),
    ("CON", "_CON"),
    ("nul.txt", "_nul.txt"),
    ("COM1.log", "_COM1.log"),
    ("LPT¹.txt", "_LPT¹.txt"),
    ("aux.tar.gz", "_aux.tar.gz"),
    ("invoice.pdf.", "invoice.pdf"),
    ("invoice.pdf   ", "invoice.pdf"),
    ("invoice.exe   .pdf", "invoice.exe.pdf"),
    ("file.txt:evil.exe", "file.txt_evil.exe"),
    ("a<b>c|d?e*.txt", "a_b_c_d_e_.txt"),
    ('say "hi".txt', "say _hi_.txt"),
    ("line\nbreak.txt", "line break.txt"),
    ("tab\there.txt", "tab here.txt"),
    ("nul\x00byte.txt", "nulbyte.txt"),
    ("bell\x07.txt", "bell.txt"),
    ("photo\u202egpj.exe", "photogpj.exe"),
    ("\u2066photo\u2069.png", "photo.png"),
    ("zero\u200bwidth.txt", "zerowidth.txt"),
    ("-rf.txt", "_-rf.txt"),
    ("~root.txt", "_~root.txt"),
    ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
    ("漢" * 100 + ".pdf", "漢" * 38 + ".pdf"),
    ("cafe\u0301.txt", "café.txt"),
    ("lone\ud800.txt", "lone.txt"),
    ("a.verylongendingthatisnone", "a.verylongendingthatisnone"),
    ("📷 holiday.jpeg", "📷 holiday.jpeg"),
]


@pytest.mark.row("S11", "P22")
def test_the_name_corpus_has_the_promised_size() -> None:
    assert len({name for name, _ in NAMES}) == 40


@pytest.mark.row("S11", "P22")
@pytest.mark.parametrize(("name", "saved"), NAMES)
def test_safe_name(name: str, saved: str, tmp_path: Path) -> None:
    assert safe_name(name) == saved
    target = tmp_path / safe_name(name)
    assert target.resolve().parent == tmp_path.resolve()
    create_private(target).close()


@pytest.mark.row("S11", "P22", "P30")
@given(st.text(max_size=300))
def test_any_name_becomes_harmless(name: str) -> None:
    saved = safe_name(name)
    assert 0 < len(saved.encode()) <= 120
    assert not set(saved) & set('/\\:*?"<>|\0\n\r')
    assert saved == saved.strip(" .")
    assert not saved.startswith((".", "-", "~"))
    assert safe_name(saved) == saved


@pytest.mark.row("S11")
def test_an_ending_is_added_where_the_name_has_none() -> None:
    assert safe_name("scan", media_type="application/pdf") == "scan.pdf"
    assert safe_name("", media_type="image/jpeg") == "file.jpg"
    assert safe_name("scan.png", media_type="application/pdf") == "scan.png"


EXECUTABLES = [
    ("setup.exe", b"MZ\x90\0"),
    ("installer.msi", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
    ("notes.lnk", b"L\0\0\0\x01\x14\x02\0"),
    ("saver.scr", b"MZ"),
    ("script.js", b"alert(1)"),
    ("app.hta", b"<hta:application>"),
    ("tool.ps1", b"Get-Item"),
    ("keys.reg", b"Windows Registry Editor"),
    ("help.chm", b"ITSF\x03\0\0\0"),
    ("disk.dmg", b"\x00\x01\x02"),
    ("phone.apk", b"PK\x03\x04"),
    ("java.jar", b"PK\x03\x04"),
    ("panel.settingcontent-ms", b"<?xml version='1.0'?>"),
    ("run.desktop", b"[Desktop Entry]"),
    ("macro.docm", b"PK\x03\x04"),
    ("go.command", b"#!/bin/sh"),
    ("page.html", b"<html>"),
    ("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
    ("site.webloc", b"<?xml"),
    ("image.iso", b"\0" * 16),
]


@pytest.mark.row("S12", "C06", "P22")
@pytest.mark.parametrize(("name", "head"), EXECUTABLES)
def test_risky_by_name_and_shown_as_generic(name: str, head: bytes) -> None:
    for spelled in (name, name.upper(), f"{name}.", f"{name} ", f"holiday.jpg.{name}"):
        kind = kind_of(spelled, head)
        assert kind.risky, spelled
        assert kind.media_type == "application/octet-stream" or kind.media_type.startswith("application/vnd.openxml")


@pytest.mark.row("S12", "P22")
@pytest.mark.parametrize(
    "head",
    [
        b"MZ\x90\0",
        b"\x7fELF\x02",
        b"\xcf\xfa\xed\xfe",
        b"#!/bin/sh\n",
        b"<!DOCTYPE html><p>",
        b" \n<svg onload='x'>",
        b"<?xml?>",
    ],
)
def test_risky_by_content_whatever_the_name_says(head: bytes) -> None:
    for name in ("photo.jpg", "notes.txt", "", "invoice.pdf"):
        assert kind_of(name, head).risky


@pytest.mark.row("S12")
def test_padding_does_not_hide_an_ending() -> None:
    assert kind_of("invoice.exe          .pdf", b"%PDF-1.7").risky


@pytest.mark.row("S12")
@pytest.mark.parametrize(
    ("name", "head", "media_type", "mismatched"),
    [
        ("a.png", png(2, 2), "image/png", False),
        ("a.jpeg", b"\xff\xd8\xff\xe0", "image/jpeg", False),
        ("a.gif", gif(2, 2), "image/gif", False),
        ("a.webp", b"RIFF\0\0\0\0WEBPVP8 ", "image/webp", False),
        ("a.pdf", b"%PDF-1.7", "application/pdf", False),
        ("a.mp4", b"\0\0\0\x18ftypisom", "video/mp4", False),
        ("a.mov", b"\0\0\0\x14ftypqt  ", "video/quicktime", False),
        ("a.ogg", b"OggS\0", "audio/ogg", False),
        ("a.docx", b"PK\x03\x04", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", False),
        ("a.csv", "Größe,1\n".encode(), "text/csv", False),
        ("a.txt", "héllo".encode(), "text/plain", False),
        ("README", b"plain", "text/plain", False),
        ("photo.jpg", b"<svg/>", "application/octet-stream", True),
        ("photo.jpg", png(2, 2), "application/octet-stream", True),
        ("photo.png", b"GARBAGE\0\1\2", "application/octet-stream", True),
        ("report.pdf", b"PK\x03\x04", "application/octet-stream", True),
        ("data.xyz", b"\0\1\2\3", "application/octet-stream", False),
        ("", png(2, 2), "image/png", False),
    ],
)
def test_kind_is_by_content(name: str, head: bytes, media_type: str, mismatched: bool) -> None:
    kind = kind_of(name, head)
    assert (kind.media_type, kind.mismatched) == (media_type, mismatched)


@pytest.mark.row("P30", "P22")
@given(st.text(max_size=40), st.binary(max_size=200))
def test_any_file_has_a_kind(name: str, data: bytes) -> None:
    kind_of(name, data)
    for magic in (b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF\0\0\0\0WEBPVP8X"):
        picture_size(io.BytesIO(magic + data))


@pytest.mark.row("S13")
def test_picture_size_is_read_from_the_header() -> None:
    jpeg = b"\xff\xd8\xff\xe0\0\x10" + b"x" * 14 + b"\xff\xff\xc0\0\x11\x08\x01\x02\x03\x04" + b"x" * 12
    webp = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x0f\x01\0\x1f\x02\0"
    lossless = b"RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f" + struct.pack("<I", 99 | 49 << 14) + b"\0" * 8
    sizes = [picture_size(io.BytesIO(data)) for data in (png(7, 9), gif(300, 200), jpeg, webp, lossless, b"%PDF")]
    assert sizes == [(7, 9), (300, 200), (772, 258), (272, 544), (100, 50), None]


@pytest.mark.row("S11", "S6")
@posix
def test_stored_privately_under_the_hash(tmp_path: Path) -> None:
    folder = AttachmentFolder(tmp_path / "attachments")
    stored = folder.put(png(3, 2), name="../../x.png")
    assert stored.path == folder.path_of(stored.sha256)
    assert stored.path.is_relative_to(tmp_path / "attachments")
    assert stored.path.read_bytes() == png(3, 2)
    assert (stored.media_type, stored.width, stored.height, stored.risky) == ("image/png", 3, 2, False)
    assert stat.S_IMODE(stored.path.stat().st_mode) == 0o600
    assert {stat.S_IMODE(each.stat().st_mode) for each in (folder.root, stored.path.parent)} == {0o700}
    again = folder.put(png(3, 2), name="other.png")
    assert again.path == stored.path
    assert [path for path in folder.root.rglob("*") if path.is_file()] == [stored.path]


@pytest.mark.row("S11")
@pytest.mark.parametrize("sha256", ["", "../../etc/passwd", "A" * 64, "a" * 63, "a" * 64 + "\n"])
def test_only_a_hash_is_a_place(tmp_path: Path, sha256: str) -> None:
    with pytest.raises(InvalidInputError):
        AttachmentFolder(tmp_path).path_of(sha256)


@pytest.mark.row("S14", "P16")
def test_a_full_disk_is_noticed_before_and_during(tmp_path: Path) -> None:
    free = [10_000_000_000]
    folder = AttachmentFolder(tmp_path, free_space=lambda _: free[0])
    free[0] = 200_000_010
    with pytest.raises(StoreError, match="space"):
        folder.put(b"x" * 100, name="a")
    free[0] = 10_000_000_000

    def filling() -> None:
        with folder.writer(max_bytes=100_000_000) as writer:
            for _ in range(40):
                writer.write(b"x" * 1_000_000)
                free[0] -= 500_000_000
            writer.finish("a")

    with pytest.raises(StoreError, match="space"):
        filling()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.row("S11")
def test_what_a_crash_left_is_removed(tmp_path: Path) -> None:
    folder = AttachmentFolder(tmp_path)
    stored = folder.put(b"kept", name="a.txt")
    with folder.writer() as writer:
        writer.write(b"half")
        (partial,) = tmp_path.glob("partial-*")
        partial.with_name("partial-old").write_bytes(b"half of a crash")
    assert folder.clean_up() == 1
    assert stored.path.read_bytes() == b"kept"


def _stream(total: int) -> Iterator[bytes]:
    block = b"\0" * 1_000_000
    for _ in range(total // len(block)):
        yield block


def _zip_bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", b"\0" * 50_000_000)
    return packed.getvalue()


def _svg_bomb() -> bytes:
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    return f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "lol">{entities}]><svg>&a9;</svg>'.encode()


@pytest.mark.row("P22", "S13", "S14")
def test_six_bombs(tmp_path: Path) -> None:
    folder = AttachmentFolder(tmp_path)
    process = psutil.Process()
    before = process.memory_info().rss
    dimension = folder.put(png(30_000, 30_000), name="big.png")
    assert (dimension.width, dimension.height) == (0, 0)
    assert picture_size(io.BytesIO(png(30_000, 30_000))) == (30_000, 30_000)
    archive = folder.put(_zip_bomb(), name="zeros.zip")
    assert archive.size < 100_000
    packed = folder.put(gzip.compress(b"\0" * 50_000_000), name="zeros.gz")
    assert packed.size < 100_000
    drawing = folder.put(_svg_bomb(), name="drawing.png")
    assert drawing.risky
    assert (drawing.media_type, drawing.width) == ("application/octet-stream", 0)
    animated = folder.put(gif(10, 10, frames=100_000), name="dance.gif")
    assert (animated.media_type, animated.width) == ("image/gif", 10)

    def endless() -> None:
        with folder.writer() as writer:
            for block in _stream(1_000_000_000):
                writer.sink.write(block)
                taken.append(len(block))

    taken: list[int] = []
    with pytest.raises(InvalidInputError, match="larger than 25 MB"):
        endless()
    assert sum(taken) == 25_000_000
    rise = process.memory_info().rss - before
    print(f"6 bombs: memory rose by {rise / 1e6:.0f} MB; {sum(taken) / 1e6:.0f} MB of 1000 MB accepted")
    assert rise <= 150_000_000
    assert not list(tmp_path.glob("partial-*"))


@pytest.mark.row("S14")
def test_a_file_known_to_be_too_large_is_not_begun(tmp_path: Path) -> None:
    source = tmp_path / "large"
    with source.open("wb") as file:
        file.truncate(26_000_000)
    with pytest.raises(InvalidInputError, match="larger than 25 MB"):
        AttachmentFolder(tmp_path / "in").put(source, name="large")
    assert not (tmp_path / "in").exists()


@posix
@pytest.mark.row("S11", "S12")
def test_save_copy(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"content")
    source.chmod(0o755)
    victim = tmp_path / "victim"
    victim.write_bytes(b"untouched")
    target = tmp_path / "copy.txt"
    target.symlink_to(victim)
    save_copy(source, target)
    assert not target.is_symlink()
    assert (target.read_bytes(), victim.read_bytes()) == (b"content", b"untouched")
    assert stat.S_IMODE(target.stat().st_mode) & 0o111 == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy.txt", "source", "victim"]
    with pytest.raises(NotFoundError):
        save_copy(tmp_path / "gone", target)
    with pytest.raises(StoreError):
        save_copy(source, tmp_path / "no folder" / "copy")


@posix
@pytest.mark.row("S11")
def test_only_regular_files_are_staged(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name in ("pipe", ".", "gone"):
        with pytest.raises(InvalidInputError):
            AttachmentFolder(tmp_path / "in").put(tmp_path / name, name="x")


@posix
@pytest.mark.row("S11")
def test_a_symbolic_link_is_never_written_through(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "victim")
    with pytest.raises(FileExistsError):
        create_private(tmp_path / "link")
    assert not (tmp_path / "victim").exists()


@pytest.mark.row("S11")
def test_free_name(tmp_path: Path) -> None:
    assert free_name(tmp_path, "a.jpg").name == "a.jpg"
    (tmp_path / "a.jpg").touch()
    (tmp_path / "a (2).jpg").touch()
    assert free_name(tmp_path, "a.jpg").name == "a (3).jpg"


def test_sniff_does_not_take_a_cut_character_for_binary() -> None:
    assert sniff(("x" * 4095 + "é").encode()[:4096]) == "text/plain"
