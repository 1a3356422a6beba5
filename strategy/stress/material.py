"""Words that changes are made of, per language: packaged data, so that a strategist can read them."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict, Field

from evidence.yaml_documents import parse_yaml

_TEXTS = Field(min_length=1)


class Material(BaseModel):
    """What is put into texts of one language.

    ``injections`` and ``pushback_detailed`` may use {level}, the key of the highest level.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    names: tuple[str, ...] = _TEXTS
    places: tuple[str, ...] = _TEXTS
    asides: tuple[str, ...] = _TEXTS
    padding: tuple[str, ...] = _TEXTS
    authority: tuple[str, ...] = _TEXTS
    injections: tuple[str, ...] = _TEXTS
    pushback_bare: tuple[str, ...] = _TEXTS
    pushback_casual: tuple[str, ...] = _TEXTS
    pushback_detailed: tuple[str, ...] = _TEXTS


@cache
def material(language: str) -> Material:
    """The words of a language; a region's are those of its language.

    Raises:
        KeyError: there are none for it.
    """
    if not has_words(language):
        raise KeyError(language)
    place = files("strategy.stress") / "words" / f"{_plain(language)}.yaml"
    return parse_yaml(place.read_text(encoding="utf-8"), place.name, Material)


@cache
def has_words(language: str) -> bool:
    """Whether there are words for a language, such as ``de`` or ``de-AT``."""
    return _plain(language) in languages()


def _plain(language: str) -> str:
    return language.split("-")[0].lower()


def languages() -> tuple[str, ...]:
    """The languages there are words for."""
    return tuple(
        sorted(
            each.name.removesuffix(".yaml")
            for each in (files("strategy.stress") / "words").iterdir()
            if each.name.endswith(".yaml")
        )
    )
