"""Seconds and megabytes; needs nothing but Python, so that the peers' environment can use it too."""

from __future__ import annotations

import contextlib
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def resident(name: str = "VmRSS") -> float:
    """Megabytes that this process holds (``VmRSS``), or held at most (``VmHWM``); 0 where the system does not say."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
            if line.startswith(name):
                return int(line.split()[1]) / 1024
    return 0.0


def unmarked() -> None:
    """Begin anew to look for the most that this process holds."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")


def measured(act: Callable[[], Any], times: int) -> tuple[float, float, Any]:
    """Median seconds of an act, megabytes that it added at most, and what it gave last."""
    unmarked()
    before, took, given = resident(), [], None
    for _ in range(times):
        began = time.perf_counter()
        given = act()
        took.append(time.perf_counter() - began)
    return statistics.median(took), max(0.0, resident("VmHWM") - before), given


def times_of(act: Callable[[], Any], times: int, *, warm_up: bool) -> list[float]:
    """Seconds of each time, not counting one before them that warms everything up."""
    took = []
    for _ in range(times + warm_up):
        began = time.perf_counter()
        act()
        took.append(time.perf_counter() - began)
    return took[-times:]
