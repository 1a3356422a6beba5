"""What pages and the terminal say of a translation that stands beside a scenario."""

from __future__ import annotations

from api.languages import own_name
from api.wording import _, translations
from practice.detectors import available_languages
from practice.translation import Standing


def standing_told(standing: Standing) -> str:
    """Whether a translation is whole and of this text, in a sentence or two."""
    name = f"{own_name(standing.language)} ({standing.language})"
    if standing.fits:
        return _("{name}: complete, {count} texts.").format(name=name, count=standing.texts)
    said = []
    if standing.stale:
        said.append(_("The text was reworded since it was translated."))
    if standing.missing:
        left = len(standing.missing)
        told = translations().ngettext("{n} text of {all} is missing.", "{n} texts of {all} are missing.", left)
        said.append(told.format(n=left, all=standing.texts))
    if standing.problem:
        said.append(standing.problem)
    return f"{name}: {' '.join(said)} {_('No learner is offered it.')}"


def targets(source: str) -> list[tuple[str, str]]:
    """(code, own name) of the languages that a scenario can be translated into and then be practised in."""
    return [(each, own_name(each)) for each in available_languages() if each != source]
