"""What a company's brand voice does to example lines: shorter, warmer or more formal wording of the same thing."""

from __future__ import annotations

import re

from agents.author.archetypes import Library
from practice.topics import words
from strategy.charter import Charter, Clause, ClauseKind


def brand_voice(charter: Charter, library: Library) -> tuple[Clause, str] | None:
    """The brand voice clause this author can follow and its manner (``short``, ``warm``, ``formal``), or None."""
    for clause in charter.clauses:
        if clause.kind is not ClauseKind.BRAND_VOICE:
            continue
        spoken = " ".join(word.stem for word in words(clause.text, library.language))
        heard = {
            manner: sum(_stems(cue, library) in f" {spoken} " for cue in cues)
            for manner, cues in library.wording.voices.items()
        }
        manner = max(heard, key=lambda name: heard[name])
        if heard[manner]:
            return clause, manner
    return None


def _stems(cue: str, library: Library) -> str:
    return f" {' '.join(word.stem for word in words(cue, library.language))} "


def voiced(lines: tuple[str, ...], manner: str, library: Library) -> tuple[str, ...]:
    """The lines in this manner; what they say does not change."""
    if manner == "short":
        return tuple(broken(line) for line in lines)
    if manner == "formal":
        return tuple(_in_full(line, library) for line in lines)
    openers = library.wording.warm_openers
    # A warm opening on every line would be a mannerism: the first line of every three gets one.
    left = list(openers)
    warm = []
    for index, line in enumerate(lines):
        # Nobody is addressed by name twice in one breath, and no opening comes a second time.
        fitting = [opener for opener in left if not ("{name}" in opener and "{name}" in line)]
        if index % 3 == 0 and fitting:
            left.remove(fitting[0])
            line = f"{fitting[0]} {line}"
        warm.append(line)
    return tuple(warm)


def broken(line: str) -> str:
    """Two main clauses become two sentences: ``…, and I'll`` → ``…. I'll``."""
    return re.sub(
        r"[,;:] (?:(?:and|but) (?=that\b)|(?:and|but|so) (?!that\b))(I|we|you|that|then|it|there)\b",
        lambda found: f". {found.group(1)[0].upper()}{found.group(1)[1:]}",
        line,
    )


def _in_full(line: str, library: Library) -> str:
    for short, full in library.wording.full_forms.items():
        line = re.sub(rf"(?<!\w){re.escape(short)}(?!\w)", full, line)
    return line
