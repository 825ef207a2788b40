"""What is read once for all messages that are queued in one transaction."""

from collections.abc import Mapping, Sequence
from typing import Final

from desktop_inbox.models.entities.channel import Capabilities, Channel
from desktop_inbox.models.entities.contact import Contact
from desktop_inbox.models.entities.ids import ChannelId, ContactId, ConversationId
from desktop_inbox.models.repositories.deliveries import Place
from desktop_inbox.models.work import Work
from desktop_inbox.services import consent_message, variables
from desktop_inbox.services.limits import Limits
from desktop_inbox.services.new_message import NewMessage

NOBODY: Final[Mapping[ConversationId, Contact]] = {}


class Known:
    """What is read once for all messages of one transaction."""

    def __init__(
        self,
        work: Work,
        news: Sequence[NewMessage],
        *,
        strangers: Mapping[ConversationId, Contact] = NOBODY,
        people: Mapping[ContactId, Contact] | None = None,
    ) -> None:
        self._work = work
        self._news = news
        self._variables: dict[ConversationId, variables.VariableFacts] | None = None
        ids = [new.conversation_id for new in news if new.conversation_id not in strangers]
        self.places = work.deliveries.places(ids) if ids else {}
        self.contacts = dict(people or {})
        owners = sorted({place.contact_id for place in self.places.values()} - self.contacts.keys())
        self.contacts.update((contact.id, contact) for contact in work.contacts.many(owners))
        for key, contact in strangers.items():
            self.places[key] = Place(contact_id=contact.id, last_entry_id=0, has_inbound=False, window_ends_at=None)
            self.contacts[contact.id] = contact
        self.capabilities: dict[ChannelId, Capabilities] = {}
        self.consent_text = consent_message.required_text(work) if news else ""
        self.asked: set[ContactId] = set()
        self.limits = Limits(work)
        self._channels: dict[ChannelId, Channel | None] = {}

    def channel(self, channel_id: ChannelId) -> Channel | None:
        """The channel, or None."""
        if channel_id not in self._channels:
            self._channels[channel_id] = self._work.channels.get(channel_id)
        return self._channels[channel_id]

    def variables(self, conversation_id: ConversationId) -> variables.VariableFacts:
        """What texts may say in a conversation; read for all at once when the first one asks."""
        if self._variables is None:
            texts = [new.conversation_id for new in self._news if variables.has_variables(new.text)]
            people = {key: self.contacts[self.places[key].contact_id] for key in texts if key in self.places}
            names = frozenset[str]().union(*(variables.names_in(text) for text in {new.text for new in self._news}))
            self._variables = variables.facts_of_many(self._work, people, self._work.now(), only=names)
        return self._variables[conversation_id]
