"""Trying again as pages: a twin, another way from a turn, the tries side by side, and an example to watch."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response, StreamingResponse

from api.pages.choosing import Chosen
from api.pages.identity import Visitor, see
from api.pages.rendering import environment, page
from api.routes import trying as routes
from api.security import Opened
from evidence.errors import ConductorError
from graphs import branching, practising, showing
from graphs.showing import Example

router = APIRouter(prefix="/practice")

_HERE = "<!-- lines -->"  # where the example's lines stand on its page


@router.get("/example/{version_id}")
async def example(request: Request, version_id: str, app: Opened, who: Visitor) -> Response:
    """An example, shown line by line as it is played; without JavaScript, too."""
    shown = await showing.example(app.store, app.ensemble, who.actor, version_id)
    frame = page(request, "session/example.html", shown=shown, scenario=shown.scenario, version_id=version_id)
    before, _here, after = bytes(frame.body).decode().partition(_HERE)
    headers = {"Referrer-Policy": "same-origin", "X-Accel-Buffering": "no"}
    return StreamingResponse(_told(before, shown, after), media_type="text/html; charset=utf-8", headers=headers)


async def _told(before: str, shown: Example, after: str) -> AsyncIterator[str]:
    yield before
    template = environment().get_template("session/_example_line.html")
    lines: AsyncGenerator[showing.Line, None]
    try:
        async with aclosing(shown.lines()) as lines:
            async for line in lines:
                yield template.render(line=line, failed=None)
    except ConductorError as error:
        yield template.render(line=None, failed=error)
    yield after


@router.post("/{practice_id}/again")
async def again(practice_id: str, app: Opened, who: Visitor) -> Response:
    """Try it again with other names and numbers."""
    return see(f"/practice/{await routes.begin_again(practice_id, app, who)}#turn-0")


@router.post("/{practice_id}/what-if")
async def what_if(practice_id: str, app: Opened, who: Visitor, turn: Annotated[int, Form(ge=1, le=1000)]) -> Response:
    """Try another way from a turn on."""
    branch_id = await branching.branch(app.store, who.actor, practice_id, turn, ensemble=app.ensemble)
    return see(f"/practice/{branch_id}#turn-{turn - 1}")


@router.get("/{practice_id}/branches")
async def side_by_side(request: Request, practice_id: str, app: Opened, who: Visitor) -> Response:
    """The tries side by side, from each fork on."""
    found = await branching.compare(app.store, who.actor, practice_id)
    return page(request, "session/branches.html", found=found)


@router.post("/{practice_id}/preferences")
async def prefer(practice_id: str, app: Opened, who: Visitor, chosen: Chosen) -> Response:
    """Change how I practise, from the next turn on."""
    await practising.prefer(app.store, who.actor, practice_id, chosen)
    return see(f"/practice/{practice_id}#said")
