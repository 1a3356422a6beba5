"""Agents at work: a line of progress per agent where a terminal can redraw, a line per event where it cannot."""

from __future__ import annotations

from collections import Counter
from types import TracebackType
from typing import TYPE_CHECKING, Any

from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.table import Column
from rich.text import Text

from api import terminal
from api.figures import plain
from api.judging_words import appealed, closer

if TYPE_CHECKING:
    from store.records import RunEvent


def told(event: RunEvent) -> str:
    """What happened, in a sentence."""
    detail = event.detail
    match event.event:
        case "ordered":
            return f"ordered: {detail['skill']}"
        case "drafted":
            asked = int(detail["changes_asked"])
            why = f", answering {asked} {'request' if asked == 1 else 'requests'}" if asked else ""
            return f"wrote version {detail['version']}, “{detail['title']}”{why}"
        case "judged":
            return f"judged {plain(detail['criterion'])}: {_counted(detail['levels'])}"
        case "scored":
            score = terminal.percent(detail["score"])
            return f"added it up: {detail['outcome']}, score {score}"
        case "sent back":
            return f"sent it back to the author: {'; '.join(detail['reasons'])}"
        case "waits for a person":
            return "stopped here: it waits for a person"
        case "stopped":
            return f"stopped: {detail['problem'].get('title', '')}. {detail['problem'].get('detail', '')}"
        case "judged again":
            asked = detail["because"] == "asked for"
            return "asked for a second judgement" if asked else f"has it judged again, because of {detail['because']}"
        case "settled":
            return f"settled {plain(detail['criterion'])}: {plain(detail['level'])}"
        case "asked the judge twice more":
            return closer(detail)
        case "appealed":
            return appealed(detail)
        case "in force":
            return f"put {detail['kind']} {detail['number']} in force"
        case other:
            return plain(other)


def _counted(levels: list[str]) -> str:
    """``plain ×2, set aside ×1``; a single answer needs no count."""
    counts = Counter("set aside" if level == "invalid" else plain(level) for level in levels)
    return ", ".join(level if len(levels) == 1 else f"{level} ×{count}" for level, count in counts.items())


def event_line(event: RunEvent, label: str = "") -> Text:
    """One event as a line."""
    who = Text(f"{event.agent:<10}", style=terminal.ACCENT)
    place = Text(f"{label:<8} " if label else "")
    by = Text(f"  ({event.player})", style=terminal.QUIET) if event.agent not in ("code", "person") else Text()
    return place + who + Text(told(event)) + by


class Board:
    """Progress of one or more runs, agent by agent. Use it as a context manager.

    Args:
        runs: label by run id; a single run needs none.
        criteria: how many criteria are judged per version.
    """

    def __init__(self, runs: dict[str, str], criteria: dict[str, int]) -> None:
        self._console = terminal.out()
        self._labels = runs
        self._criteria = criteria
        self._live = self._console.is_terminal and not self._console.is_dumb_terminal
        self._progress = Progress(
            TextColumn("{task.fields[who]}", style=terminal.ACCENT, table_column=Column(no_wrap=True)),
            BarColumn(bar_width=14),
            TextColumn(
                "{task.fields[said]}",
                markup=False,
                table_column=Column(no_wrap=True, overflow="ellipsis", ratio=1),
            ),
            console=self._console,
            expand=True,
        )
        self._tasks: dict[tuple[str, str], TaskID] = {}

    def __enter__(self) -> Board:
        if self._live:
            self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._progress.stop()

    def show(self, event: RunEvent) -> None:
        """Take one event of one of the runs."""
        label = self._labels.get(event.run_id, "")
        if not self._live:
            self._console.print(event_line(event, label), soft_wrap=True)
            return
        key = (event.run_id, event.agent)
        if key not in self._tasks:
            who = f"{label} {event.agent}".strip()
            self._tasks[key] = self._progress.add_task("", who=who, said="", total=1.0)
        task = self._tasks[key]
        self._progress.update(task, said=told(event), **self._position(event, task))

    def _position(self, event: RunEvent, task: TaskID) -> dict[str, Any]:
        if event.event == "judged":
            total = self._criteria.get(event.run_id, 1)
            done = self._progress.tasks[self._progress.task_ids.index(task)].completed
            return {"total": float(total), "completed": 1.0 if done >= total else done + 1.0}
        if event.event in ("sent back", "judged again"):
            return {"completed": 0.0}
        return {"completed": 1.0}
