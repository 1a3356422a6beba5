"""Pages for people: plain HTML from the same services as the HTTP API; JavaScript only where words stream."""

from __future__ import annotations

from fastapi import FastAPI

from api.pages import (
    costs,
    designer,
    errors,
    front,
    inbox,
    labelling,
    learner,
    oversight,
    players,
    portfolio,
    previews,
    rules,
    session,
    sign_offs,
    strategist,
    strategy_editing,
    stress,
    studies,
    versions,
)
from api.pages.assets import compressed_assets


def install(app: FastAPI) -> None:
    """Add the pages, their assets, and errors that read as pages. Call it after the handlers of the API are there."""
    for module in (
        front,
        learner,
        inbox,
        designer,
        sign_offs,
        versions,
        strategy_editing,
        studies,
        stress,
        portfolio,
        labelling,
        previews,
        strategist,
        oversight,
        rules,
        players,
        costs,
        session,
    ):
        app.include_router(module.router, include_in_schema=False)
    app.mount("/assets", compressed_assets(), name="assets")
    errors.install(app)
