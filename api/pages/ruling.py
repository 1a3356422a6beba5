"""The verdict as a person takes it in: one plain sentence, links to what needs eyes, and what a level can rest on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from api.figures import plain
from api.pages import manuscript
from api.pages.telling import percent
from api.story.lying import planted
from api.wording import _, translations
from evidence.fields import text_fields
from evidence.sentences import sentences

if TYPE_CHECKING:
    from api.application import Application
    from graphs.background import Background
    from graphs.reviewing import Review

ngettext = translations().ngettext
MET = "aligned"
SHORTEST = 12  # letters; a shorter sentence shows little


@dataclass(frozen=True)
class Pointer:
    """A link to a criterion."""

    number: int
    name: str


@dataclass(frozen=True)
class Ruling:
    """What a verdict comes to.

    ``sentence`` is followed by the criteria in ``eyes``: those to settle, or below what is asked. ``struck`` are those
    about which code struck a quote out; ``planted`` names the criteria about which the demo made the judge invent one.
    """

    sentence: str
    eyes: tuple[Pointer, ...] = ()
    more: str = ""
    struck: tuple[Pointer, ...] = ()
    planted: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Choice:
    """What a person chooses from who settles a criterion: (level, anchor), and sentences by the part they stand in."""

    levels: list[tuple[str, str]] = field(default_factory=list)
    passages: list[tuple[str, list[str]]] = field(default_factory=list)


def ruled(found: Review, recorded: dict[str, Any] | None) -> Ruling:
    """What the verdict comes to, in plain words.

    Args:
        found: what is under review.
        recorded: the verdict as it is stored, with its samples; None where nothing is judged.
    """
    if found.verdict is None:
        return Ruling(_("Nothing is judged here: read what would change, and decide."))
    points = [(Pointer(number, plain(each.criterion_id)), each) for number, each in enumerate(found.criteria, 1)]
    met = sum(each.outcome == MET for each in found.criteria)
    score, needed = percent(found.verdict["score"]), percent(found.verdict["pass_threshold"])
    reached = _("It reaches {score}, and {needed} is needed.").format(score=score, needed=needed)
    count = _("{met} of {all} criteria are met").format(met=met, all=len(found.criteria))
    marks: dict[str, Any] = {
        "struck": tuple(at for at, each in points if any(quote.struck for quote in each.quotes)),
        "planted": planted((recorded or {}).get("samples", ())),
    }
    failed = [at for at, each in points if each.outcome == "errored"]
    open_ones = [at for at, each in points if each.outcome == "refer"]
    below = [at for at, each in points if each.outcome == "revise"]
    match found.verdict["outcome"]:
        case "aligned":
            return Ruling(f"{count}. {reached}", **marks)
        case "refer" if open_ones:
            one, several = _("{count}; one needs your eyes:"), _("{count}; {n} need your eyes:")
            said = ngettext(one, several, len(open_ones)).format(count=count, n=len(open_ones))
            return Ruling(said, tuple(open_ones), _sentence(_("Below what is asked: {what}."), below), **marks)
        case "revise" if below:
            one, several = _("{count}; one speaks against this text:"), _("{count}; {n} speak against this text:")
            said = ngettext(one, several, len(below)).format(count=count, n=len(below))
            return Ruling(said, tuple(below), reached, **marks)
        case "revise":
            return Ruling(_("{count}, but together they are too little.").format(count=count), (), reached, **marks)
        case "refer":
            return Ruling(_("The judge is not sure about anything here, so a person decides."), **marks)
        case _:
            said = _("The judgement failed, so this cannot be approved. {count}.").format(count=count)
            return Ruling(said, tuple(failed), **marks)


def stalled(behind: Background) -> str:
    """That a new round could not follow what was asked, in a plain sentence; empty where it could."""
    latest = [each for each in behind.asked if each.decision_id == behind.asked[-1].decision_id]
    ignored = sum(not each.changed and not each.resolved for each in latest)
    if not ignored:
        return ""
    if not behind.differences:
        one = _("This round changed no word: the author could not follow the comment.")
        several = _("This round changed no word: the author could not follow the {n} comments.")
        return ngettext(one, several, len(latest)).format(n=len(latest))
    if len(latest) == 1:
        return _("Other words changed, but not the part that the comment is about.")
    return _("For {n} of {all} comments the part they are about reads as before.").format(n=ignored, all=len(latest))


async def recorded(app: Application, verdict_id: str | None) -> dict[str, Any] | None:
    """A verdict as it is stored, samples and all."""
    if verdict_id is None:
        return None
    async with app.store.read() as work:
        content: dict[str, Any] = (await work.design.verdict(verdict_id)).content
    return content


def models(recorded: Mapping[str, Any] | None) -> frozenset[str]:
    """Names of the models that gave the answers of a stored verdict."""
    samples = (recorded or {}).get("samples", ())
    return frozenset(str(sample["model"]) for sample in samples if sample.get("player") == "model")


async def lied_to(app: Application, checkpoint_id: str) -> bool:
    """Whether the demo made the judge invent a quote about the text under review."""
    async with app.store.read() as work:
        checkpoint = await work.approvals.checkpoint(checkpoint_id)
    content = await recorded(app, checkpoint.verdict_id)
    return bool(content and planted(content["samples"]))


async def choices(app: Application, found: Review) -> dict[str, Choice]:
    """What a person can choose from, for every criterion that waits to be settled."""
    waiting = [each for each in found.criteria if each.outcome == "refer"]
    if found.checkpoint.verdict_id is None or not waiting:
        return {}
    async with app.store.read() as work:
        criteria_id = (await work.design.verdict(found.checkpoint.verdict_id)).criteria_id
        stored = json.loads((await work.strategy.version(criteria_id)).content)
    asked = {each["id"]: each for each in stored["criteria"]}
    return {each.criterion_id: _choice(found.content, asked[each.criterion_id]) for each in waiting}


def _choice(content: dict[str, Any], criterion: dict[str, Any]) -> Choice:
    passages: dict[str, list[str]] = {}
    seen: set[str] = set()
    for path, text in text_fields(content, criterion["scope"]).items():
        if path.endswith((".id", ".key")):
            continue
        for start, end in sentences(text):
            said = text[start:end].strip()
            if " " in said and sum(map(str.isalpha, said)) >= SHORTEST and said not in seen:
                seen.add(said)
                passages.setdefault(manuscript.label_of(path), []).append(said)
    levels = [(level["key"], level["anchor"]) for level in criterion["levels"]]
    return Choice(levels=levels, passages=list(passages.items()))


def _sentence(template: str, points: list[Pointer]) -> str:
    return template.format(what=", ".join(each.name for each in points)) if points else ""
