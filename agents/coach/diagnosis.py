"""What the talk needs next, read off the transcript: the focus of a hint."""

from __future__ import annotations

import re

from agents.coach import CoachView, NumberedLine
from agents.coach.phrases import Words
from practice.detectors import talk_ratio
from practice.names import TITLES
from practice.observation import Behaviour, Observation

_ASKED_OPENLY = {Behaviour.OPEN_QUESTION}
_HEARD = {Behaviour.SIMPLE_REFLECTION, Behaviour.COMPLEX_REFLECTION, Behaviour.ACKNOWLEDGEMENT, Behaviour.SUMMARY}
_LATE = {"summary", "commitment"}
_SENTENCE = re.compile(r"[^.!?…]+[.!?…]*")
LONG_TALK = 6  # learner turns after which a summary, and then an agreement, is due
TOO_MUCH = 0.6  # the learner's share of words from which listening comes first


def learner_lines(view: CoachView) -> list[NumberedLine]:
    """The learner's lines in order."""
    return [line for line in view.transcript if line.speaker == "learner"]


def seen_in(line: NumberedLine) -> set[Behaviour]:
    """The behaviours observed in a line."""
    return {observation.behaviour for observation in line.observations}


def focus_of(view: CoachView, words: Words) -> str:
    """The one thing to help with now; repairs come first, then what the objectives ask for, then what is due."""
    learner = learner_lines(view)
    if not learner:
        return "start"
    last = seen_in(learner[-1])
    if last & {Behaviour.BLAME, Behaviour.CONFRONTATION}:
        return "lower_the_heat"
    if Behaviour.ADVICE_WITHOUT_PERMISSION in last:
        return "ask_before_advising"
    said = next((line.text for line in reversed(view.transcript) if line.speaker == "persona"), "")
    if words.feeling.search(said) and len(said.split()) >= 8 and not last & _HEARD:
        return "acknowledge"
    if len(learner) >= 3 and all(Behaviour.CLOSED_QUESTION in seen_in(line) for line in learner[-3:]):
        return "open_up"
    everything = set().union(*(seen_in(line) for line in learner))
    if not everything & _ASKED_OPENLY:
        return "open_up" if Behaviour.CLOSED_QUESTION in last else "ask_open"
    ratio = talk_ratio(
        [line.text for line in learner], [line.text for line in view.transcript if line.speaker == "persona"]
    )
    if len(learner) >= 3 and ratio > TOO_MUCH:
        return "listen"
    if len(learner) >= 3 and not everything & _HEARD:
        return "reflect"
    shown = {behaviour.value for behaviour in everything}
    for objective in view.objectives:
        known = [name for name in objective.behaviours if name in words.behaviour]
        # What ends a talk is due when the talk has run a while.
        if known and not shown & set(known) and (known[0] not in _LATE or len(learner) >= LONG_TALK):
            return words.behaviour[known[0]]["focus"]
    if len(learner) >= LONG_TALK and Behaviour.SUMMARY not in everything:
        return "summarise"
    return "agree" if len(learner) >= LONG_TALK and Behaviour.COMMITMENT not in everything else "go_deeper"


def whole(line: NumberedLine, observation: Observation) -> str:
    """The observed words as they are told: with the mark that opens a Spanish question or exclamation before them."""
    opens = line.text[max(0, observation.start - 1) : observation.start]
    return f"{opens}{observation.quote}" if opens in {"¿", "¡"} else observation.quote


def clipped(text: str, limit: int = 12) -> str:
    """The first sentence of ``text``, or its first words: always a verbatim part of it, without the final full stop."""
    first = _SENTENCE.search(text)
    sentence = (first.group() if first else text).strip()
    found = [match.end() for match in re.finditer(r"\S+", sentence)]
    cut = sentence if len(found) <= limit else sentence[: found[limit - 1]]
    return cut.rstrip(" .,;:")


def telling(text: str, limit: int = 12) -> str:
    """The longest sentence of ``text``, or its first words and "…": what is worth quoting of a longer answer."""
    sentences = [match.group().strip() for match in _SENTENCE.finditer(text)] or [text.strip()]
    chosen = max(sentences, key=lambda sentence: len(sentence.split()))
    cut = clipped(chosen, limit)
    return cut if len(cut.split()) >= len(chosen.split()) else f"{cut}…"


def called(name: str, words: Words) -> str:
    """How people are called: by first name, or by title and family name (``Dr Hellwig``); of several, each of them."""
    *before, last = map(_called, name.split(", "))
    return f"{', '.join(before)} {words.debrief['and']} {last}" if before else last


def _called(name: str) -> str:
    first, *rest = name.split()
    return name if first.rstrip(".").casefold() in TITLES and rest else first
