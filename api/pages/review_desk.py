"""The review desk: text and verdict side by side, and a decision on exactly what was seen.

One form carries everything, so that nothing typed is lost: a decision that is refused comes back with the page as it is
now, what has changed, and every word that was typed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import Request
from fastapi.responses import Response

from api.application import Application
from api.identity import Identity, fresh_login
from api.judging_words import answered
from api.pages import blind, desk_form, manuscript, rewording, ruling
from api.pages.desk_form import Settled, Typed
from api.pages.differing import shortened
from api.pages.forms import typed_in
from api.pages.identity import see
from api.pages.rendering import page
from api.pages.signatures import Revoking, signature
from api.pages.telling import lasted, percent, told
from api.players import judged_by
from api.policies import BARRED, asks
from api.wording import _
from approvals.checkpoint import DecisionKind
from approvals.people import Role
from evidence.errors import ConductorError, InvalidInput, NotAuthenticated
from graphs.appealing import appeal
from graphs.background import Background, background, turned
from graphs.claiming import claim, mark_comment, release, set_due
from graphs.deciding import decide
from graphs.fitness import standing
from graphs.reviewing import CriterionView, Review, review
from graphs.settling import agree, settle_criterion
from graphs.turns import Barred, turn_at

NEEDS_EYES = ("refer", "errored", "revise")  # first of all what a person has to settle
ACTS = frozenset({"settle", "agree", "disagree", "appeal", "mark", "act", "kind"})  # buttons of the form


async def show(
    request: Request,
    app: Application,
    who: Identity,
    checkpoint_id: str,
    *,
    typed: Typed | None = None,
    problem: ConductorError | None = None,
    seen_verdict: str = "",
    revoking: Revoking | None = None,
) -> Response:
    """The desk for one checkpoint, with what was typed and why it was not taken, where there is that."""
    found = await review(app.store, who.actor, checkpoint_id)
    if found.label_first:
        return blind.before_the_verdict(request, found, _action(True, checkpoint_id), problem)
    behind = await background(app.store, who.actor, checkpoint_id)
    changed = await turned(app.store, who.actor, seen_verdict, checkpoint_id) if problem else []
    scenario = found.checkpoint.subject_kind == "scenario"
    sections = manuscript.scenario(found.content, found.criteria) if scenario else manuscript.document(found.content)
    paths = {path for section in sections for part in section.parts for path in part.paths}
    turn = await turn_at(app.store, who.actor, found)
    typed = typed or Typed()
    revoking = revoking or Revoking()
    problem = problem or revoking.problem
    shared: dict[str, Any] = {
        "status": 200 if problem is None else problem.status,
        "review": found,
        "behind": behind,
        "label_of": manuscript.label_of,
        "scenario": scenario,
        "action": _action(scenario, checkpoint_id),
        # A strategist who signs a scenario has no inbox of designers to go back to.
        "home": "/design" if scenario and Role.DESIGNER in who.actor.roles else "/strategy",
        "turn": turn,
        "asks": asks(turn.policy, against=turn.against),
        "barred": BARRED.get(turn.barred, ""),
        "typed": typed,
        "problem": problem,
        "relogin": isinstance(problem, NotAuthenticated),
        "turned": changed,
        "may_decide": turn.may_act,
    }
    if found.checkpoint.subject_kind == "rollout":
        async with app.store.read() as work:
            rollout_id = (await work.reach.step(found.checkpoint.subject_id)).rollout_id
        if turn.barred is Barred.AUTHOR:
            shared["barred"] = _("You asked for this, or answered a finding in it, so somebody else signs it.")
        return page(request, "reach/review.html", **shared, rollout_id=rollout_id, state=await _state(found, behind))
    if typed.editing and turn.may_act:
        slots = found.content.get("slots", ())
        return page(request, "designer/edit.html", **shared, parts=rewording.editable(sections, found.source, slots))
    recorded = await ruling.recorded(app, found.checkpoint.verdict_id)
    judges = await standing(app.store, app.ensemble, "alignment")
    approved = found.checkpoint.status == "approved"
    by_hand = scenario and found.player == "a person"
    return page(
        request,
        "designer/review.html",
        **shared,
        sections=sections,
        paths=paths,
        numbered=sorted(enumerate(found.criteria, 1), key=_needs_eyes),
        quote_key=manuscript.quote_key,
        ruling=ruling.ruled(found, recorded),
        by_hand=by_hand,
        judge=judged_by(judges, ruling.models(recorded)),
        stalled="" if by_hand else ruling.stalled(behind),
        choices=await ruling.choices(app, found),
        settled=(recorded or {}).get("settled", {}),
        mine={each.criterion_id: each for each in found.agreements if each.person_id == who.actor.person_id},
        differences=shortened(behind.differences, manuscript.label_of),
        proposed_it=behind.author == who.actor.person_id,
        state=await _state(found, behind),
        signature=await signature(request, app, who, found.checkpoint) if approved else None,
        revoking=revoking,
        told=told,
        answered=answered,
        lasted=lasted,
        percent=percent,
        homeless={path: each for path, each in typed.comments.items() if path and path not in paths},
    )


async def take(request: Request, app: Application, who: Identity, checkpoint_id: str) -> Response:
    """Take what the desk's form sent: a decision, a smaller act, or only words carried over."""
    form = await typed_in(request)
    typed = desk_form.read(form)
    if typed.edits:
        typed.keep_changed((await review(app.store, who.actor, checkpoint_id)).source)
    try:
        if not await _acted(app, who, checkpoint_id, form, typed):
            return await show(request, app, who, checkpoint_id, typed=typed)
    except ConductorError as problem:
        seen_verdict = form.get("seen_verdict", "")
        return await show(request, app, who, checkpoint_id, typed=typed, problem=problem, seen_verdict=seen_verdict)
    if typed.anything:
        return await show(request, app, who, checkpoint_id, typed=typed)
    return see(request.url.path)


