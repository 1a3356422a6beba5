"""Moments of a talk: where the learner pushed, what moved the talk forward, and what was passed by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from agents.coach import CoachView, NumberedLine
from agents.coach.diagnosis import whole
from agents.coach.phrases import Words
from practice.evidence_rules import counts
from practice.guard import Kind, guard
from practice.observation import Behaviour, Observation
from practice.phrases import load
from practice.simpler import asked

STEERING = "steering"  # a question that already leans towards the end of the talk
_PUSHES = {
    Behaviour.BLAME: 0,
    Behaviour.CONFRONTATION: 1,
    Behaviour.ADVICE_WITHOUT_PERMISSION: 2,
}
_FORWARD = frozenset(
    {
        Behaviour.OPEN_QUESTION,
        Behaviour.SIMPLE_REFLECTION,
        Behaviour.COMPLEX_REFLECTION,
        Behaviour.ACKNOWLEDGEMENT,
        Behaviour.SUMMARY,
        Behaviour.AFFIRMATION,
        Behaviour.ADVICE_WITH_PERMISSION,
        Behaviour.COMMITMENT,
    }
)
_HEARD = frozenset(
    {Behaviour.SIMPLE_REFLECTION, Behaviour.COMPLEX_REFLECTION, Behaviour.ACKNOWLEDGEMENT, Behaviour.SUMMARY}
)


@dataclass(frozen=True)
class Moment:
    """A learner's turn between what the other person said before it and what they said after it.

    ``quote`` are the learner's words that it is about; ``kind`` is a behaviour, or ``steering``, or empty. ``name`` is
    who said what stands before it (after it, where nothing does), and ``next_name`` who said what stands after it,
    where several people are in the scene.
    """

    line: NumberedLine
    quote: str
    kind: str = ""
    before: str = ""
    after: str = ""
    name: str = ""
    next_name: str = ""

    @property
    def growth(self) -> int:
        """How many more words the other person said after it than before it."""
        return len(self.after.split()) - len(self.before.split()) if self.after else 0


def turns(view: CoachView) -> Iterator[Moment]:
    """Every turn of the learner, in order, with the other person's words around it.

    A turn in which a line was drawn is none, as abuse is answered then and there; nor is one in which simpler words
    were asked for: that is never held against anybody.
    """
    for index, line in enumerate(view.transcript):
        if line.speaker == "learner" and (line.observations or not _set_apart(line.text)):
            before = next((o for o in reversed(view.transcript[:index]) if o.speaker == "persona"), None)
            after = next((o for o in view.transcript[index + 1 :] if o.speaker == "persona"), None)
            yield Moment(
                line,
                line.text,
                before=before.text if before else "",
                after=after.text if after else "",
                name=(before or after or line).name,
                next_name=after.name if after else "",
            )


def _set_apart(said: str) -> bool:
    wish = asked(said)
    return (wish is not None and wish.alone) or guard(said).kind is Kind.ABUSE


def seen(line: NumberedLine) -> list[Observation]:
    """What was observed in a line, without words that speak to the scorer."""
    return [o for o in line.observations if counts(line.text, o.start, o.end)]


def steers(question: str, language: str) -> bool:
    """Whether a question already leans towards a solution, so that it asks for agreement rather than for an account."""
    return load(language).find("steering_question", question) is not None


def push(moment: Moment, language: str, allowed: frozenset[str] = frozenset()) -> Moment | None:
    """The turn as a push (blame, contradiction, unasked advice, a steering question), or None; ``allowed`` are none."""
    found = sorted(
        (o for o in seen(moment.line) if o.behaviour in _PUSHES and o.behaviour.value not in allowed),
        key=lambda o: _PUSHES[o.behaviour],
    )
    if found:
        return replace(moment, quote=whole(moment.line, found[0]), kind=found[0].behaviour.value)
    for o in seen(moment.line):
        if o.behaviour is Behaviour.OPEN_QUESTION and steers(o.quote, language):
            return replace(moment, quote=whole(moment.line, o), kind=STEERING)
    return None


def is_productive(moment: Moment, language: str, allowed: frozenset[str] = frozenset()) -> bool:
    """Whether the turn moved the talk forward and pushed nowhere."""
    return push(moment, language, allowed) is None and any(o.behaviour in _FORWARD for o in seen(moment.line))


def worst_push(view: CoachView, allowed: frozenset[str]) -> Moment | None:
    """The push to speak about: the earliest, and one said in so many words rather than a question that steers."""
    pushes = [pushed for moment in turns(view) if (pushed := push(moment, view.language, allowed))]
    return next((p for p in pushes if p.kind != STEERING), pushes[0] if pushes else None)


def passed_by(view: CoachView, words: Words) -> Moment | None:
    """The turn that took up least of what the other person had just told: a feeling first, then the longest account."""
    found = [
        moment for moment in turns(view) if moment.before and not any(o.behaviour in _HEARD for o in seen(moment.line))
    ]
    return max(
        found,
        key=lambda m: (bool(words.feeling.search(m.before)), min(len(m.before.split()), 30), m.line.turn),
        default=None,
    )
