"""The offline author: composes and revises by rules, from a library of archetypes, the brief and the charter."""

from __future__ import annotations

from agents.author import Draft, DraftOrder
from agents.author.archetypes import languages, load
from agents.author.composing import compose
from agents.author.revising import revise
from agents.author.translating import Translated
from agents.provenance import Provenance
from evidence.errors import InvalidInput
from practice.scenario import Scenario

__all__ = ["OfflineAuthor", "languages"]


class OfflineAuthor:
    """Implements ``agents.author.Author`` without a model: the same order always gives the same draft."""

    async def draft(self, order: DraftOrder) -> Draft:
        """Write the first version, or revise the previous one; see ``Author.draft``.

        Raises:
            InvalidInput: the library is not written in the brief's language.
        """
        library = load(order.brief.language)
        both = order.previous is not None and order.previous.others
        provenance = Provenance(
            player="offline", model="rules", prompt_digest=library.digest_together if both else library.digest
        )
        if order.previous is None:
            first = compose(order.brief, order.charter, library)
            if first.scenario.others:
                provenance = provenance.model_copy(update={"prompt_digest": library.digest_together})
            return Draft(scenario=first.scenario, notes="\n".join(first.notes), provenance=provenance)
        revised = revise(order.previous, order.changes, order.brief, order.charter, library)
        return Draft(
            scenario=revised.scenario, notes="\n".join(revised.notes), unmet=revised.unmet, provenance=provenance
        )

    async def translate(self, scenario: Scenario, language: str) -> Translated:
        """Rules cannot translate, and say so; see ``agents.author.translating.Translator``."""
        raise InvalidInput(
            "The author is played by offline rules here, and rules cannot translate.",
            where="language",
            todo="Export the texts and have a person translate them, or set a language model for the author "
            "(docs/models.md).",
        )
