"""Rights: what needs an administrator."""

from desktop_inbox.errors import PermissionDeniedError
from desktop_inbox.models.entities.ids import UserId
from desktop_inbox.models.entities.user import Role
from desktop_inbox.models.work import Work


def need_administrator(work: Work, user_id: UserId, what: str) -> None:
    """Raise PermissionDeniedError unless the user is an administrator; ``what`` as in "Tags can be deleted"."""
    user = work.users.get(user_id)
    if user is None or not user.active or user.role is not Role.ADMINISTRATOR:
        raise PermissionDeniedError(
            "administrator_needed", f"{what} only by an administrator.", hint="Ask an administrator of the office."
        )


def name_of(work: Work, user_id: UserId) -> str:
    """Return the user's name as events remember it."""
    user = work.users.get(user_id)
    return user.name if user else ""
