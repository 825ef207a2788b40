"""Settings: JSON values by key, for the workspace (user 0) or one user."""

import json
from typing import Any

from sqlalchemy import bindparam, delete, select, update

from desktop_inbox.models.schema import settings

from .base import Repository
from .conflicts import insert_into, or_nothing

WORKSPACE = 0

_ONE = select(settings.c.value).where(settings.c.user_id == bindparam("of_user"), settings.c.key == bindparam("of_key"))


class SettingRepository(Repository):
    """Reads and writes settings; what they mean is the service's business."""

    def all(self, user_id: int) -> dict[str, Any]:
        """The workspace's settings overlaid with the user's."""
        query = select(settings.c.user_id, settings.c.key, settings.c.value).where(
            settings.c.user_id.in_((WORKSPACE, user_id))
        )
        rows = sorted(self._connection.execute(query).all(), key=lambda row: row.user_id != WORKSPACE)
        return {row.key: json.loads(row.value) for row in rows}

    def get(self, key: str, *, user_id: int = WORKSPACE) -> Any:
        """One value, or None."""
        value = self._connection.execute(_ONE, {"of_user": user_id, "of_key": key}).scalar()
        return None if value is None else json.loads(value)

    def set(self, key: str, value: Any, *, user_id: int = WORKSPACE) -> None:
        """Store a JSON-serialisable value."""
        here = (settings.c.user_id == user_id) & (settings.c.key == key)
        stored = json.dumps(value, ensure_ascii=False)
        change = update(settings).where(here).values(value=stored)
        if self._connection.execute(change).rowcount == 0:
            new = insert_into(self._connection, settings).values(user_id=user_id, key=key, value=stored)
            if self._connection.execute(or_nothing(new, "user_id", "key")).rowcount == 0:
                self._connection.execute(change)  # another computer was faster; the last word counts

    def reset(self, key: str, *, user_id: int = WORKSPACE) -> None:
        """Forget a value, so that the default holds again."""
        self._connection.execute(delete(settings).where((settings.c.user_id == user_id) & (settings.c.key == key)))
