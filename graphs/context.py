"""What nodes are given at run time. Without it a graph can be loaded and drawn, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from langgraph.runtime import Runtime

from agents.ensemble import Ensemble
from evidence.errors import Unavailable
from store.unit_of_work import Store


@dataclass(frozen=True)
class Context:
    """Repositories, players, and the epoch under which this process may write to the run."""

    store: Store
    ensemble: Ensemble
    epoch: int = 0


def context_of(runtime: Runtime[Context]) -> Context:
    """The context of a running node.

    Raises:
        Unavailable: the graph was loaded by a tool that has no repositories; it must not run around the checkpoints.
    """
    if not isinstance(runtime.context, Context):
        raise Unavailable(
            "This graph can be looked at here, not run: it has no repositories.",
            todo="Run it through Conductor, where its checkpoints are kept.",
        )
    return runtime.context
