"""Requests to Twilio's API: one account, its lists and their pages."""

import re
import time
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any
from urllib.parse import quote

from desktop_inbox import clock as clocks
from desktop_inbox.models.entities.exchange import ExchangeKind
from desktop_inbox.services import http_auth, http_record
from desktop_inbox.services.http import HttpClient, Timeouts
from desktop_inbox.services.providers import twilio_errors, twilio_wire
from desktop_inbox.services.providers.base import AmbiguousError, ChannelAccount, RejectedError
from desktop_inbox.services.providers.twilio_settings import path_prefix, private_confirmed, service_origin

BUDGET = 25.0  # seconds of a piece of work after which nothing new is begun
PAGE_SIZE = 100
_TOTAL = 30.0  # seconds that no piece of work exceeds
_ID = re.compile(r"[A-Za-z0-9-]{1,64}")


class TwilioApi:
    """One account. Connects with the first request, so that making one costs nothing."""

    def __init__(self, account: ChannelAccount, *, clock: clocks.Clock, timeouts: Timeouts) -> None:
        self._account = account
        self._clock = clock
        self._timeouts = timeouts
        self._client: HttpClient | None = None
        sid = account.settings.get("account_sid", "").strip()
        self._user = account.settings.get("api_key_sid", "").strip() or sid
        self.root = f"{path_prefix(account.settings)}/2010-04-01/Accounts/{quote(sid, safe='')}"

    @property
    def http(self) -> HttpClient:
        """The client; ChannelError where the address of the service cannot be used."""
        if self._client is None:
            settings = self._account.settings
            ca_file = settings.get("ca_file", "")
            self._client = HttpClient(
                service_origin(settings),
                auth=http_auth.basic(self._user, lambda: self._account.secret("auth_token")),
                explain=twilio_errors.explain,
                timeouts=self._timeouts,
                allow_private=private_confirmed(settings),
                ca_file=Path(ca_file) if ca_file else None,
                clock=self._clock,
            )
        return self._client

    def close(self) -> None:
        """Let go of connections."""
        if self._client is not None:
            self._client.close()

    def left(self, end: float) -> float:
        """Return the seconds one request may take, in a piece of work that begins nothing after ``end``."""
        return min(self._timeouts.total, max(end - time.monotonic(), 0.0) + _TOTAL - BUDGET)

    def get(self, path: str, *, end: float) -> Mapping[str, Any]:
        """Return what lies at ``path`` below the account."""
        return self.http.get(f"{self.root}/{path}", total=self.left(end))

    def page(self, resource: str, filters: Mapping[str, str | int], page: str, *, end: float) -> Mapping[str, Any]:
        """Return the first page of a list, or the one at the path ``page``."""
        with http_record.meant_as(ExchangeKind.CALL) if resource == "Calls" else nullcontext():
            if page:
                return self.http.get(page, total=self.left(end))
            return self.http.get(f"{self.root}/{resource}.json", filters, total=self.left(end))

    def owns(self, page: str) -> bool:
        """Return whether the path of a page, or "" for the first, is one of this account."""
        return not page or page.startswith(f"{self.root}/")

    def next_page(self, answer: Mapping[str, Any]) -> str:
        """Return the path of the next page, or "" after the last; never one that leads to another account."""
        uri = answer.get("next_page_uri")
        if not isinstance(uri, str) or not uri:
            return ""
        path = uri.removeprefix(service_origin(self._account.settings))
        if self.owns(path):
            return path
        raise AmbiguousError("Twilio named a next page that is not its own.", code="bad_page")

    def media(self, message: str, *, end: float) -> list[tuple[str, str]]:
        """Return identifier and type of each file of a message."""
        answer = self.get(f"Messages/{identifier(message)}/Media.json", end=end)
        return [
            (twilio_wire.sid_of(row), str(row.get("content_type") or ""))
            for row in rows_of(answer, "media_list")
            if twilio_wire.sid_of(row)
        ]


def rows_of(answer: Mapping[str, Any], name: str) -> list[twilio_wire.Row]:
    """Return the rows of a list; AmbiguousError when there is no list."""
    rows = answer.get(name)
    if not isinstance(rows, list):
        raise AmbiguousError("Twilio answered with a list of another form than expected.", code="bad_list")
    return [row for row in rows if isinstance(row, dict)]


def identifier(sid: str) -> str:
    """Return ``sid`` if it may stand in a path; RejectedError otherwise."""
    if not _ID.fullmatch(sid):
        raise RejectedError("This is not an identifier of Twilio.", code="bad_id")
    return sid
