"""Everything a statement can be besides a reflection: affirmation, advice, information, commitment, blame and so on."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from practice.detection.view import View
from practice.observation import Behaviour

_BY_CUE = {
    Behaviour.AFFIRMATION: "affirmation",
    Behaviour.ACKNOWLEDGEMENT: "acknowledgement",
    Behaviour.CONFRONTATION: "confrontation",
    Behaviour.BLAME: "blame",
}


def behaviours(view: View, *, is_reflection: bool, is_permitted: Callable[[], bool]) -> list[Behaviour]:
    """What a statement does, besides reflecting.

    Args:
        view: the statement.
        is_reflection: it was found to be a reflection.
        is_permitted: says whether the other asked for advice, or was asked whether it is welcome.
    """
    found = [behaviour for behaviour, group in _BY_CUE.items() if view.has(f"statement.{group}")]
    if view.overlap >= 0.5 and is_reflection:
        found = [behaviour for behaviour in found if behaviour is not Behaviour.BLAME]
    if is_summary(view):
        found.append(Behaviour.SUMMARY)
    if advises(view, is_reflection=is_reflection):
        found.append(Behaviour.ADVICE_WITH_PERMISSION if is_permitted() else Behaviour.ADVICE_WITHOUT_PERMISSION)
    if is_commitment(view):
        found.append(Behaviour.COMMITMENT)
    elif informs(view, is_reflection=is_reflection, is_plain=not found):
        found.append(Behaviour.INFORMATION)
    return found


def in_question(view: View) -> list[Behaviour]:
    """What a question can do besides asking."""
    found = [b for b in (Behaviour.CONFRONTATION, Behaviour.BLAME) if view.has(f"statement.{_BY_CUE[b]}")]
    if view.has("statement.advice_question"):
        found.append(Behaviour.ADVICE_WITHOUT_PERMISSION)
    return found


def is_summary(view: View) -> bool:
    """Whether several things are drawn together: said so openly, or said to be checked and then listed."""
    if view.has("statement.summary"):
        return True
    parts = sum(view.sentence.heads[i] and token.after_pause for i, token in enumerate(view.sentence.tokens))
    return view.has("statement.summary_check") and parts >= 3 and view.length >= 15


def advises(view: View, *, is_reflection: bool) -> bool:
    """Whether it says what the other should do. What the other *has to* do may as well be a reflection."""
    return view.has("statement.advice") or (view.has("statement.obligation") and not is_reflection)


def is_commitment(view: View) -> bool:
    """Whether somebody is bound: who and what, together with when, or in so many words."""
    if view.has("statement.commitment"):
        return True
    binds = view.has("statement.promise") or view.has("statement.agreement")
    return binds and view.has("statement.when") and not view.has("statement.obligation")


def informs(view: View, *, is_reflection: bool, is_plain: bool) -> bool:
    """Whether it, or a clause of it, gives a fact about work or reports what was seen."""
    if _informs(view, is_reflection=is_reflection, is_plain=is_plain):
        return True
    clauses = () if is_reflection else view.clauses()
    return len(clauses) > 1 and any(_informs(clause, is_reflection=False, is_plain=False) for clause in clauses)


def _informs(view: View, *, is_reflection: bool, is_plain: bool) -> bool:
    found = {name: 1.0 for name in view.pack.information if view.has(f"information.{name}")}
    people = {*view.pack.lists.get("other_person", ()), *view.pack.lists.get("self", ())}
    found["observation"] = float(view.has("statement.observed"))
    found["reflective"] = float(is_reflection)
    found["plain"] = float(is_plain)
    found["third_person"] = float(not people & {*view.sentence.words})
    found["length"] = float(view.length >= 8)
    scoring = view.pack.information_scoring
    return view.length >= 4 and scoring.score(found) >= scoring.threshold


def jargon_spans(seen: Iterable[View], text: str, previous: str) -> list[tuple[int, int]]:
    """Where trade talk stands: known phrases, and abbreviations that the other has not used."""
    letters = [c for c in text if c.isalpha()]
    is_shouted = sum(c.isupper() for c in letters) > len(letters) / 2
    spans: set[tuple[int, int]] = set()
    for view in seen:
        tokens = view.sentence.tokens
        spans |= {(tokens[h.start].start, tokens[h.end - 1].end) for h in view.hits.get("statement.jargon", ())}
        if not is_shouted:
            spans |= {(t.start, t.end) for t in tokens if _is_unknown(text[t.start : t.end], view, previous)}
    kept: list[tuple[int, int]] = []
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if not kept or start >= kept[-1][1]:
            kept.append((start, end))
    return kept


def _is_unknown(written: str, view: View, previous: str) -> bool:
    """Whether a word is an abbreviation in capitals that neither everybody nor the other person uses."""
    is_abbreviation = written.isalpha() and written.isupper() and 2 <= len(written) <= 5
    return is_abbreviation and written not in view.pack.known_abbreviations and written not in previous
