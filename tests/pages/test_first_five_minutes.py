"""A newcomer's first five minutes, click by click: drafts, a struck-out quote, a signature, a scene, a slider."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from api.story.lying import INVENTED
from tests.pages.conftest import Site, Visit, Visits, demo
from tests.played import PASSWORDS, history

OPEN_QUESTION = "What do you like about their offer?"
FLIPS = re.compile(r"at 85 %, (\d+) of (\d+) decisions would have gone the other way")


@pytest.fixture(scope="module")
def site(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Instead of the quick demo: the one with its ten weeks of history."""
    home = tmp_path_factory.mktemp("five-minutes")
    beside = shutil.ignore_patterns("*-wal", "*-shm")  # empty, and there only while another process is reading
    shutil.copytree(history(shared).path.parent, home / "var", ignore=beside)
    with demo(home) as address:
        yield Site(address, PASSWORDS)


def become(page: Page, name: str) -> None:
    """Be somebody else, from whatever page there is."""
    page.locator(".switch summary").click()
    page.locator(".switch").get_by_role("button", name=name).click()


def test_the_first_five_minutes(visits: Visits) -> None:
    visit = visits()
    page = visit.go("/")
    first = page.locator(".draft").nth(1)
    assert first.locator("h4").first.inner_text() == "What good sounds like"
    page.get_by_role("button", name="Enter as Maria").click()

    persona = _sign(page)
    page.get_by_role("button", name=f"Now be Amir and meet {persona}").click()

    expect(page.locator(".who")).to_have_text("Amir Haddad")
    expect(page.locator("#turn-0 .speaker")).to_have_text(persona)
    page.get_by_label(f"Say to {persona}").fill(OPEN_QUESTION)
    page.get_by_role("button", name="Say it").click()
    expect(page.locator("#turn-1 .opened")).to_contain_text("Something opened, because you said")
    expect(page.locator("[data-speaking]")).to_have_count(0)
    practice = page.url

    page.get_by_role("link", name="Check.").click()
    assert "My manager sees nothing of what I say here" in page.locator("main .lead").inner_text()
    others = page.locator("main tbody tr:not(.me)")
    assert others.count() >= 4
    assert others.locator("strong").count() == 0, "nobody was handed a practice"
    assert "everything" in page.locator("main tr.me").inner_text()
    assert visit.complaints == []
    page.goto(practice)
    become(page, "Petra Solheim")  # she leads the desk that Amir works at
    assert page.goto(practice).status == 404  # type: ignore[union-attr]
    assert OPEN_QUESTION not in page.content()
    visit.complaints.clear()  # Chromium calls the refusal an error

    page.goto(visit.site.address)
    page.get_by_role("button", name="Enter as Ingrid").click()
    _slide(page, visit)
    assert visit.strangers() == []
    assert visit.complaints == []


def _sign(page: Page) -> str:
    """Find the invented quote, settle what it leaves open, and sign; gives the persona's name."""
    waiting = page.locator(".queue li").first
    assert "Code struck out one invented quote. In this demo we made the judge invent it." in waiting.inner_text()
    waiting.get_by_role("link").click()
    finding = page.locator("#finding")
    assert "5 of 6 criteria are met; one needs your eyes: candour." in finding.inner_text()
    assert page.locator("#text").inner_text().count(INVENTED) == 0
    finding.get_by_role("link", name="candour").first.click()
    criterion = page.locator("#criterion-1")
    expect(criterion.locator("del")).to_have_text(f"“{INVENTED}”")
    expect(criterion.locator("del")).to_be_in_viewport()
    assert "In this demo we made the judge invent one quote" in criterion.locator(".invented").inner_text()

    criterion.get_by_label("Level").select_option("plain")
    sentence = criterion.get_by_label("A sentence of the text that shows it")
    plainly = sentence.locator("option", has_text="uncomfortable").first.get_attribute("value")
    assert plainly
    sentence.select_option(plainly)
    criterion.get_by_label("Why").fill("The objective asks for exactly that.")
    criterion.get_by_role("button", name="Settle this").click()
    expect(finding).to_contain_text("6 of 6 criteria are met.")
    persona = page.locator("#text .line").filter(has=page.get_by_text("Name", exact=True)).locator(".said").inner_text()
    page.get_by_role("button", name="Sign this text").click()
    expect(page.locator("#signed")).to_contain_text("Signed by Maria Okafor. Learners can practise this now.")
    return str(persona)


def _slide(page: Page, visit: Visit) -> None:
    """Move the threshold until decisions flip; the sentence, the list and the table say the same."""
    visit.go("/strategy/what-if")
    before = page.locator("#sentence").inner_text()
    slider = page.locator("input[name=pass_threshold]")
    move = "(slider, to) => { slider.value = to; slider.dispatchEvent(new Event('input', {bubbles: true})) }"
    slider.evaluate(move, "0.85")
    expect(page.locator("#sentence")).not_to_have_text(before)
    flips = page.locator(".flips > li")
    expect(flips.first).to_be_visible()
    said = FLIPS.search(page.locator("#sentence").inner_text())
    assert said
    page.get_by_text("Every threshold at these weights").click()
    row = page.locator("tr[aria-current] td").all_inner_texts()
    assert flips.count() == int(said[1]) == int(row[0]) >= 1
    agreeing = page.locator("#answer > p").first.inner_text()
    counted = re.search(r"on (\d+) of (\d+) decisions; with this change, on (\d+)\.", agreeing)
    assert counted
    assert counted[3] == row[2]
    assert int(counted[1]) <= int(counted[2]) < int(said[2]), "some decisions are kept for measuring"
