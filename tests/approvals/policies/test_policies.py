"""Every policy: its docstring's decision table, row by row, and what holds for all of them."""

from importlib import import_module

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.checkpoint import Decision, DecisionKind, RiskClass, Subject, SubjectKind, review_digest
from approvals.policies import Policy, State, policy_named, policy_names
from approvals.policies.policy import approvers_needed
from evidence.errors import InvalidInput

# A story is "kind:person" or "kind:person/role+role"; without roles, those of the policy.
STORIES = {
    "none": "",
    "one approval": "approve:ann",
    "the same person approving twice": "approve:ann approve:ann",
    "approvals of two different people": "approve:ann approve:bo",
    "approval by an author of the text": "approve:author",
    "approvals by an author and by somebody else": "approve:author approve:ann",
    "approval without the role": "approve:ann/learner approve:bo/admin+guardian",
    "request for changes": "request_changes:ann",
    "one approval, then a request for changes": "approve:ann request_changes:bo",
    "rejection": "reject:ann",
    "one approval, then a rejection": "approve:ann reject:bo",
    "approval with edits": "approve_with_edits:ann",
    "withdrawal": "withdraw:ann",
    "approval by a designer": "approve:ann/designer",
    "approval by a strategist": "approve:ann/strategist",
    "approvals by a designer and by a strategist": "approve:ann/designer approve:bo/strategist",
    "approvals by two designers": "approve:ann/designer approve:bo/designer",
    "approvals by two strategists": "approve:ann/strategist approve:bo/strategist",
    "approval by one person who is both": "approve:ann/designer+strategist",
    "one person who is both, approving twice": "approve:ann/designer+strategist approve:ann/designer+strategist",
    "approvals by one who is both and by a designer": "approve:ann/designer+strategist approve:bo/designer",
    "approvals by one who is both and by a strategist": "approve:ann/strategist approve:bo/designer+strategist",
    "approvals by an author and by a strategist": "approve:author/designer approve:bo/strategist",
    "approval by a designer, then a request for changes": "approve:ann/designer request_changes:bo/strategist",
}


def subject(outcome: str | None = "aligned", vetoes: tuple[str, ...] = (), risk: RiskClass | None = None) -> Subject:
    return Subject(
        kind=SubjectKind.SCENARIO,
        version_id="v",
        digest="d",
        authors=frozenset({"author"}),
        outcome=outcome,
        vetoes=vetoes,
        risk=risk,
    )


COLUMNS = {
    "no verdict": (subject(None),),
    "aligned": (subject(), subject(risk=RiskClass.HIGH)),
    "revise, or a veto": (subject("revise"), subject("aligned", ("respect",)), subject("revise", ("respect",))),
    "low": (subject(risk=RiskClass.LOW), subject(None, risk=RiskClass.LOW)),
    "low, against verdict": (subject("revise", risk=RiskClass.LOW), subject("aligned", ("x",), RiskClass.LOW)),
    "ordinary": (subject(risk=RiskClass.ORDINARY), subject("revise", risk=RiskClass.ORDINARY)),
    "high": (subject(risk=RiskClass.HIGH),),
    "unknown": (subject(), subject("revise")),
}


def told(story: str, policy: Policy) -> list[Decision]:
    found = []
    for entry in story.split():
        kind, _, rest = entry.partition(":")
        person, _, roles = rest.partition("/")
        held = frozenset(roles.split("+")) if roles else policy.roles
        found.append(Decision(person_id=person, kind=DecisionKind(kind), roles=held))
    return found


def table(name: str) -> list[tuple[str, str, str]]:
    """Every cell of the policy's docstring: decisions so far, column, state."""
    lines = [
        [cell.strip() for cell in line.strip("| ").split("|")]
        for line in (import_module(f"approvals.policies.{name}").__doc__ or "").splitlines()
        if line.startswith("|") and not line.startswith("|-")
    ]
    (first, *columns), *rows = lines
    assert first == "decisions so far"
    assert all(len(row) == len(columns) + 1 for row in rows)
    return [(row[0], column, cell) for row in rows for column, cell in zip(columns, row[1:], strict=True)]


CELLS = [(name, *cell) for name in policy_names() for cell in table(name)]


@pytest.mark.parametrize(("name", "so_far", "column", "expected"), CELLS)
def test_the_decision_table_in_the_docstring(name: str, so_far: str, column: str, expected: str) -> None:
    policy = policy_named(name)
    for of in COLUMNS[column]:
        ruling = policy.rule(of, told(STORIES[so_far], policy))
        assert ruling.state.value == {"changes": "changes_requested"}.get(expected, expected), of
        assert ruling.reasons


@pytest.mark.parametrize("name", policy_names())
def test_every_table_says_what_every_kind_of_decision_amounts_to(name: str) -> None:
    rows = {so_far for so_far, _, _ in table(name)}
    assert len(rows) * len({column for _, column, _ in table(name)}) == len(table(name))
    shown = {decision.kind for row in rows for decision in told(STORIES[row], policy_named(name))}
    assert "none" in rows
    assert shown == set(DecisionKind)


