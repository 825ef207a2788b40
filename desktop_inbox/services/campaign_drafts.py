"""CampaignDraft: a drip campaign as somebody writes it, and what it must have."""

from dataclasses import dataclass, replace

from desktop_inbox.errors import InvalidInputError
from desktop_inbox.models.entities.campaign import (
    MAX_DAYS,
    MAX_MINUTES,
    MAX_NAME,
    MAX_STEPS,
    MAX_TEXT,
    CampaignStep,
)

from .plain_text import check_storable, clean_name


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignDraft:
    """A campaign as somebody writes it."""

    name: str
    steps: tuple[CampaignStep, ...]
    active: bool = True


def clean_draft(draft: CampaignDraft) -> CampaignDraft:
    """Return a draft as it is kept. Raises InvalidInputError for what does not fit."""
    name = clean_name(check_storable(draft.name, "The campaign's name"), limit=MAX_NAME)
    if not name:
        raise InvalidInputError("campaign_name", "A campaign needs a name.", hint="Give it a name.")
    if not draft.steps:
        raise InvalidInputError("campaign_steps", "A campaign needs at least one message.", hint="Add a message.")
    if len(draft.steps) > MAX_STEPS:
        raise InvalidInputError("campaign_steps", f"A campaign has at most {MAX_STEPS} messages.", hint="Remove some.")
    for number, step in enumerate(draft.steps, start=1):
        _check_step(number, step)
    return replace(draft, name=name)


def _check_step(number: int, step: CampaignStep) -> None:
    check_storable(step.text, f"Message {number}")
    if not step.text.strip() and not step.files:
        raise InvalidInputError("campaign_step", f"Message {number} is empty.", hint="Write something or remove it.")
    if len(step.text) > MAX_TEXT:
        raise InvalidInputError(
            "campaign_step", f"Message {number} is longer than {MAX_TEXT:,} characters.", hint="Shorten it."
        )
    if not 0 <= step.days <= MAX_DAYS or not 0 <= step.minutes <= MAX_MINUTES:
        raise InvalidInputError(
            "campaign_step",
            f"Message {number} is further off than {MAX_DAYS:,} days and {MAX_MINUTES // 60} hours.",
            hint="Choose a shorter interval.",
        )
