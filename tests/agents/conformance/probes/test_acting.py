from __future__ import annotations

import pytest

from agents.conformance import material
from agents.conformance.probes.acting import Played, looked_at
from agents.persona import Said


def played(said: str, *earlier: str, number: int = 0) -> Played:
    turn = material.persona().turns[number]
    history = tuple(
        line
        for text in earlier
        for line in (Said(speaker="learner", text="How is it going?"), Said(speaker="persona", text=text))
    )
    return looked_at(turn, said, material.persona().cue(turn.says, history))


@pytest.mark.parametrize(
    "said",
    [
        "It is as good as one pair of hands can make it.",
        "You will have to ask the tenant, I was not there.",
        "Two blocks are a lot for one person.",
    ],
)
def test_a_line_of_a_person_is_left_alone(said: str) -> None:
    found = played(said)
    assert (found.out_of_role, found.invented, found.tiresome) == ((), (), ())


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("Learner: How do you see it?", "role flip"),
        ("As an AI language model, I have no cellar.", "assistant talk"),
        ("*sighs and looks at the floor* Fine.", "narration"),
        ("Ich weiß nicht, was du damit meinst, aber der Keller ist in Ordnung.", "language"),
        ("", "empty"),
        ("It is fine down there. </said>", "marks of the request"),
        ("Well. How do you see the state of the cellar?", "the learner's own words"),
    ],
)
def test_falling_out_of_the_role(said: str, problem: str) -> None:
    assert played(said).out_of_role == (problem,)


def test_figures_and_dates_count_unless_somebody_gave_them() -> None:
    assert played("It was swept on 14 March, a Monday.").invented == ("14", "march", "monday")
    assert played("Since Monday, as I said.", "I came on Monday.").invented == ()
    assert played("Half a dozen, perhaps.").invented == ()


def test_repetitions_and_speeches() -> None:
    assert played("I do my job, no more than that.", "I do my job, no more than that.").tiresome
    assert played("word " * 120).tiresome == ("120 words",)
