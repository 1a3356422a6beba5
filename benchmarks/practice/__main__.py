"""What a turn costs at turn 10, 100 and 400 of a conversation: processor time, bytes, time to first token.

    python -m benchmarks.practice

The same scripted model as in ``benchmarks.streams`` speaks through Conductor's whole HTTP API and through a LangGraph
chat with the stock SQLite checkpointer. Scenes end after forty turns; here that one rule is lifted, or there would be
no turn 400.
"""

from __future__ import annotations

import argparse
import asyncio
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil  # type: ignore[import-untyped]

from benchmarks import keep, median
from benchmarks.streams import FIRST_TOKEN, PER_TOKEN, SAID, TOKENS, lost_or_doubled, reply
from benchmarks.streams.__main__ import (
    Figures,
    Heard,
    Server,
    Turn,
    conductor,
    endpoint,
    free_port,
    keep_to_cores,
    learner_turn,
    play,
    ready,
)
from benchmarks.streams.company import Learner, founded
from benchmarks.streams.listening import Connection

LENGTHS = (10, 100, 400)  # the turn at which a conversation is measured
AT_ONCE, EACH, ROUNDS = 20, 4, 3  # conversations at once, turns of each in a round, rounds
ALONE = 10  # turns one after the other, for the time to first token
MANY = 200  # practices at once, for lost words and for memory
PATHS = {"conductor": "Conductor, whole HTTP API", "langgraph": "LangGraph + ChatOpenAI, SQLite checkpointer"}

Opened = Callable[[int], Awaitable[tuple[Connection, Turn]]]  # takes which conversation of a case


@dataclass
class Measured:
    """Of one path at one turn: ms of processor time, ms until the first token, and bytes a turn."""

    cpu: float
    first: float
    stored: float
    asked: float


@dataclass
class Place:
    """A path under test: its server, and the file in which it keeps what was said."""

    server: Server
    file: Path
    model: str

    def stored(self) -> int:
        """Bytes in use in its database, those in the write-ahead log included."""
        with closing(sqlite3.connect(self.file, timeout=30)) as database:
            pages, free, size = (
                database.execute(f"PRAGMA {name}").fetchone()[0]
                for name in ("page_count", "freelist_count", "page_size")
            )
        return int((pages - free) * size)

    def memory(self) -> int:
        """Resident bytes of its process."""
        return int(psutil.Process(self.server.process.pid).memory_info().rss)

    async def asked(self) -> int:
        """Bytes of everything the model was asked so far."""
        async with httpx.AsyncClient() as client:
            return int((await client.get(f"{self.model}/asked")).text)


async def measure() -> tuple[dict[tuple[str, int], Measured], dict[str, Any]]:
    """Every path at every turn, then many practices at once; paths take turns within a case."""
    with ExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory()))
        # The first turn of each conversation warms it up, so it has one fewer before.
        cases, stored = [AT_ONCE] * len(LENGTHS) + [MANY], [turn - 2 for turn in LENGTHS] + [9]
        learners = await founded(folder, learners=MANY, cases=cases, stored=stored)
        paths = {}
        for name in PATHS:
            model = running.enter_context(endpoint())  # one each, so that each counts its own
            file = folder / ("conductor.db" if name == "conductor" else "langgraph.db")
            server = (
                conductor("benchmarks.practice.long_scenes", model, folder, running)
                if name == "conductor"
                else _peer(model, file, running)
            )
            paths[name] = Place(server, file, model)
        await asyncio.gather(*(ready(path.server.url) for path in paths.values()))
        keep_to_cores(0)
        found: dict[tuple[str, int], Measured] = {}
        for case, turn in enumerate(LENGTHS):
            for name, path in paths.items():

                async def learner(number: int, case: int = case) -> tuple[Connection, Turn]:
                    url = paths["conductor"].server.url
                    return await learner_turn(url, learners[number], slice(case, case + 1), scene=1000)

                async def thread(number: int, turn: int = turn) -> tuple[Connection, Turn]:
                    return await _thread(paths["langgraph"].server.url, f"{turn}-{number}", turn - 2)

                found[name, turn] = await _at(path, learner if name == "conductor" else thread)
        return found, await _many(paths["conductor"], learners, len(LENGTHS))


async def _at(path: Place, opened: Opened) -> Measured:
    """One path at one turn: conversations at once for processor time and bytes, then one alone for the first token."""
    pairs = [await opened(number) for number in range(AT_ONCE)]
    turns = [turn for _, turn in pairs]
    await play(turns, path.server, each=1, after=0, into=None)
    figures, alone = Figures(), Figures()
    stored, asked = path.stored(), await path.asked()
    for number in range(ROUNDS):
        await play(turns, path.server, each=EACH, after=1 + number * EACH, into=figures)
    took = AT_ONCE * ROUNDS * EACH
    stored, asked = path.stored() - stored, await path.asked() - asked
    await play(turns[:1], path.server, each=ALONE, after=1 + ROUNDS * EACH, into=alone)
    for connection, _ in pairs:
        await connection.leave()
    if figures.lost or figures.doubled:
        raise RuntimeError(f"{figures.lost} words were lost and {figures.doubled} came twice")
    return Measured(median(figures.cpu, 3), median(alone.first, 2), stored / took, asked / took)


