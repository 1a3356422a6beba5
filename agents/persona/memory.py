"""What a persona has said so far, so that it never says it again; and choices that depend on nothing but the scene."""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Callable, Iterable, Sequence

from agents.persona import PersonaCue
from practice.screening import repetition

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_SENTENCE = re.compile(r"[^.!?…\n]+")
RECENT = 8  # replies in which even a remark of a word or two does not come twice
REMARK = 3  # words; anything this long is said once in a scene


def plain(text: str) -> tuple[str, ...]:
    """The words of ``text``, folded."""
    return tuple(word.casefold().replace("’", "'") for word in _WORD.findall(text))


class Memory:
    """The persona's own lines, and picks among what it has not said.

    Args:
        cue: of this turn.
        spoken_as: how lines are worded before they are spoken, where that changes them.
    """

    def __init__(self, cue: PersonaCue, spoken_as: Callable[[str], str] | None = None) -> None:
        self._cue = cue
        self._spoken_as = spoken_as
        self._own = [line.text for line in cue.history if line.speaker == "persona"]
        # What somebody else in the room has said is not said again either: everybody has words of their own.
        self._heard = [*self._own, *(line.text for line in cue.history if line.speaker == "other")]
        self._sentences = {plain(m.group()) for text in self._heard for m in _SENTENCE.finditer(text)}
        self._recent = {plain(m.group()) for text in self._own[-RECENT:] for m in _SENTENCE.finditer(text)}

    def said(self, line: str) -> bool:
        """Whether a sentence of ``line`` was said before; a remark of a word or two only counts if it was recent."""
        return self._said(line) or (self._spoken_as is not None and self._said(self._spoken_as(line)))

    def _said(self, line: str) -> bool:
        for match in _SENTENCE.finditer(line):
            words = plain(match.group())
            if not words:
                continue
            if words in self._recent or (len(words) >= REMARK and words in self._sentences):
                return True
        return False

    def repeats(self, reply: str) -> bool:
        """Whether the whole reply would be a repetition by the rules that screen every persona."""
        return repetition(reply, self._heard) is not None

    def pick(self, lines: Iterable[str], key: str) -> str | None:
        """One line that was not said before, or None; the same scene picks the same, another persona another."""
        fresh = [line for line in lines if not line or not self.said(line)]
        return fresh[self.number(key) % len(fresh)] if fresh else None

    def first(self, lines: Sequence[str]) -> str | None:
        """The first line not said before, or None."""
        return next((line for line in lines if line and not self.said(line)), None)

    def number(self, key: str) -> int:
        """A number that depends on persona, turn and the learner's words only."""
        seed = f"{self._cue.name}|{self._cue.role}|{self._cue.turn}|{self._cue.learner_says}|{key}"
        return int.from_bytes(hashlib.sha256(seed.encode("utf-8", "replace")).digest()[:4], "big")

    def combine(self, bits: Sequence[str]) -> str:
        """Short remarks in an order never used before: there is always another."""
        start = self.number("bits")
        for length in (2, 3, 4):
            combinations = list(itertools.permutations(bits, length)) if length < 4 else itertools.permutations(bits, 4)
            listed = list(itertools.islice(combinations, 3000))
            for step in range(len(listed)):
                reply = " ".join(listed[(start + step) % len(listed)])
                if not self.repeats(reply):
                    return reply
        return " ".join(bits)
