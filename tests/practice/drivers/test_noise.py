from __future__ import annotations

from collections import Counter
from random import Random

from practice.drivers.noise import MOST_ODDS, WITHIN, happens, noise, probability

REACH = range(-60, 61)


def test_no_outcome_is_more_than_half_again_as_likely_one_count_further() -> None:
    assert float(MOST_ODDS) == 1.5
    for value in REACH:
        assert 1 / MOST_ODDS <= probability(value) / probability(value + 1) <= MOST_ODDS


def test_the_probabilities_add_up_and_nine_of_ten_draws_are_near() -> None:
    assert abs(1 - float(sum(probability(value) for value in REACH))) < 1e-9
    assert float(sum(probability(value) for value in range(-WITHIN, WITHIN + 1))) > 0.9
    assert float(sum(probability(value) for value in range(1 - WITHIN, WITHIN))) < 0.9


def test_draws_follow_the_probabilities() -> None:
    source, draws = Random(7), 20_000
    seen = Counter(noise(source) for _ in range(draws))
    for value in range(-4, 5):
        expected = float(probability(value))
        assert abs(seen[value] / draws - expected) < 5 * (expected / draws) ** 0.5


def test_a_share_of_one_is_right_on_average() -> None:
    source = Random(3)
    assert abs(sum(happens(30, 100, source) for _ in range(10_000)) / 10_000 - 0.3) < 0.03
    assert not any(happens(0, 100, source) for _ in range(100))
    assert all(happens(100, 100, source) for _ in range(100))
