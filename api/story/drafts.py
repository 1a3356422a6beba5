"""One brief, three drafts: which sentences all drafts share, and which a strategy made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.text import Text

from api import terminal
from evidence.locate import fold
from evidence.sentences import sentences
from practice.scenario import Scenario
from practice.variation import render

MOST_LINES = 3  # of the example lines
WIDE = 132  # columns from which the drafts stand beside each other


def compared(drafts: Mapping[str, Scenario]) -> dict[str, list[tuple[str, list[tuple[str, bool]]]]]:
    """What a learner is to practise in each draft, sentence by sentence.

    Returns:
        Per draft: (part, [(sentence, also in another draft)]).
    """
    parts = {name: _parts(render(scenario)) for name, scenario in drafts.items()}
    cut = {
        name: [(part, [text[start:end] for start, end in sentences(text)]) for part, text in found]
        for name, found in parts.items()
    }
    seen = Counter(
        key for found in cut.values() for key in {fold(each).text.strip() for _, lines in found for each in lines}
    )
    return {
        name: [(part, [(each, seen[fold(each).text.strip()] > 1) for each in lines]) for part, lines in found]
        for name, found in cut.items()
    }


def side_by_side(drafts: Mapping[str, Scenario], width: int) -> RenderableType:
    """The drafts as panels; shared sentences are dimmed and marked ``·``, a draft's own are marked ``▸``."""
    panels = []
    for name, parts in compared(drafts).items():
        own = sum(not shared for _, lines in parts for _, shared in lines)
        total = sum(len(lines) for _, lines in parts)
        body = Text()
        for part, lines in parts:
            body.append(f"{part}\n", style=f"bold {terminal.ACCENT}")
            for sentence, shared in lines:
                body.append("· " if shared else "▸ ", style=terminal.QUIET if shared else terminal.GOOD)
                body.append(f"{' '.join(sentence.split())}\n", style=terminal.QUIET if shared else "")
        body.rstrip()
        head = Text(f"{name}: {own} of {total} sentences are its own", style="bold")
        panels.append(Panel(body, title=head, title_align="left", width=(width - 2) // 3 if width >= WIDE else width))
    return Columns(panels) if width >= WIDE else Group(*panels)


def _parts(scenario: Scenario) -> list[tuple[str, str]]:
    return [
        ("The learner's goal", scenario.learner_goal),
        ("Practised", "\n\n".join(objective.text for objective in scenario.objectives)),
        ("First words of the other person", scenario.opening_line),
        ("Example lines", "\n\n".join(scenario.exemplars[:MOST_LINES])),
    ]
