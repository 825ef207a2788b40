"""Where the lines of a chart's scale lie: round numbers, round times."""

from collections.abc import Sequence
from typing import Final

_LINES: Final = 4
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
#: Round times in seconds; longer ones are whole days.
_TIMES: Final = (1, 2, 5, 10, 15, 30, _MINUTE, 2 * _MINUTE, 5 * _MINUTE, 10 * _MINUTE, 15 * _MINUTE, 30 * _MINUTE,
                 _HOUR, 2 * _HOUR, 3 * _HOUR, 6 * _HOUR, 12 * _HOUR)  # fmt: skip


def number_ticks(highest: float) -> Sequence[float]:
    """Return whole numbers from 0 to at least ``highest``, one, two or five times a power of ten apart."""
    step = 1
    while step * _LINES < highest:
        first = int(str(step)[0])
        step = step * 5 // 2 if first == 2 else step * 2
    return _up_to(step, highest)


def percent_ticks(_highest: float) -> Sequence[float]:
    """Return the quarters of a hundred."""
    return (0, 25, 50, 75, 100)


def time_ticks(highest: float) -> Sequence[float]:
    """Return round times in seconds from 0 to at least ``highest``."""
    step = next((one for one in _TIMES if one * _LINES >= highest), None)
    if step is None:
        step = int(number_ticks(highest / _DAY)[1]) * _DAY
    return _up_to(step, highest)


def label_step(count: int, fitting: int) -> int:
    """Return how many labels to go on each time so that at most ``fitting`` of ``count`` are written."""
    return max(1, -(-count // max(1, fitting)))


def _up_to(step: int, highest: float) -> Sequence[float]:
    ticks = [0.0]
    while ticks[-1] < highest or len(ticks) < 2:
        ticks.append(ticks[-1] + step)
    return ticks
