"""Signing in to a Matrix homeserver, and what its errors mean.

Transaction ids hold for a device: the same id from the same device has no further effect. So a channel keeps
one access token. A password is exchanged for a token at set-up; where only the password was kept, the
sign-in names the same device each time.
"""

import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final, TypeVar
from urllib.parse import quote, urlsplit

from desktop_inbox.errors import InboxError, SecretStoreError
from desktop_inbox.models.entities.exchange import ExchangeKind
from desktop_inbox.services import http_record
from desktop_inbox.services.http import HttpClient
from desktop_inbox.services.http_auth import bearer
from desktop_inbox.services.http_errors import Refusal
from desktop_inbox.services.providers.base import (
    AmbiguousError,
    ChannelAccount,
    ChannelError,
    ProviderError,
    RejectedError,
    ThrottledError,
)

T = TypeVar("T")

CLIENT: Final = "/_matrix/client/v3"
_TOKEN_CODES: Final = frozenset({"M_UNKNOWN_TOKEN", "M_MISSING_TOKEN"})
_ACCOUNT_CODES: Final = {
    "M_UNKNOWN_TOKEN": "The homeserver does not accept the sign-in of this channel any more.",
    "M_MISSING_TOKEN": "The homeserver wants this channel to sign in.",
    "M_USER_DEACTIVATED": "The Matrix account was deactivated.",
    "M_USER_SUSPENDED": "The Matrix account was suspended by its homeserver.",
    "M_USER_LOCKED": "The Matrix account was locked by its homeserver.",
    "M_CONSENT_NOT_GIVEN": "The homeserver wants its terms accepted first.",
    "M_RESOURCE_LIMIT_EXCEEDED": "The homeserver has reached a limit set by its owner.",
}
_REFUSALS: Final = {
    "M_FORBIDDEN": "The homeserver does not allow this; the contact may have blocked or left the room.",
    "M_NOT_FOUND": "The homeserver does not know this user, room or file.",
    "M_TOO_LARGE": "The homeserver does not take files or messages this large.",
    "M_UNSUPPORTED_ROOM_VERSION": "The homeserver cannot join a room of this kind.",
}

#: Tokens of password sign-ins, for the life of the process: signing in again would end the session of a
#: second provider object for the same channel.
_tokens: dict[tuple[str, str, str], str] = {}
_tokens_lock = threading.Lock()


def explain(refusal: Refusal) -> ProviderError | None:
    """Return what a homeserver's refusal means."""
    code = str(refusal.data.get("errcode", ""))
    if code == "M_LIMIT_EXCEEDED" or refusal.status == 429:
        return ThrottledError(
            "The homeserver asks for a pause.", retry_after=_pause(refusal), code=code, http_status=refusal.status
        )
    if code in _ACCOUNT_CODES:
        return ChannelError(_ACCOUNT_CODES[code], code=code, http_status=refusal.status)
    if refusal.status == 401:
        return ChannelError("The homeserver does not accept the credentials.", code=code, http_status=401)
    text = _REFUSALS.get(code, "The homeserver refused the request.")
    return RejectedError(text, code=code or str(refusal.status), http_status=refusal.status)


def explain_login(refusal: Refusal) -> ProviderError | None:
    """The same for signing in, where a refusal is about the account."""
    error = explain(refusal)
    if isinstance(error, RejectedError):
        text = "The user name or password is wrong." if error.code == "M_FORBIDDEN" else error.text
        return ChannelError(text, code=error.code, http_status=error.http_status)
    return error


def _pause(refusal: Refusal) -> timedelta | None:
    millis = refusal.data.get("retry_after_ms")
    if isinstance(millis, int) and not isinstance(millis, bool) and 0 <= millis < 10**10:
        return timedelta(milliseconds=millis)
    return refusal.retry_after


def quoted(part: str) -> str:
    """Return ``part`` as one segment of a path."""
    return quote(part, safe="")


def discover(client: HttpClient) -> str:
    """Return where the homeserver of a domain answers, as its /.well-known says; else the domain itself."""
    try:
        answer = client.get("/.well-known/matrix/client")
    except (RejectedError, AmbiguousError):  # no such file, or a page for people in its place
        answer = {}
    found = text_of(object_of(answer, "m.homeserver"), "base_url").rstrip("/")
    return found or f"https://{client.host}"


