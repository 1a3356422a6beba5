"""The rules of a programme, for admins: who guards what, what a change means for signed work, how long work waits."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import ValidationError

from api.application import Application
from api.figures import plain
from api.identity import fresh_login
from api.pages.forms import typed_in
from api.pages.identity import Visitor, see
from api.pages.rendering import page
from api.policies import RISKS, STALE
from api.security import Opened
from api.wording import _
from approvals.checkpoint import RiskClass, SubjectKind
from approvals.configuration import check_fit
from approvals.people import Role
from approvals.policies import policy_names
from approvals.roles import require
from approvals.subjects import kinds, rules_of
from evidence.errors import ConductorError, InvalidInput, NotAuthenticated, NotFound
from evidence.plain_messages import plain_message
from graphs.governing import Rules, set_rules
from store.records import Programme

router = APIRouter(prefix="/oversight/rules")

KINDS = {
    SubjectKind.SCENARIO: _("Scenarios"),
    SubjectKind.CHARTER: _("The charter"),
    SubjectKind.CRITERIA: _("The criteria"),
    SubjectKind.ROLLOUT: _("Steps of a rollout"),
}
SIGNERS = {
    "one_reviewer": _("One designer"),
    "low_risk_batch": _("One designer, also from the list"),
    "two_person": _("Two designers who did not order it"),
    "designer_and_strategist": _("A designer and a strategist"),
    "second_strategist": _("A strategist"),
}
CHOICES = {"keep": _("Leave it"), "flag": _("Show it"), "suspend": _("Pause it")}


@dataclass(frozen=True)
class Guard:
    """One choice: which policy guards this kind and class. One option only means that nothing can be chosen."""

    name: str
    kind: str
    what: str
    options: tuple[tuple[str, str], ...]
    usual: str


@router.get("")
async def rules(request: Request, app: Opened, who: Visitor, programme: str = "", saved: str = "") -> Response:
    """The rules as they are."""
    require(who.actor, Role.ADMIN, to="set the rules of a programme")
    chosen = await _programme(app, programme)
    return await _show(request, app, chosen, _as_typed(chosen), saved=bool(saved))


@router.post("")
async def set_here(request: Request, app: Opened, who: Visitor) -> Response:
    """Set the rules; what cannot be accepted comes back as it was typed, with the reason beside the field."""
    require(who.actor, Role.ADMIN, to="set the rules of a programme")
    typed = {name: value.strip() for name, value in (await typed_in(request)).items()}
    chosen = await _programme(app, typed.get("programme", ""))
    try:
        await fresh_login(app.store, who, minutes=app.settings.signing_minutes)
        made = Rules.model_validate(
            {"policies": _policies(typed)}
            | {name: typed.get(name, "") for name in ("stale_rule", "due_days", "round_budget")}
        )
        await set_rules(app.store, who.actor, chosen.id, made, players=app.players)
    except ValidationError as error:
        wrong = {str(each["loc"][0]): plain_message(each, (str(each["loc"][0]),), Rules) for each in error.errors()}
        return await _show(request, app, chosen, typed, wrong=wrong)
    except ConductorError as problem:
        named = {problem.where: f"{problem.detail} {problem.todo}".strip()} if problem.where else {}
        return await _show(request, app, chosen, typed, problem=problem, wrong=named)
    return see(f"/oversight/rules?programme={chosen.id}&saved=yes")


async def _show(
    request: Request,
    app: Application,
    chosen: Programme,
    typed: dict[str, str],
    *,
    wrong: dict[str, str] | None = None,
    problem: ConductorError | None = None,
    saved: bool = False,
) -> Response:
    async with app.store.read() as work:
        programmes = await work.strategy.programmes()
        waiting = len(await work.approvals.checkpoints(programme_id=chosen.id, status="pending"))
    status = problem.status if problem else 422 if wrong else 200
    return page(
        request,
        "oversight/rules.html",
        status=status,
        programmes=programmes,
        chosen=chosen,
        guards=guards(),
        typed=typed,
        stale={rule: (CHOICES[rule], said) for rule, said in STALE.items()},
        wrong=wrong or {},
        problem=problem,
        relogin=isinstance(problem, NotAuthenticated),
        saved=saved,
        waiting=waiting,
    )


def guards() -> list[Guard]:
    """Every kind and class of risk, with the policies that can guard it."""
    made = []
    for kind in kinds():
        for risk in RiskClass:
            fitting = tuple(
                (name, SIGNERS.get(name, plain(name))) for name in policy_names() if _fits(kind, risk, name)
            )
            name = f"policies.{kind.value}.{risk.value}"
            made.append(
                Guard(
                    name, KINDS.get(kind, kind.value), _sentence(RISKS[risk.value]), fitting, rules_of(kind).usual[risk]
                )
            )
    return made


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def _fits(kind: SubjectKind, risk: RiskClass, name: str) -> bool:
    try:
        check_fit(kind, risk, name)
    except InvalidInput:
        return False
    return True


def _as_typed(chosen: Programme) -> dict[str, str]:
    table = {f"policies.{kind}.{risk}": name for kind, each in chosen.policies.items() for risk, name in each.items()}
    usual = {each.name: each.usual for each in guards()}
    figures = {"due_days": str(chosen.due_days), "round_budget": str(chosen.round_budget)}
    return usual | table | {"stale_rule": chosen.stale_rule} | figures


def _policies(typed: dict[str, str]) -> dict[str, dict[str, str]]:
    """The chosen policies; what is as usual is left out, so that it stays as usual."""
    usual = {each.name: each.usual for each in guards()}
    table: dict[str, dict[str, str]] = {}
    for name, policy in typed.items():
        first, _dot, rest = name.partition(".")
        kind, _dot, risk = rest.partition(".")
        if first == "policies" and policy and usual.get(name) != policy:
            table.setdefault(kind, {})[risk] = policy
    return table


async def _programme(app: Application, wanted: str) -> Programme:
    async with app.store.read() as work:
        found = await work.strategy.programmes()
    if not found:
        raise NotFound(_("There is no programme yet."), todo=_("`conductor init` makes the first one."))
    return next((each for each in found if each.id == wanted), found[0])
