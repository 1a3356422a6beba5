import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.checkpoint import Decision, DecisionKind, RiskClass, Subject, SubjectKind
from approvals.configuration import PolicyEntry, PolicyTable, check_fit
from approvals.policies import State, policy_named, policy_names
from approvals.subjects import kinds, rules_of
from evidence.errors import InvalidInput


def fits(kind: SubjectKind, risk: RiskClass, name: str) -> bool:
    try:
        check_fit(kind, risk, name)
    except InvalidInput:
        return False
    return True


CHOICES = [(kind, risk, name) for kind in kinds() for risk in RiskClass for name in policy_names()]
FITTING = [choice for choice in CHOICES if fits(*choice)]


@pytest.mark.parametrize("kind", kinds())
@pytest.mark.parametrize("risk", list(RiskClass))
def test_what_is_not_entered_falls_to_the_usual_policy(kind: SubjectKind, risk: RiskClass) -> None:
    assert PolicyTable().policy_for(kind, risk).name == rules_of(kind).usual[risk]
    assert PolicyTable.read({}) == PolicyTable()


def test_a_scenario_is_usually_signed_by_one_and_by_two_sides_where_much_is_at_stake() -> None:
    names = [PolicyTable().policy_for(SubjectKind.SCENARIO, risk).name for risk in RiskClass]
    assert names == ["low_risk_batch", "one_reviewer", "designer_and_strategist"]


@given(st.sets(st.sampled_from(FITTING), max_size=6))
def test_a_table_goes_out_and_comes_in_unchanged(chosen: set[tuple[SubjectKind, RiskClass, str]]) -> None:
    written: dict[str, dict[str, str]] = {}
    for kind, risk, name in sorted(chosen):
        written.setdefault(kind.value, {})[risk.value] = name
    table = PolicyTable.read(written)
    assert table.as_mapping() == written
    assert PolicyTable.read_json(table.as_json()).as_mapping() == written
    assert json.loads(table.as_json()) == written
    for kind in kinds():
        for risk in RiskClass:
            expected = written.get(kind.value, {}).get(risk.value, rules_of(kind).usual[risk])
            assert table.policy_for(kind, risk).name == expected


@pytest.mark.parametrize(
    ("table", "where", "said"),
    [
        ([], "policies", "kinds of subject"),
        ({"scenario": "two_person"}, "policies.scenario", "classes of risk"),
        ({"purpose": {"low": "two_person"}}, "policies.purpose", "charter, criteria"),
        ({"scenario": {"huge": "two_person"}}, "policies.scenario.huge", "low, ordinary, high"),
        ({"scenario": {"high": "three_person"}}, "policies.scenario.high", "two_person"),
        ({"scenario": {"high": None}}, "policies.scenario.high", "two_person"),
        ({"scenario": {"high": "low_risk_batch"}}, "policies.scenario.high", "low risk only"),
        ({"scenario": {"ordinary": "low_risk_batch"}}, "policies.scenario.ordinary", "low risk only"),
        ({"scenario": {"low": "second_strategist"}}, "policies.scenario.low", "reviewed by a designer"),
        ({"charter": {"high": "two_person"}}, "policies.charter.high", "reviewed by a strategist"),
        ({"criteria": {"low": "designer_and_strategist"}}, "policies.criteria.low", "reviewed by a strategist"),
    ],
)
def test_a_wrong_table_is_refused_with_the_place_and_what_would_do(table: Any, where: str, said: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        PolicyTable.read(table)
    assert refusal.value.where == where
    assert said in str(refusal.value)
    assert refusal.value.todo


@pytest.mark.parametrize("text", ["", "{", '{"scenario": {"low": "two_person",}}', "[1]", "null"])
def test_wrong_json_is_refused_as_input(text: str) -> None:
    with pytest.raises(InvalidInput):
        PolicyTable.read_json(text)


def test_a_table_made_past_its_reader_still_gives_out_no_policy_that_does_not_fit() -> None:
    entry = PolicyEntry(kind=SubjectKind.SCENARIO, risk=RiskClass.HIGH, policy="low_risk_batch")
    with pytest.raises(InvalidInput, match="low risk only"):
        PolicyTable(entries=(entry,)).policy_for(SubjectKind.SCENARIO, RiskClass.HIGH)


DECISIONS = st.lists(
    st.builds(
        Decision,
        person_id=st.sampled_from(["ann", "bo", "author"]),
        kind=st.just(DecisionKind.APPROVE),
        roles=st.frozensets(st.sampled_from(["designer", "strategist", "admin"])),
    ),
    max_size=4,
)


@given(st.sampled_from(FITTING), DECISIONS)
def test_under_any_policy_that_fits_the_kind_somebody_who_reviews_it_and_is_no_author_has_approved(
    choice: tuple[SubjectKind, RiskClass, str], made: list[Decision]
) -> None:
    kind, risk, name = choice
    of = Subject(kind=kind, version_id="v", digest="d", authors=frozenset({"author"}), risk=risk)
    if policy_named(name).rule(of, made).state is State.APPROVED:
        assert any(each.roles & rules_of(kind).roles and each.person_id != "author" for each in made)
