"""What code finds in one reply that does not fit who speaks, what they have said, or how they feel."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from importlib import resources
from typing import NamedTuple

from ruamel.yaml import YAML

from practice.names import called
from practice.phrases import load
from practice.reveal import Step
from practice.scenario import Persona, Scenario
from practice.screening import Finding, Problem, words_of
from practice.topics import stem

SHARED = 0.7  # of the words that carry meaning, in the shorter of two sentences that speak of the same
LEAST = 4  # such words that two sentences must share
GIVEN_AWAY = 0.6  # of a locked fact's words that nothing else has said yet
FAR = 2  # from which mood on, up or down, a tone can be wrong
_SENTENCE = re.compile(r"[^.!?…\n]+[.!?…]*")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_NAME = r"(?-i:[A-ZÀ-ÖØ-Þ][\w'’-]+(?:\s+[A-ZÀ-ÖØ-Þ][\w'’-]+)?)"


class Measure(StrEnum):
    """What is measured, in the order in which it is shown."""

    ABUSE = "abuse"  # a threat or a slur against the learner
    LEAK = "leak"  # a locked fact in its own words
    GIVEN_AWAY = "given_away"  # a locked fact in other words
    CONTRADICTION = "contradiction"  # of the deck, a cover included, or of what the same person said before
    REPETITION = "repetition"
    ROLE_FLIP = "role_flip"
    NARRATION = "narration"
    ASSISTANT_TALK = "assistant_talk"
    INSTRUCTIONS = "instructions"  # how it is told to play, read out
    LANGUAGE = "language"
    NAME = "name"  # another name, or somebody else's job, for oneself
    TONE = "tone"  # friendly words at a low mood, cutting ones at a high one
    EMPTY = "empty"


@dataclass(frozen=True)
class Lapse:
    """One lapse: the words that show it, and what they do not go with."""

    measure: Measure
    quote: str
    against: str = ""


class Heard(NamedTuple):
    """What had been said before a reply: everything, and the speaker's own lines."""

    everything: Sequence[str]
    own: Sequence[str]


def look(scenario: Scenario, step: Step, reply: str, heard: Heard, findings: Iterable[Finding]) -> tuple[Lapse, ...]:
    """Every lapse in one reply.

    Args:
        scenario: the twin that is played.
        step: the rules' step that the reply answers; its speaker replies.
        reply: the words, as the player said them or as they were heard in the end.
        heard: what had been said before, the learner's last words included.
        findings: what ``practice.screening`` found wrong with these words.
    """
    person, state = scenario.people[step.speaker], step.state.people[step.speaker]
    found = [Lapse(_MEASURES[finding.problem], finding.quote) for finding in findings]
    if not any(lapse.measure is Measure.LEAK for lapse in found):
        found += _given_away(scenario, step, reply, heard)
    if not step.again:  # the same point in other words is what was asked for
        found += _contradictions(scenario, step, reply, heard.own)
    found += _other_names(scenario, person, reply)
    # What is signed has the tone that was signed.
    found += _tone(_without(reply, _shown(person, state.unlocked)), state.mood, scenario.language)
    return tuple(found)


_MEASURES = {problem: Measure(problem.value) for problem in Problem}


class _Words(NamedTuple):
    no: frozenset[str]
    warm: tuple[re.Pattern[str], ...]
    cold: tuple[re.Pattern[str], ...]
    introduces: tuple[re.Pattern[str], ...]
    is_: tuple[re.Pattern[str], ...]
    as_: tuple[re.Pattern[str], ...]


class _Sense(NamedTuple):
    """A sentence as it is compared."""

    text: str
    content: frozenset[str]
    denied: bool
    numbers: frozenset[str]


def _given_away(scenario: Scenario, step: Step, reply: str, heard: Heard) -> Iterator[Lapse]:
    known = {each for text in (*heard.everything, scenario.setting) for each in _content(text, scenario.language)}
    said = _content(reply, scenario.language) - known
    for person, state in zip(scenario.people, step.state.people, strict=True):
        known_of = {each for text in _shown(person, state.unlocked) for each in _content(text, scenario.language)}
        for concern in person.concerns:
            if concern.id in state.unlocked:
                continue
            secret = _content(concern.fact, scenario.language) - known - known_of
            if len(secret) >= LEAST and len(secret & said) >= GIVEN_AWAY * len(secret):
                yield Lapse(Measure.GIVEN_AWAY, reply, concern.fact)


def _shown(person: Persona, unlocked: Sequence[str]) -> Iterator[str]:
    """What a person's player is given: it may all be said."""
    yield from (person.stance, person.role, *person.goals, *person.small_talk, *person.closing)
    yield from (objection.line for objection in person.objections)
    for concern in person.concerns:
        yield concern.cover
        if concern.id in unlocked:
            yield from (concern.fact, concern.voiced)


