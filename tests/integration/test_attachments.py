"""Files come in and go out through the folder, whatever they are called and however large they are."""

import os
import stat
import zlib
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

import psutil
import pytest

from desktop_inbox.errors import InvalidInputError, NotFoundError, SecretStoreError
from desktop_inbox.events import MessageChanged
from desktop_inbox.models.entities.attachment import Attachment, AttachmentState
from desktop_inbox.models.entities.channel import Capabilities, Channel, ReconcileClass
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.work import Work
from desktop_inbox.services.attachment_files import AttachmentFolder
from desktop_inbox.services.attachments import AttachmentService
from desktop_inbox.services.automatic_answers import AutomaticAnswers
from desktop_inbox.services.inbound import InboundService
from desktop_inbox.services.provider_pool import ProviderPool
from desktop_inbox.services.providers.base import (
    AmbiguousError,
    ChannelError,
    FetchResult,
    InboundAttachment,
    InboundMessage,
    NotSentError,
    Provider,
    ProviderError,
    RejectedError,
    ThrottledError,
)
from tests.support.offices import Office
from tests.support.run import run
from tests.unit.test_attachment_files import NAMES, png

FILES = Capabilities(
    schemes=frozenset({Scheme.MATRIX}), reconcile=ReconcileClass.IDEMPOTENT, attachments_in=True, attachments_out=True
)
Answer = bytes | Exception | Callable[[], Iterator[bytes]]


class FileProvider(Provider):
    """Answers downloads as it was told; an error is raised once, then the next answer counts."""

    kind = "matrix"
    title = summary = ""
    fields = ()

    def __init__(self) -> None:
        self.answers: dict[str, list[Answer]] = {}
        self.asked: list[str] = []
        self.written = 0

    @classmethod
    def capabilities_of(cls, settings: object) -> Capabilities:
        return FILES

    def check(self) -> tuple[()]:
        return ()

    def probe(self) -> None: ...

    def send(self, request: object) -> object:  # type: ignore[override]
        raise AssertionError("nothing is sent")

    def fetch(self, cursor: str, *, wait: timedelta) -> FetchResult:
        return FetchResult(cursor=cursor)

    def download(self, reference: str, sink: BinaryIO, *, max_bytes: int) -> None:
        self.asked.append(reference)
        answers = self.answers[reference]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        for chunk in [answer] if isinstance(answer, bytes) else answer():
            sink.write(chunk)
            self.written += len(chunk)


class Desk:
    """An office whose channel delivers files."""

    def __init__(self, office: Office, folder: Path) -> None:
        self.office = office
        self.provider = FileProvider()
        self.folder = folder
        self.channel: Channel = office.store.run_sync(
            lambda work: work.channels.add(kind="matrix", name="Files", address="", settings={})
        )
        self.free = 10**12
        self.service = self.new_service()

    def new_service(self) -> AttachmentService:
        return AttachmentService(
            self.office.store,
            self.office.clock,
            attachments_dir=self.folder / "attachments",
            outbox_dir=self.folder / "outbox",
            pool=ProviderPool(lambda *_: "", build=lambda *_: self.provider),
            folder=AttachmentFolder(self.folder / "attachments", free_space=lambda _: self.free),
        )

    def receive(self, *files: tuple[str, Answer], size: int | None = None) -> None:
        """Store a message with these files: (original name, what the provider answers)."""
        attachments = []
        for name, answer in files:
            reference = f"file-{len(self.provider.answers)}"
            self.provider.answers[reference] = [answer]
            attachments.append(InboundAttachment(reference=reference, name=name, size=size))
        message = InboundMessage(
            provider_message_id=f"m{len(self.provider.answers)}",
            scheme=Scheme.MATRIX,
            address="@ana:example.org",
            text="",
            occurred_at=self.office.clock(),
            attachments=tuple(attachments),
        )
        inbound = InboundService(self.office.store, answers=AutomaticAnswers(None))  # type: ignore[arg-type]
        run(inbound.take(self.channel, FILES, FetchResult(cursor="", messages=(message,))))

    def attachments(self) -> list[Attachment]:
        def read(work: Work) -> list[Attachment]:
            contact = work.contacts.find_address(Scheme.MATRIX, "@ana:example.org")
            assert contact is not None
            conversation = work.conversations.of_contact(contact.contact_id)
            entries = work.timeline.since(conversation, 0, 1000).entries
            found = work.attachments.of([entry.id for entry in entries])
            return [file for entry in entries for file in found.get(entry.id, ())]

        return self.office.store.read_sync(read)

    def download(self) -> int:
        return run(self.service.download_pending())

    def files(self) -> list[Path]:
        return [path for path in self.folder.rglob("*") if path.is_file()]


