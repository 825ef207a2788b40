"""The change log: what other processes did."""

import json
from datetime import datetime

from sqlalchemy import delete, func, select

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
        query = (
            select(change_log.c.id, change_log.c.instance, change_log.c.kind, change_log.c.payload)
            .where(change_log.c.id > place)
            .order_by(change_log.c.id)
            .limit(limit)
        )
        events: list[Event] = []
        for row in self._connection.execute(query):
            place = row.id
            if row.instance != but_not:
                event = event_from_payload(row.kind, json.loads(row.payload))
                if event is not None:
                    events.append(event)
        return place, tuple(events)

    def prune(self, before: datetime) -> int:
        """Remove changes older than ``before``; returns how many."""
        return self._connection.execute(delete(change_log).where(change_log.c.at < before)).rowcount
