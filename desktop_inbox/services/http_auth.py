"""Credentials, bound to the one server that they are meant for."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from desktop_inbox.errors import InboxError
from desktop_inbox.services.http_address import AddressRefusedError, Origin, origin_of
from desktop_inbox.services.providers.base import ChannelError
from desktop_inbox.services.redaction import register_secret

#: Returns the secret when it is needed; may raise an InboxError.
Secret = Callable[[], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What a request must carry to be let in: headers, fields of the query, the beginning of the path."""

    headers: tuple[tuple[str, str], ...] = ()
    query: tuple[tuple[str, str], ...] = ()
    path_prefix: str = ""


Auth = Callable[[], Credentials]


def basic(user: str, secret: Secret) -> Auth:
    """User name and password, as Twilio has them."""

    def credentials() -> Credentials:
        pair = base64.b64encode(f"{user}:{_read(secret)}".encode()).decode()
        register_secret(pair)
        return Credentials(headers=(("Authorization", f"Basic {pair}"),))

    return credentials


def bearer(secret: Secret) -> Auth:
    """A token in the Authorization header, as Matrix has it."""
    return lambda: Credentials(headers=(("Authorization", f"Bearer {_read(secret)}"),))


def header(name: str, secret: Secret) -> Auth:
    """A token in a header of its own."""
    return lambda: Credentials(headers=((name, _read(secret)),))


def query(name: str, secret: Secret) -> Auth:
    """A token in the query."""
    return lambda: Credentials(query=((name, _read(secret)),))


def path(prefix: str, secret: Secret) -> Auth:
    """A token in the path, as Telegram has it: ``path("/bot", token)``."""
    return lambda: Credentials(path_prefix=prefix + quote(_read(secret), safe=":"))


def _read(secret: Secret) -> str:
    try:
        value = secret()
    except InboxError as error:
        refused = ChannelError(error.message, code=error.code)
    else:
        if value and value.isascii() and value.isprintable():
            register_secret(value)
            return value
        refused = ChannelError(
            "The password or token of this channel is missing or has characters that none can have.",
            code="bad_secret",
        )
    raise refused


class BoundAuth:
    """Puts credentials on requests to one origin, and on no other: requests calls it with each request."""

    def __init__(self, auth: Auth, origins: frozenset[Origin]) -> None:
        self._auth = auth
        self._origins = origins

    def __call__(self, request: Any) -> Any:
        """Return the prepared request, with credentials if it goes to where they belong."""
        try:
            origin = origin_of(request.url)
        except AddressRefusedError:
            return request
        if origin not in self._origins:
            return request
        credentials = self._auth()
        for name, value in credentials.headers:
            request.headers[name] = value
        if credentials.path_prefix:
            parts = urlsplit(request.url)
            request.url = urlunsplit(parts._replace(path=credentials.path_prefix + parts.path))
        if credentials.query:
            request.prepare_url(request.url, list(credentials.query))
        return request
