"""Who is there: passwords, server-side sessions and API tokens. Only hashes of secrets are stored."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from approvals.people import Actor, Role
from approvals.roles import in_person, require
from evidence.errors import InvalidInput, NotAuthenticated
from store.purpose import Purpose
from store.unit_of_work import Store, UnitOfWork

MIN_PASSWORD = 10
TOKEN_PREFIX = "cond_"  # noqa: S105 - it marks a token as one of ours, and is no secret
SCOPES = frozenset({"read", "design", "practice", "strategy"})

_hasher = PasswordHasher()


@dataclass(frozen=True)
class Identity:
    """A person who is there: by session or by token."""

    actor: Actor
    name: str
    login: str
    authenticated_at: datetime | None = None
    scopes: frozenset[str] = SCOPES


@cache
def _decoy() -> str:
    return _hasher.hash("no such person")


def hash_password(password: str) -> str:
    """Hash a password with Argon2id.

    Raises:
        InvalidInput: it is too short.
    """
    if len(password) < MIN_PASSWORD:
        raise InvalidInput(
            f"A password has at least {MIN_PASSWORD} characters.",
            where="password",
            todo="A few words in a row are good.",
        )
    return _hasher.hash(password)


def _secret_hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


async def add_person(store: Store, *, login: str, name: str, password: str, roles: frozenset[Role]) -> str:
    """Add an account and return its id.

    Raises:
        Conflict: the login is taken.
        InvalidInput: login, name or password cannot be used.
    """
    login, name = login.strip().lower(), name.strip()
    for where, text, most in (("login", login, 120), ("name", name, 200)):
        if not text or len(text) > most or not text.isprintable():
            raise InvalidInput(
                "An account needs a login and a name.",
                where=where,
                todo=f"Write 1 to {most} characters, all of them printable.",
            )
    password_hash = await asyncio.to_thread(hash_password, password)
    async with store.write() as work:
        person_id = await work.people.add(
            login=login,
            name=name,
            password_hash=password_hash,
            roles=frozenset(role.value for role in roles),
        )
        await work.approvals.audit(
            actor="system",
            action="account added",
            subject=f"person/{person_id}",
            roles=sorted(role.value for role in roles),
        )
        return person_id


async def log_in(store: Store, login: str, password: str, *, hours: int, replacing: str | None = None) -> str:
    """Check a password and open a session.

    Args:
        store: where everything is kept.
        login: as the person wrote it.
        password: as the person wrote it.
        hours: how long the session lasts.
        replacing: the secret of a session that ends with this login, where the browser already holds one.

    Returns:
        The session's secret, for the cookie.

    Raises:
        NotAuthenticated: login and password do not go together (it is not said which is wrong).
    """
    async with store.read() as work:
        found = await work.people.credentials(login.strip().lower())
    person_id, stored, active = found or ("", _decoy(), False)
    fits = await asyncio.to_thread(_fits, stored, password)
    if not (fits and active):
        raise NotAuthenticated("Login and password do not go together.", todo="Check both and try again.")
    secret = secrets.token_urlsafe(32)
    async with store.write() as work:
        if replacing:
            await work.people.end_session(_secret_hash(replacing))
        await work.people.start_session(person_id, _secret_hash(secret), work.now + timedelta(hours=hours))
    return secret


def _fits(stored: str, password: str) -> bool:
    """Whether a password goes with a hash. It takes its time on purpose: call it in a thread."""
    try:
        return _hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


async def log_out(store: Store, secret: str) -> None:
    """End a session."""
    async with store.write() as work:
        await work.people.end_session(_secret_hash(secret))


async def by_session(store: Store, secret: str) -> Identity:
    """Who a session belongs to.

    Raises:
        NotAuthenticated: it is over.
    """
    async with store.read() as work:
        return await session_holder(work, secret)


async def session_holder(work: UnitOfWork, secret: str) -> Identity:
    """As ``by_session``, in a transaction that goes on."""
    found = await work.people.session(_secret_hash(secret), purpose=Purpose.SIGN_IN)
    if found is None:
        raise NotAuthenticated("Your login is over.", todo="Log in again; nothing is lost.")
    session, person = found
    actor = Actor(person_id=person.id, roles=frozenset(Role(role) for role in person.roles))
    return Identity(actor, person.name, person.login, authenticated_at=session.authenticated_at)


async def by_token(store: Store, token: str) -> Identity:
    """Who an API token acts for; such an actor can never decide at a checkpoint.

    Raises:
        NotAuthenticated: the token is unknown, expired or revoked.
    """
    async with store.read() as work:
        return await token_holder(work, token)


async def token_holder(work: UnitOfWork, token: str) -> Identity:
    """As ``by_token``, in a transaction that goes on."""
    found = await work.people.token(_secret_hash(token))
    if found is None:
        raise NotAuthenticated("This API token is unknown, expired or revoked.", todo="Create a new one.")
    person = await work.people.get(found.person_id, purpose=Purpose.SIGN_IN)
    actor = Actor(person_id=person.id, roles=frozenset(Role(role) for role in person.roles), by_token=True)
    return Identity(actor, person.name, person.login, scopes=frozenset(found.scopes))


async def create_token(store: Store, actor: Actor, *, label: str, scopes: frozenset[str], days: int) -> tuple[str, str]:
    """Create an API token of 256 random bits.

    Returns:
        Its id, and the token itself, which is shown once and stored only as a hash.

    Raises:
        InvalidInput: an unknown scope, or a lifetime outside 1 to 365 days.
        NotAllowed: a token asks for another token.
    """
    in_person(actor, to="create tokens")
    if unknown := scopes - SCOPES:
        raise InvalidInput(
            f"Unknown scope '{sorted(unknown)[0]}'.", where="scopes", todo=f"There are: {', '.join(sorted(SCOPES))}."
        )
    if not scopes:
        raise InvalidInput("A token needs a scope.", where="scopes", todo=f"There are: {', '.join(sorted(SCOPES))}.")
    if not 1 <= days <= 365:
        raise InvalidInput("A token lives for 1 to 365 days.", where="days", todo="Choose a number between these.")
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    async with store.write() as work:
        expires = work.now + timedelta(days=days)
        token_id = await work.people.add_token(
            actor.person_id, label=label, token_hash=_secret_hash(token), scopes=sorted(scopes), expires_at=expires
        )
        await work.approvals.audit(actor=actor.person_id, action="token created", subject=f"token/{token_id}")
    return token_id, token


async def fresh_login(store: Store, identity: Identity, *, minutes: int) -> None:
    """Refuse to go on where the login is older than it may be for a decision.

    Raises:
        NotAuthenticated: it is too old.
    """
    if identity.authenticated_at is None:
        return
    async with store.read() as work:
        if work.now - identity.authenticated_at > timedelta(minutes=minutes):
            raise NotAuthenticated(
                f"A decision needs a login of the last {minutes} minutes.", todo="Log in again; your text is kept."
            )


async def change_roles(store: Store, actor: Actor, person_id: str, roles: frozenset[Role]) -> None:
    """Set somebody's roles.

    Raises:
        NotAllowed: the actor is no admin, or acts by token.
    """
    require(actor, Role.ADMIN, to="change roles")
    in_person(actor, to="change roles")
    async with store.write() as work:
        await work.people.get(person_id, purpose=Purpose.ADMINISTRATION)
        await work.people.set_roles(person_id, frozenset(role.value for role in roles))
        await work.approvals.audit(
            actor=actor.person_id,
            action="roles changed",
            subject=f"person/{person_id}",
            roles=sorted(role.value for role in roles),
        )
