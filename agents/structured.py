"""Replies of a given form: asked for as the server can, checked, repaired within a bound, else a typed error.

This is the one place where a model's JSON is read. What comes out has the right form and passed the role's own check;
whether it is true is for other code to find out.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from agents import failures
from agents.models import Message, RoleModel
from agents.prompts import load_prompt
from agents.provenance import Usage
from evidence.canonical import digest

Form = TypeVar("Form", bound=BaseModel)
Check = Callable[[Form], Sequence[str]]
"""What is wrong with a reply, in words for the model; empty where nothing is."""

MAX_REPAIRS = 2
_MAX_ECHO = 20_000  # characters of an unusable reply that the model is shown again
_MAX_PROBLEMS = 12

# Servers with strict schemas refuse these, and all of them are checked here anyway.
_DROPPED = frozenset({"default", "title", "examples", "format", "minLength", "maxLength"})


@dataclass(frozen=True)
class Answer(Generic[Form]):
    """A usable reply, its raw text, and what all attempts together cost."""

    value: Form
    raw: str
    usage: Usage


async def ask(
    model: RoleModel,
    messages: Sequence[Message],
    form: type[Form],
    *,
    check: Check[Form] | None = None,
    **parameters: Any,
) -> Answer[Form]:
    """Ask for a reply of the given form; tell the model what was wrong and ask again at most ``MAX_REPAIRS`` times.

    Args:
        model: whom to ask.
        messages: system message first.
        form: the reply's form. Properties it does not have are ignored.
        check: what must hold beyond the form.
        parameters: further request parameters, for example ``seed``.

    Raises:
        ModelNonsense: no usable reply within the bound.
        ModelFailed: the endpoint failed, in one of the kinds of ``agents.failures``.
    """
    conversation = _opening(model, messages, form)
    wanted = _response_format(model, form)
    usage = Usage()
    where = ""
    for attempt in range(MAX_REPAIRS + 1):
        raw, cost = await model.complete(conversation, **wanted, **parameters)
        usage += cost
        value, problems, where = _read(raw, form)
        if value is not None:
            problems = list(check(value)) if check else []
            if not problems:
                return Answer(value, raw, usage)
            where = "it breaks a rule of its role"
        if attempt < MAX_REPAIRS:
            conversation = [*conversation[: len(messages)], *_repair(raw, problems)]
    raise failures.nonsense(
        model.asked,
        f"gave no usable reply in {MAX_REPAIRS + 1} attempts (the last time: {where})",
        todo=f"Try again. If it keeps happening, choose a more capable model in {model.asked.setting('model')} "
        f"or another value for {model.asked.setting('structured')}.",
    )


@cache
def strict_schema(form: type[BaseModel]) -> dict[str, Any]:
    """The JSON schema of ``form`` as strict servers accept it: everything required, nothing additional. Read-only."""
    schema = form.model_json_schema()
    strict = _strict(schema)
    assert isinstance(strict, dict)
    return strict


def schema_digest(form: type[BaseModel]) -> str:
    """SHA-256 of the form's schema and of the wording that asks for it: part of a judge's identity."""
    return digest({"schema": strict_schema(form), "wording": load_prompt("agents", "structured.md").digest})


def find_object(text: str) -> dict[str, Any] | None:
    """The JSON object in a reply, also with thoughts, prose or a code fence around it; None if there is none.

    The longest object wins, because a model that explains itself may mention a small one first.
    """
    text = text.rsplit("</think>", 1)[-1]
    decoder = json.JSONDecoder(parse_constant=_no_constant)
    best: tuple[int, dict[str, Any] | None] = (0, None)
    start = text.find("{")
    for _ in range(200):
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


def _opening(model: RoleModel, messages: Sequence[Message], form: type[BaseModel]) -> list[Message]:
    if model.settings.structured == "json_schema":
        return list(messages)
    prompt = load_prompt("agents", "structured.md")
    wording = prompt.fill("Schema", {"schema": json.dumps(strict_schema(form), ensure_ascii=False)})
    (role, system), *rest = messages
    return [(role, f"{system}\n\n{wording}"), *rest]


def _response_format(model: RoleModel, form: type[BaseModel]) -> dict[str, Any]:
    match model.settings.structured:
        case "json_schema":
            schema = {"name": form.__name__, "strict": True, "schema": strict_schema(form)}
            return {"response_format": {"type": "json_schema", "json_schema": schema}}
        case "json_object":
            return {"response_format": {"type": "json_object"}}
        case _:
            return {}


def _repair(raw: str, problems: Sequence[str]) -> list[Message]:
    listed = "\n".join(f"- {problem}" for problem in problems[:_MAX_PROBLEMS])
    prompt = load_prompt("agents", "structured.md")
    return [("assistant", raw[:_MAX_ECHO] or "{}"), ("user", prompt.fill("Repair", {"problems": listed}))]


def _read(raw: str, form: type[Form]) -> tuple[Form | None, list[str], str]:
    """The reply as a value; or what is wrong, in words for the model, and where, for people (without its text)."""
    found = find_object(raw)
    if found is None:
        return None, ["There is no complete JSON object in it."], "it held no JSON object"
    found = _clean(found)
    while True:
        try:
            return form.model_validate(found), [], ""
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
    return (
        None,
        told,
        f"it did not have the form asked for, at {known[0]}" if known else "it did not have the form asked for",
    )


def _strict(node: Any, *, names: bool = False) -> Any:
    if isinstance(node, list):
        return [_strict(item) for item in node]
    if not isinstance(node, dict):
        return node
    if names:  # keys are names of properties or definitions here, not keywords
        return {key: _strict(value) for key, value in node.items()}
    if "$ref" in node:  # strict servers allow nothing beside a reference
        return {"$ref": node["$ref"]}
    strict = {
        key: value if key == "enum" else _strict(value, names=key in ("properties", "$defs"))
        for key, value in node.items()
        if key not in _DROPPED
    }
    if strict.get("type") == "object":
        strict["required"] = list(strict.get("properties", {}))
        strict["additionalProperties"] = False
    return strict


def _clean(value: Any) -> Any:
    """Drop control characters, which no database column or page should have to bear."""
    if isinstance(value, str):
        return "".join(char for char in value if char in "\n\t" or (char >= " " and char != "\x7f"))
    if isinstance(value, list):
        return [_clean(item) for item in value]
    if isinstance(value, dict):
        return {str(_clean(key)): _clean(item) for key, item in value.items()}
    return value


def _drop(value: Any, place: tuple[int | str, ...]) -> None:
    for step in place[:-1]:
        value = value[step]
    del value[place[-1]]


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
