"""Page: a slice of a long list, read by place."""

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """Some items in order, and whether more lie beyond the last."""

    items: tuple[T, ...]
    has_more: bool
