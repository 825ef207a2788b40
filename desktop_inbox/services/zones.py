"""The zone in which an office's days begin."""

import os
from contextlib import suppress
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

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


def zone_name_of(work: Work) -> str:
    """Return the IANA name of the workspace's zone, else of this computer's."""
    name = work.settings.get(TIME_ZONE.key)
    if isinstance(name, str) and name:
        with suppress(ZoneInfoNotFoundError, ValueError):
            return ZoneInfo(name).key
    return computer_zone_name(work.now().year)


@lru_cache(maxsize=2)
def computer_zone_name(year: int) -> str:
    """Return the IANA name of this computer's zone: as the system has it, else one with the same clock all year."""
    for name in (os.environ.get("TZ", "").removeprefix(":"), _linked()):
        with suppress(ZoneInfoNotFoundError, ValueError, OSError):
            if name:
                return ZoneInfo(name).key
    days = [datetime(year, month, day, 12, tzinfo=UTC) for month in range(1, 13) for day in (1, 15)]
    wanted = [day.astimezone().utcoffset() for day in days]

    def fits(name: str) -> bool:
        zone = ZoneInfo(name)
        return [day.astimezone(zone).utcoffset() for day in days] == wanted

    names = sorted(available_timezones(), key=lambda name: ("/" not in name or name.startswith("Etc/"), name))
    return next(filter(fits, names), "UTC")


def _linked() -> str:
    """What the system's file points at, as on Linux and macOS."""
    return Path("/etc/localtime").resolve().as_posix().rpartition("zoneinfo/")[2]
