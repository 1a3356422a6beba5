"""What a page loads: little, from here only, unchanged from where it was taken, and obeying a strict policy."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import httpx
import pytest

from tests.pages.conftest import Site, Visits
from tests.pages.test_learner import begin

HOME = Path(__file__).parents[2]
ASSETS = HOME / "api" / "assets"
TEMPLATES = HOME / "api" / "templates"
LIMIT = 80_000  # bytes over the wire


def digests(page: Path) -> dict[str, str]:
    rows = re.findall(r"^\| `([^`]+)` \|.*\| `([0-9a-f]{64})` \|$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return dict(rows)


@pytest.mark.parametrize("folder", [ASSETS, HOME / "tests" / "pages" / "vendor"])
def test_what_others_made_is_listed_and_unchanged(folder: Path) -> None:
    listed = digests(folder / "VENDORED.md")
    there = {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*.js")
        if folder != ASSETS or "vendor" in path.parts
    }
    assert there == listed
    for name in listed:
        assert any((folder / name).parents[i].joinpath("LICENSE").is_file() for i in range(2)), name


def test_no_template_needs_what_the_policy_forbids() -> None:
    forbidden = r"\sstyle=|\son\w+=|hx-on|\bjs:|javascript:|<style|hx-trigger=\"[^\"]*\[|https?://"
    found = [
        f"{path.relative_to(TEMPLATES)}: {match[0]}"
        for path in sorted(TEMPLATES.rglob("*.html"))
        for match in re.finditer(forbidden, path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_an_asset_is_kept_for_good_and_a_page_never(site: Site) -> None:
    page = httpx.get(site.address + "/login")
    assert page.headers["cache-control"] == "no-store"
    assert "content-encoding" not in page.headers, "a page carries personal text: it is not compressed"
    policy = page.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    address = re.search(r'href="(/assets/conductor.css\?v=[0-9a-f]+)"', page.text)
    assert address is not None
    sheet = httpx.get(site.address + address[1])
    assert "immutable" in sheet.headers["cache-control"]
    assert sheet.headers["content-encoding"] == "gzip"


@pytest.mark.usefixtures("signed")
@pytest.mark.parametrize("path", ["/", "/login", "/practice", "/practice/what-others-see", "a scene"])
def test_a_page_is_light(visits: Visits, path: str) -> None:
    visit = visits()  # a window of its own, in which nothing is kept from before
    if path == "a scene":
        path = begin(visits()).url.removeprefix(visit.site.address)
    visit.enter("amir")
    visit.go(path)
    visit.page.wait_for_load_state("networkidle")
    weight = sum(each.sizes()["responseBodySize"] for each in visit.asked)
    print(f"{path}: {weight} bytes in {len(visit.asked)} requests")  # shown with -s
    assert 0 < weight < LIMIT
    assert visit.strangers() == []
