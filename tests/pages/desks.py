"""The company of ``tests.pages.deskhouse`` in a process of its own, and windows into it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page

from tests.company import Company
from tests.pages.conftest import Site, Visit

LOGINS = ("maria", "jonas", "sofia", "ravi", "amir", "boss")


@contextmanager
def served(folder: Path, house: str = "tests.pages.deskhouse") -> Iterator[Site]:
    """Serve a company from a folder until the block ends."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CONDUCTOR_")}
    environment["XDG_RUNTIME_DIR"] = tempfile.mkdtemp(prefix="conductor-run-")
    command = [sys.executable, "-m", house, str(folder)]
    with (folder / "served.log").open("w+", encoding="utf-8") as log:
        server = subprocess.Popen(
            command,
            cwd=Path(__file__).parents[2],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        try:
            assert server.stdout is not None
            said = server.stdout.readline()
            assert "http://" in said, (folder / "served.log").read_text(encoding="utf-8")
            yield Site(said.split()[-1], dict.fromkeys(LOGINS, Company.password))
        finally:
            server.terminate()
            server.wait(timeout=60)
            if server.stdout is not None:
                server.stdout.close()


def order(
    visit: Visit, skill: str, situation: str = "A reliable colleague has missed two deadlines.", *, scripts: bool = True
) -> Page:
    """Order a scenario, watch it being made, and open the review desk; without JavaScript by looking again."""
    page = visit.go("/design/new")
    page.get_by_label("Skill").fill(skill)
    page.get_by_label("For whom").fill("Team leads")
    page.get_by_label("Situation").fill(situation)
    page.get_by_role("button", name="Have it drafted").click()
    page.wait_for_url("**/design/runs/*")
    open_desk(page, scripts=scripts)
    return page


def open_desk(page: Page, *, scripts: bool = True) -> None:
    """From watching to reviewing."""
    ready = page.get_by_role("link", name="Open the review desk")
    again = page.get_by_role("link", name="Look again")
    for _ in range(100):
        if scripts or ready.count():
            break
        page.wait_for_timeout(100)
        again.click()
    ready.click()
    page.wait_for_url("**/review/*")
