"""``Idempotency-Key``: the same key and the same request get the same answer, however often they are sent."""

from __future__ import annotations

import json
import re
from typing import Annotated

from fastapi import Depends, Header, Request

from api.identity import Identity
from api.security import identity
from evidence.canonical import digest
from evidence.errors import InvalidInput
from graphs.answering import Once

_KEY = re.compile(r"[\x21-\x7e]{1,200}")


async def once(
    request: Request,
    who: Annotated[Identity, Depends(identity)],
    idempotency_key: Annotated[
        str | None, Header(description="makes it safe to send this request again; at most 200 printable characters")
    ] = None,
) -> Once | None:
    """The numbered request, or None where its sender did not number it.

    Raises:
        InvalidInput: the key is empty, too long, or has spaces or other characters that are not printable ASCII.
    """
    if idempotency_key is None:
        return None
    if not _KEY.fullmatch(idempotency_key):
        raise InvalidInput(
            "An Idempotency-Key has 1 to 200 printable ASCII characters.",
            where="Idempotency-Key",
            todo="A random UUID is a good one.",
        )
    body = await request.body()
    try:
        asked = json.loads(body) if body else None
    except ValueError:
        asked = body.hex()  # not JSON: the route refuses it, or reads it as it is
    about = {"method": request.method, "path": request.url.path, "body": asked}
    return Once(person_id=who.actor.person_id, key=idempotency_key, request_digest=digest(about))


Numbered = Annotated[Once | None, Depends(once)]
