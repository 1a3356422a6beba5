from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.errors import Conflict
from practice.observation import Behaviour, Observation
from practice.reveal import MAX_TURNS, Ending, Step, start
from practice.scenario import Scenario
from practice.scene import SceneState
from practice.turn import take
from practice.turn_taking import CUTS_IN, WAITS, Because, advance_together, all_open, answered, begin, floor
from tests.practice.scenarios import OVERLOAD
from tests.practice.together import THREE, TOGETHER

JANA, MARCUS, TOM = 0, 1, 2
SAYINGS = st.sampled_from(
    [
        "Jana, how do you cope with the workload?",
        "What happened with the outage, Marcus?",
        "And you, Tom?",
        "Both of you, please.",
        "Okay.",
        "That's your own fault.",
        "You are always late, Marcus. That's your fault.",
        "Thanks, Jana. I can see that it has been hard for you at home.",
        "Tell me about the budget.",
        "I'll talk to them by Friday.",
        "Could you say that more simply?",
        "What would help?",
        "You're lying, Tom.",
        "",
        "Jana. Marcus. Tom.",
    ]
)


def seen(behaviour: Behaviour, quote: str) -> Observation:
    return Observation(behaviour=behaviour, quote=quote, start=0, end=len(quote), observer="code")


def said(scenario: Scenario, state: SceneState, words: str) -> Step:
    return take(scenario, state, words, previous="").step


@pytest.mark.parametrize(
    ("words", "who"),
    [
        ("Marcus, how was that for you?", MARCUS),
        ("How was that for you, Marcus?", MARCUS),
        ("Hello Marcus, good to see you.", MARCUS),
        ("Thank you. And you, Marcus?", MARCUS),
        ("What about Marcus?", MARCUS),
        ("MARCUS!", MARCUS),
        ("Mr. Obi, how do you see it?", MARCUS),
        ("Jana, what did you hear? Marcus, and you?", MARCUS),
        ("Marcus, one moment. First you, Jana.", JANA),
        ("Und wie ist es bei Marcus?", MARCUS),
        ("Et vous, Marcus ?", MARCUS),
    ],
)
def test_whoever_is_called_by_name_answers_and_of_several_calls_the_last_counts(words: str, who: int) -> None:
    assert floor(begin(TOGETHER), TOGETHER, words) == (floor(begin(TOGETHER), TOGETHER, words))
    found = floor(begin(TOGETHER), TOGETHER, words)
    assert (found.person, found.because) == (who, Because.CALLED)


@pytest.mark.parametrize(
    "words", ["I spoke with Marcus yesterday.", "What Marcus did was fine.", "Obituaries, mostly."]
)
def test_a_name_that_is_only_mentioned_calls_nobody(words: str) -> None:
    assert floor(begin(TOGETHER), TOGETHER, words).because is not Because.CALLED


def test_a_topic_belongs_to_whose_deck_it_is_in_and_what_is_locked_counts_more() -> None:
    state = begin(TOGETHER)
    assert floor(state, TOGETHER, "What happened in the outage?").person == MARCUS
    assert floor(state, TOGETHER, "How are the hours?").person == JANA
    both = "How do the hours and the outage go together?"
    opened = state.model_copy(update={"unlocked": ("workload",)})
    assert floor(opened, TOGETHER, both) == floor(opened, TOGETHER, both)
    assert floor(opened, TOGETHER, both).person == MARCUS


def test_words_for_everybody_are_answered_by_whoever_was_silent_longest() -> None:
    state = begin(TOGETHER).model_copy(update={"turn": 1, "spoke": 1})
    assert floor(state, TOGETHER, "What would you two need?").person == MARCUS
    assert floor(state, TOGETHER, "What would both of you need?").because is Because.EVERYBODY


