"""Transfer over HTTP: its whole way, and that nobody but its owner reads a word of it by any route there is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx

from graphs.transfer.asking import ask_what_is_due
from tests.api.furnished import routes_of
from tests.api.journey import ok
from tests.api.room import Room, room

__all__ = ["room"]

API = "/api/v1"
MARK = "Zanzibar-5521"
# Whatever could lead there; tests.api.test_privacy goes by every route.
NEAR = ("/transfer", "/plans", "/pilots", "/notices", "/practice", "/strategy/pilots", "/me", "/people")
TAPS = {"useful": 3, "ready": 2, "likely": 3, "by": 14}


async def at(room: Room, login: str) -> httpx.AsyncClient:
    """A client of the API."""
    client = await room.at(login)
    client.headers["Accept"] = "application/json"
    return client


async def begun(room: Room) -> str:
    sofia = await at(room, "sofia")
    async with room.store.read() as work:
        now = work.now
    order = {"title": "Asking first", "behaviour": "Asks first", "starts_at": now.isoformat()}
    order["ends_at"] = (now + timedelta(days=14)).isoformat()
    pilot_id = ok(await sofia.post(f"{API}/programmes/{room.company.programme_id}/pilots", json=order), 201)["id"]
    assert ok(await sofia.post(f"{API}/pilots/{pilot_id}/invitations", json={"logins": ["Amir"]}), 201) == {"asked": 1}
    return str(pilot_id)


async def practised(room: Room) -> str:
    """A practice of Amir's that is over."""
    from graphs import practising

    _checkpoint, signed = await room.signed_by_jonas()
    practice_id = await practising.begin(room.store, room.company.amir, signed.subject_id)
    async with room.store.write() as work:
        await work.practices.set_status(practice_id, "finished", expected=["open"])
    return practice_id


async def test_the_whole_way_from_a_question_to_what_happened(room: Room) -> None:
    pilot_id = await begun(room)
    amir = await at(room, "amir")
    ok(await amir.put(f"{API}/transfer/pilots/{pilot_id}/consent"), 204)
    practice_id = await practised(room)
    assert ok(await amir.get(f"{API}/practices/{practice_id}/taps")) is None
    ok(await amir.put(f"{API}/practices/{practice_id}/taps", json=TAPS), 204)
    assert ok(await amir.get(f"{API}/practices/{practice_id}/taps")) == TAPS
    [mine] = ok(await amir.get(f"{API}/transfer/pilots"))
    states = {each["moment"]: each for each in mine["check_ins"]}
    assert states["after"]["state"] == "open", "a practice brings it forward"
    told = ok(
        await amir.put(
            f"{API}/transfer/check-ins/{states['after']['id']}",
            json={"items": {"opportunity_physical": 1}, "goal_level": 0, "forecast": 75},
        )
    )
    assert told == {"advised": "change_work", "outside": True}
    async with room.store.read() as work:
        due = (work.now + timedelta(days=3)).date().isoformat()
    plan = {"cue": f"When {MARK} opens", "action": "I ask", "due": due, "practice_id": practice_id}
    plan_id = ok(await amir.post(f"{API}/plans", json=plan), 201)["id"]
    room.store.clock.offset += timedelta(days=31)
    await ask_what_is_due(room.store)
    await ask_what_is_due(room.store)
    amir = await at(room, "amir")
    kinds = [each["kind"] for each in ok(await amir.get(f"{API}/notices?unread=true"))]
    assert sorted(kinds) == ["check-in due", "plan due"], "each once; what was answered or is over is not asked for"
    ok(await amir.put(f"{API}/plans/{plan_id}/outcome", json={"outcome": "happened"}))
    ok(await amir.put(f"{API}/transfer/check-ins/{states['later']['id']}", json={"happened": False}))
    assert ok(await amir.get(f"{API}/notices?unread=true")) == []
    found = ok(await amir.get(f"{API}/transfer"))
    assert found["forecasts"] == 2
    assert abs(found["brier"] - (0.25**2 + 0.75**2) / 2) < 1e-9
    assert sorted(each["tier"] for each in found["evidence"]) == [2, 3, 3, 3, 7]
    assert [each["open"] for each in ok(await amir.get(f"{API}/plans"))] == [False]
    ok(await amir.delete(f"{API}/plans/{plan_id}"), 204)
    assert ok(await amir.get(f"{API}/plans")) == []


