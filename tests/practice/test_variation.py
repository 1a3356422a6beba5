"""Twins are signed text: only allowed values, nothing left unfilled, always the same for a seed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.errors import InvalidInput
from practice.scenario import Scenario
from practice.variation import PLACEHOLDER, another, defaults, render, twin, varies

CONTENT: dict[str, Any] = {
    "title": "A word with {name}",
    "skill": "Giving feedback",
    "audience": "Team leads",
    "setting": "{name} has been late {times} this month. {name} knows it.",
    "learner_role": "You lead the team {name} is in.",
    "learner_goal": "Find out what is behind it.",
    "difficulty": "realistic",
    "language": "en",
    "clause_ids": ["generic"],
    "objectives": [
        {
            "id": "ask",
            "text": "Ask {name} an open question.",
            "clause_ids": ["generic"],
            "behaviours": ["open_question"],
            "levels": [
                {"key": "missed", "anchor": "{name} is told.", "value": 0.0},
                {"key": "shown", "anchor": "{name} is asked.", "value": 1.0},
            ],
        }
    ],
    "persona": {
        "name": "{name}",
        "role": "Clerk",
        "relationship": "Reports to you.",
        "style": "Quiet.",
        "stance": "Waits.",
        "goals": ["Keep the job."],
        "objections": [{"line": "It was only {times}.", "answered_by": ["true"]}],
        "concerns": [
            {
                "id": "bus",
                "fact": "The bus is gone since {since}.",
                "topic": ["bus"],
                "cover": "Mornings are hard.",
                "reveal": {"on": "open_question"},
                "voiced": "They cut the bus in {since}.",
            }
        ],
    },
    "opening_line": "Hello.",
    "exemplars": ["How did it come to be {times}?"],
    "short_version": {"setting": "{name} is leaving.", "opening_line": "Yes?", "goal": "Ask."},
    "slots": [
        {"key": "name", "values": ["Ana", "Bo", "Cy"]},
        {"key": "times", "values": ["twice", "four times"]},
        {"key": "since", "values": ["June"]},
    ],
}
SCENARIO = Scenario.model_validate(CONTENT)


def changed(**fields: Any) -> Scenario:
    return Scenario.model_validate(CONTENT | fields)


def test_defaults_are_the_first_values() -> None:
    played = render(SCENARIO)
    assert played.setting == "Ana has been late twice this month. Ana knows it."
    assert played.persona.name == "Ana"
    assert played.objectives[0].levels[1].anchor == "Ana is asked."
    assert played.persona.concerns[0].voiced == "They cut the bus in June."
    assert played.short_version.setting == "Ana is leaving."
    assert played.slots == SCENARIO.slots


def test_a_choice_is_used_everywhere() -> None:
    played = render(SCENARIO, {"name": "Bo"})
    assert played.title == "A word with Bo"
    assert "Ana" not in json.dumps(played.content() | {"slots": []})


@pytest.mark.parametrize(
    ("choices", "where"),
    [({"colour": "red"}, "choices.colour"), ({"name": "Zed"}, "choices.name"), ({"name": ""}, "choices.name")],
)
def test_choices_outside_the_signed_text_are_refused(choices: dict[str, str], where: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        render(SCENARIO, choices)
    assert refused.value.where == where
    assert refused.value.todo


def test_a_text_that_names_an_unknown_slot_is_refused_and_located() -> None:
    with pytest.raises(InvalidInput) as refused:
        render(changed(exemplars=["Fine.", "Hello {who}."]))
    assert refused.value.where == "exemplars[1]"
    assert "{who}" in refused.value.detail


def test_a_value_with_a_placeholder_is_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        render(changed(slots=[{"key": "name", "values": ["{times}"]}, *CONTENT["slots"][1:]]))
    assert refused.value.where == "slots.name"


def test_a_value_that_makes_a_text_too_long_is_refused() -> None:
    long = changed(title="{name}" * 12, slots=[{"key": "name", "values": ["x" * 150]}, *CONTENT["slots"][1:]])
    with pytest.raises(InvalidInput) as refused:
        render(long)
    assert refused.value.where == "title"


def test_braces_that_are_no_placeholder_stay() -> None:
    assert (
        render(changed(opening_line="Hello {Name}, {} and { name }.")).opening_line == "Hello {Name}, {} and { name }."
    )


def test_seed_zero_is_the_signed_default() -> None:
    assert twin(SCENARIO, 0) == defaults(SCENARIO) == {"name": "Ana", "times": "twice", "since": "June"}


keys = st.from_regex(r"[a-z][a-z0-9_]{0,6}", fullmatch=True)
words = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=20).map(str.strip)
values = st.lists(words.filter(lambda word: bool(word) and not PLACEHOLDER.search(word)), min_size=1, max_size=5)


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    slots = draw(st.dictionaries(keys, values, min_size=1, max_size=5))
    text = " ".join(f"{{{key}}}" for key in slots)
    concern = CONTENT["persona"]["concerns"][0] | {"fact": text, "voiced": text}
    persona = CONTENT["persona"] | {"name": "Ana", "objections": [], "concerns": [concern]}
    objective = CONTENT["objectives"][0] | {"text": text, "levels": [
        {"key": "a", "anchor": text, "value": 0.0}, {"key": "b", "anchor": "b", "value": 1.0}]}  # fmt: skip
    return changed(
        title="T",
        setting=text,
        learner_role="R",
        exemplars=[text],
        persona=persona,
        objectives=[objective],
        short_version={"setting": text, "opening_line": "Yes?", "goal": "Ask."},
        slots=[{"key": key, "values": items} for key, items in slots.items()],
    )


@settings(max_examples=40)
@given(scenarios(), st.integers(-(2**40), 2**40))
def test_twins_hold_only_allowed_values_and_leave_nothing_open(scenario: Scenario, seed: int) -> None:
    choices = twin(scenario, seed)
    assert choices == twin(scenario, seed)
    assert {slot.key for slot in scenario.slots} == choices.keys()
    assert all(choices[slot.key] in slot.values for slot in scenario.slots)
    played = render(scenario, choices)
    assert not PLACEHOLDER.search(json.dumps(played.content() | {"slots": []}))
    assert played.setting == " ".join(choices[slot.key] for slot in scenario.slots).strip()
    assert render(played, choices) == played


@settings(max_examples=40)
@given(scenarios(), st.integers(1, 10_000))
def test_another_seed_is_another_scene_where_it_can_be(scenario: Scenario, seed: int) -> None:
    can_differ = any(len(set(slot.values)) > 1 for slot in scenario.slots)
    assert (twin(scenario, seed) != defaults(scenario)) == can_differ


@settings(max_examples=40)
@given(scenarios(), keys.filter(lambda key: key not in {"name"}), st.text(max_size=5))
def test_unknown_keys_are_always_refused(scenario: Scenario, key: str, value: str) -> None:
    if key in {slot.key for slot in scenario.slots}:
        return
    with pytest.raises(InvalidInput):
        render(scenario, {key: value})


@settings(max_examples=60)
@given(scenarios(), st.integers(0, 2**31), st.integers(0, 10_000), st.integers(0, 4))
def test_a_twin_never_has_the_choices_of_what_it_retries_where_there_are_others(
    scenario: Scenario, seed: int, first: int, more: int
) -> None:
    unlike = twin(scenario, first)
    played = [unlike, *(twin(scenario, first + step) for step in range(1, more + 1))]
    chosen = another(scenario, seed, unlike, played)
    assert chosen == another(scenario, seed, unlike, played)
    assert {slot.key for slot in scenario.slots} == chosen.keys()
    for slot in scenario.slots:
        assert chosen[slot.key] in slot.values
        assert (chosen[slot.key] != unlike[slot.key]) == (len(set(slot.values)) > 1)
    assert (chosen != unlike) == varies(scenario)


@settings(max_examples=30)
@given(st.integers(0, 2**31))
def test_every_other_combination_comes_before_one_comes_again(seed: int) -> None:
    scenario = scenario_with({"name": ["Ann", "Bo", "Cy"], "times": ["two", "three", "four"]})
    unlike = defaults(scenario)
    met = [unlike]
    for step in range(4):  # two other names by two other counts
        met.append(another(scenario, seed + step, unlike, met))
    assert len({tuple(sorted(each.items())) for each in met}) == 5
    assert another(scenario, seed, unlike, met) in met[1:]


def scenario_with(slots: dict[str, list[str]]) -> Scenario:
    listed = [{"key": key, "values": values} for key, values in slots.items()]
    listed += [{"key": key, "values": ["x"]} for key in ("since",)]
    return Scenario.model_validate(CONTENT | {"slots": listed})
