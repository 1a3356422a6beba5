"""The learner's story, click by click: the right question opens the other person, and nobody else reads any of it."""

from __future__ import annotations

import re
from contextlib import closing, suppress
from io import StringIO

import pytest
from playwright.sync_api import Error, Page, Route, expect
from rich.console import Console

from api.pages.rendering import environment
from api.terminal.scene import unsaid_page
from practice.unsaid import Unsaid
from tests.pages.conftest import Site, Visit, Visits
from tests.pages.looking import faults, scripts

CLUMSY = "You should just accept it, there is nothing to discuss."
ASKING = "What do you have in mind when you say “cheaper”, and what makes that hard at the moment?"
REFLECTION = "I pushed first, and asked only afterwards."


def begin(visit: Visit) -> Page:
    """From the desk into the scene, in one tap."""
    page = visit.enter("amir")
    visit.go("/practice")
    page.get_by_role("button", name=re.compile("^Begin")).first.click()
    page.wait_for_url(re.compile("/practice/[0-9a-f-]{36}#turn-0$"))
    return page


def say(page: Page, words: str) -> None:
    """Say something and wait until the reply is whole."""
    turns = page.locator(".turn").count()
    page.get_by_label(re.compile("^Say to")).fill(words)
    page.get_by_role("button", name="Say it").click()
    expect(page.locator(".turn")).to_have_count(turns + 1)
    expect(page.locator("[data-speaking]")).to_have_count(0)


@pytest.mark.usefixtures("signed")
def test_from_the_desk_to_the_debrief(visits: Visits) -> None:
    visit = visits()
    page = visit.enter("amir")
    visit.go("/practice")
    why = page.locator(".shelf").inner_text()
    assert "Signed by Maria Okafor, because our strategy says: We name the price as a figure" in why
    assert faults(visit) == []
    assert scripts(visit) == 0

    begin(visit)
    assert page.locator(".ai").inner_text().startswith("You are talking to an AI.")
    assert "played by offline rules" in page.locator(".ai").inner_text()
    assert page.locator("#turn-0 .words").inner_text()
    say(page, CLUMSY)
    assert page.locator("#turn-1 .mine .words").inner_text() == CLUMSY
    assert page.locator(".opened").count() == 0
    reply = page.locator("#turn-1 .other .words").inner_text()
    assert page.locator("#heard").inner_text().endswith(reply), "the whole reply is said once"
    assert page.get_by_label(re.compile("^Say to")).input_value() == ""
    say(page, ASKING)
    assert "Something opened, because you said" in page.locator("#turn-2 .opened").inner_text()
    page.get_by_role("button", name="Ask for a hint").click()
    expect(page.locator(".hint")).to_have_count(1)
    assert "hints left" in page.locator(".hint").inner_text()
    page.get_by_label(re.compile("^Say to")).fill("  ")
    page.get_by_role("button", name="Say it").click()
    expect(page.locator("#trouble .error")).to_have_count(1)
    visit.complaints.clear()  # the browser's own note about the 422
    assert faults(visit) == []
    page.reload()
    assert page.locator(".turn").count() == 3, "what was streamed is what was kept"
    assert page.locator("#turn-1 .other .words").inner_text() == reply

    page.get_by_role("button", name="Pause").click()
    assert "Paused" in page.locator("#said").inner_text()
    assert faults(visit) == []
    assert scripts(visit) == 0
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Finish").click()

    page.wait_for_url("**/reflect")
    assert faults(visit) == []
    assert scripts(visit) == 0
    page.get_by_label("My reflection").fill(REFLECTION)
    page.get_by_role("button", name="Keep it and read the debrief").click()

    page.wait_for_url("**/debrief")
    text = page.locator("main").inner_text()
    assert "can be wrong" in text
    heads = [each for each in page.locator("h2").all_inner_texts() if each]
    assert heads == ["Your own view", "What happened", "What your words showed", "One next step"]
    assert page.locator("section").first.inner_text().endswith(REFLECTION)
    assert "Code noticed:" in text
    step = page.locator("#next + p").inner_text()
    cited = page.locator("article .woven, article .quote-from")
    assert cited.count() > 0
    assert text.count(REFLECTION) == text.count(step) == 1
    once = []
    shown = page.locator("section:has(#seen)").inner_text()
    for index in range(cited.count()):
        link = cited.nth(index)
        spoken = {"1": CLUMSY, "2": ASKING}[str(link.get_attribute("href")).split("#turn-")[1]]
        words = link.inner_text() if "woven" in str(link.get_attribute("class")) else link.locator("..").inner_text()
        said = words.split("\n")[0].removeprefix("“").removesuffix("”").rstrip(".?")
        assert said in spoken
        once.append(said)
    for words in once:
        assert shown.count(words) == 1, words
    assert faults(visit) == []
    assert scripts(visit) == 0
    page.get_by_role("link", name="What stayed unsaid").click()
    assert page.locator("section:has(#opened) article").count() == 1
    assert page.locator("section:has(#closed) article").count() >= 1
    assert "told you 1 of" in page.locator(".lead").inner_text()
    assert faults(visit) == []
    assert scripts(visit) == 0


