"""How much a change could harm, by its field-level difference from the version that was last signed. Code decides."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

from approvals.checkpoint import RiskClass, SubjectKind
from approvals.risk_rules import RULES, RiskRule
from approvals.rollout import risk_of
from approvals.wording import ENOUGH_WORDS, small_change, words_changed
from evidence.canonical import canonical_json
from evidence.difference import DifferenceKind, FieldDifference, field_differences
from evidence.fields import all_fields

__all__ = ["Risk", "RiskClass", "classify", "rule_for"]

_INDEX = re.compile(r"\[\d+\]")
_TRANSLATED = re.compile(r"(translations\[\d+\])\.texts\.(.+)", re.DOTALL)
_OTHERS = re.compile(r"others\[\d+\]\.(.+)", re.DOTALL)
_ORDER = {RiskClass.LOW: 0, RiskClass.ORDINARY: 1, RiskClass.HIGH: 2}
_UNKNOWN = RiskRule("", RiskClass.HIGH, "a field that no rule knows")


class Risk(BaseModel):
    """The class of a change, why in plain words, and the fields that put it there."""

    model_config = ConfigDict(frozen=True)

    risk: RiskClass
    reasons: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()


def classify(kind: SubjectKind, before: Mapping[str, Any] | None, now: Mapping[str, Any]) -> Risk:
    """Classify the change that leads from the version last signed to this one.

    Args:
        kind: of the subject; the rules are those of its kind.
        before: the content that was last signed, slots as written; None where nothing was signed yet.
        now: the content that waits for a sign-off.

    Returns:
        The highest class that any difference asks for. What no rule knows is high.
    """
    if kind is SubjectKind.ROLLOUT:  # what counts is whom it reaches, not how its words differ from those signed before
        found_risk, because = risk_of(now)
        return Risk(risk=found_risk, reasons=because)
    if before is None:
        return Risk(risk=RiskClass.ORDINARY, reasons=("It is new: no earlier version was signed.",))
    if canonical_json(before) == canonical_json(now):
        return Risk(risk=RiskClass.LOW, reasons=("Nothing changed since the version last signed.",))
    found = {each.field: each for each in field_differences(all_fields(before), all_fields(now))}
    names = _names(before) | _names(now)
    # Figures are worded to six digits and empty values left out, so what differs is looked up in the exact content too.
    judged: list[tuple[RiskClass, str, str]] = []
    low: list[FieldDifference] = []
    for field in {**found, **dict.fromkeys(_exactly_changed(before, now))}:
        risk, why = _of_field(kind, field, found.get(field), now, names)
        judged.append((risk, field, why))
        if risk is RiskClass.LOW:
            low.append(found[field])
    if not judged:
        return Risk(risk=RiskClass.HIGH, reasons=("It differs in a way that the comparison of fields does not show.",))
    highest = max((risk for risk, _, _ in judged), key=_ORDER.__getitem__)
    if highest is RiskClass.LOW and sum(words_changed(each.before, each.after) for each in low) > ENOUGH_WORDS:
        reason = f"More than {ENOUGH_WORDS} words changed in all."
        return Risk(risk=RiskClass.ORDINARY, reasons=(reason,), fields=tuple(each.field for each in low))
    there = [(field, why) for risk, field, why in judged if risk is highest]
    return Risk(
        risk=highest, reasons=tuple(dict.fromkeys(why for _, why in there)), fields=tuple(field for field, _ in there)
    )


def rule_for(kind: SubjectKind, field: str) -> RiskRule | None:
    """The rule a field path falls under.

    A translated text falls under the rule of what it translates, and everybody in a scene under those of the first.
    """
    others = _OTHERS.fullmatch(field)
    if kind is SubjectKind.SCENARIO and others:
        return rule_for(kind, f"persona.{others.group(1)}")
    translated = _TRANSLATED.fullmatch(field)
    if kind is SubjectKind.SCENARIO and translated:
        return rule_for(kind, translated.group(2))
    path = _INDEX.sub("[]", field)
    return next((rule for rule in RULES.get(kind, ()) if rule.covers(path)), None)


def _of_field(
    kind: SubjectKind, field: str, difference: FieldDifference | None, now: Mapping[str, Any], names: frozenset[str]
) -> tuple[RiskClass, str]:
    rule = rule_for(kind, field) or _UNKNOWN
    if rule.risk is RiskClass.HIGH:
        return RiskClass.HIGH, f"Changed: {rule.what}."
    if rule.risk is RiskClass.ORDINARY:
        return RiskClass.ORDINARY, f"Changed: {rule.what}."
    if difference is None or difference.kind is not DifferenceKind.CHANGED:
        return RiskClass.ORDINARY, f"Added or removed: {rule.what}."
    if rule.label:
        return RiskClass.LOW, f"Only a name changed: {rule.what}."
    too_much = small_change(difference.before, difference.after, _language(field, now), names)
    if too_much:
        return RiskClass.ORDINARY, f"{rule.what[:1].upper()}{rule.what[1:]}: {too_much}."
    return RiskClass.LOW, f"Only the wording changed: {rule.what}."


def _language(field: str, now: Mapping[str, Any]) -> str:
    translated = _TRANSLATED.fullmatch(field)
    if translated is None:
        return str(now.get("language", ""))
    return all_fields(now).get(f"{translated.group(1)}.language", "")


def _names(content: Mapping[str, Any]) -> frozenset[str]:
    """Words of the names of everybody in the scene, which may stand in any text."""
    others = content.get("others")
    people = [content.get("persona"), *(others if isinstance(others, list | tuple) else ())]
    names = " ".join(str(person.get("name", "")) for person in people if isinstance(person, Mapping))
    return frozenset(re.findall(r"\w+", names.casefold()))


def _exactly_changed(before: Any, now: Any) -> list[str]:
    old, new = _leaves(before), _leaves(now)
    return [path for path in {**new, **old} if old.get(path) != new.get(path)]


def _leaves(content: Any, path: str = "") -> dict[str, bytes]:
    """Path → canonical JSON of every value that holds no others, empty lists and nulls among them."""
    if isinstance(content, Mapping) and content:
        parts = [(f"{path}.{key}" if path else str(key), value) for key, value in content.items()]
    elif isinstance(content, list | tuple) and content:
        parts = [(f"{path}[{index}]", value) for index, value in enumerate(content)]
    else:
        return {path: canonical_json(content)}
    return {place: leaf for part, value in parts for place, leaf in _leaves(value, part).items()}
