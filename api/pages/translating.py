"""A page to translate a scenario that waits: every text beside its translation, and a draft by the author's model."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.application import Application
from api.identity import Identity, fresh_login
from api.languages import own_name
from api.pages.identity import Visitor, see
from api.pages.manuscript import label_of
from api.pages.rendering import page
from api.security import Opened
from evidence.errors import ConductorError, NotAuthenticated
from graphs import translating
from graphs.reviewing import review

router = APIRouter(prefix="/design/review")

_TEXT = "text."


@router.get("/{checkpoint_id}/translation/{language}")
async def show(request: Request, checkpoint_id: str, language: str, app: Opened, who: Visitor) -> Response:
    """The texts, with what there is of the translation."""
    return await _page(request, app, who, checkpoint_id, language)


@router.post("/{checkpoint_id}/translation/{language}")
async def take(request: Request, checkpoint_id: str, language: str, app: Opened, who: Visitor) -> Response:
    """Add what was filled in, or have the author's model draft it; where that fails, every word comes back."""
    sent = (await request.form()).items()
    form = {name: value.replace("\r\n", "\n") for name, value in sent if isinstance(value, str)}
    typed = {name.removeprefix(_TEXT): text for name, text in form.items() if name.startswith(_TEXT)}
    drafted_by = form.get("drafted_by", "")[:200]
    try:
        if form.get("act") == "draft":
            drafted = await translating.draft(app.store, app.ensemble, who.actor, checkpoint_id, language)
            typed = {line.field: line.text for line in drafted.texts}
            return await _page(request, app, who, checkpoint_id, language, typed, drafted_by=drafted.drafted_by)
        await fresh_login(app.store, who, minutes=app.settings.signing_minutes)
        await translating.add(
            app.store,
            who.actor,
            checkpoint_id,
            language,
            {field[:200]: text[:20_000] for field, text in typed.items()},
            seen=form.get("review_digest", ""),
            of=form.get("source_digest", ""),
            reason=form.get("reason", "").strip()[:2000],
            drafted_by=drafted_by,
            players=app.players,
        )
    except ConductorError as problem:
        return await _page(request, app, who, checkpoint_id, language, typed, drafted_by=drafted_by, problem=problem)
    return see(f"/design/review/{checkpoint_id}")


async def _page(
    request: Request,
    app: Application,
    who: Identity,
    checkpoint_id: str,
    language: str,
    typed: dict[str, str] | None = None,
    *,
    drafted_by: str = "",
    problem: ConductorError | None = None,
) -> Response:
    sheet = await translating.sheet(app.store, who.actor, checkpoint_id, language)
    shown = await review(app.store, who.actor, checkpoint_id)
    context: dict[str, Any] = {
        "status": 200 if problem is None else problem.status,
        "sheet": sheet,
        "texts": {line.field: line.text for line in sheet.texts} | (typed or {}),
        "review": shown,
        "name": own_name(language),
        "label_of": label_of,
        "action": f"/design/review/{checkpoint_id}",
        "drafted_by": drafted_by,
        "problem": problem,
        "relogin": isinstance(problem, NotAuthenticated),
    }
    return page(request, "designer/translate.html", **context)