async def _acted(app: Application, who: Identity, at: str, form: Mapping[str, str], typed: Typed) -> bool:
    """Do what the pressed button says; False where it only shows the words elsewhere. What was used is forgotten."""
    pressed = next((name for name in form if name in ACTS and form[name]), "")
    value, seen = form.get(pressed, ""), form.get("review_digest", "")
    if pressed in ("settle", "kind"):
        await fresh_login(app.store, who, minutes=app.settings.signing_minutes)
    match pressed:
        case "settle":
            mine = typed.settled.get(value, Settled())
            if not mine.level:
                raise InvalidInput(_("Choose a level first."), where=f"settle.level.{value}")
            quote = mine.quote or mine.passage
            await settle_criterion(
                app.store, who.actor, at, value, level=mine.level, quote=quote, reason=mine.reason, seen=seen
            )
            typed.settled.pop(value)
        case "agree" | "disagree":
            agrees = pressed == "agree"
            level = None if agrees else typed.levels.get(value)
            await agree(app.store, who.actor, at, value, agrees=agrees, level=level, seen=seen)
        case "appeal":
            argument = typed.appeals.get(value, "")
            await appeal(app.store, app.ensemble, who.actor, at, value, argument=argument, seen=seen)
            typed.appeals.pop(value)
        case "mark":
            await _mark(app, who, at, value, typed)
        case "kind":
            await _decide(app, who, at, _kind(value), seen, typed)
        case "act":
            return await _smaller(app, who, at, value, typed)
        case _:
            return False
    return True


async def _decide(app: Application, who: Identity, at: str, kind: DecisionKind, seen: str, typed: Typed) -> None:
    reworded = kind is DecisionKind.APPROVE_WITH_EDITS
    withdrawing = kind is DecisionKind.WITHDRAW
    await decide(
        app.store,
        who.actor,
        at,
        kind,
        seen=seen,
        reason=typed.withdrawing if withdrawing else typed.reason,
        # Comments are for whoever writes the next version; a person who rewords it has written it.
        comments=() if reworded or withdrawing else desk_form.comments(typed),
        edits=() if withdrawing else desk_form.edits(typed),
        players=app.players,
    )
    kept = typed.comments if reworded else {}
    vars(typed).update(vars(Typed(comments=kept)))


async def _smaller(app: Application, who: Identity, at: str, act: str, typed: Typed) -> bool:
    match act:
        case "claim" | "take_over":
            await claim(app.store, who.actor, at, take_over=act == "take_over")
        case "release":
            await release(app.store, who.actor, at)
        case "due":
            await set_due(app.store, who.actor, at, desk_form.due(typed))
        case "undue":
            await set_due(app.store, who.actor, at, None)
        case "edit" | "read":
            typed.editing = act == "edit"
            return False
        case "drop":
            typed.editing, typed.edits = False, {}
            return not typed.anything
        case _:
            raise InvalidInput(_("This is unknown here."), todo=_("Use the buttons of the page."))
    return True


async def _mark(app: Application, who: Identity, at: str, value: str, typed: Typed) -> None:
    """A person's word on an earlier comment, as ``yes:decision.number`` or ``no:decision.number``."""
    said, _colon, which = value.partition(":")
    decision_id, _dot, number = which.rpartition(".")
    if said not in ("yes", "no") or not number.isdecimal() or len(number) > 3:
        raise InvalidInput(_("This comment is unknown here."), todo=_("Use the buttons of the page."))
    note = typed.notes.get(which, "")
    if len(note) > 2000:
        raise InvalidInput(_("The note is too long."), todo=_("At most 2,000 characters fit."), where=f"note.{which}")
    await mark_comment(app.store, who.actor, at, decision_id, int(number), resolved=said == "yes", note=note.strip())
    typed.notes.pop(which, None)


def _action(scenario: bool, checkpoint_id: str) -> str:
    return f"/{'design' if scenario else 'strategy'}/review/{checkpoint_id}"


def _needs_eyes(numbered: tuple[int, CriterionView]) -> int:
    """Where a criterion stands on the page: to settle, against the text, with a quote struck out, the others."""
    outcome = numbered[1].outcome
    if outcome in NEEDS_EYES:
        return NEEDS_EYES.index(outcome)
    return len(NEEDS_EYES) + (not any(quote.struck for quote in numbered[1].quotes))


def _kind(kind: str) -> DecisionKind:
    try:
        return DecisionKind(kind)
    except ValueError as error:
        raise InvalidInput(_("This decision is unknown here."), todo=_("Use the buttons of the page.")) from error


async def _state(found: Review, behind: Background) -> dict[str, Any]:
    """Where a checkpoint stands that is not, or no longer, mine to decide."""
    ending = next((each for each in found.decisions if each.terminal), None)
    names = [found.names.get(each.person_id, "") for each in found.decisions if each.kind == "approve"]
    return {
        "status": found.checkpoint.status,
        "by": "" if ending is None else found.names.get(ending.person_id, _("somebody")),
        "signed_by": _(" and ").join(name for name in names if name),
        "at": None if ending is None else ending.created_at,
        "reason": "" if ending is None else ending.reason,
        "comments": [] if ending is None else ending.comments,
        "live": behind.sign_off is not None,
    }
