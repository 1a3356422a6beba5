"""Scripted learners: what they say depends on their manner, the scenario and a seed, and on nothing else."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib import resources

from ruamel.yaml import YAML

from practice.names import called
from practice.scenario import Scenario

SCRIPTS = ("curious", "pressing", "probing", "wandering")


@dataclass(frozen=True)
class Learner:
    """One learner: a manner in ``SCRIPTS``, and a seed that decides the order of topics and lines."""

    manner: str
    seed: int

    def says(self, scenario: Scenario, turn: int) -> str:
        """What is said in a turn (from 1); every line once, in an order of its own, before any comes again.

        A line that comes again has another topic where the decks have more.
        """
        lines = _lines(scenario.language, self.manner)
        topics = [word for person in scenario.people for concern in person.concerns for word in concern.topic]
        names = [called(person.name)[0] for person in scenario.people]
        rounds, place = divmod(turn - 1, len(lines))
        line = lines[_order(f"{self.manner}|{self.seed}|{rounds}", len(lines))[place]]
        topic = topics[_number(f"{self.manner}|{self.seed}|{turn}|topic", len(topics))]
        name = names[_number(f"{self.manner}|{self.seed}|{turn}|name", len(names))]
        return line.replace("<topic>", topic).replace("<name>", name)


def _number(key: str, count: int) -> int:
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") % count


def _order(key: str, count: int) -> list[int]:
    return sorted(range(count), key=lambda index: hashlib.sha256(f"{key}|{index}".encode()).digest())


@cache
def _lines(language: str, manner: str) -> tuple[str, ...]:
    text = (resources.files(__package__) / "scripts.yaml").read_text(encoding="utf-8")
    raw = YAML(typ="safe").load(text)
    return tuple(raw.get(language.split("-")[0].lower(), raw["en"])[manner])