def test_talk_goes_on_with_who_spoke_last_until_somebody_has_waited() -> None:
    state, speakers = begin(TOGETHER), []
    for words in ["Good morning.", "Fine.", "I see.", "Well.", "Yes."]:
        step = said(TOGETHER, state, words)
        speakers.append(step.speaker)
        state = answered(step, TOGETHER, "Hm.")
    assert speakers == [JANA] * WAITS + [MARCUS] * 2


def test_only_the_one_spoken_to_is_moved_and_opened() -> None:
    state = begin(TOGETHER)
    step = said(TOGETHER, state, "Marcus, how did you live through the outage?")
    jana, marcus = step.state.people
    assert step.speaker == MARCUS
    assert step.newly_unlocked == marcus.unlocked == ("outage",)
    assert (jana.mood, jana.trust, jana.unlocked) == (state.mood, state.trust, ())
    assert marcus.trust > state.others[0].trust
    assert jana.turn == marcus.turn == 1


def test_somebody_silent_for_long_cuts_in_but_never_on_somebody_who_opens_up() -> None:
    state = begin(TOGETHER)
    state = state.model_copy(
        update={
            "turn": CUTS_IN,
            "spoke": CUTS_IN,
            "others": (state.others[0].model_copy(update={"turn": CUTS_IN}),),
        }
    )
    opening = said(TOGETHER, state, "Jana, how do you cope with the workload?")
    assert (opening.speaker, opening.cuts_in, opening.newly_unlocked) == (JANA, False, ("workload",))
    plain = said(TOGETHER, state, "Jana, I see.")
    assert (plain.speaker, plain.cuts_in) == (MARCUS, True)
    assert plain.state.others[0].spoke == CUTS_IN + 1
    assert plain.state.others[0].trust == state.others[0].trust  # the words were not for him


def hostile(state: SceneState, who: str) -> tuple[SceneState, Step]:
    for _ in range(12):
        step = said(THREE, state, f"{who}, that is your own fault, you are lying and you never listen.")
        state = answered(step, THREE, "No.")
        if step.ending or step.leaves:
            return state, step
    raise AssertionError("nobody had enough")


def test_who_has_had_enough_walks_out_and_the_scene_goes_on_unless_it_is_the_first() -> None:
    state, step = hostile(begin(THREE), "Marcus")
    assert step.leaves
    assert step.speaker == MARCUS
    assert step.ending is None
    assert state.others[0].left
    assert not state.ended
    later = said(THREE, state, "Marcus, come back!")
    assert later.speaker != MARCUS
    _, gone = hostile(state, "Jana")
    assert gone.ending is Ending.HOSTILE
    assert gone.state.ended


def test_nothing_is_resolved_while_anybody_has_something_left_unsaid() -> None:
    state = begin(TOGETHER)
    jana_open = state.model_copy(update={"unlocked": tuple(c.id for c in TOGETHER.persona.concerns)})
    commitment = "Jana, I will talk to the head of Sales by Friday."
    step = said(TOGETHER, jana_open, commitment)
    assert step.ending is None
    everything = jana_open.model_copy(
        update={
            "others": (
                state.others[0].model_copy(update={"unlocked": tuple(c.id for c in TOGETHER.others[0].concerns)}),
            )
        }
    )
    assert all_open(everything, TOGETHER.people)
    assert said(TOGETHER, everything, commitment).ending is Ending.RESOLVED
    late = jana_open.model_copy(update={"turn": MAX_TURNS - 1, "spoke": MAX_TURNS - 1})
    assert said(TOGETHER, late, commitment).ending is Ending.LONG


def test_taking_leave_ends_it_for_everybody_and_nobody_cuts_in_on_it() -> None:
    state = begin(TOGETHER).model_copy(update={"turn": 20, "spoke": 20})
    step = said(TOGETHER, state, "Goodbye, Jana.")
    assert (step.ending, step.speaker, step.state.ended) == (Ending.FAREWELL, JANA, True)
    with pytest.raises(Conflict):
        said(TOGETHER, step.state, "One more thing.")