async def test_nobody_else_reads_a_word_by_any_route(room: Room) -> None:
    pilot_id = await begun(room)
    amir = await at(room, "amir")
    ok(await amir.put(f"{API}/transfer/pilots/{pilot_id}/consent"), 204)
    practice_id = await practised(room)
    [mine] = ok(await amir.get(f"{API}/transfer/pilots"))
    check_in = mine["check_ins"][0]["id"]
    ok(await amir.put(f"{API}/transfer/check-ins/{check_in}", json={"goal": MARK}))
    async with room.store.read() as work:
        due = (work.now + timedelta(days=3)).date().isoformat()
    plan = {"cue": f"When {MARK} opens", "action": "I ask", "due": due}
    plan_id = ok(await amir.post(f"{API}/plans", json=plan), 201)["id"]
    ok(await amir.put(f"{API}/practices/{practice_id}/taps", json=TAPS), 204)
    ids = {"pilot_id": pilot_id, "check_in_id": check_in, "plan_id": plan_id, "practice_id": practice_id}
    ids |= {"programme_id": room.company.programme_id, "moment": "before", "person_id": room.company.amir.person_id}
    filled = [_filled(path, ids) for method, path in sorted(routes_of(room.app)) if method == "GET"]
    paths = [path for path in filled if path.removeprefix(API).startswith(NEAR) or path.endswith("/pilots")]
    assert [path for path in paths if MARK in (await amir.get(path)).text], "the mark must be there to be found"
    for login in ("lena", "maria", "sofia", "boss"):
        other = await at(room, login)
        for path in paths:
            if "/stream" in path or "{" in path:
                continue
            answer = await other.get(path)
            assert MARK not in answer.text, f"{login} reads {path}"
            if any(each in path for each in (check_in, plan_id, practice_id)) and path.startswith(API):
                assert answer.status_code in (403, 404), f"{login}: {path}"
        refused: list[Any] = [
            await other.put(f"{API}/transfer/check-ins/{check_in}", json={"goal": "mine"}),
            await other.put(f"{API}/plans/{plan_id}/outcome", json={"outcome": "not_yet"}),
            await other.delete(f"{API}/plans/{plan_id}"),
            await other.put(f"{API}/practices/{practice_id}/taps", json=TAPS),
            await other.put(f"{API}/transfer/pilots/{pilot_id}/consent"),
            await other.delete(f"{API}/transfer/pilots/{pilot_id}/consent"),
        ]
        assert [each.status_code for each in refused] == [404] * len(refused)
    assert MARK in (await amir.get(f"{API}/plans")).text


async def test_refusals_say_what_to_do(room: Room) -> None:
    pilot_id = await begun(room)
    amir, sofia = await at(room, "amir"), await at(room, "sofia")
    for answer, status in (
        (await amir.post(f"{API}/plans", json={"cue": "x", "action": "y", "due": "2020-01-01"}), 422),
        (await amir.post(f"{API}/plans", json={"cue": " ", "action": "y", "due": "2999-01-01"}), 422),
        (await amir.get(f"{API}/pilots/{pilot_id}"), 403),
        (await sofia.post(f"{API}/pilots/{pilot_id}/reports/before"), 409),
        (await sofia.post(f"{API}/pilots/{pilot_id}/reports/sometime"), 422),
        (await sofia.get(f"{API}/pilots/none"), 404),
        (await sofia.post(f"{API}/pilots/{pilot_id}/invitations", json={"logins": ["maria"]}), 422),
    ):
        assert answer.status_code == status, answer.text
        assert answer.json()["title"]
    assert len(ok(await sofia.get(f"{API}/programmes/{room.company.programme_id}/pilots"))) == 1


def _filled(path: str, ids: dict[str, str]) -> str:
    for name, value in ids.items():
        path = path.replace("{" + name + "}", value)
    return path
