"""P0 to P8: changes that must leave the level where it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from random import Random

from strategy.stress.case import Case, Changed, sentences_of
from strategy.stress.material import material

_FIGURE = re.compile(r"(?<![\w.,:])\d{1,4}(?![\w:]|[.,]\d)")


def again(case: Case, random: Random) -> Iterator[Changed]:
    """P0: nothing is changed; what differs is the judge's own noise."""
    yield Changed(case, "asked again")


def other_names(case: Case, random: Random) -> Iterator[Changed]:
    """P1: people and places get other names, each the same one everywhere."""
    pool = [name for name in material(case.language).names if name.casefold() not in case.cited]
    present = "\n".join(case.fields.values())
    wanted = [name for name in _parts(case.names) if re.search(rf"\b{re.escape(name)}\b", present)]
    wanted = [name for name in wanted if name.casefold() not in case.cited]
    pool = [name for name in pool if name not in wanted]
    if not wanted or len(pool) < len(wanted):
        return
    exchanged = dict(zip(wanted, random.sample(pool, len(wanted)), strict=True))
    pattern = re.compile("|".join(rf"\b{re.escape(name)}\b" for name in sorted(wanted, key=len, reverse=True)))
    fields = {key: pattern.sub(lambda found: exchanged[found.group()], text) for key, text in case.fields.items()}
    said = ", ".join(f"{old} → {new}" for old, new in exchanged.items())
    yield Changed(case.with_fields(fields), f"other names: {said}")


def other_figures(case: Case, random: Random) -> Iterator[Changed]:
    """P2: figures that no criterion and no clause names become others of the same length."""
    exchanged: dict[str, str] = {}

    def other(found: re.Match[str]) -> str:
        figure = found.group()
        if re.search(rf"(?<!\d){figure}(?!\d)", case.cited):
            return figure
        if figure not in exchanged:
            low, high = (1 if len(figure) == 1 else 10 ** (len(figure) - 1)), 10 ** len(figure) - 1
            exchanged[figure] = str(random.choice([each for each in range(low, high + 1) if str(each) != figure]))
        return exchanged[figure]

    fields = {key: _FIGURE.sub(other, text) for key, text in case.fields.items()}
    if exchanged:
        said = ", ".join(f"{old} → {new}" for old, new in exchanged.items())
        yield Changed(case.with_fields(fields), f"other figures: {said}")


def aside(case: Case, random: Random) -> Iterator[Changed]:
    """P3: one sentence about something on the spot that has no bearing; it must never be cited either."""
    sentence = random.choice(material(case.language).asides)
    field = _longest(case)
    yield Changed(case.with_fields(_put(case, field, sentence, random)), f"an aside in {field}", (sentence,))


def layout(case: Case, random: Random) -> Iterator[Changed]:
    """P4: other white space, Markdown around it, and the sections in another order."""
    spaced = {key: re.sub(r" +", "  ", text).replace("\n", "\n\n") + "\n" for key, text in case.fields.items()}
    yield Changed(case.with_fields(spaced), "other white space")
    marked = {
        key: "\n".join(f"- {line}" if line.strip() else line for line in text.split("\n"))
        for key, text in case.fields.items()
    }
    yield Changed(case.with_fields(marked), "Markdown list items")
    if len(case.fields) > 1:
        keys = list(case.fields)
        shuffled = keys[:]
        while shuffled == keys:
            random.shuffle(shuffled)
        yield Changed(case.with_fields({key: case.fields[key] for key in shuffled}), "sections in another order")


def padded(case: Case, random: Random) -> Iterator[Changed]:
    """P6: more words that say nothing; and fewer, where a sentence is neither cited nor near anything cited."""
    said = material(case.language).padding
    added = tuple(random.sample(said, min(3, len(said))))
    fields = dict(case.fields)
    for sentence in added:
        field = random.choice(list(fields))
        fields = _put(case.with_fields(fields), field, sentence, random)
    yield Changed(case.with_fields(fields), "padded with words that say nothing", added)
    idle = list(_idle_sentences(case))
    if idle:
        key, start, end = random.choice(idle)
        text = case.fields[key]
        shorter = (text[:start] + text[end:].lstrip(" ")).strip()
        yield Changed(case.with_fields({**case.fields, key: shorter}), f"a sentence less in {key}")


def other_order(case: Case, random: Random) -> Iterator[Changed]:
    """P7: levels and clauses are shown in another order."""
    keys = tuple(level.key for level in case.criterion.levels)
    yield Changed(replace(case, presented=keys[::-1]), "levels from highest to lowest")
    if len(case.clauses) > 1:
        yield Changed(replace(case, clauses=case.clauses[::-1]), "clauses in the opposite order")


def authority(case: Case, random: Random) -> Iterator[Changed]:
    """P8: somebody important, or everybody, is said to like it."""
    sentence = random.choice(material(case.language).authority)
    field = _longest(case)
    yield Changed(case.with_fields(_put(case, field, sentence, random)), f"praise in {field}", (sentence,))


def _parts(names: tuple[str, ...]) -> list[str]:
    """Names and their parts, longest first; particles and initials are not names."""
    parts = {part for name in names for part in name.split() if len(part) > 2 and part[:1].isupper()}
    return sorted(parts, key=lambda each: (-len(each), each))


def _longest(case: Case) -> str:
    return max(case.fields, key=lambda key: (len(case.fields[key]), key))


def _put(case: Case, field: str, sentence: str, random: Random) -> dict[str, str]:
    """The fields with a sentence between two others of one field, or after its only one."""
    text = case.fields[field]
    ends = [end for _, end in sentences_of(text)] or [len(text)]
    at = random.choice(ends)
    return {**case.fields, field: f"{text[:at].rstrip()} {sentence}{text[at:]}"}


def _idle_sentences(case: Case) -> Iterator[tuple[str, int, int]]:
    """Sentences that no quote touches and that share no longer word with the criterion or its clauses."""
    named = {word for word in re.findall(r"\w+", case.cited) if len(word) > 4}
    for key, text in case.fields.items():
        spans = sentences_of(text)
        if len(spans) < 3:
            continue
        for start, end in spans:
            quoted = any(
                each.field == key
                and each.start is not None
                and each.end is not None
                and each.start < end
                and each.end > start
                for each in case.evidence
            )
            if not quoted and not named & set(re.findall(r"\w+", text[start:end].casefold())):
                yield key, start, end
