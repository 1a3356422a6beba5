"""Content as named text fields: what quotes, comments and differences point to."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

_PARTS = re.compile(r"\[[0-9]{1,6}\]|[^\[\]]+")


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


def with_text(content: Any, path: str, text: str) -> Any:
    """A copy of content with another text in one field.

    Args:
        content: nested dicts and lists.
        path: of a text that is there, as ``text_fields`` names it.
        text: the whole new text.

    Raises:
        KeyError: there is no text at that path.
    """
    steps = [step for part in path.split(".") for step in _PARTS.findall(part)]
    if not steps:
        raise KeyError(path)

    def copied(value: Any, rest: list[str]) -> Any:
        if not rest:
            if not isinstance(value, str):
                raise KeyError(path)
            return text
        step, *others = rest
        if isinstance(value, dict) and step in value:
            return {**value, step: copied(value[step], others)}
        if isinstance(value, list | tuple) and step.startswith("[") and int(step[1:-1]) < len(value):
            place = int(step[1:-1])
            return [copied(item, others) if index == place else item for index, item in enumerate(value)]
        raise KeyError(path)

    return copied(content, steps)
