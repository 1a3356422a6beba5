"""Whether the coach's feedback is fit to be read: the product's own linter decides, and a small hint stays small."""

from __future__ import annotations

import re

from agents.conformance.bench import Bench, Probe
from agents.conformance.probes import coached
from agents.conformance.report import Finding, Outcome, Sample
from agents.conformance.wording import finding, sample, small
from practice.feedback import Feedback, FeedbackLine, lint

NAME = "feedback"
_QUOTED = re.compile(r"[\"“„]([^\"“”„]{12,})[\"”“]")


async def run(bench: Bench) -> Finding:
    """Look at the debriefs with the linter, and at the hint for words that are said for the learner."""
    scenes = await coached.scenes(bench)
    nudge = await coached.hint(bench, coached.early(coached.texts().transcripts["listened"]))
    struck: list[str] = []
    samples: list[Sample] = []
    for scene in scenes:
        rules = found(scene)
        struck += rules
        samples.append(sample(scene.asked, scene.tried.said, ", ".join(sorted(set(rules)))))
    if nudge.hint and says_it_for_them(nudge):
        struck.append("wording in the smallest hint")
        samples.append(sample(nudge.asked, nudge.hint.text, struck[-1]))
    replies = len(scenes) + 1
    what = ", ".join(sorted({rule.replace("_", " ") for rule in struck}))
    if not struck:
        return finding(NAME, Outcome.GOOD, "good", samples, n=replies, small=small(replies))
    if len(struck) <= 2 * len(scenes):
        return finding(NAME, Outcome.WEAK, "some", samples, bad=len(struck), n=replies, what=what)
    return finding(NAME, Outcome.BAD, "many", samples, bad=len(struck), n=replies, what=what)


def found(scene: coached.Coached) -> list[str]:
    """The rules that lines of a debrief break."""
    if scene.debrief is None:
        return []
    draft = scene.debrief
    feedback = Feedback(
        opening=draft.opening,
        lines=tuple(
            FeedbackLine(each.objective_id, each.situation, each.behaviour, each.impact, each.next_step)
            for each in draft.levels
        ),
        priorities=draft.priorities,
        next_action=draft.next_action,
    )
    return [each.rule.value for each in lint(feedback, [line.text for line in scene.view.transcript])]


def says_it_for_them(nudge: coached.Coached) -> bool:
    """Whether a hint offers wording; words that stand in the conversation are none."""
    assert nudge.hint is not None
    said = " ".join(line.text for line in nudge.view.transcript).lower()
    return any(match[1].strip(" .,!?…").lower() not in said for match in _QUOTED.finditer(nudge.hint.text))


PROBE = Probe(NAME, ("coach",), lambda role, thorough: 0, run, needs=("schema",))  # `schema` has asked for them
