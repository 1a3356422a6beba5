"""Utterances cut into sentences and words, without losing where each word stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

from evidence.characters import without_accents

# Neither pattern can backtrack: the classes of neighbouring parts are disjoint.
WORD = re.compile(r"[^\W_]+(?:['’‘`-][^\W_]+)*")
_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "`": "'"})
_QUESTION = "?？؟"
_STOP = "!.…;\n。！"
_CLOSING = frozenset("?!")
_PAUSE = ',:()–—"“”„«»[]，¿¡'
_SPACES = frozenset(" \u00a0\u2009\u202f")  # some write one before a question mark


class WordRules(BaseModel):
    """How one language spells its words: what a written word stands for.

    Attributes:
        endings: contracted endings and the word each one stands for ("'re": "are").
        beginnings: likewise for beginnings ("l'": "le"), as many as a written word has.
        hyphens_join: whether "well-known" is one word, rather than two as in "as-tu".
        accents: "ignored" where people write the language without its accents as well.
        joined: written words that stand for several ("gonna": "going to"), or for another one.
        cased: words whose capital matters, and the form that cues use for them.
        fillers: words that may stand before a clause without meaning anything there.
        conjunctions: words after which a new clause begins.
        abbreviations: words whose full stop does not end a sentence.
        suffixes: endings that the light stemmer removes, longest first.
        prefixes: beginnings that the light stemmer removes.
        stopwords: words without content of their own.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    endings: dict[str, str] = {}
    beginnings: dict[str, str] = {}
    hyphens_join: bool = True
    accents: Literal["kept", "ignored"] = "kept"
    joined: dict[str, str] = {}
    cased: dict[str, str] = {}
    fillers: frozenset[str] = frozenset()
    conjunctions: frozenset[str] = frozenset()
    abbreviations: frozenset[str] = frozenset()
    suffixes: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    stopwords: frozenset[str] = frozenset()

    @cached_property
    def contractions(self) -> tuple[str, ...]:
        """The contracted endings."""
        return tuple(self.endings)

    def stem(self, word: str) -> str:
        """The word without its commonest endings; good enough to see that two words are one."""
        for prefix in self.prefixes:
            if word.startswith(prefix) and len(word) - len(prefix) >= 4:
                word = word[len(prefix) :]
                break
        for suffix in self.suffixes if word.endswith(self.suffixes) else ():
            if word.endswith(suffix) and len(word) - len(suffix) >= 3:
                word = word[: -len(suffix)]
                break
        if len(word) > 3 and word[-1] == word[-2]:
            word = word[:-1]
        return word[:-1] if len(word) > 3 and word[-1] in "ey" else word

    def content(self, words: tuple[str, ...]) -> tuple[str, ...]:
        """The stems of the words that carry content."""
        return tuple(self.stem(word) for word in words if word not in self.stopwords and word not in self.fillers)


class Token(NamedTuple):
    """One word in its normal form, and the written word it came from."""

    word: str
    start: int
    end: int
    after_pause: bool


