"""Reading a brief: what can be taken over from the designer's words, so that the scenario is about their situation."""

from __future__ import annotations

import re
from collections.abc import Iterable

from agents.author.archetypes import Archetype, Library
from practice.brief import Brief
from practice.topics import stem

_SENTENCE = re.compile(r"(?:(?<=[.!?…])|(?<=[.!?…][\"'”’)]))\s+(?=[\"'“‘(]?[A-ZÄÖÜÀ-Þ0-9{])")
_ABBREVIATION = re.compile(r"\b(?:Mr|Ms|Mrs|Dr|Prof|St|No|e\.g|i\.e|approx|Hr|Fr|z\.B|d\.h|ca)\.$")
_SPLIT_AFTER = re.compile(r",|\b(?:in|at|of|on|for|from|with|who|that|across|during|within|under|and)\b")


def plain(text: str) -> str:
    """The text on one line, without braces: these mark variation slots."""
    return re.sub(r"\s+", " ", text).strip().replace("{", "(").replace("}", ")")


def sentences(text: str) -> list[str]:
    """The sentences of a text; joined with single spaces they give the text again."""
    parts: list[str] = []
    for piece in _SENTENCE.split(re.sub(r"\s+", " ", text).strip()):
        if parts and _ABBREVIATION.search(parts[-1]):
            parts[-1] = f"{parts[-1]} {piece}"
        elif piece:
            parts.append(piece)
    return parts


def sentence(text: str) -> str:
    """The text as one or more sentences: upper case at the start, a full stop at the end."""
    bare = plain(text)
    if not bare:
        return ""
    bare = bare[0].upper() + bare[1:]
    return bare if bare.rstrip("\"'”’)")[-1:] in ".!?…" else f"{bare}."


def lower_first(text: str) -> str:
    """Lower case at the start, unless the first word is an abbreviation or the pronoun ``I``."""
    first = text.split(" ", 1)[0]
    keep = (len(first) > 1 and first[1:] != first[1:].lower()) or first in {"I", "I'm", "I'd", "I'll", "I've"}
    return text if keep or not text else text[0].lower() + text[1:]


def fitted(text: str, limit: int) -> str:
    """As many whole sentences as fit in ``limit`` characters; a single long one is cut at a word."""
    if len(text) <= limit:
        return text
    kept = ""
    for part in sentences(text):
        longer = f"{kept} {part}".strip()
        if len(longer) > limit:
            break
        kept = longer
    return kept or text[: limit - 1].rsplit(" ", 1)[0] + "…"


def learner(audience: str, library: Library) -> str:
    """Who the learner is, as a noun phrase: ``one of the shift leads``, ``a new buyer``, ``someone who …``."""
    wording = library.wording
    bare = plain(audience).rstrip(".")
    first, _, rest = bare.partition(" ")
    if first.lower() in {"everyone", "everybody", "anyone"}:
        return wording.someone.replace("<audience>", rest) if rest else first.lower()
    if first.lower() in {"all", "our", "the"} and rest:
        bare = rest
    head = _SPLIT_AFTER.split(bare, maxsplit=1)[0].split()
    last = head[-1].lower() if head else ""
    bare = lower_first(bare)
    if last in wording.collective or last.endswith("men") or (last.endswith("s") and not last.endswith(("ss", "us"))):
        return wording.one_of.replace("<audience>", bare)
    if first.lower() in wording.articles:
        return bare
    return f"{'an' if bare[:1].lower() in 'aeiou' else 'a'} {bare}"


def subject(skill: str, library: Library) -> str:
    """What the skill is about, where it says so: ``feedback on late handovers`` → ``late handovers``; else ""."""
    wording = library.wording
    found = re.search(rf"\b(?:{'|'.join(wording.subject_after)})\s+(.+)$", plain(skill).rstrip("."), re.IGNORECASE)
    if not found:
        return ""
    tail = found.group(1).split()
    if len(tail) > 5 or any(word.lower() in wording.no_subject for word in tail[:2]):
        return ""
    if tail[0].lower() in wording.articles:
        tail[0] = wording.the
    return lower_first(" ".join(tail))


def figure(text: str, library: Library) -> str:
    """The first figure with a unit in a text (``five hours``, ``9 %``), money and shares before the rest; or ""."""
    numbers = "|".join(library.wording.number_words)
    number = rf"(?:\d+(?:[.,]\d+)*|(?:{numbers})(?:[ -](?:{numbers}))*)"
    for unit in library.wording.units:
        found = re.search(rf"(?<!\w){number}\s*{re.escape(unit)}(?!\w)", plain(text), re.IGNORECASE)
        if found:
            return lower_first(found.group())
    return ""


def other_role(brief: Brief, archetype: Archetype, library: Library) -> str:
    """The other person's role in the brief's own words (``long-term client``), or ""."""
    wording = library.wording
    learners = {stem(word, library.language) for word in re.findall(r"\w+", brief.audience)}
    determiners = "|".join(sorted(wording.determiners))
    found: list[tuple[int, int, int, str]] = []
    text = f"{plain(brief.situation)} {plain(brief.skill)}"
    people = wording.people_outside if archetype.outside else wording.people_inside
    for rank, nouns in enumerate((archetype.roles, people)):
        for noun in nouns:
            if {stem(word, library.language) for word in noun.split()} <= learners:
                continue
            pattern = rf"\b(?:{determiners})\s+((?:[\w'-]+\s+){{0,3}}?)({re.escape(noun)})(s?)(?![\w-])"
            for hit in re.finditer(pattern, text, re.IGNORECASE):
                before = [w for w in hit.group(1).split() if w.lower() not in wording.not_in_role | wording.determiners]
                if len(before) > 2 or any(w.lower() in wording.stop or w.endswith(("'s", "’s")) for w in before):
                    continue
                found.append((hit.start(), -hit.end(), rank, " ".join([*before, noun])))
    if not found:
        return ""
    role = min(found)[3]
    return role[0].upper() + role[1:]


def person_named(text: str, library: Library) -> str:
    """A name the brief gives the other person (``Ms Brandt``, ``Jonas``), or ""."""
    titles = "|".join(library.wording.titles)
    titled = re.search(rf"\b(?:{titles})\.? [A-ZÀ-Þ][\w'-]+", text)
    if titled:
        return titled.group()
    for word in re.findall(r"\b[A-ZÀ-Þ][\w'-]*[a-zà-ÿ]\b", text):
        if word in library.wording.given_names:
            return str(word)
    return ""


def names_for(pool: Iterable[str], named: str, role: str, text: str, library: Library) -> tuple[str, ...]:
    """The values of the name slot: the brief's own name first; of the pool, those its pronouns leave possible."""
    wording = library.wording
    words = {word.lower() for word in re.findall(r"\w+", text)}
    noun = {word.lower() for word in role.split()}
    she = bool(noun & wording.she_nouns) or (bool(words & wording.she) and not words & wording.he)
    he = bool(noun & wording.he_nouns) or (bool(words & wording.he) and not words & wording.she)
    names = tuple(pool)
    if she != he:
        fitting = wording.she_names if she else wording.he_names
        names = tuple(name for name in names if name in fitting) or names
    return tuple(dict.fromkeys((named, *names) if named else names))
