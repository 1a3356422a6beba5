"""Promotions ruled on, row by row and for every combination; risk, staleness, and who ends a finding."""

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.checkpoint import RiskClass, SubjectKind
from approvals.people import Actor, Role
from approvals.risk import classify
from approvals.rollout import (
    FEW,
    MANY,
    PLANNED,
    Asked,
    Facts,
    Finding,
    FindingAct,
    FindingStatus,
    Step,
    check_plan,
    may_end_finding,
    moved,
    next_step,
    promotion,
    risk_of,
    told,
)
from evidence.canonical import digest
from evidence.errors import ConductorError, Conflict, InvalidInput, NotAllowed

LOW, ORDINARY, HIGH = RiskClass.LOW, RiskClass.ORDINARY, RiskClass.HIGH
PLAN = ("pilot", "leads", "everyone")
HEARD = Asked(invited=2, heard=2)
READY = Facts(signed=True, waiting=False, suspended=False, stage=PLANNED, plan=PLAN, asked=HEARD, blocking=0)
OPEN = Finding(title="It gives up", text="Say 'please' three times.", blocks=False, status=FindingStatus.OPEN)
STEP = Step(
    scenario="Two deadlines",
    number=3,
    version_id="v",
    digest="d",
    sign_off="s",
    from_stage="pilot",
    to_stage="leads",
    plan=PLAN,
    group="Leads",
    members="m",
    people_before=8,
    people_after=20,
    days=4,
    asked=HEARD,
    findings=(),
    withdrawn=1,
    reason="The pilot held.",
)


def facts(**values: Any) -> Facts:
    return READY.model_copy(update=values)


def step(**values: Any) -> Step:
    return STEP.model_copy(update=values)


def test_a_plan_is_followed_step_by_step_to_its_end() -> None:
    assert [next_step(stage, PLAN) for stage in (PLANNED, *PLAN)] == [*PLAN, None]
    assert promotion(READY).to == "pilot"
    assert promotion(READY).lacks == ()
    assert promotion(facts(stage="everyone")).to is None


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"signed": False}, "no live sign-off"),
        ({"waiting": True}, "already waits"),
        ({"suspended": True}, "is suspended"),
        ({"blocking": 1}, "A finding that blocks"),
        ({"blocking": 2}, "2 findings block"),
        ({"stage": "everyone"}, "the last step"),
        ({"asked": Asked(invited=0, heard=0)}, "No skeptic"),
        ({"asked": Asked(invited=2, heard=1)}, "One skeptic has"),
        ({"asked": Asked(invited=3, heard=1, unheard_because=" ")}, "2 skeptics have"),
        ({"again": True}, "Nothing is suspended"),
        ({"again": True, "suspended": True, "blocking": 1}, "blocks is open"),
    ],
)
def test_what_stands_in_the_way_is_said_with_what_to_do(values: dict[str, Any], said: str) -> None:
    [lack] = promotion(facts(**values)).lacks
    assert said in lack.said
    assert lack.todo


@pytest.mark.parametrize(
    "values",
    [
        {"asked": Asked(invited=0, heard=0, none_because="Two of us work here.")},
        {"asked": Asked(invited=2, heard=1, unheard_because="He is ill until May.")},
        {"again": True, "suspended": True, "asked": Asked(invited=2, heard=0)},
        {"again": True, "changed": True, "stage": "pilot"},
    ],
)
def test_what_a_reason_or_another_question_lets_pass(values: dict[str, Any]) -> None:
    assert promotion(facts(**values)).lacks == ()


def test_of_all_combinations_none_passes_a_finding_that_blocks_or_a_skeptic_nobody_answers_for() -> None:
    passed = 0
    asks = [
        Asked(invited=invited, heard=heard, none_because=none, unheard_because=late)
        for invited, heard in ((0, 0), (2, 0), (2, 1), (2, 2))
        for none, late in product(("", "because"), repeat=2)
    ]
    flags = product((True, False), repeat=5)
    for (signed, waiting, suspended, again, changed), stage, asked, blocking in product(
        flags, (PLANNED, *PLAN), asks, (0, 1)
    ):
        found = promotion(
            Facts(
                signed=signed,
                waiting=waiting,
                suspended=suspended,
                again=again,
                changed=changed,
                stage=stage,
                plan=PLAN,
                asked=asked,
                blocking=blocking,
            )
        )
        if found.lacks:
            continue
        passed += 1
        assert signed
        assert not waiting
        assert not blocking
        assert found.to is not None
        if again:
            assert found.to == stage
            assert suspended or changed
        else:
            assert not suspended
            assert (PLAN.index(found.to) == 0) if stage == PLANNED else PLAN.index(found.to) == PLAN.index(stage) + 1
            assert asked.none_because if not asked.invited else asked.heard == asked.invited or asked.unheard_because
    assert passed > 50


@pytest.mark.parametrize(
    ("values", "risk"),
    [
        ({}, LOW),
        ({"people_after": 8 + FEW}, LOW),
        ({"people_after": 9 + FEW}, ORDINARY),
        ({"people_after": 8 + MANY}, ORDINARY),
        ({"people_after": 9 + MANY}, HIGH),
        ({"findings": (OPEN,)}, ORDINARY),
        ({"findings": (OPEN.model_copy(update={"status": FindingStatus.SETTLED}),)}, LOW),
        ({"group": "", "members": ""}, HIGH),
        ({"suspended_because": "Somebody was hurt."}, HIGH),
        ({"asked": Asked(invited=0, heard=0, none_because="Too few of us.")}, HIGH),
        ({"asked": Asked(invited=2, heard=1, unheard_because="Away.")}, HIGH),
    ],
)
def test_risk_is_whom_it_reaches_and_what_was_skipped(values: dict[str, Any], risk: RiskClass) -> None:
    content = step(**values).model_dump(mode="json")
    found = classify(SubjectKind.ROLLOUT, None, content)
    assert (found.risk, bool(found.reasons)) == (risk, True)
    assert classify(SubjectKind.ROLLOUT, STEP.model_dump(mode="json"), content).risk is risk