@pytest.fixture
def desk(sqlite_office: Office, tmp_path: Path) -> Iterator[Desk]:
    made = Desk(sqlite_office, tmp_path / "data")
    yield made
    made.service.close()


@pytest.mark.row("S4-47", "S12")
def test_a_received_file_is_fetched_and_announced(office: Office, tmp_path: Path) -> None:
    desk = Desk(office, tmp_path / "data")
    desk.receive(("photo.jpg", png(20, 10)), ("notes.txt", b"hello"))
    office.heard.clear()
    assert desk.download() == 2
    photo, notes = desk.attachments()
    assert (photo.state, photo.media_type, photo.width) == (AttachmentState.READY, "application/octet-stream", 0)
    assert (notes.state, notes.media_type, notes.size) == (AttachmentState.READY, "text/plain", 5)
    assert desk.service.path_of(notes).read_bytes() == b"hello"
    assert photo.original_name == "photo.jpg"
    assert sum(isinstance(event, MessageChanged) for event in office.heard) == 2
    assert desk.download() == 0
    assert desk.provider.asked == ["file-0", "file-1"]
    desk.service.close()


@pytest.mark.row("P22", "S11", "S12")
def test_attachments_hostile(desk: Desk) -> None:
    executables = [
        "a.exe", "b.msi", "c.lnk", "d.scr", "e.js", "f.hta", "g.ps1", "h.reg", "i.chm", "j.dmg", "k.apk", "l.jar",
        "m.settingcontent-ms", "n.desktop", "o.docm",
    ]  # fmt: skip

    def packed(data: bytes) -> bytes:
        return zlib.compress(data * 50_000_000, 9)

    def gigabyte() -> Iterator[bytes]:
        block = b"\0" * 1_000_000
        for _ in range(1000):
            yield block

    bombs: list[tuple[str, Answer]] = [
        ("dimension.png", png(30_000, 30_000)),
        ("bomb.zip", b"PK\x03\x04" + packed(b"\0")),
        ("bomb.gz", b"\x1f\x8b\x08" + packed(b"\1")),
        ("bomb.svg", b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "lol">]><svg>&a;</svg>'),
        ("bomb.gif", b"GIF89a\x0a\0\x0a\0\0\0\0" + b"\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0" * 100_000 + b";"),
        ("film.mp4", gigabyte),
    ]
    cases: list[tuple[str, Answer]] = [(name, b"content of " + name.encode("utf-8", "replace")) for name, _ in NAMES]
    cases += [(name, b"MZ " + name.encode()) for name in executables] + bombs
    for case in cases:
        desk.receive(case)
    before = psutil.Process().memory_info().rss
    fetched = desk.download()
    rise = psutil.Process().memory_info().rss - before
    found = desk.attachments()
    print(
        f"{len(NAMES)} names, {len(executables)} executables, {len(bombs)} bombs: {fetched} kept, +{rise / 1e6:.0f} MB"
    )
    assert (len(NAMES), len(executables), len(bombs)) == (40, 15, 6)
    assert rise <= 150_000_000
    assert fetched == len(cases) - 1
    refused = [file for file in found if file.state is not AttachmentState.READY]
    assert [(file.original_name, file.state) for file in refused] == [("film.mp4", AttachmentState.REFUSED)]
    assert "25 MB" in refused[0].reason
    assert desk.provider.written < 26_000_000 + sum(len(answer) for _, answer in cases if isinstance(answer, bytes))
    root = desk.folder / "attachments"
    for file in found:
        if file.state is AttachmentState.READY:
            path = desk.service.path_of(file)
            assert path.resolve().is_relative_to(root.resolve())
            assert path.suffix == ""
            if os.name == "posix":
                assert stat.S_IMODE(path.stat().st_mode) == 0o600
            assert file.media_type == "application/octet-stream" or not file.original_name.startswith(
                tuple(executables)
            )
            assert file.width * file.height <= 40_000_000
    assert {path.parent.parent for path in desk.files()} == {root}


