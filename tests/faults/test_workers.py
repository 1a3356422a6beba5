"""Real processes on a real server: killed, told to end, told twice."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from approvals.people import Actor
from evidence.errors import Conflict
from graphs.commissioning import order
from graphs.runtime import running
from store.unit_of_work import Store
from tests.company import BRIEF, Company, ensemble, found
from tests.conftest import open_store
from tests.faults.databases import on_postgresql

ROOT = Path(__file__).parents[2]
RECOVERY_SECONDS = 10.0


@dataclass
class Place:
    """A founded installation on PostgreSQL, and an endpoint whose model never answers."""

    address: str
    folder: Path
    store: Store
    company: Company
    endpoint: str
    asked: asyncio.Event

    async def ordered(self) -> str:
        """Order a scenario; gives the run."""
        maria: Actor = self.company.maria
        return await order(self.store, maria, self.company.programme_id, BRIEF, languages=frozenset({"en"}))

    async def rests(self, run_id: str) -> str:
        """The stage at which a run rests."""
        async with asyncio.timeout(60):
            while True:
                async with self.store.read() as work:
                    stage = (await work.design.run(run_id)).stage
                if stage not in {"drafting", "judging"}:
                    return stage
                await asyncio.sleep(0.05)

    @asynccontextmanager
    async def command(self, *words: str, hangs: bool = False, **settings: str) -> AsyncIterator[Command]:
        """A ``conductor`` command as a process of its own."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("CONDUCTOR_")}
        environment |= {"CONDUCTOR_DATABASE_URL": self.address, "CONDUCTOR_KEY_FILE": str(self.folder / "key")}
        environment |= {f"CONDUCTOR_{name.upper()}": value for name, value in settings.items()}
        if hangs:
            environment |= {
                "CONDUCTOR_MODELS__AUTHOR__PLAYER": "model",
                "CONDUCTOR_MODELS__AUTHOR__MODEL__BASE_URL": self.endpoint,
                "CONDUCTOR_MODELS__AUTHOR__MODEL__MODEL": "silent",
            }
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "api.cli",
            *words,
            cwd=ROOT,
            env=environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        command = Command(process, [])
        reading = asyncio.create_task(command.read())
        try:
            yield command
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()
            await reading


@dataclass
class Command:
    """A command under way."""

    process: asyncio.subprocess.Process
    lines: list[str]

    async def read(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            self.lines.append(line.decode().rstrip())

    async def says(self, wanted: str) -> None:
        """Wait for a line with these words."""
        async with asyncio.timeout(60):
            while not any(wanted in line for line in self.lines):
                assert self.process.returncode is None, self.lines
                await asyncio.sleep(0.02)

    async def ends(self) -> int:
        """Its exit code; negative where a signal ended it."""
        async with asyncio.timeout(30):
            return await self.process.wait()


@pytest.fixture
async def place(postgres: str, tmp_path: Path) -> AsyncIterator[Place]:
    asked, over = asyncio.Event(), asyncio.Event()

    async def silence(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await over.wait()
        writer.close()

    server = await asyncio.start_server(silence, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with on_postgresql(postgres) as address:
        store = open_store(address)
        company = await found(store)
        yield Place(address, tmp_path, store, company, f"http://127.0.0.1:{port}/v1", asked)
        await store.close()
    over.set()
    server.close()


async def test_a_killed_worker_s_work_is_finished_by_another_within_ten_seconds(place: Place) -> None:
    async with place.command("worker", "--id", "first", "--workers", "2", hangs=True) as first:
        await first.says("worker first begins: 2 pieces of work at once")
        run_id = await place.ordered()
        await asyncio.wait_for(place.asked.wait(), 30)
        async with place.command("worker", "--id", "second") as second:
            await second.says("worker second begins")
            first.process.kill()
            began = time.monotonic()
            assert await place.rests(run_id) == "awaiting"
            assert time.monotonic() - began < RECOVERY_SECONDS
            async with place.store.read() as work:
                assert [row.id for row in await work.workers.all()] == ["second"]
                assert len(await work.design.versions(run_id)) == 1
            assert any("worker first is gone" in line for line in second.lines)


async def test_a_worker_that_is_told_to_end_hands_over_and_has_not_failed(place: Place) -> None:
    async with place.command("worker", "--id", "old", hangs=True, drain_seconds="0.5") as old:
        await old.says("worker old begins")
        with pytest.raises(Conflict, match="'old'"):
            async with running(place.store, ensemble(), executor_id="old", exactly=True):
                pass
        run_id = await place.ordered()
        await asyncio.wait_for(place.asked.wait(), 30)
        old.process.terminate()
        assert await old.ends() == 0
    said = [line.partition("conductor.runtime: ")[2] for line in old.lines]
    assert [line for line in said if "old" in line] == [
        "worker old begins: 4 pieces of work at once",
        "worker old drains: 1 jobs under way",
        "worker old breaks off 1 jobs after 0.5 seconds",
        "worker old has ended",
    ]
    async with place.store.read() as work:
        assert await work.workers.all() == []
    async with running(place.store, ensemble(), executor_id="new"):
        assert await place.rests(run_id) == "awaiting"


async def test_a_worker_that_is_told_twice_ends_at_once(place: Place) -> None:
    async with place.command("worker", hangs=True, drain_seconds="60") as worker:
        await worker.says("begins")
        run_id = await place.ordered()
        await asyncio.wait_for(place.asked.wait(), 30)
        worker.process.terminate()
        await worker.says("drains: 1 jobs")
        worker.process.terminate()
        assert await worker.ends() == -signal.SIGTERM
    async with running(place.store, ensemble(), executor_id="new"):
        assert await place.rests(run_id) == "awaiting"


async def test_a_server_that_is_told_to_end_hands_over_and_has_not_failed(place: Place) -> None:
    async with place.command("serve", "--port", "0", hangs=True, drain_seconds="0.5") as server:
        await server.says("listens on")
        run_id = await place.ordered()
        await asyncio.wait_for(place.asked.wait(), 30)
        server.process.terminate()
        assert await server.ends() == 0
    async with running(place.store, ensemble(), executor_id="new"):
        assert await place.rests(run_id) == "awaiting"
