"""Loading of what it takes to write phone numbers as people do: a tenth of a second, not on the GUI thread."""

import asyncio
from collections.abc import Iterable

from desktop_inbox.models.entities.contact import ContactAddress
from desktop_inbox.services.addresses import display

_warm = False


async def warm_up(addresses: Iterable[ContactAddress]) -> None:
    """Format ``addresses`` once on a worker thread; afterwards it is quick enough for painting."""
    global _warm
    if not _warm:
        for address in addresses:
            await asyncio.to_thread(display, address.scheme, address.path)
            _warm = True
