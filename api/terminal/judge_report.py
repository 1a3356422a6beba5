"""The judge's report card in the terminal: the sentence and the figure first, tables below them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api import report_words as words
from api import terminal


def show_report(report: Mapping[str, Any], currency: str, *, everything: bool) -> None:
    """Print a report.

    Args:
        report: of ``graphs.judge_report.judge_report``.
        currency: of the installation.
        everything: also the confusion of levels, and where the judge disagrees in the part that may be tuned on.
    """
    terminal.say(f"{report['title']}: {words.judge(report)}", style=terminal.ACCENT)
    terminal.say(words.headline(report), style="bold")
    terminal.say(words.beyond_chance(report))
    for line in words.details(report):
        terminal.say(line)
    terminal.say()
    made = terminal.table(*words.CRITERION_COLUMNS, keep=(words.CRITERION_COLUMNS[0],))
    terminal.out().print(terminal.rows(made, words.criterion_rows(report)))
    terminal.say()
    made = terminal.table(*words.KIND_COLUMNS)
    terminal.out().print(terminal.rows(made, words.kind_rows(report)))
    if report["stress"] is not None:
        _stress(report)
    if everything:
        _everything(report)
    terminal.say()
    for line in (words.steadiness(report), words.cost(report, currency), words.took(report), words.caution(report)):
        terminal.say(line, style=terminal.QUIET)


def _stress(report: Mapping[str, Any]) -> None:
    terminal.say()
    terminal.say("Under stress", style="bold")
    for sentence in report["stress"]["sentences"]:
        terminal.say(sentence)
    made = terminal.table(*words.STRESS_COLUMNS, keep=(words.STRESS_COLUMNS[0],))
    terminal.out().print(terminal.rows(made, words.stress_rows(report)))
    terminal.say(words.stressed(report), style=terminal.QUIET)


def _everything(report: Mapping[str, Any]) -> None:
    for found in report["held"]["criteria"]:
        terminal.say()
        head, *lines = words.confusion(found)
        terminal.out().print(terminal.rows(terminal.table(*head, title=found["criterion"]), lines))
    terminal.say()
    terminal.say("Where it disagrees, on texts that may be tuned on", style="bold")
    for each in report["disagreements"]:
        said = each["judge"] or "no level"
        terminal.say(f"{each['text']}, {each['criterion']}: labelled {each['label']}, the judge says {said}.")
        terminal.say(f"  Label: {each['reason']}", style=terminal.QUIET)
        if each["rationale"]:
            terminal.say(f"  Judge: {each['rationale']}", style=terminal.QUIET)
