"""What a file is, by its content: the name and the sender's word count for nothing.

``sniff`` looks at the first bytes. A file whose name claims another kind than its content is shown as a
generic file, and kinds that can run something are named as risky before anybody opens them.
"""

import codecs
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO, Final

#: Bytes of the beginning that `sniff` wants.
SNIFF_BYTES: Final = 4096
#: Pictures above this are not decoded (RELIABILITY S13).
MAX_PIXELS: Final = 40_000_000

GENERIC: Final = "application/octet-stream"
#: What the window decodes by itself.
PICTURES: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})

#: Endings of files that run, install or reconfigure something when opened, on any of our platforms.
RISKY_ENDINGS: Final = frozenset(
    re.findall(
        r"\S+",
        "action ade adp apk app appimage appinstaller applescript application appref-ms appx appxbundle asp "
        "aspx bas bat bin cab chm cer class cmd cnt com command cpl crt csh deb der desktop diagcab dll dmg "
        "docm dotm drv ex ex_ exe fish fon fxp gadget grp hlp hpj hta htm html img inf ins inx ipa ipk iqy "
        "iso isp isu jar jnlp job js jse ksh lnk mad maf mag mam maq mar mas mat mau mav maw mcf mda mdb mde "
        "mdt mdw mdz mht mhtml mobileconfig msc msh msh1 msh1xml msh2 msh2xml mshxml msi msix msixbundle msp "
        "mst msu ops osd osx oxt paf pcd pif pkg pl plg potm ppam ppsm pptm prf prg ps1 ps1xml ps2 ps2xml "
        "psc1 psc2 psd1 psdm1 psm1 pst py pyc pyo pyw rb reg rgs rpm run scf scpt scptd scr sct sh shb shs "
        "shtml slk sldm smi snap svg svgz swf sys terminal theme tmp tool torrent udl url vb vbe vbp vbs vhd "
        "vhdx vsmacros vsw webloc website workflow ws wsc wsf wsh xhtml xbap xlam xll xlsb xlsm xltm xml xnk "
        "xpi zsh",
    )
)

#: Contents that are risky whatever they are called.
_RISKY_TYPES: Final = frozenset(
    {
        "application/vnd.microsoft.portable-executable",
        "application/x-elf",
        "application/x-mach-binary",
        "application/x-ms-shortcut",
        "application/java-vm",
        "application/vnd.ms-cab-compressed",
        "application/x-ole-storage",
        "application/vnd.debian.binary-package",
        "application/x-rpm",
        "application/x-iso9660-image",
        "text/x-script",
        "text/html",
        "image/svg+xml",
        "application/xml",
    }
)

_MAGIC: Final[tuple[tuple[int, bytes, str], ...]] = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"PK\x05\x06", "application/zip"),
    (0, b"\x1f\x8b", "application/gzip"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"Rar!\x1a\x07", "application/vnd.rar"),
    (0, b"OggS", "audio/ogg"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"fLaC", "audio/flac"),
    (0, b"#!AMR", "audio/amr"),
    (0, b"\x1a\x45\xdf\xa3", "video/webm"),
    (0, b"MZ", "application/vnd.microsoft.portable-executable"),
    (0, b"\x7fELF", "application/x-elf"),
    (0, b"\xcf\xfa\xed\xfe", "application/x-mach-binary"),
    (0, b"\xce\xfa\xed\xfe", "application/x-mach-binary"),
    (0, b"\xca\xfe\xba\xbe", "application/java-vm"),
    (0, b"L\x00\x00\x00\x01\x14\x02\x00", "application/x-ms-shortcut"),
    (0, b"MSCF", "application/vnd.ms-cab-compressed"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (0, b"!<arch>\ndebian", "application/vnd.debian.binary-package"),
    (0, b"\xed\xab\xee\xdb", "application/x-rpm"),
    (0, b"#!", "text/x-script"),
    (0, b"{\\rtf", "application/rtf"),
    (0, b"BEGIN:VCARD", "text/vcard"),
    (0, b"BEGIN:VCALENDAR", "text/calendar"),
    (0, b"BM", "image/bmp"),
    (0, b"II*\x00", "image/tiff"),
    (0, b"MM\x00*", "image/tiff"),
)

