"""Trying other weights on a long history, judging, and an afternoon of tuning, beside inspect_ai and deepeval.

    python -m benchmarks.strategy_desk
    python -m benchmarks.strategy_desk --most 10000 --show

The peers run in an environment of their own, see ``make peers``; without it their lines say so.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks import keep, median
from benchmarks.strategy_desk import NUMBERS, REPLY, SIZES
from benchmarks.strategy_desk.afternoon import Step, lived
from benchmarks.strategy_desk.judging import CASES
from benchmarks.strategy_desk.scripted import Spent, judging
from benchmarks.strategy_desk.strategies import criteria, for_peers
from tests.endpoint import Endpoint

CHECKOUT = Path(__file__).parents[2]
PEERS = CHECKOUT / ".venv" / "peers" / "bin" / "python"
NAMES = ("inspect_ai", "deepeval")
MISSING = "not installed: make peers"
WHOLE_UP_TO = 10_000  # verdicts; ten times as many are a file of six gigabytes, which takes minutes to write
PEER_SECONDS = 30.0  # that one history size may take
TEXT = "Friday, half past two. You lead the team. Ask what is behind the delay before you agree on anything."
DASH = "–"
TEXTS = Path(__file__).parent
HISTORY_COLUMNS = ("12 criteria, 3 samples each", "Time", "Verdicts/s", "Beside ours", "Memory added")
JUDGING_COLUMNS = ("One text on … criteria", *map(str, NUMBERS))
AFTERNOON_COLUMNS = ("Step", "Calls", "Judging everything", "Tokens", "Judging everything", "Saved")


def alone(module: str, *arguments: str) -> Any:
    """Run a part in a process of its own; its last line is what it found."""
    command = [sys.executable, "-m", f"benchmarks.strategy_desk.{module}", *arguments]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def peer(python: Path, name: str, **order: Any) -> dict[str, Any]:
    """What a peer found; or why there is nothing, as ``missing``."""
    if not python.exists():
        return {"missing": MISSING}
    with tempfile.TemporaryDirectory() as folder:
        given, answer = Path(folder) / "order.json", Path(folder) / "answer.json"
        given.write_text(json.dumps(order), encoding="utf-8")
        quiet = {"DEEPEVAL_TELEMETRY_OPT_OUT": "1", "DEEPEVAL_NO_INSPECT_PROMPT": "1", "OPENAI_API_KEY": "none"}
        # A home of its own: neither of them reads or leaves anything in the user's.
        environment = {**os.environ, **quiet, "PYTHONPATH": str(CHECKOUT), "HOME": folder}
        command = [str(python), "-m", f"benchmarks.strategy_desk.peers.with_{name}", str(given), str(answer)]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        if done.returncode or not answer.exists():
            return {"missing": f"failed: {(done.stderr.strip().splitlines() or ['no word'])[-1]}"}
        return dict(json.loads(answer.read_text(encoding="utf-8")))


def histories(python: Path, sizes: Sequence[int]) -> dict[str, Any]:
    """Every history length, by the engine, as a whole preview, and by the peers."""
    engine = {number: alone("history", "engine", str(number)) for number in sizes}
    whole = {number: alone("history", "preview", str(number)) for number in sizes if number <= WHOLE_UP_TO}
    told = for_peers()
    peers = {
        name: peer(python, name, act="rescore", text=TEXT, sizes=list(sizes), seconds=PEER_SECONDS, **told)
        for name in NAMES
    }
    for found in peers.values():
        for each in found.get("found", ()):
            if not same_outcomes(engine[each["verdicts"]], each):
                raise RuntimeError(f"the same rules gave other outcomes: {engine[each['verdicts']]}, {each}")
    return {"engine": engine, "whole": whole, "peers": peers}


def same_outcomes(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> bool:
    """Whether both came to the same outcomes, and to the same agreement where that was asked."""
    outcomes = {name: found for name, found in theirs["outcomes"].items() if found}
    return outcomes == ours["outcomes"] and theirs.get("agreeing", ours["agreeing"]) == ours["agreeing"]


def judged(python: Path, times: int) -> dict[str, Any]:
    """Seconds for a text by number of criteria: ours, and the peers'."""
    questions = [each.question for each in criteria(max(NUMBERS)).criteria]
    order = {"act": "judge", "text": TEXT, "criteria": questions, "numbers": list(NUMBERS), "times": times}
    with Endpoint(judging(REPLY), keep_alive=True) as endpoint:
        ours = alone("judging", endpoint.url, str(times))
        theirs = {}
        for name in NAMES:
            endpoint.clear()
            theirs[name] = peer(python, name, url=endpoint.url, at_once=64, **order)
            theirs[name]["calls"] = len(endpoint.asked)
    return {"ours": ours, "peers": theirs}


