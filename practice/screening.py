"""A last look by code at what a persona said: does it leak, flip roles, narrate, break the scene, repeat itself?"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from typing import Protocol

from evidence.locate import Match, locate
from practice.names import TITLES
from practice.names import called as called_by
from practice.phrases import LANGUAGES, Watch, load, telling

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_SENTENCE = re.compile(r"[^.!?…\n]+[.!?…]*")
# Here case folding changes no word into two: such a text may be folded as a whole.
_SIMPLE = re.compile(r"[\x00-\x7fÀ-ÖØ-öø-ÿ–—“”„‚‘’…«»]*")
_STAGE = re.compile(r"(?<!\*)\*(?!\*)([^*\n]{2,120})\*(?!\*)|\(([^()\n]{3,120})\)|\[([^\[\]\n]{3,120})\]")
# Who a line is labelled with that the learner speaks.
_LEARNER = frozenset(
    {"learner", "you", "user", "human", "lernende", "lernender", "du", "sie", "mensch", "apprenant", "apprenante",
     "vous", "toi", "tu", "utilisateur", "aprendiz", "usted", "tú", "usuario"}
)  # fmt: skip
_INTRODUCES = (
    r"\b(?:i'm|i am|it's|name is|ich bin|ich heiße|hier ist|je suis|je m'appelle|c'est|soy|me llamo|mi nombre es)\b"
)
_LABEL = re.compile(r"(?:^|\n)\s*\**([A-ZÀ-ÖØ-Þ][\w .'-]{0,40}?)\**\s*:\s*\S")
LEAK_WINDOW = 5  # words in a row shared with a locked fact
LEAK_CONTENT = 3  # of which at least so many are not stop words
RECITED = 8  # words in a row of the instructions that nobody says by chance
REPEAT_WORDS = 5  # a sentence shorter than this may come twice ("I see.")


class Spoken(Protocol):
    """A line of the conversation; ``speaker`` is ``learner``, ``persona``, or ``other`` for somebody else in it."""

    @property
    def speaker(self) -> str:
        """Who spoke."""
        ...

    @property
    def text(self) -> str:
        """What was said."""
        ...

    @property
    def words(self) -> Sequence[str]:
        """``words_of`` its text: a line is looked at again in every later turn."""
        ...


class Problem(StrEnum):
    """What can be wrong with a reply."""

    EMPTY = "empty"
    LEAK = "leak"
    ROLE_FLIP = "role_flip"
    NARRATION = "narration"
    ASSISTANT_TALK = "assistant_talk"
    LANGUAGE = "language"
    REPETITION = "repetition"
    ABUSE = "abuse"
    INSTRUCTIONS = "instructions"


@dataclass(frozen=True)
class Finding:
    """One problem and the words of the reply that show it."""

    problem: Problem
    quote: str


def screen(
    reply: str,
    *,
    locked_facts: Sequence[str],
    history: Sequence[Spoken],
    language: str,
    persona_name: str,
    others: Sequence[str] = (),
    again: bool = False,
    instructions: Collection[tuple[str, ...]] = (),
) -> tuple[Finding, ...]:
    """Everything wrong with ``reply``; empty where nothing is.

    Args:
        reply: the whole reply.
        locked_facts: the facts of concerns that are not open, whosever they are: the canaries.
        history: the conversation before the reply.
        language: the language of the scene.
        persona_name: as the scenario gives it.
        others: names of the other people in the scene.
        again: the learner asked for the last point in simpler words, so that repeating it is no fault.
        instructions: every ``RECITED`` words in a row of what the player is told about how to play; see ``runs_of``.
    """
    if not any(char.isalnum() for char in reply):
        return (Finding(Problem.EMPTY, reply),)
    words = words_of(reply)
    suspected = _watch().suspects(reply)
    checks = (
        _leak(reply, words, locked_facts, language),
        _role_flip(reply, words, history, persona_name, others),
        _narration(reply, language, persona_name),
        _assistant_talk(reply, suspected),
        _recitation(words, instructions),
        _language_switch(reply, words, language),
        _abuse(reply, suspected),
        None
        if again
        else _repetition(reply, words, [(line.text, line.words) for line in history if line.speaker == "persona"]),
    )
    return tuple(finding for finding in checks if finding)


def guess_language(text: str) -> str | None:
    """One of the languages there are phrases for, by stop words; None where none is clear."""
    return _language_of(words_of(text))


def _language_of(words: Sequence[str]) -> str | None:
    counts = {code: sum([word in listed for word in words]) for code, listed in telling().items()}
    best, other = sorted(counts, key=lambda code: counts[code], reverse=True)[:2]
    return best if counts[best] >= 2 and counts[best] >= 2 * counts[other] + 1 else None


def words_of(text: str) -> list[str]:
    """The words of a text as they are compared: without case, and with one kind of apostrophe."""
    if _SIMPLE.fullmatch(text):
        return _WORD.findall(text.casefold().replace("’", "'"))
    return [m.group().casefold().replace("’", "'") for m in _WORD.finditer(text)]


def runs_of(text: str) -> frozenset[tuple[str, ...]]:
    """Every ``RECITED`` words in a row of each line of a text."""
    return frozenset(run for line in text.splitlines() for run in _runs(words_of(line), RECITED))


def _runs(words: Sequence[str], length: int) -> Iterator[tuple[str, ...]]:
    """Every so many words in a row."""
    return zip(*(words[start:] for start in range(length)), strict=False)


def _recitation(words: Sequence[str], instructions: Collection[tuple[str, ...]]) -> Finding | None:
    """Whoever reads out how it is to play has been talked into it."""
    found = sorted({*_runs(words, RECITED)}.intersection(instructions)) if instructions else []
    return Finding(Problem.INSTRUCTIONS, " ".join(found[0])) if found else None


def _leak(reply: str, words: Sequence[str], facts: Sequence[str], language: str) -> Finding | None:
    stops = load(language).stop_words
    spoken = [*_runs(words, LEAK_WINDOW)]
    for fact in facts:
        if locate(fact, reply).status is not Match.ABSENT:
            return Finding(Problem.LEAK, fact)
        told = _told(fact)
        for run in spoken:
            if run in told and sum(word not in stops for word in run) >= LEAK_CONTENT:
                return Finding(Problem.LEAK, " ".join(run))
    return None


@lru_cache(maxsize=1024)
def _told(fact: str) -> frozenset[tuple[str, ...]]:
    """What nobody may say in a row before a fact is open; facts are signed text."""
    return frozenset(_runs(words_of(fact), LEAK_WINDOW))


def _role_flip(
    reply: str, words: Sequence[str], history: Sequence[Spoken], name: str, others: Sequence[str]
) -> Finding | None:
    own = name.casefold().split()
    theirs = {part.casefold() for other in others for part in (other, *called_by(other))}
    for match in _LABEL.finditer(reply):
        label = match.group(1).casefold()
        if label in _LEARNER or label in theirs:
            return Finding(Problem.ROLE_FLIP, match.group().strip())
    first = re.escape(next((part for part in name.split() if part.rstrip(".").casefold() not in TITLES), name))
    # Who calls the other one by one's own name speaks for the other one: "Thanks, Maria", "Maria, how do you see it?"
    called = re.search(
        rf"(?:^|[.!?]\s+){first},\s+(?!here\b|hier\b|ici\b|aquí\b)|,\s+{first}\s*[,.!?]", reply, re.IGNORECASE
    )
    if own and called and not re.search(rf"{_INTRODUCES}[^.!?]*{first}", reply, re.IGNORECASE):
        return Finding(Problem.ROLE_FLIP, called.group().strip())
    if len(words) < REPEAT_WORDS:
        return None
    for line in history:
        if line.speaker != "persona" and line.words == words:
            return Finding(Problem.ROLE_FLIP, line.text)
    return None


def _narration(reply: str, language: str, name: str) -> Finding | None:
    phrases = load(language)
    for match in _STAGE.finditer(reply):
        starred, inside = match.group(1), (match.group(1) or match.group(2) or match.group(3)).strip()
        stage = any(p.search(inside) for code in LANGUAGES for p in load(code).patterns["stage_word"])
        if stage or (starred and len(inside.split()) >= 4):
            return Finding(Problem.NARRATION, match.group())
    for pattern in phrases.patterns["narration"]:
        named = re.compile(pattern.pattern.replace("{name}", re.escape(name.split()[0])), re.IGNORECASE)
        for sentence in _SENTENCE.finditer(reply):
            text = sentence.group().strip()
            match_ = named.search(text)
            # At the head of a sentence it is a stage direction; inside ("when he looks at me") it is talk about others.
            if match_ and match_.start() <= 2 and len(text.split()) <= 8 and "?" not in text:
                return Finding(Problem.NARRATION, text)
    return None


@cache
def _watch() -> Watch:
    return Watch("abuse", "assistant")


def _assistant_talk(reply: str, suspected: Set[tuple[str, str]]) -> Finding | None:
    for code in LANGUAGES:
        if ("assistant", code) in suspected and (found := load(code).find("assistant", reply)):
            return Finding(Problem.ASSISTANT_TALK, found.group())
    return None


def _abuse(reply: str, suspected: Set[tuple[str, str]]) -> Finding | None:
    """A threat or a slur against the learner; swearing and hard words pass, as they do from the learner."""
    for code in LANGUAGES:
        if ("abuse", code) in suspected and (found := load(code).find("abuse", reply)):
            return Finding(Problem.ABUSE, found.group())
    return None


def _language_switch(reply: str, words: Sequence[str], language: str) -> Finding | None:
    spoken = _language_of(words)
    if spoken and language.split("-")[0] in LANGUAGES and spoken != language.split("-")[0]:
        return Finding(Problem.LANGUAGE, reply[:80])
    return None


def repetition(reply: str, own: Sequence[str]) -> Finding | None:
    """What ``reply`` repeats of the persona's ``own`` earlier lines: a whole line, a sentence, or most of a line."""
    return _repetition(reply, words_of(reply), [(text, words_of(text)) for text in own])


def _repetition(reply: str, whole: Sequence[str], own: Iterable[tuple[str, Sequence[str]]]) -> Finding | None:
    grams = set(_runs(whole, 4))
    lines = [(text, words, grams.intersection(_runs(words, 4))) for text, words in own]
    spoken = [(sentence, tuple(words_of(sentence))) for sentence in map(str.strip, _SENTENCE.findall(reply))]
    for sentence, words in spoken:
        if len(words) < REPEAT_WORDS:
            continue
        fours = set(_runs(words, 4))
        near = [text for text, _, shared in lines if fours <= shared]  # only these are worth cutting into sentences
        if any(tuple(words_of(each)) == words for text in near for each in _SENTENCE.findall(text)):
            return Finding(Problem.REPETITION, sentence)
    for text, earlier, shared in lines:
        if whole == earlier or (len(whole) >= 10 and len(shared) >= 0.6 * len(grams)):
            return Finding(Problem.REPETITION, text)
    return None
