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


@dataclass(frozen=True)
class Folded:
    """A text with case, white space and typography folded; character ``i`` stands at ``spans[i]`` of the source."""

    text: str
    spans: tuple[tuple[int, int], ...]

    def source_span(self, start: int, end: int) -> tuple[int, int]:
        """The source offsets of ``text[start:end]``, which must not be empty."""
        return self.spans[start][0], self.spans[end - 1][1]


def fold(text: str) -> Folded:
    """Fold case, white space, typographic quotes and dashes, compatibility forms; drop invisible format characters."""
    out: list[str] = []
    spans: list[tuple[int, int]] = []
    space = True
    index, size = 0, len(text)
    while index < size:
        char = text[index]
        end = index + 1
        if char.isspace():
            if not space:
                out.append(" ")
                spans.append((index, end))
            space = True
        elif char.isascii() and (end == size or text[end].isascii()):
            out.append(char.lower())
            spans.append((index, end))
            space = False
        elif unicodedata.category(char) != "Cf":
            # A letter and its combining marks fold together, so that both spellings of "é" are the same.
            while end < size and unicodedata.combining(text[end]):
                end += 1
            folded = unicodedata.normalize("NFKC", text[index:end].translate(_FOLD)).casefold()
            for piece in unicodedata.normalize("NFKC", folded).translate(_FOLD):
                if not piece.isspace():
                    out.append(piece)
                    spans.append((index, end))
            space = False
        index = end
    return Folded("".join(out), tuple(spans))


def _folded_text(text: str) -> str:
    """``fold(text).text``, without its spans: most texts are ASCII, and most quotes are not looked up in vain."""
    if not text.isascii():
        return fold(text).text
    folded = " ".join(text.lower().split())
    return f"{folded} " if folded and text[-1].isspace() else folded


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
    needle = _folded_text(bare).strip()
    start = _folded_text(text).find(needle) if needle else -1
    if start < 0:
        return Location(Match.ABSENT)
    haystack = fold(text)
    return Location(Match.NORMALISED, *haystack.source_span(start, start + len(needle)))
