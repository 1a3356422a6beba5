"""Open and closed questions, with or without a question mark."""

from __future__ import annotations

from dataclasses import dataclass

from practice.detection.view import View
from practice.observation import Behaviour

# At one word, the first group that fits decides. Those after `open_strong` need a question mark.
_ORDER = ("closed_first", "open_first", "closed_strong", "open_strong", "closed_weak", "open_weak")
_WEAK = ("closed_weak", "open_weak")


@dataclass(frozen=True)
class Question:
    """A question found in a sentence.

    Attributes:
        behaviour: open or closed.
        first: index of the word it begins with.
        is_check: it asks whether what was said before it is right.
        is_declarative: it has the form of a statement and only a question mark.
    """

    behaviour: Behaviour
    first: int
    is_check: bool = False
    is_declarative: bool = False


def questions(view: View) -> tuple[Question, ...]:
    """The questions of a sentence: at most one open and one closed, in the order of the words."""
    if view.has("question.rhetorical") or view.sentence.first == len(view.sentence.words):
        return ()
    found = _at_clauses(view) or _in_the_middle(view)
    if not found and view.sentence.is_marked and not _is_echo(view):
        return (Question(Behaviour.CLOSED_QUESTION, 0, is_declarative=True),)
    first_of_kind: dict[Behaviour, Question] = {}
    for question in found:
        first_of_kind.setdefault(question.behaviour, question)
    return tuple(first_of_kind.values())


def is_elliptical(view: View, found: tuple[Question, ...]) -> bool:
    """Whether a sentence with these questions is a mere fragment ("Angry?"), which only narrows the one before it."""
    return view.length <= 4 and len(found) == 1 and found[0].is_declarative


def _is_echo(view: View) -> bool:
    """Whether the sentence only says something back ("Really?")."""
    hits = view.hits.get("question.echo", ())
    return view.length <= 2 and any(hit.end == len(view.sentence.words) for hit in hits)


def _at_clauses(view: View) -> list[Question]:
    """Questions that begin where a clause begins."""
    sentence = view.sentence
    at: dict[int, list[str]] = {}
    for group in _ORDER:
        for hit in view.hits.get(f"question.{group}", ()):
            at.setdefault(hit.start, []).append(group)
    checks = {hit.start for hit in view.hits.get("question.check", ())}
    skipped = {hit.start for group in ("parenthesis", "echo") for hit in view.hits.get(f"question.{group}", ())}
    clefts = {hit.start for hit in view.hits.get("question.cleft", ())}
    last_pause = max((i for i, token in enumerate(sentence.tokens) if token.after_pause), default=0)
    found: list[Question] = []
    for index in sorted(at.keys() | checks):
        if index in clefts or (index in skipped and (found or index > sentence.first)):
            continue
        if index in checks and index > sentence.first:
            found.append(Question(Behaviour.CLOSED_QUESTION, index, is_check=True))
            continue
        groups = at.get(index, [])
        is_first = index <= sentence.first
        may_be_weak = sentence.is_marked and (is_first or (not found and index >= last_pause) or _joins(view, index))
        fitting = [group for group in groups if group not in _WEAK or may_be_weak]
        if fitting:
            found.append(Question(_behaviour(fitting[0]), index))
    return found


def _joins(view: View, index: int) -> bool:
    """Whether a second question may begin here: after a conjunction, and not with a word that opens a side clause."""
    words, rules = view.sentence.words, view.pack.words
    side = view.pack.lists.get("side_clause", ())
    return index > 0 and words[index - 1] in rules.conjunctions and words[index] not in side


def _in_the_middle(view: View) -> list[Question]:
    """Questions in running speech, where no pause or conjunction shows the beginning of a clause."""
    asides = {hit.end - 1 for hit in view.hits.get("question.aside", ())}
    for group in ("closed_anywhere", "open_anywhere"):
        for hit in view.hits.get(f"question.{group}", ()):
            if hit.start not in asides:
                return [Question(_behaviour(group), hit.start)]
    return []


def _behaviour(group: str) -> Behaviour:
    return Behaviour.OPEN_QUESTION if group.startswith("open") else Behaviour.CLOSED_QUESTION
