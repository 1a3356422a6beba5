"""Programmes, charters and criteria sets."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field, StringConstraints

from api.bodies import Route
from api.idempotency import Numbered
from api.identity import fresh_login
from api.security import Opened, Strategising, Who
from approvals.people import Role
from approvals.roles import STRATEGY_READERS, require
from graphs.governing import Rules, set_rules
from graphs.grounds import Grounds, Named, grounds_of_run, provisional
from graphs.proposing import accept, propose
from store.records import Programme, StrategyVersion
from strategy.charter import Charter
from strategy.criteria import CriteriaSet
from strategy.extraction import propose_charter
from strategy.loading import load_charter, load_criteria

router = APIRouter(tags=["strategy"], route_class=Route)

Kind = Literal["charter", "criteria"]
PageName = Annotated[str, StringConstraints(min_length=1, max_length=400)]


class Proposal(BaseModel):
    """A document to propose."""

    document: str | dict[str, Any] = Field(description="the charter or criteria set, as YAML text or as JSON")
    reason: str = Field(min_length=1, max_length=2000, examples=["First version, from the 2027 strategy paper"])
    parent_id: str | None = Field(default=None, description="the version it was edited from")
    pages: dict[PageName, str] = Field(default_factory=dict, description="documents that clauses cite, by name")


class Pages(BaseModel):
    """Strategy documents to read."""

    title: str = Field(min_length=1, max_length=200)
    company: str = Field(min_length=1, max_length=200)
    pages: dict[PageName, str] = Field(description="Markdown text by file name")


class VersionView(BaseModel):
    """A stored version with its content."""

    id: str
    kind: str
    number: int
    parent_id: str | None
    digest: str
    reason: str
    author_id: str
    in_force: bool
    content: dict[str, Any]
    provisional: Grounds | None = Field(default=None, description="where it is in force with a day of review")


class Extracted(BaseModel):
    """A proposed charter, and what was left aside."""

    version: VersionView
    skipped: list[dict[str, str]]
    notes: list[str]


class Override(BaseModel):
    """A person's own name and reason for what is missing."""

    because: str = Field(min_length=1, max_length=2000)


class Accepting(BaseModel):
    """What later criteria are to be put in force on; the newest that counts is taken where none is named."""

    preview: str | None = Field(default=None, description="digest of a preview of exactly this version")
    stress: str | None = Field(default=None, description="digest of a stress report")
    override: Override | None = Field(default=None, description="in place of a stress report that is missing or fails")


class Accepted(BaseModel):
    """In force now, or waiting at a checkpoint of this run; ``grounds`` are those of later criteria."""

    in_force: bool
    run_id: str | None
    grounds: Grounds | None = None


@router.get("/programmes")
async def programmes(app: Opened, who: Who) -> list[Programme]:
    """Every programme."""
    async with app.store.read() as work:
        return await work.strategy.programmes()


@router.put("/programmes/{programme_id}/rules")
async def programme_rules(programme_id: str, body: Rules, app: Opened, who: Who) -> Programme:
    """Set which policy guards what, what a later change does to signed work, and how long a checkpoint may wait."""
    require(who.actor, Role.ADMIN, to="set the rules of a programme")
    await fresh_login(app.store, who, minutes=app.settings.signing_minutes)
    return await set_rules(app.store, who.actor, programme_id, body, players=app.players)


@router.post("/programmes/{programme_id}/strategy/charter/from-pages", status_code=201)
async def charter_from_pages(programme_id: str, body: Pages, app: Opened, who: Strategising) -> Extracted:
    """Read Markdown pages into a *proposed* charter; every clause carries the passage it was found in."""
    require(who.actor, Role.STRATEGIST, to="propose strategy")
    # Reading a long text takes seconds: in a thread, so that nobody else waits for it.
    proposed = await asyncio.to_thread(propose_charter, body.pages, title=body.title, company=body.company)
    cited = {clause.source.document for clause in proposed.charter.clauses if clause.source}
    version = await propose(
        app.store,
        who.actor,
        programme_id,
        proposed.charter,
        reason="Read from the company's own pages",
        pages={name: text for name, text in body.pages.items() if name in cited},
    )
    return Extracted(
        version=await _view(app, version),
        skipped=[{"document": name, "reason": reason} for name, reason in proposed.skipped],
        notes=list(proposed.notes),
    )


