"""What a page costs, and what it looks like: ``python -m benchmarks.pages [--screenshots FOLDER]``.

A demo installation of its own is served on the loopback, and a real Chromium visits each page with an empty cache, as
the person it is for. Bytes are bodies of all answers, as sent and gzipped at level 6.
"""

from __future__ import annotations

import argparse
import gzip
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Response, sync_playwright

from benchmarks import keep

ROOT = Path(__file__).parents[1]
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
TOLD = "What has changed on your side since last year, and what worries you most about it?"


@dataclass(frozen=True)
class Visit:
    """A page, who opens it, and how it is photographed."""

    name: str
    login: str | None
    path: str  # an address, or the text in a link's address that leads there from the person's first page
    width: int = 1280
    scheme: str = "light"


VISITS = (
    Visit("front", None, "/"),
    Visit("inbox", "maria", "/design"),
    Visit("order", "maria", "/design/new"),
    Visit("review", "maria", "/review/"),
    Visit("strategy", "ingrid", "/strategy"),
    Visit("what-if", "ingrid", "/strategy/what-if", scheme="dark"),
    Visit("learner-home", "amir", "/practice"),
    Visit("scene", "amir", "scene", width=390),
    Visit("what-others-see", "amir", "/practice/what-others-see", width=390, scheme="dark"),
    Visit("oversight", "dana", "/oversight"),
)


@contextmanager
def served() -> Iterator[str]:
    """The address of a demo installation with its ten weeks of history."""
    with tempfile.TemporaryDirectory() as home:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("CONDUCTOR_")}
        environment |= {"PYTHONPATH": str(ROOT), "COLUMNS": "200", "NO_COLOR": "1"}
        command = [sys.executable, "-c", "from api.cli import main; main()", "serve", "--demo", "--port", "0"]
        log = Path(home) / "log"
        with log.open("w", encoding="utf-8") as out:
            server = subprocess.Popen(command, cwd=home, env=environment, stdout=out, stderr=subprocess.STDOUT)
            try:
                for _ in range(1200):
                    if found := re.search(r"listens on (http://\S+)", log.read_text(encoding="utf-8")):
                        yield found[1]
                        break
                    if server.poll() is not None:
                        raise SystemExit(log.read_text(encoding="utf-8"))
                    time.sleep(0.1)
                else:
                    raise SystemExit("the demo was not ready within two minutes")
            finally:
                server.terminate()
                server.wait(timeout=20)


def open_page(page: Page, address: str, visit: Visit) -> None:
    """Go where the visit leads; a scene is begun, and one thing is said in it."""
    if visit.login:
        page.goto(address)
        page.get_by_role("button", name=f"Enter as {visit.login.title()}").click()
        page.wait_for_load_state()
    if visit.path == "scene":
        page.goto(f"{address}/practice")
        page.locator("form[action*='/practice'] button").first.click()
        page.wait_for_url(re.compile(r"/practice/[0-9a-f-]{36}"))
        page.locator("textarea").first.fill(TOLD)
        page.get_by_role("button", name=re.compile("say", re.I)).first.click()
        page.wait_for_timeout(2500)
    elif visit.path.startswith("/") and visit.path != "/review/":
        page.goto(address + visit.path)
    else:
        page.goto(address + str(page.locator(f"a[href*='{visit.path}']").first.get_attribute("href")))


def measure(browser: Browser, address: str, visit: Visit, folder: Path | None) -> dict[str, Any]:
    """Open a page twice: to get there, and once more with an empty cache to count."""
    scheme: Any = visit.scheme
    context = browser.new_context(viewport={"width": visit.width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    open_page(page, address, visit)
    where = page.url
    if folder is not None:
        page.screenshot(path=folder / f"{visit.name}.png")
    answers: list[Response] = []
    fresh = browser.new_context(viewport={"width": visit.width, "height": 900}, color_scheme=scheme)
    fresh.add_cookies(context.cookies())  # type: ignore[arg-type]
    again = fresh.new_page()
    again.on("response", lambda answer: answers.append(answer))
    again.goto(where)
    again.wait_for_load_state("load")
    bodies = [answer.body() for answer in answers if answer.status == 200]
    context.close()
    fresh.close()
    return {
        "page": visit.name,
        "requests": len(answers),
        "scripts": sum(".js" in answer.url for answer in answers),
        "kB": round(sum(map(len, bodies)) / 1024, 1),
        "kB gzipped": round(sum(len(gzip.compress(body, 6)) for body in bodies) / 1024, 1),
    }


def main() -> None:
    """Measure every page, print and keep the table, and photograph where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--screenshots", type=Path, help="also write a picture of every page into this folder")
    folder: Path | None = parser.parse_args().screenshots
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    own = next((path for name in ("chromium", "chromium-browser") if (path := shutil.which(name))), None)
    with served() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=own, args=ARGUMENTS)
        rows = [measure(browser, address, visit, folder) for visit in VISITS]
        browser.close()
    keep(
        "pages",
        title="What a page costs",
        about="Opened with an empty cache in Chromium, on a demo installation with its ten weeks of history. "
        "kB are the bodies of all answers, as sent and gzipped.",
        columns=list(rows[0]),
        rows=[list(row.values()) for row in rows],
        raw=rows,
    )


if __name__ == "__main__":
    main()
