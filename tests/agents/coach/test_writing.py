"""A draft that may not be shown is sent back within a bound; then rules write, and the debrief says so."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from agents.coach import CoachView, DebriefDraft, Hint, Rung
from agents.coach.offline import OfflineCoach
from agents.coach.rules import read
from agents.coach.view import view_of
from agents.coach.writing import MAX_REDRAFTS, rejected, write
from agents.failures import ModelNonsense
from agents.provenance import Provenance, Usage
from practice.debrief import TranscriptLine
from practice.observing import observed
from tests.practice.scenarios import OVERLOAD

MODEL = Provenance(player="model", model="drafts", prompt_digest="0" * 64, usage=Usage(calls=1))
SAID = "What makes the report hard to finish on time?"
TALK = [
    TranscriptLine(turn=0, speaker="persona", text="You wanted to see me?"),
    TranscriptLine(turn=1, speaker="learner", text=SAID, observations=observed(SAID, "en")),
    TranscriptLine(turn=1, speaker="persona", text="The numbers from Sales arrive two days late."),
]
GOOD = DebriefDraft(
    opening="One question moved it.", levels=(), priorities=(), next_action="Ask again.", provenance=MODEL
)

BAD: dict[str, tuple[str, Callable[[str], DebriefDraft]]] = {
    "trait_language": (
        "spoke about you",
        lambda code: GOOD.model_copy(
            update={"opening": {"en": "You are impatient.", "de": "Du bist ungeduldig."}[code]}
        ),
    ),
    "quote_not_there": (
        "quoted words",
        lambda code: GOOD.model_copy(
            update={"opening": {"en": "You said “I do not care at all”.", "de": "Du sagtest „das ist mir egal“."}[code]}
        ),
    ),
    "too_many_priorities": ("more than two", lambda code: GOOD.model_copy(update={"priorities": ("a", "b", "c")})),
    "no_next_action": ("no next step", lambda code: GOOD.model_copy(update={"next_action": " … "})),
}


class Drafts:
    """A coach that gives these drafts one after the other, the last for good."""

    provenance = MODEL

    def __init__(self, *drafts: DebriefDraft) -> None:
        self.drafts, self.told = list(drafts), list[Sequence[str]]()

    async def hint(self, view: CoachView, rung: Rung, *, remarks: Sequence[str] = ()) -> Hint:
        raise AssertionError("nobody asks for a hint here")

    async def debrief(self, view: CoachView, *, remarks: Sequence[str] = ()) -> DebriefDraft:
        self.told.append(remarks)
        return self.drafts.pop(0) if len(self.drafts) > 1 else self.drafts[0]


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("rule", BAD)
async def test_each_rule_rejects_and_a_draft_that_stays_bad_gives_way_to_rules(rule: str, language: str) -> None:
    bad = BAD[rule][1](language)
    assert {each.rule.value for each in rejected(bad, [line.text for line in TALK])} == {rule}
    coach = Drafts(bad)
    scenario = OVERLOAD.model_copy(update={"language": language})
    written = await write(coach, scenario, TALK)
    assert len(coach.told) == MAX_REDRAFTS + 1
    assert coach.told[0] == ()
    assert all(rule.replace("_", " ") in remark for told in coach.told[1:] for remark in told)
    assert written.provenance.player == "offline"
    assert written.provenance.usage.calls == MAX_REDRAFTS + 1  # what was spent on it is not hidden
    assert str(MAX_REDRAFTS + 1) in written.debrief.by_rules
    if language == "en":
        assert BAD[rule][0] in written.debrief.by_rules
    rules = await write(OfflineCoach(), scenario, TALK)
    assert written.debrief.model_copy(update={"by_rules": ""}) == rules.debrief
    assert rules.debrief.by_rules == ""


async def test_a_draft_that_gets_better_is_the_models_own() -> None:
    coach = Drafts(BAD["trait_language"][1]("en"), GOOD)
    written = await write(coach, OVERLOAD, TALK)
    assert coach.told[1] == ("opening: trait language: “You are impatient”",)
    assert (written.debrief.opening, written.debrief.by_rules) == (GOOD.opening, "")
    assert (written.provenance.player, written.provenance.usage.calls) == ("model", 2)


async def test_a_model_that_gives_nothing_of_use_gives_way_to_rules_at_once() -> None:
    class Mumbles(Drafts):
        async def debrief(self, view: CoachView, *, remarks: Sequence[str] = ()) -> DebriefDraft:
            raise ModelNonsense("It mumbles.")

    written = await write(Mumbles(GOOD), OVERLOAD, TALK)
    assert written.debrief.by_rules.startswith("The model gave no feedback")
    assert written.debrief.objectives == (await write(OfflineCoach(), OVERLOAD, TALK)).debrief.objectives


async def test_where_rules_have_no_words_they_still_score_by_the_same_evidence() -> None:
    xx = OVERLOAD.model_copy(update={"language": "xx"})
    silent, spoken = read(view_of(xx, TALK)), read(view_of(OVERLOAD, TALK))
    assert (silent.opening, silent.next_action) == ("", "")
    assert [(e.level, e.quotes) for e in silent.levels] == [(e.level, e.quotes) for e in spoken.levels]
    assert all(not (e.situation or e.behaviour or e.impact) for e in silent.levels)
    written = await write(OfflineCoach(), xx, TALK)
    assert written.debrief.next_action
    assert written.debrief.opening
