"""A Markdown page as blocks of plain text in which every character knows where it stands in the file.

Front matter, template tags (Liquid, Jinja), comments and code are taken out of sight first, at equal length, so that
all offsets stay those of the original.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from strategy.inline import LOST, SILENT, Plain, join, plain_text

_FRONT_MATTER = re.compile(r"\A\ufeff?(---|\+\+\+)[ \t]*\r?\n(.*?)^(?:\1|\.\.\.)[ \t]*\r?$", re.DOTALL | re.MULTILINE)
_FRONT_LINE = re.compile(r"^([A-Za-z_][\w-]*)[ \t]*[:=][ \t]*(.*?)[ \t]*\r?$", re.MULTILINE)
_SILENT_TAGS = re.compile(
    r"\{%-?\s*(comment|raw_?comment)\b.*?%\}.*?\{%-?\s*end\1\s*-?%\}|\{#.*?#\}|<!--.*?-->|<(script|style)\b.*?</\2\s*>",
    re.DOTALL | re.IGNORECASE,
)
_TAGS = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_HTML_BREAK = re.compile(
    r"</?(p|div|li|ul|ol|br|h[1-6]|section|article|table|tr|td|th|blockquote|details|summary)\b[^>]*>", re.I
)


@dataclass(frozen=True)
class Block:
    """A heading, paragraph, list item paragraph, or table row.

    ``headings`` are the headings above it, outermost first; ``intro`` is the paragraph that leads into its list or
    table.
    """

    kind: str  # "heading" | "paragraph" | "item" | "row"
    plain: Plain
    headings: tuple[Plain, ...] = ()
    intro: Plain | None = None
    level: int = 0  # of a heading, or depth of a list
    cells: tuple[Plain, ...] = ()
    header: tuple[str, ...] = ()


@dataclass(frozen=True)
class Page:
    """A page: what its front matter says (lower-case keys), and its blocks in order."""

    name: str
    text: str
    front: dict[str, str] = field(default_factory=dict)
    blocks: tuple[Block, ...] = ()

    @property
    def title(self) -> str:
        """The title of the front matter, else the first heading, else nothing."""
        first = next((block.plain.text for block in self.blocks if block.kind == "heading"), "")
        return self.front.get("title", "") or first


def _blank(text: str, fill: str) -> str:
    return re.sub(r"[^\r\n]", fill, text)


def mask(text: str) -> tuple[str, dict[str, str]]:
    """Hide what is not prose, at equal length; also give the front matter's plain values."""
    front: dict[str, str] = {}
    opening = _FRONT_MATTER.match(text)
    if opening:
        front = {key.lower(): value.strip("\"'") for key, value in _FRONT_LINE.findall(opening.group(2))}
        text = _blank(opening.group(), " ") + text[opening.end() :]
    text = _SILENT_TAGS.sub(lambda found: _blank(found.group(), SILENT), text)
    text = _TAGS.sub(lambda found: _blank(found.group(), LOST), text)
    # A line of nothing but tags is blank; within a line they hold their place, so that indentation does not change.
    lines = text.splitlines(keepends=True)
    return "".join(_blank(line, " ") if not line.strip(f" \t\r\n{LOST}{SILENT}") else line for line in lines), front


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark").enable("table")


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = [0]
        for line in text.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))
        self.lines = text.splitlines()
        self.blocks: list[Block] = []
        self.headings: list[tuple[int, Plain]] = []
        self.lists: list[Plain | None] = []
        self.last: Plain | None = None

    def located(self, content: str, first: int) -> Plain | None:
        """The plain text of a block whose content begins on line ``first``; None where a line cannot be found."""
        parts: list[Plain] = []
        for shift, piece in enumerate(content.split("\n")):
            column = self.lines[first + shift].rfind(piece) if first + shift < len(self.lines) else -1
            if column < 0:
                return None
            parts.append(Plain.raw(piece, self.starts[first + shift] + column))
        return plain_text(join(parts))

    def add(
        self, kind: str, plain: Plain, level: int = 0, intro: Plain | None = None, **table: tuple[object, ...]
    ) -> None:
        if not plain.text.strip():
            return
        if kind == "heading":
            self.headings = [(depth, heading) for depth, heading in self.headings if depth < level]
        above = tuple(heading for _, heading in self.headings)
        self.blocks.append(Block(kind, plain, above, intro, level, **table))  # type: ignore[arg-type]
        if kind == "heading":
            self.headings.append((level, plain))
            self.last = None
        elif kind == "paragraph":
            self.last = plain

    def read(self, tokens: list[Token]) -> None:
        heading = 0
        skip_rows = -1
        for place, token in enumerate(tokens):
            if token.type == "heading_open":
                heading = int(token.tag[1:])
            elif token.type == "heading_close":
                heading = 0
            elif token.type in ("bullet_list_open", "ordered_list_open"):
                self.lists.append(self.last)
            elif token.type in ("bullet_list_close", "ordered_list_close"):
                self.lists.pop()
                self.last = None
            elif token.type == "table_open":
                self._table(tokens, place)
                skip_rows = place
            elif token.type == "table_close":
                skip_rows = -1
                self.last = None
            elif token.type == "html_block" and token.map:
                self._html(*token.map)
            elif token.type == "inline" and token.map and skip_rows < 0:
                plain = self.located(token.content, token.map[0])
                if plain is None:
                    continue
                if heading:
                    self.add("heading", plain, heading)
                elif self.lists:
                    self.add("item", plain, len(self.lists), self.lists[-1])
                else:
                    self.add("paragraph", plain)

    def _table(self, tokens: list[Token], place: int) -> None:
        header: tuple[str, ...] = ()
        cells: list[Plain] = []
        row = column = 0
        for token in tokens[place:]:
            if token.type == "table_close":
                return
            if token.type == "tr_open" and token.map:
                row, column, cells = token.map[0], 0, []
            elif token.type == "inline":
                found = self.lines[row].find(token.content, column)
                if found >= 0:
                    cells.append(plain_text(Plain.raw(token.content, self.starts[row] + found)))
                    column = found + len(token.content)
            elif token.type == "tr_close":
                if not header:
                    header = tuple(cell.text for cell in cells)
                elif cells and len(cells) == len(header):
                    whole = join(cells, "; ")
                    self.add("row", whole, intro=self.last, cells=tuple(cells), header=header)

    def _html(self, first: int, last: int) -> None:
        start, end = self.starts[first], self.starts[min(last, len(self.lines))]
        level = item = 0
        for found in [*_HTML_BREAK.finditer(self.text, start, end), None]:
            stop = found.start() if found else end
            plain = plain_text(Plain.raw(self.text[start:stop], start)).stripped()
            self.add("heading" if level else "item" if item else "paragraph", plain, level or item)
            if found:
                tag, opens = found.group(1).lower(), not found.group().startswith("</")
                level = int(tag[1:]) if opens and len(tag) == 2 and tag[1:].isdigit() else 0
                item = int(opens and tag == "li")
                start = found.end()


def read_page(name: str, text: str) -> Page:
    """Read one page.

    Args:
        name: its file name.
        text: the file's text.

    Returns:
        Its front matter and blocks; code is left out.
    """
    masked, front = mask(text)
    # The parser turns these into other lengths or line counts; blanks keep the offsets.
    masked = masked.replace("\r\n", " \n").replace("\r", "\n")
    masked = re.sub(r"[\x00\x0b\x0c\x1c-\x1e\x85\u2028\u2029\ufeff]", " ", masked)
    reader = _Reader(masked)
    reader.read(_parser().parse(masked))
    return Page(name, text, front, tuple(reader.blocks))
