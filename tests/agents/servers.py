"""The manners of known servers, as scripts for the endpoint: what they refuse, and in what words.

Each takes what it takes as ``tests.endpoint.roles`` plays it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.endpoint import Request, Wire
from tests.endpoint.roles import play_roles
from tests.endpoint.server import Answering

Refusal = Callable[[Request], "Refused | None"]


@dataclass
class Refused:
    """An error in a server's own words."""

    status: int
    body: Any

    async def play(self, request: Request, wire: Wire) -> None:
        await wire.respond(self.status, json.dumps(self.body).encode())


def manner(
    *refusals: Refusal, sees: Callable[[Request], Request] = lambda request: request
) -> Callable[..., Answering]:
    """A script that refuses what one of ``refusals`` refuses and plays the agents otherwise."""

    def script(request: Request) -> Answering:
        for refusal in refusals:
            if refused := refusal(request):
                return refused
        return play_roles(sees(request))

    return script


def strict_schema_rules(request: Request) -> Refused | None:
    """OpenAI with ``strict``: limits on enumerations, and characters that no listed value may hold."""
    wanted = request.body.get("response_format") or {}
    if wanted.get("type") != "json_schema":
        return None
    named = wanted["json_schema"]["name"]
    total = 0
    for node in nodes(wanted["json_schema"]["schema"]):
        if node.get("type") == "object" and (
            node.get("additionalProperties") is not False or node["required"] != list(node["properties"])
        ):
            return _invalid(named, "'additionalProperties' is required to be supplied and to be false.")
        values = [str(value) for value in node.get("enum", [])]
        total += len(values)
        if "enum" in node and not values:
            return _invalid(named, "enum must not be empty.")
        if any(char in value for value in values for char in '"\n\\'):
            return _invalid(named, '" is not allowed in string literals for structured outputs (strict=true).')
        if len(values) > 250 and sum(map(len, values)) > 15_000:
            return _invalid(named, "Enum string is too long.")
    if total > 1000:
        return _invalid(named, f"Expected at most 1000 enum values in total within a single schema, but got {total}.")
    return None


def _invalid(named: str, why: str) -> Refused:
    message = f"Invalid schema for response_format '{named}': In context=('properties',), {why}"
    return Refused(400, openai_error(message, "response_format"))


def openai_error(message: str, param: str | None = None, code: str | None = None) -> dict[str, Any]:
    """The body of an error as OpenAI and Azure write it."""
    return {"error": {"message": message, "type": "invalid_request_error", "param": param, "code": code}}


def no_schema(request: Request) -> Refused | None:
    """Azure with an older model: JSON mode, but no schema."""
    if _type(request) != "json_schema":
        return None
    message = "Invalid parameter: 'response_format' must be one of 'json_object', 'text'."
    return Refused(400, openai_error(message, "response_format"))


def no_json_mode(request: Request) -> Refused | None:
    """LM Studio: a schema, but no JSON mode; the error is a bare text."""
    if _type(request) != "json_object":
        return None
    return Refused(400, {"error": "'response_format.type' must be 'json_schema' or 'text'"})


def no_format_at_all(request: Request) -> Refused | None:
    """A server that knows no ``response_format``."""
    return forbids("response_format")(request)


def no_long_lists(request: Request) -> Refused | None:
    """llama.cpp, where the grammar that it makes of a schema does not compile."""
    if not any(len(node.get("enum", [])) > 3 for node in nodes(request.schema)):
        return None
    message = "Failed to initialize samplers: failed to parse grammar"
    return Refused(400, {"error": {"code": 400, "message": message, "type": "invalid_request_error"}})


def no_lists(request: Request) -> Refused | None:
    """A server whose compiler takes a schema without lists of texts."""
    if not any(" " in str(value) for node in nodes(request.schema) for value in node.get("enum", [])):
        return None
    return Refused(400, openai_error("Invalid schema: enum values must be simple strings"))


def broken_compiler(request: Request) -> Refused | None:
    """The same for any list of texts, as a fault of the server's own, as older versions report it."""
    if no_lists(request) is None:
        return None
    return Refused(500, {"error": {"code": 500, "message": "Failed to parse grammar", "type": "server_error"}})


def forbids(*parameters: str) -> Refusal:
    """As an old vLLM and servers like it: what they do not know is an error, which repeats what was sent."""

    def refusal(request: Request) -> Refused | None:
        for name in parameters:
            if name in request.body:
                problem = {
                    "type": "extra_forbidden",
                    "loc": ("body", name),
                    "msg": "Extra inputs are not permitted",
                    "input": request.body[name],
                }
                message = str([problem])
                return Refused(422, {"object": "error", "message": message, "type": "BadRequestError", "param": None})
        return None

    return refusal


def only_newer_limit(request: Request) -> Refused | None:
    """OpenAI's reasoning models take ``max_completion_tokens`` only."""
    if "max_tokens" not in request.body:
        return None
    message = (
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
    )
    return Refused(400, openai_error(message, "max_tokens", "unsupported_parameter"))


def azure_deployment(key: str, version: str, name: str) -> Refusal:
    """Azure under ``/openai/deployments/NAME``: an API version in the query, and the key in ``api-key`` alone."""

    def refusal(request: Request) -> Refused | None:
        address = urlsplit(request.path)
        right = address.path == f"/openai/deployments/{name}/chat/completions"
        if not right or parse_qs(address.query) != {"api-version": [version]}:
            return Refused(404, {"error": {"code": "404", "message": "Resource not found"}})
        if request.headers.get("api-key") != key or "authorization" in request.headers:
            message = "Access denied due to invalid subscription key or wrong API endpoint."
            return Refused(401, {"error": {"code": "401", "message": message}})
        return None

    return refusal


def azure_v1(key: str) -> Refusal:
    """Azure under ``/openai/v1``: as OpenAI, without an API version."""

    def refusal(request: Request) -> Refused | None:
        if request.path != "/openai/v1/chat/completions":
            return Refused(404, {"error": {"code": "404", "message": "Resource not found"}})
        if request.key != key:
            return Refused(401, {"error": {"code": "401", "message": "Access denied."}})
        return None

    return refusal


def nodes(node: Any) -> Iterator[dict[str, Any]]:
    """Every schema in a schema."""
    if isinstance(node, list):
        for item in node:
            yield from nodes(item)
    elif isinstance(node, dict):
        yield node
        for key, item in node.items():
            if key in ("properties", "$defs"):
                for inner in item.values():
                    yield from nodes(inner)
            elif key not in ("enum", "required"):
                yield from nodes(item)


def _type(request: Request) -> str:
    return str((request.body.get("response_format") or {}).get("type", ""))
