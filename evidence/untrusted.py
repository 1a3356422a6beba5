"""Text under judgement is data: made harmless to look at, and searched for instructions to whoever judges it."""

from __future__ import annotations

import re
import unicodedata

from evidence.instructions import FOLDED_PATTERNS, LINE_PATTERNS
from evidence.locate import fold
from evidence.sentences import sentences

# Blank-looking characters that Unicode does not class as format or control characters.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
# Full-width twins look alike, no longer delimit anything, and fold back when a quote of them is located.
_TWINS = str.maketrans({"<": "＜", ">": "＞", "`": "｀", "~": "～", "[": "［", "]": "］", "|": "｜"})
_DELIMITERS = re.compile(
    r"<{2,}|>{2,}"  # fences of ours
    r"|<(?=[/!?|A-Za-z])|(?<=[\w\"'/|?-])>(?!\s*\d)"  # tags of any kind
    r"|`{3,}|~{3,}"  # code fences
    r"|\[/?(?:INST|SYS|SYSTEM)\]|\|(?=>)"  # chat templates
)
_LOOKALIKES = str.maketrans("асеіјорѕухһԁѵοανρτικ", "aceijopsyxhdvoavptik")
_BEFORE = " .!?:;,-\"'()[]}*#>|/\\"  # what a pattern may begin with: the end of the sentence before
_LONGEST_PASSAGE = 400
# Nothing in such a text could be taken for a delimiter, and nothing in it is hidden: most of what people say.
_HARMLESS = re.compile(r"[\n\t -;=?-Z\\^_a-z{}À-ÖØ-öø-ÿ‘’“”„–—…]*")
_NOT_PLAIN = re.compile(r"[^\n\t\x20-\x7e]")


def _visible(char: str) -> str:
    if char in "\u2028\u2029\x0b\x0c\x85":
        return "\n"
    category = unicodedata.category(char)
    if category in ("Cc", "Cf", "Co", "Cn") or char in _BLANK:
        return ""
    if category == "Mn" and ("\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef" or "᠋" <= char <= "᠏"):
        return ""
    return "\ufffd" if category == "Cs" else char


def neutralise(text: str) -> str:
    """Make text safe to put between delimiters in a prompt, and show all that is in it.

    Invisible, bidirectional and zero-width characters, variation selectors and control characters go; fences, tags,
    chat template marks and code fences become their full-width twins. Everything a person reads stays: a quote taken
    from the result is still located in the original (``evidence.locate`` folds the twins).

    Args:
        text: any text.

    Returns:
        The harmless text; doing it again changes nothing.
    """
    if _HARMLESS.fullmatch(text):
        return text
    plain = _NOT_PLAIN.sub(lambda found: _visible(found.group()), text.replace("\r\n", "\n").replace("\r", "\n"))
    return _DELIMITERS.sub(lambda found: found.group().translate(_TWINS), plain)


def instructions_in(text: str) -> tuple[str, ...]:
    """Find passages addressed to whoever judges the text instead of to a reader.

    English and German: calls to ignore instructions, demands for a level or full marks, messages and claims of
    authority addressed to a judge or model, forged replies, broken delimiters. Case, white space, invisible characters
    and look-alike letters do not hide them. Ordinary hard talk between colleagues is not meant to be found, and rarely
    is.

    Args:
        text: any text.

    Returns:
        The passages verbatim, in the order of the text, each once: the sentences they stand in, at most about 400
        characters.
    """
    folded = fold(text)
    searched = folded.text.translate(_LOOKALIKES)
    hits = [
        folded.source_span(found.start() + len(found.group()) - len(found.group().lstrip(_BEFORE)), found.end())
        for pattern in FOLDED_PATTERNS
        for found in pattern.finditer(searched)
    ]
    hits += [found.span() for pattern in LINE_PATTERNS for found in pattern.finditer(text)]
    if not hits:
        return ()
    spans = sentences(text)
    passages: dict[str, int] = {}
    reached = -1
    for start, end in sorted(hits):
        if end <= reached:
            continue
        left = max((first for first, last in spans if first <= start < last), default=start)
        right = min((last for first, last in spans if first < end <= last), default=end)
        left, right = max(left, end - _LONGEST_PASSAGE, 0), min(max(right, end), start + _LONGEST_PASSAGE)
        left = min(left, start)
        passages.setdefault(text[left:right].strip(), left)
        reached = max(reached, right)
    return tuple(passages)
