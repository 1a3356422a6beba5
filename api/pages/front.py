"""The front: why this exists, the doors into the demo, logging in and out."""

from __future__ import annotations

import contextlib
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from api.application import Application
from api.demo import DemoLogin, doors, known_logins
from api.identity import by_session, log_in, log_out
from api.pages.drafts import Drafts
from api.pages.identity import Guest, first_desk, forget, local, remember, see
from api.pages.rendering import page
from api.security import Opened, cookie_name
from evidence.errors import ConductorError, NotAuthenticated, NotFound
from graphs.practising import begin

router = APIRouter()

PATIENCE = 6.0  # seconds to wait for the author before a page says that it is still writing


@router.get("/")
async def front(request: Request, app: Opened, found: Guest) -> Response:
    """The first page."""
    if not app.settings.demo:
        return page(request, "front/welcome.html")
    drafts = _drafts(request, app)
    brief, _charters = drafts.wanted()
    columns, failed = None, None
    try:
        columns = await drafts.columns(seconds=PATIENCE)
    except ConductorError as error:
        failed = error
    return page(
        request,
        "front/demo.html",
        brief=brief,
        columns=columns,
        failed=failed,
        people=doors(app.settings),
    )


@router.post("/enter")
async def enter(
    request: Request,
    app: Opened,
    login: Annotated[str, Form(max_length=120)],
    meet: Annotated[str, Form(max_length=60)] = "",
) -> Response:
    """Enter the demo as one of its people, with the pass-phrase that lies beside its key; ``meet`` begins a scene."""
    people = known_logins(app.settings) if app.settings.demo else {}
    if login not in people:
        raise NotFound("There is no such door.", todo="Log in with your name and password.")
    return await _entered(request, app, people[login], meet)


@router.get("/login")
async def login_page(request: Request, app: Opened, found: Guest, next: str = "") -> Response:
    """Ask for login and password."""
    return page(request, "front/login.html", login="", next=local(next) or "", error=None)


@router.post("/login")
async def start_session(
    request: Request,
    app: Opened,
    login: Annotated[str, Form(max_length=120)] = "",
    password: Annotated[str, Form(max_length=500)] = "",
    next: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Log in and go where the person wanted to go."""
    try:
        earlier = request.cookies.get(cookie_name(app))
        secret = await log_in(app.store, login, password, hours=app.settings.session_hours, replacing=earlier)
    except NotAuthenticated as error:
        return page(request, "front/login.html", status=401, login=login, next=local(next) or "", error=error)
    return await _begin(app, secret, local(next))


@router.post("/logout")
async def end_session(request: Request, app: Opened) -> Response:
    """Log out."""
    if secret := request.cookies.get(cookie_name(app)):
        await log_out(app.store, secret)
    answer = see("/")
    forget(answer, app)
    return answer


async def _entered(request: Request, app: Application, person: DemoLogin, version_id: str) -> Response:
    earlier = request.cookies.get(cookie_name(app))
    hours = app.settings.session_hours
    secret = await log_in(app.store, person.login, person.password, hours=hours, replacing=earlier)
    address = None
    if version_id:
        who = await by_session(app.store, secret)
        # A sign-off that was taken back meanwhile leads to the shelf, where everything that can be played stands.
        with contextlib.suppress(ConductorError):
            address = f"/practice/{await begin(app.store, who.actor, version_id, ensemble=app.ensemble)}"
    return await _begin(app, secret, address)


async def _begin(app: Application, secret: str, address: str | None) -> Response:
    answer = see(address or first_desk(await by_session(app.store, secret)))
    remember(answer, app, secret)
    return answer


def _drafts(request: Request, app: Application) -> Drafts:
    found: Drafts | None = getattr(request.app.state, "drafts", None)
    if found is None:
        found = request.app.state.drafts = Drafts(app.ensemble.author)
    return found
