"""The author as a translator: a draft of a scenario's texts in another language, for a person to check."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict, Field

from agents.models import RoleModel
from agents.prompts import language_name, load_prompt
from agents.provenance import Provenance
from agents.structured import ask
from evidence.errors import InvalidInput
from practice.scenario import Scenario
from practice.translation import placeholders_differ, translatable, with_translation


class TranslatedText(BaseModel):
    """One text in the other language."""

    model_config = ConfigDict(extra="forbid")

    field: str
    text: str = Field(min_length=1, max_length=4000)


class TranslationReply(BaseModel):
    """All texts of a scenario in the other language."""

    model_config = ConfigDict(extra="forbid")

    texts: list[TranslatedText] = Field(min_length=1, max_length=1000)

    @property
    def by_field(self) -> dict[str, str]:
        """Field → text."""
        return {each.field: each.text.strip() for each in self.texts}


class Translated(BaseModel):
    """A drafted translation: path → text, of every translatable text."""

    model_config = ConfigDict(frozen=True)

    language: str
    texts: dict[str, str]
    provenance: Provenance


@runtime_checkable
class Translator(Protocol):
    """An author that can translate, too."""

    async def translate(self, scenario: Scenario, language: str) -> Translated:
        """Draft the texts of a scenario in another language.

        Raises:
            ModelFailed: the model gave no usable reply within its bounds.
            InvalidInput: this player cannot translate, or the language is the scenario's own.
        """
        ...


async def translate(model: RoleModel, scenario: Scenario, language: str) -> Translated:
    """Have a language model translate; see ``Translator.translate``."""
    prompt = load_prompt("agents.author", "translate.md")
    source = translatable(scenario)
    values = {
        "source": language_name(scenario.language),
        "target": language_name(language),
        "names": ", ".join(person.name for person in scenario.people),
        "texts": json.dumps(
            [{"field": path, "text": text} for path, text in source.items()], ensure_ascii=False, indent=1
        ),
    }
    answer = await ask(
        model,
        prompt.messages(values),
        TranslationReply,
        check=lambda reply: problems_of(reply, source, scenario, language),
        choices={"texts[].field": sorted(source)},
    )
    return Translated(
        language=language,
        texts={path: answer.value.by_field[path] for path in source},
        provenance=Provenance(
            player="model", model=model.settings.model, prompt_digest=prompt.digest, usage=answer.usage
        ),
    )


def problems_of(reply: TranslationReply, source: Mapping[str, str], scenario: Scenario, language: str) -> list[str]:
    """What keeps a reply from being a translation of these texts, in words for the model."""
    given = reply.by_field
    found = [f"{path}: this field is missing" for path in source if not given.get(path)]
    found += [f"{path}: there is no such field" for path in given if path not in source]
    fields = [each.field for each in reply.texts]
    found += [f"{path}: this field is there more than once" for path in dict.fromkeys(fields) if fields.count(path) > 1]
    for path, text in source.items():
        if given.get(path) and (wrong := placeholders_differ(text, given[path])):
            found.append(f"{path}: {wrong}")
    if not found:
        try:
            with_translation(scenario, language, given)
        except InvalidInput as error:
            found.append(f"{error.where}: {error.detail}")
    return found
