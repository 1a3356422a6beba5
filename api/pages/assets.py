"""Style sheets and scripts: compressed, and kept by browsers for good where the address names the content."""

from __future__ import annotations

from importlib.resources import files

from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Scope

YEAR = 365 * 24 * 3600


class Assets(StaticFiles):
    """Files of ``api/assets``."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Answer with a file; one whose address carries its digest never changes."""
        response = await super().get_response(path, scope)
        named = b"v=" in scope.get("query_string", b"")
        kept = f"public, max-age={YEAR}, immutable" if named else "public, max-age=300"
        response.headers["Cache-Control"] = kept
        return response


def compressed_assets() -> ASGIApp:
    """The files, compressed. Pages are not: they carry personal text beside what a stranger may choose."""
    return GZipMiddleware(Assets(directory=str(files("api").joinpath("assets"))), minimum_size=500)
