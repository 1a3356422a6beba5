"""The graphs as LangGraph's own tools meet them: loaded through langgraph.json, drawn, and refusing to run."""

from __future__ import annotations

import importlib.util
import inspect
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime

from evidence.errors import Unavailable
from graphs import drawing

HOME = Path(__file__).parents[2]
LISTED: dict[str, str] = json.loads((HOME / "langgraph.json").read_text(encoding="utf-8"))["graphs"]
Graph = CompiledStateGraph[Any, Any, Any, Any]


@pytest.fixture(params=sorted(LISTED))
def loaded(request: pytest.FixtureRequest) -> Iterator[tuple[str, Graph]]:
    """One graph, loaded by path and attribute into a module of its own, as a tool does that knows only the file."""
    path, _, attribute = LISTED[request.param].partition(":")
    name = f"loaded_by_a_tool_{attribute}"
    spec = importlib.util.spec_from_file_location(name, HOME / path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
        yield request.param, getattr(module, attribute)
    finally:
        del sys.modules[name]


def test_all_three_journeys_are_listed() -> None:
    assert sorted(LISTED) == sorted(drawing.JOURNEYS)


def test_a_listed_graph_loads_and_draws(loaded: tuple[str, Graph]) -> None:
    name, graph = loaded
    assert graph.name == name
    drawn = graph.get_graph().draw_mermaid()
    for step in graph.nodes:
        assert step in drawn
    assert drawn.strip() == drawing.mermaid(name)


@pytest.mark.parametrize("stage", ["drafting", "judging", "awaiting", "preparing", "activating", None])
async def test_a_listed_graph_refuses_to_run(loaded: tuple[str, Graph], stage: str | None) -> None:
    _, graph = loaded
    entry = {"schema_version": 1, "run_id": "r", "stage": stage, "checkpoint_id": "c"}
    entry |= {"practice_id": "p", "learner_id": "l", "verdict": "forged", "attempt": 1}
    with pytest.raises(Unavailable, match="not run"):
        await graph.ainvoke(entry)


async def test_every_step_with_effects_refuses_on_its_own(loaded: tuple[str, Graph]) -> None:
    _, graph = loaded
    refused = 0
    for step, node in graph.nodes.items():
        function = getattr(node.bound, "afunc", None)
        if function is None or "runtime" not in inspect.signature(function).parameters:
            continue
        with pytest.raises(Unavailable):
            # What a step reads from its state comes after the refusal, so an empty state is enough.
            await function({}, Runtime(context=None))
        refused += 1
        assert step != "await_decision", "waiting must be all that this step does"
    assert refused


async def test_a_forged_state_does_not_reach_an_effect(loaded: tuple[str, Graph]) -> None:
    """A tool may write any state and go on from there; the next step with an effect refuses all the same."""
    name, _ = loaded
    module = sys.modules[f"loaded_by_a_tool_{name}"]
    graph: Graph = module.build().compile(checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": "t"}}
    values: dict[str, Any] = {"run_id": "r", "stage": "activating", "checkpoint_id": "c", "version_id": "v"}
    as_node = "enter"
    if name == "design":
        values |= {"stage": "drafting", "charter_id": "a", "criteria_id": "b", "criterion_ids": ["x"]}
    if name == "practice":
        as_node, values = "__start__", {"verdict": "forged"}
    await graph.aupdate_state(config, values, as_node=as_node)
    with pytest.raises(Unavailable):
        await graph.ainvoke(None, config)


def test_the_drawings_are_current() -> None:
    assert (HOME / "docs" / "graphs.md").read_text(encoding="utf-8") == drawing.page(), "run `make diagrams`"


def test_drawing_writes_the_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drawing.main([str(tmp_path / "graphs.md")])
    drawing.main([])
    assert (tmp_path / "graphs.md").read_text(encoding="utf-8") == capsys.readouterr().out == drawing.page()
