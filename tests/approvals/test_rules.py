from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.checkpoint import Comment, DecisionKind, Edit, Subject, SubjectKind
from approvals.people import Actor, Role
from approvals.policies import Policy, policy_named, policy_names
from approvals.rules import has_a_say, may_claim, may_decide, may_revoke, may_settle, may_withdraw
from approvals.subjects import kinds, rules_of
from evidence.errors import ConductorError, Conflict, InvalidInput, NotAllowed

KINDS = list(DecisionKind)
COMMENTS = (Comment(text="Please soften the opening."),)
EDITS = (Edit(field="opening_line", text="You wanted to see me, {name}?"),)


def subject(**changes: Any) -> Subject:
    base = Subject(
        kind=SubjectKind.SCENARIO, version_id="v1", digest="d" * 64, authors=frozenset({"author"}), outcome="aligned"
    )
    return base.model_copy(update=changes)


def role_of(policy: Policy) -> Role:
    return Role(min(policy.roles))


def refusal(policy: Policy, actor: Actor, kind: DecisionKind, of: Subject, **more: Any) -> type[ConductorError] | None:
    """The class of the refusal; what a kind of decision needs is given unless ``more`` says otherwise."""
    options: dict[str, Any] = {"reason": "because" if kind is DecisionKind.WITHDRAW else "", "comments": COMMENTS}
    options["edits"] = EDITS if kind is DecisionKind.APPROVE_WITH_EDITS else ()
    return refused(may_decide, actor, of, policy, kind, **options | more)


def refused(rule: Any, *args: Any, **options: Any) -> type[ConductorError] | None:
    try:
        rule(*args, **options)
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


def test_an_approval_with_edits_needs_edits_and_nothing_else_takes_any(policy: Policy) -> None:
    actor = Actor(person_id="p", roles=frozenset(Role))
    kind = DecisionKind.APPROVE_WITH_EDITS
    assert refusal(policy, actor, kind, subject(), edits=()) is InvalidInput
    assert refusal(policy, actor, kind, subject(), edits=EDITS * 2) is InvalidInput
    for other in set(DecisionKind) - {kind}:
        assert refusal(policy, actor, other, subject(), edits=EDITS) is InvalidInput


@pytest.mark.parametrize("outcome", [None, "aligned", "revise", "refer", "errored"])
def test_authors_may_edit_whatever_the_verdict_as_that_signs_nothing(policy: Policy, outcome: str | None) -> None:
    author = Actor(person_id="author", roles=frozenset({role_of(policy)}))
    assert refusal(policy, author, DecisionKind.APPROVE_WITH_EDITS, subject(outcome=outcome)) is None


def test_withdrawing_needs_a_reason_and_a_say_or_the_order(policy: Policy) -> None:
    colleague = Actor(person_id="p", roles=frozenset({role_of(policy)}))
    learner = Actor(person_id="l", roles=frozenset({Role.LEARNER}))
    nobody = Actor(person_id="n", roles=frozenset())
    options: dict[str, Any] = {"opened_for": "n", "reason": "Not needed any more.", "policy": policy}
    assert refused(may_withdraw, colleague, subject(), **options) is None
    assert refused(may_withdraw, nobody, subject(), **options) is None
    assert refused(may_withdraw, learner, subject(), **options) is NotAllowed
    assert refused(may_withdraw, colleague, subject(), **options | {"reason": " \n"}) is InvalidInput
    assert refused(may_withdraw, nobody, subject(), **options | {"opened_for": None}) is NotAllowed
    for actor in (colleague, nobody):
        token = actor.model_copy(update={"by_token": True})
        assert refused(may_withdraw, token, subject(), **options) is NotAllowed
    assert refusal(policy, colleague, DecisionKind.WITHDRAW, subject(), reason="") is InvalidInput


