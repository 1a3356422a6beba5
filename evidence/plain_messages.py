"""Pydantic's complaints in plain sentences, and the place in the data they are about."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel

from evidence.characters import unseen

_FORMS = {
    r"^[A-Za-z][A-Za-z0-9._-]{0,39}$": "begin with a letter, hold only letters, digits, '.', '_', '-', at most 40",
    r"^[a-z][a-z0-9_]{0,39}$": "begin with a small letter and hold only small letters, digits and '_', at most 40",
    r"^[a-z]{2}(-[A-Z]{2})?$": "be a language code such as 'en' or 'de-AT'",
}
_LIMITS = {
    "greater_than": ("gt", "greater than"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "less than"),
    "less_than_equal": ("le", "at most"),
}


def field_path(path: Sequence[str | int]) -> str:
    """``('levels', 2, 'key')`` as ``levels[2].key``."""
    out = ""
    for part in path:
        out += f"[{part}]" if isinstance(part, int) else f".{part}" if out else str(part)
    return out


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """``" Did you mean 'x'?"`` for the closest known word, else an empty string."""
    folded = {one.casefold(): one for one in known}
    close = get_close_matches(word.casefold(), list(folded), n=1, cutoff=0.6)
    return f" Did you mean '{folded[close[0]]}'?" if close else ""


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return f"'{value if len(value) <= 60 else value[:57] + '…'}'"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "a group of fields"
    if isinstance(value, list | tuple):
        return "a list"
    text = str(value) if not isinstance(value, int) or abs(value) < 10**30 else "a huge number"
    return text if len(text) <= 60 else text[:57] + "…"


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part))), None)


def _description(model: type[BaseModel], loc: Sequence[str | int]) -> str:
    """What the model says of a field, for people who left it out; "" where it says nothing."""
    current: type[BaseModel] | None = model
    for part in loc[:-1]:
        if isinstance(part, str):
            info = current.model_fields.get(part) if current else None
            current = _model_in(info.annotation) if info else None
    info = current.model_fields.get(str(loc[-1])) if current and loc else None
    return (info.description or "") if info else ""


def _hides(character: str) -> str:
    return f"There is a character in it that nobody can see: {character}. Delete the word and type it again."


def _fields_at(model: type[BaseModel], loc: Sequence[str | int]) -> list[str]:
    """The field names the model knows at a place; empty where that is not a model."""
    current: type[BaseModel] | None = model
    for part in loc:
        if isinstance(part, str):
            info = current.model_fields.get(part) if current else None
            current = _model_in(info.annotation) if info else None
    return list(current.model_fields) if current else []


def own_words(error: Mapping[str, Any]) -> str:
    """What the rule or the library itself says of an error entry, as a sentence; never with the value that was given.

    For what must not be shown, such as settings; elsewhere ``plain_message`` says more.
    """
    text = str(error["msg"]).removeprefix("Value error, ")
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")


def plain_message(error: Mapping[str, Any], loc: Sequence[str | int], model: type[BaseModel]) -> str:
    """One of Pydantic's error entries as a sentence that says what is wrong and what would be right.

    Args:
        error: an entry of ``ValidationError.errors()``.
        loc: its location, names and indices only.
        model: the model that was validated.
    """
    kind, ctx, value = str(error["type"]), error.get("ctx") or {}, error.get("input")
    name = str(loc[-1]) if loc else "the document"
    if kind == "missing":
        wanted = _description(model, loc)
        return f"'{name}' is missing: {wanted}." if wanted else f"'{name}' is missing."
    if kind == "extra_forbidden":
        if hidden := unseen(name):
            return _hides(hidden)
        known = _fields_at(model, loc[:-1])
        hint = did_you_mean(name, known) or (f" Known here: {', '.join(known)}." if known else "")
        return f"'{name}' is not a field that exists here.{hint}"
    if kind in ("enum", "literal_error"):
        if isinstance(value, str) and (hidden := unseen(value)):
            return _hides(hidden)
        allowed = re.findall(r"'([^']*)'", str(ctx.get("expected", "")))
        return f"{_shown(value)} is not one of {', '.join(allowed)}.{did_you_mean(str(value), allowed)}"
    if kind == "value_error":
        return own_words(error)
    if value is None:
        return "It is empty; a value is needed here."
    if kind in _LIMITS:
        key, words = _LIMITS[kind]
        return f"It must be {words} {ctx.get(key):g}, but is {_shown(value)}."
    return _about_form(kind, ctx, value, own_words(error))


def _about_form(kind: str, ctx: Mapping[str, Any], value: Any, fallback: str) -> str:
    """The complaints about types, lengths and patterns."""
    if kind == "string_type":
        tip = " Put it in quotes if it is meant as text." if isinstance(value, bool | int | float) else ""
        return f"It should be text, but is {_shown(value)}.{tip}"
    if kind == "string_pattern_mismatch":
        if hidden := unseen(str(value)):
            return _hides(hidden)
        form = _FORMS.get(str(ctx.get("pattern")), f"match {ctx.get('pattern')}")
        return f"{_shown(value)} cannot be used here: it must {form}."
    if kind == "string_too_short":
        return "It is empty; a text is needed here."
    if kind == "string_too_long":
        return f"It has {len(value):,} characters; at most {ctx.get('max_length'):,} fit."
    if kind == "too_short":
        return f"It has {ctx.get('actual_length')} entries; at least {ctx.get('min_length')} are needed."
    if kind == "too_long":
        return f"It has {ctx.get('actual_length')} entries; at most {ctx.get('max_length')} fit."
    if kind in ("tuple_type", "list_type", "set_type", "frozen_set_type"):
        return f"It should be a list (one '- entry' per line), but is {_shown(value)}."
    if kind in ("model_type", "model_attributes_type", "dict_type"):
        return f"It should be a group of fields ('name: value'), but is {_shown(value)}."
    if kind.startswith("int"):
        return f"It should be a whole number, but is {_shown(value)}."
    if kind.startswith(("float", "finite")):
        return f"It should be a number, but is {_shown(value)}."
    if kind.startswith("bool"):
        return f"It should be true or false, but is {_shown(value)}."
    return fallback


def _find_last(value: Any, wanted: str, path: tuple[str | int, ...]) -> tuple[str | int, ...] | None:
    """The path of the last scalar equal to ``wanted``."""
    if isinstance(value, Mapping):
        items: list[tuple[str | int, Any]] = [(str(key), item) for key, item in value.items()]
    elif isinstance(value, list):
        items = list(enumerate(value))
    else:
        return path if value == wanted else None
    return next((found for key, item in reversed(items) if (found := _find_last(item, wanted, (*path, key)))), None)


def pinpoint(error: Mapping[str, Any], loc: tuple[str | int, ...], data: Any) -> tuple[str | int, ...]:
    """Where an error really is: a rule over a whole group names the field or value that breaks it.

    Args:
        error: an entry of ``ValidationError.errors()``.
        loc: its location, names and indices only.
        data: the data that was validated.
    """
    if error["type"] != "value_error":
        return loc
    here = data
    for part in loc:
        try:
            here = here[part]
        except (LookupError, TypeError):
            return loc
    message = str(error["msg"])
    if isinstance(here, Mapping):
        named = [(found.start(), key) for key in here if (found := re.search(rf"\b{re.escape(str(key))}\b", message))]
        if named:
            key = min(named)[1]
            loc, here = (*loc, str(key)), here[key]
    for quoted in re.findall(r"'([^']+)'", message):
        if place := _find_last(here, quoted, loc):
            return place
    return loc