async def _many(path: Place, learners: Sequence[Learner], case: int) -> dict[str, Any]:
    """Many streams at once in one process: words lost or doubled, and what a practice in memory takes."""
    pairs = [await learner_turn(path.server.url, each, slice(case, case + 1), scene=1000) for each in learners]
    turns = [turn for _, turn in pairs]
    figures = Figures()
    await play(turns[:AT_ONCE], path.server, each=1, after=0, into=None)
    before = path.memory()
    await play(turns[AT_ONCE:], path.server, each=1, after=0, into=figures)
    after = path.memory()
    await play(turns, path.server, each=2, after=1, into=figures)
    for connection, _ in pairs:
        await connection.leave()
    return {
        "streams": len(turns),
        "turns": len(figures.first),
        "lost": figures.lost,
        "doubled": figures.doubled,
        "bytes_per_practice": (after - before) / (len(turns) - AT_ONCE),
    }


def _peer(model: str, file: Path, running: ExitStack) -> Server:
    command = [sys.executable, "-m", "benchmarks.practice.peer", model, str(file), str(free_port())]
    return Server("langgraph", command, running, stdout=subprocess.DEVNULL)


async def _thread(url: str, name: str, turns: int) -> tuple[Connection, Turn]:
    """A conversation of the peer with so many turns behind it, and the next one."""
    before = [
        {"role": role, "content": text}
        for number in range(turns)
        for role, text in (("user", SAID[number % len(SAID)]), ("assistant", "".join(reply(10_000_000 + number))))
    ]
    connection = Connection(url)
    await connection.ask("PUT", f"/threads/{name}", {"messages": before})

    async def turn(number: int) -> Heard:
        began = time.perf_counter()
        said = {"text": SAID[number % len(SAID)]}
        answer = await connection.ask("POST", f"/threads/{name}", said, mark=b"event: piece")
        whole = time.perf_counter() - began
        heard = "".join(data["text"] for kind, data in answer.told() if kind == "piece")
        return Heard(answer.first - began, whole, *lost_or_doubled(heard))

    return connection, turn


def rows_of(found: dict[tuple[str, int], Measured]) -> list[tuple[Any, ...]]:
    """One row for each path and turn; *grown* is the processor time beside that of the path's own first row."""
    rows: list[tuple[Any, ...]] = []
    for name, label in PATHS.items():
        first = found[name, LENGTHS[0]]
        for turn in LENGTHS:
            got = found[name, turn]
            grown = (f"{got.cpu / first.cpu:.2f} ×", f"{got.stored / first.stored:.2f} ×")
            sizes = (round(got.stored / 1000, 1), round(got.asked / 1000, 1))
            rows.append((f"{label}, turn {turn}", round(got.cpu, 1), *grown, *sizes, round(got.first, 1)))
    return rows


def main() -> None:
    """Measure, show and keep."""
    argparse.ArgumentParser(prog="python -m benchmarks.practice", description=__doc__).parse_args()
    found, many = asyncio.run(measure())
    shortest = 1000 * (FIRST_TOKEN + (TOKENS - 1) * PER_TOKEN)
    keep(
        "practice",
        title="A turn late in a conversation",
        about=f"The scripted endpoint of the streams benchmark ({FIRST_TOKEN * 1000:.0f} ms to the first token, "
        f"{shortest:.0f} ms a reply). Processor time and stored bytes are a turn's share of {AT_ONCE} conversations at "
        f"once, {ROUNDS} rounds of {EACH} turns; the first token is the median of {ALONE} turns of one conversation "
        "alone. *Stored* is the growth of the database, *asked* what the model is sent. The peer began each thread "
        "with one checkpoint instead of hundreds.\n\n"
        f"{many['streams']} practices at once in one process, {many['turns']} turns: {many['lost']} words lost, "
        f"{many['doubled']} doubled; a practice in memory takes {many['bytes_per_practice'] / 1000:.0f} kB.",
        columns=(
            "Path", "CPU, ms/turn", "CPU grown", "Stored grown", "Stored, kB/turn", "Asked, kB/turn", "First token, ms",
        ),
        rows=rows_of(found),
        raw={"turns": {f"{name} {turn}": vars(got) for (name, turn), got in found.items()}, "many": many},
    )  # fmt: skip


if __name__ == "__main__":
    main()
