"""Two readings of one scene: what rules located stands, and a model coach adds to it.

The level of an objective is the rules' alone, so nothing that a learner writes to a model can move it. What a model may
do, per objective:

| rules | model | what is kept |
|---|---|---|
| a level | the same level | the rules' level and quotes; the model's words, and further quotes of its own |
| a level | another, or none | the rules' level, quotes and words; further quotes of the model's; the difference, said |
| none | a level | not scored; the quotes the model points to, and that rules saw nothing in them |
| none | none | not scored |
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from practice.claims import Claim
from practice.phrases import load
from practice.scenario import Objective


@dataclass(frozen=True)
class Merged:
    """What counts for one objective: ``claim`` is scored, ``added`` are quotes only the model named.

    ``differs`` says in the language of the scene where the two readings part; empty where they do not.
    """

    claim: Claim | None
    added: tuple[tuple[int | None, str], ...] = ()
    differs: str = ""


def merge(objective: Objective, rules: Claim | None, model: Claim | None, language: str) -> Merged:
    """Put both readings of one objective together; see the table above.

    Args:
        objective: what is read for.
        rules: what the rules claim, with the quotes of what they detected.
        model: what a model claims; its quotes are looked for later, like every quote.
        language: of the scene.
    """
    if model is None:
        return Merged(rules)
    order = [level.key for level in objective.levels]
    stands = rules.level if rules is not None else None
    told = model.level if model.level in order else None
    added = tuple(quote for quote in model.quotes if rules is None or quote not in rules.quotes)
    if stands is None:
        claim = Claim(objective.id, None, next_step=model.next_step)
        return Merged(claim, added, "" if told is None else _said("alone", told, language))
    assert rules is not None
    if told == stands:
        worded = model.situation or model.behaviour or model.impact
        claim = replace(
            rules,
            situation=model.situation if worded else rules.situation,
            behaviour=model.behaviour if worded else rules.behaviour,
            impact=model.impact if worded else rules.impact,
            next_step=model.next_step or rules.next_step,
        )
        return Merged(claim, added)
    if told is None:
        return Merged(rules, added, _said("silent", "", language))
    kind = "lower" if order.index(told) < order.index(stands) else "higher"
    return Merged(rules, added, _said(kind, told, language))


def first_of_each(claims: Sequence[Claim]) -> dict[str, Claim]:
    """The claims by objective; of several about one, the first counts."""
    found: dict[str, Claim] = {}
    for claim in claims:
        found.setdefault(claim.objective_id, claim)
    return found


def _said(kind: str, level: str, language: str) -> str:
    told: str = load(language).texts["differs"][kind]
    return told.format(theirs=level.replace("_", " "))
