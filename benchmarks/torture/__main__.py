"""The command: which parts, how much of each, and the table."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Coroutine, Iterator
from functools import partial
from typing import Any

os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="conductor-run-"))  # embedded PostgreSQL wants one
os.environ.setdefault("LANGGRAPH_STRICT_MSGPACK", "true")

from benchmarks import RESULTS, keep
from benchmarks.torture import clocks, kills, outages, races
from benchmarks.torture.report import COLUMNS, Line

FULL = {"kills": 500, "decisions": 10_000, "duplicates": 10_000, "outages": 20}
PARTS = ("failpoints", "kills", "races", "duplicates", "outages", "disk", "clocks")
DATABASES = ("sqlite", "postgresql")
ABOUT = """Everything goes over HTTP to `conductor serve` processes on this machine. *Lost*: acknowledged and not there.
*Doubled*: there more than once. *Half*: a decision without its sign-off, audit row or state, or a broken audit chain.
*5xx*: answers of 500 and above other than 503, which says that the database is away; those and broken connections are
counted beside. *s to rest*: from the first answer of a process that was started again, from the death of one that
another has to stand in for, or from the end of an outage, until no run moves; the limit is ten seconds."""

Job = Callable[[], Coroutine[Any, Any, Line]]


def main() -> int:
    """Run the parts that are wanted; 1 where something does not hold."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.torture", description="What an installation bears.")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--database", nargs="+", choices=DATABASES, default=DATABASES)
    parser.add_argument("--kills", type=int, default=FULL["kills"], help="random kills, shared by the databases")
    parser.add_argument("--decisions", type=int, default=FULL["decisions"], help="checkpoints that are raced for")
    parser.add_argument("--duplicates", type=int, default=FULL["duplicates"], help="submits under repeated keys")
    parser.add_argument("--outages", type=int, default=FULL["outages"], help="how often the database is maltreated")
    parser.add_argument("--minutes", type=float, default=120.0, help="the longest that the random kills may take")
    parser.add_argument("--renew", action="store_true", help="keep the lines of the last result that are not run again")
    wanted = parser.parse_args()
    full = all(getattr(wanted, name) >= most for name, most in FULL.items())
    lines: list[Line] = []
    for name, job in _jobs(wanted):
        lines.append(asyncio.run(_run(name, job, full=full)))
        _keep(_together(lines) if wanted.renew else lines)  # a campaign takes hours: what is known is kept at once
    for line in lines:
        for wrong in line.wrong:
            sys.stderr.write(f"{line.part}, {line.database}: {wrong}\n")
    return 0 if all(line.holds for line in lines) else 1


def _jobs(wanted: argparse.Namespace) -> Iterator[tuple[str, Job]]:
    share, minutes = -(-wanted.kills // len(wanted.database)), wanted.minutes / len(wanted.database)
    few, some = max(1, wanted.outages // 4), max(1, wanted.outages // 2)
    for kind in wanted.database:
        each: dict[str, Job] = {
            "failpoints": partial(kills.at_failpoints, kind),
            "kills": partial(kills.at_random, kind, share, minutes),
            "races": partial(races.decisions, kind, wanted.decisions),
            "duplicates": partial(races.duplicates, kind, wanted.duplicates),
            "disk": partial(outages.full_disk, kind, few),
            "clocks": partial(clocks.wrong, kind),
        }
        yield from ((f"{name}, {kind}", job) for name, job in each.items() if name in wanted.only)
    if "outages" in wanted.only and "postgresql" in wanted.database:
        yield "torn", partial(outages.torn, wanted.outages)
        yield "frozen", partial(outages.frozen, few)
        yield "crashed", partial(outages.crashed, some)


async def _run(name: str, job: Job, *, full: bool) -> Line:
    began = time.monotonic()
    sys.stderr.write(f"{name} …\n")
    try:
        line = await job()
    except Exception as error:
        traceback.print_exc(limit=-3)
        line = Line(name, "", "broke off", wrong=[f"{type(error).__name__}: {error}"[:300]])
    line.job, line.full = name, full
    line.figures["seconds"] = round(time.monotonic() - began, 1)
    sys.stderr.write(f"{name}: {'holds' if line.holds else 'DOES NOT HOLD'} ({line.figures['seconds']} s)\n")
    return line


def _together(lines: list[Line]) -> list[Line]:
    """What was measured now, among the lines of the last result."""
    known = json.loads((RESULTS / "torture.json").read_text(encoding="utf-8"))["measured"]
    by_job = {each["job"]: Line.stored(each) for each in known} | {each.job: each for each in lines}
    return [by_job[name] for name in _names() if name in by_job]


def _names() -> list[str]:
    everything = argparse.Namespace(**FULL, only=PARTS, database=DATABASES, minutes=1.0)
    return [name for name, _ in _jobs(everything)]


def _keep(lines: list[Line]) -> None:
    short = [each.job for each in lines if not each.full]
    missing = [name for name in _names() if name not in {each.job for each in lines}]
    about = ABOUT
    if short:
        about += f"\n\n**A short run**, to see that everything works, of: {'; '.join(short)}."
    if missing:
        about += f"\n\nNot run: {'; '.join(missing)}."
    keep(
        "torture",
        title="Torture" + (" (a short run)" if short else ""),
        about=about,
        columns=COLUMNS,
        rows=[line.cells() for line in lines],
        raw=[line.raw() for line in lines],
    )


if __name__ == "__main__":
    sys.exit(main())