@pytest.mark.parametrize("kind", kinds())
def test_without_a_policy_whoever_reviews_the_kind_may_withdraw(kind: SubjectKind) -> None:
    for role in Role:
        expected = None if role.value in rules_of(kind).roles else NotAllowed
        actor = Actor(person_id="p", roles=frozenset({role}))
        assert refused(may_withdraw, actor, subject(kind=kind), opened_for=None, reason="because") is expected


@pytest.mark.parametrize("kind", kinds())
@pytest.mark.parametrize("role", list(Role))
def test_whoever_can_sign_a_kind_or_an_admin_may_revoke(kind: SubjectKind, role: Role) -> None:
    expected = None if role is Role.ADMIN or role.value in rules_of(kind).signers else NotAllowed
    actor = Actor(person_id="p", roles=frozenset({role}))
    assert refused(may_revoke, actor, kind, reason="A learner was hurt by it.") is expected
    assert refused(may_revoke, actor, kind, reason="  ") is (expected or InvalidInput)
    token = actor.model_copy(update={"by_token": True})
    assert refused(may_revoke, token, kind, reason="because") is NotAllowed


def test_a_claim_holds_until_it_expires(policy: Policy) -> None:
    actor = Actor(person_id="p", roles=frozenset({role_of(policy)}))
    for claimed_by, expired, expected in (
        (None, False, None),
        ("p", False, None),
        ("q", False, Conflict),
        ("q", True, None),
    ):
        assert refused(may_claim, actor, policy, claimed_by=claimed_by, claim_expired=expired) is expected
    for other in (actor.model_copy(update={"by_token": True}), Actor(person_id="p", roles=frozenset({Role.LEARNER}))):
        assert refused(may_claim, other, policy, claimed_by=None, claim_expired=False) is NotAllowed


def test_only_what_is_referred_is_settled_and_with_a_reason(policy: Policy) -> None:
    actor = Actor(person_id="author", roles=frozenset({role_of(policy)}))
    assert refused(may_settle, actor, subject(outcome="refer"), policy, reason="I read it so.") is None
    assert refused(may_settle, actor, subject(outcome="refer"), policy, reason="") is InvalidInput
    for outcome in (None, "aligned", "revise", "errored"):
        assert refused(may_settle, actor, subject(outcome=outcome), policy, reason="because") is Conflict
    token = actor.model_copy(update={"by_token": True})
    assert refused(may_settle, token, subject(outcome="refer"), policy, reason="because") is NotAllowed


ACTORS = st.builds(
    Actor,
    person_id=st.sampled_from(["author", "writer", "p"]),
    roles=st.frozensets(st.sampled_from(Role)),
    by_token=st.booleans(),
)
SUBJECTS = st.builds(
    subject,
    outcome=st.sampled_from([None, "aligned", "revise", "refer", "errored"]),
    vetoes=st.sampled_from([(), ("respect",)]),
)


@given(st.sampled_from(policy_names()), ACTORS, SUBJECTS, st.sampled_from(["", " ", "because"]))
def test_who_may_approve_is_no_token_no_author_holds_the_role_and_gives_the_reason_that_is_due(
    name: str, actor: Actor, of: Subject, reason: str
) -> None:
    policy = policy_named(name)
    allowed = refusal(policy, actor, DecisionKind.APPROVE, of, reason=reason, brief_writer="writer") is None
    against = of.outcome == "revise" or bool(of.vetoes)
    assert allowed is (
        not actor.by_token
        and bool({role.value for role in actor.roles} & policy.roles)
        and actor.person_id != "author"
        and (actor.person_id != "writer" or name != "two_person")
        and of.outcome not in ("refer", "errored")
        and (bool(reason.strip()) or not against)
    )


@given(st.sampled_from(policy_names()), ACTORS, SUBJECTS, st.sampled_from(KINDS))
def test_who_has_no_say_decides_nothing(name: str, actor: Actor, of: Subject, kind: DecisionKind) -> None:
    policy = policy_named(name)
    if refused(has_a_say, actor, policy) is NotAllowed:
        assert refusal(policy, actor, kind, of, reason="because") is NotAllowed
