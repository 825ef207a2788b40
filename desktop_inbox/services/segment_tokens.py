"""Words, quotes and signs of the text notation of segments, each with its place."""

import re
from dataclasses import dataclass
from enum import StrEnum

from .segment_errors import SegmentError


class TokenKind(StrEnum):
    """What a token is."""

    WORD = "word"
    QUOTED = "quoted"
    SIGN = "sign"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """One token; ``text`` is without quotes."""

    kind: TokenKind
    text: str
    start: int
    end: int

    def is_word(self, *words: str) -> bool:
        """Whether it is one of these words, outside quotes."""
        return self.kind is TokenKind.WORD and self.text.lower() in words

    def is_sign(self, *signs: str) -> bool:
        """Whether it is one of these signs."""
        return self.kind is TokenKind.SIGN and self.text in signs


MAX_LENGTH = 100_000
_PATTERN = re.compile(
    r"""\s*(?:
        (?P<quoted>"(?:[^"\\]|\\.)*"|“[^”]*”|„[^“”]*[“”])
      | (?P<sign>\.\.|!=|!~|>=|<=|[=~<>^$(),])
      | (?P<word>(?:(?!\.\.)[^\s"“”„=~!<>^$(),])+)
      | (?P<open>["“„])
      | (?P<odd>\S)
      | $
    )""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def tokenise(text: str) -> list[Token]:
    """Return the tokens of ``text``, with one of kind END behind the last. Raises SegmentError."""
    if len(text) > MAX_LENGTH:
        raise SegmentError("too_complex", "This filter is too long.", hint="Split it into several segments.").at(0, 0)
    tokens: list[Token] = []
    place = 0
    while place < len(text):
        match = _PATTERN.match(text, place)
        assert match is not None  # noqa: S101 - every character is taken by one of the alternatives
        kind = match.lastgroup
        place = match.end()
        if kind is None:
            break
        start, end = match.span(kind)
        if kind == "quoted":
            inner = text[start + 1 : end - 1]
            said = _ESCAPED.sub(r"\1", inner) if text[start] == '"' else inner
            tokens.append(Token(TokenKind.QUOTED, said, start, end))
        elif kind in ("sign", "word"):
            tokens.append(Token(TokenKind(kind), match[kind], start, end))
        elif kind == "open":
            raise SegmentError("open_quote", "A quotation mark is not closed.", suggestion='"').at(start, len(text))
        else:
            raise SegmentError("syntax", "This character has no meaning here.", hint="Put texts into quotes.").at(
                start, end
            )
    tokens.append(Token(TokenKind.END, "", len(text), len(text)))
    return tokens


def quote(text: str) -> str:
    """Return ``text`` as a token that reads back as it is."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
