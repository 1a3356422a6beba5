"""inspect_ai: an eval log whose samples hold the judge's scores, scored again.

PYTHONPATH=CHECKOUT python -m benchmarks.strategy_desk.peers.with_inspect_ai ORDER.json ANSWER.json
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from inspect_ai import Task, eval, score
from inspect_ai.dataset import Sample
from inspect_ai.log import (
    EvalConfig,
    EvalDataset,
    EvalLog,
    EvalResults,
    EvalSample,
    EvalSpec,
    read_eval_log,
    recompute_metrics,
    write_eval_log,
)
from inspect_ai.log._log import EvalMetricDefinition, EvalScorer  # in every log, but not in the public module
from inspect_ai.model import ModelOutput, get_model
from inspect_ai.scorer import Metric, SampleScore, Score, Scorer, Target, includes, metric, model_graded_qa, scorer
from inspect_ai.solver import TaskState

from benchmarks.strategy_desk.measuring import measured, times_of
from benchmarks.strategy_desk.peers import OUTCOMES, Order, answer, goes_with, outcome_of, rescored, texts_of

RULES: dict[str, Any] = {}  # a metric in a log's header is made by its name alone


def signed(scores: list[SampleScore]) -> list[bool]:
    """Whether the designers signed each text."""
    return [(each.sample_metadata or {})["signed"] for each in scores]


@metric
def agreeing() -> Metric:
    """How many outcomes go with what the designers decided."""

    def of(scores: list[SampleScore]) -> float:
        outcomes = [(each.score.metadata or {})["outcome"] for each in scores]
        return float(sum(map(goes_with, outcomes, signed(scores))))

    return of


@metric
def agreeing_again() -> Metric:
    """The same from the levels in a score, under today's weights: one figure, and no outcome of any text."""

    def of(scores: list[SampleScore]) -> float:
        outcomes = [outcome_of((each.score.metadata or {})["counts"], RULES)[0] for each in scores]
        return float(sum(map(goes_with, outcomes, signed(scores))))

    return of


@scorer(metrics=[agreeing()])
def weighed() -> Scorer:
    """The outcome under today's weights, from the criteria's scores that are in the log."""

    async def of(state: TaskState, target: Target) -> Score:
        counts = {name: (given.metadata or {})["counts"] for name, given in (state.scores or {}).items()}
        outcome, points = outcome_of(counts, RULES)
        return Score(value=points, metadata={"outcome": outcome})

    return of


def log_of(order: Order, number: int, *, apart: bool) -> EvalLog:
    """A log with so many texts, and their criteria as scores ``apart`` or in one."""

    def scores(counts: Mapping[str, Mapping[str, int]]) -> dict[str, Score]:
        if not apart:
            return {"levels": Score(value=1.0, metadata={"counts": counts})}
        return {
            name: Score(value=max(said, key=lambda key: said[key]), metadata={"counts": said})
            for name, said in counts.items()
        }

    samples = [
        EvalSample(
            id=place,
            epoch=1,
            input=order["text"],
            target="",
            metadata={"signed": text["signed"]},
            scores=scores(text["counts"]),
        )
        for place, text in enumerate(texts_of(order, number))
    ]
    figure = EvalScorer(name="levels", metrics=[EvalMetricDefinition(name="agreeing_again", options={})])
    spec = EvalSpec(
        created="2026-11-01T09:00:00+00:00",
        task="decided",
        dataset=EvalDataset(name="decided", samples=number),
        model="mockllm/model",
        config=EvalConfig(),
        scorers=None if apart else [figure],
    )
    results = EvalResults(total_samples=number, completed_samples=number)
    return EvalLog(status="success", eval=spec, samples=samples, results=results)


def rescore(order: Order) -> list[dict[str, Any]]:
    """``score()`` with a scorer that reads the scores in the log, and ``recompute_metrics()`` for one figure."""
    RULES.update(order["rules"])

    def scored(log: EvalLog) -> EvalLog:
        # Into the log itself: a copy of everything, which is the default, takes longer.
        return score(log, weighed(), action="append", display="none", copy=False)

    def again(number: int) -> dict[str, Any]:
        log = log_of(order, number, apart=True)
        seconds, memory, new = measured(lambda: scored(log), 1)
        said = [each.scores["weighed"].metadata["outcome"] for each in new.samples]
        [total] = [each for each in new.results.scores if each.name == "weighed"]
        path = str(Path.cwd() / "decided.eval")
        write_eval_log(log_of(order, number, apart=True), path)
        from_file, memory_from_file, _ = measured(lambda: scored(read_eval_log(path)), 1)
        summed = log_of(order, number, apart=False)
        figure_seconds, _, _ = measured(lambda: recompute_metrics(summed), 1)
        assert summed.results is not None
        [figure] = [each for each in summed.results.scores if each.name == "levels"]
        return {
            "seconds": seconds,
            "from_file_seconds": from_file,
            "figure_seconds": figure_seconds,
            "memory_mb": memory,
            "from_file_memory_mb": memory_from_file,
            "outcomes": {each: said.count(each) for each in OUTCOMES},
            "agreeing": int(total.metrics["agreeing"].value),
            "figure": int(figure.metrics["agreeing_again"].value),
        }

    again(10)  # what is loaded the first time is not measured
    return rescored(order, again)


def judge(order: Order) -> dict[str, list[float]]:
    """One text, and one ``model_graded_qa`` for each criterion."""
    grader = get_model("openai/scripted", base_url=order["url"], api_key="none", responses_api=False)
    written = get_model("mockllm/model", custom_outputs=[ModelOutput.from_content("mockllm/model", order["text"])])
    task = Task(dataset=[Sample(input="brief", target="")], scorer=includes())
    [log] = eval(task, model=written, display="none", log_dir=str(Path.cwd()))
    found: dict[str, list[float]] = {}
    for number in order["numbers"]:
        scorers = [
            model_graded_qa(
                template="{question}\n\n{answer}\n\n{criterion}\n\n{instructions}",
                instructions=f"{each} Answer with the line GRADE: C or GRADE: I.",
                model=grader,
            )
            for each in order["criteria"][:number]
        ]

        def once(scorers: list[Scorer] = scorers) -> None:
            new = score(log, scorers, action="overwrite", display="none")
            assert new.samples is not None
            given = new.samples[0].scores or {}
            assert [each.value for each in given.values()] == ["C"] * len(scorers), given

        found[str(number)] = times_of(once, order["times"], warm_up=not found)
    return found


if __name__ == "__main__":
    answer("inspect-ai", {"rescore": rescore, "judge": judge}, sys.argv[1:])
