"""A process is killed between a commit and its effect; the next one finishes, and nothing is lost or doubled."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
import pytest

from approvals.audit import first_break
from evidence.ids import new_id
from store.database import Database
from store.failpoints import NAMES
from store.unit_of_work import Store
from store.vault import Vault
from tests.company import found
from tests.faults.brood import TICKED
from tests.faults.databases import on_postgresql

ROOT = Path(__file__).parents[2]
RECOVERY_SECONDS = 10.0
KILLED = -signal.SIGKILL

# Where a story dies that is told from an order to a sign-off; the later ones of a name that is reached often.
STORY = [
    "write:after-commit@3",
    "write:before-commit@6",
    "job:enqueued",
    "job:claimed",
    "run:taken-over",
    "draft:returned",
    "judge:returned@2",
    "thread:before-checkpoint@2",
    "thread:after-checkpoint@3",
    "run:rested",
    "decision:before-commit",
    "decision:after-commit",
]
ON_POSTGRESQL = ["decision:after-commit", "run:taken-over@2"]
OTHERS = {"drain:handed-back", "reaper:resumed", "tick:returned", "study:answers-kept", "study:before-conclusion"}


class Brood:
    """One process that has loaded everything, and forks what is to be killed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.brood"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._ended: dict[str, int] = {}
        self._news = threading.Condition()
        self._listening = threading.Thread(target=self._listen, daemon=True)
        self._listening.start()
        self.wait("ready")

    def begin(self, address: str, do: str, *, failpoints: str = "", executor: str = "one", flow: str = "") -> str:
        """Begin a child; gives its name."""
        name = new_id()
        told = {"name": name, "address": address, "do": do, "failpoints": failpoints, "executor": executor}
        told |= {"flow": flow, "says": str(self._folder / name)}
        assert self._process.stdin is not None
        with self._news:
            self._process.stdin.write(f"{json.dumps(told)}\n".encode())
            self._process.stdin.flush()
        return name

    def wait(self, name: str) -> int:
        """The exit code of a child, once it has ended."""
        with self._news:
            assert self._news.wait_for(lambda: name in self._ended, timeout=90), f"{name} said {self.said(name)}"
            return self._ended[name]

    def said(self, name: str) -> list[str]:
        """What a child has acknowledged."""
        says = self._folder / name
        return says.read_text().split() if says.exists() else []

    def children(self) -> list[int]:
        """Process ids of the children that live."""
        return [child.pid for child in psutil.Process(self._process.pid).children()]

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            told = json.loads(line)
            with self._news:
                self._ended[told["name"]] = told["code"]
                self._news.notify_all()

    def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(10)
        self._listening.join(10)
        self._process.stdout.close()


@dataclass(frozen=True)
class Fate:
    """How a process ended that was to be killed, and what the next one made of it."""

    died: int
    lost: list[str]
    finished: int
    seconds: float
    doubled: list[str]


@pytest.fixture(scope="module")
def brood(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Brood]:
    one = Brood(tmp_path_factory.mktemp("said"))
    yield one
    one.close()


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Path:
    """A SQLite file with a company and nothing ordered."""
    path = tmp_path_factory.mktemp("founded") / "conductor.db"
    shutil.copy(sqlite_template, path)
    asyncio.run(_found(f"sqlite:///{path}"))
    return path


async def _found(address: str) -> None:
    store = _opened(address)
    await found(store)
    await store.close()


def _opened(address: str) -> Store:
    """A store on tables that are there: making them is nothing for several threads at once."""
    return Store(Database(address, pool_size=4), Vault(b"k" * 32))


@pytest.fixture(scope="module")
def fates(
    brood: Brood, founded: Path, postgres: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Future[Fate]]]:
    """The fate of every story, three at a time."""
    folder = tmp_path_factory.mktemp("fates")

    def on_sqlite(failpoint: str) -> Fate:
        return _fate(brood, _copy(founded, folder / new_id()), failpoint)

    def on_server(failpoint: str) -> Fate:
        with on_postgresql(postgres) as address:
            asyncio.run(_found(address))
            return _fate(brood, address, failpoint, flow="design-of-a-later-release")

    with ThreadPoolExecutor(3) as pool:
        told = {f"sqlite {each}": pool.submit(on_sqlite, each) for each in STORY}
        yield told | {f"postgresql {each}": pool.submit(on_server, each) for each in ON_POSTGRESQL}


def test_every_failpoint_has_its_turn() -> None:
    assert {each.partition("@")[0] for each in STORY} | OTHERS == set(NAMES)


@pytest.mark.parametrize(
    "story", [f"sqlite {each}" for each in STORY] + [f"postgresql {each}" for each in ON_POSTGRESQL]
)
def test_killed_anywhere_in_a_story_the_next_process_finishes_it(fates: dict[str, Future[Fate]], story: str) -> None:
    fate = fates[story].result()
    assert (fate.died, fate.lost, fate.finished, fate.doubled) == (KILLED, [], 0, [])
    assert fate.seconds < RECOVERY_SECONDS


