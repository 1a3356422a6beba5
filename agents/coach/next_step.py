"""The one next step of a debrief: a moment in the learner's own words, what to say there, and what it serves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from agents.coach import CoachView
from agents.coach.assessment import Assessment
from agents.coach.diagnosis import called, clipped, learner_lines, telling, whole
from agents.coach.moments import Moment, is_productive, passed_by, seen, turns, worst_push
from agents.coach.phrases import Words
from practice.detectors import load_pack, observe
from practice.observation import Behaviour
from practice.scenario import Objective
from practice.topics import words as words_of

_HEARING = {"simple_reflection", "complex_reflection", "acknowledgement", "affirmation"}
_LISTENING = _HEARING | {"open_question", "summary"}
_ENDING = {"commitment", "summary"}
_PUSHES = frozenset({"blame", "confrontation", "advice_without_permission"})
_UNMARKED = str.maketrans(dict.fromkeys('“”„"«»'))  # a line to say has marks of its own around it


def next_step(view: CoachView, found: Sequence[Assessment], words: Words) -> str:
    """One next step: a push first, else what the weakest objective missed, else the best moment once more."""
    name = called(view.persona_name, words)
    if not any(turns(view)):
        return words.debrief["nothing"].format(persona=name)
    weakest = min((a for a in found if a.wanted), key=lambda a: (a.share, -a.objective.weight), default=None)
    wanted_anywhere = frozenset(b for a in found for b in a.objective.behaviours)
    if moment := worst_push(view, wanted_anywhere):
        asked = any(
            o.behaviour is Behaviour.OPEN_QUESTION
            for m in turns(view)
            if m.line.turn < moment.line.turn
            for o in seen(m.line)
        )
        wanted = "acknowledgement" if asked and words.feeling.search(moment.before) else "open_question"
        return _told(view, moment, moment.kind, wanted, _served(found, wanted), words)
    if weakest is None or weakest.share >= 1.0:
        best = best_moment(view, wanted_anywhere)
        if best is None:
            return words.debrief["next_action_all"]
        kind = next((o.behaviour.value for o in seen(best.line) if o.behaviour.value in words.why), "open_question")
        return _told(view, best, "strength", kind, _served(found, kind), words)
    wanted = weakest.missing or weakest.wanted[0]
    moment, kind = _missed(view, wanted, words)
    if kind == "missed" and is_productive(moment, view.language):
        kind = "room"
    return _told(view, moment, kind, wanted, weakest.objective, words)


def best_moment(view: CoachView, allowed: frozenset[str] = frozenset()) -> Moment | None:
    """The productive turn after which the other person said most; None where there is none."""
    found = [moment for moment in turns(view) if is_productive(moment, view.language, allowed)]
    return max(found, key=lambda m: (m.growth, len(m.after.split()), -m.line.turn), default=None)


def _served(found: Sequence[Assessment], wanted: str) -> Objective | None:
    """The heaviest objective that asks for the behaviour, or for listening where the behaviour is of that kind."""
    asks = [a.objective for a in found if wanted in a.wanted]
    if not asks and wanted in _LISTENING:
        asks = [a.objective for a in found if _LISTENING & {*a.wanted}]
    return max(asks, key=lambda objective: objective.weight, default=None)


def _missed(view: CoachView, wanted: str, words: Words) -> tuple[Moment, str]:
    """The turn in which the behaviour would have had its place, and how to speak of it."""
    every = list(turns(view))
    if wanted in _ENDING:
        return every[-1], "ending" if wanted == "commitment" else "missed"
    if wanted in _HEARING:
        return passed_by(view, words) or every[-1], "missed"
    if wanted == "open_question":
        for moment in every:
            closed = next((o for o in seen(moment.line) if o.behaviour is Behaviour.CLOSED_QUESTION), None)
            if closed:
                return replace(moment, quote=whole(moment.line, closed), kind="closed_question"), "closed_question"
    without = [m for m in every if wanted not in {o.behaviour.value for o in seen(m.line)}]
    idle = [m for m in without if not is_productive(m, view.language)]
    return (idle or without or every)[0], "missed"


def _told(view: CoachView, moment: Moment, kind: str, wanted: str, objective: Objective | None, words: Words) -> str:
    name, texts = called(moment.name or view.persona_name, words), words.next_step
    if kind in {"missed", "room"} and not moment.before:
        kind = "first"
    where = texts[kind].format(
        n=moment.line.turn, persona=name, your=clipped(moment.quote, 20), their=telling(moment.before)
    )
    line = _line(view, moment, wanted, words)
    instead = texts["once_more" if kind == "strength" else "instead"].format(line=line, persona=name)
    why = words.why.get(wanted, words.why["open_question"]).format(persona=name)
    served = objective.text.rstrip(" .") if objective else clipped(view.learner_goal, 25)
    return f"{where} {instead} {texts['serves' if objective else 'serves_goal'].format(objective=served, why=why)}"


def _line(view: CoachView, moment: Moment, wanted: str, words: Words) -> str:
    """What to say there: the signed line of the scenario that fits best, else one made of the other's words."""
    pack, language = load_pack(view.language), view.language
    used = {line.text.strip().casefold() for line in learner_lines(view)}
    around = {word.stem for word in words_of(moment.before, language)}
    alike = {"simple_reflection", "complex_reflection"} if wanted.endswith("reflection") else {wanted}
    fitting = []
    for line in view.exemplars:
        shown = {o.behaviour.value for o in observe(line, pack=pack, previous=moment.before)}
        if shown & alike and not shown & _PUSHES and line.strip().casefold() not in used:
            fitting.append(line)
    if fitting:
        return max(fitting, key=lambda line: len(around & {word.stem for word in words_of(line, language)}))
    theirs = telling(moment.before, 9).translate(_UNMARKED)
    template = words.instead.get(wanted, words.instead["open_question"])
    whole = theirs and not theirs.endswith("…")  # nobody can say the first half of another's sentence aloud
    return (template["their"] if whole else template["plain"]).format(their=theirs)
