"""Groups, assignments and rollouts over HTTP, on pages and at the terminal: from a plan to everybody, and the brake."""

from __future__ import annotations

import re
from typing import Any

import httpx

from tests.api.at_terminal import Office
from tests.api.room import Room, room, words
from tests.graphs.signing import signed_scenario

__all__ = ["room"]

API = "/api/v1"
WHY = "The pilot held."


def ok(answer: httpx.Response, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


async def test_a_scenario_goes_from_skeptics_to_everybody_over_http(room: Room) -> None:
    signed = await signed_scenario(room.store, room.company)
    maria, jonas, sofia, amir, lena = [await room.at(who) for who in ("maria", "jonas", "sofia", "amir", "lena")]
    at = f"{API}/versions/{signed.subject_id}/rollout"
    group = ok(
        await sofia.post(f"{API}/groups", json={"programme_id": room.company.programme_id, "name": "Pilot"}), 201
    )
    ok(await sofia.post(f"{API}/groups/{group['id']}/people", json={"add": ["lena"]}))
    assert ok(await maria.get(f"{API}/groups"))[0]["people"][0]["login"] == "lena"
    assert (await amir.get(f"{API}/groups/{group['id']}")).status_code == 403
    steps = [{"name": "pilot", "group_id": group["id"]}, {"name": "everyone"}]
    numbered = {"Idempotency-Key": "plan-it-once"}
    made = [ok(await maria.post(at, json={"steps": steps}, headers=numbered), 201) for _ in range(2)]
    assert made[0]["id"] == made[1]["id"]
    here = f"{API}/rollouts/{made[0]['id']}"
    assert [each["said"] for each in made[0]["missing"]] == ["No skeptic was invited to break it."]
    assert (await maria.post(f"{here}/skeptics", json={"people": ["sofia"]})).status_code == 422
    ok(await maria.post(f"{here}/skeptics", json={"people": ["amir"]}), 201)
    [card] = ok(await amir.get(f"{API}/scenarios"))
    assert (card["why"], card["rollout_id"]) == ("skeptic", made[0]["id"])
    assert ok(await lena.get(f"{API}/scenarios")) == []
    refused = await lena.post(f"{API}/scenarios/{signed.subject_id}/practices", json={})
    assert (refused.status_code, refused.json()["type"].rpartition(":")[2]) == (403, "not-reached")
    assert "does not reach you yet" in refused.json()["detail"]
    ok(await amir.post(f"{API}/scenarios/{signed.subject_id}/practices", json={}), 201)
    told = ok(await amir.post(f"{here}/findings", json={"title": "Loops", "text": "Ask twice.", "blocks": True}), 201)
    finding = told["findings"][0]["id"]
    ok(await amir.post(f"{here}/looked"), 201)
    assert [each["looked"] for each in ok(await amir.get(f"{API}/invitations"))] == [True]
    blocked = await maria.post(f"{here}/promotions", json={"reason": WHY})
    assert (blocked.status_code, blocked.json()["missing"][0]["said"]) == (409, "A finding that blocks is open.")
    assert (await amir.post(f"{API}/findings/{finding}", json={"act": "settle", "answer": "x"})).status_code == 403
    ok(await maria.post(f"{API}/findings/{finding}", json={"act": "settle", "answer": "Shortened."}), 204)
    waits = ok(await maria.post(f"{here}/promotions", json={"reason": WHY}), 201)["checkpoint_id"]
    shown = ok(await jonas.get(f"{API}/checkpoints/{waits}"))
    assert shown["content"]["findings"] == ["Loops (blocks, settled). Ask twice. Answer: Shortened."]
    decision = {"kind": "approve", "review_digest": shown["review_digest"]}
    assert (await maria.post(f"{API}/checkpoints/{waits}/decisions", json=decision)).status_code == 403
    ok(await jonas.post(f"{API}/checkpoints/{waits}/decisions", json=decision), 201)
    assert ok(await maria.get(here))["stage"] == "pilot"
    assert [each["why"] for each in ok(await lena.get(f"{API}/scenarios"))] == ["open"]
    until = "2099-05-01T00:00:00Z"
    body = {"version_id": signed.subject_id, "group_id": group["id"], "due_at": until}
    assigned = ok(await sofia.post(f"{API}/assignments", json=body), 201)
    [card] = ok(await lena.get(f"{API}/scenarios"))
    assert (card["why"], card["due_at"]) == ("assigned", until)
    assert [each["id"] for each in ok(await sofia.get(f"{API}/assignments"))] == [assigned["id"]]
    ok(await sofia.delete(f"{API}/assignments/{assigned['id']}"), 204)
    braked = ok(await sofia.post(f"{here}/suspension", json={"reason": "Too rough.", "open_practices": "stop"}), 201)
    assert (braked["suspended_because"], braked["again"]) == ("Too rough.", True)
    assert ok(await lena.get(f"{API}/scenarios")) == []
    assert [each["suspended_by"] for each in ok(await maria.get(f"{API}/rollouts"))] == ["Sofia"]
    dates = f"{API}/programmes/{room.company.programme_id}/dates"
    assert ok(await sofia.put(dates, json={"ends_at": until}))["ends_at"] == until
    assert (await maria.put(dates, json={})).status_code == 403


async def test_the_pages_lead_from_a_group_to_a_signed_step_and_the_brake(room: Room) -> None:
    signed = await signed_scenario(room.store, room.company)
    maria, jonas, amir, lena = [await room.at(who) for who in ("maria", "jonas", "amir", "lena")]
    programme = {"programme": room.company.programme_id}
    page = await maria.get("/reach")
    assert "every signed scenario reaches everybody" in words(page.text)
    wrong = await maria.post("/reach", data=programme | {"act": "group", "name": "Pilot", "people": "lena, nobody"})
    assert "Nobody here is called 'nobody'" in words(wrong.text)
    assert ok(await maria.get(f"{API}/groups")) == []  # what was refused has made nothing
    page = await maria.post("/reach", data=programme | {"act": "group", "name": "Pilot"})
    group = re.findall(r'<option value="([0-9a-f-]{36})">Pilot', page.text)[0]
    plan = {"act": "plan", "version": signed.subject_id, "step.0": "pilot", "group.0": group, "step.1": "all"}
    members = programme | {"act": "members", "group": group, "add": "lena"}
    assert "Lena (lena)" in words((await maria.post("/reach", data=members)).text)
    page = await maria.post("/reach", data=programme | plan)
    here = page.url.path
    assert here.startswith("/reach/rollouts/")
    assert "It reaches its skeptics only." in words(page.text)
    page = await maria.post(here, data={"act": "ask", "reason": WHY})
    assert "No skeptic was invited" in words(page.text)
    assert WHY in page.text  # what was typed is kept
    await maria.post(here, data={"act": "invite", "people": "amir"})
    assert "You were asked to break it" in words((await amir.get("/practice")).text)
    mine = here.replace("rollouts", "asked")
    assert (await lena.get(mine)).status_code == 403
    page = await amir.post(mine, data={"act": "report", "title": "Loops", "text": "<b>Ask twice."})
    assert "&lt;b&gt;Ask twice." in page.text
    await amir.post(mine, data={"act": "looked"})
    page = await maria.post(here, data={"act": "ask", "reason": WHY})
    assert page.url.path.startswith("/strategy/review/")
    told = words(page.text)
    assert "Promote “Two deadlines” to pilot" in told
    assert "You asked for this" in told
    assert "Sign this step" not in told
    assert "Promote “Two deadlines” to pilot" in words((await jonas.get("/design")).text)
    page = await jonas.get(page.url.path)
    seen = re.findall(r'name="review_digest" value="([0-9a-f]{64})"', page.text)[0]
    sent_back = {"review_digest": seen, "kind": "request_changes", "comment.text.": "Wait a week."}
    await jonas.post(page.url.path, data=sent_back)
    page = await maria.post(here, data={"act": "ask", "reason": WHY})
    page = await jonas.get(page.url.path)
    assert "Jonas asked: Wait a week." in words(page.text)
    assert "this part is unchanged" not in words(page.text)
    which = re.findall(r'name="mark" value="(yes:[^"]+)"', page.text)[0]
    seen = re.findall(r'name="review_digest" value="([0-9a-f]{64})"', page.text)[0]
    page = await jonas.post(page.url.path, data={"review_digest": seen, "mark": which})
    assert "resolved says Jonas" in words(page.text)
    page = await jonas.post(page.url.path, data={"review_digest": seen, "kind": "approve"})
    assert "the policy waits for somebody else" in words(page.text)  # a finding is open: two sides sign
    sofia = await room.at("sofia")
    page = await sofia.post(page.url.path, data={"review_digest": seen, "kind": "approve"})
    assert "It reaches these people now." in words(page.text)
    assert "Two deadlines" in words((await lena.get("/practice")).text)
    due = programme | {"act": "assign", "version": signed.subject_id, "group": group, "due": "2099-05-01"}
    assert "until 01 May 2099" in words((await maria.post("/reach", data=due)).text)
    assert "for you until 01 May 2099" in words((await lena.get("/practice")).text)
    page = await maria.post(here, data={"act": "suspend", "because": "", "open_practices": "finish"})
    assert "needs a written reason" in words(page.text)
    page = await maria.post(here, data={"act": "suspend", "because": "Too rough.", "open_practices": "stop"})
    assert "Suspended: nobody begins." in words(page.text)
    assert "Two deadlines" not in words((await lena.get("/practice")).text)
    page = await maria.post(here, data={"act": "again", "reason": "It was one word; it is gone."})
    assert "Lift the suspension" in words(page.text)
    for nobody in (amir, lena):
        assert (await nobody.get("/reach")).status_code == 403


def test_a_rollout_at_the_terminal(here: Office) -> None:
    version, maria = here.signed().subject_id, ("--login", "maria")
    assert "Pilot: Lena (lena)" in here.told("groups", "add", "Pilot", "lena", *maria)
    assert here.run("rollout", "plan", version, "--step", "a=Nobodies", *maria).exit_code == 2
    told = here.told("rollout", "plan", version, "--step", "pilot=Pilot", "--step", "all=everybody", *maria)
    assert "It reaches its skeptics only." in told
    at = here.data("rollout", *maria)[0]["id"][-8:]
    told = here.told("rollout", "ask", at, "--because", WHY, *maria, code=1)
    assert "No skeptic was invited to break it." in told
    found = here.data("rollout", "ask", at, "--because", WHY, "--none-because", "Three of us work here.", *maria)
    told = here.told("review", found["checkpoint_id"][-8:], "--login", "sofia")
    assert "Promote “Two deadlines” to pilot" in told
    assert "1 person in all, 1 more than now: the group Pilot." in told
    assert "Three of us work here." in told
    assert "You were not asked to break anything." in here.told("rollout", "asked", "--login", "amir")
    here.told("rollout", "invite", at, "amir", *maria)
    here.told("rollout", "report", at, "--title", "Loops", "--text", "Ask twice.", "--login", "amir")
    told = here.told("rollout", "asked", "--login", "amir")
    assert f"{at} Two deadlines" in told
    assert "(open): Loops. Ask twice." in told
    assert [each["looked"] for each in here.data("rollout", "asked", "--login", "amir")] == [False]
    told = here.told("rollout", "suspend", at, "--because", "Too rough.", "--stop", "--login", "boss")
    assert "Suspended: nobody begins. Too rough." in told
    assert here.checkpoint(found["checkpoint_id"]).status == "superseded"


def test_assignments_and_dates_at_the_terminal(here: Office) -> None:
    version, sofia = here.signed().subject_id, ("--login", "sofia")
    assert "Assigned as" in here.told("assign", "add", version, "--until", "2099-05-01", *sofia)
    assert "2099-05-01" in here.told("assign", *sofia)
    assert here.run("assign", "add", version, "--until", "soon", *sofia).exit_code == 2
    assert "until 01 May 2099" in here.told("groups", "dates", "--ends", "2099-05-01", *sofia)
