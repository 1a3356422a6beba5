from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategy.charter import Charter, Clause, ClauseKind, Source
from strategy.criteria import AbstainPolicy, CriteriaSet, Criterion, Level
from strategy.versions import compare_charters, compare_criteria, is_judged

LEVELS = (Level(key="no", anchor="No.", value=0, needs_evidence=False), Level(key="yes", anchor="Yes.", value=1))
CHARTER = Charter(
    title="How we work",
    company="Halvorsen Marine",
    clauses=tuple(Clause(id=each, kind=ClauseKind.VALUE, text=f"{each} matters.") for each in ("A", "B", "C")),
)
CRITERIA = CriteriaSet(
    title="T",
    criteria=(
        Criterion(id="one", clause_ids=("A",), question="How far?", levels=LEVELS),
        Criterion(id="two", clause_ids=("B",), question="How well?", levels=LEVELS),
    ),
)


def changed(criterion: int = 0, **values: Any) -> CriteriaSet:
    members = list(CRITERIA.criteria)
    members[criterion] = members[criterion].model_copy(update=values)
    return CRITERIA.model_copy(update={"criteria": tuple(members)})


def test_a_version_is_the_same_as_itself() -> None:
    assert compare_charters(CHARTER, CHARTER, CRITERIA).same
    assert compare_criteria(CRITERIA, CRITERIA).same


@pytest.mark.parametrize(
    ("values", "judged"),
    [
        ({"weight": 2.0}, False),
        ({"min_level": "yes"}, False),
        ({"veto_below": "yes"}, False),
        ({"abstain_policy": AbstainPolicy.IGNORE}, False),
        ({"question": "How far, really?"}, True),
        ({"levels": (LEVELS[0], LEVELS[1].model_copy(update={"anchor": "Yes, often."}))}, True),
        ({"clause_ids": ("A", "B")}, True),
        ({"allow_abstain": False}, True),
    ],
)
def test_only_the_judged_half_asks_the_judge_anew(values: dict[str, Any], judged: bool) -> None:
    found = compare_criteria(CRITERIA, changed(**values))
    [part] = found.changed
    assert (part.id, part.judged) == ("one", judged)
    assert part.differences
    assert found.judges_anew == (("one",) if judged else ())
    assert (found.added, found.removed, found.moved, found.whole) == ((), (), (), ())
    assert found.arithmetic == (() if judged else ("one",))


def test_words_are_compared() -> None:
    [part] = compare_criteria(CRITERIA, changed(question="How very far?")).changed
    [difference] = part.differences
    assert difference.field == "question"
    assert ("insert", "very ") in difference.words


def test_what_came_went_and_moved_and_the_thresholds() -> None:
    third = Criterion(id="three", clause_ids=("C",), question="Is it?", levels=LEVELS)
    after = CRITERIA.model_copy(update={"criteria": (CRITERIA.criteria[1], third), "pass_threshold": 0.8})
    found = compare_criteria(CRITERIA, after)
    assert (found.added, found.removed, found.judges_anew) == (("three",), ("one",), ("three",))
    assert [each.field for each in found.whole] == ["pass_threshold"]
    swapped = CRITERIA.model_copy(update={"criteria": CRITERIA.criteria[::-1]})
    assert compare_criteria(CRITERIA, swapped).moved == ("two",)
    assert compare_criteria(CRITERIA, swapped).changed == ()


def test_a_clause_that_changed_or_went_has_its_criteria_judged_anew() -> None:
    reworded = CHARTER.clauses[0].model_copy(update={"text": "A matters most."})
    after = CHARTER.model_copy(update={"clauses": (reworded, CHARTER.clauses[2])})
    found = compare_charters(CHARTER, after, CRITERIA)
    assert [each.id for each in found.changed] == ["A"]
    assert found.removed == ("B",)
    assert found.judges_anew == ("one", "two")


def test_where_a_clause_was_found_is_no_difference() -> None:
    found = CHARTER.clauses[0].model_copy(update={"source": Source(document="d", start=0, end=2, quote="A ")})
    after = CHARTER.model_copy(update={"clauses": (found, *CHARTER.clauses[1:])})
    assert compare_charters(CHARTER, after).same


def test_one_more_rung_does_not_shift_the_others() -> None:
    middle = Level(key="partly", anchor="Partly.", value=0.5)
    [part] = compare_criteria(CRITERIA, changed(levels=(LEVELS[0], middle, LEVELS[1]))).changed
    assert {each.field.rpartition(".")[0] for each in part.differences} == {"levels.partly"}
    assert all(is_judged(each.field) for each in part.differences)
    assert not is_judged("weight")


def test_a_list_is_compared_as_words() -> None:
    [part] = compare_criteria(CRITERIA, changed(clause_ids=("B", "A"))).changed
    [difference] = part.differences
    assert (difference.field, difference.before, difference.after) == ("clause_ids", "A", "B, A")


@given(st.permutations("ABCDEFG"))
def test_what_moved_explains_the_new_order_and_no_smaller_set_would(order: list[str]) -> None:
    def charter(ids: list[str]) -> Charter:
        clauses = tuple(Clause(id=each, kind=ClauseKind.VALUE, text=f"{each} matters.") for each in ids)
        return CHARTER.model_copy(update={"clauses": clauses})

    found = compare_charters(charter(list("ABCDEFG")), charter(order))
    kept = [each for each in order if each not in found.moved]
    assert kept == sorted(kept)
    subsets = (set(each) for size in range(len(found.moved)) for each in combinations(order, size))
    for smaller in subsets:
        rest = [each for each in order if each not in smaller]
        assert rest != sorted(rest)
