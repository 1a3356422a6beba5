"""A charter or criteria set as fields of a form: what a browser sends as document data, and back.

Fields are named after their place, such as ``criteria.0.levels.1.anchor``; that is also the id of their control. What
was typed is kept as it was typed, so that a refused document comes back whole.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from api.wording import _
from strategy.charter import ClauseKind
from strategy.criteria import AbstainPolicy, Scope

MOST_FIELDS = 20_000
PARTS = {"charter": "clauses", "criteria": "criteria"}
_WHOLE = {
    "charter": ("title", "company", "language"),
    "criteria": ("title", "language", "pass_threshold", "min_agreement", "samples"),
}
_FIGURES = frozenset({"pass_threshold", "min_agreement", "samples", "weight", "value"})
_FLOAT = re.compile(r"[-+]?(\d{1,15}\.?|\d{0,15}\.\d{1,20})([eE](-\d{1,3}|\+?\d{1,2}))?")
_PLACE = re.compile(r"\[(\d+)\]")

Sent = Sequence[tuple[str, str]]


def choices() -> dict[str, list[str]]:
    """What can be chosen, by field."""
    return {
        "kind": [each.value for each in ClauseKind],
        "scope": [each.value for each in Scope],
        "abstain_policy": [each.value for each in AbstainPolicy],
    }


def empty(kind: str) -> dict[str, Any]:
    """A document with one empty part, to begin with."""
    if kind == "charter":
        return {"title": "", "company": "", "language": "en", "clauses": [_new_clause(1)]}
    return {
        "title": "",
        "language": "en",
        "pass_threshold": 0.7,
        "min_agreement": 0.6,
        "samples": 3,
        "criteria": [_new_criterion(1)],
    }


def read(kind: str, sent: Sent) -> dict[str, Any]:
    """The document that a form sent, as it was typed: figures where they are figures, else the text.

    Args:
        kind: charter or criteria.
        sent: names and values in the order of the page; checkboxes only where they are ticked.
    """
    tree: dict[str, Any] = {}
    for name, value in sent:
        steps = name.split(".")
        if steps[0] not in (*_WHOLE[kind], PARTS[kind]) or len(steps) > 6:
            continue
        here: Any = tree
        for step in steps[:-1]:
            here = here.setdefault(step, {}) if isinstance(here, dict) else None
        found = here.setdefault(steps[-1], []) if isinstance(here, dict) else None
        if isinstance(found, list):  # anything else is no field of this form
            found.append(value.replace("\r\n", "\n"))
    data: dict[str, Any] = {name: _typed(name, _one(tree, name)) for name in _WHOLE[kind]}
    part = _clause if kind == "charter" else _criterion
    data[PARTS[kind]] = [part(each) for each in _listed(tree.get(PARTS[kind]))]
    return data


def shaped(kind: str, data: Any) -> dict[str, Any] | None:
    """Document data as the form can show it, with what is left out filled in; None where it is shaped otherwise."""
    if not isinstance(data, dict) or not isinstance(data.get(PARTS[kind], []), list):
        return None
    parts = data.get(PARTS[kind]) or []
    if not all(isinstance(each, dict) for each in parts):
        return None
    known = {*_WHOLE[kind], PARTS[kind]}
    if not data.keys() <= known:
        return None
    shown = {name: data.get(name, value) for name, value in empty(kind).items()}
    model = _new_clause(1) if kind == "charter" else _new_criterion(1)
    made = []
    for each in parts:
        if not each.keys() <= model.keys():
            return None
        full = {name: each.get(name, _left_out(name, value)) for name, value in model.items()}
        if kind == "criteria":
            levels = full["levels"]
            if not isinstance(levels, list) or not all(isinstance(level, dict) for level in levels):
                return None
            if not all(level.keys() <= _new_level(1).keys() for level in levels):
                return None
            full["levels"] = [
                {name: level.get(name, True if name == "needs_evidence" else "") for name in _new_level(1)}
                for level in levels
            ]
            if not all(isinstance(full[name], list) for name in ("clause_ids", "scope")):
                return None
        made.append(full)
    return shown | {PARTS[kind]: made}


def changed(kind: str, data: dict[str, Any], act: str) -> str:
    """Add or take out a part, in place.

    Args:
        kind: charter or criteria.
        data: the document.
        act: ``add``, ``remove.N``, ``add_level.N`` or ``remove_level.N.M``.

    Returns:
        The id of the control to go on with; "" where nothing was added.
    """
    parts: list[dict[str, Any]] = data[PARTS[kind]]
    what, *places = act.split(".")
    numbers = [int(each) for each in places if each.isdecimal() and len(each) <= 4]
    if what == "add":
        used = {str(each.get("id")) for each in parts}
        number = next(n for n in range(len(parts) + 1, len(parts) + len(used) + 3) if _name(kind, n) not in used)
        parts.append(_new_clause(number) if kind == "charter" else _new_criterion(number))
        return f"{PARTS[kind]}.{len(parts) - 1}.{'text' if kind == 'charter' else 'question'}"
    if not numbers or numbers[0] >= len(parts):
        return ""
    if what == "remove":
        parts.pop(numbers[0])
    elif kind == "criteria":
        levels = parts[numbers[0]]["levels"]
        if what == "add_level":
            levels.append(_new_level(len(levels) + 1))
            return f"criteria.{numbers[0]}.levels.{len(levels) - 1}.key"
        if what == "remove_level" and len(numbers) == 2 and numbers[1] < len(levels):
            levels.pop(numbers[1])
    return ""


def touched(act: str) -> str:
    """The id of the part that an act was about, so that it stays unfolded."""
    what, _dot, rest = act.partition(".")
    return f"criteria.{rest.split('.')[0]}" if what in ("add_level", "remove_level") else ""


def shown(value: Any) -> str:
    """A value as it stands in its field; a figure that is read back to exactly the same."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        short = f"{value:g}"
        return short if float(short) == value else repr(value)
    return "" if value is None else str(value)


