"""At the door of every request: size, same origin, who is there, and the headers that browsers obey."""

from __future__ import annotations

import re
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import Depends, Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.application import Application
from api.identity import Identity, by_session, by_token, session_holder, token_holder
from api.problems import from_error
from evidence.errors import ConductorError, NotAllowed, NotAuthenticated, TooLarge
from store.unit_of_work import UnitOfWork

MAX_BODY = 2 * 1024 * 1024
_LENGTH = re.compile(r"[0-9]{1,12}")
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def application(request: Request) -> Application:
    """The opened installation."""
    opened: Application = request.app.state.application
    return opened


def cookie_name(application: Application) -> str:
    """``__Host-`` where the installation is reached over https; browsers refuse that prefix on plain http."""
    return "__Host-conductor" if application.settings.secure else "conductor"


async def _application(request: Request) -> Application:
    """As above, for dependencies: what is no coroutine, FastAPI runs in a thread, for every request."""
    return application(request)


async def identity(request: Request) -> Identity:
    """Who is there, by ``Authorization: Bearer`` or by session cookie.

    Raises:
        NotAuthenticated: nobody is.
    """
    is_token, secret = _shown(request)
    store = application(request).store
    return await (by_token(store, secret) if is_token else by_session(store, secret))


async def identified(request: Request, work: UnitOfWork) -> Identity:
    """As ``identity``, in a transaction that goes on."""
    is_token, secret = _shown(request)
    return await (token_holder(work, secret) if is_token else session_holder(work, secret))


def _shown(request: Request) -> tuple[bool, str]:
    """What a request shows of who sends it: whether it is a token, and the token or the session's secret."""
    header = request.headers.get("authorization", "")
    if header:
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise NotAuthenticated("The Authorization header is not 'Bearer' and a token.", todo="Correct the header.")
        return True, token.strip()
    secret = request.cookies.get(cookie_name(application(request)))
    if not secret:
        raise NotAuthenticated("Nobody is logged in.", todo="POST login and password to /api/v1/session.")
    return False, secret


async def person(request: Request, found: Annotated[Identity, Depends(identity)]) -> Identity:
    """Who is there, where no scope of a token covers the route: a token may read, and nothing else.

    Raises:
        NotAllowed: a token asks for more.
    """
    if found.actor.by_token and request.method not in SAFE_METHODS:
        raise NotAllowed("An API token cannot do this.", todo="Log in with your own name and password.")
    if found.actor.by_token and "read" not in found.scopes:
        raise NotAllowed("This token lacks the scope 'read'.", todo="Create a token that has it.")
    return found


def scoped(scope: str) -> Any:
    """A dependency: who is there, whose token (if it is one) has this scope."""

    async def check(found: Annotated[Identity, Depends(identity)]) -> Identity:
        return within(found, scope)

    return Depends(check)


def within(found: Identity, scope: str) -> Identity:
    """Who is there, if not by a token that lacks this scope.

    Raises:
        NotAllowed: it lacks it.
    """
    if found.actor.by_token and scope not in found.scopes:
        raise NotAllowed(f"This token lacks the scope '{scope}'.", todo="Create a token that has it.")
    return found


Opened = Annotated[Application, Depends(_application)]
Who = Annotated[Identity, Depends(person)]
Designing = Annotated[Identity, scoped("design")]
Practising = Annotated[Identity, scoped("practice")]
Strategising = Annotated[Identity, scoped("strategy")]


def cross_origin(method: str, headers: Headers, public_url: str) -> bool:
    """Whether a browser sent this unsafe request from another site.

    Browsers say so by ``Sec-Fetch-Site``, older ones by ``Origin``; a client that sends neither is no browser and
    carries no foreign cookie.
    """
    if method in SAFE_METHODS:
        return False
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = headers.get("origin")
    if origin is None:
        return False
    try:
        came, own = urlsplit(origin), urlsplit(public_url)
    except ValueError:
        return True
    if own.netloc:
        return (came.scheme, came.netloc) != (own.scheme, own.netloc)
    return came.scheme not in {"http", "https"} or came.netloc != headers.get("host", "")


def _too_large() -> TooLarge:
    return TooLarge(f"A request has at most {MAX_BODY // 1024} kB.", todo="Send it in parts.")


async def _nothing() -> Message:
    return {"type": "http.disconnect"}


class Door:
    """Refuses oversized and cross-origin requests before anything reads them; adds security headers to every answer."""

    def __init__(self, app: ASGIApp, *, public_url: str = "") -> None:
        self._app = app
        self._public_url = public_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        started = False

        async def guarded(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                self._protect(MutableHeaders(scope=message), scope["path"])
            await send(message)

        try:
            if cross_origin(scope["method"], headers, self._public_url):
                raise NotAllowed("This request came from another site.", todo="Use Conductor's own pages.")
            length = headers.get("content-length", "0")
            if not _LENGTH.fullmatch(length) or int(length) > MAX_BODY:
                raise _too_large()
        except ConductorError as error:
            await from_error(error)(scope, receive, guarded)
            return
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > MAX_BODY:
                raise _too_large()
            return message

        async def told(message: Message) -> None:
            # Whoever reads the body may take the refusal above for a body that cannot be parsed, and answer so.
            if taken <= MAX_BODY or started:
                await guarded(message)

        try:
            await self._app(scope, counted, told)
        except Exception as error:
            if taken <= MAX_BODY:
                await self._failed(scope, error, guarded, started=started)
        if taken > MAX_BODY and not started:
            await from_error(_too_large())(scope, receive, guarded)

    @staticmethod
    async def _failed(scope: Scope, error: Exception, send: Send, *, started: bool) -> None:
        """Answer here, inside the headers, instead of leaving an error whose message may quote people to the server."""
        response = await scope["app"].exception_handlers[Exception](Request(scope), error)
        if not started:
            await response(scope, _nothing, send)

    def _protect(self, headers: MutableHeaders, path: str) -> None:
        headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "no-referrer")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        if not path.startswith("/assets/"):
            headers.setdefault("Cache-Control", "no-store")
        if self._public_url.startswith("https://"):
            headers.setdefault("Strict-Transport-Security", "max-age=31536000")
