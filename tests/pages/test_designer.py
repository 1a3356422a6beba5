"""The designer's story, click by click: order, watch, read, ask for changes, read again, sign."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Locator, Page, expect

from evidence.fields import text_fields
from tests.pages.conftest import Enter, Site
from tests.pages.deskhouse import INVENTED
from tests.pages.desks import open_desk, order, served
from tests.pages.looking import faults


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Instead of the demo: a company whose judge does as it is told."""
    with served(tmp_path_factory.mktemp("house")) as house:
        yield house


def line(page: Page, label: str) -> Locator:
    """A line of the text under signature."""
    return page.locator(".line").filter(has=page.locator(".label", has_text=re.compile(f"^{label}$"))).first


def comment(page: Page, label: str, text: str, quote: str = "") -> None:
    """Comment on a line."""
    place = line(page, label)
    place.locator("summary").click()
    place.get_by_label("What should change?").fill(text)
    if quote:
        place.get_by_label("Words it is about").fill(quote)


def seen(page: Page) -> str:
    """Which state of affairs the page would decide on."""
    return page.locator("input[name=review_digest]").input_value()


def test_from_the_order_to_the_signature(enter: Enter) -> None:
    visit = enter("maria")
    page = visit.go("/design")
    page.get_by_role("link", name="Order a scenario").click()
    page = order(visit, "A missed deadline")
    desk = page.url

    assert "2 of 2 criteria are met. It reaches 100 %, and 60 % is needed." in page.locator("#finding").inner_text()
    assert faults(visit) == []
    comment(page, "First words", "Let her come in less guarded.", "You wanted to see me?")
    page.get_by_role("button", name="Ask for changes").click()
    expect(page.locator("main")).to_contain_text("Maria asked for changes.")
    page.get_by_role("link", name="Watch the next version being made").click()
    open_desk(page)

    assert page.url != desk
    changes = page.locator("#changes")
    assert "Maria asked about opening line: “You wanted to see me?”" in changes.inner_text()
    assert "this part is unchanged" in changes.inner_text(), "the author changed the setting instead"
    assert "Other words changed, but not the part that the comment is about." in page.locator("#stalled").inner_text()
    assert "Let her come in less guarded" in changes.locator("ins").inner_text()
    page.get_by_role("button", name="Sign this text").click()
    said = page.locator("#signed")
    expect(said).to_contain_text("Signed by Maria. Learners can practise this now.")
    assert faults(visit) == []
    page.get_by_role("link", name="To the inbox").click()
    assert "A missed deadline" in page.locator("table").inner_text()
    learner = enter("amir")
    learner.go("/practice")
    assert "A missed deadline" in learner.page.locator("main").inner_text()


def test_evidence_stands_in_the_text_and_an_invented_quote_is_struck_out(enter: Enter) -> None:
    visit = enter("maria")
    page = order(visit, "A talk about a lost customer")
    marked = line(page, "Setting").locator("mark")
    assert marked.inner_text() == "Friday, half past two. Nora sits down in your office"
    assert line(page, "Setting").locator(".cite").all_inner_texts()[-1].endswith("2")
    page.locator("#criterion-2 .quote a").first.click()
    aimed = page.url.rsplit("#", 1)[-1]
    assert marked.get_attribute("id") == aimed or marked.locator(f"#{aimed}").count() == 1
    invented = page.locator("#criterion-2 .invented")
    assert invented.locator("del").inner_text() == f"“{INVENTED}”"
    assert "Struck out by code." in invented.inner_text()
    assert page.locator("#text").inner_text().count(INVENTED) == 0
    visit.go("/design")
    assert "Code struck out one invented quote." in page.locator(".queue").inner_text()


def test_everything_that_is_signed_is_on_the_page(enter: Enter, site: Site) -> None:
    visit = enter("maria")
    page = order(visit, "A talk that must be whole")
    page.evaluate("document.querySelectorAll('#text details').forEach(fold => { fold.open = true })")
    page.evaluate("document.querySelectorAll('.cite').forEach(number => number.remove())")
    shown = page.locator("#text").inner_text().replace("\n", " ")
    with closing(site.client("maria")) as client:
        content = client.get(f"/api/v1/checkpoints/{page.url.rsplit('/', 1)[-1]}").json()["content"]
    coded = re.compile(r"\.(id|key)$|reveal\.on$|behaviours\[|objectives\[\d\]\.clause_ids")
    missing = [name for name, text in text_fields(content).items() if text not in shown and not coded.search(name)]
    assert missing == []
    hidden = page.locator(".behind").first.inner_text()
    assert "hidden from learners" in hidden
    for words in ("nine days in the review queue", "It was just a lot at once.", "asks an open question", "Honestly?"):
        assert words in hidden
    assert "Because our strategy says: We ask what is behind a problem" in shown


