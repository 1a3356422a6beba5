"""Simulated learners play whole practices of every example scenario; what must hold is looked at on every turn.

    python -m benchmarks.scenes --practices 220

Each of eleven temperaments (terse, rambling, aggressive, flattering, off-topic, injecting, in other languages, in a
learner's English …) plays to the end, reflects and reads the debrief, with the offline persona and coach, through the
same graph and store as over HTTP. ``tests/practising/whole.py`` says what is looked at.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import keep
from store.database import Database, migrate
from store.unit_of_work import Store
from store.vault import Vault
from tests.company import found
from tests.practice.learners import TEMPERAMENTS, Learner
from tests.practising.whole import Whole, by_rules, example_scenarios, play_whole, signed


@dataclass
class Played:
    """What came of the practices of one temperament."""

    practices: int = 0
    turns: int = 0
    opened: int = 0
    concerns: int = 0
    endings: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def note(self, name: str, whole: Whole, concerns: int) -> None:
        """Add a practice of the scenario ``name``."""
        self.practices += 1
        self.turns += whole.turns
        self.opened += whole.opened
        self.concerns += concerns
        self.endings[whole.ending or "finished by the learner"] += 1
        self.wrong += [f"{name}: {each}" for each in whole.wrong]


async def play(practices: int, folder: Path) -> tuple[dict[str, Played], float]:
    """So many practices of every example scenario, the temperaments in turn; and how long they took, in seconds."""
    database = Database(f"sqlite:///{folder / 'conductor.db'}")
    migrate(database)
    store = Store(database, Vault(b"k" * 32))
    company = await found(store)
    played = {temperament: Played() for temperament in TEMPERAMENTS}
    began = time.perf_counter()
    for name, scenario in (await example_scenarios()).items():
        version_id = await signed(store, company, scenario)
        concerns = sum(len(person.concerns) for person in scenario.people)
        for seed, temperament in enumerate(itertools.islice(itertools.cycle(TEMPERAMENTS), practices)):
            says = Learner(temperament, scenario, seed).says
            whole = await play_whole(store, by_rules(), company.amir, version_id, says)
            played[temperament].note(name, whole, concerns)
        wrong = sum(len(each.wrong) for each in played.values())
        sys.stderr.write(f"{name}: {practices} practices, {wrong} things wrong so far\n")
    await store.close()
    return played, time.perf_counter() - began


def main() -> int:
    """Play, show and keep; 1 where anything was wrong."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scenes", description=__doc__)
    parser.add_argument("--practices", type=int, default=220, help="of every example scenario")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        played, seconds = asyncio.run(play(given.practices, Path(folder)))
    turns = sum(each.turns for each in played.values())
    keep(
        "scenes",
        title="Simulated learners",
        about=f"{given.practices} whole practices of each example scenario, from beginning to debrief, by the offline "
        f"players: {sum(each.practices for each in played.values())} practices, {turns} turns, "
        f"{1000 * seconds / max(turns, 1):.0f} ms a turn with everything that is looked at. *Wrong* counts "
        "what did not hold.",
        columns=("Learner", "Practices", "Turns", "Opened", "Wrong", "Endings"),
        rows=[
            (
                temperament.replace("_", " "),
                each.practices,
                each.turns,
                f"{each.opened / max(each.concerns, 1):.0%}",
                len(each.wrong),
                ", ".join(f"{name} {count}" for name, count in each.endings.most_common()),
            )
            for temperament, each in played.items()
        ],
        raw={name: vars(each) for name, each in played.items()},
    )
    for each in played.values():
        for wrong in each.wrong[:10]:
            sys.stderr.write(f"{wrong}\n")
    return 1 if any(each.wrong for each in played.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
