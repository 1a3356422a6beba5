"""YAML as people write it: read with the line of every value, so that every complaint can say where.

Only what plain documents need: maps, lists, text, numbers, true/false, null (YAML 1.2). Anchors, aliases and tags are
refused: a few lines of them can unfold to gigabytes.
"""

from __future__ import annotations

import io
import math
import re
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.scalarstring import LiteralScalarString

from evidence.errors import InvalidInput, TooLarge
from evidence.plain_messages import field_path, pinpoint, plain_message

MAX_CHARACTERS = 1_000_000
MAX_VALUES = 20_000
_MAX_DEPTH = 40
_INT = re.compile(r"[-+]?[0-9]{1,4000}|0o[0-7]{1,4000}|0x[0-9a-fA-F]{1,4000}")
_FLOAT = re.compile(
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)

Path = tuple[str | int, ...]
Model = TypeVar("Model", bound=BaseModel)


@dataclass
class Document:
    """A parsed document: JSON-like ``data``, the 1-based line of every path, and what is wrong so far."""

    name: str
    data: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    problems: list[dict[str, str]] = field(default_factory=list)

    def line(self, path: Path) -> int:
        """The line of the deepest part of ``path`` that is in the document."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def complain(self, path: Path, detail: str) -> None:
        """Note a problem at a path."""
        self.problems.append({"where": f"{self.name}:{self.line(path)}", "field": field_path(path), "detail": detail})

    def refuse_if_wrong(self) -> None:
        """Raise what has been noted.

        Raises:
            InvalidInput: ``where`` is ``file:line`` of the first problem; ``extra['problems']`` lists all of them as
                ``{where, field, detail}``, in the order of the lines.
        """
        if not self.problems:
            return
        self.problems.sort(key=lambda problem: int(problem["where"].rsplit(":", 1)[1]))
        first = self.problems[0]
        more = len(self.problems) - 1
        detail = f"{first['field']}: {first['detail']}" if first["field"] else first["detail"]
        if more:
            detail += f" ({more} more {'problem' if more == 1 else 'problems'} below it.)"
        raise InvalidInput(
            detail,
            todo="Correct the file and load it again.",
            where=first["where"],
            field=first["field"],
            problems=self.problems,
        )


def _broken(name: str, line: int, column: int | None, detail: str, todo: str = "") -> InvalidInput:
    where = f"{name}:{line}" if column is None else f"{name}:{line}:{column}"
    return InvalidInput(
        detail,
        todo=todo or "Correct the file and load it again.",
        where=where,
        problems=[{"where": where, "field": "", "detail": detail}],
    )


def _scalar(event: ScalarEvent) -> Any:
    """The value of a scalar under the YAML 1.2 core schema; dates stay text."""
    text = str(event.value)
    if event.style is not None or event.tag:
        return text
    if text in ("", "~", "null", "Null", "NULL"):
        return None
    if text in ("true", "True", "TRUE"):
        return True
    if text in ("false", "False", "FALSE"):
        return False
    if _INT.fullmatch(text):
        return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
    if _FLOAT.fullmatch(text):
        return float(
            text.replace(".inf", "inf").replace(".Inf", "inf").replace(".INF", "inf").lower().replace(".nan", "nan")
        )
    return text


class _Builder:
    """Builds the data from parser events, without recursion."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.open: list[tuple[dict[str, Any] | list[Any], Path]] = []
        self.key: list[str | None] = []  # per open container: the key waiting for its value
        self.documents = self.values = 0

    def take(self, event: Any) -> None:
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        name = self.document.name
        if isinstance(event, DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                raise _broken(name, line, None, "A second document begins here ('---'); a file holds one document.")
        if isinstance(event, AliasEvent) or (isinstance(event, NodeEvent) and event.anchor):
            raise _broken(name, line, column, "Anchors (&name) and aliases (*name) are not accepted.",
                          "Write the text out, or put it in quotes if it begins with '&' or '*'.")  # fmt: skip
        if isinstance(event, SequenceEndEvent | MappingEndEvent):
            self.open.pop()
            self.key.pop()
        elif isinstance(event, ScalarEvent | SequenceStartEvent | MappingStartEvent):
            if event.tag and str(event.tag) not in ("tag:yaml.org,2002:str", "!"):
                raise _broken(name, line, column, f"The tag '{event.tag}' is not accepted.",
                              "Remove it, or put the text in quotes if it begins with '!'.")  # fmt: skip
            self._node(event, line, column)

    def _node(self, event: Any, line: int, column: int) -> None:
        if self.open and isinstance(self.open[-1][0], dict) and self.key[-1] is None:
            self._key(event, line, column)
            return
        path = self._place()
        self.document.lines.setdefault(path, line)
        self.values += 1
        if self.values > MAX_VALUES:
            raise TooLarge(
                f"The document has more than {MAX_VALUES:,} values.",
                todo="Split it, or leave out what is not needed.",
                where=f"{self.document.name}:{line}",
            )
        value: Any
        if isinstance(event, ScalarEvent):
            value = _scalar(event)
            if isinstance(value, float) and not math.isfinite(value):
                self.document.complain(path, f"{event.value} is not a number that can be used here.")
                value = None
            self._put(value)
            return
        value = [] if isinstance(event, SequenceStartEvent) else {}
        self._put(value)
        if len(self.open) >= _MAX_DEPTH:
            raise _broken(
                self.document.name, line, column, f"The document is nested more than {_MAX_DEPTH} levels deep."
            )
        self.open.append((value, path))
        self.key.append(None)

    def _key(self, event: Any, line: int, column: int) -> None:
        if not isinstance(event, ScalarEvent):
            raise _broken(self.document.name, line, column, "A field name must be a word, not a list or a group.",
                          "Put text that begins with '{' or '[' in quotes.")  # fmt: skip
        container, path = self.open[-1]
        key = str(event.value)
        if key in container:
            first = self.document.line((*path, key))
            self.document.problems.append(
                {
                    "where": f"{self.document.name}:{line}",
                    "field": field_path((*path, key)),
                    "detail": f"'{key}' stands here twice; the first is on line {first}.",
                }
            )
        else:
            self.document.lines[(*path, key)] = line
        self.key[-1] = key

    def _place(self) -> Path:
        if not self.open:
            return ()
        container, path = self.open[-1]
        return (*path, len(container) if isinstance(container, list) else str(self.key[-1]))

    def _put(self, value: Any) -> None:
        if not self.open:
            self.document.data = value
            return
        container, _ = self.open[-1]
        if isinstance(container, list):
            container.append(value)
        else:
            container.setdefault(str(self.key[-1]), value)
            self.key[-1] = None


def read_document(text: str, name: str) -> Document:
    """Parse YAML.

    Args:
        text: the document.
        name: its file name, for messages.

    Returns:
        The document; duplicate keys and unusable numbers are noted in its ``problems``.

    Raises:
        TooLarge: more than a million characters, or 20,000 values.
        InvalidInput: empty, not YAML, or with anchors, tags, several documents, or too deep.
    """
    if len(text) > MAX_CHARACTERS:
        raise TooLarge(
            f"The document has {len(text):,} characters; at most {MAX_CHARACTERS:,} are read.",
            todo="Split it, or leave out what is not needed.",
            where=name,
        )
    if not text.strip("\ufeff \t\r\n"):
        raise _broken(name, 1, None, "The document is empty.", "Fill it in, or choose another file.")
    document = Document(name)
    builder = _Builder(document)
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            builder.take(event)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        what = str(error.problem or error.context or "it cannot be read")
        raise _broken(name, line, column, f"This is not valid YAML: {what}.",
                      "Check indentation, colons and quotation marks there and just above.") from error  # fmt: skip
    except YAMLError as error:
        position = getattr(error, "position", 0) or 0
        raise _broken(name, text.count("\n", 0, position) + 1, None,
                      "This is not valid YAML: it holds a character that text cannot have.") from error  # fmt: skip
    except (ValueError, AttributeError, LookupError, TypeError, AssertionError, NotImplementedError) as error:
        # The parser itself gives up on some malformed directives and escapes with errors of its own.
        raise _broken(name, 1, None, "This is not valid YAML.") from error
    if document.data is None and not document.problems:
        raise _broken(name, 1, None, "The document is empty.", "Fill it in, or choose another file.")
    return document


def validated(document: Document, model: type[Model]) -> Model:
    """The document as ``model``.

    Raises:
        InvalidInput: as ``Document.refuse_if_wrong``.
    """
    if not isinstance(document.data, dict):
        wanted = ", ".join(name for name, info in model.model_fields.items() if info.is_required())
        kind = "a list" if isinstance(document.data, list) else "a single value"
        document.complain((), f"The document should be fields such as {wanted}, each 'name: value'; it is {kind}.")
        document.refuse_if_wrong()
    try:
        result = model.model_validate(document.data)
    except ValidationError as error:
        known = {problem["field"] for problem in document.problems}
        errors = error.errors(include_url=False)
        for one in errors:
            loc: Path = one["loc"]
            # A list whose entries are wrong is also counted as too short; the entries are what matters.
            deeper = any(len(other["loc"]) > len(loc) and other["loc"][: len(loc)] == loc for other in errors)
            if one["type"] == "too_short" and deeper:
                continue
            path = pinpoint(one, loc, document.data)
            if field_path(path) not in known:
                document.complain(path, plain_message(one, loc, model))
        document.refuse_if_wrong()
        raise
    document.refuse_if_wrong()
    return result


def parse_yaml(text: str, name: str, model: type[Model]) -> Model:
    """Read a YAML document into a Pydantic model.

    Args:
        text: the document.
        name: its file name, for messages.
        model: what it must be.

    Returns:
        The validated model.

    Raises:
        TooLarge: the document is over a million characters or 20,000 values.
        InvalidInput: anything else; ``where`` is ``file:line`` (``file:line:column`` for broken YAML) and
            ``extra['problems']`` lists every problem as ``{where, field, detail}``.
    """
    return validated(read_document(text, name), model)


load_yaml = parse_yaml


def _slim(full: Any, changed: Any) -> Any:
    """Leave out empty values that are the default anyway."""
    if isinstance(full, dict) and isinstance(changed, dict):
        return {key: _slim(value, changed.get(key, value)) for key, value in full.items()
                if key in changed or value not in ("", [], {})}  # fmt: skip
    if isinstance(full, list) and isinstance(changed, list) and len(full) == len(changed):
        return [_slim(one, other) for one, other in zip(full, changed, strict=True)]
    if isinstance(full, str) and "\n" in full:
        return LiteralScalarString(full)
    return full


def dump_yaml(model: BaseModel) -> str:
    """Write a model as YAML that ``parse_yaml`` reads back to an equal one; empty optional fields are left out."""
    full = model.model_dump(mode="json", exclude_none=True)
    changed = model.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    return _written(_slim(full, changed))


def dump_data(data: Any) -> str:
    """Write plain data as YAML, whatever is wrong with it as a document; ``read_document`` reads it back."""
    return _written(_slim(data, data))


def _written(data: Any) -> str:
    yaml = YAML()
    yaml.default_flow_style = False
    yaml.allow_unicode = True
    yaml.width = 100
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.representer.ignore_aliases = lambda *_: True
    out = io.StringIO()
    yaml.dump(data, out)
    return out.getvalue()