def test_what_the_judge_is_not_sure_about_comes_first_and_is_settled_by_hand(enter: Enter) -> None:
    visit = enter("maria")
    page = order(visit, "A doubtful case", "This one is doubtful in every way.")
    desk = page.url
    visit.go("/design")
    assert page.locator(".queue h3").first.inner_text() == "A doubtful case"
    assert faults(visit) == []
    page.goto(desk)
    expect(page.locator(".bar")).to_contain_text("Before you can sign, settle: plainness")
    expect(page.get_by_role("button", name="Sign this text")).to_have_count(0)
    comment(page, "First words", "Keep this remark.")

    box = page.locator("fieldset.settle")
    box.get_by_label("Level").select_option("practised")
    box.get_by_label("Words in the text that show it").fill("words that stand nowhere")
    box.get_by_label("Why").fill("She is told plainly.")
    box.get_by_role("button", name="Settle this").click()
    expect(page.get_by_role("alert")).to_contain_text("nothing was changed", ignore_case=True)
    assert box.get_by_label("Why").input_value() == "She is told plainly."
    assert line(page, "First words").get_by_label("What should change?").input_value() == "Keep this remark."
    visit.complaints.clear()
    assert faults(visit) == []
    box.get_by_label("Words in the text that show it").fill("Nora sits down in your office")
    box.get_by_role("button", name="Settle this").click()
    expect(page.locator("fieldset.settle")).to_have_count(0)
    assert line(page, "First words").get_by_label("What should change?").input_value() == "Keep this remark."
    line(page, "First words").get_by_label("What should change?").fill("")
    page.get_by_role("button", name="Sign this text").click()
    expect(page.locator("#signed")).to_contain_text("Signed by Maria")


def test_a_stale_page_is_told_what_changed_and_nothing_typed_is_lost(enter: Enter) -> None:
    first, second = enter("maria"), enter("jonas")
    page = order(first, "A case for two", "This one is doubtful, and two people look at it.")
    old = seen(page)
    other = second.page
    other.goto(page.url)
    box = other.locator("fieldset.settle")
    box.get_by_label("Level").select_option("practised")
    box.get_by_label("Words in the text that show it").fill("Nora sits down in your office")
    box.get_by_label("Why").fill("Jonas read it twice.")
    box.get_by_role("button", name="Settle this").click()
    expect(other.locator("fieldset.settle")).to_have_count(0)

    comment(page, "Setting", "Say which week.", "half past two")
    page.get_by_role("button", name="Ask for changes").click()
    told = page.get_by_role("alert")
    expect(told).to_contain_text("What you saw is not what waits here now.")
    assert "plainness" in told.inner_text()
    assert "Jonas read it twice." in told.inner_text()
    assert seen(page) != old
    assert line(page, "Setting").get_by_label("What should change?").input_value() == "Say which week."
    assert line(page, "Setting").get_by_label("Words it is about").input_value() == "half past two"

    other.get_by_role("button", name="Sign this text").click()
    expect(other.locator("#signed")).to_contain_text("Signed by Jonas")
    page.get_by_role("button", name="Ask for changes").click()
    expect(page.get_by_role("alert")).to_contain_text("Jonas has already decided here: approve.")
    assert page.get_by_role("button", name="Ask for changes").count() == 0
    assert "Say which week." in page.locator("form.leaf textarea").first.input_value()


def test_without_javascript(enter: Enter) -> None:
    visit = enter("maria", scripts=False)
    page = order(visit, "A talk without scripts", scripts=False)
    comment(page, "Setting", "Say which week.", "words that stand nowhere")
    page.get_by_role("button", name="Ask for changes").click()
    assert "The quoted words are not in that field." in page.get_by_role("alert").inner_text()
    page.locator(".remark[open]").get_by_label("Words it is about").fill("half past two")
    page.get_by_role("button", name="Ask for changes").click()
    page.get_by_role("link", name="Watch the next version being made").click()
    open_desk(page, scripts=False)
    assert "this part reads differently now" in page.locator("#changes").inner_text()
    page.get_by_role("button", name="Reject").click()
    assert "Maria rejected this." in page.locator("main").inner_text()


