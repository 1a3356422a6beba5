"""The front: one brief and three drafts, the doors of the demo, logging in and out, and errors as pages."""

from __future__ import annotations

import re

import httpx
import pytest

from api.demo import example_strategy
from tests.pages.conftest import Site, Visits
from tests.pages.looking import faults, scripts


def test_one_brief_three_drafts(visits: Visits) -> None:
    visit = visits()
    page = visit.go("/")
    drafts = page.locator(".draft")
    assert [drafts.nth(i).locator("h3").inner_text().split("\n")[0] for i in range(3)] == [
        "No strategy",
        "Tarrow Freight Systems",
        "Ellerby Mutual Care",
    ]
    shared = [set(drafts.nth(i).locator(".shared").all_inner_texts()) for i in range(3)]
    own = [set(drafts.nth(i).locator("span:not(.shared, .unseen, .quote-from)").all_inner_texts()) for i in range(3)]
    assert all(text.startswith("Shared:") for texts in shared for text in texts)
    assert shared[0] & shared[1] & shared[2]
    assert own[1]
    assert own[2]
    assert not own[1] & own[2]
    assert [drafts.nth(i).locator("h4").first.inner_text() for i in range(3)] == ["What good sounds like"] * 3
    for company, texts in zip(("tarrow", "ellerby"), own[1:], strict=True):
        clauses = [clause.text for clause in example_strategy(company)[0].clauses]
        for text in texts:
            if text.startswith("Why "):
                assert any(clause in text for clause in clauses), "a reason is its own only where its clause is"
    assert faults(visit) == []
    assert scripts(visit) == 0


def test_one_tap_enters_the_demo_and_another_leaves_it(visits: Visits) -> None:
    visit = visits(scripts=False)
    page = visit.go("/")
    page.get_by_role("button", name="Enter as Amir").click()
    assert page.url == visit.site.address + "/practice"
    assert page.locator(".who").inner_text() == "Amir Haddad"
    page.get_by_role("button", name="Log out").click()
    assert page.url == visit.site.address + "/"
    assert page.locator(".who").count() == 0
    visit.go("/practice")
    assert "/login?next=/practice" in page.url


def test_the_login_leads_where_somebody_wanted_to_go(visits: Visits) -> None:
    visit = visits()
    page = visit.go("/practice/what-others-see")
    assert faults(visit) == []
    assert scripts(visit) == 0
    page.get_by_label("Login").fill("amir")
    page.get_by_label("Password").fill("not the one")
    page.get_by_role("button", name="Log in").click()
    assert "do not go together" in page.get_by_role("alert").inner_text()
    assert page.get_by_label("Login").input_value() == "amir"
    page.get_by_label("Password").fill(visit.site.passwords["amir"])
    page.keyboard.press("Enter")
    page.wait_for_url("**/practice/what-others-see")


@pytest.mark.parametrize("address", ["//elsewhere.example", "https://elsewhere.example", "/\\elsewhere.example"])
def test_the_login_leads_to_no_other_site(site: Site, address: str) -> None:
    form = {"login": "amir", "password": site.passwords["amir"], "next": address}
    answer = httpx.post(f"{site.address}/login", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/practice")


def test_a_scene_that_is_not_signed_leads_to_the_shelf(site: Site) -> None:
    for version_id in ("nothing-like-this", "01a00000-0000-7000-8000-000000000000"):
        answer = httpx.post(f"{site.address}/enter", data={"login": "amir", "meet": version_id})
        assert (answer.status_code, answer.headers["location"]) == (303, "/practice")


@pytest.mark.parametrize("login", ["nobody", "", "../amir"])
def test_there_are_no_other_doors(site: Site, login: str) -> None:
    answer = httpx.post(f"{site.address}/enter", data={"login": login}, headers={"Accept": "text/html"})
    assert answer.status_code in {404, 422}
    assert "set-cookie" not in answer.headers


def test_a_form_of_another_site_is_refused(site: Site) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Origin": "https://elsewhere.example"}
    answer = httpx.post(f"{site.address}/enter", data={"login": "maria"}, headers=headers)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_errors_are_pages_for_people_and_data_for_programs(visits: Visits, site: Site) -> None:
    visit = visits()
    page = visit.enter("amir")
    visit.go("/practice/nothing-like-this")
    assert page.get_by_role("heading", level=1).inner_text() == "There is nothing here for you"
    assert page.get_by_role("link", name="To my desk").is_visible()
    visit.complaints.clear()  # the browser's own note about the 404
    assert faults(visit) == []
    assert scripts(visit) == 0
    for headers in ({"Accept": "application/json"}, {"Accept": "text/html"}):
        answer = httpx.get(f"{site.address}/api/v1/practices", headers=headers)
        assert answer.headers["content-type"].startswith("application/problem+json")


def test_everything_on_the_front_can_be_reached_by_keyboard(visits: Visits) -> None:
    page = visits().go("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    reached = []
    for _ in range(30):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.innerText || document.activeElement.tagName"))
    assert len([each for each in reached if re.match("Enter as", str(each))]) >= 9
