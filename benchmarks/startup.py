"""How long ``conductor serve`` takes to be ready, and its memory then, beside importing the libraries it stands on.

    python -m benchmarks.startup --rounds 7

Every round runs every case once, in turn, so that a busy moment of the machine meets all of them. One round before the
first is not counted: it writes byte code and warms the file cache.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
import psutil  # type: ignore[import-untyped]

from benchmarks import keep, median

STACK = "import langgraph.graph, langchain_openai, fastapi, sqlalchemy.ext.asyncio, dbos"
TERMINAL = "import typer, rich.console"
SMALLEST = """
import typer
app = typer.Typer(name="one", help="One command.")
@app.command()
def one(debug: bool = False) -> None: "Do one thing."
@app.command()
def two() -> None: "Do another."
app()
"""
REPORT_MEMORY = "; import psutil; print(psutil.Process().memory_info().rss)"
COMMAND = [str(Path(sys.executable).with_name("conductor"))]

Figures = dict[str, dict[str, list[float]]]


def once(command: list[str]) -> tuple[float, str]:
    """Seconds a command takes, and what it printed."""
    began = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tempfile.gettempdir())
    return time.perf_counter() - began, done.stdout


def serve(folder: Path) -> tuple[float, float]:
    """Seconds from starting the server to its first answer on ``/ready``, and its memory then in MB."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    ours = {
        "CONDUCTOR_DATABASE_URL": f"sqlite:///{folder / 'bench.db'}",
        "CONDUCTOR_KEY_FILE": str(folder / "bench.key"),
    }
    began = time.perf_counter()
    server = subprocess.Popen(
        [*COMMAND, "serve", "--port", str(port)],
        cwd=folder,
        env={**_without_settings(), **ours},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=0.5) as client:
            while True:
                if server.poll() is not None:
                    raise RuntimeError(f"the server ended: {server.stderr.read().decode() if server.stderr else ''}")
                try:
                    if client.get("/ready").status_code == 200:
                        break
                except httpx.TransportError:
                    time.sleep(0.01)
        taken = time.perf_counter() - began
        memory = psutil.Process(server.pid).memory_info().rss / 2**20
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(20)
        if server.stderr:
            server.stderr.close()
    return taken, memory


def measure(rounds: int) -> Figures:
    """Run every case ``rounds`` times."""
    figures: Figures = {}

    def note(case: str, seconds: float, megabytes: float | None = None) -> None:
        entry = figures.setdefault(case, {"seconds": [], "megabytes": []})
        entry["seconds"].append(round(seconds, 3))
        if megabytes is not None:
            entry["megabytes"].append(round(megabytes, 1))

    for number in range(rounds + 1):
        if number == 1:
            figures.clear()
        taken, printed = once([sys.executable, "-c", STACK + REPORT_MEMORY])
        note("stack", taken, int(printed) / 2**20)
        with tempfile.TemporaryDirectory() as name:
            note("serve, new database", *serve(Path(name)))
            note("serve, existing database", *serve(Path(name)))
        note("terminal", once([sys.executable, "-c", TERMINAL])[0])
        note("smallest", once([sys.executable, "-c", SMALLEST, "--help"])[0])
        note("help", once([*COMMAND, "--help"])[0])
        sys.stderr.write(f"round {number} of {rounds}\n")
    return figures


def _without_settings() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("CONDUCTOR_")}


def main() -> None:
    """Measure, show and keep."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.startup", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    figures = measure(rounds)
    cases = {
        "stack": ("imports alone: langgraph, langchain-openai, fastapi, sqlalchemy, dbos", "stack"),
        "serve, new database": ("conductor serve, ready, new SQLite database", "stack"),
        "serve, existing database": ("conductor serve, ready, existing SQLite database", "stack"),
        "terminal": ("imports alone: typer, rich", "terminal"),
        "smallest": ("a Typer application of two commands, --help", "terminal"),
        "help": ("conductor --help", "terminal"),
    }
    rows = []
    for case, (label, beside) in cases.items():
        seconds, memory = figures[case]["seconds"], figures[case]["megabytes"]
        ratio = median(seconds, 3) / median(figures[beside]["seconds"], 3)
        spread = f"{min(seconds):.2f} to {max(seconds):.2f}"
        rows.append(
            (label, f"{median(seconds, 3):.2f}", spread, f"{ratio:.2f}", f"{median(memory):.0f}" if memory else "–")
        )
    keep(
        "startup",
        title="Start-up",
        about=f"Medians of {rounds} interleaved rounds; a first one is not counted. Ready is the first answer of "
        "`/ready`. Ratios are to the bare imports of the same block, in the same run.",
        columns=("What", "Seconds", "Range", "Ratio", "Memory, MB"),
        rows=rows,
        raw=figures,
    )


if __name__ == "__main__":
    main()
