"""What no route should have to look for: input that JSON allows but that cannot be kept, compared or written down."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from json import JSONDecodeError
from math import isfinite
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from fastapi.routing import APIRoute

from evidence.errors import InvalidInput, NotFound

MAX_DEPTH = 60


class Route(APIRoute):
    """A route that refuses such input before anything else looks at it."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, behind these checks."""
        handle = super().get_route_handler()

        async def checked(request: Request) -> Response:
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


def _check_text(text: str, path: tuple[str, ...]) -> None:
    if _unkeepable(text):
        raise InvalidInput(
            "There is a character in it that text cannot have (NUL, or half of a surrogate pair).",
            where=_place(path),
            todo="Take it out; it often comes from copying out of another program.",
        )


def _unkeepable(text: str) -> bool:
    return "\0" in text or any("\ud800" <= char <= "\udfff" for char in text)


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
