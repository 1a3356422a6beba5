"""From a folder of Markdown pages to a proposed charter: rules find statements, a person edits and accepts them."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from pathlib import PurePosixPath

from pydantic import BaseModel, ConfigDict

from evidence.errors import InvalidInput, TooLarge
from evidence.locate import fold
from strategy import cues
from strategy.candidates import Candidate, Found, find_candidates
from strategy.charter import Charter, Clause, ClauseKind, Source
from strategy.pages import Page, read_page

MAX_PAGES = 400
MAX_CHARACTERS = 4_000_000
MAX_PAGE_CHARACTERS = 300_000
DEFAULT_LIMIT = 40
_SEEN_ANYWAY = 2  # so many of each kind get ahead, so that rarer kinds are seen
_COMPARED = 1000  # every statement is compared with every other: only so many of the best are
_ALIKE = 0.6  # share of common words from which two statements say the same
_WITHDRAWN = ("outdated", "draft", "archived", "deprecated", "obsolete", "superseded", "retired")
_DE = frozenset(
    {"der", "die", "das", "und", "wir", "nicht", "ist", "mit", "für", "auf", "ein", "eine", "sie", "zu", "den", "von"}
)
_EN = frozenset({"the", "and", "we", "not", "is", "with", "for", "on", "an", "you", "to", "of", "our", "are", "in"})


class ProposedCharter(BaseModel):
    """A proposal, not yet anybody's strategy: every clause has its source, every page passed over its reason."""

    model_config = ConfigDict(frozen=True)

    charter: Charter
    skipped: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()


def _reason_to_skip(page: Page) -> str | None:
    """Why a page is no source of strategy; None where it may be."""
    text = page.text
    if not text.strip():
        return "The page is empty."
    if "\x00" in text:
        return "This is no text file."
    if len(text) > MAX_PAGE_CHARACTERS:
        return f"The page has {len(text):,} characters; at most {MAX_PAGE_CHARACTERS:,} are read per page."
    if cues.LICENCE_NAME.search(page.name) or len(set(map(str.lower, cues.LICENCE_TEXT.findall(text)))) >= 3:
        return "This is a licence or legal notice, not strategy."
    for flag in _WITHDRAWN:
        if page.front.get(flag, "").lower() in ("true", "yes", "1", "on"):
            return f"Its front matter marks it as {flag}. Remove the mark if it still holds, or add the clause by hand."
        if page.front.get("status", "").lower() == flag:
            return f"Its front matter gives its status as {flag}."
    if page.front.get("published", "").lower() in ("false", "no", "0", "off"):
        return "Its front matter says that it is not published."
    if not page.blocks:
        return "There is no prose on the page."
    return None


def _words(text: str) -> frozenset[str]:
    return frozenset(word for word in re.findall(r"\w+", fold(text).text) if len(word) > 2 or not word.isascii())


def _stem(document: str) -> list[str]:
    """The words of a file name in ASCII, for ids."""
    name = PurePosixPath(document.replace("\\", "/")).stem
    for umlaut, plain in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss")):
        name = name.lower().replace(umlaut, plain)
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", ascii_name)
    while words and words[0] in ("the", "our", "a", "der", "die", "das", "unsere"):
        words = words[1:]
    return words if words and words[0][0].isalpha() else ["page", *words]


def _prefixes(documents: list[str]) -> dict[str, str]:
    """A short id prefix per page: its first word, or more of them where two pages share it."""
    stems = {document: _stem(document) for document in documents}
    shared = Counter(words[0] for words in stems.values())
    prefixes: dict[str, str] = {}
    for document in documents:
        words = stems[document]
        prefix = base = (words[0] if shared[words[0]] == 1 else "-".join(words))[:30].strip("-")
        number = 2
        while prefix in prefixes.values():
            prefix, number = f"{base}-p{number}", number + 1
        prefixes[document] = prefix
    return prefixes


def _distinct(ranked: list[tuple[str, int, Candidate]]) -> tuple[list[tuple[str, int, Candidate]], int]:
    """Without repetitions, and how many there were."""
    kept: list[tuple[str, int, Candidate]] = []
    seen: list[frozenset[str]] = []
    for entry in ranked:
        words = _words(entry[2].text)
        if all(len(words & other) < _ALIKE * len(words | other) for other in seen):
            kept.append(entry)
            seen.append(words)
    return kept, len(ranked) - len(kept)


def _chosen(ranked: list[tuple[str, int, Candidate]], limit: int) -> list[tuple[str, int, Candidate]]:
    """The best; each further one of a section and kind counts a little less, so that no list fills the charter."""
    chosen: list[tuple[str, int, Candidate]] = []
    rest = list(ranked)
    sections: Counter[tuple[str, str]] = Counter()
    kinds: Counter[ClauseKind] = Counter()

    def worth(entry: tuple[str, int, Candidate]) -> float:
        document, _, one = entry
        first = 2.0 if kinds[one.kind] < _SEEN_ANYWAY else 0.0
        return one.weight + first - 0.3 * sections[document, one.section] - 0.03 * kinds[one.kind]

    while rest and len(chosen) < limit:
        best = max(rest, key=worth)  # the first of equals, so the order of the pages decides
        rest.remove(best)
        chosen.append(best)
        sections[best[0], best[2].section] += 1
        kinds[best[2].kind] += 1
    return chosen


