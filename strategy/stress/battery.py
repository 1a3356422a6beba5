"""Everything that is done to one question: which kinds of change there are, and what one seed makes of a case."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from strategy.charter import Charter, Clause
from strategy.criteria import CriteriaSet, Criterion
from strategy.stress.case import Case, Changed, Must, Perturbation
from strategy.stress.directional import other_company
from strategy.stress.material import has_words
from strategy.stress.perturbations import PERTURBATIONS, changes, paraphrased

NOISE = "P0"
IDS = ("P0", "P1", "P2", "P3", "P4", "P5", "P6", "P7", "P8", "P9", "P10", "D1", "D2", "D3")
TITLES = {each.id: each.title for each in PERTURBATIONS} | {"P5": "approved paraphrase", "D3": "another company"}
_NEED_WORDS = frozenset({"P1", "P3", "P6", "P8", "P9", "P10"})
_WHY_NOT = {
    "P1": "No name that may be exchanged stands in the text.",
    "P2": "No figure that may be exchanged stands in the text.",
    "P5": "No approved paraphrase of a passage in the text.",
    "P9": "It has the highest level already, so it cannot rise.",
    "P10": "It has the highest level already, so it cannot rise.",
    "D1": "It has the lowest level already, quoted nothing, or nothing is left without what was quoted.",
    "D2": "It has the lowest level already, quoted nothing, or the criterion gives no counter-example.",
    "D3": "It has the lowest level already, so it cannot drop.",
}


@dataclass(frozen=True)
class OtherCompany:
    """Another company, whose criteria a text must not meet; ``asked`` are its criteria with the clauses they cite."""

    name: str
    asked: tuple[tuple[Criterion, tuple[Clause, ...]], ...]


@dataclass(frozen=True)
class Trial:
    """One changed question.

    Attributes:
        case: as it was judged at first.
        perturbation: which kind of change.
        changed: the changed question.
        number: of the sample under which it is asked.
    """

    case: Case
    perturbation: Perturbation
    changed: Changed
    number: int


def company_of(charter: Charter, criteria: CriteriaSet) -> OtherCompany:
    """A company's documents as what other companies' texts are held against.

    Only criteria that a text meets by what stands in it, and misses where nothing does: what asks for the absence of
    something ("no pressure") is met by anybody's text, and would prove nothing.
    """
    return OtherCompany(
        name=charter.company,
        asked=tuple(
            (criterion, tuple(clause for clause in charter.clauses if clause.id in criterion.clause_ids))
            for criterion in criteria.criteria
            if criterion.levels[-1].needs_evidence and not criterion.levels[0].needs_evidence
        ),
    )


def battery(
    wanted: Collection[str], *, paraphrases: Sequence[tuple[str, str]] = (), other: OtherCompany | None = None
) -> tuple[Perturbation, ...]:
    """The kinds of change with these ids, in the order of the report.

    Args:
        wanted: of ``IDS``.
        paraphrases: passages with approved paraphrases, for P5.
        other: for D3, which is left out without one.
    """
    made = {each.id: each for each in (*PERTURBATIONS, paraphrased(paraphrases))}
    if other is not None and other.asked:
        made["D3"] = Perturbation("D3", TITLES["D3"], Must.DROP, other_company(other.asked, other.name))
    return tuple(made[each] for each in IDS if each in wanted and each in made)


def trials(
    case: Case, kinds: Sequence[Perturbation], seed: int, *, deterministic: bool
) -> tuple[tuple[Trial, ...], dict[str, str]]:
    """Every changed question of a case.

    Args:
        case: with the judge's first answer, which is a level.
        kinds: of ``battery``.
        seed: the same one makes the same changes.
        deterministic: the judge cannot vary, so that asking again is the very same question.

    Returns:
        The changed questions; and for each kind that could not be tried, its id with a sentence that says why.
    """
    found: list[Trial] = []
    untried: dict[str, str] = {}
    for kind in kinds:
        if kind.id in _NEED_WORDS and not has_words(case.language):
            untried[kind.id] = f"There are no words for this change in the text's language ('{case.language}')."
            continue
        number = 1 if kind.id == NOISE and not deterministic else 0
        made = [
            Trial(case, kind, changed, number)
            for changed in changes(case, kind, seed)
            if kind.id == NOISE or not _is_same(changed.case, case)
        ]
        found += made
        if not made:
            untried[kind.id] = _WHY_NOT.get(kind.id, "The change leaves this text as it is.")
    return tuple(found), untried


def _is_same(one: Case, other: Case) -> bool:
    return (
        list(one.fields.items()) == list(other.fields.items())
        and (one.criterion, one.clauses) == (other.criterion, other.clauses)
        and (one.presented, one.appeal) == (other.presented, other.appeal)
    )
