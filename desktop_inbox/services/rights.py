"""Rights: what needs an administrator."""

from desktop_inbox.errors import PermissionDeniedError
from desktop_inbox.models.entities.ids import UserId
from desktop_inbox.models.entities.user import Role
from desktop_inbox.models.work import Work


def need_administrator(work: Work, user_id: UserId, what: str) -> None:
    """Raise PermissionDeniedError unless the user is an administrator; ``what`` as in "Tags can be deleted"."""
    if not is_administrator(work, user_id):
        raise PermissionDeniedError(
            "administrator_needed", f"{what} only by an administrator.", hint="Ask an administrator of the office."
        )


def is_administrator(work: Work, user_id: UserId) -> bool:
    """Whether the user is an administrator who still works here."""
    user = work.users.get(user_id)
    return user is not None and user.active and user.role is Role.ADMINISTRATOR


def name_of(work: Work, user_id: UserId) -> str:
    """Return the user's name as events remember it."""
    user = work.users.get(user_id)
    return user.name if user else ""
