"""Sequences of acts: the pure rules answer as the independent oracle says, and the log alone tells the same state."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any, TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from approvals.checkpoint import RiskClass, Subject, SubjectKind
from approvals.policies import policy_named, policy_names
from approvals.replay import differences, replay
from tests.approvals.bench import Bench, Checkpoint
from tests.approvals.oracle import ENDINGS, SEATS, Expected, Oracle, Waiting

PEOPLE = ("ann", "bo", "cy", "dee", "eve")
ROLES = ("designer", "strategist", "learner", "admin")
SOMEBODY = st.sampled_from(PEOPLE)
SOME_ROLES = st.frozensets(st.sampled_from(ROLES), max_size=3)
SELDOM = [False] * 7 + [True]
RARELY = st.sampled_from(SELDOM)
REASONS = st.sampled_from(["because", "because", "", "  "])


Choice = st.DataObject | Random
T = TypeVar("T")


def pick(data: Choice, values: Sequence[T]) -> T:
    return data.choice(values) if isinstance(data, Random) else data.draw(st.sampled_from(values))


WALK = [
    "open scenario",
    "open scenario",
    "open strategy",
    "open rollout",
    "next round",
    "decide",
    "decide",
    "decide",
    "approve in turn",
]
WALK += ["approve in turn", "settle", "settle", "claim", "expire", "activate", "practise", "change roles", "revoke"]


class Approvals(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.count = 0
        self.practices = 0

    @initialize(roles=st.lists(SOME_ROLES, min_size=5, max_size=5))
    def found(self, roles: list[frozenset[str]]) -> None:
        people = {
            person: set(held) | ({"designer"} if n < 2 else {"strategist"} if n < 4 else set())
            for n, (person, held) in enumerate(zip(PEOPLE, roles, strict=True))
        }
        people["eve"] |= {"admin"}
        self.oracle = Oracle({person: set(held) for person, held in people.items()})
        self.bench = Bench(people)
        for kind in ("charter", "criteria"):
            assert self.oracle.propose("cy", kind, f"{kind}-0").status == 200
            assert self.oracle.accept("cy", f"{kind}-0").state == "in force"
            self.bench.put_in_force(kind, f"{kind}-0", f"d-{kind}-0", "cy", genesis=True)

    def _open(self, waiting: Waiting, work: str, replaces: str | None = None) -> None:
        self.count += 1
        name = f"k{self.count}"
        waiting.version, waiting.digest, waiting.shown = f"v{self.count}", f"d{self.count}", f"r{self.count}"
        self.oracle.open(name, waiting, work=work, replaces=replaces)
        subject = Subject(
            kind=SubjectKind(waiting.kind),
            version_id=waiting.version,
            digest=waiting.digest,
            authors=frozenset(waiting.authors),
            outcome=waiting.outcome,
            vetoes=("x",) if waiting.vetoed else (),
            risk=RiskClass(waiting.risk) if waiting.risk else None,
        )
        checkpoint = Checkpoint(
            subject=subject,
            policy=policy_named(waiting.policy),
            shown=waiting.shown,
            work=work or waiting.version,
            opened_for=waiting.opened_for,
            brief_writer=waiting.brief_writer,
            referred=set(waiting.referred),
        )
        self.bench.open(name, checkpoint, replaces)

    @rule(
        policy=st.sampled_from(["one_reviewer", "two_person", "designer_and_strategist", "low_risk_batch"]),
        outcome=st.sampled_from(["aligned", "aligned", "revise", "refer", "errored"]),
        vetoed=RARELY,
        authors=st.frozensets(SOMEBODY, max_size=2),
        writer=SOMEBODY,
        risk=st.sampled_from(["low", "low", "ordinary", "high", None]),
    )
    def open_scenario(
        self, policy: str, outcome: str, vetoed: bool, authors: frozenset[str], writer: str, risk: str | None
    ) -> None:
        referred = {"c1", "c2"} if outcome == "refer" else set()
        waiting = Waiting("scenario", "", "", "", policy, set(authors), writer, writer, outcome, vetoed, referred, risk)
        self._open(waiting, "")

    @rule(kind=st.sampled_from(["charter", "criteria"]), author=SOMEBODY)
    def open_strategy(self, kind: str, author: str) -> None:
        self._open(Waiting(kind, "", "", "", "second_strategist", {author}, author), "")

    @rule(
        policy=st.sampled_from(["one_reviewer", "two_person", "designer_and_strategist"]),
        authors=st.frozensets(SOMEBODY, max_size=2),
        asker=SOMEBODY,
    )
    def open_rollout(self, policy: str, authors: frozenset[str], asker: str) -> None:
        self._open(Waiting("rollout", "", "", "", policy, {asker, *authors}, asker), "")

    @precondition(lambda self: any(at.state != "pending" for at in self.oracle.waiting.values()))
    @rule(data=st.data(), outcome=st.sampled_from(["aligned", "revise"]))
    def next_round(self, data: Choice, outcome: str) -> None:
        over = sorted(
            name for name, at in self.oracle.waiting.items() if at.state != "pending" and at.kind == "scenario"
        )
        waiting_works = {self.oracle.works[at.version] for at in self.oracle.waiting.values() if at.state == "pending"}
        over = [name for name in over if self.oracle.works[self.oracle.waiting[name].version] not in waiting_works]
        if not over:
            return
        name = pick(data, over)
        before = self.oracle.waiting[name]
        waiting = Waiting(
            "scenario", "", "", "", before.policy, set(), before.opened_for, before.brief_writer, outcome, risk="low"
        )
        self._open(waiting, self.oracle.works[before.version], replaces=name)

    def _checkpoint(self, data: Choice, *, mostly: str = "pending") -> str:
        names = sorted(self.oracle.waiting)
        likely = [name for name in names if self.oracle.waiting[name].state == mostly]
        return pick(data, names if not likely or pick(data, SELDOM) else likely)

    def _agree(self, expected: Expected, status: int, name: str = "") -> None:
        assert expected.allows(status), (expected, status)
        if name:
            assert self.bench.checkpoints[name].status == self.oracle.waiting[name].state
            assert expected.state == self.oracle.waiting[name].state

    @precondition(lambda self: self.oracle.waiting)
    @rule(
        data=st.data(),
        person=SOMEBODY,
        kind=st.sampled_from(["approve", "approve", "approve", "approve", *ENDINGS]),
        stale=RARELY,
        reason=REASONS,
        sloppy=RARELY,
        by_token=RARELY,
    )
    def decide(
        self, data: Choice, person: str, kind: str, stale: bool, reason: str, sloppy: bool, by_token: bool
    ) -> None:
        name = self._checkpoint(data)
        sent: dict[str, Any] = {
            "seen": "what was there before" if stale else self.oracle.waiting[name].shown,
            "reason": reason,
            "comments": int((kind == "request_changes") is not sloppy),
            "edits": int((kind == "approve_with_edits") is not sloppy),
            "by_token": by_token,
        }
        status = self.bench.decide(person, name, kind, **sent)
        self._agree(self.oracle.decide(person, name, kind, **sent), status, name)

    @precondition(lambda self: any(at.state == "pending" for at in self.oracle.waiting.values()))
    @rule(data=st.data(), reason=st.sampled_from(["because", ""]), people=st.permutations(PEOPLE))
    def several_people_approve_in_turn(self, data: Choice, reason: str, people: list[str]) -> None:
        name = self._checkpoint(data)
        at = self.oracle.waiting[name]
        for person in people[: pick(data, [1, 2, 3, 4])]:
            sent: dict[str, Any] = {"seen": at.shown, "reason": reason, "comments": 0, "edits": 0, "by_token": False}
            status = self.bench.decide(person, name, "approve", **sent)
            self._agree(self.oracle.decide(person, name, "approve", **sent), status, name)

    @precondition(lambda self: any(at.referred for at in self.oracle.waiting.values()))
    @rule(data=st.data(), person=SOMEBODY, criterion=st.sampled_from(["c1", "c2", "c3"]), reason=REASONS, token=RARELY)
    def settle(self, data: Choice, person: str, criterion: str, reason: str, token: bool) -> None:
        name = self._checkpoint(data)
        sent: dict[str, Any] = {"seen": self.oracle.waiting[name].shown, "reason": reason, "by_token": token}
        status = self.bench.settle(person, name, criterion, **sent)
        expected = self.oracle.settle(person, name, criterion, **sent)
        self._agree(expected, status, name)
        if status == 200:
            at = self.bench.checkpoints[name]
            self.oracle.judged(name, outcome=str(at.subject.outcome), vetoed=bool(at.subject.vetoes), shown=at.shown)

    @precondition(lambda self: self.oracle.waiting)
    @rule(data=st.data(), person=SOMEBODY, by_token=RARELY)
    def claim(self, data: Choice, person: str, by_token: bool) -> None:
        name = self._checkpoint(data)
        status = self.bench.claim(person, name, by_token=by_token)
        self._agree(self.oracle.claim(person, name, by_token=by_token), status, name)

    @precondition(lambda self: self.oracle.waiting)
    @rule()
    def claims_expire(self) -> None:
        for name in self.oracle.waiting:
            self.oracle.expire(name)
            self.bench.checkpoints[name].claimed_by = None

    @precondition(lambda self: self.oracle.live or self.oracle.revoked)
    @rule(
        data=st.data(),
        person=SOMEBODY,
        reason=REASONS,
        practices=st.sampled_from(["finish", "stop", "stop", "whatever"]),
        by_token=RARELY,
    )
    def revoke(self, data: Choice, person: str, reason: str, practices: str, by_token: bool) -> None:
        version = pick(data, sorted({*self.oracle.live, *self.oracle.revoked}))
        sent: dict[str, Any] = {"reason": reason, "practices": practices, "by_token": by_token}
        status = self.bench.revoke(person, version, **sent)
        running = [
            name for name, (of, _) in self.oracle.practices.items() if of == version and self.oracle.goes_on(name)
        ]
        self._agree(self.oracle.revoke(person, version, **sent), status)
        if status == 200:
            assert all(self.oracle.goes_on(name) is (practices == "finish") for name in running)

    @precondition(lambda self: any(at.kind != "scenario" for at in self.oracle.waiting.values()))
    @rule(data=st.data())
    def activate(self, data: Choice) -> None:
        ready = sorted(
            n for n, at in self.oracle.waiting.items() if at.kind in ("charter", "criteria") and at.state == "approved"
        )
        if ready:
            name = pick(data, ready)
            self.oracle.activate(name)
            self.bench.activate(name)

    @rule(by=st.sampled_from(["ann", "bo", "eve"]), person=SOMEBODY, roles=SOME_ROLES)
    def change_roles(self, by: str, person: str, roles: frozenset[str]) -> None:
        if self.oracle.change_roles(by, person, roles).status == 200:
            self.bench.people[person] = set(roles)

    @precondition(lambda self: self.oracle.waiting)
    @rule(data=st.data())
    def practise(self, data: Choice) -> None:
        version = self.oracle.waiting[self._checkpoint(data, mostly="approved")].version
        self.practices += 1
        self.oracle.people["eve"].add("learner")
        self.bench.people["eve"].add("learner")
        expected = self.oracle.practise("eve", version, f"practice-{self.practices}")
        assert (expected.status == 200) is (version in self.bench.visible())

    @invariant()
    def learners_meet_exactly_what_is_signed(self) -> None:
        if hasattr(self, "oracle"):
            self.oracle.check()
            assert self.bench.visible() == self.oracle.visible()
            assert {at.status for at in self.bench.checkpoints.values()} <= {
                "pending",
                "superseded",
                "approved",
                *ENDINGS.values(),
            }

    @invariant()
    def the_log_alone_tells_the_present_state(self) -> None:
        if hasattr(self, "oracle"):
            told = replay(self.bench.rows)
            assert told.impossible == ()
            assert differences(told, self.bench.current()) == []


Approvals.TestCase.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
TestApprovals = Approvals.TestCase


@pytest.mark.parametrize("seed", range(20))
def test_long_walks_agree_as_well(seed: int) -> None:
    """The same acts, evenly drawn: what the machine above rarely reaches, such as several people at one checkpoint."""
    dice, both = Random(seed), Approvals()

    def people() -> str:
        return dice.choice(PEOPLE)

    def roles() -> frozenset[str]:
        return frozenset(dice.sample(ROLES, dice.choice([1, 1, 2, 3])))

    def seldom() -> bool:
        return dice.choice(SELDOM)

    def reason() -> str:
        return dice.choice(["because", "because", "", "  "])

    both.found([roles() for _ in PEOPLE])
    for step in range(120):
        waits = bool(both.oracle.waiting)
        act = dice.choice(WALK) if waits else "open scenario"
        if act == "open scenario":
            policy = dice.choice(["one_reviewer", "two_person", "designer_and_strategist", "low_risk_batch"])
            outcome = dice.choice(["aligned", "aligned", "revise", "refer", "errored"])
            authors, risk = (
                frozenset(dice.sample(PEOPLE, dice.choice([0, 1, 1, 2]))),
                dice.choice(["low", "high", None]),
            )
            both.open_scenario(policy, outcome, seldom(), authors, people(), risk)
        elif act == "open strategy":
            both.open_strategy(dice.choice(["charter", "criteria"]), people())
        elif act == "open rollout":
            policy = dice.choice(["one_reviewer", "two_person", "designer_and_strategist"])
            both.open_rollout(policy, frozenset(dice.sample(PEOPLE, dice.choice([0, 1, 2]))), people())
        elif act == "next round":
            both.next_round(dice, dice.choice(["aligned", "revise"]))
        elif act == "decide":
            kind = dice.choice(["approve", "approve", *ENDINGS])
            both.decide(dice, people(), kind, seldom(), reason(), seldom(), seldom())
        elif act == "approve in turn":
            both.several_people_approve_in_turn(dice, dice.choice(["because", ""]), dice.sample(PEOPLE, 5))
        elif act == "settle":
            both.settle(dice, people(), dice.choice(["c1", "c2", "c3"]), reason(), seldom())
        elif act == "claim":
            both.claim(dice, people(), seldom())
        elif act == "expire":
            both.claims_expire()
        elif act == "activate":
            both.activate(dice)
        elif act == "practise":
            both.practise(dice)
        elif act == "change roles":
            both.change_roles("eve", people(), roles())
        elif both.oracle.live or both.oracle.revoked:
            both.revoke(dice, people(), reason(), dice.choice(["finish", "stop", "whatever"]), seldom())
        both.learners_meet_exactly_what_is_signed()
        if step % 10 == 9:
            both.the_log_alone_tells_the_present_state()


def test_the_oracle_knows_every_policy() -> None:
    assert set(SEATS) == set(policy_names())
    assert {name: set(SEATS[name]) for name in SEATS} == {name: set(policy_named(name).roles) for name in SEATS}


def test_a_repeated_request_is_answered_as_before_and_acts_once() -> None:
    oracle = Oracle({"ann": {"designer"}})
    oracle.open("k", Waiting("scenario", "v", "d", "r", "one_reviewer", set(), outcome="aligned"))

    def approve() -> Expected:
        return oracle.decide("ann", "k", "approve", seen="r")

    first = oracle.repeat("ann", "key", {"kind": "approve"}, approve)
    assert first == Expected(200, "approved")
    assert oracle.repeat("ann", "key", {"kind": "approve"}, approve) == first
    assert oracle.repeat("ann", "key", {"kind": "reject"}, approve).status == 422
    assert oracle.repeat("ann", "other", {"kind": "approve"}, approve).status == 409


@pytest.mark.parametrize(("status", "right"), [(201, False), (403, True), (409, True), (422, False), (500, False)])
def test_of_several_refusals_any_is_right_and_nothing_else(status: int, right: bool) -> None:
    assert Expected(403, "pending", frozenset({403, 409})).allows(status) is right
    assert Expected(200).allows(204)
