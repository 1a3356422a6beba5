"""Is a change of a text only wording: few words, and none that carries a number, a name, a negation or a duty?"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from difflib import SequenceMatcher

from approvals.careful_words import COMMON_STARTS, LANGUAGES, MODAL_FORMS, MODALS, NEGATIONS, QUANTITIES

MOST_WORDS = 6  # changed in one field
ENOUGH_WORDS = 12  # changed in all fields together
WORDS_PER_CHANGE = 8  # one changed word in so many; in a shorter text only a slip of spelling is small
MOST_COMPARED = 60  # words between the first and the last change; more is no small change, whatever it is

_TOKEN = re.compile(r"\{[^{}\s]*\}|\d+(?:[.,:/]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)*|\S")
_MARKS = frozenset(".,;:!…-–—'’‘\"“”„«»()")  # a question mark makes another sentence, so it is not among them
_PLAIN_SPACE = frozenset(" \t\r\n")

Pair = tuple[tuple[str, ...], tuple[str, ...]]  # tokens that went, tokens that came in their place


def small_change(before: str, after: str, language: str, names: frozenset[str] = frozenset()) -> str:
    """Say why the change from one text to the other is more than wording; empty where it is only wording.

    Args:
        before: the text as it was.
        after: the text as it is.
        language: of both, such as ``en`` or ``de-CH``; negations and duties are known in English and German only.
        names: words, in lower case, that are names wherever they stand.
    """
    if language.split("-")[0] not in LANGUAGES:
        return f"changed, and careful words are not listed for the language '{language}'"
    if any(_invisible(char) for char in before + after):
        return "changed, and there are invisible characters in it"
    pairs = _changes(before, after)
    if pairs is None:
        return "much of it changed"
    for gone, come in pairs:
        for token in (*gone, *come):
            if problem := _careful(token, names):
                return f"{problem} changed"
    if _moved(pairs):  # a word moved past "not" stands where "not" moved past it
        return "the order of words changed"
    words = max(_words(_tokens(before)), _words(_tokens(after)))
    budget = min(MOST_WORDS, words // WORDS_PER_CHANGE)
    changed, marks = _count(pairs), sum(max(map(len, pair)) for pair in pairs)
    if marks > MOST_WORDS + changed:
        return "more than a few marks changed"
    if changed > budget and not (changed <= max(1, budget) and all(_slip(*pair) for pair in pairs)):
        return "more than a few words changed" if budget else "more than the spelling of so short a text changed"
    return ""


def words_changed(before: str, after: str) -> int:
    """How many words were replaced, added or removed, at most; punctuation is not counted."""
    pairs = _changes(before, after)
    return max(_words(_tokens(before)), _words(_tokens(after))) if pairs is None else _count(pairs)


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(text)


def _words(tokens: Sequence[str]) -> int:
    return sum(token[0].isalnum() for token in tokens)


def _count(pairs: Sequence[Pair]) -> int:
    return sum(max(_words(gone), _words(come)) for gone, come in pairs)


def _moved(pairs: Sequence[Pair]) -> bool:
    """Whether a word that went in one place came back in another."""
    gone, come = (
        [{token.casefold() for token in pair[side] if token[0].isalnum()} for pair in pairs] for side in (0, 1)
    )
    return any(went & came for i, went in enumerate(gone) for j, came in enumerate(come) if i != j)


def _changes(before: str, after: str) -> list[Pair] | None:
    """What went and what came, place by place; None where first and last change are far apart."""
    old, new = _tokens(before), _tokens(after)
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    # Each side keeps one more token: what stands beside a mark says whether it belongs to a figure.
    left, right = max(head - 1, 0), max(tail - 1, 0)
    old, new = old[left : len(old) - right], new[left : len(new) - right]
    if max(len(old), len(new)) > MOST_COMPARED:
        return None
    pairs: list[Pair] = []
    for op, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if op == "equal":
            continue
        gone, come = old[i:j], new[k:m]
        beside = [*old[max(i - 1, 0) : i], *old[j : j + 1], *new[max(k - 1, 0) : k], *new[m : m + 1]]
        figures = [token for token in beside if token[0].isnumeric()]
        if figures and any(token in _MARKS for token in (*gone, *come)):
            gone = [*gone, *figures]
        pairs.append((tuple(gone), tuple(come)))
    return pairs


def _careful(token: str, names: frozenset[str]) -> str:
    """What a changed token carries beyond wording, in a word or two; empty where nothing."""
    word = token.casefold().replace("’", "'")
    stem, _, ending = word.partition("'")
    if token.startswith("{"):
        return "a varied detail"
    if token[0].isnumeric() or word in QUANTITIES:
        return "a number or quantity"
    if not token[0].isalpha():
        return "" if token in _MARKS else "a sign"
    if not all(_latin(char) for char in token if char.isalpha()):
        return "a word in another script"
    if word in NEGATIONS or word.endswith("n't") or word.startswith("kein"):
        return "a negation"
    if word in MODALS or ending in ("ll", "d") or MODAL_FORMS.fullmatch(word):
        return "a duty or a possibility"
    if stem in names or (token[0].isupper() and stem not in COMMON_STARTS):
        return "a name"
    return ""


def _slip(gone: Sequence[str], come: Sequence[str]) -> bool:
    """Whether the same words came back, spelled a little differently."""
    old, new = ([token.casefold() for token in side if token[0].isalnum()] for side in (gone, come))
    return len(old) == len(new) and all(_alike(one, other) for one, other in zip(old, new, strict=True))


def _alike(one: str, other: str) -> bool:
    """The same but for a doubled letter, or for two neighbours exchanged in a word of four letters or more."""
    if re.sub(r"(.)\1+", r"\1", one) == re.sub(r"(.)\1+", r"\1", other):
        return True
    wrong = [place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b]
    if len(one) != len(other) or len(one) < 4 or len(wrong) != 2 or wrong[1] != wrong[0] + 1:
        return False
    first, second = wrong
    return one[first] == other[second] and one[second] == other[first]


def _latin(char: str) -> bool:
    return unicodedata.name(char, "").startswith("LATIN")


def _invisible(char: str) -> bool:
    return char not in _PLAIN_SPACE and unicodedata.category(char) in ("Cc", "Cf", "Co", "Cn", "Zl", "Zp")
