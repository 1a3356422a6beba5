"""``conductor practice``: choices, what if, side by side, a twin, the three-minute version, and an example to watch."""

from __future__ import annotations

from tests.api.at_terminal import Office
from tests.graphs.varied import signed

AMIR = ("--login", "amir")
ASKING = "What has been behind the delay, from where you sit?"


def begun(here: Office) -> str:
    """A signed scenario with other names in it; gives the version's id."""
    return here.do(lambda desk: signed(desk.store, desk.company))


def newest(here: Office) -> str:
    """The id of the practice that was begun last."""
    return str(here.data("practice", *AMIR)["practices"][0]["id"])


def test_what_if_side_by_side_and_again(here: Office) -> None:
    version = begun(here)
    here.answers("You should just work faster.", "/simpler", "/pause")
    goal = ("--goal", "Ask first", "--challenge", "gentle")
    told = here.told("practice", version, *goal, "--hints", "when_asked", *AMIR)
    assert "Paused." in told
    first = newest(here)
    here.answers(ASKING, "/pause")
    told = here.told("practice", first, "--what-if", "2", *AMIR)
    assert "You should just work faster." in told
    assert "more simply" not in told, "what was said after the fork is not in it"
    branch = here.data("practice", *AMIR)["practices"][0]
    assert (branch["branch_of"], branch["branch_turn"], branch["turns"]) == (first, 2, 2)
    here.gone()
    told = here.told("practice", first, "--compare", *AMIR)
    assert "From turn 2" in told
    for part in ("First way", "What if 1"):
        assert part in told
    [fork] = here.data("practice", branch["id"], "--compare", *AMIR)["forks"]
    assert [side["challenge"] for side in fork["sides"]] == ["gentle", "gentle"]
    assert [turn["said"] for side in fork["sides"] for turn in side["turns"]] == [
        "Could you say that more simply, please?",
        ASKING,
    ]
    listed = here.told("practice", *AMIR)
    assert "what if, from turn 2" in listed
    here.answers("/pause")
    assert "Nora" not in here.told("practice", first, "--again", *AMIR), "other names than before"


def test_three_minutes_and_an_example(here: Office) -> None:
    version = begun(here)
    here.answers("/pause")
    told = here.told("practice", version, "--short", *AMIR)
    assert told.index("Pause whenever you like.") < told.index("Three minutes before stand-up.")
    here.gone()
    told = here.told("practice", version, "--watch", *AMIR)
    assert "An example, played by software." in told
    assert "This opened (open question): Her work has waited nine days" in told
    shown = here.data("practice", version, "--watch", *AMIR)
    assert [line["number"] for line in shown["lines"]] == [1, 2, 3]
    assert len(here.data("practice", *AMIR)["practices"]) == 1, "nothing of it is kept"


def test_options_that_do_not_go_together_say_so(here: Office) -> None:
    version = begun(here)
    here.answers("/pause")
    here.told("practice", version, *AMIR)
    here.gone()
    practice = newest(here)
    assert "are for a practice of yours" in here.told("practice", version, "--what-if", "1", *AMIR, code=1)
    assert "are for a scenario" in here.told("practice", practice, "--watch", *AMIR, code=1)
    assert "gentle, realistic, demanding" in here.told("practice", version, "--challenge", "brutal", *AMIR, code=1)
    assert "There is one way so far" in here.told("practice", practice, "--compare", *AMIR)
    assert "no turn 1" in here.told("practice", practice, "--what-if", "1", *AMIR, code=1)
