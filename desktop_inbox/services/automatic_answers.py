"""The office's automatic answer to STOP, START and HELP: at most one per message, never a ping-pong."""

from datetime import datetime, timedelta
from typing import Final, Protocol

from desktop_inbox.models.entities.channel import Capabilities
from desktop_inbox.models.entities.ids import AddressId, ChannelId, ConversationId, first_entry_id
from desktop_inbox.models.work import Work
from desktop_inbox.services.opt_out_words import Keyword
from desktop_inbox.services.variables import escape, facts_in, resolve

ORGANISATION_NAME: Final = "organisation_name"

#: The one confirmation of an opt-out must follow at once; an older message is only recorded.
_FRESH: Final = timedelta(minutes=5)
_SAME_AGAIN: Final = timedelta(hours=24)  # the same answer is not given twice in this span
_MOST_A_DAY: Final = 4  # whatever the other side does: two machines stop talking

_TEXTS: Final = {
    Keyword.OPT_OUT: "You will get no more messages from us. Reply START if you want them again.",
    Keyword.OPT_IN: "You will get messages from us again. Reply STOP to end them.",
    Keyword.HELP: "You can write to us here, and we answer in our opening hours. Reply STOP to get no more messages.",
}

#: Snippets with these shortcuts take the place of the texts above (S4-52: one library, several users of it).
SHORTCUTS: Final = {Keyword.OPT_OUT: "auto-stop", Keyword.OPT_IN: "auto-start", Keyword.HELP: "auto-help"}


class AnswerQueue(Protocol):
    """Where answers go: the outbox, in the transaction that stored what they answer."""

    def queue_answer(
        self, work: Work, *, conversation_id: ConversationId, channel_id: ChannelId, address_id: AddressId, text: str
    ) -> None:
        """Queue ``text`` as an automatic answer to a keyword."""


class AutomaticAnswers:
    """Decides whether a keyword is answered, and with what."""

    def __init__(self, queue: AnswerQueue) -> None:
        self._queue = queue

    def answer(
        self,
        work: Work,
        keyword: Keyword,
        *,
        changed: bool,
        said_at: datetime,
        capabilities: Capabilities,
        conversation_id: ConversationId,
        channel_id: ChannelId,
        address_id: AddressId,
    ) -> bool:
        """Queue the answer to ``keyword``; False where none is due. ``changed``: the consent did."""
        if keyword not in _TEXTS or capabilities.provider_answers_stop:
            return False
        if keyword is not Keyword.HELP and not changed:
            return False
        now = work.now()
        if now - said_at > _FRESH:
            return False
        text = _text(work, keyword, conversation_id)
        place = first_entry_id(now - _SAME_AGAIN)
        if work.inbound.answers_since(conversation_id, place) >= _MOST_A_DAY:
            return False
        if keyword is Keyword.HELP and work.inbound.answers_since(conversation_id, place, text=text):
            return False
        self._queue.queue_answer(
            work, conversation_id=conversation_id, channel_id=channel_id, address_id=address_id, text=escape(text)
        )
        return True


def _text(work: Work, keyword: Keyword, conversation_id: ConversationId) -> str:
    """The office's own words where its library has them and they can leave, else the ones that everybody gets."""
    saved = work.snippets.by_shortcut(SHORTCUTS[keyword])
    if saved is not None:
        found = resolve(saved.text, facts_in(work, conversation_id))
        if found.text.strip() and not found.unresolved:
            return found.text
    name = str(work.settings.all(0).get(ORGANISATION_NAME) or "").strip()
    return f"{name}: {_TEXTS[keyword]}" if name else _TEXTS[keyword]