@pytest.mark.usefixtures("signed")
def test_it_works_without_javascript(visits: Visits) -> None:
    visit = visits(scripts=False, size="phone")
    page = begin(visit)
    page.get_by_label(re.compile("^Say to")).fill(ASKING)
    page.get_by_role("button", name="Say it").click()
    assert page.url.endswith("#turn-1")
    assert page.locator("#turn-1 .other .words").inner_text()
    assert page.locator("#turn-1 .opened").count() == 1
    page.get_by_role("button", name="Ask for a hint").click()
    assert page.locator(".hint").count() == 1
    page.get_by_label(re.compile("^Say to")).fill("Pause")
    page.get_by_role("button", name="Say it").click()
    assert "You asked for a break" in page.locator("#said").inner_text()
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Finish").click()
    page.get_by_label("My reflection").fill(REFLECTION)
    page.get_by_role("button", name="Keep it and read the debrief").click()
    assert page.get_by_role("heading", name="One next step").is_visible()


@pytest.mark.usefixtures("signed")
def test_by_keyboard_alone(visits: Visits) -> None:
    page = begin(visits())
    page.get_by_label(re.compile("^Say to")).focus()
    page.keyboard.type(ASKING)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".opened")).to_have_count(1)
    assert page.evaluate("document.activeElement.id") == "text", "the next words can be typed at once"
    for _ in range(3):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".hint")).to_have_count(1)


@pytest.mark.usefixtures("signed")
def test_words_said_before_every_script_is_there_are_answered_all_the_same(visits: Visits) -> None:
    visit = visits()
    page = visit.enter("amir")
    begin(visit)
    late: list[Route] = []
    page.route("**/speaking*.js*", lambda route: late.append(route))
    page.reload(wait_until="commit")
    page.get_by_label(re.compile("^Say to")).fill(CLUMSY)
    page.wait_for_timeout(500)  # the other scripts are there by now
    page.get_by_role("button", name="Say it").click(no_wait_after=True)
    page.wait_for_timeout(500)  # and so is the reply
    page.unroute("**/speaking*.js*")
    for route in late:
        with suppress(Error):  # a page that has gone wants it no more
            route.continue_()
    expect(page.locator("#turn-1 .other .words")).not_to_be_empty()
    expect(page.locator("[data-speaking]")).to_have_count(0)


def test_distress_stops_the_scene_and_offers_people(visits: Visits) -> None:
    visit = visits()
    page = begin(visit)
    page.get_by_label(re.compile("^Say to")).fill("I don't want to live any more, this is really about me.")
    page.get_by_role("button", name="Say it").click()
    expect(page.locator("#said")).to_contain_text("Nobody was told")
    assert "talk to somebody you trust" in page.locator("#said").inner_text()
    assert faults(visit) == []


@pytest.mark.usefixtures("signed")
def test_what_others_see_is_empty_because_they_were_refused(visits: Visits) -> None:
    visit = visits()
    page = begin(visit)
    say(page, ASKING)
    page.get_by_role("link", name="Check.").click()
    assert "My manager sees nothing of what I say here" in page.locator(".lead").inner_text()
    rows = [row.split("\t") for row in page.locator("tbody tr").all_inner_texts()]
    assert [row[0] for row in rows] == [
        "My manager",
        "A designer",
        "A strategist",
        "An admin",
        "A guardian",
        "I myself",
    ]
    assert all(row[1:3] == ["0", "0"] for row in rows[:-1])
    assert [row[3] for row in rows[:-1]] == ["nothing"] * 3 + ["my account: Amir Haddad, amir, learner", "nothing"]
    assert int(rows[-1][1]) > 0, "there was something to read"
    assert int(rows[-1][2]) == 2 * int(rows[-1][1])
    page.get_by_text("The answers they got, word for word").click()
    answers = page.locator("main details li").all_inner_texts()
    assert len(answers) == len(set(answers)) == 2, "nothing is said twice"
    assert ASKING not in page.content()
    assert faults(visit) == []
    assert scripts(visit) == 0


def test_the_page_of_a_practice_is_for_its_learner_only(visits: Visits, site: Site, signed: str) -> None:
    with closing(site.client("amir")) as amir:
        practice = amir.post(f"/api/v1/scenarios/{signed}/practices").json()["practice_id"]
    for login in ("petra", "maria", "ingrid", "dana", "samuel"):
        with closing(site.client(login)) as other:
            for path in ("", "/reflect", "/debrief", "/unsaid", "/turns/1"):
                answer = other.get(f"/practice/{practice}{path}", headers={"Accept": "text/html"})
                assert answer.status_code == 404, (login, path)
            for path in ("/say", "/hint", "/pause", "/finish", "/reflect", "/debrief"):
                answer = other.post(f"/practice/{practice}{path}", data={"text": "Hello"})
                assert answer.status_code == 404, (login, path)


