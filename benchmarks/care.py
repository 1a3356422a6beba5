"""How often a learner's disclosure stops the scene, and how often ordinary hard talk is kept from the persona.

Run ``python -m benchmarks.care``. The lines are in ``tests/practice/data``, all written for this project. The rules
were written beside the ``disclosures`` and read their misses there; the ``held`` ones were written after, and no
rule was changed because of them. So the held figure is the one to expect of other people's words, at best: patterns
recognise what somebody thought of. That is why the company's human contacts must be easy to find without them.

Hard talk is what people come to practise: salary, dismissal, conflict, swearing, and harassment or violence that
happened to somebody else. Blocked is everything that the persona does not get to hear or answers with a line.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from practice.guard import Kind, guard

DATA = Path(__file__).parents[1] / "tests" / "practice" / "data"
RESULTS = Path(__file__).parent / "results"
SETS = ("disclosures", "disclosures.held", "hard_talk")


def measure() -> dict[str, Any]:
    """Per language and set: how many lines, and how many of them stopped the scene or were blocked."""
    found: dict[str, Any] = {}
    for path in sorted(DATA.glob("hard_talk.*.txt")):
        language = path.suffixes[-2].removeprefix(".")
        for name in SETS:
            lines = [line for line in _lines(DATA / f"{name}.{language}.txt") if not line.startswith("#")]
            kinds = [guard(line, language=language).kind for line in lines]
            hit = sum(kind is not Kind.OK if name == "hard_talk" else kind is Kind.DISTRESS for kind in kinds)
            found.setdefault(language, {})[name] = {
                "lines": len(lines),
                "hit": hit,
                "share": round(hit / len(lines), 3),
            }
    return found


def _lines(path: Path) -> list[str]:
    return [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _cells(results: dict[str, Any]) -> list[list[str]]:
    return [
        [language, *(f"{of[name]['hit']} of {of[name]['lines']} ({of[name]['share']:.1%})" for name in SETS)]
        for language, of in results.items()
    ]


HEADINGS = ("language", "disclosures recognised", "held disclosures recognised", "hard talk blocked")


def markdown(results: dict[str, Any]) -> str:
    """The table, with this module's own account of it."""
    told = [each.replace("\n", " ").replace("``", "`").strip() for each in (__doc__ or "").split("\n\n")[1:]]
    head = [f"| {' | '.join(HEADINGS)} |", "|---|---:|---:|---:|"]
    rows = [f"| {' | '.join(cells)} |" for cells in _cells(results)]
    return "\n\n".join(["# Care", *told, "\n".join([*head, *rows])]) + "\n"


def main() -> None:
    """Measure, print, and store."""
    results = measure()
    table = Table(*HEADINGS)
    for cells in _cells(results):
        table.add_row(*cells)
    Console().print(table)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "care.json").write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    (RESULTS / "care.md").write_text(markdown(results), encoding="utf-8")


if __name__ == "__main__":
    main()
