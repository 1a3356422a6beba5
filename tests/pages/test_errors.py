"""Errors as pages: an unknown address, an unknown practice and somebody else's practice are one and the same page."""

from __future__ import annotations

from contextlib import closing

from tests.pages.conftest import Site, Visits
from tests.pages.looking import faults

UNKNOWN = "01a00000-0000-7000-8000-000000000000"


def test_nobody_learns_from_a_404_what_there_is(site: Site, signed: str) -> None:
    with closing(site.client("amir")) as amir:
        practice = amir.post(f"/api/v1/scenarios/{signed}/practices").json()["practice_id"]
    html = {"Accept": "text/html"}
    with closing(site.client("petra")) as petra:
        for path in ("", "/reflect", "/debrief", "/unsaid"):
            theirs = petra.get(f"/practice/{practice}{path}", headers=html)
            unknown = petra.get(f"/practice/{UNKNOWN}{path}", headers=html)
            nowhere = petra.get("/nowhere/at/all", headers=html)
            assert {theirs.status_code, unknown.status_code, nowhere.status_code} == {404}
            assert theirs.text == unknown.text
            assert theirs.text.replace(' aria-current="true"', "") == nowhere.text, "but for the desk in the address"
            assert dict(theirs.headers) | {"date": ""} == dict(unknown.headers) | {"date": ""}


def test_a_404_has_a_title_of_its_own_and_a_way_home(visits: Visits) -> None:
    visit = visits()
    page = visit.enter("amir")
    visit.go("/nowhere")
    assert page.title() == "Not found · Conductor"
    assert page.locator(".who").inner_text() == "Amir Haddad", "somebody logged in is still known"
    visit.complaints.clear()  # the browser's own note about the 404
    assert faults(visit) == []
    page.get_by_role("link", name="To my desk").click()
    page.wait_for_url("**/practice")


def test_a_guest_finds_the_first_page(visits: Visits) -> None:
    visit = visits(scripts=False)
    page = visit.go("/nowhere")
    assert page.get_by_role("heading", level=1).inner_text() == "There is nothing here for you"
    page.get_by_role("link", name="To the first page").click()
    assert page.url == visit.site.address + "/"


def test_programs_still_get_data(site: Site) -> None:
    with closing(site.client("amir")) as amir:
        answer = amir.get(f"/api/v1/practices/{UNKNOWN}", headers={"Accept": "text/html"})
        assert answer.headers["content-type"].startswith("application/problem+json")
        assert answer.json()["detail"] == "You have no such practice."
