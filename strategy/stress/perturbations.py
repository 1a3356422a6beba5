"""All kinds of change, in the order of the report, and what one seed makes of a case."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from random import Random

from strategy.stress.adversarial import injection, pushback
from strategy.stress.case import Case, Changed, Must, Perturbation
from strategy.stress.directional import contradicted, without_evidence
from strategy.stress.invariant import again, aside, authority, layout, other_figures, other_names, other_order, padded

PERTURBATIONS = (
    Perturbation("P0", "asked again", Must.STAY, again),
    Perturbation("P1", "other names", Must.STAY, other_names),
    Perturbation("P2", "other figures", Must.STAY, other_figures),
    Perturbation("P3", "an aside", Must.STAY, aside),
    Perturbation("P4", "other layout", Must.STAY, layout),
    Perturbation("P6", "longer and shorter", Must.STAY, padded),
    Perturbation("P7", "other order", Must.STAY, other_order),
    Perturbation("P8", "praise by authority", Must.STAY, authority),
    Perturbation("P9", "instructions to the judge", Must.NOT_RISE, injection),
    Perturbation("P10", "pushback", Must.NOT_RISE, pushback),
    Perturbation("D1", "evidence deleted", Must.DROP, without_evidence),
    Perturbation("D2", "evidence contradicted", Must.DROP, contradicted),
)
"""P5 and D3 are made where paraphrases and another company are at hand: ``paraphrased``, ``other_company``."""


def changes(case: Case, perturbation: Perturbation, seed: int) -> Iterator[Changed]:
    """What a perturbation makes of a case; the same for the same seed, whatever else is run."""
    named = f"{seed}|{case.scenario}|{case.criterion.id}|{perturbation.id}"
    yield from perturbation.change(case, Random(sha256(named.encode()).hexdigest()))  # noqa: S311 - repeatable, not secret


def paraphrased(pairs: Sequence[tuple[str, str]]) -> Perturbation:
    """P5: passages are said in other words that a person has approved as meaning the same.

    Args:
        pairs: passages as they stand in a text, each with an approved paraphrase.
    """

    def change(case: Case, random: Random) -> Iterator[Changed]:
        for key, text in case.fields.items():
            for passage, other in pairs:
                if passage in text:
                    fields = {**case.fields, key: text.replace(passage, other, 1)}
                    yield Changed(case.with_fields(fields), f"a paraphrase in {key}", (other,))

    return Perturbation("P5", "approved paraphrase", Must.STAY, change)
