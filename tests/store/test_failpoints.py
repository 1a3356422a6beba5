from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from evidence.errors import InvalidInput
from store import failpoints
from store.failpoints import NAMES, FailpointError, arm, reach

ROOT = Path(__file__).parents[2]
ROOMS = ("api", "graphs", "agents", "store", "strategy", "practice", "approvals", "evidence")


@pytest.fixture(autouse=True)
def disarmed() -> Iterator[None]:
    yield
    arm("")


def test_each_declared_name_is_reached_at_exactly_one_place() -> None:
    reached = Counter(
        name
        for room in ROOMS
        for file in (ROOT / room).rglob("*.py")
        if file.name != "failpoints.py"
        for name in re.findall(r"\breach\(\"([^\"]+)\"\)", file.read_text(encoding="utf-8"))
    )
    assert reached == Counter(list(NAMES))


def test_nothing_is_armed_unless_told() -> None:
    assert failpoints._armed == {}
    for name in NAMES:
        reach(name)


def test_an_error_is_raised_at_the_nth_time_or_every_time() -> None:
    arm("run:taken-over=error@2, job:claimed=error")
    reach("run:taken-over")
    with pytest.raises(FailpointError, match="run:taken-over"):
        reach("run:taken-over")
    reach("run:taken-over")
    for _ in range(2):
        with pytest.raises(FailpointError, match="job:claimed"):
            reach("job:claimed")
    reach("run:rested")


def test_a_stall_stalls(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("store.failpoints.time.sleep", slept.append)
    arm("run:rested=sleep:1.5")
    reach("run:rested")
    assert slept == [1.5]


def test_killing_sends_the_signal_that_cannot_be_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[int] = []

    def kill(_pid: int, number: int) -> None:
        sent.append(number)
        raise SystemExit

    monkeypatch.setattr("store.failpoints.os.kill", kill)
    arm("run:rested=kill")
    with pytest.raises(SystemExit):
        reach("run:rested")
    assert sent == [9]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("nowhere=kill", "There is no failpoint 'nowhere'"),
        ("run:rested", "is no failpoint"),
        ("run:rested=explode", "is no failpoint"),
        ("run:rested=kill@0", "is no failpoint"),
        ("run:rested=sleep", "is no failpoint"),
    ],
)
def test_what_cannot_be_read_is_refused_and_arms_nothing(written: str, said: str) -> None:
    arm("run:rested=error")
    with pytest.raises(InvalidInput, match=said) as refusal:
        arm(f"job:claimed=error,{written}")
    assert refusal.value.where == "CONDUCTOR_FAILPOINTS"
    if written.startswith("nowhere"):
        assert all(name in refusal.value.todo for name in NAMES)
    reach("job:claimed")
    with pytest.raises(FailpointError):
        reach("run:rested")


def test_arming_nothing_disarms() -> None:
    arm("run:rested=error")
    arm("")
    reach("run:rested")


def test_the_page_lists_every_failpoint() -> None:
    page = (ROOT / "docs" / "workers.md").read_text(encoding="utf-8")
    listed = dict(re.findall(r"^\| `([a-z:-]+)` \| (.*) \|$", page, re.MULTILINE))
    assert listed == dict(NAMES)
