"""The change log: what other processes did."""

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, or_, select

from desktop_inbox.events import Event, event_from_payload
from desktop_inbox.models.schema import change_log

from .base import Repository


class ChangeRepository(Repository):
    """Reads the change log; ``Work.announce`` writes it."""

    def newest(self) -> int:
        """The id of the newest change, 0 when there is none."""
        return int(self._connection.execute(select(func.coalesce(func.max(change_log.c.id), 0))).scalar_one())

    def since(self, place: int, *, but_not: str, limit: int = 1000) -> tuple[int, tuple[Event, ...]]:
        """The events after ``place`` that other instances than ``but_not`` wrote, and the new place."""
        found = self.news(place, but_not=but_not, limit=limit)
        newest = found[-1][0] if found else place
        return newest, tuple(event for _, event in found if event is not None)

    def news(
        self, place: int, *, but_not: str, missing: Sequence[int] = (), limit: int = 1000
    ) -> tuple[tuple[int, Event | None], ...]:
        """Changes after ``place``, and those of ``missing`` that are there by now: (id, event).

        The event is None where it is ``but_not``'s own or of a kind this program does not know. Ids are drawn
        before the commit, so on a server a smaller id may appear after a larger one: the caller notes gaps.
        """
        beyond = change_log.c.id > place
        query = (
            select(change_log.c.id, change_log.c.instance, change_log.c.kind, change_log.c.payload)
            .where(or_(beyond, change_log.c.id.in_(list(missing))) if missing else beyond)
            .order_by(change_log.c.id)
            .limit(limit)
        )
        return tuple(
            (row.id, None if row.instance == but_not else event_from_payload(row.kind, json.loads(row.payload)))
            for row in self._connection.execute(query)
        )

    def prune(self, before: datetime) -> int:
        """Remove changes older than ``before``; returns how many."""
        return self._connection.execute(delete(change_log).where(change_log.c.at < before)).rowcount