class MatrixSession:
    """A homeserver and our account there; knows how to be signed in."""

    def __init__(self, account: ChannelAccount, http: HttpClient | None = None) -> None:
        self._account = account
        self._http = http
        self._user_id = account.settings.get("user_id", "").strip()
        self._confirmed = False
        self._discovered = ""

    @property
    def http(self) -> HttpClient:
        """The client with our token; raises ChannelError when the address cannot be used."""
        if self._http is None:
            self._http = self._client(authenticated=True)
        return self._http

    @property
    def user_id(self) -> str:
        """Our own user id, as the homeserver spells it."""
        if not self._confirmed:
            answer = self.call(lambda: self.http.get(f"{CLIENT}/account/whoami"))
            self._user_id = str(answer.get("user_id") or self._user_id)
            self._confirmed = True
        return self._user_id

    @property
    def has_token(self) -> bool:
        """Whether an access token is kept, so that no password is needed."""
        return bool(self._secret("access_token"))

    @property
    def has_password(self) -> bool:
        """Whether a password is kept, to sign in with."""
        return bool(self._secret("password"))

    def call(self, request: Callable[[], T]) -> T:
        """Make a request; once more when a password's session has ended, which proves that nothing was done.

        Raises SecretStoreError, before anything is sent, where this computer does not have our secrets.
        """
        self._token()
        try:
            return request()
        except ChannelError as error:
            if error.code not in _TOKEN_CODES or self.has_token or not self.has_password:
                raise
        with _tokens_lock:
            _tokens.pop(self._key(), None)
        return request()

    def versions(self) -> tuple[str, ...]:
        """Return the versions of the protocol that the homeserver speaks; needs no sign-in."""
        client = self._client(authenticated=False)
        try:
            found = client.get("/_matrix/client/versions").get("versions")
        finally:
            client.close()
        return tuple(str(version) for version in found) if isinstance(found, list) else ()

    def sign_in(self, *, device_id: str = "") -> tuple[str, str]:
        """Return (access token, user id) for the password; an empty ``device_id`` makes a new device."""
        client = self._client(authenticated=False)
        body: dict[str, Any] = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": self._user_id},
            "password": self._secret("password"),
            "initial_device_display_name": "Desktop Inbox",
        }
        if device_id:
            body["device_id"] = device_id
        try:
            with http_record.meant_as(ExchangeKind.TOKEN):
                answer = client.post_json(f"{CLIENT}/login", body)
        finally:
            client.close()
        token = str(answer.get("access_token") or "")
        if not token:
            raise ChannelError("The homeserver gave no access token.", code="no_token")
        return token, str(answer.get("user_id") or self._user_id)

    def sign_out(self, token: str) -> None:
        """End a session that was only made to try the password."""
        client = HttpClient(
            self._base_url(), auth=bearer(lambda: token), explain=explain, allow_private=self._private_confirmed()
        )
        try:
            client.post_json(f"{CLIENT}/logout", {})
        finally:
            client.close()

    def close(self) -> None:
        """Let go of connections."""
        if self._http is not None:
            self._http.close()

    def _client(self, *, authenticated: bool) -> HttpClient:
        return HttpClient(
            self._base_url(),
            auth=bearer(self._token) if authenticated else None,
            explain=explain if authenticated else explain_login,
            allow_private=self._private_confirmed(),
        )

    def _base_url(self) -> str:
        """Return the address of the homeserver: as entered, or as the user's server tells it."""
        given = self._account.settings.get("homeserver", "").strip()
        if given:
            return given if "://" in given else f"https://{given}"
        if not self._discovered:
            client = HttpClient(f"https://{self._user_id.partition(':')[2]}", explain=explain)
            try:
                self._discovered = discover(client)
            finally:
                client.close()
        return self._discovered

    def _private_confirmed(self) -> bool:
        """Whether a person confirmed that this very host lies in the office's own network."""
        confirmed = self._account.settings.get("private_host", "").strip().lower()
        return bool(confirmed) and confirmed == (urlsplit(self._base_url()).hostname or "")

    def _token(self) -> str:
        kept = self._secret("access_token")
        if kept:
            return kept
        with _tokens_lock:  # held during the sign-in: two at a time would end each other's session
            token = _tokens.get(self._key())
            if token is None:
                if not self.has_password:
                    raise SecretStoreError(
                        "secrets.missing",
                        "This computer has neither the password nor an access token of the Matrix account.",
                        hint="Enter one of them in the channel's settings.",
                    )
                token, _ = self.sign_in(device_id=f"DESKTOPINBOX{self._account.channel_id}")
                _tokens[self._key()] = token
            return token

    def _key(self) -> tuple[str, str, str]:
        return self._base_url(), self._user_id, str(self._account.channel_id)

    def _secret(self, field: str) -> str:
        """Return a secret; "" where it was never given."""
        try:
            return self._account.secret(field)
        except InboxError as error:
            if error.code != "secrets.missing":
                raise
            return ""


def text_of(content: Mapping[str, Any], key: str) -> str:
    """Return a text of an event's content; "" when it is absent or no text. Other servers send anything."""
    value = content.get(key)
    return value if isinstance(value, str) else ""


def object_of(content: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Return an object of an event's content; an empty one when it is absent or something else."""
    value = content.get(key)
    return value if isinstance(value, dict) else {}


def list_of(content: Mapping[str, Any], key: str) -> list[Any]:
    """Return a list of an event's content; an empty one when it is absent or something else."""
    value = content.get(key)
    return value if isinstance(value, list) else []
