from __future__ import annotations

from collections.abc import Sequence

import pytest

from agents.coach import Rung
from agents.coach.diagnosis import clipped, focus_of
from agents.coach.offline import OfflineCoach
from agents.coach.phrases import load_words
from agents.coach.view import checked, claims_of, view_of
from evidence.errors import InvalidInput
from practice.debrief import TranscriptLine
from practice.detectors import load_pack, observe
from practice.evidence_rules import counts
from practice.feedback import Feedback, FeedbackLine, lint
from tests.practice.learners import TEMPERAMENTS, Learner
from tests.practice.scenarios import OVERLOAD, PRICE
from tests.practice.stage import play

PACK = load_pack("en")
WORDS = load_words("en")


def talk(*learner: str, persona: str = "The numbers come late.") -> list[TranscriptLine]:
    lines = [TranscriptLine(turn=0, speaker="persona", text=OVERLOAD.opening_line)]
    for number, text in enumerate(learner, start=1):
        seen = observe(text, pack=PACK, previous=lines[-1].text)
        lines.append(TranscriptLine(turn=number, speaker="learner", text=text, observations=seen))
        lines.append(TranscriptLine(turn=number, speaker="persona", text=persona))
    return lines


@pytest.mark.parametrize(
    ("said", "focus"),
    [
        ([], "start"),
        (["It's your fault."], "lower_the_heat"),
        (["You should simply start earlier."], "ask_before_advising"),
        (["Is it late?", "Did you tell them?", "Are you sure?"], "open_up"),
        (["The report was late on Monday."], "ask_open"),
        (["What makes it hard?"], "reflect"),
    ],
)
def test_the_hint_is_about_what_the_talk_needs(said: Sequence[str], focus: str) -> None:
    assert focus_of(view_of(OVERLOAD, talk(*said)), WORDS) == focus


def test_a_feeling_that_was_passed_by_comes_before_the_next_question() -> None:
    lines = talk("What makes it hard?", persona="Honestly, I am worn out and nobody here seems to notice it at all.")
    assert focus_of(view_of(OVERLOAD, lines), WORDS) == "acknowledge"


async def test_four_rungs_give_more_and_more_and_the_last_is_a_line_to_say() -> None:
    view = view_of(OVERLOAD, talk("Is it late?"))
    hints = [await OfflineCoach().hint(view, rung) for rung in Rung]
    assert len({hint.text for hint in hints}) == 4
    assert hints[-1].text == f"“{OVERLOAD.exemplars[0]}”"
    assert "Jana" in hints[0].text
    assert all(hint.provenance.player == "offline" for hint in hints)


async def test_the_line_to_say_is_not_one_the_learner_has_used() -> None:
    view = view_of(OVERLOAD, talk(OVERLOAD.exemplars[0], "Is it late?", "Is it?", "Was it?"))
    hint = await OfflineCoach().hint(view, Rung.MODEL_LINE)
    assert OVERLOAD.exemplars[0] not in hint.text


async def test_more_of_what_was_asked_for_never_lowers_the_level() -> None:
    order = [level.key for level in OVERLOAD.objectives[0].levels]
    reached = []
    for number in range(5):
        lines = ["Is it late?"] + ["What makes the report so hard to finish?"] * number
        debrief = await OfflineCoach().debrief(view_of(OVERLOAD, talk(*lines)))
        reached.append(order.index(debrief.levels[0].level or order[0]))
    assert reached == sorted(reached)
    assert reached[0] == 0
    assert reached[-1] == len(order) - 1


async def test_nothing_to_go_by_is_no_level() -> None:
    draft = await OfflineCoach().debrief(view_of(OVERLOAD, talk("Okay.")))
    assert [level.level for level in draft.levels] == [None, None, None]
    assert draft.next_action


@pytest.mark.parametrize("temperament", TEMPERAMENTS)
async def test_feedback_on_any_learner_is_located_linted_and_kind(temperament: str) -> None:
    for scenario in (OVERLOAD, PRICE):
        scene = play(scenario, Learner(temperament, scenario, 77).says, 12)
        lines = scene.transcript
        view = view_of(scenario, lines)
        secrets = [concern.fact for concern in scenario.persona.concerns]
        assert not any(secret in view.model_dump_json() for secret in secrets)
        draft = await OfflineCoach().debrief(view)
        assert len(draft.priorities) <= 2
        learner = {line.turn: line.text for line in lines if line.speaker == "learner"}
        for claim in claims_of(draft):
            for turn, quote in claim.quotes:
                assert turn is not None
                assert quote in learner[turn]
                start = learner[turn].index(quote)
                assert counts(learner[turn], start, start + len(quote))
        said = [line.text for line in lines]
        proposed = Feedback(
            draft.opening,
            tuple(FeedbackLine(c.objective_id, c.situation, c.behaviour, c.impact, c.next_step) for c in draft.levels),
            draft.priorities,
            draft.next_action,
        )
        assert lint(proposed, said) == ()
        debrief = checked(scenario, draft, lines)
        assert debrief.removed == ()
        for objective in debrief.objectives:
            assert objective.not_found == ()
        for rung in Rung:
            for length in range(1, len(lines), 6):
                assert (await OfflineCoach().hint(view_of(scenario, lines[:length]), rung)).text


def test_clipping_keeps_words_verbatim() -> None:
    text = "One two three, four five. Six."
    assert clipped(text) == "One two three, four five"
    assert clipped(text, 3) == "One two three"
    assert clipped("") == ""


async def test_a_language_without_words_is_refused() -> None:
    view = view_of(OVERLOAD, talk("Is it late?")).model_copy(update={"language": "fi"})
    with pytest.raises(InvalidInput):
        await OfflineCoach().hint(view, Rung.NUDGE)