def _language(pages: list[Page]) -> str:
    words = Counter(word for page in pages for word in re.findall(r"\w+", page.text.lower()))
    return "de" if sum(words[word] for word in _DE) > sum(words[word] for word in _EN) else "en"


def propose_charter(
    pages: Mapping[str, str], *, title: str, company: str, limit: int = DEFAULT_LIMIT
) -> ProposedCharter:
    """Propose a charter from a company's own pages. The same pages give the same proposal, in whatever order they come.

    Args:
        pages: file name → text of each Markdown page.
        title: the charter's title.
        company: the company's name.
        limit: at most this many clauses, 1 to 200.

    Returns:
        The proposal. For every clause ``pages[source.document][source.start:source.end] == source.quote``. Ids are made
        of the page's name and the statement's number on it, so that they survive changes of other pages and of the
        limit.

    Raises:
        TooLarge: over 400 pages or four million characters.
        InvalidInput: no pages, a limit out of range, or no statement of principle on any page.
    """
    if not pages:
        raise InvalidInput("There are no Markdown pages in the folder.", todo="Choose a folder with .md files in it.")
    if not 1 <= limit <= 200:
        raise InvalidInput(f"A charter has 1 to 200 clauses, not {limit}.", where="limit")
    size = sum(map(len, pages.values()))
    if len(pages) > MAX_PAGES or size > MAX_CHARACTERS:
        raise TooLarge(
            f"The folder has {len(pages):,} pages with {size:,} characters; at most {MAX_PAGES} pages with "
            f"{MAX_CHARACTERS:,} characters are read.",
            todo="Choose the pages that state your strategy.",
        )
    documents = sorted(pages)
    prefixes = _prefixes(documents)
    skipped: list[tuple[str, str]] = []
    read: list[Page] = []
    found: list[tuple[str, int, Candidate]] = []
    elsewhere = addressed = 0
    for document in documents:
        too_long = len(pages[document]) > MAX_PAGE_CHARACTERS
        page = Page(document, pages[document]) if too_long else read_page(document, pages[document])
        reason = _reason_to_skip(page)
        here = Found(()) if reason else find_candidates(page, company)
        elsewhere += here.elsewhere
        addressed += here.addressed
        if not here.candidates:
            skipped.append((document, reason or "No statement of principle was recognised on it."))
            continue
        read.append(page)
        found += [(document, number, one) for number, one in enumerate(here.candidates, start=1)]
    if not found:
        raise InvalidInput(
            "No statement of principle was found on these pages."
            + (" Passages that address a machine instead of people were left out." if addressed else ""),
            todo="Choose pages with your mission, values or expected behaviour, or write the charter in YAML.",
            skipped=[{"document": document, "reason": reason} for document, reason in skipped],
        )
    ranked = sorted(found, key=lambda one: (-one[2].weight, one[0], one[1]))
    distinct, alike = _distinct(ranked[:_COMPARED])
    chosen = _chosen(distinct, limit)
    order = list(ClauseKind)
    chosen.sort(key=lambda one: (order.index(one[2].kind), one[0], one[1]))
    clauses = tuple(
        Clause(
            id=f"{prefixes[document]}-{number}",
            kind=one.kind,
            text=one.text,
            source=Source(document=document, start=one.start, end=one.end, quote=pages[document][one.start : one.end]),
        )
        for document, number, one in chosen
    )
    charter = Charter(title=title, company=company, language=_language(read), clauses=clauses)
    left_out = {
        "Statements left out because their section is by name about somebody else": elsewhere,
        "Statements left out because another one says nearly the same": alike,
        "Weaker statements left out to keep the charter short": len(ranked) - alike - len(chosen),
        "Passages left out because they address a machine instead of people; look at the pages": addressed,
    }
    notes = _notes(charter, len(read), left_out)
    return ProposedCharter(charter=charter, skipped=tuple(skipped), notes=notes)


def _notes(charter: Charter, pages: int, left_out: Mapping[str, int]) -> tuple[str, ...]:
    """What a person should know before accepting the proposal."""
    notes = [
        f"Rules chose {len(charter.clauses)} {'clause' if len(charter.clauses) == 1 else 'clauses'} from {pages} "
        f"{'page' if pages == 1 else 'pages'}. "
        "Read each beside its source, correct its kind, and drop what is not yours."
    ]
    notes += [f"{what}: {count}." for what, count in left_out.items() if count]
    kinds = {clause.kind for clause in charter.clauses}
    absent = [kind.value.replace("_", " ") for kind in ClauseKind if kind not in kinds]
    if absent:
        notes.append(f"Nothing was found for: {', '.join(absent)}. Add what is missing by hand.")
    return tuple(notes)