def test_idle_turns_count_whoever_answers() -> None:
    state, ending = begin(TOGETHER), None
    for number in range(MAX_TURNS):
        step = said(TOGETHER, state, f"Hm. {number}.")
        state, ending = answered(step, TOGETHER, "Hm."), step.ending
        if ending:
            break
    assert ending is Ending.IDLE
    assert state.turn == 10


def test_objections_are_remembered_for_whoever_raised_them() -> None:
    step = said(TOGETHER, begin(TOGETHER), "Marcus, good morning.")
    after = answered(step, TOGETHER, TOGETHER.others[0].objections[0].line)
    assert after.objections_raised == ()
    assert after.others[0].objections_raised == (0,)


@settings(max_examples=60, deadline=None)
@given(st.lists(SAYINGS, max_size=MAX_TURNS), st.sampled_from([TOGETHER, THREE]))
def test_somebody_always_answers_nobody_is_forgotten_and_it_is_the_same_every_time(
    words: list[str], scenario: Scenario
) -> None:
    states = []
    for _ in range(2):
        state, spared, silent = begin(scenario), [0] * len(scenario.people), [0] * len(scenario.people)
        played = [state]
        for line in words:
            before = state
            step = said(scenario, before, line)
            state = answered(step, scenario, "I see.")
            played.append(state)
            assert not before.people[step.speaker].left
            for index, person in enumerate(state.people):
                assert person.turn == before.turn + 1
                assert set(before.people[index].unlocked) <= set(person.unlocked)
                silent[index] = 0 if index == step.speaker else silent[index] + 1
                spared[index] = 0 if index == step.speaker else spared[index] + bool(step.newly_unlocked or step.again)
                if not (person.left or state.ended):
                    assert silent[index] <= CUTS_IN + len(scenario.people) - 2 + spared[index]
            assert SceneState.model_validate(json.loads(json.dumps(state.model_dump(mode="json")))) == state
            if state.ended:
                break
        states.append(played)
    assert states[0] == states[1]


def test_a_scene_with_one_person_is_stored_as_it_always_was() -> None:
    assert begin(OVERLOAD) == start(OVERLOAD.persona)
    state = said(OVERLOAD, begin(OVERLOAD), "How do you cope with the workload?").state
    assert set(state.model_dump(mode="json")) == {
        "turn", "mood", "trust", "unlocked", "seen", "objections_raised", "ended", "thread", "counted",
        "hostile_turns", "idle_turns",
    }  # fmt: skip
    stored = {"turn": 3, "mood": -1, "trust": 2, "unlocked": ["workload"], "seen": {"workload": 1}}
    old = SceneState.model_validate(
        stored | {"objections_raised": [0], "ended": False, "thread": "", "counted": [], "hostile_turns": 0}
    )
    assert (old.others, old.left, old.simpler, old.spoke) == ((), False, False, 0)


def test_the_rules_of_one_person_are_used_for_each() -> None:
    quote = "That's your fault."
    step = advance_together(begin(TOGETHER), TOGETHER, f"Marcus, {quote}", [seen(Behaviour.BLAME, quote)])
    assert step.state.others[0].mood == TOGETHER.others[0].mood - 1
    assert step.state.mood == TOGETHER.persona.mood


def test_what_only_a_model_saw_counts_for_whoever_answered_if_they_are_spoken_to_again() -> None:
    asked = seen(Behaviour.OPEN_QUESTION, "What is it like with the outage")
    first = said(TOGETHER, begin(TOGETHER), "Marcus, it must be something with the outage.").state
    again = advance_together(first, TOGETHER, "Marcus, I see.", (), also_observed=[asked])
    assert again.newly_unlocked == ("outage",)
    other = advance_together(first, TOGETHER, "Jana, I see.", (), also_observed=[asked])
    assert other.newly_unlocked == ()
