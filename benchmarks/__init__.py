"""What Conductor costs, measured beside what it is built on, in the same run on the same machine."""

from __future__ import annotations

import json
import os
import platform
import statistics
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
from rich.console import Console
from rich.table import Table

RESULTS = Path(__file__).parent / "results"
LIBRARIES = ("langgraph", "langchain-openai", "fastapi", "sqlalchemy", "dbos", "typer", "rich")


def machine() -> dict[str, Any]:
    """What the figures were measured on; nothing that names it."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30, 1),
        "system": _system(),
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in LIBRARIES},
        "load_before": round(os.getloadavg()[0], 2),
    }


def median(values: Sequence[float], digits: int = 1) -> float:
    """The median, rounded for reading."""
    return round(statistics.median(values), digits)


def keep(name: str, *, title: str, about: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], raw: Any) -> None:
    """Show a table, and keep it as ``results/<name>.md`` beside everything measured in ``results/<name>.json``."""
    shown = Table(title=title)
    for index, column in enumerate(columns):
        shown.add_column(column, justify="left" if index == 0 else "right")
    for row in rows:
        shown.add_row(*(str(cell) for cell in row))
    Console().print(shown)

    where = machine()
    place = f"{where['processor']}, {where['cores']} cores, {where['memory_gb']} GB, {where['system']}, "
    place += f"Python {where['python']}, load {where['load_before']} at the end"
    head = f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}\n"
    body = "".join(f"| {' | '.join(str(cell) for cell in row)} |\n" for row in rows)
    day = datetime.now(UTC).date().isoformat()
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.md").write_text(f"# {title}\n\n{about}\n\n{head}{body}\n{day}. {place}.\n", encoding="utf-8")
    kept = {"measured_on": day, "machine": where, "measured": raw}
    (RESULTS / f"{name}.json").write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        return f"{platform.system()} {platform.release()}"
