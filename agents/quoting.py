"""The sentences of a text as a reply's schema lists them, so that a quote can be chosen and cannot be invented."""

from __future__ import annotations

from collections.abc import Iterable

from evidence.characters import is_keepable
from evidence.locate import Match, locate
from evidence.sentences import sentences
from evidence.untrusted import neutralise

VERSION = 1  # of how sentences are listed: part of a judge's identity

# Servers refuse these inside a listed value; the twins look alike, and code turns them back.
_TWINS = str.maketrans({'"': "”", "\\": "＼"})


def listed_sentences(texts: Iterable[str]) -> dict[str, str]:
    """Every sentence that can be quoted, once.

    It is listed as the model sees it in its prompt, on one line and without characters that servers refuse in a list.
    A sentence that proves nothing (without a letter or digit), or that holds characters that cannot be sent, is left
    out.

    Args:
        texts: where the sentences stand.

    Returns:
        The sentence as it is listed → the sentence verbatim, in the order of the texts.
    """
    found: dict[str, str] = {}
    for text in texts:
        for start, end in sentences(text):
            sentence = text[start:end]
            if _can_be_sent(sentence) and locate(sentence, text).status is Match.EXACT:
                shown = " ".join(neutralise(sentence).translate(_TWINS).split())
                if shown:
                    found.setdefault(shown, sentence)
    return found


def _can_be_sent(sentence: str) -> bool:
    return all(is_keepable(char) or char == "\r" for char in sentence)