@given(st.integers(0, 500), st.integers(0, 500), st.integers(0, 500))
def test_more_people_are_never_less_risk(before: int, after: int, more: int) -> None:
    order = [LOW, ORDINARY, HIGH]
    first = risk_of(step(people_before=before, people_after=after).model_dump(mode="json"))[0]
    then = risk_of(step(people_before=before, people_after=after + more).model_dump(mode="json"))[0]
    assert order.index(first) <= order.index(then)


@pytest.mark.parametrize("value", ["x", 1, None, {}, []])
def test_a_field_that_no_rule_knows_is_high(value: Any) -> None:
    risk, [why] = risk_of(STEP.model_dump(mode="json") | {"brand_new": value})
    assert risk is HIGH
    assert "no rule knows" in why


CHANGES: dict[str, Any] = {
    "sign_off": "other",
    "digest": "other",
    "from_stage": PLANNED,
    "plan": PLAN[:2],
    "suspended_because": "Stop.",
    "group": "Others",
    "members": "n",
    "asked": Asked(invited=3, heard=2),
    "findings": (OPEN,),
    "withdrawn": 2,
}


def test_whatever_changes_in_it_is_another_promotion_except_time_and_growth() -> None:
    assert moved(STEP, STEP) == ""
    assert moved(STEP, step(days=90, people_before=9, people_after=99)) == ""
    for name, value in CHANGES.items():
        changed = step(**{name: value})
        assert moved(STEP, changed), name
        assert digest(changed.model_dump(mode="json")) != digest(STEP.model_dump(mode="json"))


def test_it_reads_as_plain_sentences_with_every_finding_and_nobodys_name() -> None:
    answered = Finding(title="Loops", text="Ask twice.", blocks=True, status=FindingStatus.SETTLED, answer="Mended.")
    shown = told(step(findings=(OPEN, answered)).model_dump(mode="json"))
    assert shown["title"] == "Promote “Two deadlines” to leads"
    assert "20 people in all, 12 more than now: the group Leads." in shown["reaches"]
    assert "4 days at this step, reaching 8 people" in shown["so_far"]
    assert shown["findings"] == [
        "It gives up (open). Say 'please' three times.",
        "Loops (blocks, settled). Ask twice. Answer: Mended.",
    ]
    lifting = told(step(from_stage="leads", suspended_because="Too rough.").model_dump(mode="json"))
    assert lifting["title"].startswith("Lift the suspension")
    assert "Too rough." in lifting["suspended"]
    assert told(step(people_after=1).model_dump(mode="json"))["reaches"].startswith("1 person in all")


def _person(*roles: Role, who: str = "me", token: bool = False) -> Actor:
    return Actor(person_id=who, roles=frozenset(roles), by_token=token)


def test_a_finding_is_ended_by_whom_the_table_says_from_where_it_says() -> None:
    leads = {
        FindingAct.SETTLE: FindingStatus.SETTLED,
        FindingAct.REOPEN: FindingStatus.OPEN,
        FindingAct.WITHDRAW: FindingStatus.WITHDRAWN,
    }
    begins = {
        FindingAct.SETTLE: {FindingStatus.OPEN},
        FindingAct.REOPEN: {FindingStatus.SETTLED},
        FindingAct.WITHDRAW: {FindingStatus.OPEN, FindingStatus.SETTLED},
    }
    for act, status, role, own, token in product(FindingAct, FindingStatus, Role, (True, False), (True, False)):
        actor = _person(role, token=token)
        settles = not own and role in (Role.DESIGNER, Role.STRATEGIST)
        allowed = not token and (settles if act is FindingAct.SETTLE else own)
        wanted: type[ConductorError] | FindingStatus = leads[act]
        if not allowed:
            wanted = NotAllowed
        elif status not in begins[act]:
            wanted = Conflict
        try:
            got: type[ConductorError] | FindingStatus = may_end_finding(
                act, actor, author_id="me" if own else "you", status=status, answer="Done."
            )
        except ConductorError as error:
            got = type(error)
        assert got is wanted, (act, status, role, own, token)
    with pytest.raises(InvalidInput):
        may_end_finding(
            FindingAct.SETTLE, _person(Role.DESIGNER), author_id="you", status=FindingStatus.OPEN, answer=" "
        )


@pytest.mark.parametrize(
    ("steps", "where"),
    [
        ([], "steps"),
        ([("a", "g")] * 9, "steps"),
        ([("", "g")], "steps[0].name"),
        ([("x" * 21, "g")], "steps[0].name"),
        ([("Planned", "g")], "steps[0].name"),
        ([("a", "g"), ("A", "h")], "steps[1].name"),
        ([("a", "g"), ("b", "g")], "steps[1].group_id"),
        ([("a", None), ("b", "g")], "steps[0].group_id"),
    ],
)
def test_a_plan_that_cannot_be_followed_is_refused_with_the_place(
    steps: list[tuple[str, str | None]], where: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_plan(steps)
    assert refused.value.where == where


def test_a_plan_may_end_with_everybody_or_before() -> None:
    check_plan([("pilot", "g"), ("all", None)])
    check_plan([("pilot", "g")])
    check_plan([("all", None)])
