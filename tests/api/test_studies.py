"""Studies and the portfolio over HTTP, on pages and at the terminal, on a real one: a draft beside generic drafts."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from agents.failures import ModelDown
from api.commands import command
from graphs.studying import Studying
from store.unit_of_work import Store
from tests.api.at_terminal import Office
from tests.api.room import Room, room, words
from tests.company import ScriptedAuthor
from tests.desk import Desk

__all__ = ["room"]

API = "/api/v1"


async def carry_out(store: Store, players: Any) -> None:
    """What the queue would do with every study that was started."""
    async with store.read() as work:
        [programme] = await work.strategy.programmes()
        running = await work.studies.of_programme(programme.id, status="running")
    for study in running:
        await Studying(store, players).carry_out(study.id, str(study.runs))


async def signed_version(room: Room) -> str:
    checkpoint, _ = await room.signed_by_jonas()
    return checkpoint.subject_id


def ok(answer: httpx.Response) -> Any:
    assert answer.status_code < 300, answer.text
    return answer.json()


async def test_a_study_is_planned_started_and_read_over_http(room: Room) -> None:
    version_id = await signed_version(room)
    sofia, maria = await room.at("sofia"), await room.at("maria")
    refused = await maria.post(f"{API}/scenarios/{version_id}/distinctiveness", headers={"Accept": "application/json"})
    assert refused.status_code == 403
    planned = ok(await sofia.post(f"{API}/scenarios/{version_id}/distinctiveness", headers={"Idempotency-Key": "one"}))
    again = ok(await sofia.post(f"{API}/scenarios/{version_id}/distinctiveness", headers={"Idempotency-Key": "one"}))
    assert (planned["status"], planned["id"]) == ("priced", again["id"])
    assert planned["estimate"]["cost"] == 0
    started = ok(await sofia.post(f"{API}/studies/{planned['id']}/start"))
    assert started["status"] == "running"
    assert (await sofia.post(f"{API}/studies/{planned['id']}/start")).status_code == 409
    await carry_out(room.store, room.players)
    done = ok(await sofia.get(f"{API}/studies/{planned['id']}"))
    assert (done["status"], done["answered"]) == ("done", done["planned"])
    assert 0 <= done["result"]["distance"] <= 1
    programme_id = room.company.programme_id
    [listed] = ok(await sofia.get(f"{API}/programmes/{programme_id}/studies?kind=distinctiveness"))
    assert "result" not in listed
    portfolio = ok(await maria.get(f"{API}/programmes/{programme_id}/portfolio"))
    assert portfolio["scenarios"][0]["study_id"] == planned["id"]
    assert (await (await room.at("amir")).get(f"{API}/studies/{planned['id']}")).status_code == 403


async def test_pages_show_price_progress_and_what_was_found(room: Room) -> None:
    version_id = await signed_version(room)
    sofia = await room.at("sofia")
    page = await sofia.get("/strategy/portfolio")
    assert "One scenario is signed" in words(page.text)
    page = await sofia.post(f"/strategy/portfolio/{version_id}")
    assert "it costs nothing" in words(page.text)
    at = page.url.path
    page = await sofia.post(f"{at}/start")
    assert "questions are answered" in words(page.text)
    assert 'hx-trigger="every 2s"' in page.text
    twice = await sofia.post(f"{at}/start")
    assert twice.status_code == 409
    assert "is under way" in words(twice.text)
    await carry_out(room.store, room.players)
    assert "A study is done." in words((await sofia.get("/strategy")).text)
    page = await sofia.get(at)
    assert "A study is done." not in words((await sofia.get("/strategy")).text), "it was read"
    told = words(page.text)
    assert "From one generic draft written for the same brief without the charter" in told
    assert "What the charter adds" in told
    assert "hx-trigger" not in page.text
    assert "done" in words((await sofia.get("/strategy/studies")).text)
    assert (await (await room.at("amir")).get("/strategy/studies")).status_code == 403


async def test_a_study_that_stopped_says_why_and_goes_on_from_its_page(room: Room) -> None:
    version_id = await signed_version(room)
    sofia = await room.at("sofia")
    at = (await sofia.post(f"/strategy/portfolio/{version_id}")).url.path
    await sofia.post(f"{at}/start")

    class Down(ScriptedAuthor):
        async def draft(self, order: Any) -> Any:
            raise ModelDown("The author's language model has a fault.", todo="Try again later.")

    from dataclasses import replace

    await carry_out(room.store, replace(room.players, author=Down()))
    told = words((await sofia.get(at)).text)
    assert "The author's language model has a fault. Try again later." in told
    assert "Go on" in told
    await sofia.post(f"{at}/start")
    await carry_out(room.store, room.players)
    assert "What the charter adds" in words((await sofia.get(at)).text)
    cancelled = await sofia.post(f"{at}/cancel")
    assert cancelled.status_code == 409


async def test_every_page_of_the_desk_leads_to_the_same_page_of_another_programme(room: Room) -> None:
    async with room.store.write() as work:
        other = await work.strategy.add_programme("Others", round_budget=1)
    sofia = await room.at("sofia")
    for path in ("", "/agreement", "/coverage", "/drift", "/labelling", "/portfolio", "/stress", "/studies"):
        page = await sofia.get(f"/strategy{path}")
        assert f'<a href="/strategy{path}?programme={other}">Others</a>' in page.text, path
        there = await sofia.get(f"/strategy{path}?programme={other}")
        assert "<strong>Others</strong>" in there.text, path


def test_at_the_terminal(here: Office) -> None:
    async def sign(desk: Desk) -> str:
        checkpoint = await desk.ordered(desk.company.maria)
        await desk.decide(desk.company.jonas, checkpoint)
        return checkpoint.run_id

    assert "Nothing is signed yet" in here.told("portfolio", "--login", "sofia")
    assert "There is no study yet" in here.told("study", "list", "--login", "sofia")
    run_id = here.do(sign)
    assert "One scenario is signed" in here.told("portfolio", "--login", "maria")
    told = here.told("distinct", run_id[-8:], "--login", "sofia")
    assert "it costs nothing" in told
    assert "What the charter adds" in told
    [study] = here.data("study", "list", "--login", "sofia")
    assert study["status"] == "done"
    assert "What the charter adds" in here.told("study", "show", study["id"][-8:], "--login", "sofia")
    refused = here.told("study", "start", study["id"], "--login", "sofia", code=command.REFUSED)
    assert "This study is done" in refused
    assert "Only a strategist" in here.told("distinct", run_id, "--login", "maria", code=command.REFUSED)
    assert here.data("portfolio", "--login", "sofia")["scenarios"][0]["study_id"] == study["id"]


@pytest.mark.parametrize("drafts", ["0", "41"])
def test_a_number_out_of_range_is_refused(here: Office, drafts: str) -> None:
    async def order(desk: Desk) -> str:
        return (await desk.ordered(desk.company.maria)).run_id

    run_id = here.do(order)
    told = here.told("distinct", run_id, "--drafts", drafts, "--login", "sofia", code=command.REFUSED)
    assert "1 to 40" in told
