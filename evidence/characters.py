"""Characters that text can be kept with: no database, page or terminal should have to bear the others."""

from __future__ import annotations

import unicodedata
from typing import Any


def is_keepable(char: str) -> bool:
    """Whether a character is neither a control character, line ends and tabs aside, nor half of a surrogate pair."""
    return char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cs")


def keepable(value: Any) -> Any:
    """JSON data, keys included, without characters that cannot be kept; for what a model wrote."""
    if isinstance(value, str):
        return value if value.isascii() and value.isprintable() else "".join(filter(is_keepable, value))
    if isinstance(value, list):
        return [keepable(each) for each in value]
    if isinstance(value, dict):
        return {str(keepable(name)): keepable(each) for name, each in value.items()}
    return value


_PLAIN = {
    code: base
    for code in range(0xC0, 0x180)
    if (base := unicodedata.normalize("NFD", chr(code))[0]) != chr(code)
}  # fmt: skip


def without_accents(text: str) -> str:
    """The text with plain letters for accented ones, of the same length: ``déjà`` is ``deja``."""
    return text if text.isascii() else text.translate(_PLAIN)


def unseen(text: str) -> str:
    """The first character in a word that nobody sees or that only looks like a space, as people can look for it.

    Returns:
        Such as "U+200B (zero width space)"; "" where every character shows.
    """
    for char in text:
        if char != " " and unicodedata.category(char) in ("Cc", "Cf", "Zs", "Zl", "Zp", "Co", "Cn"):
            name = unicodedata.name(char, "").lower()
            return f"U+{ord(char):04X}" + (f" ({name})" if name else "")
    return ""
