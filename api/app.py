"""The HTTP application."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from importlib.metadata import version

from fastapi import APIRouter, FastAPI
from starlette.routing import BaseRoute

from agents.build import local_models
from agents.local import begin_loading
from api import pages, problems
from api.application import opened
from api.routes import (
    appeals,
    checkpoints,
    contests,
    costs,
    design,
    groups,
    labelling,
    messages,
    models,
    oversight,
    passports,
    people,
    pilots,
    portfolio,
    practice,
    previews,
    rollouts,
    sessions,
    strategy,
    stress,
    studies,
    transfer,
    translations,
    trying,
    versions,
)
from api.security import Door, Opened
from api.settings import Settings

PREFIX = "/api/v1"
WARM_UP_AFTER = 0.5  # seconds after the start, when the server says that it is ready


def create_app(settings: Settings) -> FastAPI:
    """Build the application; its database is opened when it starts and closed when it stops."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with opened(settings) as application:
            app.state.application = application
            asyncio.get_running_loop().call_later(WARM_UP_AFTER, application.live.warm_up)
            begin_loading(local_models(settings.models))
            yield

    app = FastAPI(
        title="Conductor",
        version=version("roleplay-conductor"),
        summary="AI drafts and plays workplace practice; a person signs off every scenario.",
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    problems.install(app)
    app.add_middleware(Door, public_url=settings.public_url)
    app.router.routes.extend(_routes())
    pages.install(app)

    @app.get("/health", tags=["oversight"])
    async def health() -> dict[str, str]:
        """The process answers."""
        return {"status": "ok"}

    @app.get("/ready", tags=["oversight"])
    async def ready(application: Opened) -> dict[str, str]:
        """The database answers too."""
        async with application.store.read():
            return {"status": "ready"}

    return app


@cache
def _routes() -> tuple[BaseRoute, ...]:
    """The routes of the API and the pages: the same for every application of a process, and slow to make."""
    routes = APIRouter()
    # What speaks with learners comes first: routes are tried one after the other.
    for module in (
        practice,
        trying,
        contests,
        sessions,
        people,
        versions,
        previews,
        strategy,
        studies,
        stress,
        portfolio,
        labelling,
        design,
        checkpoints,
        translations,
        appeals,
        rollouts,
        groups,
        passports,
        messages,
        transfer,
        pilots,
        models,
        costs,
        oversight,
    ):
        routes.include_router(module.router, prefix=PREFIX)
    pages.include(routes)
    return tuple(routes.routes)
