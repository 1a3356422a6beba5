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
    presented: Sequence[str],
    clauses: Sequence[Clause],
    language: str,
    appeal: Mapping[str, Any] | None,
    identity: Mapping[str, str],
    sample: int,
) -> str:
    """SHA-256, as 64 hex digits, over everything that the judge reads, in the order in which it reads it.

    Args:
        fields: the texts in scope, field → text. Their order counts: a judge may weigh what it reads first.
        judged: the judged half of the criterion (``Criterion.judged()``); weights and thresholds are not part of it.
        presented: the keys of all levels in the order shown; given also where that is from lowest to highest.
        clauses: the clauses it cites, in the order shown. Where a clause was found does not matter.
        language: what the judge is to write in.
        appeal: the argument against a first answer and that answer, as JSON-compatible data; None where there is none.
        identity: player, model, prompt digest, reply schema and parameters.
        sample: the number of the repeated answer.
    """
    return digest(
        {
            "fields": [[name, text] for name, text in fields.items()],  # canonical JSON sorts keys, and lists stay
            "judged": dict(judged),
            "presented": list(presented),
            "clauses": [{"id": clause.id, "kind": clause.kind.value, "text": clause.text} for clause in clauses],
            "language": language,
            "appeal": None if appeal is None else dict(appeal),
            "identity": dict(identity),
            "sample": sample,
        }
    )
