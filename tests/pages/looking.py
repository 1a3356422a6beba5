"""Looking a page over: on a phone and on a desk, by day and by night."""

from __future__ import annotations

from tests.pages.conftest import SIZES, Visit

# A bar that stays in reach lies over what scrolls below it; axe takes that for a target that is too small.
BAR = "place => document.querySelectorAll('.bar[role=group]').forEach(bar => { bar.style.position = place })"


def faults(visit: Visit) -> list[str]:
    """What is wrong with the page as it stands: axe, sideways scrolling, other hosts, refusals of the browser.

    A phone is looked at by night and a desk by day: no colour depends on the size.
    """
    found: list[str] = []
    visit.page.evaluate(BAR, "static")
    for (size, (width, height)), scheme in zip(SIZES.items(), ("dark", "light"), strict=True):
        visit.page.set_viewport_size({"width": width, "height": height})
        visit.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        found += [f"{size}, {scheme}: {each}" for each in visit.violations()]
        wide = int(visit.page.evaluate("document.documentElement.scrollWidth"))
        if wide > width:
            found.append(f"{size}: the page is {wide} pixels wide")
    visit.page.evaluate(BAR, "")
    return found + [f"asked {url}" for url in visit.strangers()] + visit.complaints


def scripts(visit: Visit) -> int:
    """How many script elements there are."""
    return visit.page.locator("script").count()
