"""Users: queries and writes."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert, select

from desktop_inbox.models.entities.ids import UserId
from desktop_inbox.models.entities.user import Role, User
from desktop_inbox.models.schema import users

from .base import AnyRow, Repository

_ALL = select(users.c.id, users.c.name, users.c.role, users.c.active).order_by(users.c.id)


class UserRepository(Repository):
    """Staff of the office."""

    def all(self) -> tuple[User, ...]:
        """Every user, in the order they were added."""
        return _to_users(self._connection.execute(_ALL).all())

    def get(self, user_id: UserId) -> User | None:
        """The user, or None."""
        found = _to_users(self._connection.execute(_ALL.where(users.c.id == user_id)).all())
        return found[0] if found else None

    def add(self, name: str, role: Role) -> User:
        """Add a user."""
        statement = insert(users).values(name=name, role=role, active=True, created_at=self._work.now())
        key = self._connection.execute(statement.returning(users.c.id)).scalar_one()
        return User(id=UserId(key), name=name, role=role)

    def rename(self, user_id: UserId, name: str) -> None:
        """Give a user another name."""
        self._connection.execute(users.update().where(users.c.id == user_id).values(name=name))

    def change(self, user_id: UserId, **values: Any) -> None:
        """Set columns by name."""
        self._connection.execute(users.update().where(users.c.id == user_id).values(**values))


def _to_users(rows: Sequence[AnyRow]) -> tuple[User, ...]:
    return tuple(User(id=UserId(row.id), name=row.name, role=Role(row.role), active=row.active) for row in rows)
