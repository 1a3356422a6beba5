"""One objective against one transcript: which level the observed behaviours support, and the learner's words for it."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, replace

from agents.alignment import ClaimedQuote
from agents.coach import CoachView, NumberedLine
from agents.coach.diagnosis import called, clipped, learner_lines, telling, whole
from agents.coach.moments import push, steers
from agents.coach.moments import turns as moments
from agents.coach.phrases import Words
from practice.evidence_rules import counts
from practice.observation import Behaviour, Observation
from practice.scenario import Objective

MAX_QUOTES = 3
TURNS_PER_HIT = 4  # once in so many turns, but at least twice, is as often as one can wish for


# Saying something, as against asking and listening.
SAYING = frozenset({"information", "confrontation", "commitment", "advice_with_permission"})


@dataclass(frozen=True)
class Assessment:
    """``share`` in [0, 1] says how much was shown; ``level`` is None where there is nothing to go by.

    ``wanted`` are the behaviours that count as evidence, ``missing`` the first of them that was not seen.
    """

    objective: Objective
    level: str | None
    share: float
    quotes: tuple[ClaimedQuote, ...] = ()
    situation: str = ""
    behaviour: str = ""
    impact: str = ""
    wanted: tuple[str, ...] = ()
    missing: str = ""


def assess(view: CoachView, objective: Objective, words: Words, taken: Container[int] = ()) -> Assessment:
    """The level that the observed behaviours support.

    Seen at all lifts an objective above its lowest level; seen often, in several turns and in more than one form,
    towards the highest; its opposites (advice where a question was wanted) hold it down. Not seen, but its opposite
    seen, is the lowest level, with the learner's words for the opposite. Neither seen is no level. Only what is of the
    kind that the objective names first counts: a question is no evidence for having said something plainly.

    The moment that is told comes from a turn that pushed nowhere, if there is one, and rather not from one of the turns
    ``taken`` by another objective; of several, the one after which the other person said most.
    """
    known = [name for name in objective.behaviours if name in words.behaviour]
    wanted = [name for name in known if (name in SAYING) == (known[0] in SAYING)]
    # Nearly everybody tells something in every scene: it is evidence only where telling is what the objective is about.
    wanted = [name for name in wanted if name != "information" or known[0] == "information"]
    hits = _found(view, set(wanted))
    against = _found(view, {c for name in wanted for c in words.counter.get(name, ())} - set(wanted))
    missing = next((name for name in wanted if all(o.behaviour.value != name for _, o in hits)), "")
    empty = Assessment(objective, None, 0.0, wanted=tuple(wanted), missing=missing)
    if not hits:
        if not against:
            return empty
        line, observation = against[0]
        missed = words.behaviour[wanted[0]]["missed"]
        said = words.debrief["instead"].format(missed=missed, your=clipped(whole(line, observation)))
        return _with_scene(view, replace(empty, level=objective.levels[0].key), [(line, observation)], said, words)
    turns = len(learner_lines(view))
    target = max(2, -(-turns // TURNS_PER_HIT))
    effective = max(0.0, len({line.turn for line, _ in hits}) - 0.5 * len({line.turn for line, _ in against}) / 2)
    forms = len({observation.behaviour for _, observation in hits}) / min(2, len(wanted))
    share = 0.7 * min(1.0, effective / target) + 0.3 * min(1.0, forms)
    steps = len(objective.levels) - 1
    index = steps if steps == 1 else max(1, min(steps, round(share * steps + 0.15)))
    around = {moment.line.turn: moment for moment in moments(view)}
    pushed = {turn for turn, moment in around.items() if push(moment, view.language, frozenset(objective.behaviours))}

    def merit(hit: tuple[NumberedLine, Observation]) -> tuple[bool, bool, int, int]:
        turn = hit[0].turn
        return turn not in pushed, turn not in taken, around[turn].growth, len(hit[1].quote)

    best = max(hits, key=merit)
    what = words.behaviour[best[1].behaviour.value]["what"]
    told = "beside_push" if best[0].turn in pushed else "did"
    said = words.debrief[told].format(what=what, your=clipped(whole(*best), 25))
    ordered = [best, *sorted((hit for hit in hits if hit is not best), key=lambda hit: hit[0].turn in pushed)]
    reached = replace(empty, level=objective.levels[index].key, share=1.0 if index == steps else share * 0.99)
    return _with_scene(view, reached, ordered, said, words)


def _found(view: CoachView, names: set[str]) -> list[tuple[NumberedLine, Observation]]:
    return [
        (line, observation)
        for line in learner_lines(view)
        for observation in line.observations
        if observation.behaviour.value in names and counts(line.text, observation.start, observation.end)
        if not (observation.behaviour is Behaviour.OPEN_QUESTION and steers(observation.quote, view.language))
    ]


def _with_scene(
    view: CoachView, reached: Assessment, hits: list[tuple[NumberedLine, Observation]], said: str, words: Words
) -> Assessment:
    """``reached`` with quotes, and situation and impact from what stood before and after the learner's words."""
    line = hits[0][0]
    moment = next(each for each in moments(view) if each.line is line)
    name, texts = called(moment.name or view.persona_name, words), words.debrief
    situation = (
        texts["situation"].format(persona=name, their=telling(moment.before))
        if moment.before
        else texts["situation_start"]
    )
    if not moment.after:
        impact = texts["no_impact"]
    else:
        kind = "impact_more" if moment.growth >= 5 else "impact_less" if moment.growth <= -5 else "impact"
        if moment.next_name != moment.name:  # somebody else took over: nothing to compare
            kind = "impact"
        answered = called(moment.next_name or view.persona_name, words)
        impact = texts[kind].format(persona=answered, then=telling(moment.after, 18))
    quotes: list[ClaimedQuote] = []
    for other, observation in hits:
        quote = ClaimedQuote(quote=observation.quote, field=str(other.turn))
        if quote not in quotes:
            quotes.append(quote)
    return replace(reached, quotes=tuple(quotes[:MAX_QUOTES]), situation=situation, behaviour=said, impact=impact)
