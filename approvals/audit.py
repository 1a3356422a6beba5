"""The audit log's hash chain: each row's hash covers the one before it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from evidence.canonical import digest

GENESIS = "0" * 64


def row_hash(previous: str, row: Mapping[str, Any]) -> str:
    """SHA-256 over the previous hash and the row's canonical JSON (``seq, at, actor, action, subject, detail``)."""
    return digest({"previous": previous, "row": dict(row)})


def first_break(rows: Iterable[tuple[Mapping[str, Any], str]]) -> int | None:
    """Check (row, stored hash) pairs in order.

    Returns:
        The ``seq`` of the first row whose number or hash is not what it must be, or None where the chain holds.
    """
    previous, expected = GENESIS, 1
    for row, stored in rows:
        if row["seq"] != expected or row_hash(previous, row) != stored:
            return int(row["seq"])
        previous, expected = stored, expected + 1
    return None
