"""The judge under stress, over HTTP and as pages: a plan with its price, the report, limits, and paraphrases."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from typing import Any

from graphs.studying import Studying, carry_on
from strategy.stress.case import Case
from strategy.stress.trial import Answer
from tests.api.room import Room, words
from tests.api.room import room as room
from tests.company import ensemble
from tests.graphs.studies.bench import Bench, PlantedJudge, bench
from tests.strategy.stress import planted

PASSAGE = "The paint has two thin spots."


async def yard(room: Room, judge: Any, scenarios: int = 4) -> Bench:
    """A programme that can be put under stress, with this judge in the application."""
    object.__setattr__(room.app.state.application, "ensemble", ensemble(judge=judge))
    return await bench(room.store, room.company, scenarios=scenarios)


async def carried_out(room: Room, study_id: str) -> None:
    started = await carry_on(room.store, room.company.sofia, study_id)
    await Studying(room.store, room.app.state.application.ensemble).carry_out(study_id, str(started.runs))


class Outside(HTMLParser):
    """Collects every address that a page would load or lead to, and every tag."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "action", "data", "srcset")]


async def test_a_test_is_planned_carried_out_and_reported(room: Room) -> None:
    here = await yard(room, PlantedJudge(planted.injectable))
    sofia, maria = await room.at("sofia"), await room.at("maria")
    address = f"/api/v1/criteria/{here.criteria_id}/stress"
    assert (await maria.post(address, json={})).status_code == 403
    assert (await sofia.post(address, json={"kinds": ["P77"]})).json()["where"] == "kinds"
    assert (await sofia.post(address, json={"scenarios": 0})).status_code == 422
    planned = await sofia.post(address, json={"scenarios": 3, "seed": 5})
    assert planned.status_code == 201, planned.text
    study = planned.json()
    assert (study["kind"], study["status"], study["subject_id"]) == ("stress", "priced", here.criteria_id)
    assert study["estimate"]["questions"] > 40
    report = f"/api/v1/studies/{study['id']}/report.html"
    assert (await sofia.get(report)).status_code == 409
    await carried_out(room, study["id"])
    whole = (await sofia.get(f"/api/v1/studies/{study['id']}")).json()
    assert whole["result"]["standing"] == "fails"
    assert whole["result"]["seed"] == 5

    answer = await sofia.get(report)
    assert answer.status_code == 200
    assert "text/html" in answer.headers["content-type"]
    parsed = Outside()
    parsed.feed(answer.text)
    assert parsed.addresses == []
    assert not {"script", "link", "img", "iframe"} & set(parsed.tags)
    style = answer.text.partition("<style>")[2].partition("</style>")[0]
    named = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"'sha256-{named}'" in answer.headers["content-security-policy"]
    assert "url(" not in style
    said = words(answer.text)
    assert "The judge does not stand the test. What fails: “It cannot be talked up”." in said
    assert "Instructions to the judge" in said
    assert whole["digest"] in said
    assert re.search(r"P9 Instructions to the judge: asks first, rose", said)

    page = words((await sofia.get(f"/strategy/studies/{study['id']}")).text)
    assert "The judge does not stand the test." in page
    assert "The worst, side by side" in page
    assert (await (await room.at("amir")).get(report)).status_code == 403


async def test_what_a_text_says_is_no_mark_up_in_the_report(room: Room) -> None:
    def lured(case: Case, sample: int = 0) -> Answer:
        return Answer("absent") if "<script>" in case.fields["setting"] else planted.constant(case)

    here = await yard(room, PlantedJudge(lured, rationale="<script>alert(2)</script>"), scenarios=1)
    async with room.store.write() as work:
        await work.paraphrases.add(
            here.programme_id, PASSAGE, "<script>alert(1)</script>", by=room.company.maria.person_id
        )
        version = await work.design.version(here.versions[0])
    assert PASSAGE in version.content
    sofia = await room.at("sofia")
    wanted = {"scenarios": 1, "kinds": ["P5", "D1"]}
    study = (await sofia.post(f"/api/v1/criteria/{here.criteria_id}/stress", json=wanted)).json()
    await carried_out(room, study["id"])
    whole = (await sofia.get(f"/api/v1/studies/{study['id']}")).json()
    assert {each["perturbation"] for each in whole["result"]["worst"]} == {"P5", "D1"}
    report = await sofia.get(f"/api/v1/studies/{study['id']}/report.html")
    assert "<script" not in report.text
    page = await sofia.get(f"/strategy/studies/{study['id']}")
    for shown in (report.text, page.text):
        assert "&lt;script&gt;alert(1)" in shown, "what was put into the text"
        assert "&lt;script&gt;alert(2)" in shown, "what the judge said to it"
        assert "<script>alert" not in shown


