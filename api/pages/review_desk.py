"""The review desk: text and verdict side by side, and a decision on exactly what was seen.

One form carries everything, so that nothing typed is lost: a decision that is refused comes back with the page as it is
now, what has changed, and every word that was typed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import Request
from fastapi.responses import Response

from api.application import Application
from api.identity import Identity, fresh_login
from api.pages import manuscript
from api.pages.identity import see
from api.pages.rendering import page
from api.pages.telling import lasted, percent, plain, told
from api.wording import _
from approvals.checkpoint import Comment, DecisionKind
from approvals.policies import policy_named
from evidence.errors import ConductorError, InvalidInput, NotAuthenticated
from graphs.background import Background, background, turned
from graphs.deciding import decide, settle_criterion
from graphs.reviewing import Review, review

TEXT, QUOTE = "comment.text.", "comment.quote."
LONGEST_EQUAL = 18  # words of unchanged text around a difference before the middle is left out


@dataclass
class Settled:
    """A person's own level as it was typed."""

    level: str = ""
    quote: str = ""
    reason: str = ""


@dataclass
class Typed:
    """Everything a person typed on the desk; comments by field, as (quote, text)."""

    comments: dict[str, tuple[str, str]] = field(default_factory=dict)
    settled: dict[str, Settled] = field(default_factory=dict)
    reason: str = ""

    @property
    def anything(self) -> bool:
        """Whether a word would be lost."""
        return bool(self.comments or self.reason.strip())


async def show(
    request: Request,
    app: Application,
    who: Identity,
    checkpoint_id: str,
    *,
    typed: Typed | None = None,
    problem: ConductorError | None = None,
    seen_verdict: str = "",
) -> Response:
    """The desk for one checkpoint, with what was typed and why it was not taken, where there is that."""
    found = await review(app.store, who.actor, checkpoint_id)
    behind = await background(app.store, who.actor, checkpoint_id)
    changed = await turned(app.store, who.actor, seen_verdict, checkpoint_id) if problem else []
    scenario = found.checkpoint.subject_kind == "scenario"
    sections = manuscript.scenario(found.content, found.criteria) if scenario else manuscript.document(found.content)
    paths = {line.path for section in sections for part in section.parts for line in part.lines}
    policy = policy_named(found.checkpoint.policy.split("/")[0])
    decided = {each.person_id for each in found.decisions}
    typed = typed or Typed()
    return page(
        request,
        "designer/review.html",
        status=200 if problem is None else problem.status,
        review=found,
        behind=behind,
        sections=sections,
        paths=paths,
        numbered=list(enumerate(found.criteria, 1)),
        quote_key=manuscript.quote_key,
        label_of=manuscript.label_of,
        sentence=first_sentence(found),
        differences=_shortened(behind.differences),
        scenario=scenario,
        action=f"/{'design' if scenario else 'strategy'}/review/{checkpoint_id}",
        may_decide=found.checkpoint.status == "pending"
        and bool({role.value for role in who.actor.roles} & policy.roles)
        and who.actor.person_id not in decided,
        proposed_it=behind.author == who.actor.person_id,
        state=await _state(found, behind),
        told=told,
        lasted=lasted,
        percent=percent,
        typed=typed,
        homeless={path: each for path, each in typed.comments.items() if path and path not in paths},
        problem=problem,
        relogin=isinstance(problem, NotAuthenticated),
        turned=changed,
    )


