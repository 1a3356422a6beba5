"""What clumsy and hostile people send: a clear refusal that says where and what to do, and nothing has changed."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from store.purpose import Purpose
from tests.api.conftest import Desk
from tests.api.furnished import House, furniture, good_body, house, houses, refused, routes_of, unchanged
from tests.api.journey import approve, ok, say
from tests.company import BRIEF, CHARTER, CRITERIA

__all__ = ["furniture", "house", "houses"]


def strategy(house: House, kind: str = "criteria") -> str:
    return f"/api/v1/programmes/{house.company.programme_id}/strategy/{kind}"


async def propose(client: httpx.AsyncClient, house: House, document: Any, kind: str = "criteria") -> httpx.Response:
    return await client.post(strategy(house, kind), json={"document": document, "reason": "new"})


def criteria(**changes: Any) -> dict[str, Any]:
    return CRITERIA.model_dump(mode="json") | changes


def criterion(**changes: Any) -> dict[str, Any]:
    return criteria(criteria=[CRITERIA.criteria[0].model_dump(mode="json") | changes])


@pytest.mark.parametrize(
    ("document", "line", "says"),
    [
        ("title: x\nclauses: [", 2, "YAML"),
        ("title: x\ncompany: y\nclauses:\n  - id: a\n    kind: value\n   text: b\n", 6, "YAML"),
        ("title: x\ntitle: y\ncompany: z\nclauses: []\n", 2, "twice"),
        ("title: x\ncompany: y\nclauses:\n  - id: a\n    kind: vaule\n    text: b\n", 5, "value"),
        ("title: x\ncompany: y\nclauses:\n  - id: a b\n    kind: value\n    text: b\n", 4, "id"),
        ("a: &x [1]\nb: *x\n", 1, ""),
        ("- just\n- a list\n", 1, "list"),
        ("title: !!python/object/apply:os.system ['true']\n", 1, ""),
        ("title: \x07\n", 1, "character"),
    ],
)
async def test_broken_yaml_is_refused_with_its_line(house: House, document: str, line: int, says: str) -> None:
    sofia = await house.at("sofia")
    async with unchanged(house):
        problem = refused(await propose(sofia, house, document, "charter"), 422, "invalid-input")
    assert f"charter:{line}" in json.dumps(problem), problem
    assert says in json.dumps(problem, ensure_ascii=False)


async def test_every_problem_of_a_document_is_named_at_once_with_its_field(house: House) -> None:
    sofia = await house.at("sofia")
    wrong = criterion(weight=-1, min_level="nowhere")
    wrong["pass_threshold"] = 1.5
    async with unchanged(house):
        problem = refused(await propose(sofia, house, wrong), 422)
    assert {each["field"] for each in problem["problems"]} >= {"pass_threshold", "criteria[0].weight"}


@pytest.mark.parametrize(
    ("document", "says"),
    [
        (criterion(clause_ids=["ask-frist"]), "Did you mean 'ask-first'?"),
        (criterion(clause_ids=[]), "clause_ids"),
        (criterion(weight=0), "weight"),
        (criterion(weight=-3), "weight"),
        (criterion(weight=1e9), "weight"),
        (criterion(weight="heavy"), "weight"),
        (criterion(veto_below="absent"), "nothing could be below"),
        (criterion(min_level="splendid"), "splendid"),
        (criterion(levels=[]), "levels"),
        (criteria(pass_threshold=0), "pass_threshold"),
        (criteria(pass_threshold=1.01), "pass_threshold"),
        (criteria(criteria=[]), "criteria"),
        (criteria(samples=100), "samples"),
        (criteria(samples=2.5), "samples"),
        (criteria(surprise=True), "surprise"),
        (criteria(criteria=[CRITERIA.criteria[0].model_dump(mode="json")] * 2), "twice"),
        ({}, ""),
    ],
)
async def test_criteria_that_cannot_be_are_refused(house: House, document: dict[str, Any], says: str) -> None:
    sofia = await house.at("sofia")
    async with unchanged(house):
        problem = refused(await propose(sofia, house, document), 422)
    assert says in json.dumps(problem, ensure_ascii=False), problem


@pytest.mark.parametrize("document", ["", "   \n", "\ufeff", "# only a remark\n", "---\n", "null", "42", "~"])
@pytest.mark.parametrize("kind", ["charter", "criteria"])
async def test_an_empty_document_is_refused(house: House, document: str, kind: str) -> None:
    sofia = await house.at("sofia")
    async with unchanged(house):
        refused(await propose(sofia, house, document, kind), 422)


async def test_a_huge_document_is_refused_and_holds_nobody_up(house: House) -> None:
    sofia = await house.at("sofia")
    line = "  - {id: c%d, kind: value, text: We ask before we solve a problem.}\n"
    many = "title: x\ncompany: y\nclauses:\n" + "".join(line % number for number in range(15_000))
    assert len(many) < 1_500_000
    async with unchanged(house):
        refused(await propose(sofia, house, "x" * 1_000_001, "charter"), 413, "too-large")
        refused(await sofia.post(strategy(house), content=b"[" + b" " * 2_200_000 + b"]"), 413, "too-large")
        refused(await propose(sofia, house, many[:900_000], "charter"), 413, "too-large")


async def test_others_are_answered_while_a_long_document_is_read(house: House) -> None:
    sofia, amir = await house.at("sofia"), await house.at("amir")
    line = "  - {id: c%d, kind: value, text: We ask before we solve a problem.}\n"
    long = "title: x\ncompany: y\nclauses:\n" + "".join(line % number for number in range(4000))
    reading = asyncio.create_task(propose(sofia, house, long, "charter"))
    answered = 0
    while not reading.done():
        ok(await amir.get("/api/v1/me"))
        await asyncio.sleep(0)  # without a network in between, a request may be answered before anybody else's turn
        answered += not reading.done()
    refused(await reading, 422)
    assert answered > 1, "the parser ran in the event loop"


async def test_control_characters_in_talk_are_taken_out(house: House) -> None:
    amir = await house.at("amir")
    await say(amir, house.things.practice, "What \x07\x1bhappened\u202e?")
    turns = ok(await amir.get(f"/api/v1/practices/{house.things.practice}"))["turns"]
    assert turns[-1]["said"] == "What happened?"


GARBAGE = [
    "nonsense", "0", "-1", "null", "%00", "a%00b", "%F0%9F%92%A9", "%FF%FE", "..", "..%2f..%2fetc%2fpasswd", "%20",
    "x" * 3000, "' OR '1'='1", "01a20164-8c96-76da-ae00-000000000000", "%ED%A0%80", "a;b", "{practice_id}", "%25s",
]  # fmt: skip


@pytest.mark.parametrize("garbage", GARBAGE)
async def test_an_id_that_is_none_finds_nothing(house: House, garbage: str) -> None:
    otto = await house.at("otto")
    async with unchanged(house):
        for method, path in sorted(routes_of(house.app)):
            if "_id}" not in path or not path.startswith("/api/v1/"):
                continue
            start, _, rest = path.partition("{")
            url = house.things.fill(start + garbage + rest.partition("}")[2])
            body = good_body(house, path) if method in {"POST", "PUT"} else None
            answer = await otto.request(method, url, json=body)
            if garbage in {"..", "%20", "..%2f..%2fetc%2fpasswd"} and answer.status_code == 405:
                continue  # the address is that of another route
            if garbage == ".." and path == "/api/v1/runs/{run_id}/costs":
                continue  # clients make /api/v1/costs of it, which there is
            if garbage == ".." and path in {
                "/api/v1/transfer/check-ins/{check_in_id}",
                "/api/v1/groups/{group_id}/people",
            }:
                continue  # and /api/v1/transfer, and /api/v1/people
            if path.endswith("/stop"):
                assert answer.status_code in {404, 409}, (method, url)
                continue
            refused(answer, 404)


@pytest.mark.parametrize(
    ("login", "url"),
    [
        ("boss", "/api/v1/audit?after=-1"),
        ("boss", "/api/v1/audit?after=1e9"),
        ("boss", f"/api/v1/audit?after={10**30}"),
        ("boss", f"/api/v1/audit?after={2**31}"),
        ("boss", "/api/v1/audit?limit=0"),
        ("boss", "/api/v1/audit?limit=501"),
        ("boss", "/api/v1/audit?limit="),
        ("boss", "/api/v1/audit?limit=all"),
        ("maria", "/api/v1/runs?limit=0"),
        ("maria", "/api/v1/runs?limit=201"),
        ("maria", "/api/v1/runs?limit=NaN"),
        ("maria", f"/api/v1/runs?limit={'9' * 5000}"),
        ("maria", "/api/v1/runs?before=%00"),
        ("maria", "/api/v1/checkpoints?programme_id=a%00b"),
        ("amir", "/api/v1/scenarios?programme_id=%00"),
        ("amir", "/api/v1/scenarios?%00=x"),
        ("sofia", "/api/v1/strategy"),
    ],
)
async def test_pages_that_are_none_are_refused(house: House, login: str, url: str) -> None:
    client = await house.at(login)
    answer = await client.get(url)
    refused(answer, 404 if url.endswith("/strategy") else 422)


async def test_a_page_beyond_the_end_is_empty(house: House) -> None:
    boss, maria = await house.at("boss"), await house.at("maria")
    assert ok(await boss.get(f"/api/v1/audit?after={2**31 - 1}")) == []
    assert ok(await maria.get("/api/v1/runs?before=0")) == []
    assert ok(await maria.get("/api/v1/runs?programme_id=nowhere")) == []
    first = ok(await maria.get("/api/v1/runs?limit=1"))
    second = ok(await maria.get(f"/api/v1/runs?limit=1&before={first[0]['id']}"))
    assert first[0]["id"] > second[0]["id"]


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"language": "de"}, "language"),
        ({"language": "xx"}, "language"),
        ({"language": "English"}, "language"),
        ({"language": ""}, "language"),
        ({"language": None}, "language"),
        ({"skill": ""}, "skill"),
        ({"skill": "  "}, "skill"),
        ({"skill": "x" * 201}, "skill"),
        ({"situation": "x" * 4001}, "situation"),
        ({"difficulty": "impossible"}, "difficulty"),
        ({"difficulty": 3}, "difficulty"),
        ({"surprise": 1}, "surprise"),
        ({"audience": ["all"]}, "audience"),
    ],
)
async def test_a_brief_that_cannot_be_is_refused(house: House, change: dict[str, Any], where: str) -> None:
    maria = await house.at("maria")
    url = f"/api/v1/programmes/{house.company.programme_id}/scenarios"
    async with unchanged(house):
        problem = refused(await maria.post(url, json=BRIEF.model_dump(mode="json") | change), 422)
    assert problem["where"] == where


async def test_deciding_twice_names_who_was_first(house: House) -> None:
    maria, jonas = await house.at("maria"), await house.at("jonas")
    ok(await approve(maria, house.things.pending), 201)
    async with unchanged(house):
        for client in (maria, jonas):
            for kind in ("approve", "reject", "request_changes"):
                comments = [{"text": "Softer, please."}] if kind == "request_changes" else []
                answer = await approve(client, house.things.pending, kind=kind, comments=comments)
                assert refused(answer, 409, "conflict")["winner"] == "Maria"


async def test_deciding_at_the_same_moment_has_one_winner(house: House) -> None:
    clients = [await house.at(login) for login in ("maria", "jonas", "otto")] * 3
    answers = await asyncio.gather(*(approve(client, house.things.pending) for client in clients))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 8
    [decision] = ok(await clients[0].get(f"/api/v1/checkpoints/{house.things.pending}"))["decisions"]
    assert decision["terminal"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"review_digest": "0" * 64}, 409),
        ({"review_digest": ""}, 422),
        ({"review_digest": "short"}, 422),
        ({"review_digest": None}, 422),
        ({"kind": "publish"}, 422),
        ({"kind": "APPROVE"}, 422),
        ({"kind": "request_changes"}, 422),
        ({"kind": "request_changes", "comments": [{"text": ""}]}, 422),
        ({"kind": "request_changes", "comments": [{"text": "x", "field": "nowhere"}]}, 422),
        ({"kind": "request_changes", "comments": [{"text": "x", "field": "setting", "quote": "never said"}]}, 422),
        ({"kind": "request_changes", "comments": [{"text": "x"}] * 51}, 422),
        ({"kind": "request_changes", "comments": "all of it"}, 422),
        ({"reason": "x" * 4001}, 422),
    ],
)
async def test_a_decision_that_cannot_be_is_refused(house: House, body: dict[str, Any], status: int) -> None:
    maria = await house.at("maria")
    async with unchanged(house):
        refused(await approve(maria, house.things.pending, **body), status)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 409),
        ({"criterion_id": "nowhere"}, 409),
        ({"criterion_id": "x" * 100}, 422),
        ({"reason": ""}, 422),
        ({"review_digest": "0" * 64}, 409),
    ],
)
async def test_settling_what_is_not_referred_is_refused(house: House, body: dict[str, Any], status: int) -> None:
    maria = await house.at("maria")
    settlement = {"criterion_id": "asks", "level": "named", "reason": "so", "review_digest": house.things.review_digest}
    async with unchanged(house):
        url = f"/api/v1/checkpoints/{house.things.pending}/settlements"
        refused(await maria.post(url, json=settlement | body), status)


async def test_what_is_not_signed_cannot_be_practised(house: House) -> None:
    amir = await house.at("amir")
    async with unchanged(house):
        refused(await amir.post(f"/api/v1/scenarios/{house.things.unsigned}/practices"), 409, "not-signed")
        refused(await amir.post(f"/api/v1/scenarios/{house.things.charter}/practices"), 404)
    for seed in (-1, 2**31 + 1, 1.5, "x", None):
        url = f"/api/v1/scenarios/{house.things.signed}/practices"
        async with unchanged(house):
            refused(await amir.post(url, json={"twin_seed": seed}), 422)


@pytest.mark.parametrize(
    ("text", "status"),
    [("", 422), (" \n\t ", 422), ("\u200b\u202e", 422), ("x" * 4001, 413), ("x" * 20_001, 422), (None, 422), (7, 422)],
)
async def test_nothing_and_too_much_cannot_be_said(house: House, text: Any, status: int) -> None:
    amir = await house.at("amir")
    async with unchanged(house):
        url = f"/api/v1/practices/{house.things.practice}"
        assert refused(await amir.post(f"{url}/turns", json={"text": text}), status)["where"] == "text"


async def test_the_steps_of_a_practice_come_in_order(house: House) -> None:
    amir = await house.at("amir")
    fresh = ok(await amir.post(f"/api/v1/scenarios/{house.things.signed}/practices"), 201)["practice_id"]
    begun, talked, over = (
        f"/api/v1/practices/{each}" for each in (fresh, house.things.practice, house.things.finished)
    )
    text = {"text": "I asked late."}
    async with unchanged(house):
        refused(await amir.post(f"{begun}/finish"), 409)
        refused(await amir.post(f"{begun}/resume"), 409)
        refused(await amir.post(f"{begun}/stop"), 409)
        assert "Finish" in refused(await amir.put(f"{talked}/reflection", json=text), 409)["todo"]
        refused(await amir.post(f"{talked}/debrief"), 409)
        refused(await amir.get(f"{talked}/unsaid"), 409)
        for path in ("turns", "hints", "pause", "resume", "finish"):
            refused(await amir.post(f"{over}/{path}", json=text), 409)
        refused(await amir.put(f"{over}/reflection", json=text), 409)
    ok(await amir.post(f"{talked}/finish"), 204)
    async with unchanged(house):
        refused(await amir.post(f"{talked}/finish"), 409)
        refused(await amir.post(f"{talked}/debrief"), 409)
        refused(await amir.put(f"{talked}/reflection", json={"text": "  "}), 422)
        refused(await amir.put(f"{talked}/reflection", json={"text": "x" * 8001}), 422)


async def test_hints_run_out(house: House) -> None:
    amir = await house.at("amir")
    url = f"/api/v1/practices/{house.things.practice}/hints"
    left = ok(await amir.post(url), 201)["left"]
    assert left
    reader: dict[str, Any] = {"reader": house.things.company.amir.person_id, "purpose": Purpose.OWN_PRACTICE}
    async with house.store.write() as work:
        for number in range(left):
            await work.practices.add_hint(
                house.things.practice, turn=1, rung="nudge", text=f"Hint {number}.", provenance={}, **reader
            )
    async with unchanged(house):
        assert "no hints left" in refused(await amir.post(url), 409)["detail"]


async def test_strategy_is_accepted_once(house: House) -> None:
    sofia = await house.at("sofia")
    async with unchanged(house):
        refused(await sofia.post(f"/api/v1/strategy/{house.things.charter}/accept"), 409)
    changed = CHARTER.model_dump(mode="json") | {"title": "Another"}
    version = ok(await propose(sofia, house, changed, "charter"), 201)
    ok(await sofia.post(f"/api/v1/strategy/{version['id']}/accept"), 202)
    async with unchanged(house):
        refused(await sofia.post(f"/api/v1/strategy/{version['id']}/accept"), 409)


@pytest.mark.parametrize(
    "source",
    [
        {"document": "a.md", "start": 0, "end": 6, "quote": "We lie"},
        {"document": "b.md", "start": 0, "end": 6, "quote": "We ask"},
        {"document": "a.md", "start": 6, "end": 0, "quote": "We ask"},
        {"document": "a.md", "start": 10**20, "end": 10**21, "quote": "We ask"},
        {"document": "a.md", "start": -6, "end": 6, "quote": "We ask"},
    ],
)
async def test_a_source_that_does_not_stand_there_is_refused(house: House, source: dict[str, Any]) -> None:
    sofia = await house.at("sofia")
    clause = {"id": "ask", "kind": "value", "text": "We ask.", "source": source}
    document = CHARTER.model_dump(mode="json") | {"clauses": [clause]}
    async with unchanged(house):
        body = {"document": document, "reason": "x", "pages": {"a.md": "We ask first."}}
        refused(await sofia.post(strategy(house, "charter"), json=body), 422)


@pytest.mark.parametrize(
    "pages", [{}, {"a.md": ""}, {"a.md": "\n\n"}, {"": "We ask."}, {"a.md": 7}, {"a.md": "{% include x %}"}, "a.md"]
)
async def test_pages_without_strategy_are_refused(house: House, pages: Any) -> None:
    sofia = await house.at("sofia")
    async with unchanged(house):
        body = {"title": "t", "company": "c", "pages": pages}
        refused(await sofia.post(f"{strategy(house, 'charter')}/from-pages", json=body), 422)


async def test_work_that_has_not_stopped_is_not_tried_again(house: House) -> None:
    maria = await house.at("maria")
    async with unchanged(house):
        refused(await maria.post(f"/api/v1/runs/{house.things.run}/retry"), 409)


async def test_an_audit_log_that_was_cut_off_does_not_hold(desk: Desk) -> None:
    from sqlalchemy import text

    boss = await desk.at("boss")
    whole = ok(await boss.get("/api/v1/audit/state"))
    assert whole["holds"]
    async with desk.store.database.transaction(writing=True) as connection:
        await connection.execute(text("DELETE FROM audit WHERE seq = :last"), {"last": whole["rows"]})
    cut = ok(await boss.get("/api/v1/audit/state"))
    assert (cut["holds"], cut["rows"], cut["broken_at"]) == (False, whole["rows"] - 1, whole["rows"])
    assert "cut off" in cut["detail"]
    async with desk.store.database.transaction(writing=True) as connection:
        await connection.execute(text("DELETE FROM audit"))
    gone = ok(await boss.get("/api/v1/audit/state"))
    assert (gone["holds"], gone["rows"], gone["head"], gone["broken_at"]) == (False, 0, None, 1)
