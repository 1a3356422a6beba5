"""What an open question asks about when it uses none of a concern's topic words.

People rarely say the words of a deck. "What's worrying you about the renewal?" and "Can you tell me what happened, from
your side?" are good questions all the same. Three things place such a question: everyday words for a topic, words of
the concern itself, and questions for the other's worry, view or account as such, which are met by what lies on top.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from practice.observation import Behaviour, Observation
from practice.phrases import load
from practice.scenario import Concern, Persona, RevealOn
from practice.topics import words

_OWN_WORDS = 2  # of a concern's own words that a question must share, or one word of its topic's family
PUSHES = frozenset({Behaviour.BLAME, Behaviour.CONFRONTATION, Behaviour.ADVICE_WITHOUT_PERMISSION})


@dataclass(frozen=True)
class Invitation:
    """The locked concern that an open question invites: by words of its subject, or in general."""

    concern_id: str
    is_general: bool


def invited(
    persona: Persona,
    unlocked: Sequence[str],
    observations: Sequence[Observation],
    *,
    previous: str = "",
    setting: str = "",
    language: str = "en",
) -> Invitation | None:
    """The one locked concern that an open question is about, by everyday words or in general.

    A question beside blame, contradiction or unasked advice invites nothing, and neither does one that already steers
    towards a solution ("How can we get this signed?").

    Args:
        persona: the deck under signature.
        unlocked: ids of the concerns that are open.
        observations: what was seen in the learner's words.
        previous: what the persona said last; its words belong to the scene.
        setting: more words of the scene, such as its title and setting; signed text.
        language: of the scene.
    """
    if any(observation.behaviour in PUSHES for observation in observations):
        return None
    locked = [c for c in persona.concerns if c.id not in unlocked]
    waiting = [c for c in locked if c.reveal.on is RevealOn.OPEN_QUESTION]
    phrases = load(language)
    for question in (o.quote for o in observations if o.behaviour is Behaviour.OPEN_QUESTION):
        if not waiting or phrases.find("steering_question", question):
            continue
        said = _content(question, language) - _stems(phrases.texts["everyday"], language)
        related = {concern.id: _related(concern, said, language) for concern in locked}
        best = max(locked, key=lambda concern: related[concern.id])
        if related[best.id] > 0:
            # What it is about may open in another way; then this question opens nothing else.
            return Invitation(best.id, is_general=False) if best in waiting else None
        if phrases.find("worry_question", question):
            return Invitation(waiting[0].id, is_general=True)
        asks_them = phrases.find("view_question", question) or (
            phrases.find("addressed", question) and not phrases.find("needs_question", question)
        )
        if asks_them and _fits(question, lambda: _scene_words(persona, previous, setting, language), language):
            return Invitation(waiting[0].id, is_general=True)
    return None


def staying(
    observations: Sequence[Observation],
    persona: Persona,
    *,
    previous: str = "",
    setting: str = "",
    language: str = "en",
) -> tuple[Observation, ...]:
    """``observations`` without the open questions that cannot be about what the talk is about already.

    Those are questions beside a push, questions that steer towards a solution, and questions about something foreign to
    the scene ("How do you like the new canteen?").
    """
    if not any(observation.behaviour is Behaviour.OPEN_QUESTION for observation in observations):
        return tuple(observations)
    pushed = any(observation.behaviour in PUSHES for observation in observations)
    scene = cache(lambda: _scene_words(persona, previous, setting, language))
    return tuple(
        o
        for o in observations
        if o.behaviour is not Behaviour.OPEN_QUESTION or (not pushed and _stays(o.quote, scene, language))
    )


def _stays(question: str, scene: Callable[[], frozenset[str]], language: str) -> bool:
    phrases = load(language)
    if phrases.find("steering_question", question):
        return False
    if phrases.find("worry_question", question) or phrases.find("pointing_back", question):
        return True
    return _fits(question, scene, language)


def _fits(question: str, scene: Callable[[], frozenset[str]], language: str) -> bool:
    """Whether a question names nothing in particular, or something of the scene.

    What it names stands behind an article, a possessive or a preposition, or is the only thing that it says.
    """
    said = _content(question, language) - _stems(load(language).texts["everyday"], language)
    return said.isdisjoint(_named(question, language)) or not said.isdisjoint(scene())


def _named(question: str, language: str) -> frozenset[str]:
    markers = _markers(language)
    spoken = [(question[word.start : word.end].casefold(), word.stem) for word in words(question, language)]
    content = _content(question, language)
    return frozenset(
        stem
        for index, (written, stem) in enumerate(spoken)
        if stem in content
        and (_elided(written, markers) or any(before in markers for before, _ in spoken[max(0, index - 2) : index]))
    )


@cache
def _markers(language: str) -> frozenset[str]:
    """Words behind which a thing is named."""
    return frozenset(load(language).texts["before_a_name"].split())


def _elided(written: str, markers: frozenset[str]) -> bool:
    """Whether a word carries one of these before its apostrophe: ``l'équipe``."""
    before, apostrophe, _ = written.replace("’", "'").partition("'")
    return bool(apostrophe) and f"{before}'" in markers


def is_everyday(quote: str, language: str) -> bool:
    """Whether these words stand in questions about anything, so that they name no subject."""
    return not _content(quote, language) - _stems(load(language).texts["everyday"], language)


def _related(concern: Concern, said: frozenset[str], language: str) -> int:
    """How strongly words relate to a concern: everyday words for its topic, and words of its cover, fact and voice."""
    topic = _stems(" ".join(concern.topic), language)
    kin = sum(bool(family & topic) and bool(family & said) for family in _families(language))
    own = len(said & (topic | _stems(f"{concern.cover} {concern.fact} {concern.voiced}", language)))
    return 2 * kin + own if kin or own >= _OWN_WORDS else 0


def _scene_words(persona: Persona, previous: str, setting: str, language: str) -> frozenset[str]:
    deck = [persona.role, persona.relationship, persona.stance, *persona.goals]
    deck += [objection.line for objection in persona.objections]
    deck += [concern.cover for concern in persona.concerns]
    signed = _stems(" ".join(deck), language) | _stems(setting, language)
    return (signed | _content(previous, language)) - _stems(load(language).texts["everyday"], language)


def _content(text: str, language: str) -> frozenset[str]:
    """Stems of the words that carry content; what learners say is never kept in a cache."""
    stop = load(language).stop_words
    return frozenset(
        word.stem
        for word in words(text, language)
        if len(word.stem) > 1 and not {text[word.start : word.end].casefold().replace("’", "'"), word.stem} & stop
    )


@lru_cache(maxsize=512)
def _stems(signed: str, language: str) -> frozenset[str]:
    """Stems of signed text or of our own lists."""
    return _content(signed, language)


@lru_cache(maxsize=8)
def _families(language: str) -> tuple[frozenset[str], ...]:
    """Words that people use for one another, as stems."""
    return tuple(_content(line, language) for line in load(language).texts["families"])
