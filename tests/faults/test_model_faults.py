"""Every fault of a model's endpoint, in every journey, over HTTP.

What is demanded each time: few requests, a failure of a kind with words that help and tell nothing, every admitted
reply entered once and nothing held back, no half result stored, and the same piece of work going on afterwards without
asking again for what is there.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.journey import ok, say
from tests.endpoint import Answer, NoDone, Request, Text
from tests.endpoint.roles import play_roles, role_of
from tests.faults.models import FAULTS, Fault, no_answer, nobody
from tests.faults.rehearsal import KEY, SAID, SECRET, Rehearsal, quick, scene

__all__ = ["quick", "scene"]

pytestmark = pytest.mark.asyncio(loop_scope="module")

every_fault = pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
CRITERION = "practise asking before solving"  # one of the two that are judged


@contextlib.contextmanager
def broken(scene: Rehearsal, role: str, fault: Fault, *, where: str = "") -> Iterator[None]:
    """While inside, a role's model has this fault."""
    with contextlib.ExitStack() as stack:
        address = ""
        if fault.answer is None:
            address = stack.enter_context(no_answer() if fault.limit else nobody())
        else:
            stack.enter_context(scene.failing(role, fault.answer, where=where))
        scene.begin_anew(role=role, address=address, **fault.limits(stream=role == "persona"))
        yield


def tells_what_to_do(told: str, todo: str, *, who: str) -> None:
    """The words name whose model it was, where, and what to do; they quote nothing and nobody."""
    assert f"{who}'s language model at 127.0.0.1:" in told
    assert todo in told
    for leak in (KEY, SECRET, "This is how it begins", "drop by drop", "Welcome", "Traceback", "<", "\ufffd"):
        assert leak not in told, leak


def books_balance(scene: Rehearsal, role: str, *outcomes: str) -> None:
    """Every admitted reply was entered once, with its outcome; nothing is held back."""
    assert scene.till.settled
    assert scene.till.outcomes(role) == list(outcomes)


@every_fault
async def test_the_author_fails(scene: Rehearsal, fault: Fault) -> None:
    kind, todo = fault.whole
    with broken(scene, "author", fault):
        view = await scene.rested(await scene.ordered())
        assert len(scene.asked("author")) <= fault.requests[0]
    run = view["run"]
    assert (run["stage"], run["resume_stage"], run["error"]["kind"]) == ("errored", "drafting", kind)
    tells_what_to_do(run["error"]["detail"], todo, who="author")
    assert scene.till.settled
    assert set(scene.till.outcomes("author")) == {kind if fault.refuses else "done"}
    assert view["versions"] == []
    scene.begin_anew()
    view = await scene.retried(run["id"])
    assert view["checkpoint_id"]
    assert len(view["versions"]) == len(scene.asked("author")) == 1
    assert scene.till.settled


@every_fault
async def test_the_judge_fails(scene: Rehearsal, fault: Fault) -> None:
    kind, todo = fault.whole
    # Limits of half a second could end the other judgement as well, where the machine is slow.
    where = "" if fault.limit else CRITERION
    with broken(scene, "judge", fault, where=where):
        view = await scene.rested(await scene.ordered())
        refused = [request for request in scene.asked("judge") if not fault.limit and CRITERION in request.text]
        assert len(refused) <= fault.requests[0]
    run = view["run"]
    assert (run["stage"], run["resume_stage"], run["error"]["kind"]) == ("errored", "judging", "judge-failed")
    tells_what_to_do(run["error"]["detail"], todo, who="judge")
    assert scene.till.settled
    assert not fault.refuses or kind in scene.till.outcomes("alignment")
    async with scene.store.read() as work:
        ruling = await work.design.latest_verdict(view["versions"][0]["id"])
    assert ruling is not None
    assert (ruling.content["outcome"], ruling.content["score"]) == ("errored", None)
    kept = scene.till.outcomes("alignment").count("done") if fault.answer is not None else 0
    scene.begin_anew()
    view = await scene.retried(run["id"])
    assert view["checkpoint_id"]
    assert scene.asked("author") == [], "the draft was there"
    if fault.answer is not None and not fault.limit:
        again = [CRITERION in request.text for request in scene.asked("judge")]
        assert again == [True], "the other judgement was there"
        assert kept >= 1
    assert len(view["versions"]) == 1
    assert scene.till.settled


