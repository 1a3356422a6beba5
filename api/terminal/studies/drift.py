"""What a study of drift found, in the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api import terminal
from api.figures import figure, plain, share
from api.judge_words import drift_told, part


def show(result: Mapping[str, Any], plan: Mapping[str, Any]) -> None:
    """Print the sentences, the figures behind them, and every anchor that moved."""
    first, *rest = drift_told(result)
    terminal.say(first, style="bold")
    for each in rest:
        terminal.say(each)
    lines = [("At people's level now", share(result["exact_now"], of=True))]
    if result["first"] is not None:
        lines += [
            ("At people's level then", share(result["exact_then"], of=True)),
            ("Only then, only now", f"{result['only_then']}, {result['only_now']} (McNemar p = {result['p']:.3f})"),
        ]
    against = "the first time" if result["first"] is not None else "people"
    lines.append((f"Mean difference from {against}", figure(result["mean"])))
    terminal.say()
    terminal.out().print(terminal.rows(terminal.table("Figure", "With interval of 95 %", keep=("Figure",)), lines))
    for each in result["changed"]:
        terminal.say(
            f"{part(each['what']).capitalize()}: {each['before'] or '–'} → {each['after'] or '–'}", style=terminal.QUIET
        )
    if result["moved"]:
        terminal.say()
        made = terminal.table("Text", "Criterion", "People", "Then", "Now")
        moved = [
            (
                each["title"],
                plain(each["criterion_id"]),
                *(plain(each[who] or "none") for who in ("people", "first", "now")),
            )
            for each in result["moved"]
        ]
        terminal.out().print(terminal.rows(made, moved))
