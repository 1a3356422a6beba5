"""What a streamed turn costs through Conductor's whole HTTP API, beside what it is built on.

    python -m benchmarks.streams --streams 1 50 200 --rounds 3

Every path streams the same scripted model (300 ms to the first token, then 40 pieces 5 ms apart, a history of 20
messages). The server under test has one core for itself, endpoint and listeners the others. Paths take turns within a
round, and every stream takes several turns, one after the other. A turn is one request everywhere.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil  # type: ignore[import-untyped]

from benchmarks import keep, median
from benchmarks.streams import FIRST_TOKEN, HISTORY, PER_TOKEN, SAID, TOKENS, lost_or_doubled
from benchmarks.streams.company import Learner, founded
from benchmarks.streams.listening import Connection
from tests.company import Company

PATHS = {
    "raw": "raw aiohttp proxy",
    "sdk": "openai SDK behind FastAPI",
    "stock": "LangGraph + ChatOpenAI behind FastAPI",
    "conductor": "Conductor, whole HTTP API",
}
TURNS = {1: 12}  # turns that a stream takes in a round; several streams take fewer each
SEVERAL = 2
SCENE = 12  # turns after which the next practice is gone on with: a scene has an end
MESSAGES = [{"role": role, "content": text} for role, text in HISTORY]


@dataclass(frozen=True)
class Heard:
    """One turn as its listener lived it: seconds, and words."""

    first: float
    whole: float
    lost: int
    doubled: int


Turn = Callable[[int], Awaitable[Heard]]  # takes which turn of its stream it is


def peer_turn(url: str, path: str) -> tuple[Connection, Turn]:
    """A listener of one of the peers."""
    connection = Connection(url)
    mark = b'"content": " ' if path == "raw" else b"event: piece"

    async def turn(number: int) -> Heard:
        began = time.perf_counter()
        answer = await connection.ask("POST", "/chat", {"messages": MESSAGES}, mark=mark)
        whole = time.perf_counter() - began
        if path == "raw":
            said = [data["choices"][0]["delta"].get("content", "") for _, data in answer.told() if data["choices"]]
        else:
            said = [data["text"] for kind, data in answer.told() if kind == "piece"]
        return Heard(answer.first - began, whole, *lost_or_doubled("".join(said)))

    return connection, turn


async def learner_turn(url: str, learner: Learner, practices: slice, *, scene: int = SCENE) -> tuple[Connection, Turn]:
    """A learner who is logged in and goes on with a practice, and after ``scene`` turns with the next one."""
    connection = Connection(url)
    await connection.ask("POST", "/api/v1/session", {"login": learner.login, "password": Company.password})
    begun_before = learner.practices[practices]

    async def turn(number: int) -> Heard:
        began = time.perf_counter()
        body = {"text": SAID[number % len(SAID)]}
        practice = f"/api/v1/practices/{begun_before[number // scene]}"
        answer = await connection.ask(
            "POST", f"{practice}/turns", body, mark=b"event: piece", accept="text/event-stream"
        )
        whole = time.perf_counter() - began
        events = answer.told()
        said = "".join(data["text"] for kind, data in events if kind == "piece")
        if [kind for kind, _ in events if kind != "piece"] != ["done"] or events[-1][1]["reply"] != said.strip():
            raise RuntimeError(f"the turn was not done as it was heard: {events[-1]}")
        return Heard(answer.first - began, whole, *lost_or_doubled(said))

    return connection, turn


class Figures:
    """What was measured of one path in one case."""

    def __init__(self) -> None:
        self.first: list[float] = []
        self.whole: list[float] = []
        self.cpu: list[float] = []
        self.per_second: list[float] = []
        self.lost = self.doubled = 0

    def note(self, heard: Sequence[Heard], *, seconds: float, cpu: float) -> None:
        """Add a round."""
        self.first += [1000 * each.first for each in heard]
        self.whole += [1000 * each.whole for each in heard]
        self.cpu.append(1000 * cpu / len(heard))
        self.per_second.append(len(heard) / seconds)
        self.lost += sum(each.lost for each in heard)
        self.doubled += sum(each.doubled for each in heard)

    def raw(self) -> dict[str, Any]:
        """Everything measured: each round's figures, and of the times of its turns the deciles, in ms."""
        times = {name: _deciles(values) for name, values in (("first", self.first), ("whole", self.whole))}
        rounds = {"cpu": self.cpu, "per_second": self.per_second}
        return {**times, **rounds, "turns": len(self.first), "lost": self.lost, "doubled": self.doubled}


