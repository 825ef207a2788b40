"""AttachmentService: files of messages, from the composer to the folder and from providers to the folder.

What a person attaches is copied at once: the original may change or vanish before the message leaves. The
copy lies under its hash; the staged path, which drafts keep, is a link to it that still has the name.
"""

import asyncio
import contextlib
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, TypeVar

from desktop_inbox.clock import EPOCH, Clock
from desktop_inbox.errors import InboxError, InvalidInputError, NotFoundError, SecretStoreError, StoreError
from desktop_inbox.models.entities.attachment import Attachment, AttachmentState
from desktop_inbox.models.entities.channel import Channel, ChannelState
from desktop_inbox.models.entities.exchange import Exchange, ExchangeKind
from desktop_inbox.models.entities.ids import AttachmentId
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work
from desktop_inbox.services import http_record, retry
from desktop_inbox.services.attachment_files import (
    MAX_FILE_BYTES,
    MAX_MESSAGE_BYTES,
    AttachmentFolder,
    StoredFile,
    private_folder,
    safe_name,
    save_copy,
    shown_size,
)
from desktop_inbox.services.channel_thread import ChannelThread
from desktop_inbox.services.enqueue import OutgoingFile
from desktop_inbox.services.file_kinds import SNIFF_BYTES, kind_of
from desktop_inbox.services.provider_pool import ProviderPool
from desktop_inbox.services.providers.base import ChannelError, ProviderError, RejectedError, ThrottledError

T = TypeVar("T")

#: A staged file that no message took for so long belongs to a draft that nobody will finish.
_STAGED_FOR: Final = timedelta(days=30)
#: What waiting alone does not mend is looked at again after this time.
_MEND_PAUSE: Final = timedelta(minutes=15)
_ROUND: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class StagedFile:
    """A file that waits to be sent. `path` is what drafts and the outbox are given."""

    path: Path
    media_type: str  # by content
    size: int  # bytes
    name: str  # for display
    risky: bool  # could run something when opened


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pending:
    """A file to fetch, and where from."""

    attachment: Attachment
    channel: Channel | None
    siblings: int  # bytes that the other files of its message take


