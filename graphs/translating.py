"""Translations of a scenario that waits: its texts to be filled in, a model's draft, and a person's words added.

Adding one is an approval with edits: it makes a new version, which is judged again and signed by somebody else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from agents.author.translating import Translator
from agents.ensemble import Ensemble
from agents.metering import Account, charged_to
from approvals.checkpoint import DecisionKind, Edit
from approvals.people import Actor, Role
from approvals.policies import policy_named
from approvals.roles import require
from approvals.rules import has_a_say
from evidence.errors import Conflict, InvalidInput
from graphs.answering import Once
from graphs.deciding import decide
from graphs.fitness import may_play
from practice.scenario import Scenario
from practice.translation import LANGUAGE, Standing, is_stale, source_digest, standings, translatable, translation_of
from store.records import CheckpointRow
from store.unit_of_work import Store, UnitOfWork


class SheetLine(BaseModel):
    """One text to translate; ``text`` is what there is of it in the other language."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    field: str = Field(max_length=200)
    source: str = Field(default="", max_length=20_000)
    text: str = Field(default="", max_length=20_000)


class Sheet(BaseModel):
    """The texts of a scenario beside their translation, to be filled in by a person.

    ``source_digest`` is that of the source texts; ``stale`` says that ``text`` was written for other source texts;
    ``drafted_by`` names the model that wrote ``text``, which nobody has read yet.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    checkpoint_id: str
    title: str = ""
    translated_from: str
    language: str
    source_digest: str
    stale: bool = False
    drafted_by: str = ""
    texts: tuple[SheetLine, ...] = Field(max_length=1000)

    @property
    def filled(self) -> int:
        """How many texts are there."""
        return sum(bool(line.text.strip()) for line in self.texts)


async def sheet(store: Store, actor: Actor, checkpoint_id: str, language: str) -> Sheet:
    """The texts of the scenario at a checkpoint, with what is translated of them already.

    Raises:
        NotFound: there is no such checkpoint.
        NotAllowed: the actor is neither designer nor strategist.
        InvalidInput: no scenario waits there, or it is no other language.
    """
    require(actor, Role.DESIGNER, Role.STRATEGIST, to="translate a scenario")
    async with store.read() as work:
        scenario, _checkpoint = await _scenario(work, checkpoint_id)
    return _sheet(checkpoint_id, scenario, language)


async def draft(store: Store, ensemble: Ensemble, actor: Actor, checkpoint_id: str, language: str) -> Sheet:
    """The sheet with a draft by the author's model in every text. Nothing of it is kept.

    Raises:
        NotFound, NotAllowed, InvalidInput: as ``sheet``; also where the actor has no say here, or rules are the author.
        Conflict: the checkpoint is decided.
        ModelFailed: the model gave no usable reply, or may not play.
    """
    require(actor, Role.DESIGNER, Role.STRATEGIST, to="have a scenario translated")
    async with store.read() as work:
        scenario, checkpoint = await _scenario(work, checkpoint_id)
    has_a_say(actor, policy_named(checkpoint.policy.split("/")[0]))
    empty = _sheet(checkpoint_id, scenario, language)
    if checkpoint.status != "pending":
        raise Conflict("This is decided already.", todo="A translation is added where a scenario waits for a decision.")
    author = ensemble.author
    if not isinstance(author, Translator):
        raise InvalidInput("This author cannot translate.", where="language", todo="Have a person fill the texts in.")
    await may_play(store, ensemble, "author")
    with charged_to(Account("design", checkpoint.run_id, checkpoint.programme_id, actor.person_id)):
        told = await author.translate(scenario, language)
    lines = tuple(line.model_copy(update={"text": told.texts.get(line.field, "")}) for line in empty.texts)
    return empty.model_copy(update={"texts": lines, "stale": False, "drafted_by": told.provenance.label})


async def add(
    store: Store,
    actor: Actor,
    checkpoint_id: str,
    language: str,
    texts: Mapping[str, str],
    *,
    seen: str,
    of: str,
    reason: str = "",
    drafted_by: str = "",
    players: Mapping[str, Any],
    once: Once | None = None,
) -> CheckpointRow:
    """Add a translation to the scenario that waits, or fill in more of one.

    Args:
        store: where everything is kept.
        actor: who adds it, and becomes an author of the text.
        checkpoint_id: where the scenario waits.
        language: of the translation.
        texts: path → translated text; empty ones are left for later.
        seen: the ``review_digest`` that was displayed.
        of: the digest of the source texts that were translated.
        reason: for whoever signs.
        drafted_by: the model that wrote it first, where one did; whoever signs is told.
        players: see ``deciding.decide``.
        once: the numbered request.

    Raises:
        Conflict: the source texts read differently now; or see ``deciding.decide``.
        InvalidInput: nothing is translated, or a text does not fit its source.
        NotAllowed: the actor has no say here.
    """
    require(actor, Role.DESIGNER, Role.STRATEGIST, to="translate a scenario")
    async with store.read() as work:
        scenario, checkpoint = await _scenario(work, checkpoint_id)
    has_a_say(actor, policy_named(checkpoint.policy.split("/")[0]))
    if of != source_digest(scenario):
        raise Conflict(
            "This is a translation of another text: the scenario was reworded since.",
            todo="Export the texts again; what is translated already is in them.",
        )
    _other_language(scenario, language)
    given = {path: text for path, text in texts.items() if text.strip()}
    if not given:
        raise InvalidInput("Nothing is translated in it.", where="texts", todo="Fill in at least one text.")
    by = f"; {drafted_by.strip()} drafted it" if drafted_by.strip() else ""
    return await decide(
        store,
        actor,
        checkpoint_id,
        DecisionKind.APPROVE_WITH_EDITS,
        seen=seen,
        reason=" ".join(filter(None, (f"Translated into {language}{by}.", reason.strip()))),
        edits=[Edit(field=f"translations[{language}].{path}", text=text) for path, text in given.items()],
        players=players,
        once=once,
    )


async def standing_at(store: Store, actor: Actor, checkpoint_id: str) -> tuple[Standing, ...]:
    """How every translation of the scenario at a checkpoint stands.

    Raises:
        NotFound, NotAllowed, InvalidInput: as ``sheet``.
    """
    require(actor, Role.DESIGNER, Role.STRATEGIST, to="review")
    async with store.read() as work:
        scenario, _checkpoint = await _scenario(work, checkpoint_id)
    return standings(scenario)


def _sheet(checkpoint_id: str, scenario: Scenario, language: str) -> Sheet:
    _other_language(scenario, language)
    there = translation_of(scenario, language)
    known = {} if there is None else there.texts
    return Sheet(
        checkpoint_id=checkpoint_id,
        title=scenario.title,
        translated_from=scenario.language,
        language=language,
        source_digest=source_digest(scenario),
        stale=there is not None and is_stale(scenario, there),
        texts=tuple(
            SheetLine(field=path, source=text, text=known.get(path, ""))
            for path, text in translatable(scenario).items()
        ),
    )


def _other_language(scenario: Scenario, language: str) -> None:
    if not LANGUAGE.fullmatch(language):
        raise InvalidInput(f"'{language}' is no language.", where="language", todo="Write it like de, or de-AT.")
    if language == scenario.language:
        raise InvalidInput(
            f"The scenario itself is written in '{language}'.", where="language", todo="Choose another language."
        )


async def _scenario(work: UnitOfWork, checkpoint_id: str) -> tuple[Scenario, CheckpointRow]:
    checkpoint = await work.approvals.checkpoint(checkpoint_id)
    if checkpoint.subject_kind != "scenario":
        raise InvalidInput(
            "No scenario waits there.", where="checkpoint", todo="Only scenarios are translated; name one that waits."
        )
    version = await work.design.version(checkpoint.subject_id)
    return Scenario.model_validate(json.loads(version.content)), checkpoint
