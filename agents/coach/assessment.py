"""One objective against one transcript: which level the observed behaviours support, and the learner's words for it."""

from __future__ import annotations

from dataclasses import dataclass

from agents.alignment import ClaimedQuote
from agents.coach import CoachView, NumberedLine
from agents.coach.diagnosis import clipped, learner_lines
from agents.coach.phrases import Words
from agents.coach.view import called
from practice.evidence_rules import counts
from practice.observation import Observation
from practice.scenario import Objective

MAX_QUOTES = 3
TURNS_PER_HIT = 4  # once in so many turns, but at least twice, is as often as one can wish for


# Saying something, as against asking and listening.
SAYING = frozenset({"information", "confrontation", "commitment", "advice_with_permission"})


@dataclass(frozen=True)
class Assessment:
    """``share`` in [0, 1] says how much was shown; ``level`` is None where there is nothing to go by."""

    objective: Objective
    level: str | None
    share: float
    quotes: tuple[ClaimedQuote, ...] = ()
    situation: str = ""
    behaviour: str = ""
    impact: str = ""
    next_step: str = ""


def assess(view: CoachView, objective: Objective, words: Words) -> Assessment:
    """The level that the observed behaviours support.

    Seen at all lifts an objective above its lowest level; seen often, in several turns and in more than one form,
    towards the highest; its opposites (advice where a question was wanted) hold it down. Not seen, but its opposite
    seen, is the lowest level, with the learner's words for the opposite. Neither seen is no level. Only what is of the
    kind that the objective names first counts: a question is no evidence for having said something plainly.
    """
    known = [name for name in objective.behaviours if name in words.behaviour]
    wanted = [name for name in known if (name in SAYING) == (known[0] in SAYING)]
    hits = _found(view, set(wanted))
    against = _found(view, {c for name in wanted for c in words.counter.get(name, ())} - set(wanted))
    next_step = words.behaviour[wanted[0]]["next"] if wanted else ""
    if not hits:
        if not against:
            return Assessment(objective, None, 0.0, next_step=next_step)
        line, observation = against[0]
        missed = words.behaviour[wanted[0]]["missed"]
        said = words.debrief["instead"].format(missed=missed, your=clipped(observation.quote))
        return _with_scene(view, objective, objective.levels[0].key, 0.0, [(line, observation)], said, next_step, words)
    turns = len(learner_lines(view))
    target = max(2, -(-turns // TURNS_PER_HIT))
    effective = max(0.0, len({line.turn for line, _ in hits}) - 0.5 * len({line.turn for line, _ in against}) / 2)
    forms = len({observation.behaviour for _, observation in hits}) / min(2, len(wanted))
    share = 0.7 * min(1.0, effective / target) + 0.3 * min(1.0, forms)
    steps = len(objective.levels) - 1
    index = steps if steps == 1 else max(1, min(steps, round(share * steps + 0.15)))
    best = max(hits, key=lambda hit: len(hit[1].quote))
    what = words.behaviour[best[1].behaviour.value]["what"]
    said = words.debrief["did"].format(what=what, your=clipped(best[1].quote, 25))
    missing = next((name for name in wanted if all(o.behaviour.value != name for _, o in hits)), None)
    top = index == steps
    next_step = words.debrief["keep"] if top else words.behaviour[missing or wanted[0]]["next"]
    ordered = [best] + [hit for hit in hits if hit is not best]
    return _with_scene(
        view, objective, objective.levels[index].key, 1.0 if top else share * 0.99, ordered, said, next_step, words
    )


def _found(view: CoachView, names: set[str]) -> list[tuple[NumberedLine, Observation]]:
    return [
        (line, observation)
        for line in learner_lines(view)
        for observation in line.observations
        if observation.behaviour.value in names and counts(line.text, observation.start, observation.end)
    ]


def _with_scene(
    view: CoachView,
    objective: Objective,
    level: str,
    share: float,
    hits: list[tuple[NumberedLine, Observation]],
    said: str,
    next_step: str,
    words: Words,
) -> Assessment:
    """Situation and impact from what stood before and after the learner's words."""
    line = hits[0][0]
    at = view.transcript.index(line)
    before = next((other for other in reversed(view.transcript[:at]) if other.speaker == "persona"), None)
    after = next((other for other in view.transcript[at + 1 :] if other.speaker == "persona"), None)
    name, texts = called(view.persona_name), words.debrief
    situation = (
        texts["situation"].format(persona=name, their=clipped(before.text)) if before else texts["situation_start"]
    )
    if after is None:
        impact = texts["no_impact"]
    else:
        grew = len(after.text.split()) - len(before.text.split()) if before else 0
        kind = "impact_more" if grew >= 5 else "impact_less" if grew <= -5 else "impact"
        impact = texts[kind].format(persona=name, then=clipped(after.text, 18))
    quotes: list[ClaimedQuote] = []
    for other, observation in hits:
        quote = ClaimedQuote(quote=observation.quote, field=str(other.turn))
        if quote not in quotes:
            quotes.append(quote)
    return Assessment(objective, level, share, tuple(quotes[:MAX_QUOTES]), situation, said, impact, next_step)
