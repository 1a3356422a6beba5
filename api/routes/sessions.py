"""Logging in and out, who I am, and my API tokens."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from api.bodies import Route
from api.identity import SCOPES, create_token, log_in, log_out
from api.security import Opened, Who, cookie_name

router = APIRouter(tags=["identity"], route_class=Route)


class Credentials(BaseModel):
    """Login and password."""

    login: str = Field(max_length=120, examples=["maria"])
    password: str = Field(max_length=500)


class Me(BaseModel):
    """The person who is there."""

    id: str
    login: str
    name: str
    roles: list[str]
    by_token: bool


class TokenOrder(BaseModel):
    """What a new token is for."""

    label: str = Field(min_length=1, max_length=120, examples=["nightly export"])
    scopes: set[str] = Field(default={"read"}, description=f"any of {', '.join(sorted(SCOPES))}")
    days: int = Field(default=30, description="lifetime")


class NewToken(BaseModel):
    """A token; it is shown this once."""

    id: str
    token: str


class TokenView(BaseModel):
    """A token without its secret."""

    id: str
    label: str
    scopes: list[str]
    expires_at: datetime
    revoked_at: datetime | None


@router.post("/session", status_code=204)
async def start_session(body: Credentials, request: Request, response: Response, app: Opened) -> None:
    """Log in; the answer sets the session cookie. Each login is a new session, and ends the one that was there."""
    earlier = request.cookies.get(cookie_name(app))
    hours = app.settings.session_hours
    secret = await log_in(app.store, body.login, body.password, hours=hours, replacing=earlier)
    response.set_cookie(
        cookie_name(app),
        secret,
        max_age=app.settings.session_hours * 3600,
        httponly=True,
        secure=app.settings.secure,
        samesite="lax",
        path="/",
    )


@router.delete("/session", status_code=204)
async def end_session(request: Request, response: Response, app: Opened, who: Who) -> None:
    """Log out."""
    name = cookie_name(app)
    if secret := request.cookies.get(name):
        await log_out(app.store, secret)
    response.delete_cookie(name, path="/", secure=app.settings.secure, httponly=True)


@router.get("/me")
async def me(who: Who) -> Me:
    """Who is logged in."""
    actor = who.actor
    roles = sorted(role.value for role in actor.roles)
    return Me(id=actor.person_id, login=who.login, name=who.name, roles=roles, by_token=actor.by_token)


@router.post("/tokens", status_code=201)
async def add_token(body: TokenOrder, app: Opened, who: Who) -> NewToken:
    """Create an API token. It can never decide at a checkpoint."""
    token_id, token = await create_token(
        app.store, who.actor, label=body.label, scopes=frozenset(body.scopes), days=body.days
    )
    return NewToken(id=token_id, token=token)


@router.get("/tokens")
async def my_tokens(app: Opened, who: Who) -> list[TokenView]:
    """My tokens, newest first."""
    async with app.store.read() as work:
        found = await work.people.tokens_of(who.actor.person_id)
    return [TokenView.model_validate(each, from_attributes=True) for each in found]


@router.delete("/tokens/{token_id}", status_code=204)
async def revoke_token(token_id: str, app: Opened, who: Who) -> None:
    """Revoke one of my tokens."""
    async with app.store.write() as work:
        await work.people.revoke_token(who.actor.person_id, token_id)