def _fate(brood: Brood, address: str, failpoint: str, *, flow: str = "") -> Fate:
    killed = brood.begin(address, "story", failpoints=_kill(failpoint))
    died = brood.wait(killed)
    lost = asyncio.run(_checked(address, lambda store: _has_lost(store, brood.said(killed))))
    began = time.monotonic()
    finished = brood.wait(brood.begin(address, "story", flow=flow))
    seconds = time.monotonic() - began
    return Fate(died, lost, finished, seconds, asyncio.run(_checked(address, _is_doubled)))


async def _checked(address: str, check: Any) -> list[str]:
    store = _opened(address)
    try:
        return list(await check(store))
    finally:
        await store.close()


def _kill(failpoint: str) -> str:
    name, _, nth = failpoint.partition("@")
    return f"{name}=kill{'@' + nth if nth else ''}"


async def _has_lost(store: Store, acknowledged: Sequence[str]) -> list[str]:
    """What was acknowledged and is not there."""
    async with store.read() as work:
        runs = await work.design.runs()
        approved = await work.approvals.checkpoints(status="approved")
    there = {"ordered": bool(runs), "decided": bool(approved)}
    return [each for each in acknowledged if not there.get(each, True)]


async def _is_doubled(store: Store) -> list[str]:
    """What is there more or less often than once, after the whole story."""
    async with store.read() as work:
        runs = await work.design.runs()
        counts = {"run": len(runs), "published": sum(run.stage == "published" for run in runs)}
        for run in runs:
            checkpoints = await work.approvals.checkpoints(run_id=run.id)
            events = [event.event for event in await work.design.events(run.id)]
            counts |= {
                "version": len(await work.design.versions(run.id)),
                "checkpoint": len(checkpoints),
                "decision": len(await work.approvals.decisions(checkpoints[0].id)),
                "line of the draft": events.count("drafted"),
                "line of waiting": events.count("waits for a person"),
                "line of the decision": events.count("approve"),
            }
        counts["sign-off"] = len(await work.approvals.signed_scenarios())
        rows = await work.approvals.audit_rows()
    actions = [row.action for row in rows]
    counts |= {"audited opening": actions.count("checkpoint opened"), "audited decision": actions.count("approve")}
    broken = first_break((row.model_dump(exclude={"hash"}), row.hash) for row in rows)
    wrong = [f"{what}: {count}" for what, count in counts.items() if count != 1]
    return wrong if broken is None else [*wrong, f"the audit chain breaks at {broken}"]


def test_killed_while_it_hands_its_work_back(brood: Brood, founded: Path, tmp_path: Path) -> None:
    address = _copy(founded, tmp_path)
    killed = brood.begin(address, "drain", failpoints="drain:handed-back=kill")
    assert brood.wait(killed) == KILLED
    assert brood.said(killed) == ["ordered", "drafting"]
    assert brood.wait(brood.begin(address, "story")) == 0
    assert asyncio.run(_checked(address, _is_doubled)) == []


def test_killed_while_it_looks_after_the_dead(
    brood: Brood, fates: dict[str, Future[Fate]], founded: Path, tmp_path: Path
) -> None:
    for fate in fates.values():
        fate.result()  # so that the only child there is, is the one to kill
    address = _copy(founded, tmp_path)
    first = brood.begin(address, "wait", executor="first")
    deadline = time.monotonic() + 30
    while "drafting" not in brood.said(first):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    [child] = brood.children()
    os.kill(child, signal.SIGKILL)
    assert brood.wait(first) == KILLED
    assert brood.wait(brood.begin(address, "rest", executor="second", failpoints="reaper:resumed=kill")) == KILLED
    assert brood.wait(brood.begin(address, "story", executor="third")) == 0
    assert asyncio.run(_checked(address, _is_doubled)) == []


def test_killed_after_a_tick(brood: Brood, founded: Path, tmp_path: Path) -> None:
    address = _copy(founded, tmp_path)
    assert brood.wait(brood.begin(address, "tick", failpoints="tick:returned=kill")) == KILLED
    again = brood.begin(address, "tick")
    assert brood.wait(again) == 0
    assert brood.said(again) == ["ticked", "rests"]

    async def lines(store: Store) -> list[str]:
        async with store.read() as work:
            return [row.subject for row in await work.approvals.audit_rows() if row.subject == TICKED]

    assert len(asyncio.run(_checked(address, lines))) == 1


def _copy(founded: Path, folder: Path) -> str:
    folder.mkdir(exist_ok=True)
    shutil.copy(founded, folder / "conductor.db")
    return f"sqlite:///{folder / 'conductor.db'}"
