"""What a rule of revision works with: the content it may change, the request, and how to read it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from agents.author import ChangeRequest
from agents.author.archetypes import Library
from agents.author.composing import Parts
from strategy.charter import Charter

QUOTED = r"[\"“„](.+?)[\"”“]|(?<!\w)['‘](.+?)['’](?!\w)"
_NAME = r"[\"“'‘]?((?:(?:Mr|Ms|Mrs|Dr|Prof)\.? )?[A-ZÀ-Þ][\w'-]*(?: [A-ZÀ-Þ][\w'-]*){0,2})[\"”'’]?"
_READS_QUOTES = frozenset({"about", "mention", "mention_that"})


class Unmet(Exception):
    """A rule understood the request but cannot meet it; the message says why."""


@dataclass(frozen=True)
class Desk:
    """What a rule works with: ``content`` is changed in place."""

    content: dict[str, Any]
    values: dict[str, str]
    change: ChangeRequest
    made: Parts
    library: Library
    charter: Charter | None

    @property
    def text(self) -> str:
        """The request on one line."""
        return re.sub(r"\s+", " ", self.change.text).strip()

    def asked(self, kind: str) -> re.Match[str] | None:
        """The first pattern of this kind that the request matches."""
        for pattern in getattr(self.library.requests, kind):
            ready = pattern.replace("<Q>", f"(?:{QUOTED})").replace("<NAME>", f"(?-i:{_NAME})")
            # What stands in quotation marks is text, not a command: "drop" in it removes nothing.
            text = self.text if ready != pattern or kind in _READS_QUOTES else self.unquoted
            if found := re.search(ready, text, re.IGNORECASE):
                return found
        return None

    @property
    def unquoted(self) -> str:
        """The request without what it quotes."""
        return re.sub(QUOTED, "“”", self.text)

    def quotes(self) -> list[str]:
        """Texts in quotation marks in the request."""
        return [double or single for double, single in re.findall(QUOTED, self.text)]

    def field(self) -> str:
        """The field the request is anchored to, or names; "" where it does neither."""
        if self.change.field:
            return self.change.field
        for name, patterns in self.library.requests.fields.items():
            if any(re.search(pattern, self.text, re.IGNORECASE) for pattern in patterns):
                return name
        return ""
