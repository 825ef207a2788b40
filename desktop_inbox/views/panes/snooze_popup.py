"""SnoozePopup: until when a conversation is out of sight (K14, S3-34)."""

from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo

from PySide6.QtWidgets import QWidget

from desktop_inbox.services.moments import Preset, parse, presets
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.fuzzy import folded

from .choice_popup import ChoicePopup, Offer

#: Picked to end a snooze.
WAKE = "wake"
UNTIL_ANSWER = "answer"


class SnoozePopup(ChoicePopup):
    """Presets, and any moment in plain words. Picked are a moment (UTC), ``UNTIL_ANSWER`` or ``WAKE``."""

    def __init__(
        self,
        now: Callable[[], datetime],
        zone: tzinfo,
        formats: Formats,
        parent: QWidget,
        *,
        snoozed: bool = False,
    ) -> None:
        super().__init__("Snooze until", "", parent)
        self.box.setPlaceholderText(self.tr("tomorrow 9, in 20 minutes…"))
        self.box.setAccessibleName(self.tr("Snooze until"))
        self._now, self._zone, self._formats, self._snoozed = now, zone, formats, snoozed

    def offers(self, text: str) -> Sequence[Offer]:
        """Return the moment that was typed, and the presets that begin like it."""
        moments = presets(self._now(), self._zone)
        today = self._now().astimezone(self._zone).date()
        is_today = moments[Preset.LATER_TODAY].astimezone(self._zone).date() == today
        titles = {
            Preset.LATER_TODAY: self.tr("Later today") if is_today else self.tr("In three hours"),
            Preset.TOMORROW: self.tr("Tomorrow"),
            Preset.NEXT_MONDAY: self.tr("Next Monday"),
        }
        fixed = [
            Offer(title=titles[preset], value=moment, hint=self._said(moment), icon="clock")
            for preset, moment in moments.items()
        ]
        fixed.append(Offer(title=self.tr("Until they answer"), value=UNTIL_ANSWER, icon="reply"))
        if self._snoozed:
            fixed.insert(0, Offer(title=self.tr("End the snooze"), value=WAKE, icon="bell"))
        if not text:
            return fixed
        moment = parse(text, self._now(), self._zone)
        typed = [Offer(title=self._said(moment), value=moment, icon="alarm-clock")] if moment is not None else []
        return [*typed, *(offer for offer in fixed if folded(text) in folded(offer.title))]

    def nothing(self, text: str) -> str:
        """Say how a moment can be written."""
        return self.tr("Write a moment such as “tomorrow 9”, “in 20 minutes” or “24 Dec 8:30”.")

    def _said(self, moment: datetime) -> str:
        return self._formats.ahead(moment)
