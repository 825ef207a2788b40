"""Matrix: any homeserver, and through bridges on it WhatsApp, Signal and others."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, BinaryIO, ClassVar, Final

from desktop_inbox import clock as clocks
from desktop_inbox.errors import InboxError
from desktop_inbox.models.entities.channel import Capabilities, ReconcileClass
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.message import DeliveryStatus
from desktop_inbox.services.http import HttpClient
from desktop_inbox.services.providers.base import (
    AmbiguousError,
    ChannelAccount,
    ChannelError,
    CheckStep,
    FetchResult,
    NotSentError,
    OutgoingAttachment,
    Provider,
    ProviderError,
    RejectedError,
    SendRequest,
    SendResult,
    SettingField,
)
from desktop_inbox.services.providers.matrix_events import file_content, media_path, text_content
from desktop_inbox.services.providers.matrix_rooms import RoomBook
from desktop_inbox.services.providers.matrix_session import CLIENT, MatrixSession, object_of, quoted, text_of
from desktop_inbox.services.providers.matrix_sync import MatrixReader

#: What homeservers take at least, by default; what is really allowed is asked when one is refused.
_MAX_UPLOAD: Final = 25_000_000
_MAX_FILES: Final = 10
#: An event may have 65,536 bytes; a character takes up to four, and the rest of the event needs some.
_MAX_TEXT: Final = 15_000

_REMEDIES: Final = {
    "dns": "Check the homeserver's name and this computer's connection.",
    "private_address": "If the server is in your own network, confirm it in the field for that.",
    "insecure_url": "Give an address that begins with https://.",
    "certificate": "Ask the server's owner for a valid certificate.",
    "M_FORBIDDEN": "Check the user name and the password.",
    "M_UNKNOWN_TOKEN": "Sign in with the password again, or make a new access token.",
    "bad_secret": "Enter the password or an access token.",
}


class MatrixProvider(Provider):
    """One Matrix account. Unencrypted rooms only; others say so in place of their messages."""

    kind: ClassVar[str] = "matrix"
    title: ClassVar[str] = "Matrix"
    summary: ClassVar[str] = "A Matrix account on any homeserver; with bridges also WhatsApp, Signal and more."
    fields: ClassVar[tuple[SettingField, ...]] = (
        SettingField(
            key="homeserver",
            label="Homeserver",
            required=False,
            placeholder="https://matrix.example.org",
            help="Leave it empty to look it up from the user's server.",
        ),
        SettingField(key="user_id", label="User", placeholder="@office:example.org"),
        SettingField(
            key="password",
            label="Password",
            secret=True,
            required=False,
            help="Used once, to sign in; only an access token is kept.",
        ),
        SettingField(
            key="access_token", label="Access token", secret=True, required=False, help="Instead of the password."
        ),
        SettingField(
            key="private_host",
            label="Server in your own network",
            required=False,
            placeholder="matrix.office.lan",
            help="To allow a server with a private address, type its host name again.",
        ),
    )

    def __init__(
        self, account: ChannelAccount, *, clock: clocks.Clock = clocks.now, http: HttpClient | None = None
    ) -> None:
        self._session = MatrixSession(account, http)
        self._rooms = RoomBook(self._session)
        self._reader = MatrixReader(self._session, self._rooms, clock)

    @classmethod
    def capabilities_of(cls, settings: Mapping[str, str]) -> Capabilities:
        """Everything Matrix has that an inbox can use."""
        return Capabilities(
            schemes=frozenset({Scheme.MATRIX}),
            reconcile=ReconcileClass.IDEMPOTENT,
            receipts_read=True,
            attachments_out=True,
            attachments_in=True,
            max_attachment_bytes=_MAX_UPLOAD,
            max_attachments=_MAX_FILES,
            max_text=_MAX_TEXT,
            can_start=True,
            single_poller=True,
            poll_seconds=0.0,
        )

    def check(self) -> tuple[CheckStep, ...]:
        """Find the server, sign in, and read once."""
        steps: list[CheckStep] = []
        attempts: tuple[tuple[str, Callable[[], str]], ...] = (
            ("Find the homeserver", self._check_server),
            ("Sign in", self._check_account),
            ("Receive messages", self._check_sync),
        )
        for name, attempt in attempts:
            try:
                steps.append(CheckStep(name=name, ok=True, detail=attempt()))
            except ProviderError as error:
                remedy = _REMEDIES.get(error.code, "Correct the settings and try again.")
                steps.append(CheckStep(name=name, ok=False, detail=error.text, remedy=remedy))
                break
            except InboxError as error:
                steps.append(CheckStep(name=name, ok=False, detail=error.message, remedy=error.hint))
                break
        return tuple(steps)

    def secrets_to_keep(self) -> Mapping[str, str]:
        """Exchange the password for an access token; called once, after a check that succeeded.

        Empty where an access token was given: then what was entered is kept.
        """
        if self._session.has_token or not self._session.has_password:
            return {}
        token, _ = self._session.sign_in()
        return {"access_token": token}

    def probe(self) -> None:
        """Ask who we are."""
        self._session.call(lambda: self._session.http.get(f"{CLIENT}/account/whoami"))

    def send(self, request: SendRequest) -> SendResult:
        """Put the message into the contact's room; the same key again has no further effect."""
        room_id = self._room_for(request.to)
        event_id = ""
        for content, transaction in self._events_of(request):
            try:
                event_id = self._put(room_id, content, transaction)
            except RejectedError as error:
                if not event_id:
                    raise
                # Some of it is there already, so it was not refused as a whole; the same keys may come again.
                partly = AmbiguousError(error.text, code=error.code, http_status=error.http_status)
            else:
                continue
            raise partly
        return SendResult(provider_message_id=event_id, status=DeliveryStatus.SENT)

    def fetch(self, cursor: str, *, wait: timedelta) -> FetchResult:
        """Long poll; see ``matrix_sync``."""
        return self._reader.fetch(cursor, wait)

    def download(self, reference: str, sink: BinaryIO, *, max_bytes: int) -> None:
        """Fetch a file by its mxc:// reference."""
        place = media_path(reference)
        if place is None:
            raise RejectedError("This is no file of Matrix.", code="bad_reference")
        server, media_id = (quoted(part) for part in place)
        try:
            self._download(f"/_matrix/client/v1/media/download/{server}/{media_id}", sink, max_bytes)
        except RejectedError as error:
            if error.code != "M_UNRECOGNIZED":
                raise
            self._download(f"/_matrix/media/v3/download/{server}/{media_id}", sink, max_bytes)

    def mark_read(self, scheme: Scheme, address: str, provider_message_id: str) -> None:
        """Show the other side that everything up to this message was read."""
        room_id = self._reader.room_of_event(provider_message_id)
        if not room_id:
            room_id = address if address.startswith("!") else self._rooms.find(address)
        if room_id:
            path = f"{CLIENT}/rooms/{quoted(room_id)}/receipt/m.read/{quoted(provider_message_id)}"
            self._session.call(lambda: self._session.http.post_json(path, {}))

    def close(self) -> None:
        """Let go of connections."""
        self._session.close()

    def _room_for(self, address: str) -> str:
        """Return the room to write to; NotSentError when that is unclear, as no message has left yet."""
        if not address.startswith("!"):
            return self._rooms.open(address)
        try:
            self._rooms.require_open(address)
        except AmbiguousError as error:
            unclear = NotSentError(error.text, code=error.code, http_status=error.http_status)
        else:
            return address
        raise unclear

    def _events_of(self, request: SendRequest) -> list[tuple[dict[str, Any], str]]:
        """Upload all files, then return the events to post, each with its transaction; the last one carries the
        text and stands for the whole message."""
        key, files = request.idempotency_key, request.attachments
        if not files:
            return [(text_content(request.text, key), key)]
        uris = [self._upload(file) for file in files]
        *others, last = zip(files, uris, strict=True)
        return [
            *(
                (file_content(file, uri, caption="", key=key, part=part), f"{key}-{part}")
                for part, (file, uri) in enumerate(others)
            ),
            (file_content(*last, caption=request.text, key=key, part=None), key),
        ]

    def _put(self, room_id: str, content: Mapping[str, object], transaction: str) -> str:
        path = f"{CLIENT}/rooms/{quoted(room_id)}/send/m.room.message/{quoted(transaction)}"
        event_id = text_of(self._session.call(lambda: self._session.http.put_json(path, content)), "event_id")
        if not event_id:
            raise AmbiguousError("The homeserver took the message without giving it an id.", code="no_event_id")
        return event_id

    def _upload(self, file: OutgoingAttachment) -> str:
        """Return the mxc:// reference of an uploaded file. Unclear uploads are safe to repeat: nobody sees them."""

        def upload() -> str:
            with file.path.open("rb") as opened:
                answer = self._session.http.upload(
                    "/_matrix/media/v3/upload", opened, media_type=file.media_type, query={"filename": file.name}
                )
            return text_of(answer, "content_uri")

        try:
            uri = self._session.call(upload)
        except OSError:
            gone: ProviderError = RejectedError("The file to send is not there any more.", code="file_missing")
        except AmbiguousError as error:
            gone = NotSentError(error.text, code=error.code, http_status=error.http_status)
        else:
            if uri:
                return uri
            gone = NotSentError("The homeserver gave no place for the file.", code="no_content_uri")
        raise gone

    def _download(self, path: str, sink: BinaryIO, max_bytes: int) -> None:
        self._session.call(lambda: self._session.http.download(path, sink, max_bytes=max_bytes))

    def _check_server(self) -> str:
        versions = self._session.versions()
        if not any(version.startswith("v1.") for version in versions):
            raise RejectedError("This is no Matrix homeserver, or a very old one.", code="no_homeserver")
        return f"Speaks Matrix up to {versions[-1]}."

    def _check_account(self) -> str:
        if self._session.has_token or not self._session.has_password:
            return f"Signed in as {self._session.user_id}."
        token, user_id = self._session.sign_in()
        self._session.sign_out(token)
        return f"Signed in as {user_id}."

    def _check_sync(self) -> str:
        if not self._session.has_token:
            return "Will be read once the channel is saved."
        query: dict[str, str | int] = {"timeout": 0, "filter": '{"room":{"rooms":[]}}'}
        answer = self._session.call(lambda: self._session.http.get(f"{CLIENT}/sync", query))
        if not text_of(answer, "next_batch"):
            raise ChannelError("The homeserver does not let this account read.", code="no_sync")
        rooms = len(object_of(object_of(answer, "rooms"), "join"))
        return f"Reading works; {rooms} rooms are new." if rooms else "Reading works."
