"""Cutting text into sentences by offsets: nothing is changed, nothing but white space is left out."""

from __future__ import annotations

import re

_ENGLISH = """
mr mrs ms dr prof sr jr st vs etc e.g i.e eg ie cf al approx dept est fig inc ltd co corp no vol pp
ed rev gen col lt sgt capt hon jan feb mar apr jun jul aug sep sept oct nov dec a.m p.m u.s u.k u.n
"""
_GERMAN = """
z.b d.h u.a u.u o.ä o.g s.o s.u i.d.r v.a z.t z.zt usw bzw ggf ca nr abs art bspw evtl inkl exkl max
min mind sog vgl zzgl hr fr hrn str tel std mio mrd geb gest ehem allg bes dipl ing bzgl einschl
entspr gem lfd
"""
_ABBREVIATIONS = frozenset(f"{_ENGLISH} {_GERMAN}".split())
# Abbreviations that also end sentences: the next word decides.
_ALSO_END = """etc usw inc ltd co corp jr sr a.m p.m u.s u.k u.n max min no art fig mar ed est"""
_MAY_END = frozenset(_ALSO_END.split())
_ORDINAL_NOUN = re.compile(
    r"(?:Januar|Jänner|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember|Quartal|Stock|Etage|"
    r"Klasse|Kapitel|Abschnitt|Jahrhundert|Woche|Tag|Platz|Mal|Schritt)\b"
)
# Possessive, and only at the start of a run: a megabyte of dots must not take quadratic time.
_END = re.compile(r"(?<![.!?…])[.!?…]++[)\]\"'”’»“*_]*+(?=\s|$)|[。！？]++[」』”]*+")
_WINDOW = 60  # characters looked at before and after a possible end
_STARTER = re.compile(r"[\"'“„‘«»(\[*_¿¡]*")
_WORD_BEFORE = re.compile(r"(?:[^\W\d_]\.\s?)+[^\W\d_]*$|[^\W_]+$")
_BLOCK_START = re.compile(r"[ \t]*(?:#{1,6}\s|[-*+•][ \t]|\d{1,3}[.)][ \t]|>|\|)")
_LIST_NUMBER = re.compile(r"[ \t>]*(?:\d{1,3}|[A-Za-z])[.)]$")
_HEADING = re.compile(r"[ \t]*#{1,6}\s")


def _blocks(text: str) -> list[tuple[int, int]]:
    """Runs of lines that belong together: paragraphs, list items, headings, table rows."""
    blocks: list[tuple[int, int]] = []
    start: int | None = None
    offset = 0
    after_heading = False
    for line in text.splitlines(keepends=True):
        blank = not line.strip()
        if start is not None and (blank or after_heading or _BLOCK_START.match(line)):
            blocks.append((start, offset))
            start = None
        if start is None and not blank:
            start = offset
        after_heading = bool(_HEADING.match(line))
        offset += len(line)
    if start is not None:
        blocks.append((start, offset))
    return blocks


def _ends_here(block: str, mark: re.Match[str], casual: bool) -> bool:
    """Whether the sentence really ends at this punctuation."""
    rest = block[mark.end() : mark.end() + _WINDOW].lstrip()
    if not rest or mark.group()[0] in "。！？":
        return True
    opener = _STARTER.match(rest)
    following = rest[opener.end() if opener else 0 :][:1]
    stop = mark.group()[0]
    starts_low = following.islower()
    if stop in "!?":
        # “Why?” she asked: the sentence goes on after the quotation mark.
        return not starts_low or mark.group()[-1] in "!?"
    if starts_low and not casual:
        return False
    if mark.group().startswith((".", "…")) and len(mark.group().strip("\"'”’»“*_)]")) > 1:
        return not starts_low
    before = block[max(0, mark.start() - _WINDOW) : mark.start()]
    if _LIST_NUMBER.fullmatch(before.rsplit("\n", 1)[-1] + "."):
        return False
    word = _WORD_BEFORE.search(before)
    if word is None:
        return True
    token = re.sub(r"\s", "", word.group()).lower()
    if token.isdigit():
        return not (len(token) <= 2 and _ORDINAL_NOUN.match(rest))
    if len(token) == 1 and token.isalpha():
        # An initial ("J. Smith") unless it is the pronoun or a grade.
        return word.group() in ("I", "A") and before[: word.start()].endswith(" ")
    if token in _ABBREVIATIONS:
        return token in _MAY_END and (following.isupper() or (opener is not None and bool(opener.group())))
    return True


def sentences(text: str) -> list[tuple[int, int]]:
    """Cut prose, Markdown or chat into sentences.

    A heading, a list item or a table row starts a sentence of its own; common English and German abbreviations,
    initials, decimals and ordinals do not end one. Text that begins in lower case is taken as chat, where sentences
    may begin small.

    Args:
        text: any text.

    Returns:
        Offsets (start, end) in order, without overlap and without outer white space; together they hold every
        character that is not white space.
    """
    spans: list[tuple[int, int]] = []
    for first, last in _blocks(text):
        block = text[first:last]
        letter = next((char for char in block if char.isalpha()), "")
        start = 0
        cuts = [mark.end() for mark in _END.finditer(block) if _ends_here(block, mark, letter.islower())]
        for cut in (*cuts, len(block)):
            piece = block[start:cut]
            if piece.strip():
                left = start + len(piece) - len(piece.lstrip())
                spans.append((first + left, first + left + len(piece.strip())))
            start = cut
    return spans
