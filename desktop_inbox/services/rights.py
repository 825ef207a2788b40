"""Rights: what needs an administrator, and what else only whoever made it."""

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


def may_change(work: Work, user_id: UserId, made_by: UserId | None) -> bool:
    """Whether a user may change or stop what was made to write to many: their own, and an administrator everything."""
    return (made_by is not None and made_by == user_id) or is_administrator(work, user_id)


def need_maker(work: Work, user_id: UserId, made_by: UserId | None, what: str) -> None:
    """Raise PermissionDeniedError unless the user may change it; ``what`` as in "stop this broadcast"."""
    if not may_change(work, user_id, made_by):
        name = "" if made_by is None else name_of(work, made_by)
        raise PermissionDeniedError(
            "not_the_maker",
            f"Only who made it, or an administrator, may {what}.",
            hint=f"Ask {name}, or an administrator of the office." if name else "Ask an administrator of the office.",
        )


def name_of(work: Work, user_id: UserId) -> str:
    """Return the user's name as events remember it."""
    user = work.users.get(user_id)
    return user.name if user else ""
