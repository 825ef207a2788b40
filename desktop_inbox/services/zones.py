"""The zone in which an office's days begin."""

from contextlib import suppress
from datetime import tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from desktop_inbox.models.work import Work

from .export import ComputerZone
from .settings import TIME_ZONE


def zone_of(work: Work) -> tzinfo:
    """Return the workspace's zone, else that of this computer."""
    name = work.settings.get(TIME_ZONE.key)
    if isinstance(name, str) and name:
        with suppress(ZoneInfoNotFoundError, ValueError):
            return ZoneInfo(name)
    return ComputerZone()
