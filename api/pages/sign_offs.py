"""Taking a sign-off back, and having signed work judged again."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.identity import fresh_login
from api.pages import desk_form, review_desk
from api.pages.identity import Visitor, see
from api.pages.signatures import Revoking
from api.security import Opened
from api.wording import _
from approvals.people import Role
from approvals.roles import require
from evidence.errors import ConductorError, InvalidInput
from graphs.batching import review_again, review_doubtful_again
from graphs.revoking import OpenPractices, revoke

router = APIRouter(prefix="/design")

LONGEST_REASON = 4000
MOST = 200  # runs that are judged again at once


@router.post("/sign-offs/{sign_off_id}/revoke")
async def revoke_here(request: Request, sign_off_id: str, app: Opened, who: Visitor) -> Response:
    """Take a sign-off back; what was typed comes back where that is refused."""
    require(who.actor, Role.DESIGNER, Role.STRATEGIST, to="take a sign-off back")
    typed = await _typed(request)
    async with app.store.read() as work:
        checkpoint_id = (await work.approvals.sign_off_by_id(sign_off_id)).checkpoint_id
    try:
        await fresh_login(app.store, who, minutes=app.settings.signing_minutes)
        if len(typed.reason) > LONGEST_REASON:
            raise InvalidInput(_("The reason is too long."), todo=_("At most 4,000 characters fit."), where="reason")
        try:
            rule = OpenPractices(typed.open_practices)
        except ValueError as error:
            raise InvalidInput(_("Say what happens to scenes under way."), where="open_practices") from error
        await revoke(app.store, who.actor, sign_off_id, reason=typed.reason, open_practices=rule)
    except ConductorError as problem:
        typed.problem = problem
        return await review_desk.show(request, app, who, checkpoint_id, revoking=typed)
    return see(f"/design/review/{checkpoint_id}")


@router.post("/again")
async def judge_again(request: Request, app: Opened, who: Visitor) -> Response:
    """Have signed work judged again; it stays as it is meanwhile."""
    require(who.actor, Role.DESIGNER, to="have signed work reviewed again")
    form = await request.form()
    if form.get("every"):
        await review_doubtful_again(app.store, who.actor)
        return see("/design#underway")
    runs = list(dict.fromkeys(str(value) for value in form.getlist("run")))[:MOST]
    if not runs:
        return see("/design#changed")
    await review_again(app.store, who.actor, runs)
    return see(f"/design/runs/{runs[0]}" if len(runs) == 1 else "/design#underway")


async def _typed(request: Request) -> Revoking:
    form = await request.form()
    return Revoking(desk_form.lines(str(form.get("reason", ""))), str(form.get("open_practices", "")))
