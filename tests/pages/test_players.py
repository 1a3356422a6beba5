"""Who plays, in a browser: fit for everybody, without JavaScript, and said at the desks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.checked import TOLD
from tests.pages.conftest import Enter, Site
from tests.pages.desks import served
from tests.pages.looking import faults


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Instead of the demo: a company whose models are of every kind."""
    with served(tmp_path_factory.mktemp("players"), "tests.pages.playerhouse") as house:
        yield house


def test_the_desks_say_what_a_model_is_worth(enter: Enter) -> None:
    maria = enter("maria")
    page = maria.go("/design/new")
    expect(page.locator("#known-1")).to_contain_text("The author (model scripted-1) was found unfit; ")
    assert faults(maria) == []
    page = maria.go("/design")
    page.get_by_role("link", name="price").or_(page.get_by_role("link", name="senior")).first.click()
    expect(page.locator("#judge")).to_contain_text(f"The judge (model scripted-1) was found provisional. {TOLD}")
    assert faults(maria) == []
    amir = enter("amir")
    page = amir.go("/practice")
    page.get_by_role("button", name="Begin").first.click()
    expect(page.locator(".ai")).to_contain_text("has known weaknesses")
    assert faults(amir) == []


def test_an_admin_reads_samples_and_answers_for_a_model_without_javascript(enter: Enter) -> None:
    visit = enter("boss")
    page = visit.go("/oversight/players")
    page.locator("details > summary").evaluate_all("all => all.forEach(each => each.parentElement.open = true)")
    assert faults(visit) == []
    assert "The secret is a lighthouse." in page.locator("#coach").inner_text()
    visit = enter("boss", scripts=False)
    page = visit.go("/oversight")
    page.get_by_role("link", name="Who plays").click()
    page.locator("#coach").get_by_role("button", name="Let it play").click()
    expect(page.locator("#problem")).to_contain_text("needs a reason")
    page.locator("#coach").get_by_label("Why may it play nevertheless?").fill("Two people read every debrief.")
    page.locator("#coach").get_by_role("button", name="Let it play").click()
    expect(page.locator("#coach")).to_contain_text("“Two people read every debrief.”")
    page.locator("#author").get_by_role("button", name="Do not let it play any more").click()
    expect(page.locator("#author")).to_contain_text("It does not play")
