"""Labelling over HTTP, as pages and in the terminal: blind until one has spoken, and nobody's own figures anywhere."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import httpx
import pytest

from graphs import agreeing, anchoring
from graphs.blinding import CANNOT_TELL
from graphs.labelling import Gathered, say_levels, set_label_first
from store.records import CheckpointRow
from strategy.labels import Label, held_out
from tests.api.at_terminal import Office
from tests.api.room import Room, words
from tests.api.room import room as room
from tests.company import CRITERIA, ScriptedJudge, ensemble
from tests.desk import Desk

LEVELS = ("absent", "named", "practised")
ASKS, PLAINNESS = (each.id for each in CRITERIA.criteria)
TOLD = ("as told", "Show more of", "0.75", "75 %", "75%", "Aligned", '"aligned"', "samples say", "What the judge found")
# Besides: a level stands on a page where it can be chosen, so a page is held against one with other levels.


def under(room: Room, asks: str, plainness: str) -> Desk:
    judge = ScriptedJudge(levels={ASKS: [asks], PLAINNESS: [plainness]})
    return Desk(room.store, room.company, ensemble(judge=judge))


async def faces(room: Room, who: httpx.AsyncClient, checkpoint: CheckpointRow) -> dict[str, str]:
    """Everything the server says to a person about a checkpoint and its work, with ids taken out."""
    found = {}
    for path in (
        f"/design/review/{checkpoint.id}",
        f"/strategy/review/{checkpoint.id}",
        "/design",
        f"/design/runs/{checkpoint.run_id}",
        f"/api/v1/checkpoints/{checkpoint.id}",
        "/api/v1/checkpoints",
        "/api/v1/checkpoints/batch",
        f"/api/v1/runs/{checkpoint.run_id}",
        f"/api/v1/runs/{checkpoint.run_id}/events",
        f"/strategy/labelling?programme={room.company.programme_id}",
        f"/api/v1/programmes/{room.company.programme_id}/labelling",
    ):
        answer = await who.get(path)
        assert answer.status_code == 200, (path, answer.text)
        found[path.replace(checkpoint.id, "at").replace(checkpoint.run_id, "run")] = answer.text
    return found


def judge_words_in(found: dict[str, str]) -> list[tuple[str, str]]:
    untimed = {path: re.sub(r"\d\d:\d\d:\d\d\.\d+", "", text) for path, text in found.items()}
    return [(path, word) for path, text in untimed.items() for word in TOLD if word in text]


async def test_the_server_tells_nothing_before_and_everything_after(room: Room) -> None:
    await set_label_first(room.store, room.company.sofia, room.company.programme_id, True)
    checkpoint = await under(room, "named", "practised").ordered(room.company.maria)
    jonas = await room.at("jonas")
    before = await faces(room, jonas, checkpoint)
    assert judge_words_in(before) == []
    shown = json.loads(before["/api/v1/checkpoints/at"])
    assert (shown["verdict"], shown["criteria"], shown["trace"], shown["agreements"]) == (None, [], [], [])
    for line in json.loads("[" + ",".join(_data(before["/api/v1/runs/run/events"])) + "]"):
        assert set(line.get("detail", {}).get("levels", ["withheld"])) == {"withheld"}
    for path, body in (
        ("decisions", {"kind": "approve"}),
        ("settlements", {"criterion_id": ASKS, "level": "named", "reason": "so"}),
    ):
        sent = {**body, "review_digest": checkpoint.review_digest}
        refused = await jonas.post(f"/api/v1/checkpoints/{checkpoint.id}/{path}", json=sent)
        assert (refused.status_code, "own level" in refused.json()["detail"]) == (409, True)
    pressed = {"review_digest": checkpoint.review_digest, "kind": "approve"}
    again = await jonas.post(f"/design/review/{checkpoint.id}", data=pressed)
    assert again.status_code == 409
    assert judge_words_in({"form": again.text}) == []

    half = await jonas.post(
        f"/strategy/labelling/{checkpoint.subject_id}",
        data={f"level.{ASKS}": "absent", "next": f"/design/review/{checkpoint.id}"},
    )
    assert half.status_code == 422
    assert "Say something about every criterion." in words(half.text)
    [named] = re.findall(r'<fieldset [^>]*aria-invalid="true" aria-describedby="([^"]+)"', half.text)
    assert f'role="alert" id="{named}"' in half.text
    assert 'value="absent" checked' in half.text
    assert judge_words_in({"half": half.text}) == []
    opened = await jonas.post(
        f"/strategy/labelling/{checkpoint.subject_id}",
        data={
            f"level.{ASKS}": "absent",
            f"level.{PLAINNESS}": CANNOT_TELL,
            "next": f"/design/review/{checkpoint.id}",
        },
    )
    assert opened.status_code == 200
    assert opened.url.path == f"/design/review/{checkpoint.id}"
    assert "What the judge found" in words(opened.text)
    after = {path for path, _ in judge_words_in(await faces(room, jonas, checkpoint))}
    assert {"/design/review/at", "/design", "/design/runs/run", "/api/v1/checkpoints/at"} <= after
    maria = await room.at("maria")
    assert judge_words_in(await faces(room, maria, checkpoint)) == []


@pytest.mark.parametrize("levels", [("practised", "practised"), ("named", "absent"), ("practised", "absent")])
async def test_whatever_the_judge_says_the_pages_are_the_same(room: Room, levels: tuple[str, str]) -> None:
    """Two texts alike, judged otherwise: what a designer is given of both differs in nothing but ids."""
    await set_label_first(room.store, room.company.sofia, room.company.programme_id, True)
    async with room.store.write() as work:
        await work.strategy.change_programme(room.company.programme_id, round_budget=0)
    one = await under(room, "named", "practised").ordered(room.company.maria)
    other = await under(room, *levels).ordered(room.company.maria)
    jonas = await room.at("jonas")
    for path in ("/design/review/{}", "/api/v1/checkpoints/{}"):
        texts = []
        for each in (one, other):
            text = (await jonas.get(path.format(each.id))).text
            shown = json.loads(text) if path.startswith("/api") else text
            if isinstance(shown, dict):
                shown.pop("checkpoint"), shown.pop("review_digest")
                text = json.dumps(shown)
            texts.append(text.replace(each.id, "at").replace(each.subject_id, "text").replace(each.run_id, "run"))
        assert texts[0] == texts[1]


async def test_the_desk_offers_one_text_after_the_other(room: Room) -> None:
    desk = under(room, "named", "practised")
    there = [await desk.ordered(room.company.maria) for _ in range(2)]
    sofia = await room.at("sofia")
    page = await sofia.get("/strategy/labelling")
    assert "2 texts are without your word." in words(page.text)
    for left in (1, 0):
        [action] = [part.partition('"')[0] for part in page.text.split('action="')[1:] if "labelling" in part]
        said = {f"level.{ASKS}": "named", f"level.{PLAINNESS}": "absent", "next": "/strategy/labelling"}
        page = await sofia.post(action, data=said)
        assert ("This is the last text" in words(page.text)) is (left == 1)
    assert "You have labelled everything" in words(page.text)
    assert (await sofia.get(f"/api/v1/programmes/{room.company.programme_id}/labelling")).json() is None
    away = await sofia.post(action, data={**said, "next": "https://elsewhere.example/"})
    assert away.url.host == "test"
    assert len(there) == 2


async def test_the_agreement_desk_and_anchors_as_pages(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(anchoring, "LEAST", 2)
    company = room.company
    desk, held = under(room, "named", "practised"), 0
    while not held:
        checkpoint = await desk.ordered(company.maria)
        held += held_out(checkpoint.run_id, company.programme_id)
    sofia = await room.at("sofia")
    refused = await sofia.post("/strategy/anchors", data={"programme": company.programme_id})
    assert refused.status_code == 409
    assert "at least 2 labels" in words(refused.text)
    for each in (company.jonas, company.maria):
        await say_levels(room.store, each, checkpoint.subject_id, {ASKS: "named", PLAINNESS: "absent"})
    page = await sofia.get("/strategy/agreement")
    assert "Too few labels: 4 of the 50" in words(page.text)
    assert "<details" in page.text
    api = (await sofia.get(f"/api/v1/programmes/{company.programme_id}/agreement")).json()
    assert api["told"] in words(page.text)
    switched = await sofia.post("/strategy/label-first", data={"programme": company.programme_id, "on": "yes"})
    assert "Let them look at once" in words(switched.text)
    drift = await sofia.post("/strategy/anchors", data={"programme": company.programme_id})
    assert "2 anchors on 1 texts" in words(drift.text)
    room.store.clock.offset += timedelta(days=31)
    sofia = await room.at("sofia")
    due = await sofia.get("/strategy/drift")
    assert "time to have them judged again" in words(due.text)
    study = await sofia.post("/strategy/drift", data={"programme": company.programme_id})
    assert study.status_code == 200
    assert "/strategy/studies/" in study.url.path
    listed = (await sofia.get(f"/api/v1/programmes/{company.programme_id}/anchors")).json()
    people = [company.jonas, company.maria, company.sofia]
    for text in (page.text, json.dumps(api), drift.text, json.dumps(listed)):
        assert not [each for each in people if each.person_id in text]
    maria = await room.at("maria")
    assert (await maria.get("/strategy/drift")).status_code == 403
    assert (await maria.post("/strategy/label-first", data={"on": "no"})).status_code == 403


async def test_one_figure_with_its_interval_and_the_rest_behind_details(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = [Label(f"t{n}", ASKS, LEVELS[n % 3], LEVELS[(n + (n % 6 == 0)) % 3], n % 2) for n in range(60)]

    async def many(*_: Any) -> Gathered:
        return Gathered((), tuple(held))

    monkeypatch.setattr(agreeing, "labels_of", many)
    page = (await (await room.at("sofia")).get("/strategy/agreement")).text
    before, _, details = page.partition("<details")
    assert "The judge gives the level that the team gave in 50 of 60 labels." in words(before + "</main>")
    assert re.search(r"AC2, 95 % interval\): 0\.\d\d \(0\.\d\d to 0\.\d\d\)", words(before + "</main>"))
    for behind in ("Weighted κ", "Krippendorff", "AC1", "At least", "Too few labels"):
        assert behind not in before
    assert "Weighted κ" in details
    assert "Too few labels" in details  # of the criterion that has none


def test_the_terminal_is_as_blind_as_the_pages(here: Office) -> None:
    here.told("judge", "label-first", "on", "--login", "sofia")

    async def waits(desk: Desk) -> CheckpointRow:
        return await desk.ordered(here.company.maria)

    checkpoint = here.do(waits)
    short = checkpoint.id[-8:]
    told = here.told("review", short, "--login", "jonas")
    assert "You say your own level" in told
    assert f"judge label {short}" in told
    for word in ("as told", "The text meets the criteria", "Verdict", "aligned"):
        assert word not in told
    assert here.data("review", short, "--login", "jonas")["verdict"] is None
    assert "own level" in here.told("review", short, "--approve", "--login", "jonas", code=1)
    said = here.told("judge", "label", short, f"{ASKS}=named", f"{PLAINNESS}=?", "--login", "jonas")
    assert "Kept." in said
    assert "The text meets the criteria" in here.told("review", short, "--login", "jonas")
    assert "No anchors are frozen" in here.told("judge", "drift", "--login", "sofia", code=1)


def _data(stream: str) -> list[str]:
    return [line.removeprefix("data: ") for line in stream.splitlines() if line.startswith("data: ")]
