from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from agents.conformance.registry import PROBES
from agents.conformance.report import Outcome
from agents.conformance.wording import finding, questions, sample, small


def test_every_probe_has_a_question() -> None:
    assert questions().keys() == {probe.name for probe in PROBES}
    assert all(question.endswith("?") for question in questions().values())


@given(st.integers(1, 500))
def test_what_samples_leave_open_is_the_exact_bound(n: int) -> None:
    told = re.search(r"up to (\d+) of 100", small(n))
    assert told
    share = int(told[1]) / 100
    assert (1 - share) ** n >= 0.05 > (1 - share - 0.01) ** n


def test_samples_with_a_remark_come_first_and_long_ones_are_shortened() -> None:
    samples = [sample("a", "x" * 5000), *(sample(str(i), "fine") for i in range(8)), sample("b", "wrong", "why")]
    found = finding("usage", Outcome.WEAK, "none", samples)
    assert found.samples[0].remark == "why"
    assert len(found.samples) == 6
    assert len(found.samples[1].replied) < 700
    assert found.samples[1].replied.endswith("…")
