"""deepeval: test cases that carry what the judge said, evaluated again by a metric of one's own.

PYTHONPATH=CHECKOUT python -m benchmarks.strategy_desk.peers.with_deepeval ORDER.json ANSWER.json
"""

from __future__ import annotations

import contextlib
import io
import sys
from typing import Any

from deepeval import evaluate
from deepeval.evaluate.configs import AsyncConfig, CacheConfig, DisplayConfig
from deepeval.metrics import BaseMetric, GEval
from deepeval.models import GPTModel
from deepeval.test_case import LLMTestCase, SingleTurnParams

from benchmarks.strategy_desk.measuring import measured, times_of
from benchmarks.strategy_desk.peers import OUTCOMES, Order, answer, outcome_of, rescored, texts_of

SILENT = DisplayConfig(show_indicator=False, print_results=False, inspect_after_run=False)


class Weighed(BaseMetric):  # type: ignore[misc]
    """The outcome under today's weights, from counts that were put beside the test case."""

    def __init__(self, rules: dict[str, Any]) -> None:
        self.rules = rules
        self.threshold = rules["pass_threshold"]
        self.async_mode = False

    def measure(self, test_case: LLMTestCase, *args: Any, **kwargs: Any) -> float:
        """Score one test case."""
        self.reason, self.score = outcome_of(test_case.metadata["counts"], self.rules)
        self.success = self.reason == "aligned"
        return float(self.score)

    async def a_measure(self, test_case: LLMTestCase, *args: Any, **kwargs: Any) -> float:
        """The same."""
        return self.measure(test_case)

    def is_successful(self) -> bool:
        """Whether it passed."""
        return bool(self.success)

    @property
    def __name__(self) -> str:
        return "Weighed"


def evaluated(cases: list[LLMTestCase], metrics: list[BaseMetric], *, at_once: int) -> Any:
    """Evaluate without a word."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return evaluate(
            test_cases=cases,
            metrics=metrics,
            async_config=AsyncConfig(run_async=at_once > 1, max_concurrent=at_once),
            display_config=SILENT,
            cache_config=CacheConfig(write_cache=False, use_cache=False),
        )


def rescore(order: Order) -> list[dict[str, Any]]:
    """``evaluate()`` over counts that somebody kept."""

    def again(number: int) -> dict[str, Any]:
        cases = [
            LLMTestCase(input="brief", actual_output=order["text"], metadata=dict(text))
            for text in texts_of(order, number)
        ]
        seconds, memory, given = measured(lambda: evaluated(cases, [Weighed(order["rules"])], at_once=1), 1)
        said = [each.metrics_data[0].reason for each in given.test_results]
        return {
            "seconds": seconds,
            "memory_mb": memory,
            "outcomes": {each: said.count(each) for each in OUTCOMES},
        }

    again(10)  # what is loaded the first time is not measured
    return rescored(order, again)


def judge(order: Order) -> dict[str, list[float]]:
    """One test case, and one ``GEval`` with given steps for each criterion."""
    found: dict[str, list[float]] = {}
    for number in order["numbers"]:

        def once(number: int = number) -> None:
            model = GPTModel(model="gpt-4.1", base_url=order["url"], api_key="none")
            metrics = [
                GEval(
                    name=f"criterion {place}",
                    evaluation_steps=[each],
                    evaluation_params=[SingleTurnParams.ACTUAL_OUTPUT],
                    model=model,
                )
                for place, each in enumerate(order["criteria"][:number])
            ]
            given = evaluated(
                [LLMTestCase(input="brief", actual_output=order["text"])], metrics, at_once=order["at_once"]
            )
            said = [each.score for each in given.test_results[0].metrics_data]
            assert len(said) == number, said
            assert None not in said, said

        found[str(number)] = times_of(once, order["times"], warm_up=not found)
    return found


if __name__ == "__main__":
    answer("deepeval", {"rescore": rescore, "judge": judge}, sys.argv[1:])
