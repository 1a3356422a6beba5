"""The audit log's hash chain: each row's hash covers the one before it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from evidence.canonical import digest

GENESIS = "0" * 64


def row_hash(previous: str, row: Mapping[str, Any]) -> str:
    """SHA-256 over the previous hash and the row's canonical JSON (``seq, at, actor, action, subject, detail``)."""
    return digest({"previous": previous, "row": dict(row)})


def _is_hash_of(previous: str, row: Mapping[str, Any], stored: str) -> bool:
    try:
        return row_hash(previous, row) == stored
    except ValueError:  # the row holds what no log row can hold, so it is not the row that was hashed
        return False


def first_break(rows: Iterable[tuple[Mapping[str, Any], str]], head: tuple[int, str] | None = None) -> int | None:
    """Check (row, stored hash) pairs in order.

    Args:
        rows: the whole log from its first row.
        head: ``(seq, hash)`` of the last row as it was exported earlier. Only against it can a log that was cut short,
        or
            written anew from some row on, be told from a whole one. The log may have grown since.

    Returns:
        The ``seq`` of the first row whose number or hash is not what it must be, or that is missing; None where the
        chain holds.
    """
    previous, expected = GENESIS, 1
    for row, stored in rows:
        if row.get("seq") != expected or not _is_hash_of(previous, row, stored):
            return expected
        if head is not None and head[0] == expected and head[1] != stored:
            return expected
        previous, expected = stored, expected + 1
    if head is not None and head[0] >= expected:
        return expected
    return None
