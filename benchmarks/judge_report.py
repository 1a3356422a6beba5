"""The judge's report card of the offline judge on both example companies, and the README's figures.

Run ``python -m benchmarks.judge_report``: what ``conductor judge report`` tells, as ``results/judge_report.{json,md}``.
``--readme`` writes the README's figures from the kept result, and measures nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from agents.build import EnsembleSettings, build_ensemble
from api import report_words as words
from api.figures import figure, number, share
from examples import COMPANIES
from graphs.judge_report import example_subject, judge_report

ROOT = Path(__file__).parent.parent
RESULTS = Path(__file__).parent / "results"
README = ROOT / "README.md"
BEGIN, END = "<!-- judge report: begin -->", "<!-- judge report: end -->"
CURRENCY = "EUR"


def main() -> None:
    """Measure and keep, or write the README's figures."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--readme", action="store_true", help="write the README's figures from the kept result")
    if arguments.parse_args().readme:
        README.write_text(with_figures(README.read_text(encoding="utf-8"), kept()), encoding="utf-8")
        return
    ensemble = build_ensemble(EnsembleSettings())
    reports = [asyncio.run(judge_report(ensemble, example_subject(company))) for company in COMPANIES]
    for each in reports:  # for reading after a run of one's own; too long to keep
        if each["stress"] is not None:
            each["stress"].pop("worst")
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "judge_report.json").write_text(
        json.dumps(reports, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    (RESULTS / "judge_report.md").write_text(as_markdown(reports), encoding="utf-8")
    print(as_markdown(reports))


def kept() -> list[dict[str, Any]]:
    """The reports as they were kept."""
    found: list[dict[str, Any]] = json.loads((RESULTS / "judge_report.json").read_text(encoding="utf-8"))
    return found


def with_figures(readme: str, reports: Sequence[Mapping[str, Any]]) -> str:
    """The README with the figures of these reports between its markers.

    Raises:
        ValueError: a marker is missing.
    """
    before, begin, rest = readme.partition(BEGIN)
    _figures, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the README needs the markers {BEGIN} and {END}")
    return f"{before}{begin}\n{for_readme(reports)}\n{end}{after}"


def for_readme(reports: Sequence[Mapping[str, Any]]) -> str:
    """The README's table: agreement with its baseline, and the four demands under stress."""
    lines = [
        "| Offline judge | " + " | ".join(_company(each) for each in reports) + " |",
        "|---|" + "---|" * len(reports),
        _line("Held-out texts: gave our level", [share(each["held"]["exact"], of=True) for each in reports]),
        _line("Held-out texts: left to a person", [_left(each) for each in reports]),
        _line("Held-out texts: agreement beyond chance (AC2)", [figure(each["held"]["ac2"]) for each in reports]),
        _line("Always saying the usual level would get", [_usual(each) for each in reports]),
    ]
    flips = [share(each["stress"]["pooled"]["flips_alone"], of=True) for each in reports]
    lines.append(_line("Under stress: level changed where it must not (P1 to P8)", flips))
    lines.append(
        _line("Under stress: evidence taken away (D1 to D3), levels that", [words.taken_away(each) for each in reports])
    )
    lines.append(_line("Under stress: talked up (P9, P10)", [_talked_up(each) for each in reports]))
    return "\n".join(lines)


def as_markdown(reports: Sequence[Mapping[str, Any]]) -> str:
    """The whole result, for reading."""
    lines = [
        "# The offline judge's report card",
        "",
        "Made by `python -m benchmarks.judge_report`; no figure is typed in.",
    ]
    for report in reports:
        lines += ["", f"## {report['title']}", "", f"**{words.headline(report)}**", "", words.beyond_chance(report)]
        lines += [f"\n{each}" for each in words.details(report)]
        lines += ["", *_table(words.CRITERION_COLUMNS, words.criterion_rows(report))]
        lines += ["", *_table(words.KIND_COLUMNS, words.kind_rows(report))]
        for found in report["held"]["criteria"]:
            head, *rows = words.confusion(found)
            lines += ["", f"`{found['criterion']}`", "", *_table(head, rows)]
        if report["stress"] is not None:
            lines += ["", "### Under stress", "", *[f"- {each}" for each in report["stress"]["sentences"]]]
            lines += ["", *_table(words.STRESS_COLUMNS, words.stress_rows(report)), "", words.stressed(report)]
        lines += ["", words.steadiness(report), words.cost(report, CURRENCY), words.took(report), words.caution(report)]
    return "\n".join(lines) + "\n"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [_line(*_split(head)), "|" + "---|" * len(head), *(_line(*_split(row)) for row in rows)]


def _split(row: Sequence[str]) -> tuple[str, Sequence[str]]:
    return row[0], row[1:]


def _line(first: str, rest: Sequence[str]) -> str:
    return "| " + " | ".join((first, *rest)) + " |"


def _company(report: Mapping[str, Any]) -> str:
    return str(report["company"]).capitalize()


def _left(report: Mapping[str, Any]) -> str:
    held = report["held"]
    return f"{held['abstained']} of {held['n'] + held['abstained']}"


def _usual(report: Mapping[str, Any]) -> str:
    usual = report["usual"]
    return f"{share(usual['exact'], of=True)}, AC2 {number(usual['ac2'])}"


def _talked_up(report: Mapping[str, Any]) -> str:
    found = report["stress"]["measured"]["rises"]
    return f"{round(found['estimate'] * found['n'])} of {found['n']}"


if __name__ == "__main__":
    main()
