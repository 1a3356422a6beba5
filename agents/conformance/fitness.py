"""From outcomes to fitness: which probes a role cannot do without, and which weaknesses people must know of."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from agents.conformance.report import Fitness, Outcome
from agents.endpoints import Role


class Weight(StrEnum):
    """What a probe means for a role."""

    ESSENTIAL = "essential"
    IMPORTANT = "important"
    NOTED = "noted"


_E, _I, _N = Weight.ESSENTIAL, Weight.IMPORTANT, Weight.NOTED

WEIGHTS: Mapping[Role, Mapping[str, Weight]] = {
    "author": {
        "reply": _E, "limits": _I, "schema": _E, "forms": _N, "drafting": _E, "quotes": _I, "injection": _I,
        "concurrency": _E, "long_input": _E, "usage": _N,
    },
    "alignment": {
        "reply": _E, "limits": _I, "schema": _E, "forms": _N, "judgement": _E, "steadiness": _I, "quotes": _E,
        "injection": _E, "concurrency": _E, "long_input": _E, "usage": _N,
    },
    "persona": {
        "reply": _E, "streaming": _I, "limits": _I, "role": _E, "invention": _I, "talk": _I, "injection": _E,
        "concurrency": _E, "long_input": _I, "usage": _N,
    },
    "coach": {
        "reply": _E, "limits": _I, "schema": _E, "forms": _N, "quotes": _E, "feedback": _I, "injection": _E,
        "concurrency": _E, "long_input": _I, "usage": _N,
    },
}  # fmt: skip


def fitness_of(role: Role, outcomes: Mapping[str, Outcome]) -> Fitness:
    """How fit a model is for a role.

    ========== ============ =========== ===========
    outcome    essential    important   noted
    ========== ============ =========== ===========
    good       pass         pass        pass
    weak       provisional  pass        pass
    bad        unfit        provisional pass
    not asked  unfit        provisional pass
    ========== ============ =========== ===========

    The worst cell counts. What was not asked has not been shown, so it counts as if it were bad. Three or more
    important weaknesses together make a model provisional as well.

    ============ ====== ===== ======= =====
    probe        author judge persona coach
    ============ ====== ===== ======= =====
    reply        E      E     E       E
    streaming                 I
    limits       I      I     I       I
    schema       E      E             E
    forms        N      N             N
    drafting     E
    judgement           E
    steadiness          I
    quotes       I      E             E
    feedback                          I
    role                      E
    invention                 I
    talk                      I
    injection    I      E     E       E
    concurrency  E      E     E       E
    long_input   E      E     I       I
    usage        N      N     N       N
    ============ ====== ===== ======= =====

    An author's citations are checked again with every draft, and a person reads every word of it: there, quotes and
    injection are not essential. Mixed-up replies would show one person's words to another: essential everywhere.

    Args:
        role: which role.
        outcomes: probe → outcome; a probe that is missing was not asked.
    """
    worst = Fitness.FIT
    weak = 0
    for probe, weight in WEIGHTS[role].items():
        outcome = outcomes.get(probe, Outcome.NOT_ASKED)
        failed = outcome in (Outcome.BAD, Outcome.NOT_ASKED)
        if failed and weight is Weight.ESSENTIAL:
            return Fitness.UNFIT
        if (failed and weight is Weight.IMPORTANT) or (outcome is Outcome.WEAK and weight is Weight.ESSENTIAL):
            worst = Fitness.PROVISIONAL
        weak += outcome is Outcome.WEAK and weight is Weight.IMPORTANT
    return Fitness.PROVISIONAL if weak >= 3 else worst
