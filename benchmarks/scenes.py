"""Simulated learners play offline scenes; prints, per temperament, what happened and how long a turn took in the rules.

Run with ``python -m benchmarks.scenes [SEEDS]`` from the checkout. Times are for comparing within one run only.
"""

from __future__ import annotations

import sys
import time
from collections import Counter

from rich.console import Console
from rich.table import Table

from practice.screening import screen
from tests.practice.learners import TEMPERAMENTS, Learner
from tests.practice.scenarios import OVERLOAD, PRICE
from tests.practice.stage import play


def main(seeds: int) -> None:
    table = Table("learner", "scenes", "turns", "opened", "findings", "endings", "ms per turn", title="Offline scenes")
    for temperament in TEMPERAMENTS:
        turns = opened = concerns = findings = 0
        endings: Counter[str] = Counter()
        began = time.perf_counter()
        for scenario in (OVERLOAD, PRICE):
            for seed in range(1000, 1000 + seeds):
                scene = play(scenario, Learner(temperament, scenario, seed).says)
                turns += len(scene.turns)
                last = scene.turns[-1].step
                opened += len(last.state.unlocked)
                concerns += len(scenario.persona.concerns)
                endings[last.ending.value if last.ending else "none"] += 1
                for turn in scene.turns:
                    locked = [c.fact for c in scenario.persona.concerns if c.id not in turn.step.state.unlocked]
                    findings += len(
                        screen(
                            turn.reply,
                            locked_facts=locked,
                            history=turn.history,
                            language=scenario.language,
                            persona_name=scenario.persona.name,
                        )
                    )
        took = 1000 * (time.perf_counter() - began) / turns
        how = ", ".join(f"{name} {count}" for name, count in endings.most_common())
        table.add_row(
            temperament, str(2 * seeds), str(turns), f"{opened / concerns:.0%}", str(findings), how, f"{took:.1f}"
        )
    Console(width=120).print(table)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
