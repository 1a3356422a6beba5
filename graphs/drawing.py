"""Drawings of the three graphs, made from the graphs themselves: ``python -m graphs.drawing docs/graphs.md``."""

from __future__ import annotations

import inspect
import sys
from importlib import import_module
from pathlib import Path

JOURNEYS = ("design", "practice", "tuning")

_OPENING = """\
# The three journeys, drawn

`make diagrams` makes this page from the compiled graphs; a test fails while it is out of date. Dotted lines are
conditional: the graph looks at where the work stands and goes there.
"""


def mermaid(name: str) -> str:
    """One journey as Mermaid text; nothing is asked of any server."""
    drawn: str = getattr(import_module(f"graphs.{name}"), name).get_graph().draw_mermaid()
    return drawn.strip()


def page() -> str:
    """The whole page as Markdown: what each journey is for, its drawing, and what each step does."""
    return "\n".join([_OPENING, *(_section(name) for name in JOURNEYS)])


def _section(name: str) -> str:
    module = import_module(f"graphs.{name}")
    graph = getattr(module, name)
    steps = []
    for step, node in graph.nodes.items():
        if not step.startswith("__"):
            function = getattr(node.bound, "afunc", None) or node.bound.func
            steps.append(f"- **{step}**: {_text(function)}")
    about = inspect.cleandoc(module.__doc__ or "")
    return f"## {name}\n\n{about}\n\n```mermaid\n{mermaid(name)}\n```\n\n" + "\n".join(steps) + "\n"


def _text(function: object) -> str:
    return (inspect.getdoc(function) or "").split("\n\n")[0].replace("\n", " ")


def main(arguments: list[str]) -> None:
    """Write the page to the named file, or to standard output."""
    if arguments:
        Path(arguments[0]).write_text(page(), encoding="utf-8")
    else:
        sys.stdout.write(page())


if __name__ == "__main__":
    main(sys.argv[1:])
