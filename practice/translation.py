"""A scenario in another language: which texts it has, whether a translation still fits them, and the scenario in it.

Ids, weights, behaviours, conditions and people's names are never translated, nor are the skill and the audience, by
which scenarios are found and compared. Lists of words by which code recognises a topic are one text, with commas.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from evidence.canonical import digest
from evidence.errors import InvalidInput
from evidence.plain_messages import field_path, plain_message
from practice.scenario import Scenario, Translation
from practice.variation import PLACEHOLDER, render

LANGUAGE = re.compile(r"[a-z]{2}(-[A-Z]{2})?")
_KEPT = frozenset(
    {
        "id", "key", "on", "clause_ids", "behaviours", "language", "difficulty", "barrier", "name", "language_level",
        "skill", "audience", "slots", "translations",
    }
)  # fmt: skip
_WORD_LISTS = frozenset({"topic", "answered_by"})  # another language may need more words than there are, or fewer
_MOST_NAMED = 3

Texts = dict[str, str]


class Standing(BaseModel):
    """How a translation stands beside its source; ``problem`` says why it cannot be played although it is complete."""

    model_config = ConfigDict(frozen=True)

    language: str
    texts: int
    missing: tuple[str, ...]
    stale: bool
    problem: str = ""

    @property
    def fits(self) -> bool:
        """Whether a learner may be offered it."""
        return not (self.missing or self.stale or self.problem)


def translatable(scenario: Scenario) -> Texts:
    """Path → text of everything that is said in a translation in other words, in content order.

    Paths are those of ``evidence.fields``; a list of topic words is one text at the path of the list. The values of a
    slot are in it unless it stands in somebody's name, which stays.
    """
    found: Texts = {}

    def note(path: str, text: str) -> str:
        found[path] = text
        return text

    _through(scenario, note)
    return found


def source_digest(scenario: Scenario) -> str:
    """Digest of exactly the translatable texts: nothing else that changes makes a translation stale."""
    return digest(translatable(scenario))


def is_stale(scenario: Scenario, translation: Translation) -> bool:
    """Whether a text was reworded since it was translated."""
    return translation.source_digest != source_digest(scenario)


def missing(scenario: Scenario, translation: Translation) -> tuple[str, ...]:
    """Paths of the texts that are not translated, in content order."""
    return tuple(path for path in translatable(scenario) if not translation.texts.get(path, "").strip())


def translation_of(scenario: Scenario, language: str) -> Translation | None:
    """The translation into a language, where there is one."""
    return next((each for each in scenario.translations if each.language == language), None)


def standings(scenario: Scenario) -> tuple[Standing, ...]:
    """How every translation of a scenario stands."""
    count = len(translatable(scenario))
    found = []
    for each in scenario.translations:
        left = missing(scenario, each)
        problem = ""
        try:
            check(scenario, each)
        except InvalidInput as error:
            problem = f"{error.detail} {error.todo}".strip()
        found.append(
            Standing(language=each.language, texts=count, missing=left, stale=is_stale(scenario, each), problem=problem)
        )
    return tuple(found)


def offered(scenario: Scenario) -> tuple[str, ...]:
    """The languages into which a scenario is translated as a whole, and as it reads now."""
    return tuple(each.language for each in standings(scenario) if each.fits)


def translated(scenario: Scenario, language: str) -> Scenario:
    """The scenario in another of its languages; what it is scored by, and what opens when, is the same.

    Args:
        scenario: as it is signed, slots as ``{slot}``.
        language: of one of its translations; its own gives it as it is.

    Returns:
        The scenario with that language and its texts. It carries no translations itself.

    Raises:
        InvalidInput: there is no such translation, a text is missing, or a text does not hold the details that the
            source holds.
    """
    if language == scenario.language:
        return scenario
    translation = translation_of(scenario, language)
    if translation is None:
        there = ", ".join((scenario.language, *(each.language for each in scenario.translations)))
        raise InvalidInput(
            f"This scenario is not translated into '{language}'.", where="language", todo=f"Choose one of: {there}."
        )
    left = missing(scenario, translation)
    if left:
        raise InvalidInput(
            f"The translation into '{language}' lacks {_counted(left)}.", where=left[0], todo="Translate them first."
        )
    check(scenario, translation)
    return _applied(scenario, translation)


def choices_in(scenario: Scenario, other: Scenario, choices: Mapping[str, str]) -> dict[str, str]:
    """Choices of slot values, which are kept as the source has them, as a translation of it has them.

    Args:
        scenario: the source.
        other: what ``translated`` made of it.
        choices: slot key → value; one that the source does not allow stays as it is.
    """
    values = {
        slot.key: dict(zip(reversed(slot.values), reversed(theirs.values), strict=True))
        for slot, theirs in zip(scenario.slots, other.slots, strict=True)
    }
    return {key: values.get(key, {}).get(value, value) for key, value in choices.items()}


def with_translation(scenario: Scenario, language: str, texts: Mapping[str, str]) -> Scenario:
    """The scenario with more translated texts.

    A translation counts as one of the text as it reads now where it is new, or where every text is given. Texts that
    are given to a stale one leave it stale: the others were translated from other words.

    Args:
        scenario: as it is stored.
        language: of the translation.
        texts: path → translated text; an empty one takes the text out. A translation without texts is gone.

    Raises:
        InvalidInput: the language is none, or the scenario's own; a path is none of its texts; a text does not hold
            the details that the source holds, or breaks a rule of the scenario's format.
    """
    if not LANGUAGE.fullmatch(language):
        raise InvalidInput(f"'{language}' is no language.", where="language", todo="Write it like de, or de-AT.")
    if language == scenario.language:
        raise InvalidInput(
            f"The scenario itself is written in '{language}'.", where="language", todo="Change its own wording."
        )
    source = translatable(scenario)
    for path in texts:
        if path not in source:
            raise InvalidInput(
                f"There is no text '{path}' to translate.", where=path, todo="Export the texts as they are now."
            )
    before = translation_of(scenario, language)
    given = {path: text.strip() for path, text in texts.items()}
    merged = ({} if before is None else before.texts) | given
    kept = {path: merged[path] for path in source if merged.get(path, "").strip()}
    whole = all(given.get(path) for path in source)
    seen = source_digest(scenario) if before is None or whole else before.source_digest
    others = [each for each in scenario.translations if each.language != language]
    if not kept:
        return scenario.model_copy(update={"translations": tuple(others)})
    # What was there before is not refused here: it may be stale, and is mended text by text.
    new = {path: text for path, text in given.items() if text}
    check(scenario, Translation(language=language, source_digest=seen, texts=new))
    made = Translation(language=language, source_digest=seen, texts=kept)
    ordered = sorted([*others, made], key=lambda each: each.language)
    return scenario.model_copy(update={"translations": tuple(ordered)})


def carried_over(before: Scenario | None, after: Scenario) -> Scenario:
    """The next version with the translations of the one before it, where whoever wrote it left them out.

    They are stale then wherever a text was changed, and nobody's work is lost.
    """
    if before is None or after.translations or after.language != before.language:
        return after
    return after.model_copy(update={"translations": before.translations})


def check(scenario: Scenario, translation: Translation) -> None:
    """See that the texts that are there hold the same details as the source, and fit into a scenario.

    Raises:
        InvalidInput: they do not.
    """
    for path, text in translatable(scenario).items():
        if path in translation.texts and (wrong := placeholders_differ(text, translation.texts[path])):
            raise InvalidInput(f"{path} in '{translation.language}': {wrong}", where=path, todo="Mend that text.")
    render(_applied(scenario, translation))


def placeholders_differ(source: str, text: str) -> str:
    """What is wrong with the ``{slot}`` details of a translated text; empty where they are those of the source."""
    wanted, there = set(PLACEHOLDER.findall(source)), set(PLACEHOLDER.findall(text))
    said = []
    if wanted - there:
        said.append(f"it lacks {_braced(wanted - there)}, which stands in the source.")
    if there - wanted:
        said.append(f"it has {_braced(there - wanted)}, which does not stand in the source.")
    return " ".join(said)


def _applied(scenario: Scenario, translation: Translation) -> Scenario:
    """The scenario with the texts that are there in place of its own."""
    texts = translation.texts
    content = _through(scenario, lambda path, text: texts.get(path, "").strip() or text)
    try:
        return Scenario.model_validate(content | {"language": translation.language, "translations": ()})
    except ValidationError as error:
        first = error.errors()[0]
        raise InvalidInput(
            f"The translation into '{translation.language}' breaks a rule: "
            f"{plain_message(first, first['loc'], Scenario)}",
            where=field_path(first["loc"]),
            todo="Change that text.",
        ) from error


def _through(scenario: Scenario, said: Callable[[str, str], str]) -> dict[str, Any]:
    """The content with ``said(path, text)`` in place of every translatable text."""

    def walk(value: Any, path: str) -> Any:
        if isinstance(value, str):
            return said(path, value)
        if isinstance(value, list):
            return [walk(item, f"{path}[{index}]") for index, item in enumerate(value)]
        if isinstance(value, dict):
            return {name: _named(name, item, f"{path}.{name}" if path else name) for name, item in value.items()}
        return value

    def _named(name: str, value: Any, path: str) -> Any:
        if name in _KEPT:
            return value
        if name in _WORD_LISTS and value:
            words = ", ".join(value)
            other = said(path, words)
            # The same text gives the same words, whatever they hold.
            return value if other == words else [word for each in other.split(",") if (word := each.strip())]
        return walk(value, path)

    content: dict[str, Any] = walk(scenario.content(), "")
    names = " ".join(person.name for person in scenario.people)
    content["slots"] = [
        slot if "{" + slot["key"] + "}" in names else slot | {"values": walk(slot["values"], f"slots[{index}].values")}
        for index, slot in enumerate(content["slots"])
    ]
    return content


def _braced(keys: Iterable[str]) -> str:
    return ", ".join("{" + key + "}" for key in sorted(keys))


def _counted(paths: tuple[str, ...]) -> str:
    named = ", ".join(paths[:_MOST_NAMED])
    more = len(paths) - _MOST_NAMED
    return f"{len(paths)} {'text' if len(paths) == 1 else 'texts'} ({named}{f' and {more} more' if more > 0 else ''})"
