"""What a judgement depends on: same key, same question, no second call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evidence.canonical import digest
from strategy.charter import Clause


def judgement_key(
    *,
    fields: Mapping[str, str],
    judged: Mapping[str, Any],
    clauses: Sequence[Clause],
    identity: Mapping[str, str],
    sample: int,
) -> str:
    """SHA-256, as 64 hex digits, over everything a judgement depends on.

    Args:
        fields: the texts in scope, field → text, as the judge reads them.
        judged: the judged half of the criterion (``Criterion.judged()``); weights and thresholds are not part of it.
        clauses: the clauses it cites, in the order shown. Where a clause was found does not matter.
        identity: player, model, prompt digest, reply schema and parameters.
        sample: the number of the repeated answer.
    """
    return digest(
        {
            "fields": dict(fields),
            "judged": dict(judged),
            "clauses": [{"id": clause.id, "kind": clause.kind.value, "text": clause.text} for clause in clauses],
            "identity": dict(identity),
            "sample": sample,
        }
    )