def _contradictions(scenario: Scenario, step: Step, reply: str, own: Sequence[str]) -> Iterator[Lapse]:
    person, state = scenario.people[step.speaker], step.state.people[step.speaker]
    language = scenario.language
    deck = [person.stance]
    for concern in person.concerns:
        # What was a cover is taken back by opening up, and that is no contradiction.
        deck += [concern.fact, concern.voiced] if concern.id in state.unlocked else [concern.cover]
    since = own if not state.unlocked else own[-8:]
    before = [sense for text in (*deck, *since) for sense in _senses(text, language)]
    for said in _senses(reply, language):
        if said.text.rstrip().endswith("?"):
            continue
        for earlier in before:
            if not earlier.text.rstrip().endswith("?") and _opposed(said, earlier):
                yield Lapse(Measure.CONTRADICTION, said.text, earlier.text)
                break


def _opposed(one: _Sense, other: _Sense) -> bool:
    """Whether two sentences speak of the same, and one denies what the other says or gives another number."""
    least = min(len(one.content), len(other.content))
    if least < LEAST or len(one.content & other.content) < max(LEAST, SHARED * least):
        return False
    numbers = bool(one.numbers and other.numbers and not one.numbers & other.numbers)
    return one.denied != other.denied or numbers


def _other_names(scenario: Scenario, person: Persona, reply: str) -> Iterator[Lapse]:
    words = _words(scenario.language)
    mine = {part.casefold() for part in called(person.name)}
    others = {part.casefold() for each in scenario.people if each is not person for part in called(each.name)}
    for pattern in words.introduces:
        for match in pattern.finditer(reply):
            if not {part.casefold() for part in called(match.group(1))} & mine:
                yield Lapse(Measure.NAME, match.group(), person.name)
    for pattern in words.is_:
        for match in pattern.finditer(reply):
            if {part.casefold() for part in called(match.group(1))} & (others - mine):
                yield Lapse(Measure.NAME, match.group(), person.name)
    own_job = _content(person.role, scenario.language)
    jobs = {_head(each.role, scenario.language) for each in scenario.people if each is not person} - own_job
    for pattern in words.as_:
        for match in pattern.finditer(reply):
            if _content(match.group(1), scenario.language) & (jobs - {""}):
                yield Lapse(Measure.NAME, match.group(), person.role)


def _head(role: str, language: str) -> str:
    """The word that names the job: the last before anything that is added to it."""
    bare = re.split(r"\s+(?:of|at|in|for|von|der|de|du|des|del)\s+|,", role)[0].split()
    return stem(bare[-1], language) if bare else ""


def _without(reply: str, signed: Iterable[str]) -> str:
    for line in signed:
        reply = reply.replace(line, " ")
    return reply


def _tone(reply: str, mood: int, language: str) -> Iterator[Lapse]:
    words = _words(language)
    warm = [match.group() for pattern in words.warm for match in pattern.finditer(reply)]
    cold = [match.group() for pattern in words.cold for match in pattern.finditer(reply)]
    if mood <= -FAR and len(warm) > len(cold):
        yield Lapse(Measure.TONE, warm[0], f"mood {mood}")
    if mood >= FAR and len(cold) > len(warm):
        yield Lapse(Measure.TONE, cold[0], f"mood {mood}")


def _senses(text: str, language: str) -> list[_Sense]:
    return [_sense(match.group().strip(), language) for match in _SENTENCE.finditer(text)]


@lru_cache(maxsize=4096)
def _sense(sentence: str, language: str) -> _Sense:
    spoken = words_of(sentence)
    no = _words(language).no
    denials = sum(word in no or word.endswith("n't") for word in spoken)
    return _Sense(sentence, _content(sentence, language), denials % 2 == 1, frozenset(_NUMBER.findall(sentence)))


def _content(text: str, language: str) -> frozenset[str]:
    """Stems of the words that carry meaning."""
    stops, no = load(language).stop_words, _words(language).no
    return frozenset(
        stem(word, language)
        for word in words_of(text)
        if word not in stops and word not in no and not word.endswith("n't") and len(word) > 2
    )


@cache
def _words(language: str) -> _Words:
    raw = _texts()
    own = raw.get(language.split("-")[0].lower(), raw["en"])

    def compiled(key: str) -> tuple[re.Pattern[str], ...]:
        return tuple(re.compile(pattern.replace(r"\p", _NAME), re.IGNORECASE) for pattern in own[key])

    return _Words(
        frozenset(own["no"]), compiled("warm"), compiled("cold"), compiled("introduces"), compiled("is"), compiled("as")
    )


@cache
def _texts() -> dict[str, dict[str, list[str]]]:
    text = (resources.files(__package__) / "words.yaml").read_text(encoding="utf-8")
    found: dict[str, dict[str, list[str]]] = YAML(typ="safe").load(text)
    return found
