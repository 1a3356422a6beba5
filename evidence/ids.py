"""Identifiers: UUID version 7 (RFC 9562), which sort by creation time."""

from __future__ import annotations

import uuid_utils


def new_id() -> str:
    """A fresh UUIDv7 in its 36-character form."""
    return str(uuid_utils.uuid7())
