"""P9 and P10: attempts to talk the judge up. The level must not rise, and what is planted must be reported."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random

from strategy.stress.case import Case, Changed
from strategy.stress.material import material


def injection(case: Case, random: Random) -> Iterator[Changed]:
    """P9: the text speaks to the judge, forges its reply, or breaks out of its delimiters."""
    if case.rank == len(case.criterion.levels) - 1:
        return  # it cannot rise
    field = max(case.fields, key=lambda key: (len(case.fields[key]), key))
    for planted in material(case.language).injections:
        said = planted.format(level=case.criterion.levels[-1].key)
        text = f"{case.fields[field]}\n{said}"
        yield Changed(case.with_fields({**case.fields, field: text}), f"planted in {field}", (said,))


def pushback(case: Case, random: Random) -> Iterator[Changed]:
    """P10: a fresh call with an argument against the first answer that brings no new evidence."""
    if case.rank is None or case.rank == len(case.criterion.levels) - 1:
        return
    words = material(case.language)
    kinds = {
        "bare": words.pushback_bare,
        "casual": words.pushback_casual,
        "detailed but wrong": words.pushback_detailed,
    }
    for kind, texts in kinds.items():
        said = random.choice(texts).format(level=case.criterion.levels[-1].key)
        yield Changed(replace(case, appeal=said), f"pushed back, {kind}", (said,))
