"""What changed between two versions of a content, field by field and word by word."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import groupby, pairwise
from operator import itemgetter

from pydantic import BaseModel, ConfigDict

from evidence.sentences import sentences

# difflib is quadratic: beyond this many pieces on either side, coarser pieces are compared.
_MOST_PIECES = 2500
_WORDS = re.compile(r"(?:\w+|[^\w\s])\s*|\s+")


class DifferenceKind(StrEnum):
    """What happened to a field."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


class FieldDifference(BaseModel):
    """One field that differs.

    ``words`` are runs ``(op, text)`` with op ``equal``, ``delete`` or ``insert``: without the insertions they read as
    ``before``, without the deletions as ``after``.
    """

    model_config = ConfigDict(frozen=True)

    field: str
    kind: DifferenceKind
    before: str = ""
    after: str = ""
    words: tuple[tuple[str, str], ...] = ()


def _sentence_pieces(text: str) -> list[str]:
    cuts = [0, *(start for start, _ in sentences(text)), len(text)]
    return [text[left:right] for left, right in pairwise(cuts) if right > left]


def _common(old: Sequence[str], new: Sequence[str]) -> int:
    """How many pieces both begin with."""
    count = 0
    for one, other in zip(old, new, strict=False):
        if one != other:
            break
        count += 1
    return count


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def _pieces(before: str, after: str) -> tuple[Sequence[str], Sequence[str]] | None:
    """Both texts in the finest pieces that can be compared in bounded time."""
    cutters: tuple[Callable[[str], list[str]], ...] = (_WORDS.findall, _sentence_pieces, _lines)
    for cut in cutters:
        old, new = cut(before), cut(after)
        if max(len(old), len(new)) <= _MOST_PIECES:
            return old, new
    return None


def word_differences(before: str, after: str) -> tuple[tuple[str, str], ...]:
    """Runs ``(op, text)`` that lead from one text to the other: of words, or of sentences or lines in huge texts."""
    runs: list[tuple[str, str]] = []
    pieces = _pieces(before, after)
    if pieces is None:
        runs = [("delete", before), ("insert", after)]
    else:
        old, new = pieces
        # What both begin and end with is taken off first: in long texts difflib passes over frequent words.
        head = _common(old, new)
        tail = _common(old[head:][::-1], new[head:][::-1])
        middle_old, middle_new = old[head : len(old) - tail], new[head : len(new) - tail]
        runs.append(("equal", "".join(old[:head])))
        for op, i, j, k, m in SequenceMatcher(None, middle_old, middle_new).get_opcodes():
            if op == "equal":
                runs.append(("equal", "".join(middle_old[i:j])))
            else:
                runs += [("delete", "".join(middle_old[i:j])), ("insert", "".join(middle_new[k:m]))]
        runs.append(("equal", "".join(old[len(old) - tail :])))
    return tuple(
        (op, "".join(text for _, text in group))
        for op, group in groupby((run for run in runs if run[1]), itemgetter(0))
    )


def field_differences(old: Mapping[str, str], new: Mapping[str, str]) -> list[FieldDifference]:
    """Compare two versions given as field → text.

    Args:
        old: the version before.
        new: the version after.

    Returns:
        The fields that differ: in the order of ``new``, then the removed ones in the order of ``old``.
    """
    found: list[FieldDifference] = []
    for field, after in new.items():
        if field not in old:
            words = (("insert", after),) if after else ()
            found.append(FieldDifference(field=field, kind=DifferenceKind.ADDED, after=after, words=words))
        elif old[field] != after:
            before = old[field]
            found.append(
                FieldDifference(
                    field=field,
                    kind=DifferenceKind.CHANGED,
                    before=before,
                    after=after,
                    words=word_differences(before, after),
                )
            )
    for field, before in old.items():
        if field not in new:
            words = (("delete", before),) if before else ()
            found.append(FieldDifference(field=field, kind=DifferenceKind.REMOVED, before=before, words=words))
    return found
