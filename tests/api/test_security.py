"""The door: other sites, sizes, headers; and who may do what at every route there is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from api.security import MAX_BODY
from tests.api.furnished import LOGINS, PARAPHRASE, House, Houses, furniture, house, houses, routes_of
from tests.company import BRIEF, CHARTER

__all__ = ["furniture", "house", "houses"]

EVERYBODY = frozenset(LOGINS)
OWN = frozenset({"amir"})  # the practice in these addresses is amir's
LEARNERS = frozenset({"amir", "lena", "otto"})
DESIGNERS = frozenset({"maria", "otto"})
STRATEGISTS = frozenset({"sofia", "otto"})
WORKERS = DESIGNERS | STRATEGISTS
READERS = frozenset({"maria", "sofia", "boss", "gita", "otto"})
STUDY_READERS = frozenset({"sofia", "boss", "gita", "otto"})
OVERSEERS = frozenset({"boss", "gita", "otto"})
ADMINS = frozenset({"boss", "otto"})

PROPOSAL = {"document": CHARTER.model_dump(mode="json"), "reason": "once more"}
PAGES = {"title": "Ours", "company": "Harbour & Sons", "pages": {"a.md": "We always ask before we solve a problem.\n"}}
ROLES = {"roles": ["learner"]}
NEWCOMER = {"login": "newcomer", "name": "New", "password": "a long enough one", "roles": ["learner"]}
DECISION = {"kind": "reject", "review_digest": "0" * 64}
SETTLEMENT = {"criterion_id": "asks", "level": "named", "reason": "so", "review_digest": "0" * 64}

TRANSLATION = {"texts": {"title": "Zwei Termine"}, "source_digest": "0" * 64, "review_digest": "0" * 64}
APPEAL = {"argument": "It asks before it solves.", "review_digest": "0" * 64}
AGREEMENT = {"criterion_id": "asks", "agrees": True, "review_digest": "0" * 64}
MARK = {"decision_id": "none", "number": 0, "resolved": True}
BATCH = {"checkpoints": [{"checkpoint_id": "none", "review_digest": "0" * 64}]}
REVOCATION = {"reason": "It is public now."}
SOON, LATER = ((datetime.now(UTC) + timedelta(days=days)).date().isoformat() for days in (30, 60))
REASON = {"reason": "It held, and everybody was heard."}
PILOT = {"title": "Spring", "behaviour": "Asks first.", "starts_at": SOON, "ends_at": LATER}
PLAN = {"cue": "When somebody brings me a problem", "action": "I ask one open question", "due": SOON}
LINE = {"objective_id": "asks", "why": "I asked."}
BUDGET: dict[str, Any] = {"scope": "person", "subject_id": "", "period": "day"}

# Every route of the API: who may, what to send, what the wrong person hears, and which scope lets a token in. `None`
# stands for nobody's business: the route needs no login.
Row = tuple[frozenset[str] | None, dict[str, Any] | None, int, str | None]
TABLE: dict[tuple[str, str], Row] = {
    ("GET", "/health"): (None, None, 0, None),
    ("GET", "/ready"): (None, None, 0, None),
    ("GET", "/api/v1/openapi.json"): (None, None, 0, None),
    ("POST", "/api/v1/session"): (None, {"login": "amir", "password": "wrong"}, 0, None),
    ("GET", "/api/v1/me"): (EVERYBODY, None, 403, "read"),
    ("POST", "/api/v1/tokens"): (EVERYBODY, {"label": "mine"}, 403, None),
    ("GET", "/api/v1/tokens"): (EVERYBODY, None, 403, "read"),
    ("DELETE", "/api/v1/tokens/{token_id}"): (frozenset(), None, 404, None),
    ("GET", "/api/v1/people"): (ADMINS, None, 403, "read"),
    ("POST", "/api/v1/people"): (ADMINS, NEWCOMER, 403, None),
    ("PUT", "/api/v1/people/{person_id}/roles"): (ADMINS, ROLES, 403, None),
    ("GET", "/api/v1/programmes"): (EVERYBODY, None, 403, "read"),
    ("POST", "/api/v1/programmes/{programme_id}/strategy/charter/from-pages"): (STRATEGISTS, PAGES, 403, "strategy"),
    ("POST", "/api/v1/programmes/{programme_id}/strategy/{kind}"): (STRATEGISTS, PROPOSAL, 403, "strategy"),
    ("GET", "/api/v1/programmes/{programme_id}/strategy/{kind}"): (READERS, None, 403, "read"),
    ("GET", "/api/v1/strategy/{version_id}"): (READERS, None, 403, "read"),
    ("GET", "/api/v1/strategy/{version_id}/compare"): (READERS, None, 403, "read"),
    ("GET", "/api/v1/programmes/{programme_id}/strategy/coverage"): (READERS, None, 403, "read"),
    ("POST", "/api/v1/strategy/{version_id}/accept"): (STRATEGISTS, None, 403, None),
    ("POST", "/api/v1/criteria/{version_id}/preview"): (STRATEGISTS, {}, 403, "strategy"),
    ("GET", "/api/v1/criteria/{version_id}/preview"): (READERS, None, 403, "read"),
    ("GET", "/api/v1/previews/{preview_id}"): (READERS, None, 403, "read"),
    ("POST", "/api/v1/previews/{preview_id}/flips/{checkpoint_id}/read"): (STRATEGISTS, None, 403, None),
    ("GET", "/api/v1/strategy/{version_id}/grounds"): (READERS, None, 403, "read"),
    ("POST", "/api/v1/criteria/{version_id}/stress"): (STRATEGISTS, {"scenarios": 1}, 403, "strategy"),
    ("GET", "/api/v1/programmes/{programme_id}/judge-limits"): (READERS, None, 403, "read"),
    ("PUT", "/api/v1/programmes/{programme_id}/judge-limits"): (STRATEGISTS, {}, 403, None),
    ("GET", "/api/v1/programmes/{programme_id}/paraphrases"): (READERS, None, 403, "read"),
    ("POST", "/api/v1/programmes/{programme_id}/paraphrases"): (WORKERS, PARAPHRASE, 403, None),
    ("DELETE", "/api/v1/paraphrases/{paraphrase_id}"): (WORKERS, None, 403, None),
    ("PUT", "/api/v1/programmes/{programme_id}/label-first"): (STRATEGISTS, {"label_first": False}, 403, None),
    ("GET", "/api/v1/programmes/{programme_id}/labelling"): (WORKERS, None, 403, "read"),
    ("PUT", "/api/v1/scenarios/{version_id}/labels"): (WORKERS, {"levels": {"asks": "named"}}, 403, "design"),
    ("GET", "/api/v1/programmes/{programme_id}/agreement"): (READERS, None, 403, "read"),
    ("GET", "/api/v1/programmes/{programme_id}/anchors"): (STRATEGISTS, None, 403, "read"),
    ("POST", "/api/v1/programmes/{programme_id}/anchors"): (STRATEGISTS, None, 403, None),
    ("POST", "/api/v1/programmes/{programme_id}/drift"): (STRATEGISTS, {}, 403, "strategy"),
    ("GET", "/api/v1/programmes/{programme_id}/portfolio"): (READERS, None, 403, "read"),
    ("POST", "/api/v1/scenarios/{version_id}/distinctiveness"): (STRATEGISTS, None, 403, "strategy"),
    ("GET", "/api/v1/programmes/{programme_id}/studies"): (STUDY_READERS, None, 403, "read"),
    ("GET", "/api/v1/studies/{study_id}"): (STUDY_READERS, None, 403, "read"),
    ("GET", "/api/v1/studies/{study_id}/report.html"): (STUDY_READERS, None, 403, "read"),
    ("POST", "/api/v1/studies/{study_id}/start"): (STRATEGISTS, None, 403, "strategy"),
    ("POST", "/api/v1/studies/{study_id}/cancel"): (STRATEGISTS, None, 403, "strategy"),
    ("POST", "/api/v1/programmes/{programme_id}/scenarios"): (DESIGNERS, BRIEF.model_dump(mode="json"), 403, "design"),
    ("GET", "/api/v1/runs"): (WORKERS, None, 403, "read"),
    ("GET", "/api/v1/runs/{run_id}"): (WORKERS, None, 403, "read"),
    ("GET", "/api/v1/runs/{run_id}/events"): (WORKERS, None, 403, "read"),
    ("POST", "/api/v1/runs/{run_id}/retry"): (WORKERS, None, 403, "design"),
    ("GET", "/api/v1/checkpoints"): (WORKERS, None, 403, "read"),
    ("GET", "/api/v1/checkpoints/batch"): (DESIGNERS, None, 403, "read"),
    ("POST", "/api/v1/checkpoints/batch"): (DESIGNERS, BATCH, 403, None),
    ("POST", "/api/v1/checkpoints/again"): (DESIGNERS, {"run_ids": ["none"]}, 403, None),
    ("GET", "/api/v1/checkpoints/{checkpoint_id}"): (WORKERS, None, 403, "read"),
    ("GET", "/api/v1/checkpoints/{checkpoint_id}/translations"): (WORKERS, None, 403, "read"),
    ("GET", "/api/v1/checkpoints/{checkpoint_id}/translations/{language}"): (WORKERS, None, 403, "read"),
    ("POST", "/api/v1/checkpoints/{checkpoint_id}/translations/{language}"): (DESIGNERS, TRANSLATION, 403, None),
    ("POST", "/api/v1/checkpoints/{checkpoint_id}/translations/{language}/draft"): (DESIGNERS, None, 403, None),
    ("PUT", "/api/v1/checkpoints/{checkpoint_id}/agreements"): (DESIGNERS, AGREEMENT, 403, None),
    ("PUT", "/api/v1/checkpoints/{checkpoint_id}/due"): (DESIGNERS, {"due_at": None}, 403, None),
    ("PUT", "/api/v1/checkpoints/{checkpoint_id}/marks"): (DESIGNERS, MARK, 403, None),
    ("PUT", "/api/v1/checkpoints/{checkpoint_id}/claim"): (DESIGNERS, {"take_over": False}, 403, None),
    ("DELETE", "/api/v1/checkpoints/{checkpoint_id}/claim"): (DESIGNERS, None, 403, None),
    ("POST", "/api/v1/checkpoints/{checkpoint_id}/decisions"): (DESIGNERS, DECISION, 403, None),
    ("POST", "/api/v1/checkpoints/{checkpoint_id}/criteria/{criterion_id}/appeal"): (DESIGNERS, APPEAL, 403, None),
    ("POST", "/api/v1/checkpoints/{checkpoint_id}/settlements"): (DESIGNERS, SETTLEMENT, 403, None),
    ("GET", "/api/v1/notices"): (EVERYBODY, None, 403, "read"),
    ("POST", "/api/v1/notices/read"): (EVERYBODY, None, 403, None),
    ("POST", "/api/v1/notices/{notice_id}/read"): (frozenset(), None, 404, None),
    ("GET", "/api/v1/messages/settings"): (EVERYBODY, None, 403, "read"),
    ("PUT", "/api/v1/messages/settings"): (EVERYBODY, {"by_mail": "none"}, 403, None),
    ("PUT", "/api/v1/messages/address"): (EVERYBODY, {"email": "somebody@harbour.example"}, 403, None),
    ("POST", "/api/v1/messages/address/confirmation"): (EVERYBODY, {"code": "123456"}, 403, None),
    ("DELETE", "/api/v1/messages/address"): (EVERYBODY, None, 403, None),
    ("GET", "/api/v1/messages/weeks"): (OVERSEERS, None, 403, "read"),
    ("GET", "/api/v1/scenarios"): (LEARNERS | DESIGNERS, None, 403, "practice"),
    ("POST", "/api/v1/scenarios/{version_id}/practices"): (LEARNERS, None, 403, "practice"),
    ("GET", "/api/v1/practices"): (EVERYBODY, None, 403, "practice"),
    ("GET", "/api/v1/practices/{practice_id}"): (OWN, None, 404, "practice"),
    ("POST", "/api/v1/practices/{practice_id}/turns"): (OWN, {"text": "And then?"}, 404, "practice"),
    ("GET", "/api/v1/practices/{practice_id}/turns/{turn}/stream"): (OWN, None, 404, "practice"),
    ("POST", "/api/v1/practices/{practice_id}/stop"): (OWN, None, 409, "practice"),
    ("POST", "/api/v1/practices/{practice_id}/hints"): (OWN, None, 404, "practice"),
    ("POST", "/api/v1/practices/{practice_id}/pause"): (OWN, None, 404, "practice"),
    ("POST", "/api/v1/practices/{practice_id}/resume"): (OWN, None, 404, "practice"),
    ("POST", "/api/v1/practices/{practice_id}/finish"): (OWN, None, 404, "practice"),
    ("PUT", "/api/v1/practices/{practice_id}/reflection"): (OWN, {"text": "I asked late."}, 404, "practice"),
    ("POST", "/api/v1/practices/{practice_id}/debrief"): (OWN, None, 404, "practice"),
    ("GET", "/api/v1/practices/{practice_id}/unsaid"): (OWN, None, 404, "practice"),
    ("DELETE", "/api/v1/assignments/{assignment_id}"): (WORKERS | ADMINS, None, 403, None),
    ("DELETE", "/api/v1/contests/{contest_id}"): (frozenset(), None, 404, "practice"),
    ("DELETE", "/api/v1/plans/{plan_id}"): (frozenset(), None, 404, "practice"),
    ("DELETE", "/api/v1/transfer/pilots/{pilot_id}/consent"): (frozenset(), None, 404, "practice"),
    ("GET", "/api/v1/assignments"): (WORKERS | ADMINS, None, 403, "read"),
    ("GET", "/api/v1/contests/mine"): (EVERYBODY, None, 403, "practice"),
    ("GET", "/api/v1/groups"): (WORKERS | ADMINS, None, 403, "read"),
    ("GET", "/api/v1/groups/{group_id}"): (WORKERS | ADMINS, None, 403, "read"),
    ("GET", "/api/v1/invitations"): (EVERYBODY, None, 403, "read"),
    ("GET", "/api/v1/pilots/{pilot_id}"): (STRATEGISTS | {"gita"}, None, 403, "read"),
    ("GET", "/api/v1/plans"): (EVERYBODY, None, 403, "practice"),
    ("GET", "/api/v1/practices/{practice_id}/branches"): (OWN, None, 404, "practice"),
    ("GET", "/api/v1/practices/{practice_id}/skill"): (OWN, None, 404, "practice"),
    ("GET", "/api/v1/practices/{practice_id}/taps"): (OWN, None, 404, "practice"),
    ("GET", "/api/v1/programmes/{programme_id}/contests"): (STRATEGISTS, None, 403, "read"),
    ("GET", "/api/v1/programmes/{programme_id}/pilots"): (STRATEGISTS | {"gita"}, None, 403, "read"),
    ("GET", "/api/v1/rollouts"): (WORKERS | ADMINS, None, 403, "read"),
    ("GET", "/api/v1/rollouts/{rollout_id}"): (WORKERS | ADMINS, None, 403, "read"),
    ("GET", "/api/v1/scenarios/{version_id}/example"): (LEARNERS | DESIGNERS, None, 403, "practice"),
    ("GET", "/api/v1/transfer"): (EVERYBODY, None, 403, "practice"),
    ("GET", "/api/v1/transfer/check-ins/{check_in_id}"): (frozenset(), None, 404, "practice"),
    ("GET", "/api/v1/transfer/pilots"): (EVERYBODY, None, 403, "practice"),
    ("POST", "/api/v1/assignments"): (WORKERS | ADMINS, {}, 403, None),
    ("POST", "/api/v1/findings/{finding_id}"): (frozenset(), {"act": "withdraw"}, 404, None),
    ("POST", "/api/v1/groups"): (WORKERS | ADMINS, {}, 403, None),
    ("POST", "/api/v1/groups/{group_id}/people"): (WORKERS | ADMINS, {}, 403, None),
    ("POST", "/api/v1/pilots/{pilot_id}/invitations"): (STRATEGISTS, {"everybody": True}, 403, None),
    ("POST", "/api/v1/pilots/{pilot_id}/reports/{moment}"): (STRATEGISTS, None, 403, None),
    ("POST", "/api/v1/plans"): (LEARNERS, PLAN, 403, None),
    ("POST", "/api/v1/practices/{practice_id}/branches"): (OWN, {"turn": 1}, 404, "practice"),
    ("POST", "/api/v1/practices/{practice_id}/contests"): (OWN, LINE | {"digest": "0" * 64}, 404, "practice"),
    ("POST", "/api/v1/practices/{practice_id}/contests/preview"): (OWN, LINE, 404, "practice"),
    ("POST", "/api/v1/practices/{practice_id}/twin"): (OWN, None, 404, "practice"),
    ("POST", "/api/v1/programmes/{programme_id}/pilots"): (STRATEGISTS, PILOT, 403, None),
    ("POST", "/api/v1/rollouts/{rollout_id}/findings"): (
        frozenset(),
        {"title": "So", "text": "Say please."},
        404,
        None,
    ),
    ("POST", "/api/v1/rollouts/{rollout_id}/looked"): (frozenset(), None, 404, None),
    ("POST", "/api/v1/rollouts/{rollout_id}/promotions"): (WORKERS, REASON, 403, None),
    ("POST", "/api/v1/rollouts/{rollout_id}/skeptics"): (WORKERS, {"people": ["amir"]}, 403, None),
    ("POST", "/api/v1/rollouts/{rollout_id}/suspension"): (WORKERS | ADMINS, REASON, 403, None),
    ("POST", "/api/v1/versions/{version_id}/rollout"): (WORKERS, {"steps": [{"name": "all"}]}, 403, None),
    ("PUT", "/api/v1/contests/{contest_id}/answer"): (STRATEGISTS, {"text": "We look into it."}, 403, "strategy"),
    ("PUT", "/api/v1/plans/{plan_id}/outcome"): (frozenset(), {"outcome": "happened"}, 404, None),
    ("PUT", "/api/v1/practices/{practice_id}/preferences"): (OWN, {}, 404, "practice"),
    ("PUT", "/api/v1/practices/{practice_id}/taps"): (OWN, {"useful": 1}, 404, None),
    ("PUT", "/api/v1/programmes/{programme_id}/dates"): (STRATEGISTS | ADMINS, {}, 403, None),
    ("PUT", "/api/v1/transfer/check-ins/{check_in_id}"): (frozenset(), {}, 404, None),
    ("PUT", "/api/v1/transfer/pilots/{pilot_id}/consent"): (frozenset(), None, 404, None),
    ("GET", "/api/v1/scenarios/{version_id}/passport"): (WORKERS | ADMINS, None, 403, "read"),
    ("POST", "/api/v1/sign-offs/{sign_off_id}/revocation"): (WORKERS | ADMINS, REVOCATION, 403, None),
    ("PUT", "/api/v1/programmes/{programme_id}/rules"): (ADMINS, {}, 403, None),
    ("GET", "/api/v1/costs"): (ADMINS, None, 403, "read"),
    ("GET", "/api/v1/costs/mine"): (EVERYBODY, None, 403, "read"),
    ("GET", "/api/v1/runs/{run_id}/costs"): (WORKERS | ADMINS, None, 403, "read"),
    ("GET", "/api/v1/budgets"): (ADMINS, None, 403, "read"),
    ("PUT", "/api/v1/budgets"): (ADMINS, BUDGET | {"tokens": 1000}, 403, None),
    ("DELETE", "/api/v1/budgets"): (ADMINS, None, 403, None),
    ("GET", "/api/v1/models"): (WORKERS | OVERSEERS, None, 403, "read"),
    ("GET", "/api/v1/models/{role}/report"): (WORKERS | OVERSEERS, None, 403, "read"),
    ("POST", "/api/v1/models/{role}/override"): (ADMINS, {"reason": "For the pilot."}, 403, None),
    ("DELETE", "/api/v1/models/{role}/override"): (ADMINS, None, 403, None),
    ("GET", "/api/v1/audit/head"): (WORKERS | ADMINS, None, 403, "read"),
    ("GET", "/api/v1/audit"): (OVERSEERS, None, 403, "read"),
    ("GET", "/api/v1/audit/state"): (OVERSEERS, None, 403, "read"),
    ("DELETE", "/api/v1/session"): (EVERYBODY, None, 403, None),
}
# Allowed, and yet refused, because of the state things are in here: never 401, 403 or 404.
IN_THE_WAY = frozenset({409})
# Addresses of what this house has none of: no group, assignment, rollout, pilot or contested line.
NOT_HERE = (
    "/api/v1/assignments/{assignment_id}",
    "/api/v1/contests/{contest_id}/answer",
    "/api/v1/groups/{group_id}",
    "/api/v1/groups/{group_id}/people",
    "/api/v1/pilots/{pilot_id}",
    "/api/v1/pilots/{pilot_id}/invitations",
    "/api/v1/pilots/{pilot_id}/reports/{moment}",
    "/api/v1/rollouts/{rollout_id}",
    "/api/v1/rollouts/{rollout_id}/promotions",
    "/api/v1/rollouts/{rollout_id}/skeptics",
    "/api/v1/rollouts/{rollout_id}/suspension",
    "/api/v1/versions/{version_id}/rollout",
)
# Who is no learner hears that first; another learner hears that there is no such practice.
LEARNERS_ONLY = frozenset({"/api/v1/practices/{practice_id}/branches", "/api/v1/practices/{practice_id}/twin"})
STATE_OF = {  # where the state of things is told otherwise
    "/api/v1/checkpoints/{checkpoint_id}/marks": frozenset({422}),  # there is nothing to name
    "/api/v1/checkpoints/again": frozenset({422}),
    "/api/v1/checkpoints/{checkpoint_id}/translations/{language}/draft": frozenset({409, 422}),  # nobody drafts here
    "/api/v1/previews/{preview_id}/flips/{checkpoint_id}/read": frozenset({404}),  # nothing flips there
    "/api/v1/models/{role}/report": frozenset({404}),  # rules play here, and nothing was checked
    "/api/v1/practices/{practice_id}/contests": frozenset({404}),  # this debrief has no such line
    "/api/v1/practices/{practice_id}/contests/preview": frozenset({404, 409}),
    **dict.fromkeys(NOT_HERE, frozenset({404})),
}


def interface(app: Any) -> set[tuple[str, str]]:
    """Every route that is not a page."""
    return {each for each in routes_of(app) if each[1].startswith(("/api/", "/health", "/ready"))}


async def ask(client: httpx.AsyncClient, house: House, method: str, path: str) -> httpx.Response:
    """The request that the table describes, with real ids."""
    body = TABLE[method, path][1]
    if body is not None and "review_digest" in body:
        body = body | {"review_digest": house.things.review_digest}
    if (method, path) in {("POST", "/api/v1/groups"), ("POST", "/api/v1/assignments")}:
        group = {"programme_id": house.company.programme_id, "name": "Pilot"}
        body = group if path.endswith("groups") else {"version_id": house.things.signed}
    named = BUDGET if (method, path) == ("DELETE", "/api/v1/budgets") else None
    return await client.request(method, house.things.fill(path), params=named, json=body)


def expected(path: str) -> frozenset[int]:
    return STATE_OF.get(path, IN_THE_WAY)


def test_every_route_is_declared_here(house: House) -> None:
    assert interface(house.app) == set(TABLE)


async def test_nobody_gets_in_without_a_login(house: House) -> None:
    before = await house.counts()
    async with house.client() as client:
        for (method, path), (who, *_) in TABLE.items():
            answer = await ask(client, house, method, path)
            if who is not None:
                assert answer.status_code == 401, (method, path)
                assert answer.headers["www-authenticate"] == "Bearer"
                assert answer.json()["todo"]
    assert await house.counts() == before


@pytest.mark.parametrize("login", LOGINS)
async def test_every_role_may_what_the_table_says_and_nothing_else(house: House, login: str) -> None:
    client = await house.at(login)
    before = await house.counts()
    rows = [(route, row) for route, row in TABLE.items() if row[0] is not None]
    for (method, path), (who, _, refused, _) in rows:
        if who is not None and login not in who:
            answer = await ask(client, house, method, path)
            no_learner = path in LEARNERS_ONLY and method == "POST" and login not in LEARNERS
            assert answer.status_code == (403 if no_learner else refused), (method, path, answer.text)
            assert answer.json()["todo"], (method, path)
    assert await house.counts() == before, "what was refused has changed nothing"
    for (method, path), (who, *_) in rows:
        if who is not None and login in who:
            answer = await ask(client, house, method, path)
            assert answer.status_code < 300 or answer.status_code in expected(path), (method, path, answer.text)


@pytest.mark.parametrize("login", ["amir", "lena", "boss", "gita"])
async def test_a_refused_decision_tells_nothing_about_what_waits(house: House, login: str) -> None:
    client = await house.at(login)
    for checkpoint_id in (house.things.pending, house.things.decided):
        for path, body in (("decisions", DECISION), ("settlements", SETTLEMENT)):
            answer = await client.post(f"/api/v1/checkpoints/{checkpoint_id}/{path}", json=body)
            assert answer.status_code == 403
            assert house.things.review_digest not in answer.text
            assert "Maria" not in answer.text


@pytest.mark.parametrize("scope", ["read", "design", "practice", "strategy"])
async def test_a_token_opens_what_its_scope_names_and_nothing_else(house: House, scope: str) -> None:
    token = await house.token(house.things.otto, scope)
    client = house.client(headers={"Authorization": f"Bearer {token}"})
    before = await house.counts()
    rows = [(route, row) for route, row in TABLE.items() if row[0] is not None]
    for (method, path), (_, _, _, wanted) in rows:
        if wanted != scope:
            answer = await ask(client, house, method, path)
            assert answer.status_code == 403, (method, path, answer.text)
    assert await house.counts() == before
    opened = 0
    for (method, path), (who, _, refused, wanted) in rows:
        if wanted == scope and who is not None:
            answer = await ask(client, house, method, path)
            fine = answer.status_code < 300 or answer.status_code in expected(path)
            assert fine if "otto" in who else answer.status_code == refused, (method, path, answer.text)
            opened += fine
    assert opened


@pytest.mark.parametrize(
    ("headers", "passes"),
    [
        ({}, True),  # no browser
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),  # typed by the person
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": ""}, False),
        ({"Sec-Fetch-Site": "SAME-ORIGIN"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://test"}, False),
        ({"Origin": "http://test"}, True),
        ({"Origin": "http://evil.example"}, False),
        ({"Origin": "http://test.evil.example"}, False),
        ({"Origin": "http://evil.example/http://test"}, False),
        ({"Origin": "http://test@evil.example"}, False),
        ({"Origin": "http://evil@test"}, False),
        ({"Origin": "http://test:81"}, False),
        ({"Origin": "ftp://test"}, False),
        ({"Origin": "http://[broken"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": ""}, False),
        ({"Origin": "test"}, False),
    ],
)
async def test_what_other_sites_send_is_refused_before_it_is_read(
    house: House, headers: dict[str, str], passes: bool
) -> None:
    client = await house.at("otto")
    before = await house.counts()
    answer = await client.post("/api/v1/tokens", json={"label": "stolen"}, headers=headers)
    assert answer.status_code == (201 if passes else 403), answer.text
    assert (await house.counts() == before) is not passes
    login = {"login": "amir", "password": house.company.password}
    async with house.client() as other:
        answer = await other.post("/api/v1/session", json=login, headers=headers)
        assert answer.status_code == (204 if passes else 403)
        assert ("set-cookie" in answer.headers) is passes
    assert (await client.get("/api/v1/me", headers=headers)).status_code == 200, "reading is never in the way"


@pytest.mark.parametrize(
    ("origin", "passes"),
    [
        ("https://conductor.example", True),
        ("http://conductor.example", False),  # whoever sits on the line can write such a page
        ("https://conductor.example:8443", False),
        ("http://test", False),  # the inner address behind the proxy is not where people are
        ("https://evil.example", False),
    ],
)
async def test_behind_a_proxy_the_public_address_is_the_only_origin(houses: Houses, origin: str, passes: bool) -> None:
    house = await houses(public_url="https://conductor.example")
    body = {"login": "amir", "password": house.company.password}
    async with house.client() as client:
        answer = await client.post("/api/v1/session", json=body, headers={"Origin": origin})
    assert answer.status_code == (204 if passes else 403)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "post"])
async def test_no_unsafe_method_gets_round_the_door(house: House, method: str) -> None:
    client = await house.at("boss")
    answer = await client.request(method, "/api/v1/session", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert (await client.get("/api/v1/me")).status_code == 200


async def test_every_answer_carries_the_headers_that_browsers_obey(houses: Houses) -> None:
    house = await houses(public_url="https://conductor.example")
    client = house.client()
    answers = [
        await client.get("/health"),
        await client.get("/api/v1/me"),
        await client.get("/api/v1/nowhere"),
        await client.post("/api/v1/session", headers={"Sec-Fetch-Site": "cross-site"}),
        await client.post("/api/v1/session", content=b"x" * (MAX_BODY + 1)),
    ]
    assert [answer.status_code for answer in answers] == [200, 401, 404, 403, 413]
    for answer in answers:
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["strict-transport-security"].startswith("max-age=")
        assert "access-control-allow-origin" not in answer.headers


async def test_plain_http_promises_no_https(house: House) -> None:
    answer = await house.client().get("/health")
    assert "strict-transport-security" not in answer.headers


@pytest.mark.parametrize("length", [str(MAX_BODY + 1), "9" * 40, "-1", "²", "1e3", "lots"])
async def test_a_length_that_is_none_or_too_much_is_refused(house: House, length: str) -> None:
    async with house.client() as client:
        headers = [(b"content-type", b"application/json"), (b"content-length", length.encode("latin-1"))]
        answer = await client.post("/api/v1/session", content=b"{}", headers=headers)
    assert answer.status_code == 413
    assert answer.json()["type"].endswith("too-large")


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/x-www-form-urlencoded"])
async def test_a_body_without_a_length_is_counted_as_it_comes(house: House, kind: str) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(400):
            sent += 65536
            yield b"[" * 65536

    async with house.client() as client:
        answer = await client.post("/api/v1/session", content=endless(), headers={"Content-Type": kind})
    assert answer.status_code == 413, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["todo"]
    assert "content-security-policy" in answer.headers
    assert sent <= MAX_BODY + 2 * 65536, "the rest is not even read"
