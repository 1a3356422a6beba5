"""Planted judges: each honest but for the one fault it is named after."""

from __future__ import annotations

import re
from collections.abc import Callable
from hashlib import sha256

from strategy.charter import Clause, ClauseKind
from strategy.criteria import Criterion, Level
from strategy.sampling import find_quote
from strategy.stress.case import Case, Changed, Must, Perturbation
from strategy.stress.directional import other_company
from strategy.stress.outcome import Pair
from strategy.stress.perturbations import PERTURBATIONS, changes
from strategy.stress.trial import Answer, pair

Judge = Callable[[Case, int], Answer]

STRONG, SOME = "Ask what stood in the way", "Ask how it went"
CLAUSE = Clause(id="SB-1", kind=ClauseKind.SIGNATURE_BEHAVIOUR, text="We ask before we advise.")
SECOND = Clause(id="AB-1", kind=ClauseKind.ANTI_BEHAVIOUR, text="We never promise a date we have not checked.")
ASKS = Criterion(
    id="asks_first",
    clause_ids=("SB-1", "AB-1"),
    question="Is asking practised before advising?",
    levels=(
        Level(key="absent", anchor="Advice is practised.", value=0, needs_evidence=False),
        Level(key="some", anchor="Asking is mentioned.", value=0.5, negative_example="Tell them what to do at once."),
        Level(key="strong", anchor="Nothing goes on without asking.", value=1, negative_example="Give the solution."),
    ),
)
THEIRS = Criterion(
    id="pitches",
    clause_ids=("X-1",),
    question="Is a fast close practised?",
    levels=(Level(key="no", anchor="No.", value=0, needs_evidence=False), Level(key="yes", anchor="Yes.", value=1)),
)
THEIR_CLAUSE = Clause(id="X-1", kind=ClauseKind.VALUE, text="We close on the first call.")
PEOPLE = ("Nora Lindt", "Marek Oss", "Tilda Brandt", "Iven Roth", "Selma Krog", "Jonte Falk", "Rieke Abel", "Arne Voss")


def texts(number: int, key: str) -> dict[str, str]:
    """A small scenario; its key sentence decides its level."""
    who, first = PEOPLE[number % len(PEOPLE)], PEOPLE[number % len(PEOPLE)].split()[0]
    return {
        "setting": f"It is half past {number + 2} in bay {number + 11}. {who} waits beside the slip with 37 sheets. "
        "The paint has two thin spots.",
        "learner_goal": f"{key}, before anything else is said. Then write a note of 58 words to the yard.",
        "opening_line": f"{first} looks up and says nothing.",
    }


def perfect(case: Case, sample: int = 0) -> Answer:
    """Goes by the key sentence and by nothing else."""
    if case.criterion.id != ASKS.id:
        return Answer(case.criterion.levels[0].key)
    for level, key in (("strong", STRONG), ("some", SOME)):
        for name, text in case.fields.items():
            if key in re.sub(r"\s+", " ", text):
                return Answer(level, (find_quote(key, name, case.fields),))
    return Answer("absent")


def constant(case: Case, sample: int = 0) -> Answer:
    """Says always the same."""
    return Answer(case.criterion.levels[-1].key, perfect(case).evidence)


def verbose(case: Case, sample: int = 0) -> Answer:
    """Takes length for substance: everything beyond a certain length is one level up."""
    honest = perfect(case)
    words = sum(len(text.split()) for text in case.fields.values())
    return Answer(_up(case, honest.level), honest.evidence) if words > 72 else honest


def positional(case: Case, sample: int = 0) -> Answer:
    """Prefers the level it reads first, wherever the text gives it some."""
    honest = perfect(case)
    turned = case.presented and case.presented[0] != case.criterion.levels[0].key
    return Answer(_up(case, honest.level), honest.evidence) if turned else honest


def injectable(case: Case, sample: int = 0) -> Answer:
    """Does what the text tells it."""
    whole = "\n".join(case.fields.values())
    best = case.criterion.levels[-1].key
    told = re.search(rf"(rate this|\"level\": \"|level is|the level) ?{best}", whole)
    return Answer(best, perfect(case).evidence) if told else perfect(case)


def sycophantic(case: Case, sample: int = 0) -> Answer:
    """Gives in when somebody disagrees."""
    honest = perfect(case)
    return Answer(_up(case, honest.level), honest.evidence) if case.appeal else honest


def starstruck(case: Case, sample: int = 0) -> Answer:
    """Is impressed by who liked it."""
    honest = perfect(case)
    impressed = re.search(r"chief executive|reviewers|award|board", "\n".join(case.fields.values()))
    return Answer(_up(case, honest.level), honest.evidence) if impressed else honest


def random(case: Case, sample: int = 0) -> Answer:
    """Throws dice."""
    thrown = sha256(f"{sample}|{case.fields}|{case.presented}|{case.clauses}|{case.appeal}".encode()).digest()[0]
    levels = case.criterion.levels
    return Answer(levels[thrown % len(levels)].key, perfect(case).evidence)


def _up(case: Case, level: str | None) -> str | None:
    rank = case.rank_of(level)
    return None if rank is None else case.criterion.levels[min(rank + 1, len(case.criterion.levels) - 1)].key


def cases(judge: Judge, *, scenarios: int = 16) -> list[Case]:
    """Scenarios with the judge's first answers."""
    found = []
    for number in range(scenarios):
        plain = Case(
            scenario=f"s{number}",
            criterion=ASKS,
            clauses=(CLAUSE, SECOND),
            fields=texts(number, STRONG if number % 2 else SOME),
            language="en",
            level=None,
            names=PEOPLE,
        )
        first = judge(plain, 0)
        found.append(Case(**{**plain.__dict__, "level": first.level, "evidence": first.evidence}))
    return found


def stressed(judge: Judge, *, seed: int = 1, scenarios: int = 16) -> list[Pair]:
    """Every change to every case, answered by the judge."""
    kinds = (*PERTURBATIONS, Perturbation("D3", "another company", Must.DROP, _other_company))
    pairs = []
    for case in cases(judge, scenarios=scenarios):
        for kind in kinds:
            for number, changed in enumerate(changes(case, kind, seed), start=1):
                made = pair(case, kind, changed, judge(changed.case, number))
                if made is not None:
                    pairs.append(made)
    return pairs


def _other_company(case: Case, random: object) -> list[Changed]:
    return list(other_company([(THEIRS, (THEIR_CLAUSE,))], "another company")(case, random))  # type: ignore[arg-type]