def seconds(value: float | None) -> str:
    """A duration for reading."""
    if value is None:
        return DASH
    if value < 0.0995:
        return f"{1000 * value:.2g} ms" if value < 0.00995 else f"{1000 * value:.0f} ms"
    return f"{value:.2f} s" if value < 9.95 else f"{value:.0f} s"


def _times(ours: float, theirs: float) -> str:
    return f"{theirs / ours:,.0f} ×" if theirs >= 10 * ours else f"{theirs / ours:.1f} ×"


Row = tuple[str, str, str, str, str]


def rows_of_histories(found: Mapping[str, Any]) -> list[Row]:
    """What, how long, per verdict, beside ours, memory."""
    rows: list[Row] = []
    for number, engine in found["engine"].items():
        many = f"{number:,} verdicts"
        per_second = number / engine["score_seconds"]
        counted = engine["count_seconds"] + engine["score_seconds"]
        memory = f"{engine['memory_mb']:.0f} MB"
        rows.append(
            (f"{many}: engine, counts known", seconds(engine["score_seconds"]), f"{per_second:,.0f}", DASH, DASH)
        )
        rows.append((f"{many}: engine, counted anew", seconds(counted), f"{number / counted:,.0f}", "1", memory))
        if whole := found["whole"].get(number):
            for name, key, held in (
                ("what-if from SQLite, first time", "first_seconds", whole["memory_mb"]),
                ("what-if from SQLite, slider moved", "slider_seconds", None),
                ("kept preview of a version, from SQLite", "kept_seconds", whole["kept_memory_mb"]),
            ):
                took = whole[key]
                rows.append(
                    (
                        f"{many}: {name}",
                        seconds(took),
                        f"{number / took:,.0f}",
                        DASH,
                        DASH if held is None else f"{held:.0f} MB",
                    )
                )
        for each in _of_size(found["peers"].get("inspect_ai", {}), number):
            for name, key, base, held in (
                ("inspect_ai, score() on a log in memory", "seconds", counted, each["memory_mb"]),
                ("inspect_ai, recompute_metrics(): one figure, no outcomes", "figure_seconds", counted, None),
                (
                    "inspect_ai, score() on a log from a file",
                    "from_file_seconds",
                    (found["whole"].get(number) or {}).get("first_seconds"),
                    each["from_file_memory_mb"],
                ),
            ):
                rows.append(_peer_row(f"{many}: {name}", number, each[key], base, held))
        for each in _of_size(found["peers"].get("deepeval", {}), number):
            name = f"{many}: deepeval, evaluate() with a metric over kept counts"
            rows.append(_peer_row(name, number, each["seconds"], counted, each["memory_mb"]))
    for name, said in found["peers"].items():
        if "missing" in said:
            rows.append((name, said["missing"], DASH, DASH, DASH))
        else:
            left = [number for number in found["engine"] if not _of_size(said, number)]
            told = ", ".join(f"{number:,}" for number in left)
            if left:
                rows.append(
                    (f"{told} verdicts: {name}", f"would take over {PEER_SECONDS:.0f} s; not run", DASH, DASH, DASH)
                )
    return rows


def _of_size(said: Mapping[str, Any], number: int) -> list[dict[str, Any]]:
    return [each for each in said.get("found", ()) if each["verdicts"] == number]