@pytest.mark.row("S14")
def test_the_files_of_one_message_have_a_limit_together(desk: Desk) -> None:
    def twenty() -> Iterator[bytes]:
        for _ in range(24):
            yield b"\0" * 1_000_000

    desk.receive(*[(f"{number}.bin", twenty) for number in range(6)])
    desk.provider.answers = {key: [lambda key=key: iter([key.encode(), *twenty()])] for key in desk.provider.answers}
    desk.download()
    states = [file.state for file in desk.attachments()]
    assert states == [AttachmentState.READY] * 4 + [AttachmentState.REFUSED] * 2


@pytest.mark.row("S14")
def test_a_file_announced_as_too_large_is_not_asked_for(desk: Desk) -> None:
    desk.receive(("film.mp4", b"x"), size=26_000_000)
    desk.download()
    assert desk.attachments()[0].state is AttachmentState.REFUSED
    assert desk.provider.asked == []


@pytest.mark.row("S4-47")
@pytest.mark.parametrize(
    ("error", "state"),
    [
        (RejectedError("Gone.", code="M_NOT_FOUND"), AttachmentState.FAILED),
        (RejectedError("The file is larger than allowed.", code="too_large"), AttachmentState.REFUSED),
    ],
)
def test_what_will_never_come_is_not_asked_for_again(desk: Desk, error: ProviderError, state: AttachmentState) -> None:
    desk.receive(("a.txt", error))
    desk.download()
    desk.office.clock.advance(timedelta(days=1))
    desk.download()
    (file,) = desk.attachments()
    assert (file.state, file.reason) == (state, error.text)
    assert len(desk.provider.asked) == 1


@pytest.mark.row("S4-47", "P13")
@pytest.mark.parametrize(
    ("error", "pause"),
    [
        (NotSentError("Offline."), timedelta(minutes=16)),
        (AmbiguousError("Broke off."), timedelta(minutes=16)),
        (ThrottledError("Slow down.", retry_after=timedelta(seconds=40)), timedelta(seconds=40)),
        (ThrottledError("Slow down.", retry_after=timedelta(0)), timedelta(seconds=1)),
        (ChannelError("Wrong token.", code="M_UNKNOWN_TOKEN"), timedelta(minutes=15)),
    ],
)
def test_what_may_come_later_is_asked_for_again(desk: Desk, error: ProviderError, pause: timedelta) -> None:
    desk.receive(("a.txt", b"hello"))
    desk.provider.answers["file-0"] = [error, b"hello"]
    assert desk.download() == 0
    (file,) = desk.attachments()
    assert (file.state, file.reason) == (AttachmentState.PENDING, error.text)
    assert desk.download() == 0
    assert len(desk.provider.asked) == 1
    desk.office.clock.advance(pause)
    assert desk.download() == 1
    assert desk.attachments()[0].reason == ""


def test_after_eight_attempts_a_file_has_failed(desk: Desk) -> None:
    desk.receive(("a.txt", NotSentError("Offline.")))
    for _ in range(12):
        desk.download()
        desk.office.clock.advance(timedelta(hours=1))
    assert desk.attachments()[0].state is AttachmentState.FAILED
    assert len(desk.provider.asked) == 8


