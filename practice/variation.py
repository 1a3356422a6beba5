"""Variation slots: the same signed scenario with other names, numbers and details.

``{key}`` in any text stands for one of the allowed values of the slot ``key``; the first value is the default. A
*twin* is a deterministic choice of values, so everything a learner meets in it was signed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from math import prod
from typing import Any

from pydantic import ValidationError

from evidence.errors import InvalidInput
from practice.scenario import Scenario, Slot

PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]{0,39})\}")
# Names and codes rather than text: nothing is filled in here. Slots keep their values: rendering twice changes nothing.
# Translations stay as they are written: they are filled with values in their own language, where they are played.
NOT_TEXT = frozenset(
    {
        "id", "key", "clause_ids", "behaviours", "on", "language", "difficulty", "barrier", "source_digest", "slots",
        "translations",
    }
)  # fmt: skip


def defaults(scenario: Scenario) -> dict[str, str]:
    """Slot key → its first value."""
    return {slot.key: slot.values[0] for slot in scenario.slots}


def render(scenario: Scenario, choices: Mapping[str, str] | None = None) -> Scenario:
    """Fill the slots in every text.

    Args:
        scenario: with ``{key}`` placeholders.
        choices: slot key → one of that slot's values; slots left out take their default.

    Returns:
        The scenario as it is played: no placeholder is left, everything else is unchanged.

    Raises:
        InvalidInput: a choice names no slot or no allowed value, a text names no slot, or a filled text is too long.
    """
    values = defaults(scenario)
    slots = {slot.key: slot for slot in scenario.slots}
    for key, value in (choices or {}).items():
        _check(key, value, slots)
        values[key] = value
    for slot in scenario.slots:
        if PLACEHOLDER.search(values[slot.key]):
            raise InvalidInput(
                f"The value '{values[slot.key]}' of slot '{slot.key}' contains a placeholder itself.",
                todo="Write the value out.",
                where=f"slots.{slot.key}",
            )

    def fill(value: Any, path: str) -> Any:
        if isinstance(value, str):
            return PLACEHOLDER.sub(lambda found: _value(found.group(1), values, path), value)
        if isinstance(value, list):
            return [fill(item, f"{path}[{index}]") for index, item in enumerate(value)]
        if isinstance(value, dict):
            return {
                name: item if name in NOT_TEXT else fill(item, f"{path}.{name}" if path else name)
                for name, item in value.items()
            }
        return value

    try:
        return Scenario.model_validate(fill(scenario.content(), ""))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InvalidInput(
            f"With these values the text breaks a rule: {first['msg']}.", todo="Choose shorter values.", where=where
        ) from error


def twin(scenario: Scenario, seed: int) -> dict[str, str]:
    """A deterministic choice of slot values; seed 0 gives the defaults.

    Any other seed differs from the defaults in at least one slot where some slot has more than one value.
    """
    chosen = defaults(scenario)
    if seed == 0:
        return chosen
    for slot in scenario.slots:
        chosen[slot.key] = slot.values[_number(seed, slot.key) % len(slot.values)]
    open_slots = [slot for slot in scenario.slots if len(set(slot.values)) > 1]
    if open_slots and chosen == defaults(scenario):
        slot = open_slots[_number(seed, "") % len(open_slots)]
        others = [value for value in slot.values if value != slot.values[0]]
        chosen[slot.key] = others[_number(seed, slot.key) % len(others)]
    return chosen


def varies(scenario: Scenario) -> bool:
    """Whether there is a twin at all: a slot with more than one value."""
    return any(len(set(slot.values)) > 1 for slot in scenario.slots)


def another(
    scenario: Scenario, seed: int, unlike: Mapping[str, str], played: Iterable[Mapping[str, str]] = ()
) -> dict[str, str]:
    """A deterministic choice that differs from ``unlike`` in every slot with more than one value.

    Args:
        scenario: with its slots.
        seed: the same seed gives the same choice.
        unlike: the choices of the practice that is tried again; slots left out have their default.
        played: choices met before; one of them comes again only where nothing else is left.
    """
    before = defaults(scenario) | dict(unlike)
    others = {
        slot.key: [value for value in dict.fromkeys(slot.values) if value != before[slot.key]] or [before[slot.key]]
        for slot in scenario.slots
    }
    known = [defaults(scenario) | dict(each) for each in played]
    first, count = _number(seed, "another"), prod(len(values) for values in others.values())
    chosen = _combination(others, first % count)
    for step in range(min(count, len(known) + 1)):
        chosen = _combination(others, (first + step) % count)
        if chosen not in known:
            return chosen
    return chosen


def _combination(values: Mapping[str, list[str]], index: int) -> dict[str, str]:
    """One of all combinations, counted through as digits of a mixed radix."""
    chosen = {}
    for key, allowed in values.items():
        index, digit = divmod(index, len(allowed))
        chosen[key] = allowed[digit]
    return chosen


def _number(seed: int, key: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed}:{key}".encode()).digest()[:8], "big")


def _check(key: str, value: str, slots: Mapping[str, Slot]) -> None:
    if key not in slots:
        raise InvalidInput(
            f"This scenario has no slot '{key}'.",
            todo=f"Its slots are: {', '.join(slots) or 'none'}.",
            where=f"choices.{key}",
        )
    if value not in slots[key].values:
        raise InvalidInput(
            f"'{value}' is not an allowed value of slot '{key}'.",
            todo=f"Use one of: {', '.join(slots[key].values)}.",
            where=f"choices.{key}",
        )


def _value(key: str, values: Mapping[str, str], path: str) -> str:
    if key not in values:
        raise InvalidInput(
            f"The text names a slot '{{{key}}}' that this scenario does not have.",
            todo=f"Add the slot, or write the text out. Its slots are: {', '.join(values) or 'none'}.",
            where=path,
        )
    return values[key]
