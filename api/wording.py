"""Words that people read, in their language.

Templates and pages mark them with ``_``; catalogues in ``api/locale`` translate them. Without a catalogue the English
of the source is what everybody reads.
"""

from __future__ import annotations

from gettext import NullTranslations, translation
from importlib.resources import files

DOMAIN = "conductor"


def translations(language: str = "en") -> NullTranslations:
    """The catalogue of a language; one that changes nothing where there is none."""
    return translation(DOMAIN, str(files("api").joinpath("locale")), [language], fallback=True)


_ = translations().gettext