_MP4_BRANDS: Final = {b"qt  ": "video/quicktime", b"M4A ": "audio/mp4", b"heic": "image/heic", b"mif1": "image/heic",
                      b"avif": "image/avif", b"3gp4": "video/3gpp", b"3gp5": "video/3gpp"}  # fmt: skip

_OFFICE: Final = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odp": "application/vnd.oasis.opendocument.presentation",
}
_TEXTS: Final = {"csv": "text/csv", "vcf": "text/vcard", "ics": "text/calendar", "json": "application/json"}

_ENDINGS: Final = {
    "image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".gif", "image/webp": ".webp", "image/heic": ".heic",
    "image/avif": ".avif", "image/bmp": ".bmp", "image/tiff": ".tif", "application/pdf": ".pdf",
    "application/zip": ".zip",
    "application/gzip": ".gz", "application/x-7z-compressed": ".7z", "application/vnd.rar": ".rar",
    "audio/ogg": ".ogg",
    "audio/mpeg": ".mp3", "audio/flac": ".flac", "audio/amr": ".amr", "audio/wav": ".wav", "audio/mp4": ".m4a",
    "video/mp4": ".mp4", "video/quicktime": ".mov", "video/3gpp": ".3gp", "video/webm": ".webm",
    "application/rtf": ".rtf",
    "text/plain": ".txt", "text/csv": ".csv", "text/vcard": ".vcf", "text/calendar": ".ics",
    "application/json": ".json",
    **{media_type: f".{ending}" for ending, media_type in _OFFICE.items()},
}  # fmt: skip

