"""One sentence as the detectors see it: its words, its cues, and its place in the talk."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from practice.detection.cues import Hit
from practice.detection.pack import LanguagePack
from practice.detection.text import Sentence, sentences
from practice.observation import Behaviour, Observation


@dataclass(frozen=True)
class Before:
    """What the other said before; a question alone asks nothing of it, so it is cut into words only when asked for."""

    text: str
    pack: LanguagePack

    @cached_property
    def sentences(self) -> tuple[Sentence, ...]:
        """Its sentences."""
        return sentences(self.text, self.pack.words)

    @cached_property
    def stems(self) -> frozenset[str]:
        """The stems of its words that carry content."""
        return frozenset(stem for sentence in self.sentences for stem in sentence.stems)


@dataclass(frozen=True)
class View:
    """A sentence of the learner, with the cues found in it and what the other said before."""

    sentence: Sentence
    pack: LanguagePack
    before: Before

    @property
    def previous(self) -> frozenset[str]:
        """The stems of what the other said before."""
        return self.before.stems

    @cached_property
    def hits(self) -> dict[str, tuple[Hit, ...]]:
        """Every cue found, by group."""
        return self.pack.book.find(self.sentence)

    def has(self, group: str) -> bool:
        """Whether a cue of the group was found."""
        return group in self.hits

    @property
    def length(self) -> int:
        """Number of words, without fillers."""
        return sum(word not in self.pack.words.fillers for word in self.sentence.words)

    @cached_property
    def overlap(self) -> float:
        """The share of the content words that the other used last."""
        stems = self.sentence.stems
        return sum(stem in self.previous for stem in stems) / len(stems) if stems else 0.0

    def part(self, begin: int, end: int) -> View:
        """Some of the words, seen by themselves."""
        return View(self.sentence.part(begin, end), self.pack, self.before)

    def clauses(self) -> tuple[View, ...]:
        """The parts between pauses."""
        starts = [i for i, token in enumerate(self.sentence.tokens) if token.after_pause or i == 0]
        ends = [*starts[1:], len(self.sentence.words)]
        return tuple(self.part(start, end) for start, end in zip(starts, ends, strict=True))

    def observation(self, behaviour: Behaviour, text: str, first: int = 0) -> Observation:
        """The behaviour, located from word ``first`` to the end of the sentence."""
        start, end = self.sentence.tokens[first].start, self.sentence.end
        return Observation(behaviour=behaviour, quote=text[start:end], start=start, end=end)


def views(text: str, before: Before) -> tuple[View, ...]:
    """The sentences of ``text``, each with what the other said before."""
    pack = before.pack
    return tuple(View(sentence, pack, before) for sentence in sentences(text, pack.words))
