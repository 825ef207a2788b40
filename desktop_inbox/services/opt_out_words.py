"""Which inbound texts are an opt-out, an opt-in or a call for help.

Only a whole message counts. It is compared without case, accents, punctuation, emoji and spaces, so that
"Stop." and "🛑 S T O P" are the same word. A text that merely contains such a word, or says the same in other
words, is flagged for a person and never acted upon automatically.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache


class Keyword(StrEnum):
    """What a whole message means for consent."""

    OPT_OUT = "opt_out"
    OPT_IN = "opt_in"
    HELP = "help"
    LOOKS_LIKE_OPT_OUT = "looks_like_opt_out"  # a person decides
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeywordLists:
    """The words of an office; compared after normalisation, so spelling variants need no entry."""

    opt_out: tuple[str, ...] = (
        "stop",
        "stop all",
        "unsubscribe",
        "cancel",
        "end",
        "quit",
        "revoke",
        "opt out",
        "remove",
        "arret",
        "td",
    )
    opt_in: tuple[str, ...] = ("start", "unstop")
    help: tuple[str, ...] = ("help", "info")


DEFAULT_LISTS = KeywordLists()

#: Anywhere in a text these say that somebody may want no more messages.
_TELLING = re.compile(
    r"\b(?:stop(?:p?ed|ping|all)?|unsubscribed?|unsubscribing|optout|opt(?:ing|ed)?[ -]out|revoke[ds]?|arrete[rz]?|"
    r"stopp|alto|abmelden|abbestellen|desabonner|desinscrire|desinscription|(?:cancelar|anular) suscripcion|baja)\b"
    r"|стоп|отпис|отмен|退订|退訂|停止|配信停止|取消订阅|수신거부|إلغاء|ايقاف|إيقاف"
)

#: The same said in other words.
_PHRASES = re.compile(
    r"\b(?:leave (?:me|us) alone|lose (?:my|this) number|"
    r"(?:take|get) (?:me|us) off|(?:remove|delete) (?:me|us|my (?:name|number)|this number)\b|"
    r"wrong (?:number|person)|"
    r"(?:do not|dont|never) (?:ever )?(?:text|message|sms|contact|write|spam)(?: to)? (?:me|us|this)|"
    r"(?:do not|dont|no longer) (?:want|wish|like)\b.{0,30}\b(?:texts?|messages?|sms|contact(?:ed)?|reminders?)|"
    r"no more (?:texts|messages|sms|spam|reminders)|(?:quit|cease|end) (?:send|text|messag|contact|spamm)ing|"
    r"(?:not interested|no thanks?,? stop|go away)|(?:cancel|end|quit|remove|revoke)\b.{0,30}\b"
    r"(?:texts?|messages?|sms|subscription|reminders?|notifications?|alerts?|list|newsletter)|i (?:want|wish) out|"
    r"laissez[ -]moi|lass(?:en sie|t)? mich in ruhe|keine (?:sms|nachrichten)|no (?:me )?(?:escriba|molest)\w*)"
)

#: Words around a keyword that change nothing: "cancel please", "remove me now".
_FILLERS = frozenset(
    re.findall(r"\w+", "please pls plz now ok okay just i this it that me us all everything thanks thank you the")
)

_APOSTROPHES = re.compile(r"[’'ʼ`´]")
_ASCII_OTHERS = re.compile(r"[^a-z0-9]+")
_ASCII_GAPS = re.compile(r"[^a-z0-9-]+")


class _Unmarked(dict[int, int | None]):
    """Removes combining marks and invisible characters; learns each character once."""

    def __missing__(self, code: int) -> int | None:
        kept = None if unicodedata.category(chr(code)) in ("Mn", "Me", "Cf") else code
        self[code] = kept
        return kept


_UNMARKED = _Unmarked()
_ALIKE = str.maketrans({"ı": "i", "ł": "l", "ø": "o"})


def normalise(text: str) -> str:
    """Return only the letters and digits of ``text``: NFKC, case folded, without accents."""
    return _letters(_fold(text))


def classify(text: str, lists: KeywordLists = DEFAULT_LISTS) -> Keyword:
    """Return what ``text`` as a whole message means."""
    folded = _fold(text)
    whole = _letters(folded)
    if not whole:
        return Keyword.NONE
    for words, keyword in (
        (lists.opt_out, Keyword.OPT_OUT),
        (lists.opt_in, Keyword.OPT_IN),
        (lists.help, Keyword.HELP),
    ):
        if whole in _normalised(words):
            return keyword
    return Keyword.LOOKS_LIKE_OPT_OUT if _looks_like_opt_out(folded, lists) else Keyword.NONE


def _looks_like_opt_out(folded: str, lists: KeywordLists) -> bool:
    bare = _APOSTROPHES.sub("", folded)
    if bare.isascii():
        spaced = _ASCII_GAPS.sub(" ", bare).strip()
    else:
        spaced = " ".join("".join(c if c.isalnum() or c == "-" else " " for c in bare).split())
    if _TELLING.search(spaced) or _PHRASES.search(spaced):
        return True
    rest = [word for word in spaced.split() if word not in _FILLERS]
    return "".join(rest) in _normalised(lists.opt_out) and len(rest) <= 3


def _letters(folded: str) -> str:
    if folded.isascii():  # most texts: each inbound message comes through here
        return _ASCII_OTHERS.sub("", folded)
    return "".join(character for character in folded if character.isalnum())


@lru_cache(maxsize=32)  # the office's lists, which every message is compared with
def _normalised(words: tuple[str, ...]) -> frozenset[str]:
    return frozenset(normalise(word) for word in words)


def _fold(text: str) -> str:
    """Return ``text`` case folded, in compatible forms and without combining marks."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return unicodedata.normalize("NFC", decomposed.translate(_UNMARKED)).translate(_ALIKE)