def _peer_row(name: str, number: int, took: float, base: float | None, held: float | None) -> Row:
    beside = DASH if base is None else _times(base, took)
    return name, seconds(took), f"{number / took:,.0f}", beside, DASH if held is None else f"{held:.0f} MB"


def rows_of_judging(found: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Seconds by number of criteria, one column each."""
    rows: list[tuple[str, ...]] = []
    for lanes, samples in CASES:
        cells = [seconds(median(found["ours"][f"{lanes}/{samples}/{number}"], 3)) for number in NUMBERS]
        draws = "1 sample" if samples == 1 else f"{samples} samples"
        rows.append((f"Conductor, {draws} of each, {lanes} requests at once", *cells))
    ways = {
        "inspect_ai": "inspect_ai, a model_graded_qa for each, one after the other",
        "deepeval": "deepeval, a GEval for each, 64 requests at once",
    }
    for name, said in found["peers"].items():
        if "missing" in said:
            rows.append((name, said["missing"], *(DASH for _ in NUMBERS[1:])))
        else:
            rows.append((ways[name], *(seconds(median(said["found"][str(number)], 3)) for number in NUMBERS)))
    return rows


def rows_of_afternoon(steps: Sequence[Step]) -> list[tuple[str, ...]]:
    """Calls and tokens of every step, and of all of them."""
    asked = sum((each.asked for each in steps), Spent())
    everything = sum((each.everything for each in steps), Spent())
    return [
        (
            each.name,
            f"{each.asked.calls:,}",
            f"{each.everything.calls:,}",
            f"{each.asked.tokens:,}",
            f"{each.everything.tokens:,}",
            _saved(each.asked, each.everything),
        )
        for each in [*steps, Step("the whole afternoon", asked, everything)]
    ]


def _saved(asked: Spent, everything: Spent) -> str:
    return f"{100 * (1 - asked.tokens / everything.tokens):.0f} %" if everything.tokens else DASH


def markdown(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def show(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table in the terminal."""
    shown = Table(title=title)
    for index, column in enumerate(columns):
        shown.add_column(column, justify="left" if index == 0 else "right")
    for row in rows:
        shown.add_row(*row)
    Console().print(shown)


def main() -> None:
    """Measure, show and keep."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.strategy_desk", description=__doc__)
    parser.add_argument("--most", type=int, default=max(SIZES), help="the longest history, in verdicts")
    parser.add_argument("--times", type=int, default=3, help="how often each number of criteria is judged")
    parser.add_argument("--peers", type=Path, default=PEERS, help="the Python that has inspect_ai and deepeval")
    parser.add_argument("--show", action="store_true", help="only show the tables, and keep nothing")
    given = parser.parse_args()
    began = time.perf_counter()
    past = histories(given.peers, [number for number in SIZES if number <= given.most])
    found = judged(given.peers, given.times)
    steps = lived()
    Console().print(f"Measured in {time.perf_counter() - began:.0f} s.")
    judging_rows, afternoon_rows, history_rows = (
        rows_of_judging(found),
        rows_of_afternoon(steps),
        rows_of_histories(past),
    )
    show("Judging one text", JUDGING_COLUMNS, judging_rows)
    show("An afternoon of tuning", AFTERNOON_COLUMNS, afternoon_rows)
    if given.show:
        show("Trying other weights on everything decided", HISTORY_COLUMNS, history_rows)
        return
    about = TEXTS.joinpath("about.md").read_text(encoding="utf-8").strip()
    sections = {
        "JUDGING": markdown(JUDGING_COLUMNS, judging_rows),
        "AFTERNOON": markdown(AFTERNOON_COLUMNS, afternoon_rows),
        "PEERS": ", ".join(f"{name} {said.get('version', MISSING)}" for name, said in past["peers"].items()),
    }
    for name, text in sections.items():
        about = about.replace(f"{{{name}}}", text)
    keep(
        "strategy_desk",
        title="The strategy desk",
        about=about,
        columns=HISTORY_COLUMNS,
        rows=history_rows,
        raw={"histories": past, "judging": found, "afternoon": [asdict(each) for each in steps]},
    )


if __name__ == "__main__":
    main()
