"""Emoji by name and keyword, read once from the file that ships with the program."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .resources import resource_dir

#: Groups of the Unicode charts, by number, each shown by one of its own; components have none.
GROUPS: tuple[tuple[int, str], ...] = (
    (0, "😀"),
    (1, "👋"),
    (3, "🐵"),
    (4, "🍎"),
    (5, "🚗"),
    (6, "⚽"),
    (7, "💡"),
    (8, "❤️"),
    (9, "🏳️"),
)
NO_TONE = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Emoji:
    """One emoji; ``tones`` are its five skin tones, from light to dark, where it has them."""

    text: str
    name: str
    group: int
    words: tuple[str, ...]
    tones: tuple[str, ...] = ()

    def toned(self, tone: int) -> str:
        """Return it in a skin tone: 0 for none, 1 (light) to 5 (dark)."""
        return self.tones[tone - 1] if NO_TONE < tone <= len(self.tones) else self.text


def load_emoji(path: Path | None = None) -> tuple[Emoji, ...]:
    """Return all emoji in the order of the charts. Blocks; for worker threads."""
    lines = (path or resource_dir() / "emoji" / "emoji.tsv").read_text(encoding="utf-8").splitlines()
    return tuple(_parse(line) for line in lines if line)


def find_emoji(emoji: Sequence[Emoji], text: str) -> tuple[Emoji, ...]:
    """Return those whose name or keywords contain the beginning of every word of ``text``; names first."""
    wanted = text.casefold().split()
    if not wanted:
        return tuple(emoji)
    named = [one for one in emoji if _fits(wanted, one.name.split())]
    tagged = [one for one in emoji if _fits(wanted, [*one.name.split(), *one.words])]
    return tuple(dict.fromkeys([*named, *tagged]))


def _fits(wanted: Sequence[str], words: Sequence[str]) -> bool:
    return all(any(word.casefold().startswith(part) for word in words) for part in wanted)


def _parse(line: str) -> Emoji:
    text, name, group, words, tones = line.split("\t")
    return Emoji(
        text=text,
        name=name,
        group=int(group),
        words=tuple(word for keyword in words.split(",") for word in keyword.split()),
        tones=tuple(tones.split()),
    )
