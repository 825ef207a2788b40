"""Column types that behave the same on SQLite and PostgreSQL."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Integer, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from desktop_inbox.clock import from_millis, to_millis

#: 64-bit everywhere; INTEGER on SQLite so that a primary key is the row id.
BigId = BigInteger().with_variant(Integer(), "sqlite")


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, stored as milliseconds since 1970; naive values are refused."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Return the number that is stored."""
        return None if value is None else to_millis(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Return the moment in UTC."""
        return None if value is None else from_millis(value)


class JsonText(TypeDecorator[Mapping[str, Any]]):
    """A small JSON object, stored as text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Mapping[str, Any] | None, dialect: Dialect) -> str | None:
        """Return compact JSON with sorted keys."""
        return (
            None
            if value is None
            else json.dumps(dict(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        )

    def process_result_value(self, value: str | None, dialect: Dialect) -> Mapping[str, Any] | None:
        """Return the object."""
        if value is None:
            return None
        loaded: dict[str, Any] = json.loads(value)
        return loaded
