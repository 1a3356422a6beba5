"""The form for people who do not write YAML: what was typed is kept, and the same proposal comes out."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from tests.api.room import Room, words
from tests.api.room import room as room
from tests.company import CHARTER, CRITERIA


def fields(text: str) -> list[tuple[str, str]]:
    """What a browser would send for the page's form, without a button."""
    form = text.partition('<form method="post" action="/strategy/edit')[2].partition("</form>")[0]
    found: list[tuple[str, str]] = []
    pattern = r"<input([^>]*)>|<textarea([^>]*)>\n?(.*?)</textarea>|<select([^>]*)>(.*?)</select>"
    for one in re.finditer(pattern, form, re.DOTALL):
        attributes = one[1] or one[2] or one[4]
        name = re.search(r'name="([^"]*)"', attributes)
        value = re.search(r'value="([^"]*)"', attributes)
        assert name is not None
        if one[2] is not None:
            found.append((name[1], unescape(one[3])))
        elif one[4] is not None:
            option = re.search(r'value="([^"]*)" selected', one[5]) or re.search(r'value="([^"]*)"', one[5])
            found.append((name[1], unescape(option[1]) if option else ""))
        elif 'type="checkbox"' not in attributes or " checked" in attributes:
            found.append((name[1], unescape(value[1]) if value else ""))
    return found


def sending(pairs: list[tuple[str, str]], **changes: Any) -> dict[str, list[str]]:
    """The fields with some of them typed anew; names with ``__`` for a point."""
    made: dict[str, list[str]] = {}
    for name, value in pairs:
        made.setdefault(name, []).append(value)
    return made | {name.replace("__", "."): [value] for name, value in changes.items()}


async def stored(room: Room, kind: str) -> list[dict[str, Any]]:
    sofia = await room.at("sofia")
    found: list[dict[str, Any]] = (
        await sofia.get(f"/api/v1/programmes/{room.company.programme_id}/strategy/{kind}")
    ).json()
    return found


async def test_what_is_in_force_is_proposed_unchanged_from_the_form(room: Room) -> None:
    sofia = await room.at("sofia")
    for kind, model in (("criteria", CRITERIA), ("charter", CHARTER)):
        page = await sofia.get(f"/strategy/edit/{kind}")
        done = await sofia.post(f"/strategy/edit/{kind}", data=sending(fields(page.text), reason="Same", act="propose"))
        assert done.status_code == 200, words(done.text)
        newest = (await stored(room, kind))[0]
        assert newest["number"] == 2
        assert newest["content"] == model.model_dump(mode="json")
        assert newest["parent_id"] is not None


async def test_a_fault_is_said_at_its_field_and_nothing_typed_is_lost(room: Room) -> None:
    sofia = await room.at("sofia")
    page = await sofia.get("/strategy/edit/criteria")
    wrong = sending(
        fields(page.text),
        criteria__0__weight="heavy",
        criteria__0__levels__1__value="1,0",
        criteria__1__question="  ",
        criteria__1__levels__1__anchor="Said & <b>plainly</b>",
        reason="We ask for more.",
        act="propose",
    )
    wrong["criteria.1.clause_ids"] = ["ask-first", "gone"]
    back = await sofia.post("/strategy/edit/criteria", data=wrong)
    assert back.status_code == 422
    assert sorted(fields(back.text)) == sorted(
        (name, value)
        for name, values in wrong.items()
        for value in ([values[0].replace("1,0", "1")] if name.endswith("levels.1.value") else values)
        if name != "act"
    )
    assert '<a href="#criteria.0.weight">' in back.text
    assert re.search(r'id="criteria.0.weight-error">It should be a number, but is &#39;heavy&#39;', back.text)
    assert re.search(r'<textarea id="criteria.1.question"[^>]*aria-invalid="true"', back.text)
    assert re.search(r'<input id="criteria.0.id"[^>]*aria-describedby="criteria.0.id-help"', back.text)
    assert len(re.findall(r'<details class="criterion"[^>]* open>', back.text)) == 2
    wrong |= {"criteria.0.weight": ["2,5"], "criteria.1.question": ["Is it plain?"], "criteria.0.levels.1.value": ["1"]}
    back = await sofia.post("/strategy/edit/criteria", data=wrong)
    assert "does not come above" in words(back.text)
    wrong["criteria.0.levels.1.value"] = ["0,5"]
    back = await sofia.post("/strategy/edit/criteria", data=wrong)
    assert "has no clause 'gone'" in words(back.text)
    assert 'id="criteria.1.clause_ids" aria-describedby="criteria.1.clause_ids-error"' in back.text
    assert "gone (not in the charter)" in words(back.text)
    wrong["criteria.1.clause_ids"] = ["plain"]
    without = {**wrong, "reason": [" "]}
    assert "Say in a sentence why" in words((await sofia.post("/strategy/edit/criteria", data=without)).text)
    assert (await sofia.post("/strategy/edit/criteria", data=wrong)).status_code == 200
    content = (await stored(room, "criteria"))[0]["content"]
    assert (content["criteria"][0]["weight"], content["criteria"][1]["question"]) == (2.5, "Is it plain?")


