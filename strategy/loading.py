"""Charters and criteria from YAML, with every problem named by line and field."""

from __future__ import annotations

from evidence.plain_messages import did_you_mean
from evidence.yaml_documents import dump_yaml, load_yaml, parse_yaml, read_document, validated
from strategy.charter import Charter
from strategy.criteria import CriteriaSet

__all__ = ["dump_yaml", "load_charter", "load_criteria", "load_yaml", "parse_yaml"]


def load_charter(text: str, name: str) -> Charter:
    """Read a charter.

    Args:
        text: the YAML document.
        name: its file name, for messages.

    Raises:
        TooLarge: the document is over the limit.
        InvalidInput: it is no charter; see ``parse_yaml``.
    """
    return parse_yaml(text, name, Charter)


def load_criteria(text: str, name: str, charter: Charter | None = None) -> CriteriaSet:
    """Read a criteria set.

    Args:
        text: the YAML document.
        name: its file name, for messages.
        charter: whose clauses the criteria must cite; None checks no citation.

    Raises:
        TooLarge: the document is over the limit.
        InvalidInput: it is no criteria set, its weights or thresholds are impossible, or it cites an unknown clause.
    """
    document = read_document(text, name)
    criteria = validated(document, CriteriaSet)
    if charter is not None:
        known = sorted(charter.clause_ids)
        for number, criterion in enumerate(criteria.criteria):
            for place, clause_id in enumerate(criterion.clause_ids):
                if clause_id not in charter.clause_ids:
                    hint = (
                        did_you_mean(clause_id, known) or f" It has: {', '.join(known[:12])}{' …' * (len(known) > 12)}."
                    )
                    document.complain(
                        ("criteria", number, "clause_ids", place),
                        f"the charter '{charter.title}' has no clause '{clause_id}'.{hint}",
                    )
        document.refuse_if_wrong()
    return criteria
