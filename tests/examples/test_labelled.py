"""The example companies' labelled texts: whole, spread over the levels, and enough of them held out."""

from __future__ import annotations

from collections import Counter
from functools import cache

import pytest

from examples import COMPANIES
from graphs.judge_report import Subject, example_subject
from strategy.labelled import AUTHORED, PLAIN
from strategy.statistics.agreement import TOO_FEW

company = pytest.mark.parametrize("company", COMPANIES)


@cache
def subject(company: str) -> Subject:
    return example_subject(company)


@company
def test_there_are_enough_labels_and_enough_of_them_are_held_out(company: str) -> None:
    labelled = subject(company).labelled
    held = [text for text in labelled.texts if labelled.is_held_out(text)]
    assert len(labelled.texts) >= 25
    assert sum(len(text.labels) for text in held) >= TOO_FEW
    assert sum(len(text.labels) for text in labelled.texts if text not in held) >= TOO_FEW


@company
def test_the_labels_spread_over_every_level(company: str) -> None:
    found = subject(company)
    given = Counter(
        (criterion, label.level) for text in found.labelled.texts for criterion, label in text.labels.items()
    )
    for criterion in found.criteria.criteria:
        assert all(given[criterion.id, level.key] >= 2 for level in criterion.levels), criterion.id


@company
def test_traps_and_real_drafts_are_among_the_texts(company: str) -> None:
    kinds = Counter(text.kind for text in subject(company).labelled.texts)
    assert kinds[AUTHORED] >= 5
    assert {"right words, wrong behaviour", "other words", "negated", "wrong person"} <= set(kinds)
    assert kinds[PLAIN] >= 5


@company
def test_approved_paraphrases_are_at_hand_and_another_company_is(company: str) -> None:
    found = subject(company)
    assert found.paraphrases is not None
    assert len(found.paraphrases.pairs) >= 12
    assert found.other is not None
    assert found.other.name != found.charter.company
