from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from practice.scenario import Scenario
from practice.variation import render
from tests.practice.scenarios import OVERLOAD, PRICE
from tests.practice.together import THREE, TOGETHER


def with_other(**changes: Any) -> dict[str, Any]:
    return OVERLOAD.content() | {"others": [PRICE.persona.model_dump(mode="json") | changes]}


def test_a_scenario_with_one_person_says_nothing_of_others() -> None:
    assert "others" not in OVERLOAD.content()
    assert Scenario.model_validate(OVERLOAD.content()).digest() == OVERLOAD.digest()
    assert Scenario.model_validate(OVERLOAD.content() | {"others": []}).digest() == OVERLOAD.digest()
    assert OVERLOAD.people == (OVERLOAD.persona,)


def test_whoever_is_there_is_under_the_signature() -> None:
    assert TOGETHER.digest() != OVERLOAD.digest()
    assert Scenario.model_validate_json(TOGETHER.model_dump_json()) == TOGETHER
    assert [person.name for person in THREE.people] == ["Jana Novak", "Marcus Obi", "Tom Weiss"]
    assert render(TOGETHER).others == TOGETHER.others


def test_there_are_at_most_three_people() -> None:
    third = THREE.others[1].model_dump(mode="json")
    with pytest.raises(ValidationError, match="at most 2"):
        Scenario.model_validate(THREE.content() | {"others": [*THREE.content()["others"], third]})


def test_concerns_of_everybody_have_ids_of_their_own() -> None:
    concerns = [each | {"id": "workload"} for each in with_other()["others"][0]["concerns"][:1]]
    with pytest.raises(ValidationError, match="two concerns share an id"):
        Scenario.model_validate(with_other(concerns=concerns))


@pytest.mark.parametrize("name", ["Jana Weiss", "jana", "Frau Novak", "{who}"])
def test_nobody_can_be_mistaken_for_somebody_else_whatever_the_slots_say(name: str) -> None:
    slots = [{"key": "who", "values": ["Ida Berg", "Jana Berg"]}]
    with pytest.raises(ValidationError, match="may both be called"):
        Scenario.model_validate(with_other(name=name) | {"slots": slots})
    Scenario.model_validate(with_other(name="{who}") | {"slots": [{"key": "who", "values": ["Ida Berg", "Ole Berg"]}]})
