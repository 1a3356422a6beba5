"""The demo as `conductor serve --demo` serves it, and a real Chromium to look at it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect, sync_playwright
from playwright.sync_api import Error as BrowserError

from api.demo import known_logins
from api.settings import Settings

AXE = (Path(__file__).parent / "vendor" / "axe-core-4.14.1" / "axe.min.js").read_text(encoding="utf-8")
ARGUMENTS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
PATIENCE = 30_000  # milliseconds: what has to be seen may take its time on a busy machine
expect.set_options(timeout=PATIENCE)
SIZES = {"phone": (390, 844), "desk": (1280, 900)}


@dataclass
class Site:
    """A served demo installation."""

    address: str
    passwords: dict[str, str]

    def client(self, login: str) -> httpx.Client:
        """A client of the HTTP API with this person logged in."""
        client = httpx.Client(base_url=self.address, timeout=30)
        answer = client.post("/api/v1/session", json={"login": login, "password": self.passwords[login]})
        assert answer.status_code == 204, answer.text
        return client

    def sign(self, skill: str, login: str = "maria") -> str:
        """Wait for the agents and sign the waiting scenario of this skill; gives the version's id."""
        with closing(self.client(login)) as client:
            for _ in range(600):
                waiting = client.get("/api/v1/checkpoints").json()
                for each in waiting:
                    shown = client.get(f"/api/v1/checkpoints/{each['id']}").json()
                    if shown["content"].get("skill") != skill:
                        continue
                    decision = {"kind": "approve", "review_digest": shown["review_digest"]}
                    made = client.post(f"/api/v1/checkpoints/{each['id']}/decisions", json=decision)
                    assert made.status_code == 201, made.text
                    return str(each["subject_id"])
                time.sleep(0.1)
        raise AssertionError(f"no scenario about '{skill}' came to the desk")


@contextmanager
def demo(home: Path, *options: str) -> Iterator[str]:
    """Serve the demo company from a folder of its own on a free port; gives its address."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CONDUCTOR_")}
    environment |= {"COLUMNS": "200", "NO_COLOR": "1", "XDG_RUNTIME_DIR": tempfile.mkdtemp(prefix="conductor-run-")}
    source = str(Path(__file__).parents[2])
    command = [sys.executable, "-c", "from api.cli import main; main()"]
    command += ["serve", "--demo", "--port", "0", *options]
    with (home / "served.log").open("w+", encoding="utf-8") as log:
        server = subprocess.Popen(
            command, cwd=home, env=environment | {"PYTHONPATH": source}, stdout=log, stderr=subprocess.STDOUT, text=True
        )
        try:
            yield _address(server, home / "served.log")
        finally:
            server.terminate()
            server.wait(timeout=60)


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demo company without its history."""
    home = tmp_path_factory.mktemp("site")
    with demo(home, "--no-history") as address:
        logins = known_logins(Settings(key_file=home / "var" / "demo.key", _env_file=None))  # type: ignore[call-arg]
        yield Site(address, {login: entry.password for login, entry in logins.items()})


def _address(server: subprocess.Popen[str], log: Path) -> str:
    for _ in range(600):
        found = re.search(r"listens on (http://\S+)", log.read_text(encoding="utf-8"))
        if found:
            return found[1]
        if server.poll() is not None:
            break
        time.sleep(0.1)
    raise AssertionError(f"the demo is not served:\n{log.read_text(encoding='utf-8')}")


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """A real Chromium: the system's own, or the one Playwright installs."""
    with sync_playwright() as playwright:
        own = next((path for name in ("chromium", "chromium-browser") if (path := shutil.which(name))), None)
        try:
            browser = playwright.chromium.launch(executable_path=own, args=ARGUMENTS)
        except BrowserError as error:
            refuse = pytest.fail if os.environ.get("CI") else pytest.skip  # nothing may be left out unseen in CI
            refuse(
                "These tests look at the pages in a real Chromium, and there is none here. Install one, for example\n"
                "  apt install chromium        or        .venv/bin/playwright install --with-deps chromium\n"
                f"({str(error).splitlines()[0]})"
            )
        yield browser
        browser.close()


@dataclass
class Visit:
    """A browser window, and everything it asked for."""

    page: Page
    site: Site
    asked: list[Request] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str) -> Page:
        """Open an address of the site."""
        self.page.goto(self.site.address + path)
        return self.page

    def enter(self, login: str) -> Page:
        """Be somebody of the demo, by the cookie that a login gives."""
        with closing(self.site.client(login)) as client:
            for cookie in client.cookies.jar:
                found = {"name": cookie.name, "value": str(cookie.value), "url": self.site.address}
                self.page.context.add_cookies([found])  # type: ignore[list-item]
        return self.page

    def violations(self) -> list[str]:
        """What axe finds against WCAG 2.2 AA and its own good practice on the page as it stands."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE + "; undefined")
        tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
        run = "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})"
        found: dict[str, Any] = self.page.evaluate(run, tags)
        return [
            f"{each['id']}: {node['html']}: {node['any']}" for each in found["violations"] for node in each["nodes"]
        ]

    def strangers(self) -> list[str]:
        """Requests to other hosts."""
        return [each.url for each in self.asked if not each.url.startswith(self.site.address)]


Visits = Callable[..., Visit]
Enter = Callable[..., Visit]


@pytest.fixture
def visits(chromium: Browser, site: Site) -> Iterator[Visits]:
    """Open browser windows: ``visits(size="phone", scheme="dark", scripts=False)``."""
    contexts: list[BrowserContext] = []

    def visit(*, size: str = "desk", scheme: Any = "light", scripts: bool = True) -> Visit:
        width, height = SIZES[size]
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            java_script_enabled=scripts,
            reduced_motion="reduce",
        )
        contexts.append(context)
        opened = Visit(context.new_page(), site)
        opened.page.set_default_timeout(PATIENCE)
        opened.page.on("request", lambda request: opened.asked.append(request))
        opened.page.on("console", lambda told: opened.complaints.append(told.text) if told.type == "error" else None)
        opened.page.on("pageerror", lambda error: opened.complaints.append(str(error)))
        return opened

    yield visit
    for context in contexts:
        context.close()


@pytest.fixture
def enter(visits: Visits) -> Enter:
    """Open a window as somebody: ``enter("maria", size="phone")``."""

    def open_window(login: str, **options: Any) -> Visit:
        visit: Visit = visits(**options)
        visit.enter(login)
        return visit

    return open_window


@pytest.fixture(scope="package")
def signed(site: Site) -> str:
    """The id of a scenario version that Maria has signed."""
    return site.sign("Handling a price objection")
