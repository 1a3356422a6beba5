"""The text under signature as a person can reword it: every stored text in reading order, slots as they are written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.pages.manuscript import Section, label_of
from api.wording import _

# Names and codes: rewording them would break what refers to them.
_CODED = re.compile(
    r"(^|\.)(id|key|kind|on|language|difficulty|barrier|source_digest|min_level|veto_below|abstain_policy|parent_id)$"
    r"|(^|\.)(clause_ids|behaviours|scope)\[|\.source\."
)
_SLOT = re.compile(r"\{([a-z][a-z0-9_]{0,39})\}")


@dataclass(frozen=True)
class Editable:
    """One stored text that a person can reword; ``slots`` are (name, values) of what varies in it."""

    label: str
    path: str
    text: str
    slots: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class EditablePart:
    """Texts under one heading."""

    section: str
    heading: str
    texts: tuple[Editable, ...]


def editable(
    sections: Sequence[Section], source: Mapping[str, str], slots: Iterable[Mapping[str, Any]] = ()
) -> list[EditablePart]:
    """Every stored text that can be reworded, in the order in which the text is read.

    Args:
        sections: the text as it is shown.
        source: the stored texts by field, slots as ``{slot}``.
        slots: those of the text, with ``key`` and ``values``.
    """
    varies = {str(slot["key"]): ", ".join(slot["values"]) for slot in slots}
    left = {path: text for path, text in source.items() if not _CODED.search(path)}

    def taken(label: str, path: str) -> list[Editable]:
        """The texts of a line: one, or the entries of a list."""
        found = [name for name in left if name == path or re.fullmatch(rf"{re.escape(path)}\[\d+\]", name)]
        made = []
        for number, name in enumerate(found, 1):
            text = left.pop(name)
            named = label if len(found) == 1 else f"{label} {number}"
            inside = tuple((key, varies[key]) for key in dict.fromkeys(_SLOT.findall(text)) if key in varies)
            made.append(Editable(named, name, text, inside))
        return made

    parts = []
    for section in sections:
        for part in section.parts:
            groups = [(part.heading, part.lines), *((fold.label, fold.lines) for fold in part.folds)]
            for heading, there in groups:
                texts = tuple(text for line in there for text in taken(line.label, line.path))
                named = " › ".join(each for each in dict.fromkeys((part.heading, heading)) if each)
                if texts:
                    parts.append(EditablePart(section.title, named, texts))
    rest = [text for path in list(left) for text in taken(label_of(path), path)]
    return [*parts, EditablePart(_("Everything else under the signature"), "", tuple(rest))] if rest else parts
