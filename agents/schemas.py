"""JSON schemas as strict servers accept them, also with lists of what single places of a reply may hold."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import BaseModel

from agents import quoting
from agents.prompts import load_prompt
from evidence.canonical import digest

# The narrowest published limits of hosted servers for one schema. Servers that compile a grammar have none, and get
# slow with long lists.
MAX_VALUES = 500
MAX_CHARACTERS = 15_000
_MANY = 250  # an enumeration of more values than this
MAX_CHARACTERS_OF_MANY = 7_500

# Servers with strict schemas refuse these, and all of them are checked here anyway.
_DROPPED = frozenset({"default", "title", "examples", "format", "minLength", "maxLength"})
_STEP = re.compile(r"\[\]|[^.\[\]]+")

Value = str | int | None


@dataclass(frozen=True)
class Lists:
    """A schema in which single places list what they may hold.

    ``meant`` says, by place and listed value, what stands for it in our own data: a sentence verbatim, else the value.
    """

    schema: Mapping[str, Any]
    meant: Mapping[str, Mapping[Value, Value]]

    def restore(self, reply: dict[str, Any]) -> int:
        """Put what is meant in place of what was listed; returns how many values stand on no list."""
        strays = 0
        for place, meant in self.meant.items():
            for holder, key in _held(reply, _STEP.findall(place)):
                value = holder[key]
                if isinstance(value, str | int) and value in meant:
                    holder[key] = meant[value]
                elif value is not None or None not in meant:
                    strays += 1
        return strays


@cache
def strict_schema(form: type[BaseModel]) -> dict[str, Any]:
    """The JSON schema of ``form`` as strict servers accept it: everything required, nothing additional. Read-only."""
    schema = form.model_json_schema()
    strict = _strict(schema)
    assert isinstance(strict, dict)
    return strict


def schema_digest(form: type[BaseModel]) -> str:
    """SHA-256 of the form's schema, the wording that asks for it and the way of listing: part of a judge's identity."""
    wording = load_prompt("agents", "structured.md").digest
    return digest({"schema": strict_schema(form), "wording": wording, "listing": quoting.VERSION})


def lists_for(
    form: type[BaseModel],
    quotable: Mapping[str, Iterable[str]],
    choices: Mapping[str, Sequence[Value]],
) -> Lists | None:
    """The schema of ``form`` with lists in it.

    Args:
        form: the reply's form.
        quotable: place → the texts whose sentences can be quoted there. A place is ``quotes[].quote``.
        choices: place → the values it may hold; None among them where it may be null.

    Returns:
        None where there is nothing to list, or more than servers take.
    """
    meant: dict[str, dict[Value, Value]] = {
        place: {value: value for value in given} for place, given in choices.items()
    }
    for place, texts in quotable.items():
        meant[place] = {}
        meant[place].update(quoting.listed_sentences(texts).items())
    meant = {place: values for place, values in meant.items() if any(value is not None for value in values)}
    if not meant:
        return None
    schema = deepcopy(strict_schema(form))
    definitions = schema.get("$defs", {})
    for place, values in meant.items():
        schema = _with_list(schema, _STEP.findall(place), list(values), definitions)
    used = set(_references(schema, definitions))
    if definitions := {name: node for name, node in definitions.items() if name in used}:
        schema["$defs"] = definitions
    else:
        schema.pop("$defs", None)
    return Lists(schema, meant) if _is_acceptable(schema) else None


def _with_list(
    node: dict[str, Any], steps: Sequence[str], values: list[Value], definitions: Mapping[str, Any]
) -> dict[str, Any]:
    if "$ref" in node:  # a copy of its own: other places that refer to the definition keep theirs
        node = deepcopy(definitions[node["$ref"].rsplit("/", 1)[-1]])
    if not steps:
        return _limited(node, values)
    step, *rest = steps
    if step == "[]":
        return {**node, "items": _with_list(node["items"], rest, values, definitions)}
    inner = _with_list(node["properties"][step], rest, values, definitions)
    return {**node, "properties": {**node["properties"], step: inner}}


def _limited(node: dict[str, Any], values: list[Value]) -> dict[str, Any]:
    if "anyOf" not in node:
        return {**node, "enum": [value for value in values if value is not None]}
    branches = [
        branch if branch.get("type") == "null" else _limited(branch, values)
        for branch in node["anyOf"]
        if branch.get("type") != "null" or None in values
    ]
    if len(branches) > 1:
        return {**node, "anyOf": branches}
    return {**{key: value for key, value in node.items() if key != "anyOf"}, **branches[0]}


def _is_acceptable(schema: Mapping[str, Any]) -> bool:
    lists = [node["enum"] for node in _nodes(schema) if "enum" in node]
    lengths = [sum(len(str(value)) for value in values) for values in lists]
    names = sum(len(name) for node in _nodes(schema) for key in ("properties", "$defs") for name in node.get(key, {}))
    many = [length for values, length in zip(lists, lengths, strict=True) if len(values) > _MANY]
    return (
        sum(map(len, lists)) <= MAX_VALUES
        and names + sum(lengths) <= MAX_CHARACTERS
        and max(many, default=0) <= MAX_CHARACTERS_OF_MANY
    )


def _nodes(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, list):
        for item in node:
            yield from _nodes(item)
    elif isinstance(node, dict):
        yield node
        for key, item in node.items():
            if key in ("properties", "$defs"):  # names, not keywords
                for inner in item.values():
                    yield from _nodes(inner)
            elif key != "enum":
                yield from _nodes(item)


def _references(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> Iterator[str]:
    open_ends: list[Any] = [{key: value for key, value in schema.items() if key != "$defs"}]
    seen: set[str] = set()
    while open_ends:
        for node in _nodes(open_ends.pop()):
            name = node.get("$ref", "").rsplit("/", 1)[-1]
            if name and name not in seen:
                seen.add(name)
                open_ends.append(definitions[name])
                yield name


def _held(value: Any, steps: Sequence[str]) -> Iterator[tuple[Any, Any]]:
    """Where the place ``steps`` is in a reply: containers and keys; nothing where the reply has another form."""
    step, *rest = steps
    keys: Iterable[Any] = ()
    if step == "[]" and isinstance(value, list):
        keys = range(len(value))
    elif step != "[]" and isinstance(value, dict) and step in value:
        keys = (step,)
    for key in keys:
        if rest:
            yield from _held(value[key], rest)
        else:
            yield value, key


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
