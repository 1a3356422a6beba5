"""The offline coach: honest rules over what a learner could see and what code observed. It never sees hidden state."""

from __future__ import annotations

from collections.abc import Sequence

from agents.coach import ClaimedLevel, CoachView, DebriefDraft, Hint, Rung
from agents.coach.assessment import Assessment, assess
from agents.coach.diagnosis import clipped, focus_of, learner_lines
from agents.coach.next_step import best_moment, next_step
from agents.coach.phrases import LANGUAGES, Words, load_words
from agents.coach.view import called
from agents.provenance import Provenance
from evidence.canonical import digest
from practice.detectors import load_pack, observe
from practice.observation import Behaviour

SHORT_TALK = 3  # turns below which there is little to go by
GREW = 5  # words by which an answer is visibly longer
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
        """Propose a level with verbatim quotes per objective, and one next step in the learner's own words.

        Raises:
            InvalidInput: this coach does not speak the scene's language.
        """
        words = load_words(view.language)
        taken: set[int] = set()
        found: list[Assessment] = []
        for objective in view.objectives:
            found.append(assess(view, objective, words, taken))
            taken |= {int(quote.field) for quote in found[-1].quotes[:1]}
        return DebriefDraft(
            opening=_opening(view, words),
            levels=_claims(found),
            priorities=(),
            next_action=next_step(view, found, words),
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


def _opening(view: CoachView, words: Words) -> str:
    """How the talk went, and the productive turn of which most came, where there is one."""
    name, spoken = called(view.persona_name), len(learner_lines(view))
    if spoken < SHORT_TALK:
        return words.debrief["opening_short"].format(persona=name)
    best = best_moment(view)
    if best is None or best.growth < GREW:
        return words.debrief["opening"].format(persona=name, n=spoken)
    return words.debrief["opening_worked"].format(
        persona=name, n=spoken, k=best.line.turn, your=clipped(best.quote, 20)
    )


def _claims(found: Sequence[Assessment]) -> tuple[ClaimedLevel, ...]:
    """The claims; what was said about one objective is not said again about another."""
    said: set[str] = set()
    claims: list[ClaimedLevel] = []
    for each in found:
        behaviour = "" if each.behaviour in said else each.behaviour
        situation = "" if not behaviour or each.situation in said else each.situation
        impact = "" if each.impact in said else each.impact
        if not situation:
            behaviour = behaviour[:1].upper() + behaviour[1:]
        claims.append(
            ClaimedLevel(
                objective_id=each.objective.id,
                level=each.level,
                quotes=each.quotes,
                situation=situation,
                behaviour=behaviour,
                impact=impact,
            )
        )
        said |= {each.situation, each.behaviour, each.impact}
    return tuple(claims)
