"""Choosing, what if, twins, and examples over HTTP and as pages without JavaScript, for their learner only."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import httpx
import pytest

from api.routes.trying import LABEL
from tests.api.furnished import House, furniture, house, houses
from tests.api.journey import ok, parse, say
from tests.company import SCENARIO, ScriptedPersona
from tests.graphs.varied import VARIED, signed

__all__ = ["furniture", "house", "houses"]

HTML = {"Accept": "text/html"}
ASKING = "What has been behind the delay, from where you sit?"
PUSHING = "You should just work faster."


async def branched(amir: httpx.AsyncClient, house: House) -> tuple[str, str]:
    """A practice of two turns, and a branch from its second one."""
    here = "/api/v1/practices/"
    first = ok(await amir.post(f"/api/v1/scenarios/{house.things.signed}/practices"), 201)["practice_id"]
    await say(amir, first, PUSHING)
    await say(amir, first, PUSHING)
    second = ok(await amir.post(f"{here}{first}/branches", json={"turn": 2}), 201)["practice_id"]
    await say(amir, second, ASKING)
    return first, second


async def test_choices_go_with_a_practice_and_can_change(house: House) -> None:
    amir = await house.at("amir")
    wishes = {"goal": " Ask before I solve ", "challenge": "gentle", "hints": "when_asked"}
    body = {"form": "short", "preferences": wishes}
    begun = ok(await amir.post(f"/api/v1/scenarios/{house.things.signed}/practices", json=body), 201)
    path = f"/api/v1/practices/{begun['practice_id']}"
    view = ok(await amir.get(path))
    kept = {"goal": "Ask before I solve", "language_level": "as_written", "language": ""}
    assert view["preferences"] == wishes | kept
    assert (view["form"], view["most_turns"], view["setting"]) == ("short", 6, SCENARIO.short_version.setting)
    ok(await amir.put(f"{path}/preferences", json={"language_level": "simple"}), 204)
    assert ok(await amir.get(path))["preferences"]["language_level"] == "simple"
    assert (await amir.put(f"{path}/preferences", json={"challenge": "brutal"})).status_code == 422
    lena = await house.at("lena")
    assert (await lena.put(f"{path}/preferences", json={})).status_code == 404


async def test_what_if_over_http(house: House) -> None:
    amir = await house.at("amir")
    first, second = await branched(amir, house)
    path = f"/api/v1/practices/{first}"
    number = {"Idempotency-Key": str(uuid4())}
    twice = [ok(await amir.post(f"{path}/branches", json={"turn": 1}, headers=number), 201) for _ in range(2)]
    assert twice[0] == twice[1]
    view = ok(await amir.get(f"/api/v1/practices/{second}"))
    assert (view["branch_of"], view["branch_turn"]) == (first, 2)
    assert [turn["said"] for turn in view["turns"]] == [PUSHING, ASKING]
    forks = ok(await amir.get(f"{path}/branches"))["forks"]
    assert [(fork["turn"], len(fork["sides"])) for fork in forks] == [(1, 2), (2, 2)]
    for turn in (0, 3, 99):
        assert (await amir.post(f"{path}/branches", json={"turn": turn})).status_code == 422
    lena = await house.at("lena")
    for answer in (
        await lena.get(f"{path}/branches"),
        await lena.post(f"{path}/branches", json={"turn": 1}),
        await lena.post(f"{path}/twin"),
        await lena.get(f"{path}/skill"),
    ):
        assert answer.status_code == 404


async def test_an_example_is_labelled_and_can_be_streamed(house: House) -> None:
    version = await signed(house.store, house.things.company)
    amir = await house.at("amir")
    path = f"/api/v1/scenarios/{version}/example"
    whole = ok(await amir.get(path))
    assert whole["label"] == LABEL
    assert whole["player"] == "offline rules"
    assert [line["said"] for line in whole["lines"]] == [
        ASKING, "That sounds exhausting, Nora.", "I will ask for a second reviewer by Monday.",
    ]  # fmt: skip
    streamed = await amir.get(path, headers={"Accept": "text/event-stream"})
    events = parse(streamed.text)
    assert [kind for _, kind, _ in events] == ["scene", "line", "line", "line", "done"]
    assert [data for _, kind, data in events if kind == "line"] == whole["lines"]
    page = (await amir.get(f"/practice/example/{version}", headers=HTML)).text
    assert "An example, played by software." in page
    assert page.rstrip().endswith("</html>")
    for line in whole["lines"]:
        assert line["reply"].replace("'", "&#39;") in page
    assert ok(await amir.get("/api/v1/practices"))[0]["version_id"] != version, "nothing of it is kept"


async def test_an_example_whose_model_fails_says_so_where_it_stands(house: House) -> None:
    from evidence.errors import ModelFailed

    broken: list[Any] = ["I have waited nine days.", ModelFailed("The endpoint hung up.", todo="Watch it again.")]
    object.__setattr__(house.app.state.application.ensemble, "persona", ScriptedPersona(broken))
    version = await signed(house.store, house.things.company)
    amir = await house.at("amir")
    events = parse(
        (await amir.get(f"/api/v1/scenarios/{version}/example", headers={"Accept": "text/event-stream"})).text
    )
    assert [kind for _, kind, _ in events][-1] == "failed"
    assert events[-1][2]["detail"] == "The endpoint hung up."
    page = await amir.get(f"/practice/example/{version}", headers=HTML)
    assert page.status_code == 200
    assert "The endpoint hung up. Watch it again." in page.text
    assert page.text.rstrip().endswith("</html>")


async def test_pages_without_javascript(house: House) -> None:
    """From the desk with choices, to another way from a turn, to both side by side; each address is a plain form's."""
    version = await signed(house.store, house.things.company)
    amir = await house.at("amir")
    amir.headers.update(HTML)
    amir.follow_redirects = True
    desk = await amir.get("/practice")
    card = desk.text.partition(f'id="for-{version}"')[2].partition("</li>")[0]
    assert 'name="varied"' in card
    plain = desk.text.partition(f'id="for-{house.things.signed}"')[2].partition("</li>")[0]
    assert 'name="varied"' not in plain, "without other names nobody is offered them"
    begun = await amir.post("/practice/begin", data={"version_id": version, "goal": "Ask first", "challenge": "gentle"})
    here = begun.url.path
    assert "Ask first" in begun.text
    assert "gentle (your choice)" in begun.text
    assert "Could you say that more simply, please?" in begun.text
    await amir.post(f"{here}/say", data={"text": PUSHING})
    said = await amir.post(f"{here}/say", data={"text": PUSHING})
    assert said.text.count(f'action="{here}/what-if"') == 2
    branch = await amir.post(f"{here}/what-if", data={"turn": "2"})
    there = branch.url.path
    assert there != here
    assert "What if: from turn 2 on" in branch.text
    assert branch.text.count('<li class="turn"') == 2, "the opening line and the turn before the fork"
    await amir.post(f"{there}/say", data={"text": ASKING})
    for place in (here, there):
        compared = (await amir.get(f"{place}/branches")).text
        assert compared.count("First way") == compared.count("What if 1") == 1
        assert ASKING in compared
        assert "nine days in the review queue" not in compared
    changed = await amir.post(f"{there}/preferences", data={"hints": "none", "language_level": "simple"})
    assert "Ask for a hint" not in changed.text
    assert '<option value="simple" selected>' in changed.text
    desk = await amir.get("/practice")
    begun_first = desk.text.partition('id="begun"')[2]
    assert re.findall(r'href="(/practice/[0-9a-f-]{36})#', begun_first)[:2] == [there, here], (
        "the last one stands first"
    )
    assert "what if, from turn 2" in begun_first
    await amir.post(f"{there}/finish")
    await amir.post(f"{there}/reflect", data={"text": "I asked."})
    assert "nine days in the review queue" in (await amir.get(f"{here}/branches")).text
    twin = await amir.post(f"{there}/again")
    assert VARIED.slots[0].values[0] not in twin.text.partition("<main")[2], "other names than before"


async def test_pages_of_a_practice_are_its_learners_alone(house: House) -> None:
    lena = await house.at("lena")
    here = f"/practice/{house.things.practice}"
    assert (await lena.get(f"{here}/branches", headers=HTML)).status_code == 404
    for path, data in (("again", {}), ("what-if", {"turn": "1"}), ("preferences", {})):
        assert (await lena.post(f"{here}/{path}", data=data, headers=HTML)).status_code == 404


@pytest.mark.parametrize("login", ["sofia", "boss", "gita"])
async def test_an_example_is_for_those_who_practise_or_design(house: House, login: str) -> None:
    client = await house.at(login)
    assert (await client.get(f"/api/v1/scenarios/{house.things.signed}/example")).status_code == 403