def test_what_the_learner_says_is_text_and_never_markup(visits: Visits, signed: str) -> None:
    visit = visits()
    page = begin(visit)
    words = "What about <img src=x onerror=alert(1)> {{ 7 * 7 }} <script>alert(2)</script>?"
    say(page, words)
    assert page.locator("#turn-1 .mine .words").inner_text() == words
    assert page.locator("main img, main script").count() == 0


@pytest.mark.usefixtures("signed")
def test_on_a_phone_the_first_words_are_two_taps_from_a_link(visits: Visits) -> None:
    visit = visits(size="phone")
    page = visit.go("/")
    page.get_by_role("button", name="Enter as Amir").click()
    page.get_by_role("button", name=re.compile("^Begin")).first.click()
    expect(page.locator("#turn-0 .words")).to_be_in_viewport()
    expect(page.get_by_label(re.compile("^Say to"))).to_be_in_viewport()


@pytest.mark.usefixtures("signed")
def test_what_was_begun_stands_first_and_the_scene_can_be_read_before(visits: Visits) -> None:
    visit = visits()
    page = begin(visit)
    place = page.url.split("#")[0].removeprefix(visit.site.address)
    visit.go("/practice")
    assert page.locator("section:has(#begun) a").first.get_attribute("href") == f"{place}#turn-0"
    page.locator(".shelf summary").first.click()
    assert "Your goal:" in page.locator(".shelf details[open]").inner_text()


@pytest.mark.usefixtures("signed")
def test_another_way_from_a_turn_stands_beside_the_first(visits: Visits) -> None:
    visit = visits(size="phone")
    page = begin(visit)
    say(page, CLUMSY)
    page.get_by_label(re.compile("^Say to")).fill("a draft")
    page.get_by_role("button", name="Simpler words, please").click()
    expect(page.locator(".turn")).to_have_count(3)
    expect(page.locator("[data-speaking]")).to_have_count(0)
    assert page.get_by_label(re.compile("^Say to")).input_value() == "a draft", "what was being written stays"
    page.get_by_role("button", name=re.compile("^What if I say something else here.*turn 1$")).click()
    page.wait_for_url(re.compile("#turn-0$"))
    assert page.locator(".turn").count() == 1
    say(page, ASKING)
    assert faults(visit) == []
    page.get_by_role("link", name="Side by side").click()
    assert [each.split(",")[0] for each in page.locator("thead th").all_inner_texts()][-2:] == [
        "First way",
        "What if 1",
    ]
    cells = page.locator("tbody tr").first.locator("td").all_inner_texts()
    assert CLUMSY in cells[0]
    assert ASKING in cells[1]
    assert faults(visit) == []
    assert scripts(visit) == 0


@pytest.mark.usefixtures("signed")
def test_an_example_can_be_watched_and_says_what_it_is(visits: Visits) -> None:
    visit = visits(scripts=False)
    visit.enter("amir")
    page = visit.go("/practice")
    page.get_by_role("link", name=re.compile("^Watch an example first")).first.click()
    assert page.locator(".ai").inner_text().startswith("An example, played by software.")
    page.wait_for_load_state("load")  # it comes line by line
    assert page.locator(".voices > .turn").count() > 2
    assert page.locator(".opened").count() > 0
    page.get_by_role("button", name="Begin").click()
    assert page.locator(".ai").inner_text().startswith("You are talking to an AI.")


def concern(name: str, *, opened: bool) -> Unsaid:
    words = {"turn": 3, "behaviour": "open_question", "quote": f"What about {name}?"} if opened else {}
    return Unsaid.model_validate(
        {"concern_id": name, "fact": f"The truth about {name}.", "opened": opened, "might_have_opened": "Ask."} | words
    )


@pytest.mark.parametrize(
    ("found", "lead", "heads"),
    [
        ([("a", True), ("b", True)], "Everything Nils carried came out, all 2 things.", ["What opened"]),
        ([("a", True)], "The one thing Nils carried came out.", ["What opened"]),
        ([("a", False)], "This time Nils kept it all in.", ["What stayed closed"]),
        ([("a", True), ("b", False)], "Nils told you 1 of 2 things", ["What opened", "What stayed closed"]),
        ([], "held nothing back", []),
    ],
)
def test_what_stayed_unsaid_has_no_empty_headings(found: list[tuple[str, bool]], lead: str, heads: list[str]) -> None:
    concerns = [concern(name, opened=opened) for name, opened in found]
    shared: dict[str, object] = {"visitor": None, "desks": [], "path": "", "demo": False}
    view: dict[str, object] = {"id": "x", "title": "A date that passed", "turns": [], "people": ["Nils"]}
    html = environment().get_template("learner/unsaid.html").render(shared, view=view, found=concerns)
    assert lead in html
    assert [text.split(",")[0] for text in re.findall("<h2[^>]*>(.*?)</h2>", html)] == heads
    for each in concerns:
        assert html.count(each.fact) == 1
        assert (each.quote in html) is each.opened or not each.quote
    console = Console(file=StringIO(), width=200)
    console.print(unsaid_page(concerns, ["Nils"]))
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert [head in shown for head in ("What opened", "What stayed closed")] == [
        head in heads for head in ("What opened", "What stayed closed")
    ]
    assert all(each.quote in shown for each in concerns)
