"""Contesting a line over HTTP and on pages: shown, sent, answered, taken back."""

from __future__ import annotations

import re
from typing import Any

from tests.api.furnished import CANARY, House, furniture, house, houses, refused
from tests.api.journey import ok

__all__ = ["furniture", "house", "houses"]

WHY = "I asked openly, and the debrief says it was closed."


async def first_line(house: House, amir: Any) -> dict[str, Any]:
    told = ok(await amir.post(f"/api/v1/practices/{house.things.finished}/debrief"))["debrief"]
    line: dict[str, Any] = told["objectives"][0]
    return line


async def test_the_whole_way_of_a_contested_line(house: House) -> None:
    amir, sofia = await house.at("amir"), await house.at("sofia")
    at = f"/api/v1/practices/{house.things.finished}/contests"
    line = await first_line(house, amir)
    body = {"objective_id": line["objective_id"], "why": WHY}
    shown = ok(await amir.post(f"{at}/preview", json=body))
    assert shown["sent"]["why"] == WHY
    assert shown["few"] is True
    assert any("may guess" in each for each in shown["warnings"])
    refused(await amir.post(at, json=body | {"digest": "0" * 64}), 409)
    contest = ok(await amir.post(at, json=body | {"digest": shown["digest"]}), 201)["contest_id"]

    queue = f"/api/v1/programmes/{house.things.company.programme_id}/contests"
    found = ok(await sofia.get(queue))
    assert [each["sent"] for each in found["lines"]] == [shown["sent"]]
    assert found["by_coach"] == {"offline rules": 1}
    ok(await sofia.put(f"/api/v1/contests/{contest}/answer", json={"text": "We will look at it."}), 204)
    assert ok(await amir.get("/api/v1/contests/mine"))[0]["answer"] == "We will look at it."
    for login in ("lena", "maria", "gita", "boss"):
        refused(await (await house.at(login)).get(queue), 403)
    refused(await (await house.at("otto")).delete(f"/api/v1/contests/{contest}"), 404)
    ok(await amir.delete(f"/api/v1/contests/{contest}"), 204)
    assert ok(await sofia.get(queue))["lines"] == []
    assert ok(await amir.get("/api/v1/contests/mine"))[0]["sent"] is None
    refused(await sofia.put(f"/api/v1/contests/{contest}/answer", json={"text": "Late."}), 404)


async def test_the_pages_show_exactly_what_is_sent_before_it_is(house: House) -> None:
    amir, sofia = await house.at("amir"), await house.at("sofia")
    practice = house.things.finished
    page = (await amir.get(f"/practice/{practice}/debrief")).text
    [link, *_] = re.findall(rf'href="(/practice/{practice}/contest/\w+)"', page)
    assert "Nothing is sent yet" in (await amir.get(link)).text
    shown = (await amir.post(link, data={"why": WHY})).text
    assert "This is exactly what will be sent" in shown
    assert "Fewer than ten people have practised this scenario" in shown
    assert "Nobody contests a line" in (await sofia.get("/strategy/contests")).text
    digest = re.findall(r'name="digest" value="(\w{64})"', shown)[0]
    sent = await amir.post(link, data={"why": WHY, "digest": digest})
    assert (sent.status_code, sent.headers["location"]) == (303, "/practice/contested")
    queue = (await sofia.get("/strategy/contests")).text
    assert WHY in queue
    for secret in ("Amir", practice, house.things.company.amir.person_id):
        assert secret not in queue
    contest = re.findall(r'action="/strategy/contests/([\w-]+)"', queue)[0]
    assert (await sofia.post(f"/strategy/contests/{contest}", data={"text": " "})).status_code == 422
    assert (await sofia.post(f"/strategy/contests/{contest}", data={"text": "Noted."})).status_code == 303
    assert "Noted." in (await amir.get("/practice/contested")).text
    assert (await amir.post(link, data={"why": WHY})).status_code == 409
    assert (await amir.post(f"/practice/contested/{contest}/take-back")).status_code == 303
    assert "nobody can read it any more" in (await amir.get("/practice/contested")).text
    late = await sofia.post(f"/strategy/contests/{contest}", data={"text": "What <I> meant to say."})
    assert late.status_code == 404
    assert "may have taken it back" in late.text
    assert "sent to nobody" in late.text
    assert re.search(r"<textarea[^>]*>What &lt;I&gt; meant to say.</textarea>", late.text)
    assert (WHY in late.text, "Noted." in late.text) == (False, False)
    assert WHY not in (await sofia.get("/strategy/contests")).text
    for login in ("maria", "lena"):
        colleague = await house.at(login)
        assert (await colleague.get(link)).status_code in (403, 404)
        assert (await colleague.get("/strategy/contests")).status_code == 403
        assert WHY not in (await colleague.get("/practice/contested")).text


async def test_what_was_said_besides_the_line_does_not_leave(house: House) -> None:
    amir = await house.at("amir")
    line = await first_line(house, amir)
    shown = ok(
        await amir.post(
            f"/api/v1/practices/{house.things.finished}/contests/preview",
            json={"objective_id": line["objective_id"], "why": WHY},
        )
    )
    assert CANARY not in (shown["sent"]["quote"] or "")  # it stands in the same turn, in another sentence
    assert CANARY not in str(shown)


async def test_the_debrief_page_has_its_parts_in_the_order_of_pearls(house: House) -> None:
    amir = await house.at("amir")
    page = (await amir.get(f"/practice/{house.things.finished}/debrief")).text
    heads = re.findall(r'<h2 id="(\w+)">', page)
    assert heads == ["mine", "happened", "seen", "next"]
    assert "can be wrong" in page
    for chart in re.findall(r"<svg viewBox.*?</svg>", page, re.DOTALL):
        named = re.findall(r'<(title|desc) id="([\w-]+)">([^<]+)<', chart)
        assert [each[0] for each in named] == ["title", "desc"]
        assert f'aria-labelledby="{named[0][1]} {named[1][1]}"' in chart
        assert "style=" not in chart
    assert page.count("<svg viewBox") == page.count('class="figures"') == 2
    figures = re.findall(r'<td class="number">([^<]+)</td>', page)
    shares = [int(each.removesuffix(" %")) for each in figures if each.endswith("%")]
    assert sum(shares) == 100
    assert f"{shares[0]} % were yours" in page


async def test_no_judgement_of_a_debrief_enters_the_shared_cache(house: House) -> None:
    amir = await house.at("amir")
    before = await house.counts()
    practice = house.things.practice
    ok(await amir.post(f"/api/v1/practices/{practice}/finish"), 204)
    ok(await amir.put(f"/api/v1/practices/{practice}/reflection", json={"text": "I asked."}), 204)
    ok(await amir.post(f"/api/v1/practices/{practice}/debrief"))
    # The debrief is a sealed column of its practice; what else is kept is for its learner, and holds a tier.
    assert {name for name, count in (await house.counts()).items() if count != before[name]} == {"learning_evidence"}