@dataclass(frozen=True)
class Sentence:
    """A run of words up to a closing mark."""

    tokens: tuple[Token, ...]
    start: int
    end: int
    is_marked: bool
    rules: WordRules

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The normal forms."""
        return tuple(token.word for token in self.tokens)

    @cached_property
    def heads(self) -> tuple[bool, ...]:
        """For each word, whether a clause may begin there: after a pause, a conjunction, or fillers at such a place."""
        heads: list[bool] = []
        for index, token in enumerate(self.tokens):
            before = self.words[index - 1] if index else ""
            after_filler = index > 0 and heads[index - 1] and before in self.rules.fillers
            heads.append(index == 0 or token.after_pause or before in self.rules.conjunctions or after_filler)
        return tuple(heads)

    @cached_property
    def first(self) -> int:
        """Index of the first word that is not a filler (the number of words if all are)."""
        return next((i for i, word in enumerate(self.words) if word not in self.rules.fillers), len(self.words))

    @cached_property
    def stems(self) -> tuple[str, ...]:
        """The stems of the words that carry content."""
        return self.rules.content(self.words)

    def part(self, begin: int, end: int) -> Sentence:
        """The words from ``begin`` up to ``end`` as a sentence of their own, unmarked."""
        tokens = self.tokens[begin:end]
        start, stop = (tokens[0].start, tokens[-1].end) if tokens else (self.start, self.start)
        return Sentence(tokens=tokens, start=start, end=stop, is_marked=False, rules=self.rules)


def sentences(text: str, rules: WordRules) -> tuple[Sentence, ...]:
    """Cut ``text`` into sentences; runs in time linear in its length."""
    found: list[Sentence] = []
    tokens: list[Token] = []
    position = 0
    for match in WORD.finditer(text):
        gap = text[position : match.start()]
        if tokens and gap != " " and _ends_sentence(gap, tokens[-1], match.group(), rules):
            found.append(_close(text, tokens, match.start(), rules))
            tokens = []
        after_pause = not tokens or (gap != " " and _is_pause(gap))
        for number, word in enumerate(_normal_forms(match.group(), rules)):
            _append(tokens, Token(word, match.start(), match.end(), after_pause and number == 0))
        position = match.end()
    if tokens:
        found.append(_close(text, tokens, len(text), rules))
    return tuple(found)


def _is_pause(gap: str) -> bool:
    return any(mark in gap for mark in _PAUSE + _STOP) or "--" in gap or " -" in gap


def _normal_forms(written: str, rules: WordRules) -> Iterator[str]:
    if written in rules.cased:
        yield rules.cased[written]
        return
    word = written.lower().translate(_APOSTROPHES)
    if rules.accents == "ignored":
        word = without_accents(word)
    if word in rules.joined:
        yield from rules.joined[word].split()
        return
    if not rules.hyphens_join and "-" in word:
        for part in word.split("-"):
            yield from _normal_forms(part, rules)
        return
    head, apostrophe, rest = word.partition("'")
    if rest and (meaning := rules.beginnings.get(head + apostrophe)) is not None:
        yield meaning
        yield from _normal_forms(rest, rules)
        return
    for ending, meaning in rules.endings.items() if word.endswith(rules.contractions) else ():
        if word.endswith(ending) and len(word) > len(ending):
            yield word[: -len(ending)]
            yield meaning
            return
    yield word


def _append(tokens: list[Token], token: Token) -> None:
    """Add a word; a word or pair of words said twice in a row, as people do when they speak, counts once."""
    if tokens and tokens[-1].word == token.word:
        return
    tokens.append(token)
    if len(tokens) >= 4 and [t.word for t in tokens[-2:]] == [t.word for t in tokens[-4:-2]]:
        del tokens[-2:]


def _ends_sentence(gap: str, before: Token, after: str, rules: WordRules) -> bool:
    if any(mark in gap for mark in _QUESTION + "!;\n。！"):
        return True
    if "…" in gap or ".." in gap:  # a pause in speech, unless a new sentence visibly begins
        return after[0].isupper()
    if "." not in gap:
        return False
    is_abbreviation = gap.startswith(".") and before.word in rules.abbreviations
    return not is_abbreviation and (any(c.isspace() for c in gap) or after[0].isupper())


def _close(text: str, tokens: list[Token], limit: int, rules: WordRules) -> Sentence:
    end = tokens[-1].end
    if text[end : end + 1] in _SPACES and text[end + 1 : end + 2] in _CLOSING and end + 1 < limit:
        end += 1
    marked = False
    while end < limit and (text[end] in _QUESTION + _STOP) and text[end] != "\n":
        marked = marked or text[end] in _QUESTION
        end += 1
    marked = marked or any(mark in text[end:limit] for mark in _QUESTION)
    return Sentence(tokens=tuple(tokens), start=tokens[0].start, end=end, is_marked=marked, rules=rules)
