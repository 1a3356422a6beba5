"""Finding a quote in the text it is said to come from: no quote, no credit."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum

_FOLD = str.maketrans({"‘": "'", "’": "'", "‚": "'", "‛": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"',
                       "–": "-", "—": "-", "‑": "-", "−": "-", "…": "..."})  # fmt: skip


class Match(StrEnum):
    """How a quote was found."""

    EXACT = "exact"
    NORMALISED = "normalised"
    ABSENT = "absent"


@dataclass(frozen=True)
class Location:
    """Where a quote stands: ``text[start:end]``. Both are None where it is absent."""

    status: Match
    start: int | None = None
    end: int | None = None


def _normalise(text: str) -> tuple[str, list[int]]:
    """Fold case, white space, typographic quotes and dashes; give, per resulting character, its source offset."""
    out: list[str] = []
    offsets: list[int] = []
    space = True
    for index, char in enumerate(text):
        if char.isspace():
            if not space:
                out.append(" ")
                offsets.append(index)
            space = True
            continue
        if unicodedata.category(char) == "Cf":
            continue
        folded = unicodedata.normalize("NFKC", char.translate(_FOLD)).casefold()
        for piece in folded:
            if piece.isspace():
                continue
            out.append(piece)
            offsets.append(index)
        space = False
    return "".join(out), offsets


def locate(quote: str, text: str) -> Location:
    """Find ``quote`` in ``text``: exactly, else with case, space and typography folded.

    Args:
        quote: what was claimed to be verbatim; surrounding white space and quotation marks do not count.
        text: the source.

    Returns:
        The first place found. An empty quote, or one of punctuation only, is absent: it proves nothing.
    """
    bare = quote.strip().strip("\"'“”„‘’«»").strip()
    if not any(char.isalnum() for char in bare):
        return Location(Match.ABSENT)
    start = text.find(bare)
    if start >= 0:
        return Location(Match.EXACT, start, start + len(bare))
    needle = _normalise(bare)[0].strip()
    haystack, offsets = _normalise(text)
    start = haystack.find(needle)
    if start < 0:
        return Location(Match.ABSENT)
    return Location(Match.NORMALISED, offsets[start], offsets[start + len(needle) - 1] + 1)