PEOPLE = st.sampled_from(["ann", "bo", "cy", "author"])
ROLES = st.frozensets(st.sampled_from(["designer", "strategist", "admin", "learner"]), max_size=3)
DECISIONS = st.lists(
    st.builds(Decision, person_id=PEOPLE, kind=st.sampled_from(DecisionKind), roles=ROLES, reason=st.just("")),
    max_size=6,
)
SUBJECTS = st.builds(
    subject,
    st.sampled_from([None, "aligned", "revise", "refer", "errored"]),
    st.sampled_from([(), ("respect",)]),
    st.none() | st.sampled_from(RiskClass),
)
NAMES = st.sampled_from(policy_names())


@given(NAMES, SUBJECTS)
def test_no_approver_means_no(name: str, of: Subject) -> None:
    assert policy_named(name).rule(of, []).state is State.PENDING


@given(NAMES, SUBJECTS, DECISIONS)
def test_without_an_approval_nothing_is_approved(name: str, of: Subject, made: list[Decision]) -> None:
    others = [each for each in made if each.kind is not DecisionKind.APPROVE]
    assert policy_named(name).rule(of, others).state is not State.APPROVED


@given(NAMES, SUBJECTS, DECISIONS)
def test_approved_means_enough_different_people_with_the_role_none_an_author(
    name: str, of: Subject, made: list[Decision]
) -> None:
    policy = policy_named(name)
    ruling = policy.rule(of, made)
    assert policy.rule(of, list(made)) == ruling
    if ruling.state is not State.APPROVED:
        return
    people = {each.person_id for each in made if each.roles & policy.roles} - of.authors
    assert len(people) >= (2 if of.outcome == "revise" or of.vetoes else 1)
    assert {each.kind for each in made} == {DecisionKind.APPROVE}
    assert of.outcome not in ("refer", "errored")
    assert of.risk in policy.risks or policy.risks == set(RiskClass)


@given(NAMES, SUBJECTS, DECISIONS)
def test_the_first_decision_that_is_no_plain_approval_ends_it(name: str, of: Subject, made: list[Decision]) -> None:
    other = next((each.kind for each in made if each.kind is not DecisionKind.APPROVE), None)
    state = policy_named(name).rule(of, made).state
    if other is None:
        assert state in (State.PENDING, State.APPROVED)
    else:
        assert (
            state
            is {
                DecisionKind.APPROVE_WITH_EDITS: State.EDITED,
                DecisionKind.REQUEST_CHANGES: State.CHANGES_REQUESTED,
                DecisionKind.REJECT: State.REJECTED,
                DecisionKind.WITHDRAW: State.WITHDRAWN,
            }[other]
        )


@given(NAMES, st.lists(PEOPLE, max_size=5), SUBJECTS)
def test_approvals_without_the_role_count_for_nothing(name: str, people: list[str], of: Subject) -> None:
    made = [Decision(person_id=person, kind=DecisionKind.APPROVE, roles=frozenset({"learner"})) for person in people]
    assert policy_named(name).rule(of, made).state is State.PENDING


def test_a_low_risk_policy_says_why_it_waits() -> None:
    policy = policy_named("low_risk_batch")
    for risk, word in ((None, "not known"), (RiskClass.HIGH, "high")):
        assert word in policy.rule(subject(risk=risk), told("approve:ann", policy)).reasons[0]


def test_one_of_each_says_who_is_missing() -> None:
    policy = policy_named("designer_and_strategist")
    assert policy.rule(subject(), told("approve:ann/designer", policy)).reasons == ("not yet approved by a strategist",)
    assert "somebody else" in policy.rule(subject(), told("approve:ann/designer+strategist", policy)).reasons[0]


def test_a_veto_or_revise_needs_two_people_at_least() -> None:
    assert approvers_needed(subject(), 1) == 1
    assert approvers_needed(subject("revise"), 1) == 2
    assert approvers_needed(subject("aligned", ("x",)), 1) == 2
    assert approvers_needed(subject("revise"), 3) == 3


def test_every_policy_is_named_after_its_file_and_says_for_whom_and_what_it_is() -> None:
    assert len(policy_names()) >= 5
    for name in policy_names():
        policy = policy_named(name)
        assert policy.name == name
        assert policy.version >= 1
        assert policy.roles
        assert policy.risks


def test_an_unknown_policy_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InvalidInput, match="two_person"):
        policy_named("nobody")


def test_the_review_digest_covers_content_verdict_and_policy() -> None:
    digests = {
        review_digest(content, verdict, policy)
        for content in ("a", "b")
        for verdict in (None, "v", "w")
        for policy in ("one_reviewer 1", "one_reviewer 2")
    }
    assert len(digests) == 12
