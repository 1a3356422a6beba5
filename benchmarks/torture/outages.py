"""The database goes away in the middle: torn connections, a frozen server, a crash, a full disk."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.torture.people import Crowd, Ledger
from benchmarks.torture.report import Line
from benchmarks.torture.site import Cluster, Site, site
from benchmarks.torture.truth import examine, rested

RECOVERY_SECONDS = 10.0
PEOPLE = 4
FROZEN_SECONDS = 5.0
_MEGABYTES = {"sqlite": 24, "postgresql": 300}


async def torn(times: int) -> Line:
    """Every connection to PostgreSQL is terminated, again and again."""
    return await _maltreated("connections terminated", times, lambda cluster: cluster.tear())


async def frozen(times: int) -> Line:
    """PostgreSQL is stopped (SIGSTOP) for some seconds, and goes on."""

    def freeze(cluster: Cluster) -> None:
        cluster.freeze()
        time.sleep(FROZEN_SECONDS)
        cluster.thaw()

    return await _maltreated(f"server frozen for {FROZEN_SECONDS:g} s", times, freeze)


async def crashed(times: int) -> Line:
    """PostgreSQL stops as in a power cut, in mid-commit, and is started again."""
    return await _maltreated("server stopped at once and restarted", times, lambda cluster: cluster.crash())


async def _maltreated(part: str, times: int, maltreat: Callable[[Cluster], object]) -> Line:
    async with site("postgresql") as place:
        assert place.cluster is not None
        await place.serve(2)
        await place.log_in()
        ledger, worst = Ledger(), 0.0
        crowd = Crowd(place, ledger)
        crowd.begin(PEOPLE)
        for _ in range(times):
            await asyncio.sleep(random.uniform(0.5, 2.5))
            await asyncio.to_thread(maltreat, place.cluster)
            if random.random() < 0.5:
                crowd.gate.clear()
                worst = max(worst, await rested(place))
                crowd.gate.set()
        return await _sum_up(part, "postgresql", f"{times} times", place, crowd, worst)


async def _sum_up(part: str, kind: str, done: str, place: Site, crowd: Crowd, worst: float) -> Line:
    crowd.gate.clear()
    worst = max(worst, await rested(place))
    crowd.gate.set()
    await asyncio.sleep(3)  # whoever waits for an answer gets it now
    await crowd.end()
    await rested(place)
    line = Line(part, kind, done, worst=worst, limit=RECOVERY_SECONDS)
    line.figures = {"orders": len(crowd.ledger.ordered), "decisions": len(crowd.ledger.decided)}
    return line.take(await examine(place, crowd.ledger), crowd.ledger, place.answers)


async def full_disk(kind: str, times: int) -> Line:
    """The disk under the database fills up in the middle, and is emptied again."""
    with _small_disk(_MEGABYTES[kind]) as disk:
        if disk is None:
            return Line("disk full", kind, "not done: mounting a small disk needs root")
        async with site(kind, folder=disk) as place:
            await place.serve(1, database_url=place.address)
            await place.log_in()
            crowd = Crowd(place, Ledger())
            crowd.begin(PEOPLE)
            worst, bites = 0.0, 0
            for _ in range(times):
                await asyncio.sleep(random.uniform(1, 2))
                filler = disk / "filler"
                bites += await _is_felt(place, crowd, filler)
                filler.unlink(missing_ok=True)
                if place.cluster is not None:
                    await asyncio.to_thread(_revive, place.cluster)
                crowd.gate.clear()
                worst = max(worst, await rested(place))
                crowd.gate.set()
            done = f"{times} times on a small tmpfs, felt {bites} times"
            line = await _sum_up("disk full", kind, done, place, crowd, worst)
            if bites < times:
                line.wrong.append("a disk was full and nobody felt it")
            return line


async def _is_felt(place: Site, crowd: Crowd, filler: Path) -> bool:
    """Fill the disk until an order is turned away; the database may have some room left in files of its own."""
    for _ in range(150):
        _fill(filler)
        if await crowd.order_once(random.choice(place.logins)) == 503:
            await asyncio.sleep(3)
            return True
        await asyncio.sleep(0.1)
    return False


def _fill(file: Path) -> None:
    try:
        with file.open("ab", buffering=0) as filling:
            while True:
                filling.write(b"\0" * 4096)
    except OSError:
        return


def _revive(cluster: Cluster) -> None:
    """Start PostgreSQL again where the full disk ended it; it does that to itself when its log cannot be written."""
    try:
        cluster.tear()
    except Exception:
        cluster.crash()


@contextmanager
def _small_disk(megabytes: int) -> Iterator[Path | None]:
    """A tmpfs of its own; None where it may not be mounted."""
    mount, umount = shutil.which("mount"), shutil.which("umount")
    if mount is None or umount is None or os.geteuid() != 0:
        yield None
        return
    folder = Path(tempfile.mkdtemp(prefix="conductor-small-"))
    if subprocess.run([mount, "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)], check=False).returncode:
        folder.rmdir()
        yield None
        return
    try:
        yield folder
    finally:
        for _ in range(50):
            if not subprocess.run([umount, str(folder)], check=False, stderr=subprocess.DEVNULL).returncode:
                break
            time.sleep(0.2)
        shutil.rmtree(folder, ignore_errors=True)
