"""What models cost, in a real browser: sums, budgets, and one's own use, fit for everybody."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from playwright.sync_api import expect

from store.purpose import Purpose
from tests.company import Company
from tests.conftest import open_store
from tests.pages.conftest import Site, Visits
from tests.pages.desks import served
from tests.pages.looking import faults
from tests.store.test_ledger import entry


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A company where models were asked: Maria's author, and three people's persona."""
    folder = tmp_path_factory.mktemp("house")
    with served(folder) as house:
        url = f"sqlite:///{folder / 'desk.db'}"
        with ThreadPoolExecutor(1) as pool:  # Playwright runs a loop of its own in this thread
            pool.submit(lambda: asyncio.run(_spend(url))).result()
        yield house


async def _spend(url: str) -> None:
    store = open_store(url)
    async with store.write() as work:
        people = {each.login: each.id for each in await work.people.all(purpose=Purpose.ADMINISTRATION)}
        [programme] = await work.strategy.programmes()
        company = Company.__new__(Company)
        company.programme_id = programme.id
        author: dict[str, Any] = {"role": "author", "work_kind": "design", "cost": 4_560_000, "outcome": "model-slow"}
        rows = [entry(company, people["maria"], created_at=work.now, **author)]
        rows += [entry(company, people[who], created_at=work.now) for who in ("amir", "lena", "jonas")]
        await work.ledger.append(rows)
    await store.close()


def test_costs_and_budgets_are_fit_for_everybody(visits: Visits) -> None:
    visit = visits()
    visit.enter("boss")
    page = visit.go("/oversight")
    page.get_by_role("link", name="What models cost").click()
    expect(page.locator("table").first).to_contain_text("4.56 EUR")
    expect(page.locator("table").first).to_contain_text("persona")
    assert faults(visit) == []
    page.get_by_role("link", name="Kind of work").click()
    expect(page.locator("table").first).to_contain_text("practice")
    page.get_by_label("Whose").select_option("everybody")
    page.get_by_label("At most so many tokens").fill("many")
    page.get_by_role("button", name="Set this budget").click()
    expect(page.locator("#tokens-error")).to_contain_text("This is no whole number.")
    visit.complaints.clear()
    assert faults(visit) == []
    page.get_by_label("At most so many tokens").fill("50000")
    page.get_by_role("button", name="Set this budget").click()
    expect(page.get_by_role("status")).to_contain_text("Saved.")
    expect(page.locator("table").last).to_contain_text("50,000")
    assert faults(visit) == []


def test_ones_own_use_is_one_tap_from_what_others_see(visits: Visits) -> None:
    visit = visits(size="phone", scripts=False)
    visit.enter("amir")
    page = visit.go("/practice/what-others-see")
    page.get_by_role("link", name="What I used").click()
    assert page.get_by_role("heading", level=1).inner_text() == "What I used of language models"
    assert page.get_by_role("row", name="today").get_by_role("cell").nth(1).inner_text() == "1"
    other = visits()
    other.enter("amir")
    other.go("/my-use")
    assert faults(other) == []
