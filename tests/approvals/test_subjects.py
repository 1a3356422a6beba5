import pytest

from approvals.checkpoint import RiskClass, SubjectKind
from approvals.configuration import check_fit
from approvals.people import Role
from approvals.subjects import kinds, rules_of
from evidence.errors import InvalidInput


def test_every_kind_has_exactly_one_entry() -> None:
    assert set(kinds()) == set(SubjectKind)
    assert len(kinds()) == len(set(kinds()))


@pytest.mark.parametrize("kind", kinds())
def test_an_entry_says_who_reviews_and_names_a_usual_policy_that_fits_every_risk(kind: SubjectKind) -> None:
    rules = rules_of(kind)
    assert rules is rules_of(kind.value)
    assert rules.kind is kind
    assert rules.label
    assert rules.roles
    assert not rules.roles & rules.joining
    assert rules.signers <= {role.value for role in Role}
    assert set(rules.usual) == set(RiskClass)
    for risk, policy in rules.usual.items():
        check_fit(kind, risk, policy)


@pytest.mark.parametrize("wrong", ["", "purpose", "SCENARIO"])
def test_an_unknown_kind_is_refused_with_the_known_ones(wrong: str) -> None:
    with pytest.raises(InvalidInput, match="charter, criteria"):
        rules_of(wrong)
