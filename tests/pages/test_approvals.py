"""Approvals in a real browser: reword and let somebody else sign, claim in turn, take back, confirm as one list."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.pages.conftest import Enter, Site
from tests.pages.desks import open_desk, order, served
from tests.pages.looking import faults


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Instead of the demo: a company whose judge does as it is told."""
    with served(tmp_path_factory.mktemp("house")) as house:
        yield house


def test_reword_it_and_somebody_else_signs(enter: Enter) -> None:
    visit, other = enter("maria", scripts=False), enter("jonas")
    page = order(visit, "A talk in other words", scripts=False)
    page.get_by_role("button", name="Change the wording yourself").click()
    assert "somebody else has to sign it" in page.locator(".lead").inner_text()
    cover = page.get_by_label("Until then they say")
    cover.fill("")
    page.locator("#edit-opening_line").fill("You asked for me?")
    page.get_by_role("button", name="Send my wording").click()
    expect(page.get_by_role("alert")).to_contain_text("It is empty; a text is needed here.")
    assert cover.get_attribute("aria-invalid") == "true"
    assert page.locator("#edit-opening_line").input_value() == "You asked for me?"
    cover.fill("It was just a lot.")
    page.get_by_role("button", name="Send my wording").click()
    expect(page.locator("#reworded")).to_contain_text("Maria changed the wording.")
    page.get_by_role("link", name="Watch the new judgement").or_(
        page.get_by_role("link", name="To the new version")
    ).click()
    if "/runs/" in page.url:
        open_desk(page, scripts=False)
    assert page.get_by_role("button", name="Sign this text").count() == 0
    assert "somebody else signs it" in page.locator(".bar").inner_text()
    theirs = other.page
    theirs.goto(page.url)
    changes = theirs.locator("#changes")
    assert "You asked for me?" in " ".join(changes.locator("dd").all_inner_texts()).replace("wanted to see ", "")
    assert faults(other) == []
    theirs.get_by_role("button", name="Sign this text").click()
    expect(theirs.locator("#signed")).to_contain_text("Signed by Jonas. Learners can practise this now.")


def test_the_page_for_rewording_is_fit_for_everybody(enter: Enter) -> None:
    visit = enter("maria")
    page = order(visit, "A talk to be reworded")
    page.get_by_role("button", name="Change the wording yourself").click()
    assert faults(visit) == []
    page.locator("#reason").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent.trim()") == "Send my wording"
    page.get_by_role("button", name="Back to the desk").click()
    expect(page.get_by_role("button", name="Sign this text")).to_be_visible()


def test_two_people_and_one_claim(enter: Enter) -> None:
    first, second = enter("maria"), enter("jonas")
    page = order(first, "A talk that two want to review")
    other = second.page
    other.goto(page.url)
    page.get_by_role("button", name="Claim it for half an hour").click()
    expect(page.locator("#turn")).to_contain_text("You have this until")
    other.locator("#reason").fill("Good as it is.")
    other.get_by_role("button", name="Sign this text").click()
    expect(other.get_by_role("alert")).to_contain_text("Maria has claimed this until")
    second.complaints.clear()  # Chromium calls the refusal an error
    assert faults(second) == []
    other.get_by_role("button", name="Take it over").click()
    expect(other.locator("#turn")).to_contain_text("You have this until")
    assert other.locator("#reason").input_value() == "Good as it is."
    page.reload()
    expect(page.locator("#turn")).to_contain_text("Jonas has this until")
    first.go("/design")
    expect(page.locator(".queue .others")).to_contain_text("Jonas has this until")
    other.get_by_role("button", name="Sign this text").click()
    expect(other.locator("#signed")).to_contain_text("Signed by Jonas.")


def test_one_tap_says_whether_the_judge_is_right_and_the_page_stays_there(enter: Enter) -> None:
    visit = enter("maria")
    page = order(visit, "A talk to agree about")
    criterion = page.locator("#criterion-1")
    criterion.get_by_role("button", name=re.compile("No ?: asks")).click()
    assert page.url.endswith("#criterion-1")
    criterion.get_by_label("Your own level").select_option("named")
    criterion.get_by_role("button", name=re.compile("Save ?: asks")).click()
    assert "You say: named." in criterion.inner_text()
    assert faults(visit) == []


def test_taken_back_it_is_gone_from_the_learners_shelf(enter: Enter) -> None:
    visit, learner = enter("maria"), enter("amir")
    skill = "A talk that is taken back"
    page = order(visit, skill)
    page.get_by_role("button", name="Sign this text").click()
    expect(page.locator("#signed")).to_contain_text("Signed by Maria.")
    assert skill in learner.go("/practice").locator("main").inner_text()
    page.locator("summary", has_text="Take the sign-off back").click()
    page.get_by_role("button", name="Take the sign-off back").click()
    expect(page.locator("#revoke-error")).to_be_visible()
    visit.complaints.clear()
    assert faults(visit) == []
    page.locator("#revoke-reason").fill("The case became public.")
    page.get_by_label("Stop at their next turn.").check()
    page.get_by_role("button", name="Take the sign-off back").click()
    expect(page.locator("#signed")).to_contain_text("Maria took the sign-off back")
    assert "The case became public." in page.locator("#signed").inner_text()
    assert faults(visit) == []
    assert skill not in learner.go("/practice").locator("main").inner_text()


def test_judged_again_with_the_same_outcome_is_one_list(enter: Enter) -> None:
    visit, other = enter("maria"), enter("jonas")
    for skill in ("Handing over a night shift", "Saying no to a senior"):
        page = visit.go("/design")
        page.get_by_role("link", name=skill).click()
        page.get_by_role("button", name="Have it judged again").click()
        expect(page.get_by_role("link", name="Open the review desk")).to_be_visible()
    listed = other.go("/design")
    assert listed.locator(".ticks input:checked").count() == 2
    assert faults(other) == []
    listed.get_by_label("Saying no to a senior").uncheck()
    listed.get_by_role("button", name="Sign what is ticked").click()
    assert "1 of 1 signed." in listed.locator("#outcomes").inner_text()
    assert listed.locator(".ticks input").count() == 1
    assert "Handing over a night shift" in listed.locator("table").inner_text()


def test_who_signs_what_is_fit_for_everybody(enter: Enter) -> None:
    visit = enter("boss")
    page = visit.go("/oversight/rules")
    assert faults(visit) == []
    page.get_by_label("Days until a draft is due").fill("soon")
    page.get_by_role("button", name="Save these rules").click()
    expect(page.locator("#due_days-error")).to_contain_text("It should be a whole number")
    visit.complaints.clear()
    assert faults(visit) == []
    page.get_by_label("Days until a draft is due").fill("7")
    page.get_by_label("New texts, and ordinary changes").first.select_option("one_reviewer")
    page.get_by_role("button", name="Save these rules").click()
    expect(page.locator("#saved")).to_contain_text("Saved.")
