"""Changing one place in a scenario's content: finding what was quoted, removing it, replacing it, adding to it.

People quote what they see, which is the rendered text; the text under signature has ``{key}`` placeholders. Quotes are
therefore looked for in both, and placeholders are put back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from agents.author.reading import plain, sentences
from evidence.fields import text_fields
from evidence.locate import Match, locate
from practice.variation import NOT_TEXT, PLACEHOLDER

_STEP = re.compile(r"([a-z_]+)|\[(\d+)\]")
# Where an item of a list is more than its text, removing the text removes the item.
_WHOLE_ITEM = re.compile(
    r"^((?:exemplars|safety_notes|persona\.(?:goals|small_talk|closing))\[\d+\])$"
    r"|^(objectives\[\d+\])\.text$|^(persona\.objections\[\d+\])\.line$"
)


def steps(path: str) -> list[str | int]:
    """``persona.goals[0]`` → ``["persona", "goals", 0]``."""
    return [name if name else int(index) for name, index in _STEP.findall(path)]


def value_at(content: Any, path: str) -> Any:
    """What stands at a path, or None."""
    for step in steps(path):
        try:
            content = content[step]
        except (KeyError, IndexError, TypeError):
            return None
    return content


def put(content: Any, path: str, value: Any) -> None:
    """Write a value at a path that exists."""
    *way, last = steps(path)
    for step in way:
        content = content[step]
    content[last] = value


def remove_item(content: Any, path: str) -> None:
    """Delete an item of a list."""
    *way, last = steps(path)
    for step in way:
        content = content[step]
    del content[last]


def texts(content: Any, within: str = "") -> dict[str, str]:
    """The texts a request may change, by path; ``within`` limits them to a field and what is below it."""
    found = {path: text for path, text in text_fields(content).items() if not NOT_TEXT & set(map(str, steps(path)))}
    if not within:
        return found
    below = {p: t for p, t in found.items() if p == within or p.startswith((f"{within}.", f"{within}["))}
    return below


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its placeholders filled, as a reader sees it."""
    return PLACEHOLDER.sub(lambda found: values.get(found.group(1), found.group()), text)


def unfilled(text: str, values: Mapping[str, str], keys: set[str]) -> str:
    """The text with the values of these slots turned back into placeholders."""
    for key in sorted(keys, key=lambda k: -len(values.get(k, ""))):
        if values.get(key):
            text = re.sub(rf"(?<!\w){re.escape(values[key])}(?!\w)", f"{{{key}}}", text)
    return text


def _keys(text: str) -> set[str]:
    return set(PLACEHOLDER.findall(text))


def quoted_sentences(text: str, quote: str, values: Mapping[str, str]) -> list[int]:
    """Which sentences of ``text`` the quote is about: the one it stands in, or all that it covers."""
    parts = [filled(part, values) for part in sentences(text)]
    shown = filled(quote, values)
    inside = [i for i, part in enumerate(parts) if locate(shown, part).status is not Match.ABSENT]
    if inside:
        return inside[:1]
    if locate(shown, " ".join(parts)).status is Match.ABSENT:
        return []
    return [i for i, part in enumerate(parts) if locate(part, shown).status is not Match.ABSENT]


def remove_quote(content: Any, quote: str, field: str, values: Mapping[str, str]) -> list[str]:
    """Remove the sentence with this quote, wherever it stands in ``field`` ("" for everywhere).

    Returns:
        The paths that changed; empty where the quote is not there, or nothing would be left of a text that must be.
    """
    changed: list[str] = []
    for path, text in reversed(texts(content, field).items()):
        hit = quoted_sentences(text, quote, values)
        if not hit:
            continue
        kept = [part for index, part in enumerate(sentences(text)) if index not in hit]
        if kept:
            put(content, path, " ".join(kept))
            changed.append(path)
        elif item := _WHOLE_ITEM.match(path):
            remove_item(content, next(group for group in item.groups() if group))
            changed.append(path)
    return changed


def replace_quote(content: Any, old: str, new: str, field: str, values: Mapping[str, str]) -> list[str]:
    """Replace the quoted words by others, wherever they stand in ``field``; the paths that changed."""
    changed: list[str] = []
    new = plain(new)
    for path, text in texts(content, field).items():
        if old in text:
            put(content, path, text.replace(old, new))
            changed.append(path)
            continue
        shown = filled(text, values)
        place = locate(old, shown)
        if place.start is None or place.end is None:
            continue
        put(
            content,
            path,
            unfilled(shown[: place.start] + new + shown[place.end :], values, set(PLACEHOLDER.findall(text))),
        )
        changed.append(path)
    return changed


def shortened(text: str) -> str:
    """About two thirds of the text: whole sentences, from the start; the same text where it has only one."""
    parts = sentences(text)
    kept = list(parts)
    while len(kept) > 1 and len(" ".join(kept)) > 0.67 * len(text):
        kept.pop()
    return " ".join(kept) if len(kept) < len(parts) else text
