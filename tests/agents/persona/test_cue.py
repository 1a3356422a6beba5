from __future__ import annotations

import pytest

from agents.persona import Present, Said
from agents.persona.cue import cue_for
from practice.reveal import Step
from practice.scene import SceneState
from practice.turn import take
from practice.turn_taking import begin
from tests.practice.scenarios import OVERLOAD
from tests.practice.together import SECOND, THREE, TOGETHER

LINES = (
    Said(speaker="persona", text="You wanted to see us.", name="Jana Novak"),
    Said(speaker="learner", text="Yes, both of you."),
    Said(speaker="persona", text="Then let us begin.", name="Marcus Obi"),
)


def step(speaker: int, **changes: object) -> Step:
    return Step(begin(THREE).model_copy(update=changes), speaker=speaker)


@pytest.mark.parametrize("speaker", [0, 1, 2])
@pytest.mark.parametrize("all_open", [False, True])
def test_nobody_is_handed_what_somebody_else_hides(speaker: int, all_open: bool) -> None:
    own = THREE.people[speaker]
    given = step(speaker)
    if all_open:
        people = [s.model_copy(update={"unlocked": tuple(c.id for c in p.concerns)})
                  for s, p in zip(given.state.people, THREE.people, strict=True)]  # fmt: skip
        given = Step(people[0].model_copy(update={"others": tuple(people[1:])}), speaker=speaker)
    made = cue_for(THREE, given, history=LINES, learner_says="How are you all?", observations=())
    sent = made.model_dump_json()
    for person in THREE.people:
        for concern in person.concerns:
            told = person is own and all_open
            assert (concern.fact in sent) == told
            assert (concern.voiced in sent) == told
            assert (concern.cover in sent) == (person is own and not all_open)
        if person is not own:
            assert person.stance not in sent
            assert not any(goal in sent for goal in person.goals)


def test_the_conversation_is_heard_from_ones_own_chair() -> None:
    made = cue_for(THREE, step(1), history=LINES, learner_says="And you?", observations=())
    assert [(line.speaker, line.name) for line in made.history] == [
        ("other", "Jana Novak"), ("learner", ""), ("persona", "Marcus Obi"),
    ]  # fmt: skip
    assert made.others == (
        Present(name="Jana Novak", role=OVERLOAD.persona.role), Present(name="Tom Weiss", role="Works council"),
    )  # fmt: skip
    assert (made.name, made.mood, made.stance) == (SECOND.name, SECOND.mood, SECOND.stance)


def test_who_has_walked_out_is_told_to_those_who_stay() -> None:
    state = begin(THREE)
    gone = state.model_copy(update={"others": (state.others[0], state.others[1].model_copy(update={"left": True}))})
    made = cue_for(THREE, Step(gone), history=(), learner_says="Well.", observations=())
    assert [(other.name, other.left) for other in made.others] == [("Marcus Obi", False), ("Tom Weiss", True)]


def test_the_wish_for_simple_words_is_the_learners_and_lasts() -> None:
    def made(state: SceneState, level: str = "") -> tuple[str, bool, bool]:
        _, taken = take(TOGETHER, state, "Could you say that more simply?", previous="")
        cue = cue_for(TOGETHER, taken, history=(), learner_says="", observations=(), language_level=level)
        return cue.language_level, cue.simpler, cue.again

    assert made(begin(TOGETHER)) == (OVERLOAD.persona.language_level, True, True)
    plain = cue_for(OVERLOAD, Step(begin(OVERLOAD)), history=(), learner_says="", observations=())
    assert (plain.language_level, plain.simpler, plain.again) == (OVERLOAD.persona.language_level, False, False)
    wished = cue_for(
        OVERLOAD, Step(begin(OVERLOAD)), history=(), learner_says="", observations=(), language_level="simple"
    )
    assert (wished.language_level, wished.simpler) == ("simple", True)
