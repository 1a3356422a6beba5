"""Cues: short phrases with gaps, found in a sentence word by word.

A cue is written as words with these signs, each separated by a space:

===============  ============================================================
``word``         this word, in its normal form (``you're`` is ``you are``)
``word*``        any word that begins like this
``*word``        any word that ends like this
``(a|b c|d*)``   one of these words or phrases
``<name>``       one of the entries of the list of that name
``x?``           optional
``!x``           not followed by this
``..``           up to three words
``^``            a clause begins here (fillers before it do not count)
``^^``           the sentence begins here (fillers before it do not count)
``$``            the clause ends here
``$$``           the sentence ends here
===============  ============================================================
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from practice.detection.text import Sentence

_GAP = 3
_PART = re.compile(r"!?\([^)]*\)\??|!?<\w+>\??|\S+")
Kind = Literal["word", "gap", "not", "clause", "sentence", "end", "very end"]


class Hit(NamedTuple):
    """Where a cue was found: words ``start`` up to, not including, ``end``."""

    start: int
    end: int


Hits = Mapping[str, tuple[Hit, ...]]
Phrase = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Element:
    """One part of a cue: single words, beginnings and endings of words, and longer phrases by their first word."""

    kind: Kind
    words: frozenset[str] = frozenset()
    beginnings: tuple[str, ...] = ()
    endings: tuple[str, ...] = ()
    phrases: Mapping[str, tuple[Phrase, ...]] = field(default_factory=dict)
    is_optional: bool = False

    def ends(self, words: Phrase, at: int) -> Sequence[int]:
        """Every index behind a match of this element at ``at``, longest first."""
        if at >= len(words):
            return ()
        word = words[at]
        alone = (at + 1,) if self.takes(word) else ()
        if word not in self.phrases or at + 1 == len(words):
            return alone
        # Of most phrases that begin with this word, the second one says at once that it is another phrase.
        second = words[at + 1]
        longer = [
            at + len(phrase)
            for phrase in self.phrases[word]
            if (phrase[1] == second or "*" in phrase[1]) and _begins(phrase, words, at)
        ]
        return (*longer, *alone)

    def takes(self, word: str) -> bool:
        """Whether this word alone matches."""
        return (
            word in self.words
            or (bool(self.beginnings) and word.startswith(self.beginnings))
            or (bool(self.endings) and word.endswith(self.endings))
        )


_ANY = _Element("word", beginnings=("",))


@dataclass(frozen=True, slots=True)
class _Cue:
    group: str
    elements: tuple[_Element, ...]
    needs: tuple[frozenset[str], ...]  # of each of these, one word is in every sentence that has the cue


class CueBook:
    """All cues of a language, compiled; finds every group in one pass over a sentence."""

    def __init__(self, groups: Mapping[str, Iterable[str]], lists: Mapping[str, Iterable[str]]) -> None:
        self._by_word: dict[str, list[_Cue]] = {}
        self._anywhere: list[_Cue] = []  # those that begin with something optional, or with a part of a word,
        self._anywhere_words: set[str] = set()  # and what the first word of any of them can be
        self._beginnings: tuple[str, ...] = ()
        self._endings: tuple[str, ...] = ()
        self._groups: dict[str, CueBook] = {}
        phrases = {name: tuple(tuple(entry.split()) for entry in entries) for name, entries in lists.items()}
        for group, cues in groups.items():
            for text in cues:
                elements = tuple(_parse(part, phrases, text) for part in _PART.findall(text))
                self._file(_Cue(group, elements, _needs(elements)))

    def _file(self, cue: _Cue) -> None:
        """Index a cue by the words it can begin with."""
        first = next((e for e in cue.elements if e.kind not in ("clause", "sentence")), None)
        if first is None or first.kind != "word":
            raise ValueError(f"a cue of {cue.group} does not begin with a word")
        starts = {*first.words, *first.phrases}
        if first.is_optional or first.beginnings or first.endings:
            self._anywhere.append(cue)
            for element in _first(cue):
                self._anywhere_words |= {*element.words, *element.phrases}
                self._beginnings += element.beginnings
                self._endings += element.endings
            return
        for word in starts:
            self._by_word.setdefault(word, []).append(cue)

    def find(self, sentence: Sentence) -> dict[str, tuple[Hit, ...]]:
        """Every hit, by group, in the order of the words."""
        found: dict[str, list[Hit]] = {}
        present = frozenset(sentence.words)
        for index, word in enumerate(sentence.words):
            for cue in self._at(word):
                if any(map(present.isdisjoint, cue.needs)):
                    continue  # most cues that begin with a common word end here
                end = _match(cue.elements, 0, sentence, index)
                if end is not None:
                    found.setdefault(cue.group, []).append(Hit(index, end))
        return {group: tuple(hits) for group, hits in found.items()}

    def holds(self, group: str, sentence: Sentence) -> bool:
        """Whether any cue of one group is found, without looking for those of the others."""
        book = self._groups.get(group) or self._groups.setdefault(group, self._only(group))
        present = frozenset(sentence.words)
        return any(
            not any(map(present.isdisjoint, cue.needs)) and _match(cue.elements, 0, sentence, index) is not None
            for index, word in enumerate(sentence.words)
            for cue in book._at(word)
        )

    def _only(self, group: str) -> CueBook:
        """A book of one group."""
        book = CueBook({}, {})
        for word, cues in self._by_word.items():
            if own := [cue for cue in cues if cue.group == group]:
                book._by_word[word] = own
        for cue in self._anywhere:
            if cue.group == group:
                book._file(cue)
        return book

    def _at(self, word: str) -> Sequence[_Cue]:
        """The cues that may begin with this word."""
        found: Sequence[_Cue] = self._by_word.get(word, ())
        if word in self._anywhere_words or word.startswith(self._beginnings) or word.endswith(self._endings):
            return (*found, *self._anywhere)
        return found


def _needs(elements: Sequence[_Element]) -> tuple[frozenset[str], ...]:
    """The words of every element that cannot be left out and takes whole words only; the rarest first, mostly."""
    return tuple(
        element.words.union(element.phrases)
        for element in reversed(elements)
        if element.kind == "word" and not (element.is_optional or element.beginnings or element.endings)
    )


def _first(cue: _Cue) -> list[_Element]:
    """The elements with which a match can begin: what stands behind something optional can, too."""
    found: list[_Element] = []
    for element in cue.elements:
        if element.kind in ("clause", "sentence"):
            continue
        if element.kind != "word":
            break
        found.append(element)
        if not element.is_optional:
            return found
    return [_ANY]


def _match(elements: tuple[_Element, ...], number: int, sentence: Sentence, at: int) -> int | None:
    """The index behind the cue if it fits at ``at``. Gaps are bounded, so the work per word is, too."""
    words = sentence.words
    while True:
        if number == len(elements):
            return at
        element = elements[number]
        if element.kind == "word":
            if element.is_optional or element.phrases:
                break
            if at >= len(words) or not element.takes(words[at]) or not _adjoins(elements, number, sentence, at):
                return None
            at += 1
        elif element.kind == "gap":
            break
        elif not _holds(element, sentence, at):
            return None
        number += 1
    # From here on there is more than one way to go on.
    following: Iterable[int]
    if element.kind == "word":
        ends = element.ends(words, at) if _adjoins(elements, number, sentence, at) else ()
        following = (*ends, *((at,) if element.is_optional else ()))
    else:
        following = range(at, min(at + _GAP, len(words)) + 1)
    for index in following:
        end = _match(elements, number + 1, sentence, index)
        if end is not None:
            return end
    return None


def _adjoins(elements: tuple[_Element, ...], number: int, sentence: Sentence, at: int) -> bool:
    """Whether the word at ``at`` may follow the one before it: no pause between them, except after a filler."""
    if number == 0 or elements[number - 1].kind != "word" or not 0 < at < len(sentence.words):
        return True
    return not sentence.tokens[at].after_pause or sentence.words[at - 1] in sentence.rules.fillers


def _holds(element: _Element, sentence: Sentence, at: int) -> bool:
    """Whether a condition that takes no word is met at ``at``."""
    if element.kind == "not":
        return not element.ends(sentence.words, at)
    if element.kind == "very end":
        return at == len(sentence.words)
    if element.kind == "end":
        return at == len(sentence.words) or sentence.tokens[at].after_pause
    if element.kind == "sentence":
        return at == sentence.first or at == 0
    return at < len(sentence.words) and sentence.heads[at]


def _parse(part: str, lists: Mapping[str, tuple[Phrase, ...]], cue: str) -> _Element:
    signs: dict[str, Kind] = {"..": "gap", "^": "clause", "^^": "sentence", "$": "end", "$$": "very end"}
    if part in signs:
        return _Element(signs[part])
    kind: Kind = "not" if part.startswith("!") else "word"
    is_optional = part.endswith("?")
    body = part.removeprefix("!").removesuffix("?")
    if (body.count("("), body.count(")")) != (body.startswith("("), body.endswith(")")):
        raise ValueError(f"parentheses do not match, in the cue {cue!r}")
    if body.startswith("<"):
        name = body.strip("<>")
        if name not in lists:
            raise ValueError(f"no list {name!r}, in the cue {cue!r}")
        options = lists[name]
    else:
        options = tuple(tuple(option.split()) for option in body.strip("()").split("|") if option.strip())
    single = [option[0] for option in options if len(option) == 1]
    phrases: dict[str, tuple[Phrase, ...]] = {}
    for option in sorted((o for o in options if len(o) > 1), key=lambda o: (-len(o), o)):
        if "*" in option[0]:
            raise ValueError(f"a phrase must begin with a whole word, in the cue {cue!r}")
        phrases[option[0]] = (*phrases.get(option[0], ()), option)
    return _Element(
        kind,
        words=frozenset(word for word in single if "*" not in word),
        beginnings=tuple(sorted(word[:-1] for word in single if word.endswith("*"))),
        endings=tuple(sorted(word[1:] for word in single if word.startswith("*"))),
        phrases=phrases,
        is_optional=is_optional,
    )


def _begins(phrase: Phrase, words: Phrase, at: int) -> bool:
    found = words[at : at + len(phrase)]
    if found == phrase:
        return True
    return len(found) == len(phrase) and all(map(_fits, phrase, found))


def _fits(pattern: str, word: str) -> bool:
    if pattern == word:
        return True
    if pattern.endswith("*"):
        return word.startswith(pattern[:-1])
    return pattern.startswith("*") and word.endswith(pattern[1:])
