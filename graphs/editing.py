"""Approving with edits: a person's own wording makes a new version, of which that person becomes an author.

A translated text is edited as ``translations[de].setting``, or as it is stored: ``translations[0].texts.setting``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from approvals.checkpoint import Edit, SubjectKind
from approvals.people import Actor
from evidence.canonical import digest
from evidence.errors import InvalidInput
from evidence.fields import with_text
from evidence.plain_messages import field_path, plain_message
from graphs.checkpoints import UnderReview
from graphs.tuning import check_fit
from practice.scenario import Scenario
from practice.translation import with_translation
from practice.variation import render
from store.unit_of_work import UnitOfWork
from strategy.charter import Charter
from strategy.criteria import CriteriaSet

_PROVENANCE = {"player": "person", "model": "", "prompt_digest": ""}
_BY_LANGUAGE = re.compile(r"translations\[([a-z]{2}(?:-[A-Z]{2})?)\]\.(.+)")
_AS_STORED = re.compile(r"translations\[(\d{1,4})\]\.texts\.(.+)")
_STRATEGY = {SubjectKind.CHARTER: Charter, SubjectKind.CRITERIA: CriteriaSet}


async def edited_version(
    work: UnitOfWork, actor: Actor, found: UnderReview, edits: Sequence[Edit], *, reason: str
) -> str:
    """Store the text with these edits as the next version of the work.

    Returns:
        The new version's id.

    Raises:
        InvalidInput: a field is not there, the edited text breaks a rule of its format, or nothing changed.
    """
    content: Any = found.source
    is_scenario = found.subject.kind is SubjectKind.SCENARIO
    in_language: dict[str, dict[str, str]] = {}
    for number, edit in enumerate(edits):
        if is_scenario and (place := _translated(found.source, edit.field)):
            in_language.setdefault(place[0], {})[place[1]] = edit.text
            continue
        try:
            content = with_text(content, edit.field, edit.text)
        except KeyError as error:
            raise InvalidInput(
                f"The text has no field '{edit.field}'.",
                where=f"edits[{number}].field",
                todo="The review lists the fields of the source.",
            ) from error
    scenario: Scenario | None = None
    if is_scenario:
        scenario = _valid(Scenario, content)
        for language, texts in in_language.items():  # beside the source as these edits leave it
            scenario = with_translation(scenario, language, texts)
        content = scenario.content()
    if digest(content) == found.subject.digest:
        raise InvalidInput("These edits change nothing.", where="edits", todo="Approve it as it is.")
    authors = found.subject.authors | {actor.person_id}
    run = await work.design.run(found.checkpoint.run_id)
    if scenario is not None:
        title = render(scenario).title  # also finds placeholders that stand for nothing
        version = await work.design.add_version(
            run,
            content,
            title=title,
            notes=reason,
            unmet=(),
            provenance=_PROVENANCE,
            author_ids=authors,
        )
        return version.id
    document = _valid(_STRATEGY[found.subject.kind], content)
    proposed = await work.strategy.add_version(
        run.programme_id,
        found.subject.kind.value,
        document.model_dump(mode="json"),
        author_id=actor.person_id,
        reason=reason,
        parent_id=found.subject.version_id,
        documents=await work.strategy.documents(found.subject.version_id),
    )
    await work.design.add_authors(proposed.id, authors - {actor.person_id})
    await check_fit(work, proposed)
    await work.design.redirect(run.id, stage=run.stage, subject_id=proposed.id)
    return proposed.id


def _translated(source: Mapping[str, Any], field: str) -> tuple[str, str] | None:
    """(language, path of what it translates) of a field that is a translated text."""
    if found := _BY_LANGUAGE.fullmatch(field):
        return found[1], found[2]
    found = _AS_STORED.fullmatch(field)
    there = source.get("translations", ())
    if found is None or int(found[1]) >= len(there):
        return None
    return str(there[int(found[1])]["language"]), found[2]


def _valid(kind: type[Any], content: Any) -> Any:
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        raise InvalidInput(
            f"With these edits the text breaks a rule: {plain_message(first, first['loc'], kind)}",
            where=field_path(first["loc"]),
            todo="Change the edit.",
        ) from error
