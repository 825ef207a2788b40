"""Filters that every office has, besides the views of the list; each can be opened, changed and saved as one's own."""

from typing import Final

from desktop_inbox.models.entities.segment import BuiltIn

BUILT_IN: Final = (
    BuiltIn(
        key="waiting_long", name="Waiting on us over a day", text="archived is false and waiting_since older than 1 day"
    ),
    BuiltIn(
        key="window_ending",
        name="Window ends within 2 hours",
        text="archived is false and window expires within 2 hours",
    ),
    BuiltIn(key="failed_sends", name="Failed sends", text="archived is false and has_failed is true"),
    BuiltIn(key="opted_out", name="Opted out", text="archived is false and opt_status is opted_out"),
    BuiltIn(
        key="no_consent",
        name="No consent yet",
        text="archived is false and opt_status is opted_in and consent_status is not acknowledged",
    ),
    BuiltIn(key="mentions_me", name="Mentions me", text="archived is false and mentions_me is true"),
)
