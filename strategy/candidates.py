"""Statements on one page that may be principles, each with its kind, its weight and its place in the file."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import zip_longest

from evidence.sentences import sentences
from evidence.untrusted import instructions_in
from strategy import cues
from strategy.charter import ClauseKind
from strategy.inline import LOST, Plain, join
from strategy.pages import Block, Page

_LONGEST = 420
_ENOUGH = 160  # an item that has said this much needs no further sentence
_QUOTED = re.compile(r"[“\"„][^”\"“]*[”\"“]")
_OWNER = re.compile(
    r"^([\w .&-]{2,40}?)(?:[’']s|s[’']) (?:mission|purpose|vision|values?|approach|principles?|strategy)\b"
)
_NUMBER = re.compile(r"^\(?(?:\d{1,3}|[A-Za-z])[.)]\s+")


@dataclass(frozen=True)
class Candidate:
    """A statement: ``text`` for reading, ``start`` and ``end`` of its passage in the file, ``weight`` about 1 to 11.

    ``section`` is the heading or introduction it stands under.
    """

    kind: ClauseKind
    text: str
    start: int
    end: int
    weight: float
    section: str = ""


def _cut(plain: Plain) -> list[Plain]:
    return [plain.part(start, end) for start, end in sentences(plain.text)]


def _usable(text: str) -> bool:
    """Whether a sentence states something: no question, no quoted example, nothing about the page itself."""
    if (
        text.count("“") > text.count("”")
        or LOST in text
        or text.endswith(("?", "?”", '?"', ":"))
        or cues.META.search(text)
    ):
        return False
    quoted = sum(map(len, _QUOTED.findall(text)))
    return 2 * quoted <= len(text) and any(char.isalpha() for char in text)


def _opening(plain: Plain) -> Plain | None:
    """The first sentences of an item that together say it, without trailing questions and examples."""
    parts = _cut(plain)
    kept: list[Plain] = []
    for part in parts:
        lead = not kept and plain.lead >= len(part.text)
        if not (_usable(part.text) or (lead and LOST not in part.text)) or len(part.text) > _LONGEST:
            break
        said = sum(len(one.text) for one in kept)
        if kept and (said >= _ENOUGH or said + len(part.text) > _LONGEST):
            break
        kept.append(part)
    return join(kept, " ") if kept else None


@dataclass(frozen=True)
class Found:
    """The candidates of a page, in order, and how many passages were left out for which reason."""

    candidates: tuple[Candidate, ...]
    elsewhere: int = 0  # in sections that are by name about somebody else
    addressed: int = 0  # paragraphs with instructions to a judge or model


class _Finder:
    def __init__(self, page: Page, company: str) -> None:
        self.page = page
        self.company = company.casefold()
        # A page on which one section is the company's by name: a section of another name is about somebody else.
        owners = [_OWNER.match(block.plain.text) for block in page.blocks if block.kind == "heading"]
        self.shared = any(owner and self._ours(owner) for owner in owners)
        self.elsewhere = 0
        self.found: list[Candidate] = []
        self.section = ""
        self.foreign = False  # the section is about somebody else
        self.taken = -1  # source offset up to which text is already part of a candidate

    def add(self, kind: ClauseKind, plain: Plain, weight: float, before: str = "") -> None:
        text = _NUMBER.sub("", " ".join(plain.text.split()))
        text = f"{before} {text}" if before else text
        start, end = plain.source
        if len(text.split()) < 3 or start < self.taken:
            return
        if self.foreign:
            self.elsewhere += 1
            return
        weight -= 0.5 * (len(text) > 300)
        self.found.append(Candidate(kind, text, start, end, weight, self.section))
        self.taken = end

    def enter(self, block: Block) -> None:
        """Note where the next statements stand."""
        over = block.intro or (block.headings[-1] if block.headings else None)
        self.section = over.text if over else ""
        self.foreign = self.shared and any(
            not self._ours(found) for one in block.headings if (found := _OWNER.match(one.text))
        )

    def _ours(self, owner: re.Match[str]) -> bool:
        return self.company in owner.group(1).casefold()

    def context(self, block: Block) -> tuple[ClauseKind | None, float]:
        """The kind that introduction, headings or title suggest, and how close they are."""
        if block.intro and (kind := cues.context_kind(_cut(block.intro)[-1].text)):
            return kind, 2.0
        for distance, heading in enumerate(reversed(block.headings)):
            if kind := cues.context_kind(heading.text):
                return kind, 1.5 - 0.5 * min(distance, 2)
        kind = cues.context_kind(self.page.title)
        # A title says what a page is about as a whole; only these kinds fill whole pages.
        fits = (ClauseKind.SIGNATURE_BEHAVIOUR, ClauseKind.BRAND_VOICE, ClauseKind.ANTI_BEHAVIOUR, ClauseKind.VALUE)
        return (kind, 0.5) if kind in fits else (None, 0.0)

    def item(self, block: Block) -> None:
        said = _opening(block.plain)
        if said is None:
            return
        kind, closeness = self.context(block)
        own = cues.sentence_kind(said.text)
        if kind is ClauseKind.MISSION and closeness < 2:
            kind = None  # a list in a mission's section is what one does, not what one is there for
        if kind is ClauseKind.VALUE and closeness <= 0.5 and cues.begins_with_verb(said.text):
            kind = ClauseKind.SIGNATURE_BEHAVIOUR
        lead_in = 0 < block.plain.lead < len(block.plain.text)
        intro = _cut(block.intro)[-1].text if block.intro else ""
        before = ""
        heading = block.headings[-1].text if block.headings else ""
        for said_before in (heading, intro):
            if re.match(r"(?:if|when|wenn|bevor|before)\b", said_before, re.IGNORECASE) and len(said_before) < 120:
                before = said_before.rstrip(" :.") + ":"
        if own and own[0] is ClauseKind.ANTI_BEHAVIOUR:
            self.add(own[0], said, own[1] + closeness, before)
        elif intro.endswith(":") and cues.is_demand(intro) and kind in (None, ClauseKind.IMPERATIVE):
            self.add(ClauseKind.IMPERATIVE, said, 7.0, intro)
        elif re.search(r"\b(?:to|zu|um):$", intro):
            return  # the items only complete a sentence about something else
        elif kind is ClauseKind.SIGNATURE_BEHAVIOUR and closeness <= 0.5 and not (own or cues.of_people(said.text)):
            self.add(kind, said, 4.0, before)
        elif kind and (own or lead_in or len(said.text.split()) >= 5):
            weight = 5.0 + closeness + (1.0 if lead_in else 0.0) + (0.5 if own or cues.of_people(said.text) else 0.0)
            self.add(kind, said, weight - 0.5 * (block.level - 1), before)
        elif own and (not lead_in or cues.begins_with_verb(said.text)):
            self.add(own[0], said, own[1] + (1.0 if lead_in else 0.0) - 0.5 * (block.level - 1), before)

    def row(self, block: Block) -> None:
        header = [name.casefold() for name in block.header]
        kind, closeness = self.context(block)
        own = rf"\b(?:{re.escape(self.company)}|us|we|our|wir|uns|unser\w*)\b"
        ours = [place for place, name in enumerate(header) if place and re.search(own, name)]
        columns = [cues.context_kind(name) for name in header]
        if kind is ClauseKind.DIFFERENCE and len(ours) == 1:
            label, said = block.cells[0].text, block.cells[ours[0]].text
            whole = block.plain
            text = f"{label} ({block.header[ours[0]]}): {said}"
            self.add(kind, Plain(text, (whole.source,) * len(text), (False,) * len(text)), 6.0)
        elif ClauseKind.ANTI_BEHAVIOUR in columns:
            for cell, column in zip(block.cells, columns, strict=True):
                if _usable(cell.text) and len(cell.text.split()) >= 3:
                    self.add(column or ClauseKind.SIGNATURE_BEHAVIOUR, cell, 5.5)
        elif (
            kind in (ClauseKind.VALUE, ClauseKind.BRAND_VOICE)
            and closeness >= 1
            and len(header) == 2
            and _usable(block.cells[1].text)
        ):
            self.add(kind, join(block.cells, ": "), 6.0)

    def heading(self, block: Block, following: Block | None) -> None:
        """A heading that is a principle itself, with the sentence that explains it."""
        text = _NUMBER.sub("", block.plain.text)
        mood = cues.begins_with_verb(text) and not text.endswith((":", "?"))
        contrast = cues.NOT_OVER.search(text) is not None
        if not (mood or contrast) or following is None or following.kind != "paragraph":
            return
        first = _cut(following.plain)[:1]
        if not first or not _usable(first[0].text) or len(first[0].text) > _LONGEST:
            return
        if len(text.split()) < 2 and not cues.sentence_kind(first[0].text):
            return
        glue = " " if block.plain.text.endswith((".", "!")) else ". "
        whole = join([block.plain, first[0]], glue)
        own = cues.sentence_kind(text)
        kind, closeness = self.context(block)
        anti = any(
            found and found[0] is ClauseKind.ANTI_BEHAVIOUR for found in (own, cues.sentence_kind(first[0].text))
        )
        if anti:
            self.add(ClauseKind.ANTI_BEHAVIOUR, whole, 7.0)
        elif mood:
            self.add(kind if kind and closeness >= 1 else ClauseKind.SIGNATURE_BEHAVIOUR, whole, 7.0)

    def paragraph(self, block: Block, before: Plain | None, first: bool) -> None:
        """Sentences with a cue of their own; one that leans on the sentence before takes it along.

        The first sentence under a heading such as "Our mission" needs no cue.
        """
        kind, closeness = self.context(block)
        for number, part in enumerate(_cut(block.plain)):
            own = cues.sentence_kind(part.text)
            previous, before = before, part
            if not _usable(part.text) or len(part.text) > _LONGEST:
                continue
            if own is None:
                mission = (
                    kind is ClauseKind.MISSION
                    and closeness >= 1.5
                    and first
                    and number == 0
                    and not cues.YEAR.search(part.text)
                )
                if mission and len(part.text.split()) >= 6:
                    self.add(ClauseKind.MISSION, part, 7.0)
                continue
            found, weight = own
            if cues.YEAR.search(part.text) and found is not ClauseKind.MISSION:
                continue
            whole = part
            if cues.DANGLING.match(part.text):
                if previous is None or not _usable(previous.text) or previous.source[0] < self.taken:
                    continue
                whole = join([previous, part], " ")
                if cues.DANGLING.match(previous.text) or len(whole.text) > _LONGEST:
                    continue
                weight -= 0.5
            if kind is ClauseKind.BRAND_VOICE and found is not ClauseKind.ANTI_BEHAVIOUR and closeness >= 1:
                found, weight = kind, weight + 1
            elif kind is ClauseKind.VALUE and closeness >= 1.5 and found is ClauseKind.IMPERATIVE:
                found = kind
            if block.plain.lead >= len(block.plain.text):
                weight += 1  # set in bold as a whole
            self.add(found, whole, weight)


def find_candidates(page: Page, company: str) -> Found:
    """Find what may be a principle.

    Args:
        page: the page.
        company: the company's name, by which a comparison's own column is known.

    Returns:
        What was found. Sections such as history, links and contacts give nothing.
    """
    finder = _Finder(page, company)
    before: Plain | None = None
    contrast: Plain | None = None
    first = False
    addressed = 0
    for block, following in zip_longest(page.blocks, page.blocks[1:]):
        if any(
            cues.ASIDE.match(heading.text)
            for heading in (*block.headings, *([block.plain] * (block.kind == "heading")))
        ):
            before = None
            continue
        if instructions_in(block.plain.text):
            addressed += 1
            before = None
            continue
        finder.enter(block)
        if block.kind == "heading":
            before = None
            finder.heading(block, following)
            first = True
            contrast = block.plain if cues.NOT_OVER.search(block.plain.text) else None
        elif block.kind == "item":
            finder.item(block)
            before = None
        elif block.kind == "row":
            finder.row(block)
            before = None
        else:
            count = len(finder.found)
            finder.paragraph(block, before, first)
            parts = _cut(block.plain)
            before = parts[-1] if parts else None
            first = False
            if contrast and len(finder.found) > count:
                finder.found[count] = _under(contrast, finder.found[count])
                contrast = None
    return Found(tuple(finder.found), finder.elsewhere, addressed)


def _under(heading: Plain, candidate: Candidate) -> Candidate:
    """A statement read under a heading that says it in short ("X, not Y"): the passage begins at the heading."""
    start = heading.source[0]
    if candidate.end - start > 2 * _LONGEST:
        return candidate
    text = f"{heading.text.rstrip('.')}. {candidate.text}"
    return replace(candidate, text=text, start=start, weight=candidate.weight + 0.5)
