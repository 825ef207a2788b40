"""Twilio's error codes in plain words, and what each proves.

The vendor warns that codes come and go, so an unknown one is shown with its number and the vendor's own
sentence, and nothing is concluded from it but that the request was refused.
"""

import re
from typing import Any

from desktop_inbox.services.http_errors import Refusal
from desktop_inbox.services.providers.base import (
    ChannelError,
    OptedOutError,
    ProviderError,
    RejectedError,
    ThrottledError,
)
from desktop_inbox.services.redaction import redact

OPTED_OUT = "21610"
NOT_FOUND = "20404"
_THROTTLED = frozenset({"20429", "14107", "21611", "63018"})
#: The account as a whole, not this message.
_CHANNEL = {
    "20003": "Twilio does not accept the Account SID and the token.",
    "20005": "The Twilio account is not active.",
    "20008": "These are test credentials; Twilio sends nothing with them.",
    "20403": "The Twilio account may not do this.",
    "10001": "The Twilio account is not active.",
    "30002": "The Twilio account is suspended.",
    "21606": "This Twilio account cannot send from the channel's number.",
    "21212": "The channel's own number is not one that Twilio can send from.",
    "21603": "The channel has no number of its own to send from.",
    "21660": "The channel's number belongs to another Twilio account.",
    "63007": "This Twilio account has no WhatsApp sender with the channel's number.",
}
_MESSAGE = {
    "20001": "Twilio could not read the request.",
    "20404": "Twilio does not have that any more.",
    "21211": "The number is not a valid phone number.",
    "21214": "The number cannot be reached by Twilio.",
    "21217": "The number is not a valid phone number.",
    "21408": "The Twilio account is not allowed to send to this country yet.",
    "21601": "The channel's number cannot send text messages.",
    "21602": "There is no text to send.",
    "21604": "There is no number to send to.",
    "21608": "A trial account can only send to numbers that were verified with Twilio.",
    OPTED_OUT: "This person answered STOP; the network refuses messages until they write START.",
    "21612": "There is no way from the channel's number to this number.",
    "21614": "This number cannot receive text messages.",
    "21617": "The text is longer than 1,600 characters.",
    "21619": "There is no text to send.",
    "21620": "The file cannot be fetched by Twilio.",
    "21635": "This number is a landline and cannot receive text messages.",
    "30001": "Too many messages were waiting at Twilio, so this one was dropped.",
    "30003": "The phone could not be reached: it is off, out of reach or does not take messages.",
    "30004": "The phone's network blocked the message.",
    "30005": "The number is unknown or no longer in use.",
    "30006": "The number is a landline, or its network cannot be reached.",
    "30007": "The network took the message for spam and dropped it.",
    "30008": "The network gave no reason for not delivering it.",
    "30010": "The message would have cost more than its limit.",
    "30032": "The toll-free number is not verified yet, so networks refuse it.",
    "30034": "The number is not registered for business messages in the United States, so networks refuse it.",
    "30036": "The message was not delivered before it ran out.",
    "30410": "The network did not answer in time.",
    "30450": "The network refused the message for this recipient.",
    "63003": "This WhatsApp number does not exist.",
    "63013": "WhatsApp refused the message because of its rules.",
    "63015": "This person is not on WhatsApp, or has not joined the sandbox.",
    "63016": "WhatsApp takes free answers only within 24 hours of the person's last message.",
    "63024": "This person is not on WhatsApp.",
    "63032": "WhatsApp does not deliver this message to this person.",
    "63049": "WhatsApp chose not to deliver this marketing message.",
    "20429": "Twilio asks for a pause: too many requests at once.",
    "14107": "Twilio asks for a pause: too many messages at once.",
    "21611": "Too many messages from the channel's number wait at Twilio.",
    "63018": "WhatsApp asks for a pause: too many messages at once.",
}
_URL = re.compile(r"\S*://\S+")


def explain(refusal: Refusal) -> ProviderError | None:
    """Return what Twilio's error JSON ``{"code", "message", "more_info", "status"}`` means; None when it is
    not Twilio's."""
    code = str(refusal.data.get("code") or "")
    message = refusal.data.get("message")
    if not code.isdigit() or not isinstance(message, str):
        return None
    status, text = refusal.status, sentence(code, message)
    if status == 429 or code in _THROTTLED:
        return ThrottledError(
            "Twilio asks for a pause.", retry_after=refusal.retry_after, code=code, http_status=status
        )
    if status == 401 or code in _CHANNEL:
        return ChannelError(_CHANNEL.get(code, text), code=code, http_status=status, link=link(code))
    kind = OptedOutError if code == OPTED_OUT else RejectedError
    return kind(text, code=code, http_status=status, link=link(code))


def sentence(code: str, message: str = "") -> str:
    """Return one plain sentence about an error ``code``, "" for no code; ``message`` is the vendor's own."""
    if not code:
        return ""
    known = _CHANNEL.get(code) or _MESSAGE.get(code)
    if known:
        return known
    own = redact(_URL.sub("", message)).strip().rstrip(".")[:200]
    return f"Twilio says: {own} (error {code})." if own else f"Twilio reports error {code}."


def is_known(code: str) -> bool:
    """Return whether there is a sentence of our own about ``code``."""
    return code in _CHANNEL or code in _MESSAGE


def link(code: str) -> str:
    """Return the page that explains ``code``."""
    return f"https://www.twilio.com/docs/api/errors/{code}" if code.isdigit() else ""


def code_of(value: Any) -> str:
    """Return an error code, which is an integer, a string of digits or null, as text."""
    text = str(value) if value is not None else ""
    return "" if text in ("0", "None") else text
