"""The strategist's pages: what is in force, proposing, deciding on a colleague's proposal, and what-if."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.application import Application
from api.identity import Identity
from api.notice_words import at_strategy
from api.pages import review_desk
from api.pages import what_if as what_ifs
from api.pages.identity import Visitor, see
from api.pages.rendering import page
from api.pages.telling import percent
from api.security import Opened
from api.wording import _
from approvals.people import Role
from approvals.roles import STRATEGY_READERS, require
from evidence.errors import ConductorError, InvalidInput, NotFound
from evidence.yaml_documents import dump_yaml
from graphs.grounds import provisional
from graphs.inbox import strategy_waiting
from graphs.proposing import accept
from store.purpose import Purpose
from store.records import Programme, StrategyVersion
from strategy.charter import Charter, ClauseKind
from strategy.criteria import CriteriaSet

router = APIRouter(prefix="/strategy")

KINDS: dict[str, type[Charter] | type[CriteriaSet]] = {"charter": Charter, "criteria": CriteriaSet}
WEIGHT = "weight."


@router.get("")
async def desk(request: Request, app: Opened, who: Visitor, programme: str = "") -> Response:
    """Charter and criteria in force, what waits for me, and every version."""
    require(who.actor, Role.STRATEGIST, to="open the strategist's desk")
    waiting = await strategy_waiting(app.store, who.actor)
    chosen, all_of_them = await chosen_programme(app, programme)
    async with app.store.read() as work:
        active = {kind: await work.strategy.active(chosen.id, kind) for kind in KINDS}
        versions = {kind: await work.strategy.versions(chosen.id, kind) for kind in KINDS}
        authors = frozenset(each.author_id for found in versions.values() for each in found)
        names = await work.people.names(authors, purpose=Purpose.ACCOUNTABILITY)
        standing = await work.approvals.standing_sign_offs(chosen.id)
        unproven = await provisional(work, chosen.id)
        unread = await work.desk.notices(who.actor.person_id, unread=True)
    in_force = {kind: None if found is None else found.version_id for kind, found in active.items()}
    charter, criteria = (_in_force(versions[kind], in_force[kind], KINDS[kind]) for kind in KINDS)
    clauses = () if charter is None else charter.clauses
    order = list(ClauseKind)
    by_kind = groupby(sorted(clauses, key=lambda each: order.index(each.kind)), key=lambda each: each.kind.value)
    cited = {clause for each in (criteria.criteria if criteria else ()) for clause in each.clause_ids}
    return page(
        request,
        "strategist/desk.html",
        programme=chosen,
        programmes=all_of_them,
        waiting=waiting,
        charter=charter,
        criteria=criteria,
        by_kind=[(kind, list(found)) for kind, found in by_kind],
        cited=cited,
        clause_text={each.id: each.text for each in clauses},
        versions=versions,
        in_force=in_force,
        names=names,
        provisional=unproven,
        notices=list(dict.fromkeys(filter(None, (at_strategy(each.kind, each.subject) for each in unread)))),
        doubtful=sum(bool(each.stale) or each.suspended_at is not None for each in standing),
        paused=sum(each.suspended_at is not None for each in standing),
        percent=percent,
    )


@router.get("/versions/{version_id}")
async def version(request: Request, version_id: str, app: Opened, who: Visitor) -> Response:
    """One version as a document, and the way to put it in force."""
    require(who.actor, *STRATEGY_READERS, to="read the strategy")
    return await _version(request, app, who, version_id)


@router.post("/versions/{version_id}/accept")
async def accept_here(request: Request, version_id: str, app: Opened, who: Visitor) -> Response:
    """Ask for a version to be put in force; every one but the first waits for a second strategist."""
    try:
        run_id = await accept(app.store, who.actor, version_id, players=app.players)
    except ConductorError as problem:
        if problem.status == 403:
            raise
        return await _version(request, app, who, version_id, problem)
    return see("/strategy" if run_id is None else f"/design/runs/{run_id}")


@router.get("/review/{checkpoint_id}")
async def review(request: Request, checkpoint_id: str, app: Opened, who: Visitor) -> Response:
    """A proposed charter or criteria set, against the one in force."""
    return await review_desk.show(request, app, who, checkpoint_id)


@router.post("/review/{checkpoint_id}")
async def decide(request: Request, checkpoint_id: str, app: Opened, who: Visitor) -> Response:
    """Decide on it."""
    return await review_desk.take(request, app, who, checkpoint_id)


@router.get("/what-if")
async def what_if(request: Request, app: Opened, who: Visitor, programme: str = "") -> Response:
    """What another threshold or other weights would have meant for everything decided so far."""
    from graphs.previewing import preview  # brings numpy, which nothing else needs at the start
    from strategy.statistics.agreement import TOO_FEW

    require(who.actor, Role.STRATEGIST, to="try other weights and thresholds")
    chosen, _all = await chosen_programme(app, programme)
    query = request.query_params
    problem = None
    threshold: float | None = None
    weights: dict[str, float] = {}
    try:
        threshold = _number(query["pass_threshold"]) if query.get("pass_threshold") else None
        weights = {name.removeprefix(WEIGHT): _number(v) for name, v in query.items() if name.startswith(WEIGHT)}
        found = await preview(
            app.store, who.actor, chosen.id, pass_threshold=threshold, weights=weights, ensemble=app.ensemble
        )
    except InvalidInput as error:
        found = await preview(app.store, who.actor, chosen.id, ensemble=app.ensemble)
        problem, weights = what_ifs.outside(threshold, found.criteria) or error, {}
    there = await what_ifs.bands(app.store, who.actor, chosen.id, found, weights, app.ensemble)
    return page(
        request,
        "strategist/what_if.html",
        status=200 if problem is None else 422,
        programme=chosen,
        preview=found,
        problem=problem,
        threshold=found.tried.pass_threshold,
        weights={each.id: each.weight for each in found.tried.criteria},
        reweighted=what_ifs.reweighted(found),
        most=max(5.0, *(each.weight for each in found.tried.criteria)),
        lowest=what_ifs.LOWEST / 100,
        highest=what_ifs.highest(found.criteria) / 100,
        sentences=what_ifs.sentences(found, there),
        turned=await what_ifs.turned(app.store, found),
        bands=there,
        lines=what_ifs.lines(found, there),
        shown=what_ifs.shown,
        too_few=TOO_FEW,
    )


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise InvalidInput(_("“{text}” is not a number.").format(text=text[:40]), todo=_("Use digits.")) from error


async def chosen_programme(app: Application, wanted: str) -> tuple[Programme, list[Programme]]:
    """The programme of this id, the first one where none is named; and all there are.

    Raises:
        NotFound: there is none, or none of this id: a form must not act on another one than it names.
    """
    async with app.store.read() as work:
        found = await work.strategy.programmes()
    if not found:
        raise NotFound(_("There is no programme yet."), todo=_("`conductor init` makes the first one."))
    chosen = next((each for each in found if each.id == wanted or not wanted), None)
    if chosen is None:
        raise NotFound(_("There is no such programme."), todo=_("Choose one at the strategist’s desk."))
    return chosen, found


def _in_force(versions: list[StrategyVersion], active: str | None, model: Any) -> Any:
    stored = next((each for each in versions if each.id == active), None)
    return None if stored is None else model.model_validate_json(stored.content)


async def _version(
    request: Request, app: Application, who: Identity, version_id: str, problem: ConductorError | None = None
) -> Response:
    async with app.store.read() as work:
        stored = await work.strategy.version(version_id)
        active = await work.strategy.active(stored.programme_id, stored.kind)
        names = await work.people.names(frozenset({stored.author_id}), purpose=Purpose.ACCOUNTABILITY)
    return page(
        request,
        "strategist/version.html",
        status=200 if problem is None else problem.status,
        version=stored,
        text=dump_yaml(KINDS[stored.kind].model_validate_json(stored.content)),
        in_force=active is not None and active.version_id == stored.id,
        first=active is None,
        author=names.get(stored.author_id, _("somebody")),
        may_accept=Role.STRATEGIST in who.actor.roles,
        problem=problem,
    )
