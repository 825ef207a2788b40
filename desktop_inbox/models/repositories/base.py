"""Repository: what all repositories share."""

from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

if TYPE_CHECKING:
    from desktop_inbox.models.work import Work


#: A row of any query; its columns are read by name and turned into an entity at once.
AnyRow = Any


class Repository:
    """Queries and writes of one noun inside one transaction."""

    def __init__(self, work: "Work") -> None:
        self._work = work

    @property
    def _connection(self) -> Connection:
        return self._work.connection

    @property
    def _dialect(self) -> str:
        return self._work.connection.dialect.name
