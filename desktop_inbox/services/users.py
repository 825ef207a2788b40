"""UserService: the people of the office."""

from typing import Final

from desktop_inbox.errors import InvalidInputError, NotFoundError
from desktop_inbox.events import UsersChanged
from desktop_inbox.models.entities.ids import UserId
from desktop_inbox.models.entities.user import Role, User
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work

from .plain_text import check_storable, clean_name
from .rights import need_administrator
from .state_changes import StateChanges, person

_LONGEST: Final = 100  # characters of a name


class UserService:
    """Who works here. Everybody sees it; only an administrator changes it."""

    def __init__(self, store: Store, *, user_id: UserId) -> None:
        self._store = store
        self._user_id = user_id

    async def all(self) -> tuple[User, ...]:
        """Return everybody who works or worked here, in the order they were added."""
        return await self._store.read(lambda work: work.users.all())

    async def active(self) -> tuple[User, ...]:
        """Return who works here, the present user first, then by name."""
        people = [user for user in await self.all() if user.active]
        return tuple(sorted(people, key=lambda user: (user.id != self._user_id, user.name.casefold(), user.id)))

    async def add(self, name: str, *, role: Role = Role.AGENT) -> User:
        """Add somebody. Raises InvalidInputError for a name that is empty, long or taken."""

        def add(work: Work) -> User:
            self._may(work)
            user = work.users.add(_free_name(work, name), role)
            work.announce(UsersChanged())
            return user

        return await self._store.run(add)

    async def rename(self, user_id: UserId, name: str) -> None:
        """Give somebody another name; what they wrote shows it too."""

        def rename(work: Work) -> None:
            if user_id != self._user_id:
                self._may(work)
            _existing(work, user_id)
            free = _free_name(work, name, but=user_id)
            with work.undo.step(self._user_id, "user_renamed", details={"name": free}) as step:
                step.watch("users", id=[user_id])
                work.users.rename(user_id, free)
            work.announce(UsersChanged())

        await self._store.run(rename)

    async def set_role(self, user_id: UserId, role: Role) -> None:
        """Let somebody do more or less. The last administrator stays one."""

        def change(work: Work) -> None:
            self._may(work)
            user = _existing(work, user_id)
            if role is not Role.ADMINISTRATOR:
                _keep_an_administrator(work, user)
            with work.undo.step(self._user_id, "user_role", details={"name": user.name}) as step:
                step.watch("users", id=[user_id])
                work.users.change(user_id, role=role)
            work.announce(UsersChanged())

        await self._store.run(change)

    async def deactivate(self, user_id: UserId) -> int:
        """Somebody works here no longer: nothing is assigned to them any more. Returns how many conversations they
        had; their history stays."""

        def change(work: Work) -> int:
            self._may(work)
            user = _existing(work, user_id)
            if user_id == self._user_id:
                raise InvalidInputError(
                    "user_self", "You cannot deactivate yourself.", hint="Ask a colleague to do it."
                )
            _keep_an_administrator(work, user)
            with work.undo.step(self._user_id, "user_deactivated", details={"name": user.name}) as step:
                step.watch("users", id=[user_id])
                step.watch("conversations", assignee_id=[user_id])
                work.users.change(user_id, active=False)
                changes = StateChanges(work, person(work, self._user_id))
                count = changes.assign(work.states.of_assignee(user_id), None, cause="deactivated")
            work.announce(UsersChanged())
            return count

        return await self._store.run(change)

    async def reactivate(self, user_id: UserId) -> None:
        """Somebody works here again."""

        def change(work: Work) -> None:
            self._may(work)
            _existing(work, user_id)
            work.users.change(user_id, active=True)
            work.announce(UsersChanged())

        await self._store.run(change)

    def _may(self, work: Work) -> None:
        need_administrator(work, self._user_id, "Who works here can be changed")


def _existing(work: Work, user_id: UserId) -> User:
    user = work.users.get(user_id)
    if user is None:
        raise NotFoundError("user_missing", "This person does not exist.", hint="See the list of people.")
    return user


def _free_name(work: Work, name: str, *, but: UserId | None = None) -> str:
    cleaned = clean_name(check_storable(name, "The name"))
    if not cleaned:
        raise InvalidInputError("user_name_missing", "A person needs a name.", hint="Type one.")
    if len(cleaned) > _LONGEST:
        raise InvalidInputError("user_name_long", f"A name has at most {_LONGEST} characters.", hint="Shorten it.")
    if any(user.name.casefold() == cleaned.casefold() and user.id != but for user in work.users.all()):
        raise InvalidInputError(
            "user_name_taken", "Somebody else has this name.", hint="Add an initial, so that both can be told apart."
        )
    return cleaned


def _keep_an_administrator(work: Work, leaving: User) -> None:
    others = [user for user in work.users.all() if user.active and user.role is Role.ADMINISTRATOR]
    if leaving.role is Role.ADMINISTRATOR and [user.id for user in others] == [leaving.id]:
        raise InvalidInputError(
            "user_last_administrator",
            "Somebody must stay administrator.",
            hint="Make somebody else administrator before.",
        )