def _deciles(values: Sequence[float]) -> list[float]:
    return [round(each, 1) for each in (min(values), *statistics.quantiles(values, n=10), max(values))]


class Server:
    """A server under test, on a core of its own where the system can do that."""

    def __init__(self, name: str, command: list[str], running: ExitStack, **options: Any) -> None:
        self.name = name
        self.url = f"http://127.0.0.1:{command[-1]}"
        self.process = running.enter_context(process(command, core=-1, **options))

    def cpu(self) -> float:
        """Seconds of processor time so far."""
        spent = psutil.Process(self.process.pid).cpu_times()
        return float(spent.user + spent.system)


async def play(turns: Sequence[Turn], server: Server, *, each: int, after: int, into: Figures | None) -> None:
    """Have every stream take ``each`` turns in a row, all streams at once; ``after`` is how many it took before."""

    async def stream(turn: Turn) -> list[Heard]:
        return [await turn(after + number) for number in range(each)]

    spent, began = server.cpu(), time.perf_counter()
    heard = [one for several in await asyncio.gather(*(stream(turn) for turn in turns)) for one in several]
    seconds, spent = time.perf_counter() - began, server.cpu() - spent
    if into is not None:
        into.note(heard, seconds=seconds, cpu=spent)


async def measure(streams: Sequence[int], rounds: int, paths: Sequence[str]) -> dict[int, dict[str, Figures]]:
    """Measure every path with so many streams at once, round by round."""
    figures = {count: {path: Figures() for path in paths} for count in streams}
    with ExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory()))
        scenes = [math.ceil((1 + rounds * TURNS.get(count, SEVERAL)) / SCENE) for count in streams]
        cases = [count for count, several in zip(streams, scenes, strict=True) for _ in range(several)]
        learners = await founded(folder, learners=max(streams), cases=cases)
        model = running.enter_context(endpoint())
        servers = {path: _server(path, model, folder, running) for path in paths}
        await asyncio.gather(*(ready(server.url) for server in servers.values()))
        keep_to_cores(0)
        for case, count in enumerate(streams):
            listeners: list[Connection] = []
            turns: dict[str, list[Turn]] = {}
            for path, server in servers.items():
                for learner in learners[:count]:
                    connection, turn = (
                        await learner_turn(server.url, learner, slice(sum(scenes[:case]), sum(scenes[: case + 1])))
                        if path == "conductor"
                        else peer_turn(server.url, path)
                    )
                    listeners.append(connection)
                    turns.setdefault(path, []).append(turn)
            each = TURNS.get(count, SEVERAL)
            for number in range(rounds + 1):
                for path in paths:
                    into = figures[count][path] if number else None  # the first round warms everything up
                    took = 1 if not number else each
                    before = 0 if not number else 1 + (number - 1) * each
                    await play(turns[path], servers[path], each=took, after=before, into=into)
            for connection in listeners:
                await connection.leave()
    return figures


def _server(path: str, model: str, folder: Path, running: ExitStack) -> Server:
    if path == "conductor":
        return conductor("api.cli", model, folder, running)
    command = [sys.executable, "-m", "benchmarks.streams.peers", path, model, str(free_port())]
    return Server(path, command, running, stdout=subprocess.DEVNULL)


