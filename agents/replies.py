"""Reading a model's JSON: found in whatever stands around it, cleaned, and held against the form that was asked for."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any, Generic, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError

from evidence.characters import keepable

Form = TypeVar("Form", bound=BaseModel)

MAX_DEPTH = 40  # of objects and lists in one another; our own forms have less than ten
_MAX_TEXT = 400_000  # characters that are looked at, from the end of the thoughts on
_MAX_STARTS = 200


class Reading(NamedTuple, Generic[Form]):
    """A reply as it was read: its value, or None with what is wrong.

    Attributes:
        value: of the form asked for.
        problems: in words for the model.
        where: in words for people, without the reply's text.
        strays: how many of its values stand on no list, as ``restore`` counts them.
    """

    value: Form | None
    problems: list[str]
    where: str
    strays: int = 0


class _Ambiguous(dict[str, Any]):
    """An object in which a property stands twice with different values: nobody can know which one is meant."""


def read_reply(raw: str, form: type[Form], restore: Callable[[dict[str, Any]], int] | None = None) -> Reading[Form]:
    """Read a reply of a given form.

    Args:
        raw: the reply's text.
        form: what it is to be. Properties that the form does not have are dropped.
        restore: changes the object before it is held against the form; see ``agents.schemas.Lists.restore``.
    """
    found = find_object(raw)
    if found is None:
        return Reading(None, ["There is no complete JSON object in it."], "it held no JSON object")
    if _depth(found) > MAX_DEPTH:
        return Reading(None, ["It is nested too deeply."], "it was nested too deeply")
    if _is_ambiguous(found):
        twice = "A property stands twice in one object, with different values."
        return Reading(None, [twice], "it contradicted itself")
    found = keepable(found)
    strays = restore(found) if restore else 0
    while True:
        try:
            return Reading(form.model_validate(found), [], "", strays)
        except ValidationError as error:
            problems = error.errors(include_url=False, include_input=False, include_context=False)
        extra = [problem["loc"] for problem in problems if problem["type"] == "extra_forbidden"]
        if not extra:
            break
        for place in extra:
            _drop(found, place)
    known = [
        str(problem["loc"][0]) for problem in problems if problem["loc"] and problem["loc"][0] in form.model_fields
    ]
    told = [f"{'.'.join(map(str, problem['loc'])) or 'the whole'}: {problem['msg']}" for problem in problems]
    return Reading(None, told, "it did not have the form asked for" + (f", at {known[0]}" if known else ""))


def find_object(text: str) -> dict[str, Any] | None:
    """The JSON object in a reply, also with thoughts, prose or a code fence around it; None if there is none.

    The longest object wins, because a model that explains itself may mention a small one first. What is no JSON
    (``NaN``, numbers beyond all bounds) makes an object none.
    """
    text = text.rsplit("</think>", 1)[-1][:_MAX_TEXT]
    decoder = json.JSONDecoder(parse_constant=_no_constant, parse_float=_finite, object_pairs_hook=_object)
    best: tuple[int, dict[str, Any] | None] = (0, None)
    start = text.find("{")
    for _ in range(_MAX_STARTS):
        if start < 0:
            break
        try:
            value, end = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            end = start + 1
        else:
            if isinstance(value, dict) and end - start > best[0]:
                best = (end - start, value)
        start = text.find("{", end)
    return best[1]


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs) and any(value[key] != given for key, given in pairs):
        return _Ambiguous(value)
    return value


def _layers(value: Any) -> list[list[Any]]:
    """What a value holds, layer by layer; by hand, since a deep value would be too much for the call stack."""
    layers = [[value]]
    while layers[-1] and len(layers) <= MAX_DEPTH + 1:
        inner: list[Any] = []
        for item in layers[-1]:
            if isinstance(item, dict):
                inner += item.values()
            elif isinstance(item, list):
                inner += item
        layers.append(inner)
    return layers


def _depth(value: Any) -> int:
    return len(_layers(value)) - 1


def _is_ambiguous(value: Any) -> bool:
    return any(isinstance(item, _Ambiguous) for layer in _layers(value) for item in layer)


def _drop(value: Any, place: tuple[int | str, ...]) -> None:
    for step in place[:-1]:
        value = value[step]
    del value[place[-1]]


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number beyond all bounds")
    return number
