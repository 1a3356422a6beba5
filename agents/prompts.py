"""Prompts are Markdown files: front matter, level-one sections, and named inputs that are filled in as inert text.

A placeholder is ``{{name}}`` and nothing more: no expression, no loop, no code. The front matter declares an input as

- ``block``: text from people or models, neutralised, between ``<name>`` and ``</name>``; an empty text leaves nothing;
- ``line``: a short single line, neutralised, put where it stands;
- ``literal``: text that our own code made (a JSON schema), put where it stands.

A section called ``Words`` holds ``key: wording`` lines, so that wording for a case stands in the file too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Any, Literal

from evidence.canonical import text_digest
from evidence.untrusted import neutralise

Kind = Literal["block", "line", "literal"]
MAX_LINE = 1200

_PLACEHOLDER = re.compile(r"\{\{\s*([a-z][a-z0-9_]*)\s*\}\}")
_GAP = re.compile(r"\n{3,}")
_HEADING = re.compile(r"^# +(.+?) *$", re.MULTILINE)
_LANGUAGES = {
    "cs": "Czech", "da": "Danish", "de": "German", "en": "English", "es": "Spanish", "fi": "Finnish", "fr": "French",
    "it": "Italian", "ja": "Japanese", "ko": "Korean", "nl": "Dutch", "no": "Norwegian", "pl": "Polish",
    "pt": "Portuguese", "sv": "Swedish", "tr": "Turkish", "uk": "Ukrainian", "zh": "Chinese",
}  # fmt: skip


class PromptError(ValueError):
    """A prompt file is malformed, or it was filled with inputs it does not have; a fault of ours, never of a user."""


@dataclass(frozen=True)
class Prompt:
    """One prompt file. ``digest`` is the SHA-256 of its text: a changed word is another prompt."""

    purpose: str
    version: int
    output_schema: Mapping[str, str]
    inputs: Mapping[str, Kind]
    sections: Mapping[str, str]
    words: Mapping[str, str]
    digest: str

    def placeholders(self, section: str) -> frozenset[str]:
        """The names of the inputs that ``section`` takes."""
        self._section(section)
        return self._wanted[section]

    @cached_property
    def _wanted(self) -> Mapping[str, frozenset[str]]:
        return {name: frozenset(parts[1::2]) for name, parts in self._parts.items()}

    @cached_property
    def _parts(self) -> Mapping[str, list[str]]:
        """Each section cut at its placeholders: text, the name of an input, text, and so on."""
        return {name: _PLACEHOLDER.split(text) for name, text in self.sections.items()}

    def fill(self, section: str, values: Mapping[str, str]) -> str:
        """One section with its inputs filled in.

        Raises:
            PromptError: an input is missing, or one is given that the section does not take.
        """
        self._section(section)
        wanted = self.placeholders(section)
        if wanted != values.keys():
            if missing := sorted(wanted - values.keys()):
                raise PromptError(f"section '{section}' needs {', '.join(missing)}")
            raise PromptError(f"section '{section}' takes no {', '.join(sorted(values.keys() - wanted))}")
        # A value that looks like a placeholder stays text.
        parts = self._parts[section].copy()
        parts[1::2] = [_render(name, self.inputs[name], values[name]) for name in parts[1::2]]
        filled = "".join(parts)
        return (_GAP.sub("\n\n", filled) if "\n\n\n" in filled else filled).strip()

    def messages(self, values: Mapping[str, str], *, user: str = "User") -> list[tuple[str, str]]:
        """The system message and one user message, filled; ``values`` are exactly the inputs of the two together."""
        wanted = self.placeholders("System") | self.placeholders(user)
        if unknown := sorted(values.keys() - wanted):
            raise PromptError(f"this prompt takes no {', '.join(unknown)}")
        return [
            (role, self.fill(section, {name: values[name] for name in self.placeholders(section) if name in values}))
            for role, section in (("system", "System"), ("user", user))
        ]

    def word(self, key: str) -> str:
        """The wording for a case, from the section ``Words``."""
        try:
            return self.words[key]
        except KeyError:
            raise PromptError(f"no wording for '{key}'") from None

    def _section(self, name: str) -> str:
        try:
            return self.sections[name]
        except KeyError:
            raise PromptError(f"no section '{name}'; there are {', '.join(self.sections)}") from None


@cache
def load_prompt(package: str, name: str = "prompt.md") -> Prompt:
    """Read a prompt file that lies in a package.

    Args:
        package: dotted name, for example ``agents.author``.
        name: the file's name.

    Raises:
        PromptError: the file is not a prompt.
    """
    return parse_prompt(files(package).joinpath(name).read_text(encoding="utf-8"))


def parse_prompt(text: str) -> Prompt:
    """Read a prompt from its text.

    Raises:
        PromptError: front matter is missing or incomplete, a section is double, or inputs and placeholders differ.
    """
    text = text.replace("\r\n", "\n")
    head, body = _split(text)
    missing = [key for key in ("purpose", "version", "output_schema", "inputs") if key not in head]
    if missing:
        raise PromptError(f"the front matter lacks {', '.join(missing)}")
    inputs: dict[str, Kind] = dict(head["inputs"] or {})
    if wrong := [name for name, kind in inputs.items() if kind not in ("block", "line", "literal")]:
        raise PromptError(f"input '{wrong[0]}' must be block, line or literal")
    sections = _sections(body)
    words = _words(sections.pop("Words", ""))
    used = {name for section in sections.values() for name in _PLACEHOLDER.findall(section)}
    if used != inputs.keys():
        raise PromptError(f"declared and used inputs differ: {', '.join(sorted(used ^ inputs.keys()))}")
    stray = re.search(r"\{\{|\}\}", _PLACEHOLDER.sub("", body))
    if stray:
        raise PromptError("a placeholder is malformed; it must be {{name}}")
    schema = head["output_schema"]
    return Prompt(
        purpose=str(head["purpose"]),
        version=int(head["version"]),
        output_schema={str(k): str(v) for k, v in schema.items()} if isinstance(schema, dict) else {"": str(schema)},
        inputs=inputs,
        sections=sections,
        words=words,
        digest=text_digest(text),
    )


def language_name(tag: str) -> str:
    """A language tag as a model reads it best: ``de`` becomes ``German (de)``; an unknown tag stays as it is."""
    name = _LANGUAGES.get(tag.split("-")[0])
    return f"{name} ({tag})" if name else tag


def lines(pairs: Sequence[tuple[str, str]]) -> str:
    """Labelled lines for a block, ``label: text``; pairs without text are left out."""
    return "\n".join(f"{label}: {text}" for label, text in pairs if text.strip())


def _render(name: str, kind: Kind, value: str) -> str:
    if kind == "literal":
        return value
    if kind == "line":
        line = " ".join(neutralise(value).split())
        if len(line) > MAX_LINE:
            raise PromptError(f"input '{name}' is too long for a line")
        return line
    inert = neutralise(value).strip()
    if "<" in inert:
        inert = re.sub(rf"<(\s*/?\s*{name}\b)", r"＜\1", inert, flags=re.IGNORECASE)
    return f"<{name}>\n{inert}\n</{name}>" if inert else ""


def _split(text: str) -> tuple[dict[str, Any], str]:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    match = re.match(r"---\n(.*?)\n---\n(.*)", text, re.DOTALL)
    if not match:
        raise PromptError("a prompt begins with front matter between two lines of ---")
    try:
        head = YAML(typ="safe").load(match[1])
    except YAMLError as error:
        raise PromptError("the front matter is not YAML") from error
    if not isinstance(head, dict):
        raise PromptError("the front matter is not a mapping")
    return head, match[2]


def _sections(body: str) -> dict[str, str]:
    parts = _HEADING.split(body)
    if parts[0].strip():
        raise PromptError("there is text before the first section")
    names = parts[1::2]
    if len(set(names)) != len(names):
        raise PromptError("two sections share a name")
    return {name: text.strip() for name, text in zip(names, parts[2::2], strict=True)}


def _words(text: str) -> dict[str, str]:
    pairs = (line.split(":", 1) for line in text.splitlines() if line.strip())
    try:
        return {key.strip(): wording.strip() for key, wording in pairs}
    except ValueError:
        raise PromptError("every line under Words is 'key: wording'") from None