async def test_parts_are_added_and_taken_out_with_everything_typed_so_far(room: Room) -> None:
    sofia = await room.at("sofia")
    page = await sofia.get("/strategy/edit/criteria")
    typed = sending(fields(page.text), title="Half way", act="add")
    page = await sofia.post("/strategy/edit/criteria", data=typed)
    assert ("title", "Half way") in fields(page.text)
    assert re.search(r'<textarea id="criteria.2.question"[^>]* autofocus', page.text)
    typed = sending(fields(page.text), criteria__2__question="Is it kind?", act="add_level.2")
    page = await sofia.post("/strategy/edit/criteria", data=typed)
    assert re.search(r'<input id="criteria.2.levels.3.key"[^>]* autofocus', page.text)
    page = await sofia.post("/strategy/edit/criteria", data=sending(fields(page.text), act="remove_level.2.1"))
    page = await sofia.post("/strategy/edit/criteria", data=sending(fields(page.text), act="remove.0"))
    names = dict(fields(page.text))
    assert (names["criteria.0.id"], names["criteria.1.question"]) == ("plainness", "Is it kind?")
    assert "criteria.2.id" not in names
    assert len(await stored(room, "criteria")) == 1


async def test_a_charter_grows_and_its_faults_are_said_in_the_form(room: Room) -> None:
    sofia = await room.at("sofia")
    page = await sofia.get("/strategy/edit/charter")
    page = await sofia.post("/strategy/edit/charter", data=sending(fields(page.text), act="add"))
    assert re.search(r'<textarea id="clauses.2.text"[^>]* autofocus', page.text)
    forged = sending(fields(page.text), clauses__0__id="plain", reason="Because", act="propose")
    back = await sofia.post("/strategy/edit/charter", data=forged | {"clauses.1.source": ['["x"]']})
    assert back.status_code == 422
    assert re.search(r'id="clauses.2.text-error">It is empty', back.text)
    forged = sending(fields(back.text), clauses__2__text="We say thank you.", act="propose")
    back = await sofia.post("/strategy/edit/charter", data=forged)
    assert re.search(r'id="clauses.1.id-error">Clause id &#39;plain&#39; is used twice', back.text)
    source = '{"document": "values.md", "start": 0, "end": 2, "quote": "We"}'
    fixed = sending(fields(back.text), clauses__0__id="ask-first", clauses__1__source=source, act="propose")
    back = await sofia.post("/strategy/edit/charter", data=fixed)
    assert "not sent along" in words(back.text)
    assert "Found in values.md." in words(back.text)
    done = await sofia.post("/strategy/edit/charter", data=fixed | {"clauses.1.source": [""]})
    assert done.status_code == 200
    assert len((await stored(room, "charter"))[0]["content"]["clauses"]) == 3


async def test_form_and_yaml_lead_into_each_other_with_everything_typed(room: Room) -> None:
    sofia = await room.at("sofia")
    page = await sofia.get("/strategy/edit/charter")
    typed = sending(fields(page.text), clauses__0__text="Ask: “why?”\nAnd wait.", reason="Because", act="yaml")
    as_text = await sofia.post("/strategy/edit/charter", data=typed)
    shown = dict(fields(as_text.text))
    assert "Ask: “why?”" in shown["document"]
    assert shown["reason"] == "Because"
    back = await sofia.post("/strategy/edit/charter", data=shown | {"act": "form"})
    assert sorted(fields(back.text)) == sorted((n, v) for n, vs in typed.items() for v in vs if n != "act")
    for broken, says in (("title: [", "not valid YAML"), ("title: x\nclauses: 7\n", "cannot show this document")):
        refused = await sofia.post("/strategy/edit/charter", data=shown | {"document": broken, "act": "form"})
        assert refused.status_code == 422
        assert says in words(refused.text)
        assert dict(fields(refused.text))["document"].strip() == broken.strip()


async def test_an_empty_programme_begins_with_an_empty_form(room: Room) -> None:
    async with room.store.write() as work:
        empty = await work.strategy.add_programme("Others", round_budget=1)
    sofia = await room.at("sofia")
    page = await sofia.get(f"/strategy/edit/criteria?programme={empty}")
    assert "Put a charter in force first" in words(page.text)
    done = await sofia.post("/strategy/edit/criteria", data=sending(fields(page.text), act="propose"))
    said = words(done.text)
    assert "title : It is empty; a text is needed here." in said
    assert "criterion 1 › question : It is empty; a text is needed here." in said
    assert (await sofia.get("/strategy/edit/poem")).status_code == 404
    assert (await (await room.at("maria")).get("/strategy/edit/charter")).status_code == 403