#: Endings of one content that are as good as ours.
_ALSO: Final = {
    "image/jpeg": {"jpeg", "jpe", "jfif"}, "image/tiff": {"tiff"}, "image/heic": {"heif"}, "video/mp4": {"m4v"},
    "audio/ogg": {"oga", "opus",
    "ogv"}, "application/gzip": {"tgz"}, "audio/mpeg": {"mpga"}, "video/webm": {"mkv", "weba"},
    "text/plain": {"log", "md", "text", "tsv", "yaml", "yml", "srt", "asc",
    "eml"}, "application/zip": {"epub", "pages", "numbers"},
    "video/3gpp": {"3gpp", "3g2"},
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class FileKind:
    """What a file is. `mismatched`: its name claims something else, so it is shown as a generic file."""

    media_type: str
    risky: bool
    mismatched: bool = False


def sniff(head: bytes) -> str:
    """Return the media type that the first ``SNIFF_BYTES`` bytes show; ``GENERIC`` when unknown."""
    for offset, magic, media_type in _MAGIC:
        if head.startswith(magic, offset):
            return media_type
    if head[4:8] == b"ftyp":
        return _MP4_BRANDS.get(head[8:12], "video/mp4")
    if head[:4] == b"RIFF":
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav"}.get(head[8:12], GENERIC)
    if len(head) > 2 and head[0] == 0xFF and head[1] in (0xFB, 0xF3, 0xF2, 0xFA):
        return "audio/mpeg"
    return _sniff_text(head)


def kind_of(name: str, head: bytes) -> FileKind:
    """Return what a file called ``name`` that begins with ``head`` is to us."""
    content = sniff(head)
    ending = ending_of(name)
    risky = content in _RISKY_TYPES or any(part in RISKY_ENDINGS for part in (ending, _padded_ending(name)))
    if content == "application/zip" and ending in _OFFICE:
        return FileKind(media_type=_OFFICE[ending], risky=risky)
    if content == "text/plain" and ending in _TEXTS:
        return FileKind(media_type=_TEXTS[ending], risky=risky)
    mismatched = bool(ending) and not _fits(ending, content)
    return FileKind(media_type=GENERIC if mismatched or risky else content, risky=risky, mismatched=mismatched)


def ending_of(name: str) -> str:
    """Return the last ending of a file name in lower case, without the dot; "" when there is none."""
    stem, dot, ending = name.rstrip(" .").rpartition(".")
    return ending.strip().lower() if dot and stem else ""


def ending_for(media_type: str) -> str:
    """Return the usual ending (".jpg") of a media type; "" when unknown."""
    return _ENDINGS.get(media_type, "")


def picture_size(file: BinaryIO) -> tuple[int, int] | None:
    """Return (width, height) in pixels from the header of a picture; None when it is none or is damaged.

    Nothing is decoded, so the size of a decompression bomb is known before it can do harm.
    """
    head = file.read(32)
    reader = _SIZE_READERS.get(sniff(head))
    if reader is None:
        return None
    file.seek(0)
    try:
        width, height = reader(file)
    except (struct.error, ValueError, IndexError):
        return None
    return (width, height) if width > 0 and height > 0 else None


def _fits(ending: str, content: str) -> bool:
    usual = ending_for(content)
    if not usual:  # the name may say anything but a kind that we would have known
        return f".{ending}" not in _ENDINGS.values()
    return f".{ending}" == usual or ending in _ALSO.get(content, ()) or ending in RISKY_ENDINGS


def _padded_ending(name: str) -> str:
    """Return the ending that hides before padding, as in "invoice.exe   .pdf"; "" without padding."""
    stem = name.rstrip(" .").rpartition(".")[0]
    return ending_of(stem.rstrip()) if stem != stem.rstrip() else ""


def _sniff_text(head: bytes) -> str:
    if not head:
        return "text/plain"
    if any(byte < 9 or 13 < byte < 27 for byte in head):
        return GENERIC
    text = head.decode("utf-8", "ignore").lstrip("\ufeff \t\r\n").lower()
    if not text and head.strip():
        return GENERIC
    if (
        text.startswith(("<!doctype html", "<html", "<script", "<body", "<head", "<iframe", "<hta:"))
        or "<html" in text[:1024]
    ):
        return "text/html"
    if "<svg" in text[:1024]:
        return "image/svg+xml"
    if text.startswith(("<?xml", "<!doctype", "<!entity")):
        return "application/xml"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)  # the head may end within a character
    except UnicodeDecodeError:
        return GENERIC
    return "text/plain"


def _png_size(file: BinaryIO) -> tuple[int, int]:
    width, height = struct.unpack(">II", file.read(24)[16:24])
    return width, height


def _gif_size(file: BinaryIO) -> tuple[int, int]:
    width, height = struct.unpack("<HH", file.read(10)[6:10])
    return width, height


def _webp_size(file: BinaryIO) -> tuple[int, int]:
    head = file.read(30)
    if head[12:16] == b"VP8X":
        return 1 + int.from_bytes(head[24:27], "little"), 1 + int.from_bytes(head[27:30], "little")
    if head[12:16] == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    width, height = struct.unpack("<HH", head[26:30])
    return width & 0x3FFF, height & 0x3FFF


def _jpeg_size(file: BinaryIO) -> tuple[int, int]:
    file.seek(2)
    for _ in range(1000):  # a hostile file could consist of nothing but empty segments
        marker = file.read(2)
        while marker[1:] == b"\xff":
            marker = marker[1:] + file.read(1)
        if len(marker) < 2 or marker[0] != 0xFF:
            raise ValueError("no segment")
        length = struct.unpack(">H", file.read(2))[0]
        if 0xC0 <= marker[1] <= 0xCF and marker[1] not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">xHH", file.read(5))
            return width, height
        file.seek(max(length - 2, 0), 1)
    raise ValueError("no frame")


_SIZE_READERS: Final[dict[str, Callable[[BinaryIO], tuple[int, int]]]] = {
    "image/png": _png_size,
    "image/gif": _gif_size,
    "image/webp": _webp_size,
    "image/jpeg": _jpeg_size,
}