@every_fault
async def test_the_persona_fails_in_a_turn(scene: Rehearsal, fault: Fault) -> None:
    kind, todo = fault.stream
    practice_id = await scene.practice()
    with broken(scene, "persona", fault):
        _, events = await say(scene.amir, practice_id, SAID)
        assert len(scene.asked("persona")) <= fault.requests[1]
    assert [event for _, event, _ in events if event != "piece"] == ["failed"]
    problem = events[-1][2]
    assert problem["kind"] == kind
    tells_what_to_do(f"{problem['title']} {problem['detail']} {problem['todo']}", todo, who="persona")
    books_balance(scene, "persona", kind)
    assert ok(await scene.amir.get(f"/api/v1/practices/{practice_id}"))["turns"] == []
    scene.begin_anew()
    reply, events = await say(scene.amir, practice_id, SAID)
    assert events[-1][1] == "done"
    assert [(turn.number, turn.status, turn.reply == reply) for turn in await scene.turns(practice_id)][-1] == (
        1,
        "complete",
        True,
    )
    assert len(scene.asked("persona")) == 1
    assert scene.till.settled


@every_fault
async def test_the_coach_fails_to_help_and_rules_help(scene: Rehearsal, fault: Fault) -> None:
    scene.begin_anew()
    practice_id = await scene.practice(turns=1)
    url = f"/api/v1/practices/{practice_id}/hints"
    with broken(scene, "hint", fault):
        answer = await scene.amir.post(url)
        assert len(scene.asked("hint")) <= fault.requests[0]
    first = ok(answer, 201)
    assert first["text"]
    assert first["player"] == "offline rules"
    assert first["by_rules"]
    assert SECRET not in answer.text
    assert KEY not in answer.text
    assert scene.till.settled
    assert await scene.hints(practice_id) == 1
    scene.begin_anew()
    again = ok(await scene.amir.post(url), 201)
    assert (again["player"], again["by_rules"]) == ("model scripted", "")
    assert await scene.hints(practice_id) == 2
    assert scene.till.settled


@every_fault
async def test_the_coach_fails_at_the_debrief(scene: Rehearsal, fault: Fault) -> None:
    kind, todo = fault.whole
    scene.begin_anew()
    practice_id = await scene.reflected()
    url = f"/api/v1/practices/{practice_id}/debrief"
    with broken(scene, "debrief", fault):
        answer = await scene.amir.post(url)
        if kind == "model-nonsense" and answer.status_code == 200:  # what answers nothing usable is done without
            return await _by_rules(scene, practice_id, answer.json()["debrief"])
        assert len(scene.asked("debrief")) <= fault.requests[0]
    is_problem(answer, kind, todo)
    assert scene.till.settled
    row = await scene.row(practice_id)
    assert (row.status, row.debrief) == ("reflected", None)
    scene.begin_anew()
    first = ok(await scene.amir.post(url))
    assert first == ok(await scene.amir.post(url))
    assert len(scene.asked("debrief")) == 1, "it is written once, then kept"
    assert scene.till.settled


async def _by_rules(scene: Rehearsal, practice_id: str, debrief: dict[str, Any]) -> None:
    """The debrief is whole, says that rules wrote it, and is kept."""
    assert debrief["by_rules"]
    assert SECRET not in json.dumps(debrief)
    assert scene.till.settled
    row = await scene.row(practice_id)
    assert row.status == "debriefed"
    assert row.debrief is not None


def is_problem(answer: Any, kind: str, todo: str) -> None:
    """A refusal by the coach that a person can read."""
    assert 500 <= answer.status_code < 600, answer.text
    problem = answer.json()
    assert problem["type"].rpartition(":")[2] == kind
    tells_what_to_do(f"{problem['title']} {problem['detail']} {problem['todo']}", todo, who="coach")
    assert SECRET not in answer.text
    assert KEY not in answer.text


EXTRA: dict[str, Any] = {
    "x_groq": {"id": "req_1", "usage": {"queue_time": 0.1}},
    "system_fingerprint": None,
    "obfuscation": "x" * 64,
    "service_tier": "default",
    "citations": [],
}


