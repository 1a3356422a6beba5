"""A debrief as it is told: reactions, description, analysis, summary; every quote and every next step once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from api.wording import _
from practice.debrief import Debrief, LocatedQuote, ObjectiveResult
from practice.retrying import Retried

_EDGES = " .,;:!?…"
LEAST_WORDS = 3  # a shorter beginning of a quote may be anybody's words


@dataclass(frozen=True)
class Piece:
    """Some words of a sentence; ``turn`` where they are the learner's own, located there."""

    text: str
    turn: int | None = None


@dataclass(frozen=True)
class Told:
    """One objective: what is said about it, the quotes that stand for themselves, and turns quoted elsewhere."""

    result: ObjectiveResult
    said: tuple[Piece, ...]
    quotes: tuple[LocatedQuote, ...]
    elsewhere: tuple[int, ...]

    @property
    def headed(self) -> bool:
        """Whether it needs a heading: a reason that names the objective itself would say it twice."""
        return self.result.text.rstrip(" .") not in self.result.reason_text


def told(debrief: Debrief) -> list[Told]:
    """The objectives in order. Words that a sentence cites, or an earlier objective quotes, are not quoted again."""
    sentences: dict[str, tuple[tuple[Piece, ...], tuple[LocatedQuote, ...]]] = {}
    own: list[str] = []
    for result in debrief.objectives:
        text = " ".join(part for part in (result.situation, result.behaviour, result.impact) if part)
        own.append("" if text in sentences else text)
        sentences.setdefault(text, _woven(text, result.quotes))
    shown = [quote for _pieces, woven in sentences.values() for quote in woven]
    for result in debrief.objectives:
        shown += [quote for quote in result.quotes if _place(debrief.opening, quote.quote)]
    made = []
    for result, text in zip(debrief.objectives, own, strict=True):
        pieces, woven = sentences.get(text, ((), ())) if text else ((), ())
        others = [quote for quote in result.quotes if quote not in woven]
        alone = [quote for quote in others if not _is_in(quote, shown)]
        shown += alone
        elsewhere = {quote.turn for quote in others if quote not in alone}
        made.append(Told(result, pieces, tuple(alone), tuple(sorted(elsewhere))))
    return made


def also(debrief: Debrief) -> list[str]:
    """What else could be tried some other time: everything the coach proposes besides the one next step."""
    below = [each.next_step for each in debrief.objectives if each.value is None or each.value < 1]
    proposed = dict.fromkeys(text.strip() for text in (*debrief.priorities, *below))
    objectives = {each.text for each in debrief.objectives}
    return [text for text in proposed if text and text != debrief.next_action.strip() and text not in objectives]


def goal_told(goal: str) -> str:
    """The learner's own goal, come back to in one line; nobody but they can say whether they reached it."""
    return _("You set out to: “{goal}”. Whether you came nearer to it, you know best.").format(goal=goal.strip(" ."))


def held_told(skill: Retried) -> str:
    """What held with other names and numbers, in one line."""
    if skill.all_held:
        return _("With other names and numbers, everything you showed last time held: that is skill, and not memory.")
    if not skill.held:
        return _("With other names and numbers it was harder than last time. That is what trying it again is for.")
    return _("With other names and numbers this held: {held}.").format(
        held="; ".join(t.rstrip(" .") for t in skill.held)
    )


def _woven(text: str, quotes: Sequence[LocatedQuote]) -> tuple[tuple[Piece, ...], tuple[LocatedQuote, ...]]:
    """The sentence in pieces, with the learner's words marked where it cites them, and the quotes it cites."""
    found = [(_place(text, quote.quote), quote) for quote in quotes]
    places = sorted(((place, quote) for place, quote in found if place is not None), key=lambda each: each[0])
    pieces: list[Piece] = []
    woven: list[LocatedQuote] = []
    at = 0
    for (start, end), quote in places:
        if start < at:
            continue
        pieces += [Piece(text[at:start]), Piece(text[start:end], quote.turn)]
        woven.append(quote)
        at = end
    if text:
        pieces.append(Piece(text[at:]))
    return tuple(pieces), tuple(woven)


def _place(text: str, quote: str) -> tuple[int, int] | None:
    """Where the sentence cites the quote or, where it was cut, the longest beginning of it; in quotation marks."""
    whole = quote.strip(_EDGES)
    ends = [word.end() for word in re.finditer(r"\S+", whole)]
    for end in reversed(ends[min(LEAST_WORDS, len(ends)) - 1 :]):
        words = f"“{whole[:end].rstrip(_EDGES)}"
        start = text.find(words)
        rest = text[start + len(words) :].lstrip(_EDGES)
        if start >= 0 and rest.startswith("”"):
            return start, len(text) - len(rest) + 1
    return None


def _is_in(quote: LocatedQuote, shown: Sequence[LocatedQuote]) -> bool:
    """Whether these words of this turn have been shown."""
    return any(each.turn == quote.turn and each.start <= quote.start and quote.end <= each.end for each in shown)


def decisive(debrief: Debrief) -> list[str]:
    """A sentence for each objective without which the others do not carry, where it stayed at its lowest level."""
    names = {each.objective_id: each.text.rstrip(" .") for each in debrief.objectives}
    return [
        _("“%(objective)s” decides this conversation, and it stayed at its lowest level: begin there.")
        % {"objective": names[each]}
        for each in debrief.knocked_out
    ]
