"""Differences as pages show them: long unchanged stretches left out, single words and figures whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from evidence.difference import FieldDifference

LONGEST_EQUAL = 18  # words of unchanged text around a difference before the middle is left out


def shortened(differences: Iterable[FieldDifference], label_of: Callable[[str], str]) -> list[dict[str, Any]]:
    """Differences with long unchanged stretches left out in the middle; a single word or figure is shown whole.

    Args:
        differences: field by field.
        label_of: a field's path as people read it.

    Returns:
        What ``designer/_differences.html`` shows: ``label``, ``kind`` and ``words``, runs of (op, text).
    """
    made = []
    for each in differences:
        words = []
        short = " " not in each.before + each.after and each.kind.value == "changed"
        for op, text in (("delete", each.before), ("insert", each.after)) if short else each.words:
            parts = text.split(" ")
            if op == "equal" and len(parts) > LONGEST_EQUAL:
                text = " ".join([*parts[:7], "…", *parts[-7:]])
            words.append((op, text))
        made.append({"label": label_of(each.field), "kind": each.kind.value, "words": words})
    return made
