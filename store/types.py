"""Column types, and the classification that every column carries."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Column, DateTime, Dialect, LargeBinary, TypeDecorator


class DataClass(StrEnum):
    """How sensitive a stored field is."""

    PUBLIC = "public"
    INTERNAL = "internal"
    CONFIDENTIAL = "confidential"
    PERSONAL = "personal"
    SENSITIVE = "sensitive"


class Sealed(bytes):
    """Encrypted text, as only ``store.vault`` makes it."""


class EncryptedText(TypeDecorator[Sealed]):
    """A column that takes nothing but sealed bytes: a plain string cannot be stored in it by mistake."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:
        """Refuse anything that the vault did not seal."""
        if value is not None and not isinstance(value, Sealed):
            raise TypeError("an encrypted column takes only text that the vault has sealed")
        return None if value is None else bytes(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Sealed | None:
        """Mark what was read as sealed."""
        return None if value is None else Sealed(value)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC, always aware; stored without a zone where the database has none (SQLite)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware datetime into UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError("a stored moment needs a time zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give an aware datetime in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def field(
    name: str, *args: Any, kind: DataClass = DataClass.INTERNAL, purposes: tuple[str, ...] = (), **options: Any
) -> Column[Any]:
    """A column with its classification: its class and the purposes its reading may serve (for personal data)."""
    return Column(name, *args, info={"class": kind, "purposes": purposes}, **options)
