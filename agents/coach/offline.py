"""The offline coach: honest rules over what a learner could see and what code observed. It never sees hidden state."""

from __future__ import annotations

from collections.abc import Sequence

from agents.coach import CoachView, DebriefDraft, Hint, Rung
from agents.coach.diagnosis import called, clipped, focus_of, learner_lines, whole
from agents.coach.phrases import load_words
from agents.coach.rules import provenance, read
from practice.detectors import load_pack, observe
from practice.observation import Behaviour

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
        self.provenance = provenance()

    async def hint(self, view: CoachView, rung: Rung, *, remarks: Sequence[str] = ()) -> Hint:
        """Help with the next thing to say: one focus, on the rung asked for.

        Raises:
            InvalidInput: this coach does not speak the scene's language.
        """
        words = load_words(view.language)
        focus = focus_of(view, words)
        if rung is Rung.MODEL_LINE and (line := self._exemplar(view, focus)):
            return Hint(rung=rung, text=words.line.format(line=line), provenance=self.provenance)
        lines = view.transcript
        last = next((line for line in reversed(lines) if line.speaker == "persona"), None)
        name = last.name if last is not None and last.name else view.persona_name
        text = words.focus[focus][rung.value].format(
            persona=called(name, words), their=clipped(last.text if last else ""), your=clipped(_words_at_issue(view))
        )
        return Hint(rung=rung, text=text, provenance=self.provenance)

    async def debrief(self, view: CoachView, *, remarks: Sequence[str] = ()) -> DebriefDraft:
        """Propose a level with verbatim quotes per objective, and one next step in the learner's own words."""
        return read(view).model_copy(update={"provenance": self.provenance})

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
    return next((whole(last, o) for o in last.observations if o.behaviour in _AT_ISSUE), last.text)
