"""Templates: one environment, one way to answer with a page, and the addresses of assets."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from api import figures, judge_words, portfolio_words, preview_words, scene_words, stress_words, translation_words
from api.demo import doors
from api.identity import Identity
from api.wording import _, translations
from approvals.people import Role

# Where a person begins, by role; the first role they hold decides.
DESKS = (
    (Role.LEARNER, "/practice", _("Practice")),
    (Role.DESIGNER, "/design", _("Inbox")),
    (Role.STRATEGIST, "/strategy", _("Strategy")),
    (Role.ADMIN, "/oversight", _("Oversight")),
    (Role.GUARDIAN, "/oversight", _("Oversight")),
    (Role.DESIGNER, "/reach", _("Reach")),
    (Role.STRATEGIST, "/reach", _("Reach")),
    (Role.ADMIN, "/reach", _("Reach")),
)


def page(request: Request, template: str, /, *, status: int = 200, **context: Any) -> HTMLResponse:
    """Answer with a page.

    Args:
        request: what is answered; who is there is taken from it (see ``api.pages.identity``).
        template: path below ``api/templates``.
        status: of the answer.
        context: what the template names.
    """
    visitor: Identity | None = getattr(request.state, "visitor", None)
    opened = getattr(request.app.state, "application", None)
    shared = {
        "visitor": visitor,
        "desks": desks(visitor),
        "unread": getattr(request.state, "unread", 0),
        "path": request.url.path,
        "demo": opened is not None and opened.settings.demo,
        "doors": doors(opened.settings) if opened is not None and visitor is not None else (),
    }
    html = environment().get_template(template).render(shared | context)
    # Forms name their origin only under this policy; without it a browser on plain http sends "null" and is refused.
    return HTMLResponse(html, status_code=status, headers={"Referrer-Policy": "same-origin"})


def desks(visitor: Identity | None) -> list[tuple[str, str]]:
    """(address, label) of everything this person's roles open, in a fixed order."""
    if visitor is None:
        return []
    found = [(address, label) for role, address, label in DESKS if role in visitor.actor.roles]
    return list(dict(reversed(found)).items())[::-1]


@cache
def environment() -> Environment:
    """The template environment: everything is escaped, and a name that is missing is an error."""
    made = Environment(
        loader=PackageLoader("api", "templates"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.install_gettext_translations(translations(), newstyle=True)  # type: ignore[attr-defined]
    made.globals["asset"] = asset
    made.globals["judge_words"] = judge_words
    made.globals["stress_words"] = stress_words
    made.globals["scene_words"] = scene_words
    made.globals["portfolio_words"] = portfolio_words
    made.globals["preview_words"] = preview_words
    made.globals["translation_words"] = translation_words
    for said in (figures.share, figures.figure, figures.number):
        made.globals[said.__name__] = said
    made.filters["words"] = figures.plain
    return made


@cache
def asset(name: str) -> str:
    """The address of a file in ``api/assets``; it changes with the file, so that browsers may keep it for good."""
    place = files("api").joinpath("assets", *name.split("/"))
    return f"/assets/{name}?v={hashlib.sha256(place.read_bytes()).hexdigest()[:12]}"