def test_by_keyboard_alone_and_enter_decides_nothing(enter: Enter) -> None:
    visit = enter("maria")
    page = order(visit, "A talk by keyboard")
    page.locator("#reason").focus()
    page.keyboard.type("Good")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    focused = "document.activeElement.textContent.trim()"
    assert page.evaluate(focused) == "Sign this text"
    assert page.locator("#signed").count() == 0
    page.keyboard.press("Enter")
    expect(page.locator("#signed")).to_contain_text("Signed by Maria")


def test_on_a_phone_the_decision_stays_in_reach_and_covers_nothing(enter: Enter) -> None:
    visit = enter("maria", size="phone")
    page = order(visit, "A doubtful talk on a phone", "This one is doubtful.")
    bar = page.locator(".bar")
    hidden = """() => {
        const at = document.activeElement, bar = document.querySelector('.bar');
        if (bar.contains(at) || at === document.body) return '';
        const place = at.getBoundingClientRect(), edge = bar.getBoundingClientRect();
        const seen = place.top >= -1 && place.bottom <= Math.max(edge.top, place.height) + 1;
        return seen || place.top > edge.bottom ? '' : at.outerHTML.slice(0, 80);
    }"""
    for y in (0, 1500, 100_000):
        page.evaluate("y => window.scrollTo(0, y)", y)
        expect(bar.get_by_role("link", name="plainness")).to_be_in_viewport(ratio=1)
        expect(bar.get_by_role("button", name="Reject")).to_be_in_viewport(ratio=1)
    page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true })")
    page.locator("main").focus()
    covered = []
    for _ in range(150):
        page.keyboard.press("Tab")
        if page.evaluate("document.querySelector('.bar').contains(document.activeElement)"):
            break
        covered.append(page.evaluate(hidden))
    assert len(covered) > 30
    assert [each for each in covered if each] == []


def test_what_is_folded_holds_no_evidence_and_is_printed(enter: Enter) -> None:
    visit = enter("maria")
    page = order(visit, "A talk on paper")
    folded = page.locator("#text details.fold")
    assert folded.count() > 4
    assert page.locator("#text details.fold mark").count() == 0
    voiced = folded.first.locator(".said").first
    expect(voiced).to_be_hidden()
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    expect(voiced).to_be_visible()
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    expect(voiced).to_be_hidden()


def test_a_real_installation_has_no_doors_and_names_no_planted_quote(enter: Enter) -> None:
    visit = enter("maria")
    page = order(visit, "A talk in a real company")
    assert page.locator(".invented").count() == 1, "this judge invents words by itself"
    assert "demo" not in page.locator("main").inner_text()
    assert page.locator(".switch").count() == 0
    page.get_by_role("button", name="Sign this text").click()
    expect(page.locator("#signed")).to_contain_text("Signed by Maria")
    assert page.locator("form[action='/enter']").count() == 0


def test_a_brief_that_is_not_whole_comes_back_as_it_was(enter: Enter) -> None:
    visit = enter("maria")
    page = visit.go("/design/new")
    page.get_by_label("Situation").fill("Only this is written.")
    page.get_by_role("button", name="Have it drafted").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing you wrote is lost.")
    assert page.get_by_label("Situation").input_value() == "Only this is written."
    assert page.get_by_label("Skill").get_attribute("aria-invalid") == "true"
    visit.complaints.clear()
    assert faults(visit) == []
    page.get_by_text("Begin from an example").click()
    page.get_by_role("link", name="Breaking bad news about a missed deadline").click()
    assert "two weeks late" in page.get_by_label("Situation").input_value()


def test_the_desk_belongs_to_designers(enter: Enter, site: Site) -> None:
    visit = enter("amir")
    page = visit.go("/design")
    assert "Only a designer can" in page.locator("main").inner_text()
    with closing(site.client("amir")) as client:
        for path in ("/design", "/design/new", "/strategy", "/strategy/what-if", "/oversight"):
            assert client.get(path, headers={"Accept": "text/html"}).status_code == 403, path
    with closing(site.client("maria")) as client:
        body = {"kind": "approve", "review_digest": "0" * 64}
        answer = client.post("/design/review/unknown", data=body, headers={"Accept": "text/html"})
        assert answer.status_code == 404
