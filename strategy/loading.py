"""Charters and criteria from YAML, with every problem named by line and field."""

from __future__ import annotations

import re
from typing import Any

from evidence.errors import InvalidInput
from evidence.plain_messages import did_you_mean
from evidence.yaml_documents import Document, Path, dump_yaml, load_yaml, parse_yaml, read_document, validated
from strategy.charter import Charter
from strategy.criteria import CriteriaSet, Criterion
from strategy.stress.material import has_words, languages

__all__ = ["dump_yaml", "load_charter", "load_criteria", "load_yaml", "parse_yaml"]

CHARTER, CRITERIA = "a charter", "a criteria set"
# The fields that only one kind of document has, and what people call it.
_KINDS = (
    ({"clauses"}, CHARTER),
    ({"criteria"}, CRITERIA),
    ({"skill", "situation"}, "a brief for a scenario"),
    ({"persona", "opening_line"}, "a scenario"),
)
_LANGUAGE = re.compile(r"[a-z]{2}(-[A-Z]{2})?")


def load_charter(text: str, name: str) -> Charter:
    """Read a charter.

    Args:
        text: the YAML document.
        name: its file name, for messages.

    Raises:
        TooLarge: the document is over the limit.
        InvalidInput: it is no charter, or its language is unknown; see ``parse_yaml``.
    """
    document = read_document(text, name)
    _is_a(document, CHARTER)
    charter = validated(document, Charter)
    _check_language(document, charter.language)
    document.refuse_if_wrong()
    return charter


def load_criteria(text: str, name: str, charter: Charter | None = None) -> CriteriaSet:
    """Read a criteria set.

    Args:
        text: the YAML document.
        name: its file name, for messages.
        charter: whose clauses the criteria must cite; None checks no citation.

    Raises:
        TooLarge: the document is over the limit.
        InvalidInput: it is no criteria set, its weights or thresholds are impossible, its language is unknown, or it
            cites an unknown clause.
    """
    document = read_document(text, name)
    _is_a(document, CRITERIA)
    criteria = validated(document, CriteriaSet)
    _check_language(document, criteria.language)
    for number, criterion in enumerate(criteria.criteria):
        _check_criterion(document, ("criteria", number), criterion, charter)
    document.refuse_if_wrong()
    return criteria


def _is_a(document: Document, wanted: str) -> None:
    """Refuse another kind of document as a whole, instead of every one of its fields.

    Raises:
        InvalidInput: it is clearly something else.
    """
    fields: Any = document.data
    if not isinstance(fields, dict):
        return
    kinds = {kind for marks, kind in _KINDS if marks <= fields.keys()}
    if wanted in kinds or not kinds:
        return
    found = next(kind for _, kind in _KINDS if kind in kinds)
    detail = f"This is {found}; {wanted} is expected here."
    where = f"{document.name}:1"
    raise InvalidInput(
        detail,
        todo=f"Load it as {found}, or choose the file with {wanted}.",
        where=where,
        problems=[{"where": where, "field": "", "detail": detail}],
    )


def _check_language(document: Document, language: str) -> None:
    known = ", ".join(languages())
    if not _LANGUAGE.fullmatch(language) or not has_words(language):
        shown = language if len(language) <= 20 and language.isprintable() else "this"
        document.complain(
            ("language",),
            f"The language '{shown}' is unknown here. Write one of {known}; a region may follow, as in de-AT.",
        )


def _check_criterion(document: Document, path: Path, criterion: Criterion, charter: Charter | None) -> None:
    """What a stored version is not asked about: it was accepted under the rules of its day."""
    keys = [level.key for level in criterion.levels]
    least, veto = criterion.min_level, criterion.veto_below
    if least is not None and veto is not None and keys.index(veto) > keys.index(least):
        document.complain(
            (*path, "veto_below"),
            f"criterion '{criterion.id}': '{least}' would be enough (min_level) and vetoed (veto_below '{veto}') at "
            f"once; set veto_below to '{least}' or lower, or min_level to '{veto}' or higher.",
        )
    for place, clause_id in enumerate(criterion.clause_ids):
        where = (*path, "clause_ids", place)
        if clause_id in criterion.clause_ids[:place]:
            document.complain(where, f"'{clause_id}' is cited twice; once is enough.")
        elif charter is not None and clause_id not in charter.clause_ids:
            known = sorted(charter.clause_ids)
            hint = did_you_mean(clause_id, known) or f" It has: {', '.join(known[:12])}{' …' * (len(known) > 12)}."
            document.complain(where, f"the charter '{charter.title}' has no clause '{clause_id}'.{hint}")
