"""The rules' reading of a finished scene: which level their detectors support, in the learner's own words.

It is there whoever coaches: a model adds to it and takes nothing away (``practice.merging``).
"""

from __future__ import annotations

from collections.abc import Sequence

from agents.coach import ClaimedLevel, CoachView, DebriefDraft
from agents.coach.assessment import Assessment, assess
from agents.coach.diagnosis import called, clipped, learner_lines
from agents.coach.next_step import best_moment, next_step
from agents.coach.phrases import LANGUAGES, Words, load_words
from agents.provenance import Provenance
from evidence.canonical import digest

SHORT_TALK = 3  # turns below which there is little to go by
GREW = 5  # words by which an answer is visibly longer


def provenance() -> Provenance:
    """Who speaks where rules do; the digest is that of all their words."""
    words = digest({code: load_words(code).digest for code in LANGUAGES})
    return Provenance(player="offline", model="rules", prompt_digest=words)


def read(view: CoachView) -> DebriefDraft:
    """Propose a level with verbatim quotes per objective, and one next step in the learner's own words.

    What counts for an objective is the same in every language. Where the rules have no words of the scene's own, the
    draft has levels and quotes and no sentences.
    """
    spoken = view.language.split("-")[0].lower() in LANGUAGES
    words = load_words(view.language if spoken else "en")
    taken: set[int] = set()
    found: list[Assessment] = []
    for objective in view.objectives:
        found.append(assess(view, objective, words, taken))
        taken |= {int(quote.field) for quote in found[-1].quotes[:1]}
    levels = _claims(found)
    if not spoken:
        silent = {"situation": "", "behaviour": "", "impact": ""}
        levels = tuple(each.model_copy(update=silent) for each in levels)
    return DebriefDraft(
        opening=_opening(view, words) if spoken else "",
        levels=levels,
        priorities=(),
        next_action=next_step(view, found, words) if spoken else "",
        provenance=provenance(),
    )


def _opening(view: CoachView, words: Words) -> str:
    """How the talk went, and the productive turn of which most came, where there is one."""
    name, spoken = called(view.persona_name, words), len(learner_lines(view))
    if spoken < SHORT_TALK:
        return words.debrief["opening_short"].format(persona=name)
    best = best_moment(view)
    if best is None or best.growth < GREW:
        return words.debrief["opening"].format(persona=name, n=spoken)
    return words.debrief["opening_worked"].format(
        persona=name,
        n=spoken,
        k=best.line.turn,
        your=clipped(best.quote, 20),
        answered=called(best.next_name or view.persona_name, words),
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
