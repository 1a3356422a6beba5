"""Plain text of inline Markdown in which every character keeps the place of its source."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

LOST = "\ufffc"  # stands for a template tag: something is shown here that the file does not say
SILENT = "\u2060"  # stands for a comment: nothing is shown here

_LINK_TAIL = re.compile(r"\]\((?:[^()\\\n]|\\.|\((?:[^()\n]|\([^()\n]*\))*\))*\)|\]\[[^\]\n]{0,200}\]")
_IMAGE = re.compile(r"!\[[^\]\n]{0,300}\](?:\((?:[^()\n]|\([^()\n]*\))*\)|\[[^\]\n]{0,200}\])?")
_HTML = re.compile(r"</?[A-Za-z][^<>]{0,500}>|<!--.*?-->")
_AUTOLINK = re.compile(r"<(?:https?|mailto):[^<>\s]{1,500}>")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_FOOTNOTE = re.compile(r"\[\^[^\]\n]{1,40}\]")
_ATTRIBUTES = re.compile(r"\{:?[ ]?[.#][^{}\n]{0,100}\}")


@dataclass(frozen=True)
class Plain:
    """``text[i]`` stands at ``spans[i]`` of the source; ``strong[i]`` says whether it is printed bold."""

    text: str
    spans: tuple[tuple[int, int], ...]
    strong: tuple[bool, ...]

    @classmethod
    def raw(cls, text: str, offset: int) -> Plain:
        """Source text as it stands at ``offset``."""
        places = range(offset, offset + len(text))
        return cls(text, tuple((place, place + 1) for place in places), (False,) * len(text))

    def part(self, start: int, end: int) -> Plain:
        """``text[start:end]`` with its places."""
        return Plain(self.text[start:end], self.spans[start:end], self.strong[start:end])

    def stripped(self) -> Plain:
        """Without outer white space."""
        left = len(self.text) - len(self.text.lstrip())
        return self.part(left, max(left, len(self.text.rstrip())))

    @property
    def source(self) -> tuple[int, int]:
        """Start and end in the source; the text must not be empty."""
        return self.spans[0][0], self.spans[-1][1]

    @property
    def lead(self) -> int:
        """How many characters at the beginning are bold: the length of a bold lead-in, or of everything."""
        count = 0
        for char, strong in zip(self.text, self.strong, strict=True):
            if not strong and not char.isspace():
                break
            count += 1
        return len(self.text[:count].rstrip())


def join(parts: Sequence[Plain], glue: str = "\n") -> Plain:
    """Parts one after the other; the glue between two of them stands for all that is between them in the source."""
    text = ""
    spans: list[tuple[int, int]] = []
    strong: list[bool] = []
    for part in parts:
        if not part.text:
            continue
        if spans:
            text += glue
            spans += [(spans[-1][1], part.spans[0][0])] * len(glue)
            strong += [strong[-1] and part.strong[0]] * len(glue)
        text += part.text
        spans += part.spans
        strong += part.strong
    return Plain(text, tuple(spans), tuple(strong))


class _Writer:
    """Collects output characters; what is left out is attached to its neighbours, so that quotes keep their markers."""

    def __init__(self, raw: Plain) -> None:
        self.raw = raw
        self.chars: list[str] = []
        self.spans: list[tuple[int, int]] = []
        self.strong: list[bool] = []
        self.bold = False
        self.opened: int | None = None  # source start of markers that belong to the next character

    def put(self, char: str, start: int, end: int) -> None:
        left = self.raw.spans[start][0] if self.opened is None else self.opened
        self.opened = None
        self.chars.append(char)
        self.spans.append((left, self.raw.spans[end - 1][1]))
        self.strong.append(self.bold)

    def open(self, start: int) -> None:
        if self.opened is None:
            self.opened = self.raw.spans[start][0]

    def close(self, end: int) -> None:
        if self.spans and self.opened is None:
            self.spans[-1] = (self.spans[-1][0], self.raw.spans[end - 1][1])


def _emphasis(text: str, place: int) -> tuple[int, bool, bool]:
    """A run of ``*`` or ``_``: its length, and whether it can open and close emphasis."""
    char = text[place]
    end = place
    while end < len(text) and text[end] == char:
        end += 1
    before = text[place - 1] if place else " "
    after = text[end] if end < len(text) else " "
    opens = not after.isspace() and (char == "*" or not before.isalnum())
    closes = not before.isspace() and (char == "*" or not after.isalnum())
    return end - place, opens, closes


def plain_text(raw: Plain) -> Plain:
    """Take inline Markdown and HTML away: links keep their text, images go, emphasis is noted, entities are decoded."""
    text = raw.text
    out = _Writer(raw)
    links: list[int] = []
    place = 0
    while place < len(text):
        char = text[place]
        skip = _left_out(text, place)
        if skip:
            place += skip
            continue
        if char == "\\" and place + 1 < len(text) and not text[place + 1].isalnum() and not text[place + 1].isspace():
            out.put(text[place + 1], place, place + 2)
            place += 2
            continue
        if char in "*_":
            length, opens, closes = _emphasis(text, place)
            if opens or closes:
                closing = closes and (out.bold or not opens)
                if closing:
                    out.close(place + length)
                else:
                    out.open(place)
                if length >= 2:
                    out.bold = not closing
                place += length
                continue
        if char == "`":
            place += 1
            continue
        if char == "[" and (tail := _tail_of(text, place)):
            out.open(place)
            links.append(tail)
            place += 1
            continue
        if links and place == links[-1]:
            found = _LINK_TAIL.match(text, place)
            links.pop()
            end = found.end() if found else place + 1
            out.close(end)
            place = end
            continue
        entity = _ENTITY.match(text, place) if char == "&" else None
        if entity:
            for one in html.unescape(entity.group()):
                out.put(one, place, entity.end())
            place = entity.end()
            continue
        out.put(char, place, place + 1)
        place += 1
    return _spaced(Plain("".join(out.chars), tuple(out.spans), tuple(out.strong))).stripped()


def _left_out(text: str, place: int) -> int:
    """How many characters here are not shown at all."""
    char = text[place]
    if char != LOST and unicodedata.category(char) == "Cf":
        return 1
    patterns = {"!": (_IMAGE,), "<": (_AUTOLINK, _HTML), "[": (_FOOTNOTE,), "{": (_ATTRIBUTES,)}.get(char, ())
    return next((len(found.group()) for pattern in patterns if (found := pattern.match(text, place))), 0)


def _tail_of(text: str, place: int) -> int:
    """Where the ``](…)`` of a link that opens at ``place`` begins; 0 where it is no link."""
    depth = 0
    for index in range(place, min(len(text), place + 600)):
        if text[index] == "[":
            depth += 1
        elif text[index] == "]":
            depth -= 1
            if depth == 0:
                return index if _LINK_TAIL.match(text, index) else 0
    return 0


def _spaced(plain: Plain) -> Plain:
    """White space as single blanks."""
    keep = [
        index
        for index, char in enumerate(plain.text)
        if not char.isspace() or (index and not plain.text[index - 1].isspace())
    ]
    return Plain(
        "".join(" " if plain.text[index].isspace() else plain.text[index] for index in keep),
        tuple(plain.spans[index] for index in keep),
        tuple(plain.strong[index] for index in keep),
    )