async def test_limits_are_set_by_a_strategist_and_written_down(room: Room) -> None:
    here = await yard(room, PlantedJudge(planted.perfect), scenarios=1)
    sofia, maria = await room.at("sofia"), await room.at("maria")
    address = f"/api/v1/programmes/{here.programme_id}/judge-limits"
    assert (await maria.get(address)).json() == {"most_flips": 0.1, "most_noise": 0.2, "least_detection": 0.8}
    assert (await maria.put(address, json={})).status_code == 403
    assert (await sofia.put(address, json={"most_flips": 1.5})).status_code == 422
    assert (await sofia.put(address, json={"most_flips": 0.05})).json()["most_flips"] == 0.05
    async with room.store.read() as work:
        assert (await work.strategy.programme(here.programme_id)).judge_limits == {"most_flips": 0.05}
        [row] = [each for each in await work.approvals.audit_rows() if each.action == "judge limits set"]
    assert row.detail == {"before": {}, "after": {"most_flips": 0.05}}
    study = (await sofia.post(f"/api/v1/criteria/{here.criteria_id}/stress", json={"scenarios": 1})).json()
    plan = (await sofia.get(f"/api/v1/studies/{study['id']}")).json()["plan"]
    assert plan["limits"]["most_flips"] == 0.05

    typed = {"programme": here.programme_id, "most_flips": "12", "most_noise": "a fifth", "least_detection": "85"}
    refused = await sofia.post("/strategy/stress/limits", data=typed)
    assert refused.status_code == 422
    assert 'value="12"' in refused.text
    assert 'value="a fifth" aria-invalid="true" aria-describedby="problem most_noise-help"' in refused.text
    assert 'value="12" aria-describedby="most_flips-help"' in refused.text
    assert 'id="most_noise-help"' in refused.text
    saved = await sofia.post("/strategy/stress/limits", data=typed | {"most_noise": "25 %"})
    assert "Tests and activations go by these limits from now on." in words(saved.text)
    assert (await sofia.get(address)).json() == {"most_flips": 0.12, "most_noise": 0.25, "least_detection": 0.85}


async def test_paraphrases_are_approved_by_people_who_read_both(room: Room) -> None:
    here = await yard(room, PlantedJudge(planted.perfect), scenarios=2)
    maria, amir = await room.at("maria"), await room.at("amir")
    address = f"/api/v1/programmes/{here.programme_id}/paraphrases"
    body = {"passage": PASSAGE, "paraphrase": "There are two thin places in the paint.", "read_both": True}
    assert (await amir.post(address, json=body)).status_code == 403
    for changed, where in (
        ({"read_both": False}, "read_both"),
        ({"passage": "The paint has three thin spots."}, "passage"),
        ({"passage": "paint"}, "passage"),
        ({"paraphrase": "  "}, "paraphrase"),
        ({"paraphrase": f" {PASSAGE.upper()} "}, "paraphrase"),
        ({"paraphrase": "x" * 2001}, "paraphrase"),
    ):
        refused = await maria.post(address, json=body | changed)
        assert (refused.status_code, refused.json()["where"]) == (422, where), refused.text
    made = await maria.post(address, json=body)
    assert made.status_code == 201, made.text
    assert (await maria.post(address, json=body)).status_code == 409
    [listed] = (await maria.get(address)).json()
    assert (listed["passage"], listed["name"], listed["stands_in"]) == (PASSAGE, "Maria", 2)
    page = words((await maria.get(f"/strategy/stress?programme={here.programme_id}")).text)
    assert "There are two thin places in the paint." in page
    assert "Plan it and see what it costs" not in page, "a designer plans no test"
    async with room.store.read() as work:
        [row] = [each for each in await work.approvals.audit_rows() if each.action == "paraphrase approved"]
    assert PASSAGE not in str(row.detail)
    assert (await maria.delete(f"/api/v1/paraphrases/{listed['id']}")).status_code == 204
    assert (await maria.delete(f"/api/v1/paraphrases/{listed['id']}")).status_code == 409
    assert (await maria.get(address)).json() == []


async def test_the_page_plans_and_gives_back_what_was_typed(room: Room) -> None:
    here = await yard(room, PlantedJudge(planted.perfect, deterministic=True), scenarios=2)
    sofia = await room.at("sofia")
    typed = {"programme": here.programme_id, "version": here.criteria_id, "scenarios": "many", "seed": "7"}
    refused = await sofia.post("/strategy/stress", data=typed)
    assert refused.status_code == 422
    assert 'value="many" aria-invalid="true"' in refused.text
    planned = await sofia.post("/strategy/stress", data=typed | {"scenarios": "2"})
    assert "Rules on this machine answer them: it costs nothing." in words(planned.text)
    assert "not started" in words((await sofia.get(f"/strategy/stress?programme={here.programme_id}")).text).lower()
    wrong = {"programme": here.programme_id, "passage": "nowhere to be found", "paraphrase": "<b>", "read_both": "yes"}
    back = await sofia.post("/strategy/stress/paraphrases", data=wrong)
    assert back.status_code == 422
    assert "nowhere to be found</textarea>" in back.text
    kept = await sofia.post(
        "/strategy/stress/paraphrases", data=wrong | {"passage": PASSAGE, "paraphrase": "Two thin spots are there."}
    )
    assert "The next test will use it." in words(kept.text)
    [ended] = re.findall(r'action="(/strategy/stress/paraphrases/[^"]+/end)"', kept.text)
    assert "It counts no longer." in words((await sofia.post(ended, data={"programme": here.programme_id})).text)
