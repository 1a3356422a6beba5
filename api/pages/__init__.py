"""Pages for people: plain HTML from the same services as the HTTP API; JavaScript only where words stream."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI

from api.pages import (
    contests,
    costs,
    designer,
    errors,
    front,
    inbox,
    labelling,
    learner,
    notices,
    oversight,
    pilots,
    players,
    portfolio,
    previews,
    reach,
    rules,
    session,
    sign_offs,
    strategist,
    strategy_editing,
    stress,
    studies,
    transfer,
    translating,
    trying,
    versions,
)
from api.pages.assets import compressed_assets


def include(routes: APIRouter) -> None:
    """Add the pages."""
    for module in (
        front,
        learner,
        trying,
        contests,
        inbox,
        designer,
        translating,
        sign_offs,
        versions,
        strategy_editing,
        studies,
        stress,
        portfolio,
        labelling,
        previews,
        pilots,
        strategist,
        oversight,
        rules,
        reach,
        players,
        costs,
        notices,
        transfer,
        session,
    ):
        routes.include_router(module.router, include_in_schema=False)


def install(app: FastAPI) -> None:
    """Add the pages' assets, and errors that read as pages. Call it after the handlers of the API are there."""
    app.mount("/assets", compressed_assets(), name="assets")
    errors.install(app)
