"""Fuzzy matching for the switcher: letters in order, better at the starts of words."""

import unicodedata


def folded(text: str) -> str:
    """Return ``text`` in small letters without accents."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def score(query: str, text: str) -> int:
    """Return how well ``query`` fits, 0 for not at all. A whole run of letters beats scattered ones."""
    wanted, given = folded(query).replace(" ", ""), folded(text)
    if not wanted:
        return 1
    at = given.find(folded(query).strip())
    if at == 0 and len(given) == len(folded(query).strip()):
        return 2500
    if at >= 0:
        return 1000 - min(at, 200) + (500 if at == 0 else 300 if not given[at - 1].isalnum() else 0)
    points, place = 1, -1
    for char in wanted:
        found = given.find(char, place + 1)
        if found < 0:
            return 0
        starts_word = found == 0 or not given[found - 1].isalnum()
        points += 12 if starts_word else 8 if found == place + 1 else 1
        place = found
    # Letters strewn all over a long text are chance, not a match.
    return points if points >= 4 * len(wanted) else 0
