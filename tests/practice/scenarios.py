"""Two scenarios for tests, written as a person would write them."""

from __future__ import annotations

from pathlib import Path

from ruamel.yaml import YAML

from practice.scenario import Scenario

_DATA = Path(__file__).parent / "data"


def _scenario(name: str) -> Scenario:
    return Scenario.model_validate(YAML(typ="safe").load((_DATA / f"{name}.yaml").read_text(encoding="utf-8")))


OVERLOAD = _scenario("overload")
PRICE = _scenario("price")
