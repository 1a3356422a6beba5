"""What no route should have to look for: input that JSON allows but that cannot be kept, compared or written down."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Coroutine
from json import JSONDecodeError
from math import isfinite
from typing import Any, TypeVar

import orjson
from fastapi import Request
from fastapi.responses import Response
from fastapi.routing import APIRoute

from evidence.errors import InvalidInput, NotFound

MAX_DEPTH = 60

Quick = Callable[[Request], Awaitable[Response | None]]
_UNKEEPABLE = re.compile("[\0\ud800-\udfff]")
E = TypeVar("E", bound=Callable[..., Any])


def quickly(answer: Quick) -> Callable[[E], E]:
    """Mark an endpoint: ``answer`` answers plain requests to it, at a fraction of what the general way costs.

    It gives None for everything that is not plain; such a request goes the general way, which says what is wrong with
    it. Whoever writes it checks all that the general way would: who is there, and that the text can be kept.
    """

    def mark(endpoint: E) -> E:
        _quick[endpoint] = answer
        return endpoint

    return mark


_quick: dict[Callable[..., Any], Quick] = {}


class Route(APIRoute):
    """A route that refuses such input before anything else looks at it."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, behind these checks."""
        handle = super().get_route_handler()
        quick = _quick.get(self.endpoint)

        async def checked(request: Request) -> Response:
            if quick is not None and (answer := await quick(request)) is not None:
                return answer
            if any(_unkeepable(str(value)) for value in request.path_params.values()):
                raise NotFound("There is no such thing.", todo="Check the address.")
            for name, value in request.query_params.multi_items():
                if _unkeepable(name + value):
                    raise InvalidInput("There is a character in it that text cannot have.", where=_plain(name))
            if self.body_field is not None and _is_json(request):
                check(await _read(request))
            return await handle(request)

        return checked


def check(value: Any) -> None:
    """Refuse JSON data that cannot be kept.

    Raises:
        InvalidInput: it holds NUL, half a surrogate pair, a number that is not finite, or is nested too deeply;
            ``where`` is the place.
    """
    waiting: list[tuple[Any, tuple[str, ...]]] = [(value, ())]
    while waiting:
        found, path = waiting.pop()
        if len(path) > MAX_DEPTH:
            raise InvalidInput(
                f"It is nested more than {MAX_DEPTH} levels deep.", where=".".join(path[:4]), todo="Make it flatter."
            )
        if isinstance(found, dict):
            for name, each in found.items():
                _check_text(name, path)
                waiting.append((each, (*path, name)))
        elif isinstance(found, list):
            waiting.extend((each, (*path, str(index))) for index, each in enumerate(found))
        elif isinstance(found, str):
            _check_text(found, path)
        elif isinstance(found, float) and not isfinite(found):
            raise InvalidInput("This is not a finite number.", where=_place(path), todo="Write a plain number.")


async def plain_text(request: Request, most: int) -> str | None:
    """What stands in a body of exactly ``{"text": …}`` that can be kept; None where the body is anything else.

    Args:
        request: its body can be read again afterwards.
        most: characters that the text may have.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        return None
    try:
        body = orjson.loads(await request.body())
    except orjson.JSONDecodeError:
        return None
    text = body.get("text") if isinstance(body, dict) and len(body) == 1 else None
    return text if isinstance(text, str) and len(text) <= most and not _unkeepable(text) else None


def _check_text(text: str, path: tuple[str, ...]) -> None:
    if _unkeepable(text):
        raise InvalidInput(
            "There is a character in it that text cannot have (NUL, or half of a surrogate pair).",
            where=_place(path),
            todo="Take it out; it often comes from copying out of another program.",
        )


def _unkeepable(text: str) -> bool:
    return _UNKEEPABLE.search(text) is not None


def _place(path: tuple[str, ...]) -> str:
    return _plain(".".join(path)) or "body"


def _plain(text: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in text[:200])


def _is_json(request: Request) -> bool:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))


async def _read(request: Request) -> Any:
    """The body as data, which the request keeps for the route; what is no JSON is left for the route to say so."""
    if not await request.body():
        return None
    try:
        return await request.json()
    except JSONDecodeError:
        return None
    except UnicodeDecodeError as error:
        raise InvalidInput("The body is not UTF-8 text.", where="body", todo="Send it as UTF-8.") from error
    except RecursionError as error:
        raise InvalidInput("It is nested too deeply.", where="body", todo="Make it flatter.") from error
    except ValueError as error:
        raise InvalidInput("There is a number in it with too many digits.", where="body") from error
