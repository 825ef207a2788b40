"""Sentences for what a user did and can take back."""

from collections.abc import Mapping
from datetime import datetime

from PySide6.QtCore import QCoreApplication

from desktop_inbox.models.entities.undo import UndoStep
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.plain import isolated, plain_name

#: By kind: of one conversation or contact {name}, and of {count} of them; other fields come from the details.
_SENTENCES: Mapping[str, tuple[str, str]] = {
    "assigned": ("{name} is assigned to {user}", "{count} conversations are assigned to {user}"),
    "unassigned": ("{name} is assigned to nobody", "{count} conversations are assigned to nobody"),
    "marked_done": ("{name} is done", "{count} conversations are done"),
    "marked_pending": ("{name} is open again", "{count} conversations are open again"),
    "snoozed": ("{name} is snoozed until {until}", "{count} conversations are snoozed until {until}"),
    "unsnoozed": ("{name} is back", "{count} conversations are back"),
    "marked_unread": ("{name} is unread", "{count} conversations are unread"),
    "marked_read": ("{name} is read", "{count} conversations are read"),
    "pinned": ("{name} is pinned", "{count} conversations are pinned"),
    "unpinned": ("{name} is not pinned any more", "{count} conversations are not pinned any more"),
    "priority_changed": ("The priority of {name} changed", "The priority of {count} conversations changed"),
    "archived": ("{name} is archived", "{count} conversations are archived"),
    "restored": ("{name} is back in the inbox", "{count} conversations are back in the inbox"),
    "blocked": ("{name} is blocked", "{count} contacts are blocked"),
    "unblocked": ("{name} is not blocked any more", "{count} contacts are not blocked any more"),
    "tag_added": ("Tag “{tag}” added", "Tag “{tag}” added to {count} contacts"),
    "tag_removed": ("Tag “{tag}” removed", "Tag “{tag}” removed from {count} contacts"),
    "tag_renamed": ("Tag “{tag}” is now “{name}”", ""),
    "tag_deleted": ("Tag “{tag}” deleted", ""),
    "messages_archived": ("A message is archived", "{count} messages are archived"),
    "messages_restored": ("A message is back in its folder", "{count} messages are back in their folders"),
    "messages_labelled": ("Label “{label}” added", "Label “{label}” added to {count} messages"),
    "messages_unlabelled": ("Label “{label}” removed", "Label “{label}” removed from {count} messages"),
    "label_renamed": ("Label “{label}” is now “{name}”", ""),
    "label_deleted": ("Label “{label}” deleted", ""),
    "list_joined": ("Put into the list “{list}”", "{count} contacts put into the list “{list}”"),
    "list_left": ("Taken out of the list “{list}”", "{count} contacts taken out of the list “{list}”"),
    "list_renamed": ("List “{list}” is now “{name}”", ""),
    "list_deleted": ("List “{list}” deleted", ""),
    "contact_changed": ("The details of {name} changed", ""),
    "field_changed": ("{field} of {name} changed", ""),
    "field_deleted": ("Field “{name}” deleted", ""),
    "address_added": ("Address {address} added", ""),
    "address_removed": ("Address {address} removed", ""),
    "addresses_ordered": ("The addresses of {name} have another order", ""),
    "comment_edited": ("A comment was changed", ""),
    "comment_deleted": ("A comment was deleted", ""),
    "snippet_changed": ("The snippet {name} was changed", ""),
    "snippet_deleted": ("The snippet {name} was deleted", ""),
    "snippets_imported": ("A snippet was imported", "{count} snippets were imported"),
    "snippet_folder_renamed": ("A folder of snippets is now {name}", ""),
    "snippet_folder_deleted": ("A folder of snippets was deleted", ""),
    "schedule_changed": ("The schedule “{name}” was changed", ""),
    "schedule_paused": ("The schedule “{name}” is paused", ""),
    "schedule_resumed": ("The schedule “{name}” goes on", ""),
    "schedule_skipped": ("The next time of “{name}” is left out", ""),
    "schedule_deleted": ("The schedule “{name}” deleted", ""),
    "campaign_changed": ("The campaign “{name}” was changed", ""),
    "campaign_paused": ("The campaign “{name}” is switched off", ""),
    "campaign_resumed": ("The campaign “{name}” is switched on", ""),
    "reminder_changed": ("The reminder “{name}” was changed", ""),
    "contact_renamed": ("The name was changed", "{count} names were changed"),
    "imported": ("A contact was imported", "{count} contacts were imported"),
    "contact_merged": ("{name} was merged", "{count} contacts were merged"),
    "contact_added": ("A contact was added", "{count} contacts were added"),
    "kept_apart": ("Two contacts are kept apart", "{count} pairs of contacts are kept apart"),
    "team_added": ("Team “{name}” was added", ""),
    "team_changed": ("Team “{name}” was changed", ""),
    "team_hours": ("The allowed hours of “{name}” changed", ""),
    "team_deleted": ("Team “{name}” was deleted", ""),
    "team_joined": ("A person is in the team “{team}”", "{count} people are in the team “{team}”"),
    "team_left": ("A person is in no team any more", "{count} people are in no team any more"),
    "office_hours": ("The allowed hours of the office changed", ""),
    "holiday_added": ("“{name}” is a day off", ""),
    "holiday_deleted": ("“{name}” is no day off any more", ""),
    "term_added": ("“{name}” is blocked", ""),
    "term_changed": ("The blocked term “{name}” was switched", ""),
    "term_deleted": ("“{name}” is not blocked any more", ""),
    "term_kinds": ("Blocked words hold for other channels", ""),
    "user_renamed": ("{name} has another name", "{count} people have other names"),
    "user_role": ("The rights of {name} changed", "The rights of {count} people changed"),
    "user_deactivated": ("{name} does not work here any more", "{count} people do not work here any more"),
}


def step_sentence(step: UndoStep, formats: Formats) -> str:
    """Return what was done; a kind that has no words is shown by its name."""
    one, many = _SENTENCES.get(step.kind, ("", ""))
    if not one:
        words = plain_name(step.kind.replace("_", " ")).capitalize()
        return words if step.count == 1 else f"{words} ({formats.number(step.count)})"
    fields = _Fields({key: isolated(plain_name(value)) for key, value in step.details.items()})
    fields["count"] = formats.number(step.count)
    if "until" in step.details:
        fields["until"] = until_words(step.details["until"], formats)
    says_one = not many or (step.count == 1 and ("{name}" not in one or "name" in fields))
    return _tr(one if says_one else many).format_map(fields)


def until_words(until: str, formats: Formats) -> str:
    """Return when a snooze ends, as an event has it."""
    if until == "answer":
        return _tr("they answer")
    try:
        return formats.ahead(datetime.fromisoformat(until))
    except ValueError:
        return "…"


def _tr(text: str) -> str:
    return QCoreApplication.translate("Undo", text)


class _Fields(dict[str, str]):
    """Details by name; what is not known is left out."""

    def __missing__(self, key: str) -> str:
        return "…"
