"""Canonical JSON (RFC 8785) and the digests that sign-offs name."""

from __future__ import annotations

import hashlib
from typing import Any

import rfc8785


def canonical_json(value: Any) -> bytes:
    """Serialise JSON-compatible data to its one canonical form.

    Args:
        value: dicts with string keys, lists, strings, booleans, None, integers within ±2^53 and finite floats.

    Returns:
        UTF-8 bytes as RFC 8785 (JSON Canonicalization Scheme) defines them.

    Raises:
        ValueError: the value has no canonical form (NaN, a huge integer, a lone surrogate, a foreign type).
    """
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        raise ValueError(f"no canonical JSON form: {error}") from error


def digest(value: Any) -> str:
    """SHA-256 of the canonical JSON of ``value``, as 64 lower-case hex digits."""
    return hashlib.sha256(canonical_json(value)).hexdigest()


def text_digest(text: str) -> str:
    """SHA-256 of the UTF-8 bytes of ``text``, as 64 lower-case hex digits."""
    return hashlib.sha256(text.encode()).hexdigest()
