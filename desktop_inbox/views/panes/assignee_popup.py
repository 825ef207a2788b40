"""AssigneePopup: whom to give a conversation to (K12, S2-67)."""

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from desktop_inbox.models.entities.ids import UserId
from desktop_inbox.models.entities.user import User
from desktop_inbox.views.fuzzy import folded
from desktop_inbox.views.plain import plain_name

from .choice_popup import ChoicePopup, Offer

NOBODY = None


class AssigneePopup(ChoicePopup):
    """The present user first, then nobody, then everybody else by name."""

    def __init__(self, people: Sequence[User], me: UserId, parent: QWidget, *, current: UserId | None = None) -> None:
        super().__init__("Assign to", "", parent)
        self.box.setPlaceholderText(self.tr("Assign to…"))
        self.box.setAccessibleName(self.tr("Find a colleague"))
        self._people, self._me, self._current = people, me, current

    def offers(self, text: str) -> Sequence[Offer]:
        """Return the people whose name has what was typed."""
        mine = [self._offer(user) for user in self._people if user.id == self._me]
        others = [self._offer(user) for user in self._people if user.id != self._me]
        nobody = Offer(title=self.tr("Nobody"), value=NOBODY, icon="circle-dashed")
        wanted = folded(text)
        return [
            offer for offer in (*mine, nobody, *others) if wanted in folded(f"{offer.title} {offer.hint}") or not wanted
        ]

    def nothing(self, text: str) -> str:
        """Say that nobody is called so."""
        return self.tr("Nobody here is called that.")

    def _offer(self, user: User) -> Offer:
        hint = self.tr("me") if user.id == self._me else ""
        sign = "user-check" if user.id == self._current else "user"
        return Offer(title=plain_name(user.name), value=user.id, hint=hint, icon=sign)
