"""People, their roles, sessions and API tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from evidence.errors import Conflict, NotFound
from evidence.ids import new_id
from store import tables
from store.prepared import Prepared
from store.purpose import Purpose
from store.records import Person, Record
from store.repositories.repository import Repository
from store.types import UtcDateTime


class Session(Record):
    """A server-side session."""

    id: str
    person_id: str
    authenticated_at: datetime
    expires_at: datetime


class ApiToken(Record):
    """An API token; the secret itself is not stored."""

    id: str
    person_id: str
    label: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


_SESSION = Prepared(
    select(
        tables.sessions.c.id,
        tables.sessions.c.person_id,
        tables.sessions.c.authenticated_at,
        tables.sessions.c.expires_at,
        tables.people.c.login,
        tables.people.c.name,
        tables.person_roles.c.role,
    )
    .select_from(
        tables.sessions.join(tables.people, tables.people.c.id == tables.sessions.c.person_id).outerjoin(
            tables.person_roles, tables.person_roles.c.person_id == tables.people.c.id
        )
    )
    .where(tables.sessions.c.token_hash == bindparam("token"), tables.sessions.c.ended_at.is_(None))
    .where(tables.sessions.c.expires_at > bindparam("now", type_=UtcDateTime), tables.people.c.active)
)


class People(Repository):
    """Accounts."""

    async def add(self, *, login: str, name: str, password_hash: str, roles: frozenset[str]) -> str:
        """Add an account.

        Raises:
            Conflict: the login is taken.
        """
        person_id = new_id()
        values = {"id": person_id, "login": login, "name": name, "password_hash": password_hash}
        try:
            await self._connection.execute(insert(tables.people).values(**values, active=True, created_at=self._now))
        except IntegrityError as error:
            raise Conflict(f"There is already an account '{login}'.", todo="Choose another login.") from error
        await self.set_roles(person_id, roles)
        return person_id

    async def set_roles(self, person_id: str, roles: frozenset[str]) -> None:
        """Replace the roles a person holds."""
        held = tables.person_roles
        await self._connection.execute(delete(held).where(held.c.person_id == person_id))
        for role in sorted(roles):
            await self._connection.execute(insert(held).values(person_id=person_id, role=role, granted_at=self._now))

    async def set_active(self, person_id: str, active: bool) -> None:
        """Open or close an account; closing ends its sessions and revokes its tokens."""
        await self._connection.execute(
            update(tables.people).where(tables.people.c.id == person_id).values(active=active)
        )
        if not active:
            sessions, tokens = tables.sessions, tables.api_tokens
            await self._connection.execute(
                update(sessions).where(sessions.c.person_id == person_id).values(ended_at=self._now)
            )
            await self._connection.execute(
                update(tokens).where(tokens.c.person_id == person_id).values(revoked_at=self._now)
            )

    async def roles_of(self, person_id: str) -> frozenset[str]:
        """The roles a person holds now."""
        held = tables.person_roles
        query = select(held.c.role).where(held.c.person_id == person_id)
        return frozenset((await self._connection.execute(query)).scalars())

    async def get(self, person_id: str, *, purpose: Purpose) -> Person:
        """The account with this id.

        Raises:
            NotFound: there is none.
        """
        row = (await self._connection.execute(select(tables.people).where(tables.people.c.id == person_id))).first()
        if row is None:
            raise NotFound("There is no such person.")
        return Person(id=row.id, login=row.login, name=row.name, active=row.active, roles=await self.roles_of(row.id))

    async def all(self, *, purpose: Purpose) -> list[Person]:
        """Every account, by login."""
        people, held = tables.people, tables.person_roles
        query = (
            select(people.c.id, people.c.login, people.c.name, people.c.active, held.c.role)
            .outerjoin(held, held.c.person_id == people.c.id)
            .order_by(people.c.login)
        )
        found: dict[str, Any] = {}
        roles: dict[str, set[str]] = {}
        for row in await self._connection.execute(query):
            found[row.id] = row
            roles.setdefault(row.id, set()).update([] if row.role is None else [row.role])
        return [
            Person(id=each.id, login=each.login, name=each.name, active=each.active, roles=frozenset(roles[each.id]))
            for each in found.values()
        ]

    async def names(self, ids: frozenset[str], *, purpose: Purpose) -> dict[str, str]:
        """Display names by id."""
        query = select(tables.people.c.id, tables.people.c.name).where(tables.people.c.id.in_(ids))
        return {row.id: row.name for row in await self._connection.execute(query)}

    async def credentials(self, login: str) -> tuple[str, str, bool] | None:
        """(person id, password hash, active) for a login, or None."""
        query = select(tables.people.c.id, tables.people.c.password_hash, tables.people.c.active).where(
            tables.people.c.login == login
        )
        row = (await self._connection.execute(query)).first()
        return None if row is None else (row.id, row.password_hash, row.active)

    async def set_password_hash(self, person_id: str, password_hash: str) -> None:
        """Store a new password hash."""
        await self._connection.execute(
            update(tables.people).where(tables.people.c.id == person_id).values(password_hash=password_hash)
        )

    async def start_session(self, person_id: str, token_hash: str, expires_at: datetime) -> str:
        """Open a session."""
        session_id = new_id()
        values = {"id": session_id, "person_id": person_id, "token_hash": token_hash, "expires_at": expires_at}
        await self._connection.execute(insert(tables.sessions).values(**values, authenticated_at=self._now))
        return session_id

    async def session(self, token_hash: str, *, purpose: Purpose) -> tuple[Session, Person] | None:
        """The live session with this token, and its person, who is active; asked for once in every request."""
        rows = await _SESSION.all(self._connection, {"token": token_hash, "now": self._now})
        if not rows:
            return None
        row = rows[0]
        roles = frozenset(each.role for each in rows if each.role is not None)
        session = Session(
            id=row.id, person_id=row.person_id, authenticated_at=row.authenticated_at, expires_at=row.expires_at
        )
        return session, Person(id=row.person_id, login=row.login, name=row.name, active=True, roles=roles)

    async def end_session(self, token_hash: str) -> None:
        """End a session."""
        sessions = tables.sessions
        await self._connection.execute(
            update(sessions).where(sessions.c.token_hash == token_hash).values(ended_at=self._now)
        )

    async def add_token(
        self, person_id: str, *, label: str, token_hash: str, scopes: list[str], expires_at: datetime
    ) -> str:
        """Store an API token's hash."""
        token_id = new_id()
        values = {"id": token_id, "person_id": person_id, "label": label, "token_hash": token_hash, "scopes": scopes}
        await self._connection.execute(
            insert(tables.api_tokens).values(**values, created_at=self._now, expires_at=expires_at)
        )
        return token_id

    async def token(self, token_hash: str) -> ApiToken | None:
        """The live token with this hash, of an active person."""
        tokens, people = tables.api_tokens, tables.people
        query = (
            select(tokens)
            .join(people, people.c.id == tokens.c.person_id)
            .where(tokens.c.token_hash == token_hash, tokens.c.revoked_at.is_(None), people.c.active)
            .where(tokens.c.expires_at > self._now)
        )
        return await self._one(query, ApiToken)

    async def tokens_of(self, person_id: str) -> list[ApiToken]:
        """A person's tokens, newest first."""
        tokens = tables.api_tokens
        return await self._all(
            select(tokens).where(tokens.c.person_id == person_id).order_by(tokens.c.id.desc()), ApiToken
        )

    async def revoke_token(self, person_id: str, token_id: str) -> None:
        """Revoke one of a person's own tokens.

        Raises:
            NotFound: it is not theirs, or there is none.
        """
        tokens = tables.api_tokens
        changed = await self._connection.execute(
            update(tokens).where(tokens.c.id == token_id, tokens.c.person_id == person_id).values(revoked_at=self._now)
        )
        if changed.rowcount != 1:
            raise NotFound("You have no such token.")