class AttachmentService:
    """Keeps the files of messages under ``attachments_dir`` and those to be sent under ``outbox_dir``."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        attachments_dir: Path,
        outbox_dir: Path,
        pool: ProviderPool,
        folder: AttachmentFolder | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._folder = folder or AttachmentFolder(attachments_dir)
        self._staging = outbox_dir
        self._pool = pool
        self._attempts: dict[AttachmentId, int] = {}
        self._left_until: dict[AttachmentId, datetime] = {}
        self._thread: ChannelThread | None = None
        self._tidied = False

    async def stage(self, source: Path | bytes, *, name: str) -> StagedFile:
        """Copy a file or bytes, such as a pasted picture, so that it can be sent later.

        A path that was staged before stays as it is. Raises InvalidInputError for what is no readable file or
        is too large, StoreError when the disk is full.
        """
        return await asyncio.to_thread(self._stage, source, name)

    def stage_now(self, source: Path | bytes, name: str) -> StagedFile:
        """Do the same at once; blocks, so it is called on a worker thread."""
        return self._stage(source, name)

    def file_of(self, path: str) -> OutgoingFile:
        """Return what lies behind a staged path. Blocks; InvalidInputError when it was not staged."""
        staged, stored = self._staged(Path(path))
        width, height = shown_size(staged.path, staged.media_type)
        return OutgoingFile(
            sha256=stored,
            media_type=staged.media_type,
            size=staged.size,
            name=staged.name,
            width=width,
            height=height,
        )

    def path_of(self, attachment: Attachment) -> Path:
        """Return where the file lies; it may be missing, as on a computer that never fetched it."""
        return self._folder.path_of(attachment.sha256)

    async def save_copy(self, attachment: Attachment, target: Path) -> None:
        """Copy the file to where a person chose; fetches it first where this computer does not have it.

        Raises NotFoundError when it is nowhere, StoreError when the copy cannot be written.
        """
        if not attachment.sha256 or not await asyncio.to_thread(self.path_of(attachment).is_file):
            attachment = await self.fetch(attachment)
        await asyncio.to_thread(save_copy, self.path_of(attachment), target)

    async def fetch(self, attachment: Attachment) -> Attachment:
        """Fetch one file now and return it as it is afterwards; NotFoundError when that did not work."""
        await self._take(attachment)
        found = await self._store.read(lambda work: work.attachments.of([attachment.message_id]))
        for current in found.get(attachment.message_id, ()):
            if current.id == attachment.id and current.state is AttachmentState.READY:
                return current
        raise NotFoundError(
            "attachment.missing", "The file of this attachment cannot be fetched.", hint="Try again later."
        )

    async def download_pending(self) -> int:
        """Fetch the files of received messages that are due; returns how many are here now."""
        if not self._tidied:
            self._tidied = True
            await asyncio.to_thread(self.tidy)
        fetched = 0
        while due := [one for one in await self._store.read(self._due) if self._clock() >= self._not_here(one)]:
            for attachment in due:
                fetched += await self._take(attachment)
        return fetched

    def _due(self, work: Work) -> tuple[Attachment, ...]:
        return work.attachments.due(self._clock(), limit=_ROUND)

    def _not_here(self, attachment: Attachment) -> datetime:
        """Return until when this computer leaves a file to the others, which have the channel's secrets."""
        return self._left_until.get(attachment.id, EPOCH)

    def tidy(self) -> None:
        """Delete what a crash left half written, and files staged long ago. Blocks."""
        self._folder.clean_up()
        oldest = (self._clock() - _STAGED_FOR).timestamp()
        for path in self._staging.glob("*/*"):
            with contextlib.suppress(OSError):
                if path.stat().st_ctime < oldest:
                    path.unlink()
                    path.parent.rmdir()

    def purge(self, hashes: Sequence[str]) -> None:
        """Delete contents that nothing needs any more, and staged files made of them. Blocks."""
        for sha256 in hashes:
            self._folder.remove(sha256)
            shutil.rmtree(self._staging / sha256, ignore_errors=True)

    def close(self) -> None:
        """End the thread that fetches."""
        if self._thread is not None:
            self._thread.close()
            self._thread = None

    # -- to be sent

    def _stage(self, source: Path | bytes, name: str) -> StagedFile:
        if isinstance(source, Path) and source.parent.parent == self._staging:
            return self._staged(source)[0]
        stored = self._folder.put(source, name=name)
        shown = safe_name(name, media_type=stored.media_type)
        path = private_folder(private_folder(self._staging) / stored.sha256) / shown
        if not path.exists():
            _link(stored.path, path)
        return StagedFile(path=path, media_type=stored.media_type, size=stored.size, name=shown, risky=stored.risky)

    def _staged(self, path: Path) -> tuple[StagedFile, str]:
        """Return a staged file and its hash."""
        if path.parent.parent != self._staging or not path.is_file():
            raise InvalidInputError(
                "attachment.unknown", "This attachment is not there any more.", hint="Attach it again."
            )
        sha256 = path.parent.name
        content = self._folder.path_of(sha256)
        if not content.is_file():
            raise InvalidInputError(
                "attachment.unknown", "This attachment is not there any more.", hint="Attach it again."
            )
        with content.open("rb") as file:
            kind = kind_of(path.name, file.read(SNIFF_BYTES))
        size = content.stat().st_size
        return StagedFile(path=path, media_type=kind.media_type, size=size, name=path.name, risky=kind.risky), sha256

    # -- received

    async def _take(self, attachment: Attachment) -> bool:
        """Fetch one file and note the outcome; whether it is here now."""
        pending = await self._store.read(lambda work: _pending(work, attachment))
        said: list[Exchange] = []
        try:
            stored = await self._on_thread(lambda: self._download(pending, said))
        except SecretStoreError:
            self._left_until[attachment.id] = self._clock() + _MEND_PAUSE
            return False
        except (ProviderError, InboxError) as error:
            values = self._after(pending, error)
        else:
            self._attempts.pop(attachment.id, None)
            values = {
                "state": AttachmentState.READY,
                "sha256": stored.sha256,
                "media_type": stored.media_type,
                "size": stored.size,
                "width": stored.width,
                "height": stored.height,
                "reason": "",
            }
        await self._store.run(lambda work: _note(work, attachment, values, said))
        return values.get("state") is AttachmentState.READY

    def _download(self, pending: _Pending, said: list[Exchange]) -> StoredFile:
        attachment, channel = pending.attachment, pending.channel
        if channel is None or not attachment.reference:
            raise RejectedError("The channel that brought this file is gone.", code="no_channel")
        if channel.state in (ChannelState.REMOVED, ChannelState.PAUSED):
            raise ChannelError("The channel that brought this file does not carry messages.", code=channel.state)
        allowed = min(MAX_FILE_BYTES, MAX_MESSAGE_BYTES - pending.siblings)
        if allowed <= 0:
            raise InvalidInputError("attachment.too_large", "The files of this message are too large together.")
        provider = self._pool.for_channel(channel)
        with self._folder.writer(max_bytes=allowed, expected=attachment.size) as writer:
            with http_record.recording(ExchangeKind.ATTACHMENT) as record:
                try:
                    provider.download(attachment.reference, writer.sink, max_bytes=allowed)
                except ProviderError as error:
                    said += [replace(one, channel_id=channel.id) for one in record.troubles(error.code)]
                    raise
            return writer.finish(attachment.original_name)

    def _after(self, pending: _Pending, error: ProviderError | InboxError) -> dict[str, object]:
        """Return what to note after ``error``: refused, failed, or when to try again."""
        sentence = error.text if isinstance(error, ProviderError) else error.message
        if pending.attachment.state is AttachmentState.READY:
            return {"reason": sentence}  # it is elsewhere; only this computer could not get it
        if isinstance(error, InvalidInputError) or getattr(error, "code", "") == "too_large":
            return {"state": AttachmentState.REFUSED, "reason": sentence}
        if isinstance(error, RejectedError | NotFoundError):
            return {"state": AttachmentState.FAILED, "reason": sentence}
        attempts = self._attempts.get(pending.attachment.id, 0)
        if not isinstance(error, ThrottledError | ChannelError | InboxError):
            attempts = self._attempts[pending.attachment.id] = attempts + 1
        if attempts >= retry.MAX_ATTEMPTS:
            return {"state": AttachmentState.FAILED, "reason": sentence}
        return {"reason": sentence, "fetch_attempts": attempts, "fetch_due_at": self._again(error, attempts)}

    def _again(self, error: ProviderError | InboxError, attempts: int) -> datetime:
        now = self._clock()
        soonest = now + timedelta(seconds=1)
        if isinstance(error, ThrottledError):
            return max(retry.next_attempt(error, attempts, now) or now + _MEND_PAUSE, soonest)
        if isinstance(error, ChannelError | InboxError):
            return now + _MEND_PAUSE
        return max(now + retry.backoff(attempts), soonest)

    async def _on_thread(self, work: Callable[[], T]) -> T:
        """Run on the one thread that fetches: a provider object belongs to one thread."""
        if self._thread is None:
            self._thread = ChannelThread("attachments")
        return await self._thread.call(work)


def _note(work: Work, attachment: Attachment, values: dict[str, object], said: list[Exchange]) -> None:
    """What became of a file, and what was said when it could not be had (S1-26)."""
    work.attachments.change(attachment.id, **values)
    if said and work.messages.get(attachment.message_id) is not None:
        work.exchanges.add_many([replace(one, message_id=attachment.message_id) for one in said])


def _pending(work: Work, attachment: Attachment) -> _Pending:
    message = work.messages.get(attachment.message_id)
    channel_id = message.channel_id if message is not None else None
    siblings = work.attachments.of([attachment.message_id]).get(attachment.message_id, ())
    return _Pending(
        attachment=attachment,
        channel=work.channels.get(channel_id) if channel_id is not None else None,
        siblings=sum(one.size for one in siblings if one.id != attachment.id and one.state is AttachmentState.READY),
    )


def _link(content: Path, path: Path) -> None:
    """Give stored content a second name; a copy where the file system knows no links."""
    try:
        os.link(content, path)
    except OSError:
        try:
            shutil.copyfile(content, path)
        except OSError:
            raise StoreError("attachment.write", "The file could not be kept.", hint="Free some space.") from None
