"""How far the judge agrees with people, and whether it drifts, in sentences for pages, terminal and API alike."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from api.figures import plain
from api.wording import _

if TYPE_CHECKING:
    from graphs.agreeing import TeamAgreement

TOO_FEW = _("too few labels")
PARTS = {
    "player": _("player"),
    "model": _("model"),
    "prompt_digest": _("prompt"),
    "reply_schema": _("form of the reply"),
    "base_url": _("endpoint"),
}


def agreement_told(found: TeamAgreement) -> str:
    """The one plain sentence."""
    if not found.n:
        return _("Nobody has labelled a text that is kept for measuring yet.")
    if not found.enough:
        said = _("Too few labels: {n} of the {needed} that it takes to say anything.")
        if found.n >= found.needed and not found.several:
            said = _(
                "All {n} labels come from one person, and nobody’s own figure is shown: somebody else has to label."
            )
        return said.format(n=found.n, needed=found.needed)
    same = round((found.exact.estimate or 0) * found.n)
    return _("The judge gives the level that the team gave in {same} of {n} labels.").format(same=same, n=found.n)


def drift_told(result: Mapping[str, Any]) -> list[str]:
    """What a study of drift found: first the plain sentence, then what changed about the judge."""
    said = []
    if result["first"] is None:
        same = round((result["exact_now"]["estimate"] or 0) * result["n"])
        said.append(
            _("The judge gives the level that people gave on {same} of {n} anchors.").format(same=same, n=result["n"])
        )
        said.append(_("This was the first time; from now on it is compared with this."))
    else:
        said.append(
            _("The judge gives the same levels as on {day} on {same} of {n} anchors.").format(
                day=day(result["first"]["at"]), same=result["same"], n=result["compared"]
            )
        )
        said += _moved(result)
        said.append(_identity(result["changed"]))
    if result["failed"]:
        said.append(
            _("{n} anchors are left out, because the judge did not answer.").format(n=result["failed"])
            if result["failed"] > 1
            else _("One anchor is left out, because the judge did not answer.")
        )
    return said


def day(at: str) -> str:
    """A day as people say it, such as ``3 October 2026``."""
    moment = datetime.fromisoformat(at)
    return f"{moment.day} {moment:%B %Y}"


def part(key: str) -> str:
    """What of the judge's identity a key names."""
    return PARTS.get(key, plain(key))


def _moved(result: Mapping[str, Any]) -> list[str]:
    mean = result["mean"]
    if mean["low"] is None or mean["high"] is None or mean["low"] <= 0 <= mean["high"]:
        return []
    higher = mean["estimate"] > 0
    return [
        _("On the whole it gives higher levels than then.")
        if higher
        else _("On the whole it gives lower levels than then.")
    ]


def _identity(changed: list[Mapping[str, str]]) -> str:
    if not changed:
        return _("Nothing about the judge itself was changed since: model, prompt and parameters are the same.")
    parts = list(dict.fromkeys(part(each["what"]) for each in changed))
    return _("Changed about the judge since: {parts}.").format(parts=", ".join(parts))
