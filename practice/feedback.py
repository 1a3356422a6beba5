"""The linter of feedback: what a coach may not say to a learner, and the code that takes it out before it is seen."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from evidence.locate import Match, locate
from practice.phrases import LANGUAGES, load

MAX_PRIORITIES = 2
_SENTENCE = re.compile(r"[^.!?…]+")
_SHORT = 3  # words up to which a sentence may come again ("And then?")
_QUOTED = re.compile(r"[\"“”„«]([^\"“”„«»]{2,400})[\"“”»]")


class Rule(StrEnum):
    """What the linter rejects."""

    TOO_MANY_PRIORITIES = "too_many_priorities"
    NO_NEXT_ACTION = "no_next_action"
    TRAIT_LANGUAGE = "trait_language"
    QUOTE_NOT_THERE = "quote_not_there"
    REPEATED = "repeated"


# What a draft is sent back for; what comes twice is merely left out the second time.
REJECTS = frozenset(Rule) - {Rule.REPEATED}


@dataclass(frozen=True)
class FeedbackLine:
    """What a coach says about one objective: situation, behaviour, impact, next step."""

    objective_id: str
    situation: str = ""
    behaviour: str = ""
    impact: str = ""
    next_step: str = ""


@dataclass(frozen=True)
class Feedback:
    """The words of a debrief, as the coach proposes them."""

    opening: str = ""
    lines: tuple[FeedbackLine, ...] = ()
    priorities: tuple[str, ...] = ()
    next_action: str = ""


@dataclass(frozen=True)
class LintFinding:
    """One rejected line: ``where`` is a path such as ``lines[0].impact``; ``words`` are what it was rejected for."""

    rule: Rule
    where: str
    words: str


def lint(feedback: Feedback, said: Sequence[str]) -> tuple[LintFinding, ...]:
    """Everything in ``feedback`` that may not be shown.

    Args:
        feedback: the coach's words.
        said: all lines of the conversation; what stands in quotation marks as having been said must be in one of them.
            Suggestions for next time (next steps, priorities, the next action) may quote lines nobody has said yet.
    """
    found: list[LintFinding] = []
    told: set[str] = set()
    for path, text, cites in _texts(feedback):
        sentences = _sentences(text)
        if again := sentences & told:
            found.append(LintFinding(Rule.REPEATED, path, min(again)))
        told |= sentences
        if words := _trait(text):
            found.append(LintFinding(Rule.TRAIT_LANGUAGE, path, words))
        if cites:
            for match in _QUOTED.finditer(text):
                if all(locate(match.group(1).rstrip("….,"), line).status is Match.ABSENT for line in said):
                    found.append(LintFinding(Rule.QUOTE_NOT_THERE, path, match.group(1)))
    if len(feedback.priorities) > MAX_PRIORITIES:
        found.append(LintFinding(Rule.TOO_MANY_PRIORITIES, "priorities", feedback.priorities[MAX_PRIORITIES]))
    if not _says_something(feedback.next_action):
        found.append(LintFinding(Rule.NO_NEXT_ACTION, "next_action", ""))
    return tuple(found)


def clean(feedback: Feedback, said: Sequence[str], language: str) -> tuple[Feedback, tuple[LintFinding, ...]]:
    """``feedback`` without its rejected lines, and what was rejected. The result has no findings of its own.

    A rejected opening or next action is replaced (the next action by a next step that was proposed for an objective,
    if there is one), everything else is dropped. Nothing is said twice.
    """
    findings = lint(feedback, said)
    bad = {finding.where for finding in findings}
    texts = load(language).texts
    lines = tuple(
        replace(
            line,
            **{
                name: ""
                for name in ("situation", "behaviour", "impact", "next_step")
                if f"lines[{index}].{name}" in bad
            },
        )
        for index, line in enumerate(feedback.lines)
    )
    kept = tuple(text for index, text in enumerate(feedback.priorities) if f"priorities[{index}]" not in bad)
    next_action = feedback.next_action
    if "next_action" in bad:
        chosen = next((i for i, line in enumerate(lines) if _says_something(line.next_step)), None)
        next_action = texts["fallback_next"] if chosen is None else lines[chosen].next_step
        lines = tuple(replace(line, next_step="") if i == chosen else line for i, line in enumerate(lines))
    opening = texts["fallback_opening"] if "opening" in bad or not feedback.opening.strip() else feedback.opening
    return Feedback(opening, lines, kept[:MAX_PRIORITIES], next_action), findings


def _sentences(text: str) -> set[str]:
    """The sentences of ``text``, folded, without the shortest."""
    bare = _QUOTED.sub(lambda match: re.sub(r"[.!?…]", " ", match.group()), text)
    folded = (" ".join(re.findall(r"\w+", match.group().casefold())) for match in _SENTENCE.finditer(bare))
    return {sentence for sentence in folded if sentence.count(" ") >= _SHORT}


def _says_something(text: str) -> bool:
    return any(char.isalpha() for char in text)


def _texts(feedback: Feedback) -> list[tuple[str, str, bool]]:
    """(path, text, whether quotation marks in it cite the conversation), what must stay before what may go."""
    out = [("opening", feedback.opening, True), ("next_action", feedback.next_action, False)]
    for index, line in enumerate(feedback.lines):
        out += [
            (f"lines[{index}].situation", line.situation, True),
            (f"lines[{index}].behaviour", line.behaviour, True),
            (f"lines[{index}].impact", line.impact, True),
            (f"lines[{index}].next_step", line.next_step, False),
        ]
    out += [(f"priorities[{index}]", text, False) for index, text in enumerate(feedback.priorities)]
    return out


def _trait(text: str) -> str:
    """The trait language in ``text``; what stands in quotation marks is somebody's words and does not count."""
    bare = _QUOTED.sub(" … ", text)
    for code in LANGUAGES:
        if found := load(code).find("trait", bare):
            return found.group().strip()
    return ""
