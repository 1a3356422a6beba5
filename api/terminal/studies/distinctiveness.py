"""A comparison with generic drafts, in a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api import terminal
from api.portfolio_words import compared


def show(result: Mapping[str, Any], plan: Mapping[str, Any]) -> None:
    """Print what was found."""
    scenario = plan["scenario"]
    terminal.say(f"“{scenario['title']}”, version {scenario['number']}", style="bold")
    for sentence in compared(result):
        terminal.say(sentence)
    if result["passages"]:
        terminal.say("\nWhat everybody would write", style=terminal.ACCENT)
        for each in result["passages"]:
            terminal.say(f"  “{each['text']}” ({each['field']})")
            terminal.say(
                f"    a generic draft, {terminal.percent(each['alike'])} alike: “{each['generic']}”",
                style=terminal.QUIET,
            )
    made = terminal.table(
        "Criterion", "This text", "Generic", "Charter adds", title="What the charter adds", keep=("Criterion",)
    )
    lines = [
        (each["criterion_id"], _value(each["value"]), _value(each["generic"]), _value(each["lift"], "+.2f"))
        for each in result["lifts"]
    ]
    terminal.say()
    terminal.out().print(terminal.rows(made, lines))


def _value(value: float | None, form: str = ".2f") -> str:
    return "open" if value is None else f"{value:{form}}"
