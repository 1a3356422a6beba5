"""The review desk before its verdict may be seen: the text, and the person's own levels to choose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import Request
from fastapi.responses import Response

from api.pages import manuscript
from api.pages.rendering import page
from evidence.errors import ConductorError
from graphs.blinding import CANNOT_TELL, ToLabel
from graphs.reviewing import Review


def before_the_verdict(request: Request, found: Review, action: str, problem: ConductorError | None = None) -> Response:
    """The review desk before its verdict may be seen: text, brief, and the person's own levels."""
    return page(
        request,
        "designer/label_first.html",
        status=200 if problem is None else problem.status,
        review=found,
        problem=problem,
        **form(found.content, found.label_first),
        action=f"/strategy/labelling/{found.checkpoint.subject_id}",
        then=action,
    )


def form(content: dict[str, Any] | None, criteria: Sequence[ToLabel]) -> dict[str, Any]:
    """What the templates of labelling need to show a text and the levels of its criteria."""
    return {
        "sections": [] if content is None else manuscript.scenario(content, []),
        "criteria": criteria,
        "cannot_tell": CANNOT_TELL,
    }
