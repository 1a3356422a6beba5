"""The languages in which a signed scenario can be practised here: its own, and translations that somebody can play."""

from __future__ import annotations

from agents.build import speechless
from api.application import Application
from practice.detectors import available_languages, load_pack
from practice.scenario import Scenario
from practice.translation import offered

_ON_STAGE = frozenset({"persona", "coach"})  # who has to speak in a practice; the author's work is done


def silent(app: Application, language: str) -> tuple[str, ...]:
    """The roles of a practice that nobody plays in a language here; none where no language is named."""
    if not language:
        return ()
    return tuple(role for role in speechless(app.settings.models, language) if role in _ON_STAGE)


def playable(app: Application, scenario: Scenario) -> list[str]:
    """The other languages that a learner is offered."""
    known = available_languages()
    return [each for each in offered(scenario) if each in known and not silent(app, each)]


def own_name(language: str) -> str:
    """What speakers of a language call it; its code where the rules do not know it."""
    return load_pack(language).name if language in available_languages() else language
