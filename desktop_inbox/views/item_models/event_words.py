"""Sentences for the events of a conversation."""

from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication

from desktop_inbox.models.entities.timeline import ActorKind, ConversationEvent
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
    "done": "{who} marked this done",
    "reopened": "{who} reopened this",
    "address_added": "{who} added an address",
    "carrier_blocked": "The channel refuses this address for good",
    "channel_removed": "The channel was removed",
    "consent_sent": "The consent message was sent to {contact}",
    "consent_acknowledged": "{contact} answered the consent message",
}

_BY_HAND: Mapping[str, str] = {
    "opted_out": "{who} recorded that {contact} opted out",
    "opted_in": "{who} recorded that {contact} opted in",
}

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


def event_sentence(event: ConversationEvent, contact_name: str) -> str:
    """Return what happened; a kind from a newer program is shown by its name."""
    by_hand = event.actor_kind is ActorKind.USER and event.kind in _BY_HAND
    pattern = _BY_HAND[event.kind] if by_hand else _SENTENCES.get(event.kind)
    if pattern is None:
        return plain_name(event.kind.replace("_", " ")).capitalize()
    fields = _Fields({key: isolated(plain_name(value)) for key, value in event.details.items()})
    fields["who"] = isolated(plain_name(event.actor_name)) if event.actor_name else _tr(_ACTORS[event.actor_kind])
    fields["contact"] = isolated(plain_name(contact_name)) if contact_name else _tr("The contact")
    return _tr(pattern).format_map(fields)


class _Fields(dict[str, str]):
    """Details by name; what an older event does not carry is left out."""

    def __missing__(self, key: str) -> str:
        return "…"
