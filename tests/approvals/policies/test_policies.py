import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.checkpoint import Decision, DecisionKind, Subject, SubjectKind, review_digest
from approvals.policies import Policy, State, policy_named, policy_names
from approvals.policies.policy import approvers_needed
from evidence.errors import InvalidInput

SHORT = {"a": DecisionKind.APPROVE, "c": DecisionKind.REQUEST_CHANGES, "r": DecisionKind.REJECT}


def decisions(story: str, policy: Policy) -> list[Decision]:
    """``"a:ann c:bo"``: Ann approved, then Bo requested changes."""
    pairs = (entry.split(":") for entry in story.split())
    return [Decision(person_id=person, kind=SHORT[kind], roles=policy.roles) for kind, person in pairs]


def subject(outcome: str | None = "aligned", vetoes: tuple[str, ...] = ()) -> Subject:
    return Subject(
        kind=SubjectKind.SCENARIO,
        version_id="v",
        digest="d",
        authors=frozenset({"author"}),
        outcome=outcome,
        vetoes=vetoes,
    )


TABLE = [
    # decisions, one_reviewer, one_reviewer against the verdict, two_person, second_strategist
    ("", "pending", "pending", "pending", "pending"),
    ("a:ann", "approved", "pending", "pending", "approved"),
    ("a:ann a:ann", "approved", "pending", "pending", "approved"),
    ("a:ann a:bo", "approved", "approved", "approved", "approved"),
    ("a:author", "pending", "pending", "pending", "pending"),
    ("a:author a:ann", "approved", "pending", "pending", "approved"),
    ("c:ann", "changes_requested", "changes_requested", "changes_requested", "changes_requested"),
    ("c:author", "changes_requested", "changes_requested", "changes_requested", "changes_requested"),
    ("r:ann", "rejected", "rejected", "rejected", "rejected"),
    ("a:ann r:bo", "rejected", "rejected", "rejected", "rejected"),
    ("a:ann c:bo", "changes_requested", "changes_requested", "changes_requested", "changes_requested"),
    ("c:ann r:bo", "changes_requested", "changes_requested", "changes_requested", "changes_requested"),
    ("r:bo c:ann", "rejected", "rejected", "rejected", "rejected"),
]


@pytest.mark.parametrize(("story", "one", "against", "two", "strategist"), TABLE)
def test_the_decision_tables(story: str, one: str, against: str, two: str, strategist: str) -> None:
    for name, of, expected in (
        ("one_reviewer", subject(), one),
        ("one_reviewer", subject("revise"), against),
        ("one_reviewer", subject("aligned", ("respect",)), against),
        ("two_person", subject(), two),
        ("two_person", subject("revise"), two),
        ("second_strategist", subject(None), strategist),
    ):
        policy = policy_named(name)
        ruling = policy.rule(of, decisions(story, policy))
        assert ruling.state.value == expected, (name, of.outcome)
        assert ruling.reasons


PEOPLE = st.sampled_from(["ann", "bo", "cy", "author"])
STORIES = st.lists(st.tuples(PEOPLE, st.sampled_from(list(DecisionKind))), max_size=6)
OUTCOMES = st.sampled_from([None, "aligned", "revise", "refer", "errored"])


@given(st.sampled_from(policy_names()), STORIES, OUTCOMES, st.booleans())
def test_approved_means_enough_different_people_none_an_author(
    name: str, story: list[tuple[str, DecisionKind]], outcome: str | None, veto: bool
) -> None:
    policy = policy_named(name)
    of = subject(outcome, ("respect",) if veto else ())
    made = [Decision(person_id=person, kind=kind, roles=policy.roles) for person, kind in story]
    ruling = policy.rule(of, made)
    assert policy.rule(of, list(made)) == ruling
    if ruling.state is State.APPROVED:
        people = {person for person, kind in story if kind is DecisionKind.APPROVE} - {"author"}
        assert len(people) >= (2 if outcome == "revise" or veto else 1)
        assert all(kind is DecisionKind.APPROVE for _, kind in story)
        assert outcome not in ("refer", "errored")
    if not made:
        assert ruling.state is State.PENDING


@given(st.sampled_from(policy_names()), st.lists(PEOPLE, max_size=5), OUTCOMES)
def test_approvals_without_the_role_count_for_nothing(name: str, people: list[str], outcome: str | None) -> None:
    policy = policy_named(name)
    made = [Decision(person_id=person, kind=DecisionKind.APPROVE, roles=frozenset({"learner"})) for person in people]
    assert policy.rule(subject(outcome), made).state is State.PENDING


def test_a_veto_or_revise_needs_two_people_at_least() -> None:
    assert approvers_needed(subject(), 1) == 1
    assert approvers_needed(subject("revise"), 1) == 2
    assert approvers_needed(subject("aligned", ("x",)), 1) == 2
    assert approvers_needed(subject("revise"), 3) == 3


def test_every_policy_is_named_after_its_file_and_has_a_version_and_roles() -> None:
    assert set(policy_names()) >= {"one_reviewer", "two_person", "second_strategist"}
    for name in policy_names():
        policy = policy_named(name)
        assert policy.name == name
        assert policy.version >= 1
        assert policy.roles


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