def _without_done(request: Request, proper: Text) -> Answer:
    return NoDone(proper.text)


def _with_extra_fields(request: Request, proper: Text) -> Answer:
    return Text(proper.text, extra=EXTRA)


def _cut_at_the_limit(request: Request, proper: Text) -> Answer:
    return Text(proper.text, finish="length")


async def whole_journey(scene: Rehearsal) -> dict[str, Any]:
    """From the order to the debrief; gives the debrief."""
    view = await scene.rested(await scene.ordered())
    assert view["checkpoint_id"], view["run"]["error"]
    practice_id = await scene.practice()
    reply, events = await say(scene.amir, practice_id, SAID)
    assert events[-1][1] == "done", events
    assert reply
    url = f"/api/v1/practices/{practice_id}"
    ok(await scene.amir.post(f"{url}/hints"), 201)
    ok(await scene.amir.post(f"{url}/finish"), 204)
    ok(await scene.amir.put(f"{url}/reflection", json={"text": "Well."}), 204)
    return dict(ok(await scene.amir.post(f"{url}/debrief")))


@pytest.mark.parametrize("change", [_without_done, _with_extra_fields], ids=["no [DONE]", "extra JSON fields"])
async def test_what_is_only_unusual_disturbs_nobody(scene: Rehearsal, change: Any) -> None:
    scene.begin_anew()
    scene.endpoint.script = lambda request: change(request, play_roles(request))
    try:
        assert (await whole_journey(scene))["player"] == "model scripted"
    finally:
        scene.endpoint.script = play_roles
    assert scene.till.settled
    assert {call.outcome for call in scene.till.calls} == {"done"}
    assert {call.attempts for call in scene.till.calls} == {1}


@pytest.mark.parametrize("role", ["author", "judge", "hint"])  # without a usable debrief rules write it
async def test_json_that_is_cut_at_the_limit_is_not_guessed_at(scene: Rehearsal, role: str) -> None:
    scene.begin_anew()
    practice_id = await scene.practice(turns=1)
    scene.begin_anew()
    scene.endpoint.script = lambda request: (
        _cut_at_the_limit(request, proper)  # type: ignore[arg-type]
        if (proper := play_roles(request)) and role_of(request) == role
        else proper
    )
    try:
        if role in {"author", "judge"}:
            run = (await scene.rested(await scene.ordered()))["run"]
            assert run["stage"] == "errored"
            told = run["error"]["detail"]
        else:
            told = ok(await scene.amir.post(f"/api/v1/practices/{practice_id}/hints"), 201)["by_rules"]
    finally:
        scene.endpoint.script = play_roles
    if role == "hint":
        assert "no usable hint" in told  # rules help instead
    else:
        tells_what_to_do(told, "MAX_TOKENS", who=role)
    assert len(scene.asked(role)) == (2 if role == "judge" else 1), "asking for the same again would not help"
    assert scene.till.settled


async def test_a_spent_budget_stops_every_role_before_anything_is_sent(scene: Rehearsal) -> None:
    scene.begin_anew()
    in_scene, at_end = await scene.practice(turns=1), await scene.reflected()
    scene.begin_anew()
    scene.till.open = False
    run = (await scene.rested(await scene.ordered()))["run"]
    assert (run["stage"], run["error"]["kind"]) == ("errored", "budget-spent")
    _, events = await say(scene.amir, in_scene, SAID)
    assert [(event, data["kind"]) for _, event, data in events] == [("failed", "budget-spent")]
    answer = await scene.amir.post(f"/api/v1/practices/{at_end}/debrief")
    assert answer.status_code == 429
    assert answer.json()["todo"]
    hint = ok(await scene.amir.post(f"/api/v1/practices/{in_scene}/hints"), 201)
    assert hint["player"] == "offline rules"  # rules cost nothing
    assert "budget" in hint["by_rules"]
    assert scene.endpoint.requests == []
    assert scene.till.calls == []
    scene.till.open = True
    assert (await scene.retried(run["id"]))["checkpoint_id"]
    assert (await say(scene.amir, in_scene, SAID))[1][-1][1] == "done"
    assert ok(await scene.amir.post(f"/api/v1/practices/{at_end}/debrief"))
    assert scene.till.settled
