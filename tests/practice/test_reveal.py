from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.errors import Conflict
from practice.observation import Behaviour, Observation
from practice.reveal import HOSTILE_TURNS, IDLE_TURNS, Ending, advance, note_reply, start
from practice.scenario import Persona, RevealOn
from practice.scene import SceneState
from tests.practice.scenarios import OVERLOAD, PRICE

JANA = OVERLOAD.persona
FRESH = start(JANA)


def seen(text: str, *behaviours: Behaviour, observer: str = "code") -> list[Observation]:
    return [Observation(behaviour=b, quote=text, start=0, end=len(text), observer=observer) for b in behaviours]


def changed(persona: Persona, **reveal: object) -> Persona:
    """The persona with another condition on its first concern."""
    data = persona.model_dump()
    data["concerns"][0]["reveal"] = reveal
    return Persona.model_validate(data)


def test_the_right_question_is_answered_in_this_turn_and_says_why() -> None:
    text = "How do you cope with the workload?"
    step = advance(FRESH, JANA, text, seen(text, Behaviour.OPEN_QUESTION))
    assert step.newly_unlocked == ("workload",)
    assert step.state.unlocked == ("workload",)
    assert step.state.trust == FRESH.trust + 2  # one for the question, one for the concern
    (reason,) = step.reasons
    assert (reason.concern_id, reason.behaviour, reason.quote) == ("workload", "open_question", text)
    assert reason.topic == "workload"


def test_the_same_question_off_topic_or_closed_opens_nothing() -> None:
    off = "How do you like the new canteen?"
    assert advance(FRESH, JANA, off, seen(off, Behaviour.OPEN_QUESTION)).newly_unlocked == ()
    closed = "Is it the workload?"
    assert advance(FRESH, JANA, closed, seen(closed, Behaviour.CLOSED_QUESTION)).newly_unlocked == ()


def test_the_thread_of_the_conversation_counts() -> None:
    closed = advance(FRESH, JANA, "Is it the workload?", seen("Is it the workload?", Behaviour.CLOSED_QUESTION))
    assert closed.state.thread == "workload"
    more = "Tell me more about that."
    assert advance(closed.state, JANA, more, seen(more, Behaviour.OPEN_QUESTION)).newly_unlocked == ("workload",)


def test_what_the_persona_just_spoke_of_is_the_thread() -> None:
    text = "What is behind that?"
    step = advance(
        FRESH, JANA, text, seen(text, Behaviour.OPEN_QUESTION), previous="The workload is what it is. I manage."
    )
    assert step.newly_unlocked == ("workload",)


def test_another_topic_in_the_utterance_leaves_the_thread() -> None:
    state = FRESH.model_copy(update={"thread": "workload"})
    text = "How do you find the software?"
    step = advance(state, JANA, text, seen(text, Behaviour.OPEN_QUESTION))
    assert step.newly_unlocked == ()
    assert step.state.thread == "tool"


def test_trust_must_suffice_and_the_condition_must_be_met_again() -> None:
    text = "You look tired, that must be hard."
    early = advance(FRESH, JANA, text, seen(text, Behaviour.ACKNOWLEDGEMENT))
    assert early.newly_unlocked == ()
    trusting = early.state.model_copy(update={"trust": 4})
    assert advance(trusting, JANA, "Okay.", []).newly_unlocked == ()
    late = advance(trusting, JANA, text, seen(text, Behaviour.ACKNOWLEDGEMENT))
    assert late.newly_unlocked == ("mother",)


def test_times_counts_turns_not_observations() -> None:
    text = "So the software is slow, the software is slow."
    twice_in_one = seen(text, Behaviour.SIMPLE_REFLECTION, Behaviour.COMPLEX_REFLECTION)
    first = advance(FRESH, JANA, text, twice_in_one)
    assert first.newly_unlocked == ()
    assert first.state.seen == {"tool": 1}
    assert advance(first.state, JANA, text, twice_in_one).newly_unlocked == ("tool",)


def test_acknowledgement_needs_no_topic_word_while_no_topic_is_on_the_table() -> None:
    persona = changed(JANA, on="acknowledgement")
    text = "That must be frustrating."
    assert advance(FRESH, persona, text, seen(text, Behaviour.ACKNOWLEDGEMENT)).newly_unlocked == ("workload",)
    elsewhere = FRESH.model_copy(update={"thread": "tool"})
    assert advance(elsewhere, persona, text, seen(text, Behaviour.ACKNOWLEDGEMENT)).newly_unlocked == ()


def test_staying_counts_the_turns_in_which_the_topic_came_up() -> None:
    persona = changed(JANA, on="staying", times=3)
    state = FRESH
    for number, text in enumerate(["The workload is high.", "Is it the hours?", "Overtime again."], start=1):
        step = advance(state, persona, text, [])
        assert bool(step.newly_unlocked) == (number == 3)
        state = step.state
    quiet = advance(state, persona, "Hm.", [])
    assert quiet.state.seen == state.seen


