"""One reply of a judge, or of a person, held against the text: is the level known, are its quotes really there?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evidence.errors import InvalidInput
from evidence.locate import Location, Match, locate
from strategy.criteria import Criterion
from strategy.verdict import Evidence, HumanJudgement, SampleStatus

_LEAST_LETTERS = 4  # a shorter quote ("a", "I do") is found in nearly any text and proves nothing


def find_quote(quote: str, field: str, fields: Mapping[str, str]) -> Evidence:
    """Find a claimed quote: in the field it names, else in another one in scope, exactly before normalised.

    Args:
        quote: what is said to be verbatim.
        field: the field it is said to stand in; may be empty or wrong.
        fields: the texts in scope, field → text.

    Returns:
        The evidence, with the field where it was found; status absent, and the field as claimed, where it was not.
    """
    if field in fields:
        place = locate(quote, fields[field])
        if place.status is not Match.ABSENT:
            return _evidence(quote, field, place)
    best: Evidence | None = None
    for name, text in fields.items():
        if name == field:
            continue
        place = locate(quote, text)
        if place.status is Match.EXACT:
            return _evidence(quote, name, place)
        if place.status is Match.NORMALISED and best is None:
            best = _evidence(quote, name, place)
    return best or Evidence(quote=quote, field=field, status=Match.ABSENT)


def _evidence(quote: str, field: str, place: Location) -> Evidence:
    return Evidence(quote=quote, field=field, start=place.start, end=place.end, status=place.status)


def supports(evidence: Evidence) -> bool:
    """Whether a quote counts for a level: found, and long enough to mean something."""
    return evidence.status is not Match.ABSENT and sum(map(str.isalnum, evidence.quote)) >= _LEAST_LETTERS


def check_sample(
    criterion: Criterion, level: str | None, quotes: Sequence[tuple[str, str]], fields: Mapping[str, str]
) -> tuple[SampleStatus, tuple[Evidence, ...], str]:
    """Decide whether a judge's reply counts.

    Args:
        criterion: what was asked.
        level: the level it gave; None where it abstained.
        quotes: pairs (quote, field) as claimed.
        fields: the texts in scope, field → text.

    Returns:
        Status, every quote with what code found, and, where the sample is set aside, why. A level that needs evidence
        is invalid without a located quote of at least four letters or digits.
    """
    evidence = tuple(find_quote(quote, field, fields) for quote, field in quotes)
    if level is None:
        if criterion.allow_abstain:
            return SampleStatus.ABSTAINED, evidence, "The judge abstained."
        return SampleStatus.INVALID, evidence, "The judge abstained, which this criterion does not allow."
    known = criterion.level(level)
    if known is None:
        keys = ", ".join(one.key for one in criterion.levels)
        return SampleStatus.INVALID, evidence, f"'{level}' is not a level of this criterion ({keys})."
    if known.needs_evidence and not any(map(supports, evidence)):
        if not evidence:
            return SampleStatus.INVALID, evidence, f"The level '{level}' needs a quote, and none was given."
        if all(one.status is Match.ABSENT for one in evidence):
            return SampleStatus.INVALID, evidence, f"No quote given for '{level}' stands in the text."
        return SampleStatus.INVALID, evidence, f"The quotes given for '{level}' are too short to show anything."
    return SampleStatus.VALID, evidence, ""


def settle(
    criterion: Criterion,
    *,
    person_id: str,
    level: str,
    reason: str,
    fields: Mapping[str, str],
    quote: str = "",
    field: str = "",
) -> HumanJudgement:
    """A person's own judgement of a referred criterion, held to the same rule as the judge's.

    Args:
        criterion: what is settled.
        person_id: who settles it.
        level: the level they choose.
        reason: why, in their words.
        fields: the texts in scope, field → text.
        quote: their evidence.
        field: where it stands; any field in scope is searched.

    Raises:
        InvalidInput: unknown level, no reason, or a level that needs evidence without a quote found in the text.
    """
    if not reason.strip():
        raise InvalidInput("A level needs your reason.", todo="Write in a sentence why you chose it.", where="reason")
    claimed = [(quote, field)] if quote.strip() else []
    status, evidence, note = check_sample(criterion, level, claimed, fields)
    if status is not SampleStatus.VALID:
        where = "level" if criterion.level(level) is None else "quote"
        todo = (
            "Choose one of its levels." if where == "level" else "Quote a passage word for word from the text in scope."
        )
        raise InvalidInput(note, todo=todo, where=where)
    return HumanJudgement(
        person_id=person_id, level=level, quote=quote, field=field, reason=reason.strip(), evidence=evidence
    )
