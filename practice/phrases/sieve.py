"""Which of many patterns can match a text at all, found out without searching for each of them.

A pattern that asks for ``\\bkill(?:ing)? myself`` cannot match where "myself" stands nowhere. The texts of which one
has to be there, its needles, are read off the pattern; a text is then searched only for the patterns whose own words
it has, which in ordinary talk are few of a hundred.
"""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any, NamedTuple

_MANY = 200  # needles, from which on it is quicker to look for their first letters than for each of them
_LETTERS = 3
_WORD = re.compile(r"[^\W_]+")
_MOST = 32  # texts that are put together from the parts of a pattern
# Where lower case is all there is to ignoring case: no dotless i, no long s, no Kelvin.
_PLAIN = re.compile("[\x00-\u012f\u0132-\u0148\u014a-\u017e\u2010-\u2bff\ufe0f\U0001f000-\U0001faff]*")


class Sieve:
    """Some patterns, in their order; all of them ignore case."""

    def __init__(self, patterns: Sequence[re.Pattern[str]], common: Set[str] = frozenset()) -> None:
        self._patterns = patterns
        self._always: list[int] = []
        by_needle: dict[str, list[int]] = {}
        for number, pattern in enumerate(patterns):
            found = needles(pattern.pattern, common)
            if not found:
                self._always.append(number)
            for needle in found:
                by_needle.setdefault(needle, []).append(number)
        self._each = tuple(by_needle.items())
        self._filed: dict[str, list[tuple[str, list[int]]]] = {}
        if len(self._each) >= _MANY:
            for needle, numbers in self._each:
                self._filed.setdefault(needle[:_LETTERS], []).append((needle, numbers))
            self._each = tuple(each for each in self._each if len(each[0]) < _LETTERS)

    def let_through(self, text: str) -> list[int]:
        """The numbers of the patterns that may match ``text``, in their order."""
        if not _PLAIN.fullmatch(text):
            return [*range(len(self._patterns))]
        lower = text.lower()
        found = [numbers for needle, numbers in self._each if needle in lower]
        if self._filed:
            begun = {lower[at : at + _LETTERS] for at in range(len(lower) - _LETTERS + 1)}
            for letters in self._filed.keys() & begun:
                found += [numbers for needle, numbers in self._filed[letters] if needle in lower]
        return sorted({*self._always}.union(*found))


def needles(pattern: str, common: Set[str] = frozenset()) -> frozenset[str]:
    """Texts in lower case, one of which stands in every text that a pattern matches; none where nobody can say.

    Of what has to be there, they are what is least to be expected.

    Args:
        pattern: a regular expression.
        common: words that stand nearly everywhere.
    """
    return _Reader(common).read(_parser.parse(pattern, re.IGNORECASE)).needles


class _Part(NamedTuple):
    """What is known of a part of a pattern: all that it matches, where that can be listed, and its needles."""

    exactly: frozenset[str] | None
    needles: frozenset[str]


_EMPTY = frozenset({""})
_NONE: frozenset[str] = frozenset()


class _Reader:
    def __init__(self, common: Set[str]) -> None:
        self._common = common

    def read(self, parts: Any) -> _Part:
        """One after the other: the best of their needles will do, since all of them have to be there."""
        found: list[frozenset[str]] = []
        run, whole = _EMPTY, True
        for kind, value in parts:
            part = self._part(kind, value)
            if part.exactly is not None and len(run) * len(part.exactly) <= _MOST:
                run = frozenset(before + after for before in run for after in part.exactly)
                continue
            whole = False
            found += [run, part.needles]
            run = part.exactly or _EMPTY
        found = [_fewest(each) for each in (*found, run) if each and "" not in each]
        return _Part(run if whole else None, min(found, key=self._expected, default=_NONE))

    def _part(self, kind: Any, value: Any) -> _Part:
        if kind is op.LITERAL:
            return _Part(frozenset({chr(value).lower()}), _NONE)
        if kind is op.AT:
            return _Part(_EMPTY, _NONE)
        if kind is op.SUBPATTERN:
            return self.read(value[3])
        if kind is op.BRANCH:
            each = [self.read(branch) for branch in value[1]]
            listed = [part.exactly for part in each if part.exactly is not None]
            exactly = _NONE.union(*listed) if len(listed) == len(each) else None
            needed = [part.needles for part in each]
            return _Part(exactly, _NONE.union(*needed) if all(needed) else _NONE)
        if kind in (op.MAX_REPEAT, op.MIN_REPEAT):
            least, most, repeated = value
            inside = self.read(repeated)
            if (least, most) == (0, 1) and inside.exactly is not None:
                return _Part(inside.exactly | _EMPTY, _NONE)
            return _Part(None, inside.needles if least else _NONE)
        return _Part(None, _NONE)

    def _expected(self, found: frozenset[str]) -> float:
        """About how often one of them stands in a text, by the letters of words that are not common."""
        letters = [sum(len(word) for word in _WORD.findall(each) if word not in self._common) for each in found]
        return float(sum(4.0**-count for count in letters))


def _fewest(found: frozenset[str]) -> frozenset[str]:
    """Without those that hold another one: where they stand, that one does."""
    return frozenset(each for each in found if not any(other in each for other in found if other != each))
