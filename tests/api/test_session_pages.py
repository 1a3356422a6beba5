"""The scene's page while the other person speaks, and after the reply broke off."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from agents.persona import PersonaCue
from agents.provenance import Provenance
from evidence.errors import ModelFailed
from tests.api.conftest import Desks
from tests.api.journey import ok, publish
from tests.company import ensemble

HTML = {"Accept": "text/html"}
STREAMING = HTML | {"HX-Request": "true"}


class Hesitant:
    """Says a word and then waits until it is let go on; fails where it is told to."""

    provenance = Provenance(player="offline", model="hesitant", prompt_digest="0" * 64)

    def __init__(self) -> None:
        self.go_on = asyncio.Event()
        self.fails = False

    async def speak(self, cue: PersonaCue) -> AsyncIterator[str]:
        yield "Well "
        if self.fails:
            raise ModelFailed("The endpoint hung up.", todo="Say it again.")
        await self.go_on.wait()
        yield "then, tell me more about it."


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough here: what is tried is the page."""
    return sqlite_url


@pytest.fixture
def persona() -> Hesitant:
    return Hesitant()


async def test_a_page_loaded_again_rejoins_the_reply_and_can_stop_it(desks: Desks, persona: Hesitant) -> None:
    desk = await desks(ensemble(persona=persona))
    version = await publish(await desk.at("maria"), desk.company)
    amir = await desk.at("amir")
    practice = ok(await amir.post(f"/api/v1/scenarios/{version}/practices"), 201)["practice_id"]
    here = f"/practice/{practice}"
    said = await amir.post(f"{here}/say", data={"text": "What happened?"}, headers=STREAMING)
    assert f'hx-sse:connect="/api/v1/practices/{practice}/turns/1/stream"' in said.text
    assert "<html" not in said.text
    again = await amir.get(here, headers=HTML)
    assert again.text.count("data-speaking") == 1
    refused = await amir.post(f"{here}/say", data={"text": "Hello?"}, headers=STREAMING)
    assert (refused.status_code, refused.headers["HX-Retarget"]) == (409, "#trouble")
    assert "still speaking" in refused.text
    other = await desk.at("maria")
    assert (await other.get(here, headers=HTML)).status_code == 404
    assert (await amir.post(f"{here}/stop")).status_code == 303
    stopped = (await amir.get(here, headers=HTML)).text
    assert "data-speaking" not in stopped
    assert "The reply broke off" in stopped
    assert ">What happened?</textarea>" in stopped, "the words are there to be said again"
    persona.go_on.set()
    answer = await amir.post(f"{here}/say", data={"text": "What happened?"}, headers=HTML)
    assert answer.headers["location"] == f"{here}#turn-1"
    whole = (await amir.get(here, headers=HTML)).text
    assert "Well then, tell me more about it." in whole
    assert "broke off" not in whole
    assert (await amir.post(f"{here}/stop")).status_code == 303, "there is nothing to stop any more"


async def test_a_failed_reply_gives_the_words_back_without_javascript_too(desks: Desks, persona: Hesitant) -> None:
    persona.fails = True
    desk = await desks(ensemble(persona=persona))
    version = await publish(await desk.at("maria"), desk.company)
    amir = await desk.at("amir")
    practice = ok(await amir.post(f"/api/v1/scenarios/{version}/practices"), 201)["practice_id"]
    answer = await amir.post(f"/practice/{practice}/say", data={"text": "What <b>happened</b>?"}, headers=HTML)
    assert answer.headers["location"] == f"/practice/{practice}?told=failed#said"
    page = (await amir.get(answer.headers["location"].split("#")[0], headers=HTML)).text
    assert "What &lt;b&gt;happened&lt;/b&gt;?</textarea>" in page
