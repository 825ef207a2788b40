"""CodeWord: a provider's code, or one of our own, as a sentence, what to do, and where to read more (S1-26).

Codes come and go, so an unknown one is told with the sentence that came with it and nothing is made up. Texts are
our own words; links lead to the vendor's page of that code.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from desktop_inbox.services.providers import twilio_errors

_MATRIX_DOC: Final = "https://spec.matrix.org/latest/client-server-api/#standard-error-response"
_TELEGRAM_DOC: Final = "https://core.telegram.org/bots/api#making-requests"
_SMSGATE_DOC: Final = "https://docs.sms-gate.app/"
_RAPIDPRO_DOC: Final = "https://rapidpro.io/api/v2/"

_ANOTHER_WAY: Final = "Reach the contact another way, for example by a call or by another channel."
_CHECK_NUMBER: Final = "Check the number with the contact, correct it and send again."
_WAIT: Final = "Nothing: it is tried again by itself."
_MEND: Final = "Open the channel in the settings and test its connection."
_TWILIO_CONSOLE: Final = "Ask whoever looks after the Twilio account; it is changed in Twilio's console."


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeWord:
    """What a code means. ``permanent``: sending the same again cannot help."""

    code: str
    sentence: str
    remedy: str = ""
    link: str = ""
    permanent: bool = False
    carrier_blocked: bool = False  # the network itself refuses the address (S4-16)


#: What to do about Twilio's codes; the sentences are those of the provider.
_TWILIO: Final[Mapping[str, tuple[str, bool]]] = {
    "20003": (_MEND, False),
    "20404": (_MEND, False),
    "20429": (_WAIT, False),
    "14107": (_WAIT, False),
    "21211": (_CHECK_NUMBER, True),
    "21212": (_MEND, False),
    "21214": (_CHECK_NUMBER, True),
    "21217": (_CHECK_NUMBER, True),
    "21408": (f"Let the account send to this country. {_TWILIO_CONSOLE}", False),
    "21601": ("Use a number that can send text messages.", False),
    "21602": ("Write something and send it as a new message.", True),
    "21603": (_MEND, False),
    "21604": (_CHECK_NUMBER, True),
    "21606": (_MEND, False),
    "21608": (f"Verify the number with Twilio, or end the trial. {_TWILIO_CONSOLE}", False),
    "21610": (f"Nothing can be sent until the contact writes START to this number. {_ANOTHER_WAY}", True),
    "21611": ("Wait until what is queued at Twilio has left, then send again.", False),
    "21612": (_ANOTHER_WAY, True),
    "21614": (f"It is probably a landline. {_ANOTHER_WAY}", True),
    "21617": ("Split the text and send it in parts.", True),
    "21619": ("Write something and send it as a new message.", True),
    "21620": ("Send it without the file.", True),
    "21635": (_ANOTHER_WAY, True),
    "21660": (_MEND, False),
    "30001": ("Send it again later, and fewer at a time.", False),
    "30002": (_TWILIO_CONSOLE, False),
    "30003": ("Send it again later, when the phone is on again.", False),
    "30004": (_ANOTHER_WAY, False),
    "30005": (_CHECK_NUMBER, True),
    "30006": (_ANOTHER_WAY, True),
    "30007": ("Say it in other words, without short links and capital letters, and send it again.", False),
    "30008": ("Send it again later; if it fails again, reach the contact another way.", False),
    "30010": (_TWILIO_CONSOLE, False),
    "30032": (f"Have the toll-free number verified. {_TWILIO_CONSOLE}", False),
    "30034": (f"Register the number for business messages (A2P 10DLC). {_TWILIO_CONSOLE}", False),
    "30036": ("Send it again when the phone can be reached.", False),
    "30410": ("Send it again later.", False),
    "30450": (_ANOTHER_WAY, False),
    "63003": (_CHECK_NUMBER, True),
    "63007": (_MEND, False),
    "63013": ("Say it in other words; WhatsApp publishes its rules for businesses.", False),
    "63015": ("Ask the person to join, or write by text message.", False),
    "63016": ("Wait until the person writes, or use another channel.", False),
    "63018": (_WAIT, False),
    "63024": (f"Check that the number uses WhatsApp. {_ANOTHER_WAY}", True),
    "63032": (_ANOTHER_WAY, False),
    "63049": ("Send it later, or by another channel.", False),
}

_MATRIX: Final[Mapping[str, tuple[str, str, bool]]] = {
    "M_FORBIDDEN": (
        "The homeserver does not allow this; the contact may have blocked or left the room.",
        "Ask the contact to invite the office again, or reach them another way.",
        True,
    ),
    "M_UNKNOWN_TOKEN": ("The homeserver does not accept the sign-in of this channel any more.", _MEND, False),
    "M_MISSING_TOKEN": ("The homeserver wants this channel to sign in.", _MEND, False),
    "M_USER_DEACTIVATED": ("The Matrix account was deactivated.", "Use another account.", True),
    "M_USER_SUSPENDED": ("The account was suspended by its homeserver.", "Ask the owner of the homeserver.", False),
    "M_USER_LOCKED": ("The account was locked by its homeserver.", "Ask the owner of the homeserver.", False),
    "M_LIMIT_EXCEEDED": ("The homeserver asks for a pause.", _WAIT, False),
    "M_NOT_FOUND": ("The homeserver does not know this user, room or file.", "Check the contact's address.", True),
    "M_TOO_LARGE": ("The homeserver does not take anything this large.", "Make the file or the text smaller.", True),
    "M_UNKNOWN": ("The homeserver did not say what went wrong.", "Send it again later.", False),
    "M_BAD_JSON": ("The homeserver could not read the request.", "Send it again without the file.", False),
    "M_NOT_JSON": ("The homeserver could not read the request.", "Send it again without the file.", False),
    "M_UNRECOGNIZED": ("The homeserver does not know this kind of request.", _MEND, False),
    "M_CONSENT_NOT_GIVEN": ("The homeserver wants its terms accepted first.", "Sign in there and accept them.", False),
    "M_RESOURCE_LIMIT_EXCEEDED": ("The homeserver has reached a limit of its own.", "Ask its owner.", False),
    "M_UNSUPPORTED_ROOM_VERSION": ("The homeserver cannot join a room of this kind.", _ANOTHER_WAY, True),
    "M_GUEST_ACCESS_FORBIDDEN": ("Guests may not write in this room.", "Use an account of your own.", True),
}

#: Parts of Telegram's descriptions, in small letters: it has no codes but HTTP's.
_TELEGRAM: Final[tuple[tuple[str, str, str, bool], ...]] = (
    ("bot was blocked by the user", "The person blocked the office's bot.", _ANOTHER_WAY, True),
    ("user is deactivated", "The person's Telegram account does not exist any more.", _ANOTHER_WAY, True),
    (
        "bot can't initiate conversation",
        "A bot may only write to people who wrote first.",
        "Ask the person to open the bot and press Start.",
        True,
    ),
    ("chat not found", "Telegram does not know this person.", "Ask the person to write to the bot once.", True),
    ("bot was kicked", "The bot was removed from the group.", "Ask somebody in the group to add it again.", True),
    ("message is too long", "The text is longer than Telegram carries.", "Split it.", True),
    ("message text is empty", "There was nothing to send.", "Write something and send it as a new message.", True),
    ("too many requests", "Telegram asks for a pause.", _WAIT, False),
    ("unauthorized", "Telegram does not accept the bot's token.", _MEND, False),
    ("file is too big", "The file is larger than Telegram carries.", "Make it smaller.", True),
)

#: States and reasons of SMS Gate, the phone that sends for us.
_SMSGATE: Final[Mapping[str, tuple[str, str]]] = {
    "RESULT_ERROR_GENERIC_FAILURE": ("The phone could not send it.", "Check its credit and its reception."),
    "RESULT_ERROR_NO_SERVICE": ("The phone has no network.", "Put it where it has reception; then send again."),
    "RESULT_ERROR_RADIO_OFF": ("The phone is in flight mode.", "Switch its radio on; then send again."),
    "RESULT_ERROR_NULL_PDU": ("The phone could not make a message of it.", "Send it again with another text."),
    "RESULT_ERROR_LIMIT_EXCEEDED": ("The phone sent as much as it may for now.", "Send it again in half an hour."),
    "RESULT_ERROR_SHORT_CODE_NOT_ALLOWED": ("The phone may not write to this short number.", _ANOTHER_WAY),
    "RESULT_INVALID_SMSC_ADDRESS": ("The SIM card has no message centre.", "Ask the SIM card's company."),
    "Failed": ("The phone reports that sending failed.", "Check its credit and reception; then send again."),
}

#: Reasons for which a RapidPro workspace lets a message fail.
_RAPIDPRO: Final[Mapping[str, tuple[str, str]]] = {
    "suspended": ("The workspace is suspended.", "Ask whoever runs the workspace."),
    "contact": ("The contact is blocked, stopped or archived there.", "Make the contact active again there."),
    "looping": ("The same text went out again and again, so it was stopped.", "Wait a little, or change the text."),
    "error_limit": ("It was tried too often.", "Check the channel there; then send again."),
    "too_old": ("It was too old to be sent.", "Send it again if it is still wanted."),
    "no_destination": ("There is no channel for this contact.", "Give the contact an address that a channel reaches."),
    "channel_removed": ("Its channel was removed.", "Choose another channel and send again."),
}

#: Our own: what the gate, the outbox and the connection say. Code -> (sentence, what to do, permanent).
OURS: Final[Mapping[str, tuple[str, str, bool]]] = {
    # the gate
    "channel_paused": ("The channel is paused.", "Resume it in the settings, or choose another.", False),
    "channel_broken": ("The channel cannot send at the moment.", _MEND, False),
    "channel_removed": ("The channel was removed before this could leave.", "Send it again by another channel.", True),
    "scheme_not_reachable": ("This channel does not reach this kind of address.", "Choose another channel.", True),
    "team_channel": ("The team does not send by this channel.", "Choose one of its channels.", True),
    "no_channel": ("No channel reaches this contact.", "Add an address that one of the channels reaches.", True),
    "no_address": ("The contact has no address that this channel reaches.", "Add one, then send again.", True),
    "address_gone": ("The contact's address was removed.", "Choose another address and send again.", True),
    "empty": ("There was nothing to send.", "Write something and send it as a new message.", True),
    "text_invalid": ("The text has a character that cannot be sent.", "Type the text again.", True),
    "unresolved_variable": ("A variable had no value.", "Fill in the contact's field, then send again.", True),
    "text_too_long": ("The text is longer than the channel carries.", "Split it.", True),
    "attachment_not_allowed": ("The channel does not carry this file.", "Send it by another channel.", True),
    "too_many_attachments": ("There were more files than the channel carries.", "Send some of them later.", True),
    "attachment_too_large": ("The file is larger than the channel carries.", "Make it smaller.", True),
    "contact_blocked": ("This contact is blocked.", "Unblock the contact to write to them.", True),
    "carrier_blocked": ("The carrier blocks messages to this address.", _ANOTHER_WAY, True),
    "opted_out": ("This contact opted out of messages.", "Only the contact can change this, by writing START.", True),
    "looks_opted_out": ("The contact may have opted out.", "Decide about it in the conversation.", False),
    "cannot_start": ("On this channel the contact must write first.", "Choose another channel.", True),
    "outside_window": ("The time for free answers on this channel was over.", "Use another channel.", False),
    "loop": ("The same text went to this contact again and again.", "Wait a little, or write something else.", False),
    "outside_hours": ("It was outside the allowed hours.", "Move it to the next allowed time.", False),
    "blocked_term": ("It has a word or link that is not allowed.", "Change the text, or ask an administrator.", True),
    "sending_paused": ("Sending was paused for the whole office.", "Resume sending in the settings.", False),
    "consent_first": ("It waits for the consent message before it.", "Nothing: it follows by itself.", False),
    # the outbox
    "expired": ("It could not be sent within its time.", "Send it again if it is still wanted.", False),
    "unclear": ("The connection broke while sending; it may have arrived.", "Ask the contact, then decide.", False),
    "left": ("Nobody knows whether it arrived, and it was left at that.", "Send it again if it is wanted.", False),
    "id_taken": ("The provider named it like another message.", "Ask the contact whether it arrived.", False),
    "no_id": ("The provider took it and did not name it.", "Ask the contact whether it arrived.", False),
    "not_sent": ("The provider could not be reached, however often it was tried.", "Send it again later.", False),
    "undelivered": ("The provider says that it did not arrive.", "Send it again, or use another channel.", False),
    "rejected": ("The provider refused it.", "Read its answer below.", False),
    "throttled": ("The provider asked for a pause.", _WAIT, False),
    "ours.file_missing": ("The attached file is not on this computer any more.", "Attach it again.", True),
    "ours.unforeseen": ("Something unforeseen happened while sending.", "Ask the contact whether it arrived.", False),
    # the connection
    "dns": ("The provider's name could not be found.", "Check this computer's connection to the network.", False),
    "connect": ("The provider could not be reached.", "Check this computer's connection to the network.", False),
    "connect_timeout": ("The provider could not be reached.", "Check the connection to the network.", False),
    "proxy": ("The proxy does not let this computer reach the provider.", "Ask whoever runs the network.", False),
    "tls": ("No secure connection could be agreed on.", "Ask whoever runs the network.", False),
    "certificate": ("The provider's certificate cannot be trusted.", "Check this computer's clock and network.", False),
    "insecure_url": ("The address of the provider is not secure.", _MEND, False),
    "deadline": ("The provider did not finish its answer in time.", "Ask the contact whether it arrived.", False),
    "read_timeout": ("The provider did not answer in time.", "Ask the contact whether it arrived.", False),
    "disconnected": ("The provider hung up without an answer.", "Ask the contact whether it arrived.", False),
    "reset": ("The connection broke before an answer came.", "Ask the contact whether it arrived.", False),
    "tls_broken": ("The secure connection broke before an answer came.", "Ask the contact.", False),
    "bad_http": ("The answer was not one of a web service.", "Check this computer's network.", False),
    "not_json": ("The answer could not be read.", "Ask the contact whether it arrived.", False),
    "not_object": ("The answer could not be read.", "Ask the contact whether it arrived.", False),
    "truncated": ("The answer broke off in the middle.", "Ask the contact whether it arrived.", False),
    "too_large": ("The file or the answer was larger than is accepted.", "Make the file smaller.", True),
    "server_error": ("The provider has trouble of its own.", "Send it again later.", False),
    "redirect": ("The provider wanted to send the request elsewhere.", _MEND, False),
    "401": ("The provider does not accept the credentials.", _MEND, False),
    "403": ("The provider does not allow this.", _MEND, False),
    "404": ("The provider does not know this address.", _MEND, False),
    "429": ("The provider asks for a pause.", _WAIT, False),
    # the invented town of the demo
    "no_such_number": ("There is no such number.", _CHECK_NUMBER, True),
    "unreachable": ("The phone is switched off or out of reach.", "Send it again later.", False),
    "slow_down": ("Too many messages went to the town at once.", _WAIT, False),
    "offline": ("The town could not be reached.", _WAIT, False),
    "lost_request": ("The connection to the town broke.", "Ask the contact whether it arrived.", False),
    "lost_answer": ("The connection to the town broke.", "Ask the contact whether it arrived.", False),
}


def explain(kind: str, code: str, *, text: str = "") -> CodeWord:
    """Return what ``code`` of a channel of ``kind`` means; ``text`` is the sentence that came with it.

    Unknown codes keep that sentence. An empty code gives an empty remedy.
    """
    found = _of_provider(kind, code, text) or _of_ours(code)
    if found is not None:
        return found
    sentence = text or (f"The provider reports error {code}." if code else "No reason was given.")
    return CodeWord(code=code, sentence=sentence, link=twilio_errors.link(code) if kind == "twilio" else "")


def _of_provider(kind: str, code: str, text: str) -> CodeWord | None:
    match kind:
        case "twilio":
            return _of_twilio(code, text)
        case "matrix":
            known = _MATRIX.get(code)
            return None if known is None else _word(code, *known, link=_MATRIX_DOC)
        case "telegram":
            said = text.casefold()
            hit = next((rest for part, *rest in _TELEGRAM if part in said), None)
            return None if hit is None else _word(code, *hit, link=_TELEGRAM_DOC)  # type: ignore[arg-type]
        case "smsgate":
            phone = _SMSGATE.get(code) or _SMSGATE.get(text.strip())
            return None if phone is None else _word(code, *phone, False, link=_SMSGATE_DOC)
        case "rapidpro":
            reason = _RAPIDPRO.get(code)
            return None if reason is None else _word(code, *reason, False, link=_RAPIDPRO_DOC)
    return None


def _of_twilio(code: str, text: str) -> CodeWord | None:
    known = _TWILIO.get(code)
    if known is None:
        return None
    remedy, permanent = known
    return CodeWord(
        code=code,
        sentence=twilio_errors.sentence(code) if twilio_errors.is_known(code) else text or twilio_errors.sentence(code),
        remedy=remedy,
        link=twilio_errors.link(code),
        permanent=permanent,
        carrier_blocked=code == twilio_errors.OPTED_OUT,
    )


def _of_ours(code: str) -> CodeWord | None:
    known = OURS.get(code)
    return None if known is None else _word(code, *known)


def _word(code: str, sentence: str, remedy: str, permanent: bool, *, link: str = "") -> CodeWord:
    blocked = code in ("carrier_blocked", "opted_out")
    return CodeWord(
        code=code, sentence=sentence, remedy=remedy, link=link, permanent=permanent, carrier_blocked=blocked
    )
