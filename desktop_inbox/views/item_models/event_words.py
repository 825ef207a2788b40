"""Sentences for the events of a conversation."""

from collections.abc import Callable, Mapping

from PySide6.QtCore import QCoreApplication

from desktop_inbox.models.entities.timeline import ActorKind, ConversationEvent, EventCategory
from desktop_inbox.views.plain import isolated, plain_name

#: By kind; {who} did it, {contact} is whom the conversation is with, other fields come from the details.
_SENTENCES: Mapping[str, str] = {
    "opted_out": "{contact} opted out",
    "opted_in": "{contact} opted in",
    "looks_opted_out": "This may be a wish to get no more messages",
    "opt_out_question_settled": "{who} settled the question about opting out",
    "contact_created": "{contact} was added to the contacts",
    "contact_renamed": "{who} changed the name to {name}",
    "unknown_resolved": "{who} cleared up whether a message arrived",
    "archived": "{who} archived this conversation",
    "restored": "{who} restored this conversation",
    "messages_deleted": "{who} deleted messages for good: {count}",
    "assigned": "{who} assigned this to {user}",
    "unassigned": "{who} took this from {user}",
    "assign_failed": "Nobody could be assigned",
    "marked_done": "{who} marked this done",
    "marked_pending": "{who} opened this again",
    "snoozed": "{who} snoozed this until {until}",
    "unsnoozed": "{who} ended the snooze",
    "pinned": "{who} pinned this",
    "unpinned": "{who} unpinned this",
    "priority_changed": "{who} set the priority to {priority}",
    "blocked": "{who} blocked {contact}",
    "unblocked": "{who} unblocked {contact}",
    "exported": "{who} exported what was said from {first} to {last}",
    "undone": "{who} took something back",
    "address_added": "{who} added the address {address}",
    "address_removed": "{who} removed the address {address}",
    "addresses_ordered": "{who} put the address {address} first",
    "field_changed": "{who} changed {field} to {value}",
    "field_emptied": "{who} emptied {field}",
    "contact_merged": "{who} merged {name} into this contact",
    "contact_unmerged": "{who} made {name} a contact of its own again",
    "tag_added": "{who} added the tag {name}",
    "tag_removed": "{who} removed the tag {name}",
    "list_joined": "{who} put {contact} into the list {name}",
    "list_left": "{who} took {contact} out of the list {name}",
    "resent": "{who} sent a failed message again, as a new one",
    "broadcast_sent": "A broadcast was sent to {contact}",
    "broadcast_cancelled": "A broadcast to {contact} was cancelled",
    "survey_started": "{who} started the survey {name}",
    "survey_cancelled": "{who} cancelled the survey {name}",
    "survey_completed": "{contact} completed the survey {name}",
    "survey_failed": "The survey {name} failed",
    "bot_on": "{who} switched the bot on",
    "bot_off": "{who} switched the bot off",
    "typing": "{contact} is typing",
    "new_conversation": "{contact} opened the conversation",
    "referral": "{contact} came from {source}",
    "welcome_message": "{contact} was greeted by the channel",
    "carrier_opted_in": "{contact} opted in with the carrier",
    "carrier_opted_out": "{contact} opted out with the carrier",
    "page_changed": "{contact} went to the page {title}",
    "carrier_blocked": "The channel refuses this address for good",
    "channel_removed": "The channel was removed",
    "campaign_applied": "{who} applied the campaign {campaign}",
    "campaign_stopped": "The campaign {campaign} ended",
    "scheduled": "{who} wrote a message that leaves {until}",
    "schedule_cancelled": "{who} took back a message that was to be sent later",
    "schedule_refused": "A scheduled message was not sent: {reason}",
    "consent_sent": "The consent message was sent to {contact}",
    "consent_acknowledged": "{contact} answered the consent message",
}

