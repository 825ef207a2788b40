"""What one segment of a text costs, for estimates before a broadcast and for reports: nothing is ever billed by it."""

import re
from collections.abc import Callable
from typing import Final

from desktop_inbox.errors import InvalidInputError
from desktop_inbox.models.entities.channel import Capabilities, Channel
from desktop_inbox.models.work import Work

from .settings import CURRENCY, SEGMENT_PRICE

#: Of a channel's settings: the price of one segment and its currency, such as "0.0079 USD"; "" where nobody said it.
PRICE_SETTING: Final = "segment_price"
_PRICE: Final = re.compile(r"(\d{1,6}(?:[.,]\d{1,8})?)(?:\s+(\S{1,10}))?", re.ASCII)

Price = tuple[float | None, str]  # of one segment, above 0, and its currency; None where nobody said it


def read_price(text: str) -> Price:
    """Return the price that a text says. Raises InvalidInputError for what is none; "" and 0 are no price."""
    if not text.strip():
        return None, ""
    match = _PRICE.fullmatch(text.strip())
    if match is None:
        raise InvalidInputError(
            "price_invalid", "This is no price of a segment.", hint="Write a number and a currency, as 0.0079 USD."
        )
    price = float(match[1].replace(",", "."))
    return (price, match[2] or "") if price else (None, "")


def price_of(work: Work, channel: Channel | None, capabilities: Callable[[Channel], Capabilities]) -> Price:
    """Return the price on a channel: its own, in the office's currency where it says none, else that of the office
    where the channel counts segments."""
    if channel is None:
        return None, ""
    chosen = work.settings.all(0)
    currency = str(chosen.get(CURRENCY.key, CURRENCY.default))
    try:
        own = read_price(channel.settings.get(PRICE_SETTING, ""))
    except InvalidInputError:  # stored by an older program
        own = None, ""
    if own[0] is not None:
        return own[0], own[1] or currency
    if not capabilities(channel).segments:
        return None, ""
    price = chosen.get(SEGMENT_PRICE.key, SEGMENT_PRICE.default)
    if not isinstance(price, int | float) or price <= 0:
        return None, ""
    return float(price), currency
