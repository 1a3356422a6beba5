"""The offline coach: honest rules over what a learner could see and what code observed. It never sees hidden state."""

from __future__ import annotations

from agents.coach import ClaimedLevel, CoachView, DebriefDraft, Hint, Rung
from agents.coach.assessment import Assessment, assess
from agents.coach.diagnosis import clipped, focus_of, learner_lines
from agents.coach.phrases import LANGUAGES, load_words
from agents.coach.view import called
from agents.provenance import Provenance
from evidence.canonical import digest
from practice.detectors import load_pack, observe
from practice.observation import Behaviour

MAX_PRIORITIES = 2
_AT_ISSUE = {
    Behaviour.BLAME,
    Behaviour.CONFRONTATION,
    Behaviour.ADVICE_WITHOUT_PERMISSION,
    Behaviour.CLOSED_QUESTION,
}
_WANTED = {
    "start": {"open_question"},
    "lower_the_heat": {"open_question", "acknowledgement"},
    "ask_before_advising": {"open_question", "advice_with_permission"},
    "acknowledge": {"acknowledgement", "complex_reflection"},
    "open_up": {"open_question"},
    "ask_open": {"open_question"},
    "listen": {"open_question"},
    "reflect": {"simple_reflection", "complex_reflection"},
    "go_deeper": {"open_question"},
    "summarise": {"summary"},
    "agree": {"commitment"},
}


class OfflineCoach:
    """Helps by rules: one focus per hint, evidence before words in a debrief."""

    def __init__(self) -> None:
        self.provenance = Provenance(
            player="offline", model="rules", prompt_digest=digest({code: load_words(code).digest for code in LANGUAGES})
        )

    async def hint(self, view: CoachView, rung: Rung) -> Hint:
        """Help with the next thing to say: one focus, on the rung asked for.

        Raises:
            InvalidInput: this coach does not speak the scene's language.
        """
        words = load_words(view.language)
        focus = focus_of(view, words)
        if rung is Rung.MODEL_LINE and (line := self._exemplar(view, focus)):
            return Hint(rung=rung, text=f"“{line}”", provenance=self.provenance)
        lines = view.transcript
        theirs = next((line.text for line in reversed(lines) if line.speaker == "persona"), "")
        text = words.focus[focus][rung.value].format(
            persona=called(view.persona_name), their=clipped(theirs), your=clipped(_words_at_issue(view))
        )
        return Hint(rung=rung, text=text, provenance=self.provenance)

    async def debrief(self, view: CoachView) -> DebriefDraft:
        """Propose a level with verbatim quotes per objective, and at most two things to work on.

        Raises:
            InvalidInput: this coach does not speak the scene's language.
        """
        words = load_words(view.language)
        found = [assess(view, objective, words) for objective in view.objectives]
        weakest = sorted((a for a in found if a.share < 1.0 and a.next_step), key=lambda a: a.share)
        name, turns = called(view.persona_name), len(learner_lines(view))
        opening = words.debrief["opening" if turns >= 3 else "opening_short"].format(persona=name, n=turns)
        if weakest:
            next_action = weakest[0].next_step
        elif any(a.level for a in found):
            next_action = words.debrief["next_action_all"]
        else:
            next_action = words.debrief["nothing"].format(persona=name)
        return DebriefDraft(
            opening=opening,
            levels=tuple(_claim(a) for a in found),
            priorities=tuple(dict.fromkeys(a.next_step for a in weakest))[:MAX_PRIORITIES],
            next_action=next_action,
            provenance=self.provenance,
        )

    def _exemplar(self, view: CoachView, focus: str) -> str | None:
        """A signed line of the scenario that shows what is needed and that the learner has not used yet."""
        pack = load_pack(view.language)
        used = {line.text.strip().casefold() for line in learner_lines(view)}
        for line in view.exemplars:
            shown = {observation.behaviour.value for observation in observe(line, pack=pack)}
            if shown & _WANTED[focus] and line.strip().casefold() not in used:
                return line
        return None


def _words_at_issue(view: CoachView) -> str:
    """What the learner said last that a hint may point at: the observed words, else the whole line."""
    last = next(reversed(learner_lines(view)), None)
    if last is None:
        return ""
    return next((o.quote for o in last.observations if o.behaviour in _AT_ISSUE), last.text)


def _claim(assessment: Assessment) -> ClaimedLevel:
    return ClaimedLevel(
        objective_id=assessment.objective.id,
        level=assessment.level,
        quotes=assessment.quotes,
        situation=assessment.situation,
        behaviour=assessment.behaviour,
        impact=assessment.impact,
        next_step=assessment.next_step,
    )
