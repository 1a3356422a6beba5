"""What is said of the people of a scene: everybody where it concerns everybody, one where it concerns one."""

from __future__ import annotations

from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from api import scene_words
from api.debrief_charts import CELLS, WIDTH, Chart, charts
from api.terminal.scene import debrief_page, unsaid_page
from practice.debrief import Debrief
from practice.unsaid import Unsaid
from tests.api.test_debriefs import debrief
from tests.practice.together import THREE, TOGETHER

MANY = ("Mara Ito", "Jonas Falk", "Kim Roe")


def concern(person: str, number: int, *, opened: bool) -> Unsaid:
    line = "" if opened else "What made it hard?"
    return Unsaid(concern_id=f"c{number}", fact=f"Fact {number}.", opened=opened, person=person, might_have_opened=line)


def shown(told: object) -> str:
    console = Console(file=StringIO(), width=300)
    console.print(told)
    return str(console.file.getvalue())  # type: ignore[attr-defined]


@pytest.mark.parametrize(("count", "said"), [(1, "Mara Ito"), (2, "Mara Ito and Jonas Falk")])
def test_names_as_a_sentence_says_them(count: int, said: str) -> None:
    assert scene_words.together(MANY[:count]) == said
    assert scene_words.together(MANY) == "Mara Ito, Jonas Falk and Kim Roe"


def test_a_scenario_as_data_names_the_same_people() -> None:
    for scenario in (TOGETHER, THREE):
        assert scene_words.named_in(scenario.content()) == scene_words.together(scene_words.names(scenario))


def test_several_are_named_where_the_coach_leaves_one_out() -> None:
    both = "You spoke with Mara Ito and Jonas Falk."
    assert scene_words.spoke_with(MANY[:1], "It began well.") == ""
    assert scene_words.spoke_with(MANY[:2], "It began well.") == both
    assert scene_words.spoke_with(MANY[:2], "With Mara it began well.") == both
    assert scene_words.spoke_with(MANY[:2], "With Mara and Mr Falk it began well.") == ""


def test_what_came_out_is_told_of_each() -> None:
    found = [
        concern(MANY[0], 1, opened=True),
        concern(MANY[0], 2, opened=False),
        concern(MANY[1], 3, opened=True),
        concern(MANY[1], 4, opened=False),
        concern(MANY[1], 5, opened=False),
    ]
    told = shown(unsaid_page(found, MANY[:2]))
    assert "2 of 5 things" in told
    assert "1 of 2 by Mara Ito and 1 of 3 by Jonas Falk" in told
    assert "For example, to Jonas Falk: “What made it hard?”" in told
    both = "Mara Ito and Jonas Falk"
    opened = [each.model_copy(update={"opened": True}) for each in found]
    assert f"Everything {both} carried came out, all 5" in scene_words.unsaid_lead(opened, MANY[:2])
    closed = [each.model_copy(update={"opened": False}) for each in found]
    assert f"This time {both} kept it all in" in scene_words.unsaid_lead(closed, MANY[:2])
    assert scene_words.might_have_opened(concern("", 1, opened=False)) == "For example:"


def words_of(told: Debrief, *people: str) -> Chart:
    return next(each for each in charts(told, people) if each.key == "words")


def test_the_words_of_each_are_drawn_apart() -> None:
    told = debrief().model_copy(update={"shares": {"Jonas Falk": 0.2, "Mara Ito": 0.33}})
    chart = words_of(told, *MANY[:2])
    assert [(each.label, each.figure, each.fill) for each in chart.parts] == [
        ("You", "47 %", "solid"),
        ("Mara Ito", "33 %", "hatched"),
        ("Jonas Falk", "20 %", "dotted"),
    ]
    assert chart.said == "Of all words, 47 % were yours; Mara Ito said 33 % and Jonas Falk said 20 %."
    told_there = shown(debrief_page(told, "offline rules", people=MANY[:2]))
    assert "You spoke with Mara Ito and Jonas Falk." in told_there
    assert "░ Mara Ito 33 %, ▒ Jonas Falk 20 %" in told_there


def test_an_older_debrief_does_not_know_who_said_what() -> None:
    chart = words_of(debrief(), *MANY[:2])
    assert [(each.label, each.figure) for each in chart.parts] == [("You", "47 %"), ("Mara Ito and Jonas Falk", "53 %")]
    assert "shares" not in debrief().model_dump(mode="json"), "one person's debrief is stored as before"


def test_who_said_nothing_is_there_too() -> None:
    told = debrief().model_copy(update={"shares": {"Mara Ito": 0.53}})
    assert words_of(told, *MANY).parts[-1].figure == "0 %"


@given(st.lists(st.integers(0, 400), min_size=2, max_size=4).filter(lambda counts: sum(counts) > 0))
def test_a_bar_is_always_whole(counts: list[int]) -> None:
    yours, *theirs = (count / sum(counts) for count in counts)
    shares = dict(zip(MANY, theirs, strict=False))
    told = debrief().model_copy(update={"talk_ratio": yours, "shares": shares if len(theirs) > 1 else {}})
    chart = words_of(told, *MANY[: len(theirs)])
    assert sum(int(each.figure.removesuffix(" %")) for each in chart.parts) == 100
    assert sum(chart.cells()) == CELLS
    assert min(chart.cells()) >= 0
    assert sum(each.width for each in chart.parts) == pytest.approx(WIDTH, abs=0.3)
    assert len({each.fill for each in chart.parts}) == len(chart.parts)