async def take(request: Request, app: Application, who: Identity, checkpoint_id: str) -> Response:
    """Take what the desk's form sent: a decision, a settled criterion, or only words carried over."""
    form = {name: str(value) for name, value in (await request.form()).items() if isinstance(value, str)}
    typed = _typed(form)
    seen, settle, kind = form.get("review_digest", ""), form.get("settle", ""), form.get("kind", "")
    desk = request.url.path
    try:
        if settle:
            await fresh_login(app.store, who, minutes=app.settings.signing_minutes)
            mine = typed.settled.get(settle, Settled())
            if not mine.level:
                raise InvalidInput(_("Choose a level first."), where=f"settle.level.{settle}")
            await settle_criterion(
                app.store,
                who.actor,
                checkpoint_id,
                settle,
                level=mine.level,
                quote=mine.quote,
                reason=mine.reason,
                seen=seen,
            )
            typed.settled.pop(settle)
            return await show(request, app, who, checkpoint_id, typed=typed) if typed.anything else see(desk)
        if kind:
            await fresh_login(app.store, who, minutes=app.settings.signing_minutes)
            await decide(
                app.store,
                who.actor,
                checkpoint_id,
                _kind(kind),
                seen=seen,
                reason=typed.reason,
                comments=_comments(typed),
                players=app.players,
            )
            return see(desk)
    except ConductorError as problem:
        seen_verdict = form.get("seen_verdict", "")
        return await show(request, app, who, checkpoint_id, typed=typed, problem=problem, seen_verdict=seen_verdict)
    return await show(request, app, who, checkpoint_id, typed=typed)


def first_sentence(found: Review) -> str:
    """What the verdict comes to, in plain words."""
    verdict = found.verdict
    if verdict is None:
        return _("Nothing is judged here: read what would change, and decide.")
    needed = percent(verdict["pass_threshold"])
    match verdict["outcome"]:
        case "aligned":
            said = _("The text meets the criteria: it reaches {score}, and {needed} is needed.")
            return said.format(score=percent(verdict["score"]), needed=needed)
        case "refer":
            referred = ", ".join(plain(each.criterion_id) for each in found.criteria if each.outcome == "refer")
            return _("The judge is not sure. Please settle: {criteria}.").format(criteria=referred)
        case "revise":
            return _("The verdict speaks against this text. {reason}").format(reason=" ".join(verdict["reasons"][:1]))
        case _:
            return _("The judgement failed, so this cannot be approved. {reason}").format(
                reason=" ".join(verdict["reasons"][:1])
            )


def _kind(kind: str) -> DecisionKind:
    try:
        return DecisionKind(kind)
    except ValueError as error:
        raise InvalidInput(_("This decision is unknown here."), todo=_("Use the buttons of the page.")) from error


def _typed(form: Mapping[str, str]) -> Typed:
    typed = Typed(reason=form.get("reason", ""))
    for name, value in form.items():
        if name.startswith(TEXT):
            path = name.removeprefix(TEXT)
            quote = form.get(QUOTE + path, "")
            if value.strip() or quote.strip():
                typed.comments[path] = (_lines(quote), _lines(value))
        elif name.startswith("settle.") and value.strip():
            _settle, what, criterion_id = name.split(".", 2)
            if what in ("level", "quote", "reason"):
                setattr(typed.settled.setdefault(criterion_id, Settled()), what, _lines(value))
    return typed


def _lines(text: str) -> str:
    """Line ends as they are stored; forms send CR LF."""
    return text.replace("\r\n", "\n")


def _comments(typed: Typed) -> list[Comment]:
    made = []
    for path, (quote, text) in typed.comments.items():
        if not text.strip():
            raise InvalidInput(
                _("You quoted words in “{field}”, but did not say what should change.").format(
                    field=manuscript.label_of(path) or _("the whole text")
                ),
                todo=_("Write the comment, or take the quote out."),
                where=TEXT + path,
            )
        if len(text) > 4000 or len(quote) > 2000:
            raise InvalidInput(
                _("The comment on “{field}” is too long.").format(field=manuscript.label_of(path)),
                todo=_("A comment has at most 4,000 characters, a quote 2,000."),
                where=TEXT + path,
            )
        made.append(Comment(field=path, quote=quote.strip(), text=text))
    return made


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


def _shortened(differences: Any) -> list[dict[str, Any]]:
    """Differences with long unchanged stretches left out in the middle; a single word or figure is shown whole."""
    made = []
    for each in differences:
        words = []
        short = " " not in each.before + each.after and each.kind.value == "changed"
        for op, text in (("delete", each.before), ("insert", each.after)) if short else each.words:
            parts = text.split(" ")
            if op == "equal" and len(parts) > LONGEST_EQUAL:
                text = " ".join([*parts[:7], "…", *parts[-7:]])
            words.append((op, text))
        made.append({"label": manuscript.label_of(each.field), "kind": each.kind.value, "words": words})
    return made