def control(field: str) -> str:
    """The id of the control for a field of the document: ``criteria[0].levels[1].key`` is criteria.0.levels.1.key."""
    return _PLACE.sub(r".\1", field)


def _criterion(sent: Mapping[str, Any]) -> dict[str, Any]:
    levels = [
        {
            "key": _one(each, "key"),
            "anchor": _one(each, "anchor"),
            "value": _typed("value", _one(each, "value")),
            "needs_evidence": bool(each.get("needs_evidence")),
            "positive_example": _one(each, "positive_example"),
            "negative_example": _one(each, "negative_example"),
        }
        for each in _listed(sent.get("levels"))
    ]
    # A level that is renamed in this very form stays the one that is asked for.
    renamed = {_one(each, "was"): _one(each, "key") for each in _listed(sent.get("levels")) if _one(each, "was")}
    return {
        "id": _one(sent, "id"),
        "clause_ids": list(sent.get("clause_ids", [])),
        "question": _one(sent, "question"),
        "scope": list(sent.get("scope", [])),
        "levels": levels,
        "allow_abstain": bool(sent.get("allow_abstain")),
        "weight": _typed("weight", _one(sent, "weight")),
        "min_level": renamed.get(_one(sent, "min_level")) or _one(sent, "min_level") or None,
        "veto_below": renamed.get(_one(sent, "veto_below")) or _one(sent, "veto_below") or None,
        "abstain_policy": _one(sent, "abstain_policy"),
    }


def _clause(sent: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {name: _one(sent, name) for name in ("id", "kind", "text")}
    try:
        source = json.loads(_one(sent, "source") or "null")
    except (ValueError, RecursionError):
        source = None
    return made | {"source": source if isinstance(source, dict) else None}


def _listed(sent: Any) -> list[dict[str, Any]]:
    """Numbered parts in the order of their numbers."""
    if not isinstance(sent, dict):
        return []
    numbered = [(int(name), each) for name, each in sent.items() if name.isdecimal() and len(name) <= 5]
    return [each for _number, each in sorted(numbered, key=lambda pair: pair[0]) if isinstance(each, dict)]


def _one(sent: Mapping[str, Any], name: str) -> str:
    found = sent.get(name)
    return str(found[-1]) if isinstance(found, list) and found else ""


def _typed(name: str, text: str) -> Any:
    """A figure where the text is one, written with a point or a comma; None where nothing stands there."""
    if name not in _FIGURES:
        return text
    plain = text.strip().replace(",", ".")
    if not plain:
        return None
    if re.fullmatch(r"[-+]?\d{1,15}", plain):
        return int(plain)
    return float(plain) if _FLOAT.fullmatch(plain) else text


def _left_out(name: str, value: Any) -> Any:
    """What a document means that leaves a field out, where that is not what a new part begins with."""
    return {"id": "", "text": "", "question": "", "levels": []}.get(name, value)


def _name(kind: str, number: int) -> str:
    return f"clause-{number}" if kind == "charter" else f"criterion_{number}"


def _new_clause(number: int) -> dict[str, Any]:
    return {"id": _name("charter", number), "kind": ClauseKind.VALUE.value, "text": "", "source": None}


def _new_criterion(number: int) -> dict[str, Any]:
    scope = [Scope.SETTING, Scope.LEARNER_GOAL, Scope.OBJECTIVES, Scope.PERSONA, Scope.EXEMPLARS]
    levels = [_new_level(1) | {"key": "absent", "value": 0, "needs_evidence": False, "anchor": _("It never comes up.")}]
    return {
        "id": _name("criteria", number),
        "clause_ids": [],
        "question": "",
        "scope": [each.value for each in scope],
        "levels": [*levels, _new_level(2) | {"key": "named", "value": 0.5}, _new_level(3) | {"key": "practised"}],
        "allow_abstain": True,
        "weight": 1.0,
        "min_level": None,
        "veto_below": None,
        "abstain_policy": AbstainPolicy.REFER.value,
    }


def _new_level(number: int) -> dict[str, Any]:
    return {
        "key": f"level_{number}",
        "anchor": "",
        "value": 1.0,
        "needs_evidence": True,
        "positive_example": "",
        "negative_example": "",
    }