#: By kind and cause, where the cause says it better than who did it.
_BY_CAUSE: Mapping[tuple[str, str], str] = {
    ("assign_failed", "inactive"): "{user} does not work here any more and could not be assigned",
    ("assigned", "reply"): "{who} answered and has this now",
    ("unassigned", "done"): "It belongs to nobody any more",
    ("unassigned", "deactivated"): "{user} does not work here any more",
    ("marked_pending", "inbound"): "Open again: {contact} wrote",
    ("marked_pending", "snooze"): "Open again, for later",
    ("unsnoozed", "timer"): "The snooze is over",
    ("unsnoozed", "inbound"): "The snooze is over: {contact} wrote",
    ("unsnoozed", "done"): "The snooze is over",
    ("campaign_stopped", "contact_replied"): "The campaign {campaign} ended: {contact} wrote",
    ("campaign_stopped", "opted_out"): "The campaign {campaign} ended: {contact} opted out",
    ("campaign_stopped", "stopped_by_hand"): "{who} stopped the campaign {campaign}",
    ("campaign_stopped", "campaign_deleted"): "{who} deleted the campaign {campaign}",
    ("schedule_cancelled", "contact_replied"): "{contact} wrote first: the scheduled message is not sent",
    ("restored", "inbound"): "Back in the inbox: {contact} wrote",
    ("restored", "outbound"): "Back in the inbox: {who} wrote",
}

_BY_HAND: Mapping[str, str] = {
    "opted_out": "{who} recorded that {contact} opted out",
    "opted_in": "{who} recorded that {contact} opted in",
}

#: Words of the chips that filter events (S2-64).
_CATEGORY_WORDS: Mapping[EventCategory, str] = {
    EventCategory.ASSIGNMENT: "Assignment",
    EventCategory.DONE: "Marked done",
    EventCategory.SNOOZE: "Snooze",
    EventCategory.BROADCASTS: "Broadcasts",
    EventCategory.SURVEY: "Survey",
    EventCategory.BOT: "Bot",
    EventCategory.CHANNEL: "Channel",
    EventCategory.PAGE: "Page change",
    EventCategory.CONTACT: "Contact",
}
_YES_NO: Mapping[str, str] = {"true": "yes", "false": "no"}

_ACTORS: Mapping[ActorKind, str] = {
    ActorKind.USER: "A colleague",
    ActorKind.CONTACT: "The contact",
    ActorKind.AUTOMATION: "An automation",
    ActorKind.BOT: "A bot",
    ActorKind.BROADCAST: "A broadcast",
    ActorKind.API: "The command line",
    ActorKind.CHANNEL: "The channel",
    ActorKind.SYSTEM: "The program",
}


def _tr(text: str) -> str:
    return QCoreApplication.translate("Events", text)


def category_word(category: EventCategory) -> str:
    """Return the word for a category of events."""
    return _tr(_CATEGORY_WORDS[category])


def event_sentence(event: ConversationEvent, contact_name: str, *, until: Callable[[str], str] = str) -> str:
    """Return what happened; a kind from a newer program is shown by its name. ``until`` says when a snooze ends."""
    by_hand = event.actor_kind is ActorKind.USER and event.kind in _BY_HAND
    kind = "field_emptied" if event.kind == "field_changed" and not event.details.get("value") else event.kind
    cause = event.details.get("cause") or event.details.get("reason") or ""
    pattern = _BY_HAND[kind] if by_hand else _BY_CAUSE.get((kind, cause)) or _SENTENCES.get(kind)
    if pattern is None:
        return plain_name(event.kind.replace("_", " ")).capitalize()
    fields = _Fields({key: isolated(plain_name(value)) for key, value in event.details.items()})
    if event.kind == "field_changed" and event.details.get("value") in _YES_NO:
        fields["value"] = _tr(_YES_NO[event.details["value"]])
    if "until" in event.details:
        fields["until"] = until(event.details["until"])
    fields["who"] = isolated(plain_name(event.actor_name)) if event.actor_name else _tr(_ACTORS[event.actor_kind])
    fields["contact"] = isolated(plain_name(contact_name)) if contact_name else _tr("The contact")
    return _tr(pattern).format_map(fields)


class _Fields(dict[str, str]):
    """Details by name; what an older event does not carry is left out."""

    def __missing__(self, key: str) -> str:
        return "…"
