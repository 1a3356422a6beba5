"""Taking a comment apart: people put several wishes, and their reasons, into one."""

from __future__ import annotations

import re

from agents.author.archetypes import Library
from agents.author.desk import QUOTED
from agents.author.reading import sentences

_KEPT = re.compile("\x00(\\d+)\x00")


def wishes(text: str, library: Library) -> list[str]:
    """The parts of a comment that ask for something, in order; what stands in quotation marks is never cut.

    A comment of one part is returned as it is. Of several, those that only give a reason are left out, unless all do.
    """
    quotes: list[str] = []

    def keep(found: re.Match[str]) -> str:
        quotes.append(found.group())
        return f"\x00{len(quotes) - 1}\x00"

    masked = re.sub(QUOTED, keep, re.sub(r"\s+", " ", text).strip())
    verbs = "|".join(library.requests.verbs)
    joined = re.compile(rf",?\s+(?:and|und)\s+(?=(?:also\s+|please\s+|then\s+|bitte\s+)*(?:{verbs})\b)", re.IGNORECASE)
    # A quotation that ends with a full stop ends the sentence around it.
    closed = re.sub(r"\x00 (?=[A-ZÄÖÜ])", "\x00.\x01 ", masked)
    parts = [part for one in sentences(closed) for part in joined.split(one)]
    whole = [_KEPT.sub(lambda found: quotes[int(found.group(1))], part.replace(".\x01", "")) for part in parts]
    asking = [part for part in whole if _asks(part, library, verbs)]
    return [text] if len(whole) < 2 else asking or [text]


def _asks(part: str, library: Library, verbs: str) -> bool:
    start = rf"^(?:also|and|then|please|bitte|but|,|\s)*(?:{verbs})\b"
    return bool(re.search(start, part, re.IGNORECASE)) or any(
        re.search(pattern, part, re.IGNORECASE) for pattern in library.requests.asking
    )
