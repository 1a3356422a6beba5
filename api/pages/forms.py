"""What the form of a page sent."""

from __future__ import annotations

from fastapi import Request


async def typed_in(request: Request) -> dict[str, str]:
    """The fields of a form by name, as they were typed; of several with one name the last, and no files."""
    return {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
