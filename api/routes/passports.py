"""Passports of signed scenarios."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from api.bodies import Route
from api.security import Opened, Who
from approvals.passport import written
from graphs.passports import passport_of
from store.signing import load_or_create_signing_key

router = APIRouter(tags=["oversight"], route_class=Route)


@router.get("/scenarios/{version_id}/passport", response_class=Response)
async def passport(version_id: str, app: Opened, who: Who) -> Response:
    """The text with its verdict, sign-offs and proof in one signed file; 409 where it has no live sign-off."""
    document = await passport_of(app.store, load_or_create_signing_key(app.settings.signing_key), who.actor, version_id)
    name = f"passport-{document['scenario']['version_id'][-8:]}.json"
    return Response(
        written(document),
        media_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
