"""Who looks at a page: the session cookie decides; without one the way leads to the login and back."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import Depends, Request
from fastapi.responses import RedirectResponse, Response

from api.application import Application
from api.identity import Identity, session_holder
from api.pages.rendering import desks
from api.security import application, cookie_name
from evidence.errors import NotAuthenticated


class GoTo(Exception):
    """Leave what is being done for another address; ``api.pages.install`` turns it into a redirect."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.address = address


async def guest(request: Request) -> Identity | None:
    """Who is there, or None; the page's header shows it."""
    opened = application(request)
    secret = request.cookies.get(cookie_name(opened))
    found: Identity | None = None
    if secret:
        try:
            async with opened.store.read() as work:
                found = await session_holder(work, secret)
                request.state.unread = await work.desk.unread(found.actor.person_id)
        except NotAuthenticated:
            found = None
    request.state.visitor = found
    return found


async def visitor(request: Request, found: Annotated[Identity | None, Depends(guest)]) -> Identity:
    """Who is there.

    Raises:
        GoTo: nobody; the login brings them back here, or to their desk where a form was sent.
    """
    if found is None:
        raise GoTo(login_address(request))
    return found


Guest = Annotated[Identity | None, Depends(guest)]
Visitor = Annotated[Identity, Depends(visitor)]


def login_address(request: Request) -> str:
    """The login page, which leads back to where the request came from."""
    if request.method != "GET":
        return "/login"
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return f"/login?next={quote(here, safe='/')}"


def local(address: str | None) -> str | None:
    """The address if it stays on this site, else None."""
    if not address or not address.startswith("/") or address[1:2] in {"/", "\\"}:
        return None
    return address if all(ord(char) > 32 for char in address) else None


def first_desk(found: Identity) -> str:
    """Where this person begins."""
    opened = desks(found)
    return opened[0][0] if opened else "/"


def see(address: str) -> RedirectResponse:
    """After a form: look at this address."""
    return RedirectResponse(address, status_code=303)


def remember(response: Response, app: Application, secret: str) -> None:
    """Put the session's secret into the browser's cookie."""
    response.set_cookie(
        cookie_name(app),
        secret,
        max_age=app.settings.session_hours * 3600,
        httponly=True,
        secure=app.settings.secure,
        samesite="lax",
        path="/",
    )


def forget(response: Response, app: Application) -> None:
    """Take the cookie back."""
    response.delete_cookie(cookie_name(app), path="/", secure=app.settings.secure, httponly=True)
