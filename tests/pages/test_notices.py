"""My notices and what I am told by e-mail, in a browser: fit for everybody, without JavaScript."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.pages.conftest import Enter
from tests.pages.looking import faults


def test_notices_are_a_tap_away_and_say_how_to_be_told(enter: Enter) -> None:
    visit = enter("amir", scripts=True)
    visit.go("/practice").get_by_role("link", name="Notices").click()
    expect(visit.page.get_by_role("heading", level=1)).to_have_text("My notices")
    assert faults(visit) == []
    visit.page.get_by_role("link", name="What I am told by e-mail, and when not").click()
    expect(visit.page.locator("#no-server")).to_be_visible()
    assert faults(visit) == []


def test_quiet_hours_are_chosen_without_javascript(enter: Enter) -> None:
    page = enter("amir", size="phone", scripts=False).go("/notices/settings")
    page.get_by_label("Of everything, in one e-mail a day").check()
    page.get_by_label("from", exact=True).fill("20:00")
    page.get_by_label("On the clock of").fill("Europe/Vienna")
    page.get_by_role("button", name="Keep this").click()
    expect(page.get_by_role("status")).to_have_text("Kept.")
    expect(page.get_by_label("from", exact=True)).to_have_value("20:00")
