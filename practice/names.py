"""How people are called: by first name, by surname, or by all of it, with or without a title."""

from __future__ import annotations

from functools import lru_cache

TITLES = frozenset(
    {
        "mr", "mrs", "ms", "miss", "mister", "dr", "doctor", "prof", "professor", "sir", "madam", "herr", "frau",
        "madame", "mademoiselle", "monsieur", "mme", "mlle", "m", "señor", "señora", "señorita", "sr", "sra", "srta",
        "don", "doña",
    }
)  # fmt: skip


@lru_cache(maxsize=1024)
def called(name: str) -> tuple[str, ...]:
    """What the bearer of a signed name is called, longest first: "Dr Ana Sol" is "Ana Sol", "Ana" and "Sol"."""
    words = name.split()
    bare = [word for word in words if word.rstrip(".").casefold() not in TITLES] or words
    return tuple(sorted({" ".join(bare), bare[0], bare[-1]}, key=lambda part: (-len(part), part)))
