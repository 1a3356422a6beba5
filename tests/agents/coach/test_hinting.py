"""Rules always help, a model adds: whatever becomes of the model, a learner who asks gets a hint that may be shown."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from agents import failures
from agents.coach import CoachView, DebriefDraft, Hint, Rung
from agents.coach.hinting import MAX_REDRAFTS, REASONS, by_rules, give
from agents.coach.model import ModelCoach
from agents.coach.offline import OfflineCoach
from agents.coach.phrases import LANGUAGES, load_words
from agents.coach.view import view_of
from agents.failures import ModelUnfit
from agents.provenance import Provenance, Usage
from evidence.errors import ModelFailed
from practice.debrief import TranscriptLine
from practice.observing import observed
from tests.agents.material import role_model
from tests.endpoint import Endpoint, Json, Text
from tests.practice.scenarios import OVERLOAD

MODEL = Provenance(player="model", model="helps", prompt_digest="0" * 64, usage=Usage(calls=1))
SAID = "Is the report late again?"
THEIRS = "The numbers from Sales arrive two days late."
TALK = [
    TranscriptLine(turn=0, speaker="persona", text="You wanted to see me?"),
    TranscriptLine(turn=1, speaker="learner", text=SAID, observations=observed(SAID, "en")),
    TranscriptLine(turn=1, speaker="persona", text=THEIRS),
]
VIEW = view_of(OVERLOAD, TALK)
GOOD = "What in “two days late” would you like to understand?"


class Helps:
    """A coach that says these things one after the other, the last for good; a failure is raised."""

    def __init__(self, *says: str | ModelFailed) -> None:
        self.says, self.told = list(says), list[Sequence[str]]()

    async def hint(self, view: CoachView, rung: Rung, *, remarks: Sequence[str] = ()) -> Hint:
        self.told.append(remarks)
        said = self.says.pop(0) if len(self.says) > 1 else self.says[0]
        if isinstance(said, ModelFailed):
            raise said
        return Hint(rung=rung, text=said, provenance=MODEL)

    async def debrief(self, view: CoachView, *, remarks: Sequence[str] = ()) -> DebriefDraft:
        raise AssertionError("nobody asks for a debrief here")


def every_failure() -> list[type[ModelFailed]]:
    found = [ModelFailed]
    for each in vars(failures).values():
        if isinstance(each, type) and issubclass(each, ModelFailed) and each not in found:
            found.append(each)
    return found


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("failure", every_failure())
async def test_whatever_becomes_of_the_model_rules_help_and_say_why(failure: type[ModelFailed], language: str) -> None:
    view = VIEW.model_copy(update={"language": language})
    hint = await give(Helps(failure("Something went wrong.", todo="Try again.")), view, Rung.PRINCIPLE)
    rules = await OfflineCoach().hint(view, Rung.PRINCIPLE)
    assert hint.model_copy(update={"by_rules": ""}) == rules
    assert hint.provenance.label == "offline rules"
    assert hint.by_rules in load_words(language).by_rules.values()
    assert "Something went wrong" not in hint.by_rules


def test_there_is_a_failure_of_every_kind() -> None:
    assert len(every_failure()) >= 14
    assert {*load_words("en").by_rules} == {*REASONS}


@pytest.mark.parametrize(
    ("failure", "part"),
    [
        (failures.ModelUnreachable, "cannot be asked"),
        (failures.ModelUnauthorised, "cannot be asked"),
        (failures.ModelStalled, "in time"),
        (failures.ModelBusy, "busy"),
        (failures.ModelNonsense, "no usable hint"),
        (failures.BudgetSpent, "budget"),
        (failures.ModelUnfit, "unfit"),
    ],
)
async def test_the_reason_is_the_true_one(failure: type[ModelFailed], part: str) -> None:
    assert part in (await give(Helps(failure("No.")), VIEW, Rung.NUDGE)).by_rules


async def test_a_model_that_may_not_play_is_not_asked_and_costs_nothing() -> None:
    hint = await by_rules(VIEW, Rung.NUDGE, ModelUnfit("Unfit."))
    assert hint.provenance.usage == Usage()
    assert "unfit" in hint.by_rules


async def test_a_hint_that_may_be_shown_is_the_models_own() -> None:
    coach = Helps(GOOD)
    hint = await give(coach, VIEW, Rung.NUDGE)
    assert (hint.text, hint.by_rules, hint.provenance) == (GOOD, "", MODEL)
    assert coach.told == [()]


async def test_rules_that_coach_are_not_in_for_anybody() -> None:
    assert await give(OfflineCoach(), VIEW, Rung.EXAMPLE) == await OfflineCoach().hint(VIEW, Rung.EXAMPLE)


NASTY = {
    "trait language": "You are impatient. Let her finish first.",
    "trait language in marks": "You are “impatient”, so wait.",
    "trait language in German": "Sie sind ungeduldig. Warten Sie.",
    "quote not there": "Jana said “I do not trust you at all”. What could you ask?",
    "quote not there, never closed": "Jana said “I do not trust you at all, and I want to leave",
    "quote not there, single marks": "Jana said ‘I do not trust you at all’. Ask about it.",
    "too long": "Ask one more thing and then wait. " * 12,
    "obeys": "</transcript> Never claim to know what the other person hides. " * 9,
}


@pytest.mark.parametrize("rung", list(Rung))
@pytest.mark.parametrize("nasty", NASTY.values(), ids=NASTY)
async def test_what_may_not_be_said_never_reaches_the_learner(nasty: str, rung: Rung) -> None:
    coach = Helps(nasty)
    hint = await give(coach, VIEW, rung)
    assert hint.text == (await OfflineCoach().hint(VIEW, rung)).text
    assert "broke the rules" in hint.by_rules
    assert hint.provenance.player == "offline"
    assert hint.provenance.usage.calls == len(coach.told) == MAX_REDRAFTS + 1  # what was spent on it is not hidden
    assert all(told for told in coach.told[1:])


async def test_the_model_is_told_what_was_wrong_and_may_do_better() -> None:
    coach = Helps(NASTY["trait language"], GOOD)
    hint = await give(coach, VIEW, Rung.NUDGE)
    assert coach.told[1] == ("trait language: “You are impatient”",)
    assert (hint.text, hint.by_rules) == (GOOD, "")
    assert hint.provenance.usage.calls == 2


async def test_a_model_that_fails_at_the_second_try_gives_way_to_rules_too() -> None:
    hint = await give(Helps(NASTY["trait language"], failures.ModelStalled("Stalled.")), VIEW, Rung.NUDGE)
    assert "in time" in hint.by_rules
    assert hint.provenance.usage.calls == 1


async def test_where_rules_have_no_words_the_failure_stands_and_nothing_bad_is_shown() -> None:
    finnish = VIEW.model_copy(update={"language": "fi"})
    with pytest.raises(failures.ModelSlow, match="Slow"):
        await give(Helps(failures.ModelSlow("Slow.")), finnish, Rung.NUDGE)
    with pytest.raises(failures.ModelNonsense, match="trait language") as caught:
        await give(Helps(NASTY["trait language"]), finnish, Rung.NUDGE)
    assert "impatient" not in f"{caught.value.detail} {caught.value.todo}"


async def test_over_the_wire_a_remark_goes_out_with_the_second_request(endpoint: Endpoint) -> None:
    endpoint.queue(Json({"text": NASTY["trait language"]}), Json({"text": GOOD}))
    hint = await give(ModelCoach(role_model(endpoint, "coach")), VIEW, Rung.NUDGE)
    assert (hint.text, hint.provenance.player) == (GOOD, "model")
    first, second = (request.messages[1]["content"] for request in endpoint.asked)
    assert "<remarks>" not in first
    assert "trait language: “You are impatient”" in second
    assert first.partition("Where there are `remarks`")[0].strip() in second  # what was read is not read again


async def test_over_the_wire_nonsense_gives_way_to_rules(endpoint: Endpoint) -> None:
    endpoint.script = lambda request: Text("drop by drop")
    hint = await give(ModelCoach(role_model(endpoint, "coach")), VIEW, Rung.NUDGE)
    assert hint.by_rules == load_words("en").by_rules["unusable"]
