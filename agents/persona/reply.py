"""What the persona replies: spoken words, freed while they stream from what some models put in front of them."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, AsyncIterator

_THOUGHTS = re.compile(r"\A(?:\s*<think>.*?</think>)+", re.DOTALL | re.IGNORECASE)
_MAX_HELD = 120  # characters kept back while it is open whether a label stands in front
_MAX_THOUGHTS = 40_000


async def spoken(pieces: AsyncIterator[str], name: str) -> AsyncGenerator[str, None]:
    """Pass on a reply without leading thoughts, a leading ``Name:`` and control characters.

    Args:
        pieces: the reply as the model streams it.
        name: the persona's name, as a label would show it.

    Yields:
        Non-empty pieces; only the beginning of the reply is ever held back.
    """
    label = re.compile(rf"\A\s*[*_\[(\"]*{re.escape(name)}[*_\])]*\s*:[*_]*\s*", re.IGNORECASE)
    held, started = "", False
    async for piece in pieces:
        piece = _printable(piece)
        if started:
            if piece:
                yield piece
            continue
        held = _THOUGHTS.sub("", held + piece)
        if _undecided(held, name):
            continue
        held = _bare(held, label)
        if held:
            started = True
            yield held
            held = ""
    if not started and (rest := _bare(held, label)):
        yield rest


def _undecided(text: str, name: str) -> bool:
    """Whether more text could still turn the beginning into thoughts or a label."""
    begun = text.lstrip()
    if not begun:
        return True
    if begun.lower().startswith("<think>"):
        return len(begun) < _MAX_THOUGHTS
    if "<think>".startswith(begun.lower()):
        return True
    bare = begun.lstrip('*_[("').lower()
    if len(begun) > _MAX_HELD:
        return False
    if bare.startswith(name.lower()):  # the name: is a colon coming?
        return re.fullmatch(r"[*_\])\s]*(:[*_\s]*)?", bare[len(name) :]) is not None
    return name.lower().startswith(bare)


def _bare(text: str, label: re.Pattern[str]) -> str:
    return label.sub("", text.lstrip())


def _printable(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(char for char in text if char in "\n\t" or (char >= " " and char != "\x7f"))
