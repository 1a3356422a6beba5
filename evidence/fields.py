"""Content as named text fields: what quotes, comments and differences point to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def text_fields(content: Any, within: Iterable[str] | None = None) -> dict[str, str]:
    """Flatten JSON-compatible content to its non-empty texts.

    Args:
        content: nested dicts and lists.
        within: top-level names to keep; None keeps all.

    Returns:
        Path → text, in content order; paths look like ``persona.concerns[0].cover``.
    """
    keep = None if within is None else set(within)
    found: dict[str, str] = {}

    def walk(value: Any, path: str) -> None:
        if isinstance(value, str):
            if value.strip():
                found[path] = value
        elif isinstance(value, dict):
            for key, item in value.items():
                if path or keep is None or key in keep:
                    walk(item, f"{path}.{key}" if path else str(key))
        elif isinstance(value, list | tuple):
            for index, item in enumerate(value):
                walk(item, f"{path}[{index}]")

    walk(content, "")
    return found


def all_fields(content: Any) -> dict[str, str]:
    """Flatten content like ``text_fields``, with figures and yes or no as words: what a difference must not miss."""

    def worded(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: worded(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [worded(item) for item in value]
        if isinstance(value, bool):
            return "yes" if value else "no"
        return f"{value:g}" if isinstance(value, int | float) else value

    return text_fields(worded(content))
