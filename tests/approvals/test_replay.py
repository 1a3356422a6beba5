"""What the rows tell, which rows cannot be, and where the database disagrees."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.replay import CurrentState, Replayed, differences, replay

Row = dict[str, Any]


def log(*rows: tuple[str, str, str, dict[str, Any]]) -> list[Row]:
    """Rows from (actor, action, subject, detail)."""
    return [
        {"seq": seq, "at": f"t{seq}", "actor": actor, "action": action, "subject": subject, "detail": detail}
        for seq, (actor, action, subject, detail) in enumerate(rows, start=1)
    ]


def opened(name: str = "k", **detail: Any) -> tuple[str, str, str, dict[str, Any]]:
    usual = {
        "kind": "scenario",
        "version": "v",
        "digest": "d",
        "verdict": "w",
        "policy": "one_reviewer/1",
        "review_digest": "r",
        "risk": "ordinary",
        "replaces": None,
    }
    return "agents", "checkpoint opened", f"checkpoint/{name}", usual | detail


def decided(
    action: str = "approve", by: str = "ann", name: str = "k", **detail: Any
) -> tuple[str, str, str, dict[str, Any]]:
    states = {"approve": "approved", "approve_with_edits": "edited", "request_changes": "changes_requested"}
    state = states.get(action, {"reject": "rejected", "withdraw": "withdrawn"}.get(action, ""))
    usual = {
        "digest": "d",
        "review_digest": "r",
        "state": state,
        "roles": ["designer"],
        "sign_off": "s" if action == "approve" else None,
        "version": None,
    }
    return by, action, f"checkpoint/{name}", usual | detail


def on(action: str, subject: str, by: str = "ann", **detail: Any) -> tuple[str, str, str, dict[str, Any]]:
    return by, action, subject, detail


def why(told: Replayed) -> list[tuple[int, str]]:
    return [(each.seq, each.why) for each in told.impossible]


def test_a_whole_story_is_told_and_nothing_in_it_is_impossible() -> None:
    told = replay(
        log(
            on("account added", "person/ann", by="system", roles=["designer"]),
            on("charter in force", "charter/c1", by="sofia", digest="dc", genesis=True, programme="p"),
            opened(),
            on("claimed", "checkpoint/k", until="later"),
            on("criterion settled", "checkpoint/k", criterion="asks", level="named", verdict="w2", review_digest="r2"),
            on("due changed", "checkpoint/k", due="2026-12-01"),
            decided("request_changes", review_digest="r2"),
            opened("k2", replaces="k", version="v2", digest="d2"),
            on("released", "checkpoint/k2", until=None),
            decided("approve_with_edits", name="k2", digest="d2", version="v3"),
            opened("k3", replaces="k2", version="v3", digest="d3"),
            decided(by="bo", name="k3", digest="d3"),
            on("suspended", "sign_off/s", by="code", because=["the persona's model changed"]),
            on("resumed", "sign_off/s", by="code", because=[]),
            opened("k4", version="v9", digest="d9"),
            on("checkpoint superseded", "checkpoint/k4", by="code", because="charter 2"),
            opened("c", kind="charter", version="c2", digest="dc2", policy="second_strategist/1", verdict=None),
            decided(by="ravi", name="c", digest="dc2", roles=["strategist"], sign_off="s2"),
            on("charter in force", "charter/c2", by="ravi", digest="dc2", genesis=False, programme="p"),
            on("revoke", "sign_off/s", digest="d3", practices="stop"),
        )
    )
    assert why(told) == []
    assert {name: each.status for name, each in told.checkpoints.items()} == {
        "k": "changes_requested",
        "k2": "edited",
        "k3": "approved",
        "k4": "superseded",
        "c": "approved",
    }
    assert {name: each.status for name, each in told.sign_offs.items()} == {"s": "revoked", "s2": "live"}
    assert told.in_force == {("p", "charter"): "c2"}
    assert told.checkpoints["k"].due == "2026-12-01"
    current = CurrentState(
        checkpoints={name: each.status for name, each in told.checkpoints.items()},
        sign_offs={"s2": "dc2"},
        in_force={("p", "charter"): "c2"},
    )
    assert differences(told, current) == []


CASES = [
    # what is wrong, the rows, the number of the row that cannot be
    ("never opened", log(decided()), 1),
    ("opened before", log(opened(), opened()), 2),
    ("had ended already", log(opened(), decided(), decided("reject", by="bo")), 3),
    ("had ended already", log(opened(), decided("reject"), decided(by="bo")), 3),
    ("had ended already", log(opened(), decided(), on("checkpoint superseded", "checkpoint/k", by="code")), 3),
    ("had ended already", log(opened(), decided(), on("claimed", "checkpoint/k", by="bo", until="x")), 3),
    ("had ended already", log(opened(), decided("withdraw"), on("criterion settled", "checkpoint/k")), 3),
    ("no person", log(opened(), decided(by="agents")), 2),
    ("no person", log(opened(), decided("reject", by="system")), 2),
    ("no person", log(opened(), on("criterion settled", "checkpoint/k", by="code")), 2),
    ("another digest", log(opened(), decided(digest="other")), 2),
    ("another review digest", log(opened(), decided(review_digest="other")), 2),
    ("cannot lead to", log(opened(), decided("reject", state="approved", sign_off="s")), 2),
    ("cannot lead to", log(opened(), decided(state="rejected", sign_off=None)), 2),
    ("without the people", log(opened(policy="two_person/1"), decided()), 2),
    ("without the people", log(opened(policy="low_risk_batch/1", risk="high"), decided()), 2),
    ("without the people", log(opened(policy="designer_and_strategist/1"), decided()), 2),
    ("none of the roles", log(opened(), decided(roles=["learner"])), 2),
    ("none of the roles", log(opened(), decided("reject", roles=["strategist"])), 2),
    ("decided here before", log(opened(policy="two_person/1"), decided(state="pending", sign_off=None), decided()), 3),
    ("without a sign-off", log(opened(), decided(sign_off=None)), 2),
    ("without an approval", log(opened(), decided("reject", sign_off="s")), 2),
    ("was given before", log(opened(), decided(), opened("k2"), decided(name="k2", by="bo")), 4),
    ("never given", log(on("revoke", "sign_off/s", practices="stop")), 1),
    ("was revoked", log(opened(), decided(), *[on("revoke", "sign_off/s", practices="stop")] * 2), 4),
    ("was live", log(opened(), decided(), on("resumed", "sign_off/s", by="code")), 3),
    ("no person", log(opened(), decided(), on("revoke", "sign_off/s", by="agents", practices="stop")), 3),
    ("another digest", log(opened(), decided(), on("revoke", "sign_off/s", digest="x", practices="stop")), 3),
    ("finish or stop", log(opened(), decided(), on("revoke", "sign_off/s", practices="maybe")), 3),
    ("still waits", log(opened(), opened("k2", replaces="k")), 2),
    ("which was never opened", log(opened(replaces="k0")), 1),
    (
        "without a live sign-off",
        log(on("criteria in force", "criteria/x", digest="d", genesis=False, programme="p")),
        1,
    ),
    (
        "no genesis",
        log(*[on("charter in force", f"charter/c{n}", digest="d", genesis=True, programme="p") for n in (1, 2)]),
        2,
    ),
    ("no audit row", [{"seq": 1, "actor": "ann"}], 1),
    ("no audit row", [{"seq": 1, "actor": "ann", "action": "approve", "subject": "checkpoint/k", "detail": "x"}], 1),
    ("stands after", [*log(opened()), *log(opened("k2"))], 1),
]


@pytest.mark.parametrize(("said", "rows", "at"), CASES)
def test_a_row_that_cannot_be_is_named_with_the_reason(said: str, rows: list[Row], at: int) -> None:
    found = why(replay(rows))
    assert any(said in reason and seq == at for seq, reason in found), found


def test_a_second_ending_changes_nothing() -> None:
    told = replay(log(opened(), decided("reject"), decided(by="bo")))
    assert told.checkpoints["k"].status == "rejected"
    assert told.sign_offs == {}


def test_strategy_whose_sign_off_was_revoked_cannot_come_into_force() -> None:
    rows = log(
        opened(kind="charter", policy="second_strategist/1"),
        decided(roles=["strategist"]),
        on("revoke", "sign_off/s", practices="finish"),
        on("charter in force", "charter/v", digest="d", genesis=False, programme="p"),
    )
    assert why(replay(rows)) == [(4, "charter v came into force without a live sign-off")]


def test_what_older_rows_do_not_say_is_unknown_and_not_wrong() -> None:
    rows = log(
        on("charter in force", "charter/c1", by="sofia", digest="dc", genesis=True),
        on("checkpoint opened", "checkpoint/k", by="agents", digest="d", verdict="w"),
        on("criterion settled", "checkpoint/k", criterion="asks", level="named", verdict="w2"),
        on("approve", "checkpoint/k", digest="d", review_digest="r9", state="approved"),
        on("checkpoint opened", "checkpoint/c", by="agents", digest="dc2"),
        on("approve", "checkpoint/c", by="ravi", digest="dc2", review_digest="x", state="approved"),
        on("charter in force", "charter/c2", by="ravi", digest="dc2", genesis=False),
        on("checkpoint opened", "checkpoint/o", by="agents", digest="do"),
        on("checkpoint superseded", "checkpoint/o", by="code"),
    )
    told = replay(rows)
    assert why(told) == []
    statuses = {"k": "approved", "c": "approved", "o": "superseded"}
    current = CurrentState(checkpoints=statuses, sign_offs={"s1": "d", "s2": "dc2"}, in_force={("p", "charter"): "c2"})
    assert differences(told, current) == []
    assert len(differences(told, current.model_copy(update={"sign_offs": {"s1": "d"}}))) == 1
    assert len(differences(told, current.model_copy(update={"sign_offs": {"s1": "d", "s2": "dc2", "s3": "d"}}))) == 1
    later = replay(
        [*rows, *[row | {"seq": 10} for row in log(on("revoke", "sign_off/s1", digest="d", practices="stop"))]]
    )
    assert why(later) == []
    assert differences(later, current.model_copy(update={"sign_offs": {"s2": "dc2"}})) == []


def test_a_policy_of_another_version_or_name_is_not_held_against_old_decisions() -> None:
    for policy in ("two_person/99", "three_person/1", "two_person"):
        assert why(replay(log(opened(policy=policy), decided(roles=["learner"])))) == []


@pytest.mark.parametrize(
    ("current", "said"),
    [
        (CurrentState(), ["Checkpoint k: approved by the log", "Live sign-off s: d by the log"]),
        (
            CurrentState(checkpoints={"k": "rejected"}, sign_offs={"s": "d"}),
            ["Checkpoint k: approved by the log, rejected"],
        ),
        (CurrentState(checkpoints={"k": "approved"}, sign_offs={"s": "x"}), ["Live sign-off s: d by the log, x in"]),
        (
            CurrentState(checkpoints={"k": "approved", "z": "pending"}, sign_offs={"s": "d", "t": "d"}),
            ["Checkpoint z: nothing by the log", "Live sign-off t: nothing by the log"],
        ),
        (
            CurrentState(checkpoints={"k": "approved"}, sign_offs={"s": "d"}, in_force={("p", "charter"): "c"}),
            ["Charter in force in p: nothing by the log, c in the database."],
        ),
    ],
)
def test_a_database_that_says_otherwise_is_told_sentence_by_sentence(current: CurrentState, said: list[str]) -> None:
    found = differences(replay(log(opened(), decided())), current)
    assert len(found) == len(said)
    assert all(sentence.startswith(start) for sentence, start in zip(found, said, strict=True)), found


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda each: st.lists(each, max_size=2)
)
KNOWN = ["checkpoint opened", "approve", "reject", "withdraw", "revoke", "suspended", "resumed", "claimed", "released"]
MORE = ["criterion settled", "checkpoint superseded", "due changed", "charter in force", "criteria in force", "x"]
ACTIONS = st.sampled_from([*KNOWN, *MORE])
DETAIL = st.dictionaries(
    st.sampled_from(["kind", "digest", "policy", "risk", "state", "roles", "sign_off", "practices", "replaces"]),
    JSON | st.sampled_from(["d", "s", "k", "approved", "pending", "one_reviewer/1", "low"]),
)
ROWS = st.fixed_dictionaries(
    {
        "seq": JSON | st.integers(1, 5),
        "actor": JSON | st.sampled_from(["ann", "agents"]),
        "action": ACTIONS | JSON,
        "subject": st.sampled_from(["checkpoint/k", "sign_off/s", "charter/c", "", "k"]) | JSON,
        "detail": DETAIL | JSON,
    }
)


@given(st.lists(ROWS, max_size=6))
def test_no_log_however_odd_stops_the_replay(rows: list[Row]) -> None:
    told = replay(rows)
    assert replay(rows) == told
    assert isinstance(differences(told, CurrentState()), list)


def test_two_people_are_asked_for_against_a_verdict_that_speaks_against_the_text() -> None:
    opened = {
        "seq": 1,
        "at": "2026-11-22T00:00:00+00:00",
        "actor": "agents",
        "action": "checkpoint opened",
        "subject": "checkpoint/c",
        "detail": {"kind": "scenario", "version": "v", "digest": "d", "policy": "one_reviewer/1", "outcome": "revise"},
    }
    signed = opened | {
        "seq": 2,
        "actor": "maria",
        "action": "approve",
        "detail": {"digest": "d", "state": "approved", "roles": ["designer"], "sign_off": "s"},
    }
    assert [each.seq for each in replay([opened, signed]).impossible] == [2]
    aligned = opened | {"detail": opened["detail"] | {"outcome": "aligned"}}  # type: ignore[operator]
    assert not replay([aligned, signed]).impossible


def _rolled(*rows: tuple[str, str, str, dict[str, Any]]) -> Replayed:
    return replay(log(*rows))


PLANNED_ROW: tuple[str, str, str, dict[str, Any]] = ("ann", "rollout planned", "rollout/r", {})
OPENED_ROW: tuple[str, str, str, dict[str, Any]] = (
    "agents", "checkpoint opened", "checkpoint/k",
    {"kind": "rollout", "version": "s", "digest": "d", "policy": "one_reviewer/1", "risk": "low", "review_digest": "x"},
)  # fmt: skip
SIGNED_ROW: tuple[str, str, str, dict[str, Any]] = (
    "bo", "approve", "checkpoint/k",
    {"state": "approved", "roles": ["designer"], "sign_off": "o", "digest": "d", "review_digest": "x"},
)  # fmt: skip
PROMOTED_ROW: tuple[str, str, str, dict[str, Any]] = (
    "bo", "rollout promoted", "rollout/r", {"step": "s", "digest": "d", "stage": "pilot", "lifted": False}
)  # fmt: skip
BRAKED_ROW: tuple[str, str, str, dict[str, Any]] = ("eve", "rollout suspended", "rollout/r", {})


def test_how_far_a_scenario_reaches_is_in_the_log_and_a_promotion_needs_its_signature() -> None:
    told = _rolled(PLANNED_ROW, OPENED_ROW, SIGNED_ROW, PROMOTED_ROW, BRAKED_ROW)
    assert told.impossible == ()
    assert told.rollouts["r"].told == "pilot, suspended"
    stored = CurrentState(checkpoints={"k": "approved"}, sign_offs={"o": "d"}, rollouts=told.rollouts)
    assert differences(told, stored) == []
    moved = stored.model_copy(update={"rollouts": {"r": told.rollouts["r"].model_copy(update={"suspended": False})}})
    assert differences(told, moved) == ["Rollout r: pilot, suspended by the log, pilot in the database."]
    assert differences(told, stored.model_copy(update={"rollouts": {}}))


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ((PLANNED_ROW, PROMOTED_ROW), "without a live sign-off"),
        ((PLANNED_ROW, OPENED_ROW, PROMOTED_ROW), "without a live sign-off"),
        ((PLANNED_ROW, PLANNED_ROW), "planned before"),
        ((BRAKED_ROW,), "never planned"),
        ((PLANNED_ROW, BRAKED_ROW, BRAKED_ROW), "suspended already"),
        ((PLANNED_ROW, ("code", *BRAKED_ROW[1:])), "no person"),
        ((PLANNED_ROW, OPENED_ROW, SIGNED_ROW, BRAKED_ROW, PROMOTED_ROW), "was suspended when it was promoted"),
    ],
)
def test_rows_about_a_rollout_that_cannot_be_are_listed(
    rows: tuple[tuple[str, str, str, dict[str, Any]], ...], said: str
) -> None:
    [odd] = _rolled(*rows).impossible
    assert said in odd.why
