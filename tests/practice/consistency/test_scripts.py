from __future__ import annotations

import pytest

from practice.consistency import SCRIPTS, Learner
from practice.guard import guard
from practice.phrases import load
from tests.practice.scenarios import OVERLOAD
from tests.practice.together import TOGETHER


@pytest.mark.parametrize("language", ["en", "de", "fr", "es"])
@pytest.mark.parametrize("manner", SCRIPTS)
def test_every_line_can_be_said_and_nobody_takes_leave(manner: str, language: str) -> None:
    scenario = TOGETHER.model_copy(update={"language": language})
    said = [Learner(manner, 1).says(scenario, turn) for turn in range(1, 41)]
    for line in said:
        assert "<" not in line
        assert guard(line, language=language).goes_on, line
        assert not load(language).is_farewell(line), line
    assert len(set(said)) >= 6


def test_the_same_learner_says_the_same_and_another_seed_another_order() -> None:
    first, again, other = ([Learner("curious", seed).says(OVERLOAD, t) for t in range(1, 12)] for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_every_line_comes_before_any_comes_again() -> None:
    lines = [Learner("wandering", 3).says(OVERLOAD.model_copy(update={"language": "fr"}), turn) for turn in range(1, 7)]
    assert len(set(lines)) == 6