def test_a_computer_without_the_secrets_leaves_files_to_the_others(desk: Desk) -> None:
    desk.receive(("a.txt", b"hello"))
    desk.provider.answers["file-0"] = [SecretStoreError("secrets.missing", "A secret is missing."), b"hello"]
    assert desk.download() == 0
    (file,) = desk.attachments()
    assert (file.state, file.reason) == (AttachmentState.PENDING, "")
    assert desk.download() == 0
    other = desk.new_service()
    assert run(other.download_pending()) == 1
    other.close()


@pytest.mark.row("P16", "S14")
def test_a_full_disk_loses_nothing(desk: Desk) -> None:
    desk.receive(("a.txt", b"hello"))
    desk.free = 1000
    desk.download()
    (file,) = desk.attachments()
    assert file.state is AttachmentState.PENDING
    assert "space" in file.reason
    desk.free = 10**12
    desk.office.clock.advance(timedelta(minutes=15))
    assert desk.download() == 1


@pytest.mark.row("C06", "S4-47")
def test_stage_keeps_a_copy_and_its_name(desk: Desk, tmp_path: Path) -> None:
    source = tmp_path / "price list?.pdf"
    source.write_bytes(b"%PDF-1.7 prices")
    staged = run(desk.service.stage(source, name=source.name))
    source.unlink()
    assert (staged.name, staged.media_type, staged.size) == ("price list_.pdf", "application/pdf", 15)
    assert (staged.risky, staged.path.name) == (False, "price list_.pdf")
    assert staged.path.read_bytes() == b"%PDF-1.7 prices"
    outgoing = desk.service.file_of(str(staged.path))
    assert (outgoing.name, outgoing.media_type, outgoing.size) == ("price list_.pdf", "application/pdf", 15)
    assert (
        desk.service.path_of(Attachment(id=1, message_id=1, sha256=outgoing.sha256)).read_bytes() == b"%PDF-1.7 prices"
    )  # type: ignore[arg-type]
    again = run(desk.new_service().stage(staged.path, name=staged.path.name))
    assert again == staged
    pasted = run(desk.service.stage(png(3, 3), name="pasted"))
    assert (pasted.name, pasted.media_type) == ("pasted.png", "image/png")
    picture = desk.service.file_of(str(pasted.path))
    assert (picture.width, picture.height) == (3, 3)
    assert run(desk.service.stage(b"MZ", name="tool.exe")).risky


@pytest.mark.row("S11")
@pytest.mark.parametrize("path", ["/etc/passwd", "outbox/../x", "nowhere"])
def test_only_staged_files_can_be_sent(desk: Desk, path: str) -> None:
    with pytest.raises(InvalidInputError):
        desk.service.file_of(str(desk.folder / path) if not path.startswith("/") else path)


@pytest.mark.row("S4-47", "S11")
def test_save_a_copy(desk: Desk, tmp_path: Path) -> None:
    desk.receive(("a.txt", b"hello"))
    desk.download()
    (file,) = desk.attachments()
    run(desk.service.save_copy(file, tmp_path / "saved.txt"))
    assert (tmp_path / "saved.txt").read_bytes() == b"hello"
    desk.service.path_of(file).unlink()  # another computer of the team never had it
    run(desk.service.save_copy(file, tmp_path / "again.txt"))
    assert (tmp_path / "again.txt").read_bytes() == b"hello"
    desk.service.path_of(file).unlink()
    desk.provider.answers["file-0"] = [NotSentError("Offline.")]
    with pytest.raises(NotFoundError):
        run(desk.service.save_copy(file, tmp_path / "never.txt"))
    assert desk.attachments()[0].state is AttachmentState.READY
    assert not (tmp_path / "never.txt").exists()


def test_staged_files_do_not_stay_for_ever(desk: Desk) -> None:
    staged = run(desk.service.stage(b"old", name="old.txt"))
    desk.office.clock.set(desk.office.clock().replace(year=2000))
    desk.service.tidy()
    assert staged.path.exists()
    desk.office.clock.set(desk.office.clock().replace(year=2100))
    desk.service.tidy()
    assert not staged.path.exists()
    assert desk.service.path_of(Attachment(id=1, message_id=1, sha256=staged.path.parent.name)).exists()  # type: ignore[arg-type]
