from typing import Any

import pytest

from approvals.checkpoint import Comment, DecisionKind, Subject, SubjectKind
from approvals.people import Actor, Role
from approvals.policies import Policy, policy_named, policy_names
from approvals.rules import may_decide
from evidence.errors import ConductorError, Conflict, InvalidInput, NotAllowed

KINDS = list(DecisionKind)
COMMENTS = (Comment(text="Please soften the opening."),)


def subject(**changes: Any) -> Subject:
    base = Subject(
        kind=SubjectKind.SCENARIO, version_id="v1", digest="d" * 64, authors=frozenset({"author"}), outcome="aligned"
    )
    return base.model_copy(update=changes)


def role_of(policy: Policy) -> Role:
    return Role(min(policy.roles))


def refusal(policy: Policy, actor: Actor, kind: DecisionKind, of: Subject, **more: Any) -> type[ConductorError] | None:
    options: dict[str, Any] = {"reason": "", "comments": COMMENTS, **more}
    try:
        may_decide(actor, of, policy, kind, **options)
    except ConductorError as error:
        assert error.detail
        assert error.todo
        return type(error)
    return None


@pytest.fixture(params=policy_names())
def policy(request: pytest.FixtureRequest) -> Policy:
    return policy_named(request.param)


@pytest.mark.parametrize("kind", KINDS)
def test_a_colleague_with_the_role_may_decide(policy: Policy, kind: DecisionKind) -> None:
    actor = Actor(person_id="p", roles=frozenset({role_of(policy)}))
    assert refusal(policy, actor, kind, subject()) is None


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("outcome", [None, "aligned", "revise", "refer", "errored"])
def test_a_token_never_decides(policy: Policy, kind: DecisionKind, outcome: str | None) -> None:
    actor = Actor(person_id="p", roles=frozenset(Role), by_token=True)
    assert refusal(policy, actor, kind, subject(outcome=outcome), reason="because") is NotAllowed


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("role", list(Role))
def test_only_the_roles_of_the_policy_decide(policy: Policy, kind: DecisionKind, role: Role) -> None:
    expected = None if role.value in policy.roles else NotAllowed
    assert refusal(policy, Actor(person_id="p", roles=frozenset({role})), kind, subject()) is expected
    assert refusal(policy, Actor(person_id="p", roles=frozenset()), kind, subject()) is NotAllowed


def test_nobody_approves_their_own_text_but_may_send_it_back(policy: Policy) -> None:
    author = Actor(person_id="author", roles=frozenset(Role))
    assert refusal(policy, author, DecisionKind.APPROVE, subject()) is NotAllowed
    assert refusal(policy, author, DecisionKind.REQUEST_CHANGES, subject()) is None
    assert refusal(policy, author, DecisionKind.REJECT, subject()) is None


def test_the_writer_of_the_brief_signs_unless_the_policy_wants_two_people(policy: Policy) -> None:
    writer = Actor(person_id="writer", roles=frozenset(Role))
    expected = None if policy.brief_writer_may_sign else NotAllowed
    assert refusal(policy, writer, DecisionKind.APPROVE, subject(), brief_writer="writer") is expected
    assert refusal(policy, writer, DecisionKind.APPROVE, subject(), brief_writer="other") is None
    assert refusal(policy, writer, DecisionKind.REJECT, subject(), brief_writer="writer") is None
    assert policy.brief_writer_may_sign is (policy.name != "two_person")


def test_a_request_for_changes_says_what_should_change(policy: Policy) -> None:
    actor = Actor(person_id="p", roles=frozenset(Role))
    assert refusal(policy, actor, DecisionKind.REQUEST_CHANGES, subject(), comments=()) is InvalidInput
    with pytest.raises(ValueError, match="at least 1 character"):
        Comment(text="  \n ")


@pytest.mark.parametrize(
    ("outcome", "vetoes", "reason", "expected"),
    [
        (None, (), "", None),
        ("aligned", (), "", None),
        ("aligned", ("respect",), "", InvalidInput),
        ("aligned", ("respect",), "The quote is ironic.", None),
        ("revise", (), "", InvalidInput),
        ("revise", (), "  \n", InvalidInput),
        ("revise", ("respect",), "We need it on Monday.", None),
        ("refer", (), "because", Conflict),
        ("errored", (), "because", Conflict),
    ],
)
def test_what_the_verdict_asks_of_an_approval(
    policy: Policy, outcome: str | None, vetoes: tuple[str, ...], reason: str, expected: type[ConductorError] | None
) -> None:
    actor = Actor(person_id="p", roles=frozenset(Role))
    of = subject(outcome=outcome, vetoes=vetoes)
    assert refusal(policy, actor, DecisionKind.APPROVE, of, reason=reason) is expected
    assert refusal(policy, actor, DecisionKind.REJECT, of, reason="") is None
