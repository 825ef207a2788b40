"""Staged: a file that waits to be sent, as views see it."""

from pathlib import Path
from typing import Protocol


class Staged(Protocol):
    """What AttachmentService.stage returns."""

    @property
    def path(self) -> Path: ...  # noqa: D102 - in our private folder

    @property
    def media_type(self) -> str: ...  # noqa: D102 - by content

    @property
    def size(self) -> int: ...  # noqa: D102 - bytes

    @property
    def name(self) -> str: ...  # noqa: D102 - for display

    @property
    def risky(self) -> bool: ...  # noqa: D102 - could run something when opened