def test_what_only_a_model_saw_opens_in_the_next_turn_and_is_counted_once() -> None:
    first = advance(FRESH, JANA, "And your hours, all of them?", [])
    assert first.newly_unlocked == ()
    late = seen("And your hours, all of them?", Behaviour.OPEN_QUESTION, observer="model x")
    second = advance(first.state, JANA, "Okay.", [], also_observed=late)
    assert second.newly_unlocked == ("workload",)
    assert second.reasons[0].observer == "model x"

    reflects = "So the software is slow."
    code_saw = advance(FRESH, JANA, reflects, seen(reflects, Behaviour.SIMPLE_REFLECTION))
    again = advance(
        code_saw.state, JANA, "Okay.", [], also_observed=seen(reflects, Behaviour.COMPLEX_REFLECTION, observer="model")
    )
    assert again.state.seen == {"tool": 1}


def test_blame_costs_more_than_a_question_earns_and_questions_alone_only_carry_so_far() -> None:
    blame = advance(FRESH, JANA, "Your fault.", seen("Your fault.", Behaviour.BLAME, Behaviour.OPEN_QUESTION))
    assert blame.state.trust == -2
    assert blame.state.mood == -1
    state = FRESH
    for _ in range(6):
        state = advance(state, JANA, "What else?", seen("What else?", Behaviour.OPEN_QUESTION)).state
    assert state.trust == 2
    assert advance(state, JANA, "It hurts.", seen("It hurts.", Behaviour.SIMPLE_REFLECTION)).state.trust == 3


def test_praise_alone_neither_builds_trust_nor_opens_anything() -> None:
    state = FRESH
    for _ in range(9):
        step = advance(state, JANA, "Great workload!", seen("Great workload!", Behaviour.AFFIRMATION))
        state = step.state
    assert state.trust == FRESH.trust
    assert state.mood == 1
    assert state.unlocked == ()


def test_a_persona_that_is_blamed_leaves() -> None:
    state, turns = FRESH, 0
    ending = None
    while ending is None:
        step = advance(state, JANA, "You did it.", seen("You did it.", Behaviour.BLAME))
        state, ending, turns = step.state, step.ending, turns + 1
    assert ending is Ending.HOSTILE
    assert turns == 3 + HOSTILE_TURNS - 1
    with pytest.raises(Conflict):
        advance(state, JANA, "Sorry!", [])


def test_other_endings() -> None:
    state = FRESH
    for number in range(1, IDLE_TURNS + 1):
        step = advance(state, JANA, "hm", [])
        state = step.state
        assert (step.ending is Ending.IDLE) == (number == IDLE_TURNS)
    assert advance(FRESH, JANA, "Thanks for your time. Bye!", []).ending is Ending.FAREWELL
    assert advance(FRESH, JANA, "Danke für deine Zeit, bis morgen!", [], language="de").ending is Ending.FAREWELL
    assert advance(FRESH, JANA, "ok", [], max_turns=1).ending is Ending.LONG
    everything = FRESH.model_copy(update={"unlocked": ("workload", "mother", "tool")})
    promise = "I'll call them by Friday."
    assert advance(everything, JANA, promise, seen(promise, Behaviour.COMMITMENT)).ending is Ending.RESOLVED
    assert advance(FRESH, JANA, promise, seen(promise, Behaviour.COMMITMENT)).ending is None


def test_an_objection_raised_is_remembered() -> None:
    said = "But let me say one thing. The numbers from Sales arrive two days late every single month."
    assert note_reply(FRESH, JANA, said).objections_raised == (0,)
    assert note_reply(FRESH, JANA, "I've been busy.").objections_raised == ()


UTTERANCES = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        [
            "How is the workload?",
            "What about home?",
            "So the software is slow.",
            "Tell me more.",
            "Your fault.",
            "budget",
            "ok",
        ]
    ),
)
TURNS = st.lists(
    st.tuples(
        UTTERANCES,
        st.lists(st.sampled_from(list(Behaviour)), max_size=4),
        st.lists(st.sampled_from(list(Behaviour)), max_size=2),
    ),
    max_size=25,
)


@given(TURNS, st.sampled_from([JANA, PRICE.persona]))
def test_invariants_hold_for_any_talk(
    turns: list[tuple[str, list[Behaviour], list[Behaviour]]], persona: Persona
) -> None:
    state = start(persona)
    ids = {concern.id for concern in persona.concerns}
    for text, behaviours, model_saw in turns:
        step = advance(state, persona, text, seen(text, *behaviours), also_observed=seen(text, *model_saw))
        after = step.state
        SceneState.model_validate(after.model_dump())
        assert after.unlocked[: len(state.unlocked)] == state.unlocked  # nothing closes again
        assert set(step.newly_unlocked) == set(after.unlocked) - set(state.unlocked)
        assert set(after.unlocked) <= ids
        assert [reason.concern_id for reason in step.reasons] == list(step.newly_unlocked)
        assert after.turn == state.turn + 1
        assert all(after.seen.get(key, 0) >= count for key, count in state.seen.items())
        for concern in persona.concerns:
            if concern.id in step.newly_unlocked:
                assert after.seen[concern.id] >= concern.reveal.times
        assert advance(state, persona, text, seen(text, *behaviours), also_observed=seen(text, *model_saw)) == step
        if after.ended:
            break
        state = after


@given(st.text(max_size=80), st.sampled_from(list(RevealOn)), st.integers(1, 5))
def test_without_anything_observed_only_staying_can_open(text: str, on: RevealOn, times: int) -> None:
    persona = changed(JANA, on=on.value, times=times)
    step = advance(FRESH, persona, text, [])
    if on is not RevealOn.STAYING:
        assert step.newly_unlocked == ()