@router.post("/programmes/{programme_id}/strategy/{kind}", status_code=201)
async def propose_version(
    programme_id: str, kind: Kind, body: Proposal, app: Opened, who: Strategising, numbered: Numbered
) -> VersionView:
    """Propose a new version of the charter or the criteria. It is in force only once accepted."""
    require(who.actor, Role.STRATEGIST, to="propose strategy")
    text = body.document if isinstance(body.document, str) else json.dumps(body.document, indent=1, ensure_ascii=False)
    document: Charter | CriteriaSet
    if kind == "charter":
        document = await asyncio.to_thread(load_charter, text, "charter")
    else:
        async with app.store.read() as work:
            active = await work.strategy.active(programme_id, "charter")
            stored = None if active is None else await work.strategy.version(active.version_id)
        charter = None if stored is None else Charter.model_validate_json(stored.content)
        document = await asyncio.to_thread(load_criteria, text, "criteria", charter)
    version = await propose(
        app.store,
        who.actor,
        programme_id,
        document,
        reason=body.reason,
        parent_id=body.parent_id,
        pages=body.pages,
        once=numbered,
    )
    return _as_view(version, in_force=False)  # a proposal never is; sent again, the answer stays the same


@router.get("/programmes/{programme_id}/strategy/{kind}")
async def versions(programme_id: str, kind: Kind, app: Opened, who: Who) -> list[VersionView]:
    """All versions, newest first."""
    require(who.actor, *STRATEGY_READERS, to="read the strategy")
    async with app.store.read() as work:
        await work.strategy.programme(programme_id)
        found = await work.strategy.versions(programme_id, kind)
    return [await _view(app, version) for version in found]


@router.get("/strategy/{version_id}")
async def version(version_id: str, app: Opened, who: Who) -> VersionView:
    """One version of a charter or criteria set."""
    require(who.actor, *STRATEGY_READERS, to="read the strategy")
    async with app.store.read() as work:
        found = await work.strategy.version(version_id)
    return await _view(app, found)


@router.post("/strategy/{version_id}/accept")
async def accept_version(
    version_id: str,
    app: Opened,
    who: Strategising,
    response: Response,
    numbered: Numbered,
    body: Accepting | None = None,
) -> Accepted:
    """Put a version in force: at once where it is the first (genesis), else through a second strategist's sign-off."""
    wanted = body or Accepting()
    because = None if wanted.override is None else wanted.override.because
    named = Named(preview=wanted.preview, stress=wanted.stress, because=because)
    run_id = await accept(app.store, who.actor, version_id, players=app.players, named=named, once=numbered)
    response.status_code = 200 if run_id is None else 202
    async with app.store.read() as work:
        grounds = None if run_id is None else await grounds_of_run(work, run_id)
    return Accepted(in_force=run_id is None, run_id=run_id, grounds=grounds)


async def _view(app: Opened, version: StrategyVersion) -> VersionView:
    async with app.store.read() as work:
        active = await work.strategy.active(version.programme_id, version.kind)
        in_force = active is not None and active.version_id == version.id
        found = await provisional(work, version.programme_id) if in_force and version.kind == "criteria" else None
    return _as_view(version, in_force=in_force, found=found)


def _as_view(version: StrategyVersion, *, in_force: bool, found: Grounds | None = None) -> VersionView:
    return VersionView(
        **version.model_dump(include={"id", "kind", "number", "parent_id", "digest", "reason", "author_id"}),
        in_force=in_force,
        provisional=found,
        content=json.loads(version.content),
    )
