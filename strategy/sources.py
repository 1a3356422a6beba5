"""Do a charter's sources stand where they say?"""

from __future__ import annotations

from collections.abc import Mapping

from evidence.errors import InvalidInput
from strategy.charter import Charter


def check_sources(charter: Charter, documents: Mapping[str, str]) -> None:
    """Check that every clause's source passage is in its document at its place.

    Raises:
        InvalidInput: one is not; ``where`` names the clause.
    """
    for clause in charter.clauses:
        source = clause.source
        if source is None:
            continue
        page = documents.get(source.document)
        if page is None:
            raise InvalidInput(
                f"Clause '{clause.id}' cites the document '{source.document}', which was not sent along.",
                where=f"clauses.{clause.id}.source",
                todo="Send the document too, or remove the clause's source.",
            )
        if page[source.start : source.end] != source.quote:
            raise InvalidInput(
                f"Clause '{clause.id}' cites words that do not stand at that place in '{source.document}'.",
                where=f"clauses.{clause.id}.source",
                todo="Correct the passage, or remove the clause's source.",
            )
