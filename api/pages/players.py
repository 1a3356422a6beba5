"""Who plays: each role's model, what it was found fit for, and an admin's word for an unfit one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, get_args

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from agents.endpoints import Role as Played
from api.application import Application
from api.identity import fresh_login
from api.pages.identity import Visitor, see
from api.pages.rendering import page
from api.players import ROLES, STATES, trusted_with
from api.security import Opened
from api.wording import _
from approvals.people import Role
from approvals.roles import require
from evidence.errors import ConductorError, NotAuthenticated, NotFound
from graphs.fitness import MAX_REASON, Standing, allow, disallow, newest_report, standings

if TYPE_CHECKING:
    from agents.conformance.report import Report

router = APIRouter(prefix="/oversight/players")

TO = "see who plays, and let an unfit model play"


@dataclass(frozen=True)
class Card:
    """One role on the page."""

    standing: Standing
    name: str
    state: str
    meaning: str
    report: Report | None


@router.get("")
async def players(request: Request, app: Opened, who: Visitor) -> Response:
    """Every role."""
    require(who.actor, Role.ADMIN, to=TO)
    return await _show(request, app)


@router.post("/{role}/allow")
async def let_play(
    request: Request, role: str, app: Opened, who: Visitor, reason: Annotated[str, Form(max_length=20_000)] = ""
) -> Response:
    """Let an unfit model play; what cannot be accepted comes back as it was typed."""
    require(who.actor, Role.ADMIN, to=TO)
    played = _played(role)
    try:
        await fresh_login(app.store, who, minutes=app.settings.signing_minutes)
        await allow(app.store, app.ensemble, who.actor, played, reason)
    except ConductorError as problem:
        return await _show(request, app, at=played, typed=reason, problem=problem)
    return see(f"/oversight/players#{played}")


@router.post("/{role}/disallow")
async def stop(request: Request, role: str, app: Opened, who: Visitor) -> Response:
    """End what lets an unfit model play."""
    require(who.actor, Role.ADMIN, to=TO)
    played = _played(role)
    try:
        await fresh_login(app.store, who, minutes=app.settings.signing_minutes)
        await disallow(app.store, app.ensemble, who.actor, played)
    except ConductorError as problem:
        return await _show(request, app, at=played, problem=problem)
    return see(f"/oversight/players#{played}")


async def _show(
    request: Request, app: Application, *, at: str = "", typed: str = "", problem: ConductorError | None = None
) -> Response:
    cards = []
    for each in await standings(app.store, app.ensemble):
        report = await newest_report(app.store, app.ensemble, each.role)
        cards.append(Card(each, ROLES[each.role], STATES[each.state], trusted_with(each), report))
    return page(
        request,
        "oversight/players.html",
        status=200 if problem is None else problem.status,
        cards=cards,
        at=at,
        typed=typed,
        problem=problem,
        relogin=isinstance(problem, NotAuthenticated),
        longest=MAX_REASON,
        unchecked=any(card.standing.state == "not checked" for card in cards),
        questions=_questions() if any(card.report for card in cards) else {},
    )


def _questions() -> Mapping[str, str]:
    from agents.conformance import questions  # the whole suite comes with it: only where something was checked

    return questions()


def _played(role: str) -> Played:
    for each in get_args(Played):
        if each == role:
            found: Played = each
            return found
    raise NotFound(_("There is no such role."), todo=_("Use the buttons of the page."))
