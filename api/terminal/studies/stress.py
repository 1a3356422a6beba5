"""What a stress test of the judge found, in the terminal: the demands, the map, and the worst pairs side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from api import stress_words, terminal
from api.figures import plain, share

SHOWN = 5  # pairs side by side; the report has more
MOST_QUOTES = 2  # of one answer
LONGEST = 160  # characters of a rationale
_SHADES = ("green", "yellow", "yellow", "red", "bold red")
_MARKS = ("", "·", "!", "!!", "!!!")  # what a shade says where there is no colour
_GATES = {"holds": ("✓", terminal.GOOD), "fails": ("✗", terminal.BAD), "undecided": ("?", terminal.WARN)}
_STANDS = {"holds": terminal.GOOD, "fails": terminal.BAD, "provisional": terminal.WARN}
_WIDE = 110  # columns of a terminal that the whole map fits in
_NARROW = 7  # kinds of change in one part of it otherwise


def show(result: Mapping[str, Any], plan: Mapping[str, Any]) -> None:
    """Print the sentence, the demands, the map, the worst pairs, and what could not be tried."""
    terminal.say(stress_words.sentence(result), style=f"bold {_STANDS[result['standing']]}")
    terminal.say(f"{stress_words.scope(result)} {stress_words.cost(result)}")
    terminal.say()
    made = terminal.table("What is asked", "It", "Figure, 95 %", "Because", keep=("It",))
    lines = [
        (
            stress_words.DEMANDS[each["name"]],
            Text(f"{_GATES[each['gate']][0]} {stress_words.GATES[each['gate']]}", style=_GATES[each["gate"]][1]),
            share(each["figure"]),
            each["said"],
        )
        for each in result["demands"]
    ]
    terminal.out().print(terminal.rows(made, lines))
    if result["cells"]:
        terminal.say()
        for part in heat_map(stress_words.heat_map(result), terminal.out().width):
            terminal.out().print(part)
        terminal.say("Went wrong of how many. · up to 10 %, ! up to 25 %, !! up to 50 %, !!! more.", terminal.QUIET)
    for pair in result["worst"][:SHOWN]:
        terminal.say()
        terminal.out().print(side_by_side(pair))
    if len(result["worst"]) > SHOWN:
        terminal.say(f"The report (--html) shows {len(result['worst'])} pairs side by side.", terminal.QUIET)
    if result["untried"]:
        terminal.say("\nNot tried:", style=terminal.QUIET)
        for each in result["untried"]:
            where = "one case" if each["cases"] == 1 else f"{each['cases']} cases"
            terminal.say(f"  {stress_words.KINDS[each['perturbation']]}, {where}: {each['why']}", style=terminal.QUIET)


def heat_map(found: stress_words.HeatMap, width: int) -> list[Table]:
    """The map; in parts where the terminal is too narrow for all kinds of change at once."""
    step = len(found.columns) if width >= _WIDE else _NARROW
    return [_part(found, start, start + step) for start in range(0, len(found.columns), max(step, 1))]


def _part(found: stress_words.HeatMap, start: int, end: int) -> Table:
    made = terminal.table("Criterion", *(each.id for each in found.columns[start:end]), keep=("Criterion",))
    for column in made.columns[1:]:
        column.justify = "right"
        column.no_wrap = True
    lines = [
        (plain(row.criterion) if row.criterion else Text("All", style="bold"), *map(_cell, row.cells[start:end]))
        for row in (*found.rows, found.total)
    ]
    return terminal.rows(made, lines)


def _cell(cell: stress_words.Cell | None) -> Text:
    if cell is None:
        return Text("–", style=terminal.QUIET)
    return Text(f"{_MARKS[cell.shade]}{cell.wrong}/{cell.n}", style=_SHADES[cell.shade])


def side_by_side(pair: Mapping[str, Any]) -> RenderableType:
    """One pair: what was read and said before, beside what was read and said after."""
    title = (
        f"{pair['perturbation']} {stress_words.KINDS[pair['perturbation']]}: {plain(pair['criterion'])}, "
        f"{stress_words.moved(pair)} ({stress_words.MUST[pair['must']]})"
    )
    sides = Table(box=None, pad_edge=False, expand=True)
    for label in ("before", "after"):
        level = plain(pair[label]["level"] or "no level")
        sides.add_column(Text(f"{label}: {level}", style=terminal.ACCENT), ratio=1, overflow="fold")
    sides.add_row(*(_side(pair[label]) for label in ("before", "after")))
    return Group(Text(title, style="bold"), Text(_clean(pair["what"]), style=terminal.QUIET), sides)


def _side(side: Mapping[str, Any]) -> Text:
    lines = [Text(_clean(side["text"]))] if side["text"] else []
    lines += [Text(f"“{_clean(quote)}”", style=terminal.QUIET) for quote in side["quotes"][:MOST_QUOTES]]
    if side["rationale"]:
        lines.append(Text(_short(_clean(side["rationale"])), style="italic"))
    return Text("\n").join(lines)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST].rstrip()} …"


def _clean(text: str) -> str:
    """Without control characters: what a text or a model says, a terminal must not obey."""
    return "".join(char if char.isprintable() else " " for char in text)
