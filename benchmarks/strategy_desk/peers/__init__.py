"""What inspect_ai and deepeval do with the same verdicts and the same criteria.

They run in an environment of their own (``make peers``), import nothing of Conductor, and are told everything in an
order. Scorers and metrics are written the way the documentation of each library shows.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

OUTCOMES = ("aligned", "revise", "refer")
_EPSILON = 1e-9
Order = Mapping[str, Any]


def outcome_of(counts: Mapping[str, Mapping[str, int]], rules: Mapping[str, Any]) -> tuple[str, float]:
    """Outcome and score of one text by the rules of a Conductor verdict, as somebody would write them into a scorer.

    Args:
        counts: by criterion, how many samples are at which level.
        rules: criteria with weights and least ranks, and the thresholds.
    """
    score = weights = 0.0
    revise = refer = False
    for each in rules["criteria"]:
        said = counts[each["id"]]
        top = max(said.values())
        modal = [level for level, found in said.items() if found == top]
        if len(modal) > 1 or top / sum(said.values()) < rules["min_agreement"] - _EPSILON:
            refer = True
            continue
        rank = each["levels"].index(modal[0])
        revise = revise or rank < each["least"]
        score += each["weight"] * each["values"][rank]
        weights += each["weight"]
    if refer:
        return "refer", -1.0
    score /= weights
    return ("revise" if revise or score < rules["pass_threshold"] - _EPSILON else "aligned"), score


def goes_with(outcome: str, signed: bool) -> bool:
    """Whether an outcome is what the designers decided."""
    return outcome == ("aligned" if signed else "revise")


def texts_of(order: Order, number: int) -> list[Mapping[str, Any]]:
    """So many texts, from those in the order: ``{"signed": bool, "counts": {criterion: {level: samples}}}``."""
    known = order["texts"]
    return [known[place % len(known)] for place in range(number)]


def rescored(order: Order, again: Callable[[int], dict[str, Any]]) -> list[dict[str, Any]]:
    """One history size after the other, for as long as the next one fits into the time there is."""
    found: list[dict[str, Any]] = []
    for number in order["sizes"]:
        last = found[-1] if found else None
        if last is not None and last["whole"] * number / last["verdicts"] > order["seconds"]:
            break
        began = time.perf_counter()
        made = again(number)
        found.append({"verdicts": number, "whole": time.perf_counter() - began, **made})
    return found


def answer(name: str, acts: Mapping[str, Callable[[Order], Any]], arguments: Sequence[str]) -> None:
    """Do what the order in the first file says, and write what was found into the second one."""
    order_file, answer_file = arguments
    order = json.loads(Path(order_file).read_text(encoding="utf-8"))
    said = {"version": version(name), "found": acts[order["act"]](order)}
    Path(answer_file).write_text(json.dumps(said), encoding="utf-8")
