"""The linter of feedback: what a coach may not say to a learner, and the code that takes it out before it is seen."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from importlib import resources

from ruamel.yaml import YAML

from evidence.locate import Match, locate
from practice.phrases import LANGUAGES, load

MAX_PRIORITIES = 2
_SENTENCE = re.compile(r"[^.!?…]+")
_SHORT = 3  # words up to which a sentence may come again ("And then?")
# Each kind of quotation mark with its own end, so that marks of another kind may stand inside; then sloppy pairs, then
# marks that are never closed; then single ones, which no apostrophe inside a word opens or closes.
_QUOTED = re.compile(
    r"«\s*([^«»]{2,1200}?)\s*»|»([^«»]{2,1200})«|„([^„“”\"]{2,1200})[“”\"]|[“”]([^“”„]{2,1200})[“”]"
    r"|\"([^\"]{2,1200})\"|[\"“”„«]([^\"“”„«»]{2,1200})[\"“”»]|[“„«]([^\"“”„«»]{2,1200})\Z"
    r"|‹\s*([^‹›]{2,1200}?)\s*›|(?<!\w)[‘‚'](?=\S)([^\n]{2,400}?)(?<=\S)[’‘'](?!\w)"
)
_MENTIONED = 3  # words up to which marks may stand around a word that is spoken of: a question with “what”
MAX_HINT_WORDS = 60
MAX_HINT_SENTENCES = 4
_ENDING = re.compile(r"[.!?…]")
_LISTED = re.compile(r"^\s*(?:[-*•–]|\d+[.)])\s", re.MULTILINE)


class Rule(StrEnum):
    """What the linter rejects."""

    TOO_MANY_PRIORITIES = "too_many_priorities"
    NO_NEXT_ACTION = "no_next_action"
    TRAIT_LANGUAGE = "trait_language"
    QUOTE_NOT_THERE = "quote_not_there"
    REPEATED = "repeated"


# What a draft is sent back for; what comes twice is merely left out the second time.
REJECTS = frozenset(Rule) - {Rule.REPEATED}


class HintRule(StrEnum):
    """What the linter rejects in a hint."""

    TRAIT_LANGUAGE = "trait_language"
    QUOTE_NOT_THERE = "quote_not_there"
    MORE_THAN_ONE_LINE = "more_than_one_line"
    TOO_LONG = "too_long"


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


@dataclass(frozen=True)
class HintFinding:
    """Why a hint may not be shown; ``words`` are what it was rejected for."""

    rule: HintRule
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
        if words := _trait(text, said):
            found.append(LintFinding(Rule.TRAIT_LANGUAGE, path, words))
        if cites:
            quotes = map(_words, _QUOTED.finditer(text))
            found += [LintFinding(Rule.QUOTE_NOT_THERE, path, quote) for quote in quotes if not _located(quote, said)]
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


def lint_hint(text: str, said: Sequence[str], *, may_say: bool) -> tuple[HintFinding, ...]:
    """Everything for which a hint may not be shown.

    What stands in quotation marks has been said in the conversation, with two exceptions: up to three words that are
    spoken of and not claimed as said (a question with “what”), and, on the last rung, one line to say. No new words are
    ever claimed as said ("Jana said …").

    Args:
        text: the hint.
        said: all lines of the conversation, the learner's and the others'.
        may_say: whether the rung gives the learner a line to say.
    """
    found: list[HintFinding] = []
    if words := _trait(text, said):
        found.append(HintFinding(HintRule.TRAIT_LANGUAGE, words))
    offered: list[str] = []
    for match in _QUOTED.finditer(text):
        quote = _words(match)
        if _located(quote, said):
            continue
        if _claimed(text[: match.start()], text[match.end() :]):
            found.append(HintFinding(HintRule.QUOTE_NOT_THERE, quote))
        elif len(quote.split()) > _MENTIONED or _ENDING.search(quote):
            if not may_say:
                found.append(HintFinding(HintRule.QUOTE_NOT_THERE, quote))
            offered.append(quote)
    if may_say and len(offered) > 1:
        found.append(HintFinding(HintRule.MORE_THAN_ONE_LINE, offered[1]))
    elif len(_LISTED.findall(text)) > 1:
        found.append(HintFinding(HintRule.MORE_THAN_ONE_LINE, ""))
    own = _QUOTED.sub(lambda match: " … " if _located(_words(match), said) else _level(match), text)
    sentences = [each for each in _SENTENCE.findall(own) if len(re.findall(r"\w+", each)) > 1]
    if len(re.findall(r"\w+", own)) > MAX_HINT_WORDS or len(sentences) > MAX_HINT_SENTENCES:
        found.append(HintFinding(HintRule.TOO_LONG, ""))
    return tuple(found)


def _sentences(text: str) -> set[str]:
    """The sentences of ``text``, folded, without the shortest."""
    bare = _QUOTED.sub(_level, text)
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


def _trait(text: str, said: Sequence[str]) -> str:
    """The trait language in ``text``; what stands in quotation marks is somebody's words and does not count.

    A word or two that nobody said is no quote: marks around them (you are “impatient”) change nothing.
    """

    def left(match: re.Match[str]) -> str:
        quote = _words(match)
        return f" {quote} " if len(quote.split()) <= _MENTIONED and not _located(quote, said) else " … "

    bare = " ".join(_QUOTED.sub(left, text).split())
    for code in LANGUAGES:
        if found := load(code).find("trait", bare):
            return found.group().strip()
    return ""


def _words(match: re.Match[str]) -> str:
    """What stands between the marks of a quote."""
    return next(group for group in match.groups() if group is not None)


def _level(match: re.Match[str]) -> str:
    """A quote in which no sentence ends."""
    return _ENDING.sub(" ", match.group())


def _located(quote: str, said: Sequence[str]) -> bool:
    bare = quote.strip().rstrip("….,")
    return any(locate(bare, line).status is not Match.ABSENT for line in said)


def _claimed(before: str, after: str) -> bool:
    """Whether a quote is told as something that was said, by the words around it in its sentence."""
    claims = _claims()
    lead, trail = before.replace("’", "'"), after.replace("’", "'")
    if any(pattern.search(lead) for pattern in claims["supposed"]):
        return False
    return any(p.search(lead) for p in claims["before"]) or any(p.search(trail) for p in claims["after"])


@cache
def _claims() -> dict[str, tuple[re.Pattern[str], ...]]:
    raw = YAML(typ="safe").load((resources.files("practice") / "feedback.yaml").read_text(encoding="utf-8"))
    return {kind: tuple(re.compile(each, re.IGNORECASE) for each in listed.values()) for kind, listed in raw.items()}
