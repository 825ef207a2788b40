"""When to try a failed delivery again: pure, the time and the chance are arguments."""

import random as _chance
from collections.abc import Callable
from datetime import datetime, timedelta

from desktop_inbox.services.providers.base import NotSentError, ProviderError, ThrottledError

MAX_ATTEMPTS = 8
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=15)
#: A provider may ask for more; nobody in an office waits longer for one message.
LONGEST_RETRY_AFTER = timedelta(hours=1)
#: A provider that says "slow down" and not for how long is left alone at least this long.
SHORTEST_THROTTLE = timedelta(seconds=1)

#: Returns a number between two others: ``random.uniform``.
Uniform = Callable[[float, float], float]


def backoff(attempts: int, random: Uniform = _chance.uniform) -> timedelta:
    """Return a pause of chance length, up to 5 s doubled with each attempt made and at most 15 minutes.

    The full width is left to chance, so that desktops that failed together do not come back together.
    """
    ceiling = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(max(attempts, 0), 20))
    return timedelta(seconds=random(0.0, ceiling.total_seconds()))


def next_attempt(
    error: ProviderError, attempts: int, now: datetime, random: Uniform = _chance.uniform
) -> datetime | None:
    """Return when to try again after ``error``, or None when no automatic attempt may follow.

    ``attempts`` counts the real attempts made, the one that failed included; being throttled does not count.
    None after an AmbiguousError (it is cleared up, never repeated), a RejectedError (for good) and a
    ChannelError (a person must mend the channel first).
    """
    if isinstance(error, ThrottledError):
        if error.retry_after is not None:
            return now + min(max(error.retry_after, timedelta(0)), LONGEST_RETRY_AFTER)
        return now + max(backoff(attempts, random), SHORTEST_THROTTLE)
    if isinstance(error, NotSentError) and attempts < MAX_ATTEMPTS:
        return now + backoff(attempts, random)
    return None
