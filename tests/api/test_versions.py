"""Versions compared and the coverage map, over HTTP and as pages."""

from __future__ import annotations

import re

from graphs.proposing import propose
from store.records import StrategyVersion
from tests.api.room import Room, words
from tests.api.room import room as room
from tests.company import CHARTER, CRITERIA


async def stricter(room: Room) -> StrategyVersion:
    asks = CRITERIA.criteria[0].model_copy(update={"question": "Does the scenario practise asking well?"})
    plainness = CRITERIA.criteria[1].model_copy(update={"weight": 2.5})
    changed = CRITERIA.model_copy(update={"criteria": (asks, plainness), "pass_threshold": 0.75})
    company = room.company
    return await propose(room.store, company.sofia, company.programme_id, changed, reason="Asking is a craft")


async def test_a_comparison_says_what_the_judge_is_asked_anew(room: Room) -> None:
    made = await stricter(room)
    sofia = await room.at("sofia")
    answer = await sofia.get(f"/api/v1/strategy/{made.id}/compare")
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["told"] == [
        "Criteria: 2 changed.",
        "The judge is asked one criterion anew: asks.",
        "Weights and thresholds are arithmetic: what was judged so far is added up again, and no model is asked.",
    ]
    first = found["comparison"]["before"]["id"]
    assert (await sofia.get(f"/api/v1/strategy/{made.id}/compare?with={first}")).json()["comparison"]["why"] == "chosen"
    page = await sofia.get(f"/strategy/versions/{made.id}/compare")
    assert page.status_code == 200, page.text
    for marked in ("<del>before solving</del>", "<ins>well</ins>", "<del>1</del><ins>2.5</ins>", "<ins>0.75</ins>"):
        assert marked in page.text, page.text
    said = words(page.text)
    assert "the judge is asked anew" in said
    assert "arithmetic only" in said
    assert "Compared with version 1, the version in force." in said
    assert f"/strategy/versions/{made.id}/compare" in (await sofia.get("/strategy")).text
    assert (await (await room.at("amir")).get(f"/strategy/versions/{made.id}/compare")).status_code == 403


async def test_the_only_version_has_nothing_beside_it(room: Room) -> None:
    sofia = await room.at("sofia")
    async with room.store.read() as work:
        only = await work.strategy.in_force(room.company.programme_id, "charter")
    assert "There is no other charter" in words((await sofia.get(f"/strategy/versions/{only.id}/compare")).text)
    refused = await sofia.get(f"/api/v1/strategy/{only.id}/compare")
    assert (refused.status_code, refused.json()["todo"]) == (409, "Propose a change first, or name the other version.")


async def test_the_map_says_the_gaps_first_and_offers_to_order(room: Room) -> None:
    more = CHARTER.clauses[1].model_copy(update={"id": "lonely", "text": "We wave & smile."})
    charter = CHARTER.model_copy(update={"clauses": (*CHARTER.clauses, more)})
    await room.decide(room.company.ravi, await room.proposed(charter))
    await room.signed_by_jonas()
    sofia, maria = await room.at("sofia"), await room.at("maria")
    answer = (await sofia.get(f"/api/v1/programmes/{room.company.programme_id}/strategy/coverage")).json()
    told = ["One clause is asked by no criterion.", "2 clauses are practised in no signed scenario."]
    assert answer["told"] == told
    page = await sofia.get("/strategy/coverage")
    said = words(page.text)
    assert said.index(told[0]) < said.index("We wave & smile.") < said.index("We ask what is behind")
    assert "Order a draft" not in said, "only a designer can"
    theirs = await maria.get("/strategy/coverage")
    [link, *_] = [part.partition('"')[0] for part in theirs.text.split('href="')[1:] if part.startswith("/design/new")]
    brief = await maria.get(link.replace("&amp;", "&"))
    assert "Nobody practises this yet: “We wave &amp; smile.” (lonely)." in brief.text


async def test_without_a_charter_the_map_says_what_to_do(room: Room) -> None:
    async with room.store.write() as work:
        empty = await work.strategy.add_programme("Others", round_budget=1)
    sofia = await room.at("sofia")
    page = await sofia.get(f"/strategy/coverage?programme={empty}")
    assert "No charter is in force yet. A strategist adds a charter and accepts it first." in words(page.text)
    assert (await sofia.get(f"/api/v1/programmes/{empty}/strategy/coverage")).status_code == 409


async def test_an_address_fills_the_brief_in_as_text(room: Room) -> None:
    maria = await room.at("maria")
    assert "Listening" not in (await maria.get("/design/new")).text
    page = await maria.get("/design/new", params={"skill": "Listening", "worry": "<b>"})
    assert page.status_code == 200
    main = page.text.partition("<main")[2]
    assert "Listening" in main
    assert "&lt;b&gt;" in main
    assert "<b>" not in main
    long = await maria.get("/design/new", params={"worry": 3000 * "x"})
    assert [len(found) for found in re.findall("x{100,}", long.text)] == [2000]
