"""The one next step: where it was, in the learner's own words, what to say there, and what it serves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import pytest

from agents.coach import DebriefDraft, Rung
from agents.coach.moments import is_productive, push, turns
from agents.coach.next_step import best_moment
from agents.coach.offline import OfflineCoach
from agents.coach.view import checked, view_of
from practice.debrief import Debrief, TranscriptLine
from practice.observing import observed
from practice.preferences import simpler_please
from practice.scenario import Scenario
from tests.practice.learners import TEMPERAMENTS, Learner
from tests.practice.scenarios import OVERLOAD, PRICE
from tests.practice.stage import play
from tests.practice.together import TOGETHER

PUSHES = {
    "You should simply start earlier in the week.": "went straight to a solution",
    "Come on, that's simply not true.": "held against",
    "That's your fault.": "landed on",
    "How can we get this done by Friday?": "leaned towards the end",
}


def lines_of(scenario: Scenario, said: Iterable[str]) -> list[TranscriptLine]:
    words = iter(said)
    return play(scenario, lambda _: next(words, None)).transcript


async def debriefed(scenario: Scenario, lines: Sequence[TranscriptLine]) -> tuple[DebriefDraft, Debrief]:
    draft = await OfflineCoach().debrief(view_of(scenario, lines))
    return draft, checked(scenario, draft, lines)


@pytest.mark.parametrize(("words", "named"), PUSHES.items())
async def test_a_push_is_named_kindly_with_its_turn_and_its_words(words: str, named: str) -> None:
    lines = lines_of(OVERLOAD, ["What makes it hard at the moment?", words, "It sounds like it's a lot for you."])
    draft, debrief = await debriefed(OVERLOAD, lines)
    assert named in draft.next_action
    assert "turn 2" in draft.next_action
    assert f"“{words.rstrip('.')}" in draft.next_action
    assert debrief.next_action == draft.next_action
    assert debrief.removed == ()


async def test_it_offers_a_signed_line_of_the_scene_and_says_which_objective_it_serves() -> None:
    lines = lines_of(OVERLOAD, ["Is it late again?", "Did you tell Sales?", "Okay."])
    draft, _ = await debriefed(OVERLOAD, lines)
    assert "In turn 1 you asked “Is it late again?”" in draft.next_action
    assert f"“{OVERLOAD.exemplars[0]}”" in draft.next_action
    assert f"“{OVERLOAD.objectives[0].text}”" in draft.next_action


async def test_without_a_signed_line_the_other_persons_words_make_one() -> None:
    scenario = OVERLOAD.model_copy(
        update={"exemplars": ("I'll talk to Sales about the date of their numbers by Friday.",)}
    )
    lines = lines_of(scenario, ["Is it late again?"])
    draft, _ = await debriefed(scenario, lines)
    assert "‘I suppose it's about the report’" in draft.next_action


async def test_two_learners_get_two_next_steps() -> None:
    talks = (["Is it late?"], ["You should work faster."], ["What makes it hard?"], ["ok"])
    steps = [(await debriefed(OVERLOAD, lines_of(OVERLOAD, talk)))[0].next_action for talk in talks]
    assert len(set(steps)) == len(talks)


async def test_the_moment_that_worked_is_one_that_worked() -> None:
    said = [
        "You should just accept it. How do you see it, with everything that is going on in this office at the moment?",
        "How can we get this done by Friday, with all that we have on our plates at the moment?",
        "What makes the report hard?",
    ]
    lines = lines_of(OVERLOAD, said)
    view = view_of(OVERLOAD, lines)
    assert [is_productive(moment, "en") for moment in turns(view)] == [False, False, True]
    best = best_moment(view)
    assert best is not None
    assert best.line.turn == 3
    draft, _ = await debriefed(OVERLOAD, lines)
    asks = draft.levels[0]
    assert asks.quotes[0].field == "3"
    assert "What makes the report hard" in asks.behaviour
    assert all("Friday" not in quote.quote for quote in asks.quotes)


def test_what_an_objective_asks_for_is_no_push() -> None:
    (moment,) = turns(view_of(OVERLOAD, lines_of(OVERLOAD, ["Come on, that's simply not true."])))
    assert push(moment, "en") is not None
    assert push(moment, "en", frozenset({"confrontation"})) is None


def sentences(debrief: Debrief) -> list[str]:
    texts = [debrief.opening, debrief.next_action, *debrief.priorities]
    for each in debrief.objectives:
        texts += [f"{each.situation} {each.behaviour}", each.impact, each.next_step, each.reason_text]
    told = " ".join(re.sub(r"“[^”]*”", lambda m: re.sub(r"[.!?…]", "", m.group()), text) for text in texts if text)
    return [s.strip() for s in re.split(r"(?<=[.!?])\s+", told) if s.strip()]


@pytest.mark.parametrize("temperament", TEMPERAMENTS)
async def test_no_sentence_comes_twice_in_a_debrief_and_there_is_one_next_step(temperament: str) -> None:
    for scenario in (OVERLOAD, PRICE):
        for seed in (7, 8):
            lines = play(scenario, Learner(temperament, scenario, seed).says, 9).transcript
            draft, debrief = await debriefed(scenario, lines)
            told = sentences(debrief)
            assert len(told) == len(set(told)), [s for s in told if told.count(s) > 1]
            assert draft.priorities == ()
            assert all(not level.next_step for level in draft.levels)
            assert debrief.removed == ()
            turn = re.search(r"turn (\d+)", debrief.next_action)
            assert turn is not None
            said = next(x.text for x in lines if x.speaker == "learner" and x.turn == int(turn.group(1)))
            quotes = re.findall(r"“([^”]*)”", debrief.next_action)
            assert any(quote and quote in said for quote in quotes) or not any(char.isalnum() for char in said)


async def test_with_several_people_the_coach_names_who_said_it() -> None:
    said = [
        TranscriptLine(turn=0, speaker="persona", text=TOGETHER.opening_line, name="Jana Keller"),
        TranscriptLine(turn=1, speaker="learner", text="What does the price mean for you?"),
        TranscriptLine(turn=1, speaker="persona", text="The board will not sign it at this price.", name="Marcus Vogt"),
        TranscriptLine(turn=2, speaker="learner", text="You should simply sign it."),
        TranscriptLine(turn=2, speaker="persona", text="No.", name="Marcus Vogt"),
    ]
    seen = [
        line.model_copy(update={"observations": observed(line.text, "en", before.text)})
        if line.speaker == "learner"
        else line
        for before, line in zip([said[0], *said], said, strict=False)
    ]
    draft = await OfflineCoach().debrief(view_of(TOGETHER, seen))
    assert "Marcus" in draft.next_action
    assert "Jana" not in draft.next_action
    asks = next(level for level in draft.levels if level.quotes)
    assert "Jana" in asks.situation
    assert asks.impact.startswith("Marcus answered")
    assert draft.opening.startswith("This was a short talk with Jana and Marcus;")
    hint = await OfflineCoach().hint(view_of(TOGETHER, seen), Rung.NUDGE)
    assert "Jana" not in hint.text


async def test_abusive_words_are_not_read_out_again() -> None:
    abuse = "You are a stupid bitch."
    lines = lines_of(OVERLOAD, ["What makes this hard for you?", "I see.", abuse])
    lines = [line.model_copy(update={"observations": ()}) if line.text == abuse else line for line in lines]
    draft, debrief = await debriefed(OVERLOAD, lines)
    told = " ".join([draft.opening, draft.next_action, *(each.behaviour for each in debrief.objectives)])
    assert "stupid" not in told
    only = [line for line in lines if line.turn == 0 or line.text == abuse]
    draft, _ = await debriefed(OVERLOAD, only)
    assert draft.next_action.startswith("Play it once more")


async def test_asking_for_simpler_words_is_never_held_against_anybody() -> None:
    please = simpler_please("en")
    lines = lines_of(OVERLOAD, ["Is it the rota?", please])
    lines = [line.model_copy(update={"observations": ()}) if line.text == please else line for line in lines]
    assert [moment.line.turn for moment in turns(view_of(OVERLOAD, lines))] == [1]
    draft, _ = await debriefed(OVERLOAD, lines)
    assert please not in draft.next_action
