"""Words of campaigns and reminders."""

import pytest

from desktop_inbox.models.entities.campaign import CampaignStep
from desktop_inbox.models.entities.ids import ChannelId, FieldId
from desktop_inbox.models.entities.reminder import ReminderDraft, ReminderUnit
from desktop_inbox.services.campaign_times import interval
from desktop_inbox.views.item_models.campaign_rows import interval_words, offset_words


@pytest.mark.parametrize(
    ("days", "minutes", "words"),
    [(0, 0, "At once"), (1, 0, "After 1 day"), (5, 0, "After 5 days"), (2, 90, "After 2 days, 1 hour, 30 minutes")],
)
def test_intervals_read_as_people_say_them(qapp: object, days: int, minutes: int, words: str) -> None:
    assert interval_words(CampaignStep(days=days, minutes=minutes, text="x")) == words


def test_intervals_of_the_command_line() -> None:
    assert interval(CampaignStep(text="x")) == "at once"
    assert interval(CampaignStep(days=1, minutes=61, text="x")) == "after 1 day, 1 hour and 1 minute"


@pytest.mark.row("S4-12")
@pytest.mark.parametrize(
    ("amount", "unit", "at_time", "words"),
    [
        (0, ReminderUnit.DAYS, "09:00", "On the day, 09:00"),
        (-1, ReminderUnit.DAYS, "", "1 day before"),
        (2, ReminderUnit.WEEKS, "18:30", "2 weeks after, 18:30"),
    ],
)
def test_offsets_read_as_people_say_them(
    qapp: object, amount: int, unit: ReminderUnit, at_time: str, words: str
) -> None:
    draft = ReminderDraft(
        name="x", field_id=FieldId(1), channel_id=ChannelId(1), text="x", amount=amount, unit=unit, at_time=at_time
    )
    assert offset_words(draft) == words
