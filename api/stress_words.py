"""What a stress test of the judge says, for pages, the report and the terminal alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.figures import amount, number, per_cent
from api.wording import _, translations

GATES: Mapping[str, str] = {"holds": _("holds"), "fails": _("fails"), "undecided": _("too few to tell")}
DEMANDS: Mapping[str, str] = {
    "steadiness": _("It says the same when asked again"),
    "excess flips": _("It stays where nothing that matters was changed"),
    "talked up": _("It cannot be talked up"),
    "detection": _("It sees what was taken away"),
}
KINDS: Mapping[str, str] = {
    "first answer": _("No first level"),
    "P0": _("Asked again"),
    "P1": _("Other names"),
    "P2": _("Other figures"),
    "P3": _("An aside"),
    "P4": _("Other layout"),
    "P5": _("Approved paraphrase"),
    "P6": _("Longer and shorter"),
    "P7": _("Other order"),
    "P8": _("Praise by authority"),
    "P9": _("Instructions to the judge"),
    "P10": _("Pushback"),
    "D1": _("Evidence deleted"),
    "D2": _("Evidence contradicted"),
    "D3": _("Another company"),
}
MUST: Mapping[str, str] = {"stay": _("must stay"), "not rise": _("must not rise"), "drop": _("must drop")}
_SHADES = (0.0, 0.10, 0.25, 0.50)  # of the map: up to and including this share


@dataclass(frozen=True)
class Cell:
    """One field of the map: how many of how many went wrong, and a shade from 0 (none) to 4 (over half)."""

    wrong: int
    n: int
    shade: int
    drift: str


@dataclass(frozen=True)
class Column:
    """A kind of change over the map."""

    id: str
    title: str
    must: str


@dataclass(frozen=True)
class Row:
    """A criterion, or all of them, with a cell for each column; None where nothing was tried."""

    criterion: str
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True)
class HeatMap:
    """Criteria against kinds of change; ``total`` is the last line."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    total: Row


def sentence(result: Mapping[str, Any]) -> str:
    """How the judge stands, in one plain sentence."""
    if not result["pairs"]:
        return _("Nothing could be compared, so this says nothing about the judge.")
    if result["standing"] == "holds":
        return _("The judge stands the test: everything that is asked of it holds.")
    if result["standing"] == "fails":
        failed = [DEMANDS[each["name"]] for each in result["demands"] if each["gate"] == "fails"]
        return _("The judge does not stand the test. What fails: {failed}.").format(
            failed="; ".join(f"“{each}”" for each in failed)
        )
    return _("Nothing speaks against the judge, but there is too little to tell. What it does so far is provisional.")


def scope(result: Mapping[str, Any]) -> str:
    """What was tried, in a sentence."""
    told = translations().ngettext("{n} changed question", "{n} changed questions", result["pairs"])
    texts = translations().ngettext("{n} scenario", "{n} scenarios", len(result["scenarios"]))
    said = _("{pairs} on {texts}, seed {seed}; {judge}.").format(
        pairs=told.format(n=f"{result['pairs']:,}"),
        texts=texts.format(n=len(result["scenarios"])),
        seed=result["seed"],
        judge=judge(result),
    )
    if result["failed"]:
        said += " " + translations().ngettext(
            "One question got no usable answer and counts nowhere.",
            "{n} questions got no usable answer and count nowhere.",
            result["failed"],
        ).format(n=result["failed"])
    return said


def judge(result: Mapping[str, Any]) -> str:
    """Who was tried."""
    who = result["judge"]
    return _("the judge is {model}").format(model=who["model"] or who["player"])


def cost(result: Mapping[str, Any]) -> str:
    """What the answers cost, in a sentence."""
    spent = result["cost"]
    if not spent["tokens"]:
        return _("Rules on this machine answered: it cost nothing.")
    said = _("Its answers took {calls} replies and {tokens} tokens").format(
        calls=f"{spent['calls']:,}", tokens=f"{spent['tokens']:,}"
    )
    if spent["cost"]:
        said += ", " + amount(spent["cost"], result["currency"]).strip()
    return said + _("; those that were known before are among them.")


def heat_map(result: Mapping[str, Any]) -> HeatMap:
    """The map of a result."""
    columns = tuple(Column(each["id"], KINDS[each["id"]], MUST[each["must"]]) for each in result["kinds"])
    cells = {(each["criterion"], each["perturbation"]): each for each in result["cells"]}
    criteria = list(dict.fromkeys(each["criterion"] for each in result["cells"]))
    rows = tuple(
        Row(criterion, tuple(_cell(cells.get((criterion, column.id))) for column in columns)) for criterion in criteria
    )
    totals = {each["id"]: {"wrong": each["wrong"], "drift": None} for each in result["kinds"]}
    return HeatMap(columns, rows, Row("", tuple(_cell(totals[column.id]) for column in columns)))


def _cell(found: Mapping[str, Any] | None) -> Cell | None:
    if found is None or not found["wrong"]["n"]:
        return None
    rate, n = found["wrong"]["estimate"] or 0.0, found["wrong"]["n"]
    shade = sum(rate > limit for limit in _SHADES)
    return Cell(round(rate * n), n, shade, "" if found["drift"] is None else number(found["drift"], sign=True))


def moved(pair: Mapping[str, Any]) -> str:
    """What happened to the level in one pair."""
    before, after = pair["before"], pair["after"]
    if after["value"] is None:
        return _("no usable level any more")
    if after["value"] > before["value"]:
        return _("rose")
    if after["value"] < before["value"]:
        return _("fell")
    return _("stayed") if pair["must"] != "stay" else _("stayed, and quoted what was put in")


def limits(result: Mapping[str, Any]) -> Sequence[str]:
    """What was asked, in phrases."""
    asked = result["limits"]
    return (
        _("at most {n} of answers may change where they must not").format(n=f"{per_cent(asked['most_flips'])} %"),
        _("at most {n} when nothing was changed").format(n=f"{per_cent(asked['most_noise'])} %"),
        _("at least {n} of what is taken away must be seen").format(n=f"{per_cent(asked['least_detection'])} %"),
        _("and nobody may talk it up"),
    )