def conductor(module: str, model: str, folder: Path, running: ExitStack) -> Server:
    """``module serve`` on the company in ``folder``, with a persona that the endpoint ``model`` plays."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CONDUCTOR_")}
    persona = "CONDUCTOR_MODELS__PERSONA__"
    environment |= {
        "CONDUCTOR_DATABASE_URL": f"sqlite:///{folder / 'conductor.db'}",
        "CONDUCTOR_KEY_FILE": str(folder / "key"),
        f"{persona}PLAYER": "model",
        f"{persona}MODEL__BASE_URL": model,
        f"{persona}MODEL__MODEL": "scripted",
        f"{persona}MODEL__CONCURRENCY": "1000",
    }
    command = [sys.executable, "-m", module, "serve", "--port", str(free_port())]
    return Server("conductor", command, running, env=environment, stdout=subprocess.DEVNULL)


@contextmanager
def endpoint() -> Iterator[str]:
    """The scripted model on this machine; gives its address."""
    command = [sys.executable, "-m", "benchmarks.streams.endpoint"]
    with process(command, stdout=subprocess.PIPE) as running:
        assert running.stdout is not None
        yield running.stdout.readline().strip()


@contextmanager
def process(command: list[str], *, core: int = 0, **options: Any) -> Iterator[subprocess.Popen[str]]:
    """A process, kept to the last core (-1) or to the others (0)."""
    running = subprocess.Popen(command, text=True, preexec_fn=lambda: keep_to_cores(core), **options)
    try:
        yield running
    finally:
        running.terminate()
        try:
            running.wait(20)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()


def keep_to_cores(core: int) -> None:
    if hasattr(os, "sched_setaffinity") and (os.cpu_count() or 1) > 1:
        every = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {every[-1]} if core < 0 else set(every[:-1] or every))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def ready(url: str) -> None:
    async with httpx.AsyncClient() as client:
        for _ in range(1200):
            try:
                if (await client.get(f"{url}/ready")).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.05)
    raise RuntimeError(f"{url} does not answer")


def rows_of(figures: dict[int, dict[str, Figures]]) -> list[tuple[Any, ...]]:
    """One row for each case and path; ``added`` and shares are to the raw proxy of the same case."""
    rows: list[tuple[Any, ...]] = []
    for count, paths in figures.items():
        raw = paths.get("raw")
        for path, got in paths.items():
            first, speed = median(got.first), median(got.per_second)
            added = "–" if raw is None or path == "raw" else f"{first - median(raw.first):+.1f}"
            share = "–" if raw is None else f"{100 * speed / median(raw.per_second):.0f} %"
            name = f"{PATHS[path]}, {count} at once"
            rows.append((name, speed, share, median(got.cpu, 2), first, added, f"{got.lost} / {got.doubled}"))
    return rows


def main() -> None:
    """Measure, show and keep."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.streams", description=__doc__)
    parser.add_argument("--streams", type=int, nargs="+", default=[1, 50, 200])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--paths", nargs="+", choices=PATHS, default=list(PATHS))
    parser.add_argument("--show", action="store_true", help="only show the table, and keep nothing")
    given = parser.parse_args()
    figures = asyncio.run(measure(given.streams, given.rounds, given.paths))
    rows = rows_of(figures)
    if given.show:
        for row in rows:
            print(*row, sep=" | ")
        return
    keep(
        "streams",
        title="One streamed turn",
        about=f"A scripted endpoint: {FIRST_TOKEN * 1000:.0f} ms to the first token, then {TOKENS} pieces "
        f"{PER_TOKEN * 1000:.0f} ms apart, so that no path can be quicker than "
        f"{1000 * (FIRST_TOKEN + (TOKENS - 1) * PER_TOKEN):.0f} ms a turn; a history of {len(HISTORY)} messages. The "
        "server under test has one core, endpoint and listeners the others. Medians of "
        f"{given.rounds} rounds, in which the paths take turns; a stream takes {TURNS[1]} turns in a round where it is "
        f"alone, else {SEVERAL}. *Added* and *of raw* are to the raw proxy in the same run. Processor time is a turn's "
        "share of all that the server process spent. A turn is one request everywhere.",
        columns=("Path", "Turns/s", "Of raw", "CPU, ms/turn", "First token, ms", "Added, ms", "Words lost / doubled"),
        rows=rows,
        raw={str(count): {path: got.raw() for path, got in paths.items()} for count, paths in figures.items()},
    )


if __name__ == "__main__":
    main()
