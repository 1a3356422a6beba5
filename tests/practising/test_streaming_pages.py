"""The scene's page in a real Chromium while a reply is spoken: loaded again, twice, left, gone back to, cut off."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import socket
from collections.abc import AsyncIterator

import pytest
import uvicorn
from playwright.async_api import BrowserContext, Page, async_playwright, expect
from playwright.async_api import Error as BrowserError

from graphs import practising
from store.unit_of_work import Store
from tests.api.conftest import Desk
from tests.api.furnished import Houses, _app, furniture, houses, plain
from tests.api.test_streams import HesitantPersona, _Server
from tests.company import Company, ensemble, found
from tests.conftest import open_store
from tests.graphs.signing import signed_scenario
from tests.pages.conftest import ARGUMENTS, PATIENCE
from tests.practising.serving import ONLY_HEARD, STORED
from tests.practising.test_streaming import BAD, REPLY, SAID, PacedPersona, another, turns_of
from tests.practising.test_streaming_killed import a_server

__all__ = ["furniture", "houses"]

WHOLE = "".join(REPLY)
SPEAKING = "[data-speaking] .other .words"


@contextlib.asynccontextmanager
async def at(desk: Desk, port: int = 0) -> AsyncIterator[str]:
    """The application behind a server on the loopback; gives its address."""
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        config = uvicorn.Config(desk.app, lifespan="off", ws="none", log_level="error", timeout_graceful_shutdown=1)
        server = _Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving


@contextlib.asynccontextmanager
async def browser(address: str, company: Company) -> AsyncIterator[BrowserContext]:
    """A browser in which amir is logged in."""
    async with async_playwright() as playwright:
        own = next((path for name in ("chromium", "chromium-browser") if (path := shutil.which(name))), None)
        try:
            chromium = await playwright.chromium.launch(executable_path=own, args=ARGUMENTS)
        except BrowserError as error:
            (pytest.fail if os.environ.get("CI") else pytest.skip)(f"no Chromium: {str(error).splitlines()[0]}")
        context = await chromium.new_context(base_url=address, reduced_motion="reduce")
        context.set_default_timeout(PATIENCE)
        page = await context.new_page()
        await page.goto("/login")
        await page.locator("[name=login]").fill("amir")
        await page.locator("[name=password]").fill(company.password)
        await page.locator("[name=password]").press("Enter")
        await page.wait_for_url(re.compile("^((?!login).)*$"))
        await page.close()
        yield context
        await chromium.close()


async def opened(context: BrowserContext, practice_id: str) -> Page:
    page = await context.new_page()
    await page.goto(f"/practice/{practice_id}")
    return page


async def say(page: Page, words: str) -> None:
    await page.get_by_label(re.compile("^Say to")).fill(words)
    await page.get_by_role("button", name="Say it").click()


async def test_a_page_loaded_again_a_second_one_and_one_gone_back_to_rejoin_the_reply(houses: Houses) -> None:
    persona = PacedPersona(BAD, REPLY)
    house = await houses(ensemble(persona=persona))
    practice = await another(house)
    async with at(house) as address, browser(address, house.company) as amir:
        page = await opened(amir, practice)
        await say(page, SAID)
        persona.go_on(1)
        await expect(page.locator(SPEAKING)).to_have_text(BAD[0])
        await page.reload()
        await expect(page.locator(SPEAKING)).to_have_text(BAD[0])
        await expect(page.locator("[data-speaking]")).to_have_count(1)
        second = await opened(amir, practice)
        await expect(second.locator(SPEAKING)).to_have_text(BAD[0])
        await second.get_by_label(re.compile("^Say to")).fill("And why?")
        await second.keyboard.press("Control+Enter")
        await expect(second.locator("[data-speaking]")).to_have_count(1)
        assert await second.get_by_label(re.compile("^Say to")).input_value() == "And why?", "nothing typed is lost"
        await page.goto("/practice")
        persona.go_on(3)
        await expect(second.locator(SPEAKING)).to_have_text("".join(REPLY[:2]))
        await page.go_back()
        await expect(page.locator(SPEAKING)).to_have_text("".join(REPLY[:2]))
        persona.go_on(1)
        for each in (page, second):
            await expect(each.locator("[data-speaking]")).to_have_count(0)
            await expect(each.locator("#turn-1 .other .words")).to_have_text(WHOLE)
            await expect(each.locator(".turn")).to_have_count(2)
        await page.goto("/practice")
        await page.go_back()
        await expect(page.locator("#turn-1 .other .words")).to_have_text(WHOLE)
        await expect(page.locator("[data-speaking]")).to_have_count(0)

        # A message from a page that has not seen the other's is refused, and stays where it was typed.
        other = await another(house)
        await page.goto(f"/practice/{other}")
        await second.goto(f"/practice/{other}")
        await say(page, SAID)
        await expect(page.locator("[data-speaking]")).to_have_count(1)
        await say(second, "And why?")
        await expect(second.locator("#trouble")).to_contain_text("still speaking")
        assert await second.get_by_label(re.compile("^Say to")).input_value() == "And why?"
        await page.get_by_role("button", name="Stop the reply").click()
        await expect(page.locator("#said")).to_contain_text("The reply broke off")
        assert await page.get_by_label(re.compile("^Say to")).input_value() == SAID
    assert [(turn.number, turn.reply) for turn in await turns_of(house, practice)] == [(1, WHOLE)]
    assert persona.spoken == 3


async def test_a_page_whose_server_was_killed_comes_back_with_the_learner_s_words(sqlite_url: str) -> None:
    store: Store = open_store(sqlite_url)
    company = await found(store)
    practice = await practising.begin(store, company.amir, (await signed_scenario(store, company)).subject_id)
    persona = HesitantPersona()
    persona.go_on.set()
    async with contextlib.AsyncExitStack() as stack:
        async with a_server(sqlite_url) as address:
            amir = await stack.enter_async_context(browser(address, company))
            page = await opened(amir, practice)
            await say(page, SAID)
            await expect(page.locator(SPEAKING)).to_have_text("".join(STORED + ONLY_HEARD))
        desk = Desk(_app(plain(), store, ensemble(persona=persona)), company, store)
        stack.push_async_callback(desk.app.state.application.live.close)
        async with at(desk, int(address.rpartition(":")[2])):
            await expect(page.locator("#said")).to_contain_text("The reply broke off")
            assert await page.get_by_label(re.compile("^Say to")).input_value() == SAID
            await page.get_by_role("button", name="Say it").click()
            await expect(page.locator("#turn-1 .other .words")).to_have_text("Well, since you ask: it is what it is.")
            await expect(page.locator(".turn")).to_have_count(2)
            await amir.close()
    await store.close()
