"""What a learner does in a conversation, found by rules and located in the learner's own words.

The rules are the same for every language; what they look for is data, in `practice/packs`. They recognise patterns and
can be wrong: how often is in `benchmarks/results/detectors.md`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache

from practice.detection import statements
from practice.detection.pack import LanguagePack, available_languages, load_pack
from practice.detection.questions import Question, is_elliptical, questions
from practice.detection.reflections import Setting, is_raised, reflection, speaks_against
from practice.detection.view import Before, View, views
from practice.observation import Behaviour, Observation

__all__ = ["LanguagePack", "available_languages", "load_pack", "observe", "talk_ratio"]

_WORD = re.compile(r"\w+(?:['’-]\w+)*")
_BROKEN_OFF = re.compile(r"(?:\.\.+|…|[-–—,])[\s\"'”’]*$")
_RANK = {behaviour: rank for rank, behaviour in enumerate(Behaviour)}


def observe(utterance: str, *, pack: LanguagePack, previous: str = "") -> tuple[Observation, ...]:
    """Find the behaviours in one utterance of a learner.

    Args:
        utterance: what the learner said.
        pack: the language it is in.
        previous: what the other person said before; reflections give back its words, and it may have asked for advice.

    Returns:
        The observations, sorted by where they start; ``utterance[o.start:o.end] == o.quote`` for each of them.
    """
    before = Before(previous, pack)
    seen = views(utterance, before)
    asked = _questions(seen)
    settings = _settings(seen, asked, is_broken_off=bool(_BROKEN_OFF.search(previous)))
    found: list[Observation] = []
    is_permitted = cache(lambda: _is_permitted(seen, before))
    for view, its_questions, setting in zip(seen, asked, settings, strict=True):
        found += [view.observation(question.behaviour, utterance, question.first) for question in its_questions]
        found += [view.observation(b, utterance) for b in _stated(view, its_questions, setting, is_permitted)]
    for start, end in statements.jargon_spans(seen, utterance, previous):
        found.append(Observation(behaviour=Behaviour.JARGON, quote=utterance[start:end], start=start, end=end))
    return tuple(sorted(set(found), key=lambda o: (o.start, o.end, _RANK[o.behaviour])))


def talk_ratio(learner_texts: Iterable[str], persona_texts: Iterable[str]) -> float:
    """The learner's share of all words, from 0 to 1 (0 if nobody has spoken)."""
    learner = sum(len(_WORD.findall(text)) for text in learner_texts)
    persona = sum(len(_WORD.findall(text)) for text in persona_texts)
    return learner / (learner + persona) if learner + persona else 0.0


def _questions(seen: tuple[View, ...]) -> list[tuple[Question, ...]]:
    """Each sentence's questions: not a fragment that narrows the open question before it, nor a raised reflection."""
    every = [questions(view) for view in seen]
    kept: list[tuple[Question, ...]] = []
    for view, found, before in zip(seen, every, [(), *every], strict=False):
        narrows = is_elliptical(view, found) and any(q.behaviour is Behaviour.OPEN_QUESTION for q in before)
        raised = len(found) == 1 and found[0].is_declarative and is_raised(view)
        kept.append(() if narrows or raised else found)
    return kept


def _stated(
    view: View, asked: tuple[Question, ...], setting: Setting, is_permitted: Callable[[], bool]
) -> list[Behaviour]:
    """What a sentence does besides asking; of a question, the part that stands before it."""
    statement = view.part(0, asked[0].first) if asked else view
    if not statement.sentence.words:
        return statements.in_question(view)
    kind = reflection(statement, setting)
    found = statements.behaviours(statement, is_reflection=kind is not None, is_permitted=is_permitted)
    if asked:
        found += [b for b in statements.in_question(view) if b not in found]
    return [*([kind] if kind else []), *found]


def _is_permitted(seen: tuple[View, ...], before: Before) -> bool:
    """Whether advice is welcome: it was asked for, or the learner asks first or leaves the choice open."""
    return any(view.has("statement.permission") for view in seen) or any(
        before.pack.book.holds("statement.asked_for_advice", sentence) for sentence in before.sentences
    )


def _settings(seen: tuple[View, ...], asked: list[tuple[Question, ...]], *, is_broken_off: bool) -> list[Setting]:
    """What surrounds each sentence; ``is_broken_off``: the other stopped in the middle of theirs."""
    teaches = [not q and view.length >= 4 and speaks_against(view) for view, q in zip(seen, asked, strict=True)]
    teaching, others = sum(teaches), max(len(seen) - 1, 1)
    monologue = sum(view.length >= 4 for view in seen) >= 5
    with_question = any(asked)
    return [
        Setting(
            company=(teaching - own) / others,
            monologue=monologue,
            with_question=with_question,
            before_question=bool(its_questions) and not its_questions[0].is_check,
            continues=is_broken_off and number == 0 and 1 < view.length <= 12,
        )
        for number, (view, own, its_questions) in enumerate(zip(seen, teaches, asked, strict=True))
    ]
