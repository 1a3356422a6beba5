"""A checkpoint for review: the text and what was found in it side by side, the verdict, and what has changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from api import preview_words, terminal, translation_words
from api.figures import plain
from api.terminal.turn import agreement_lines, asked_lines, turn_lines

if TYPE_CHECKING:
    from evidence.difference import FieldDifference
    from graphs.reviewing import CriterionView, QuoteView, Review
    from graphs.turns import Turn

OUTCOMES = {"aligned": terminal.GOOD, "revise": terminal.WARN, "refer": terminal.WARN, "errored": terminal.BAD}
_CODES = frozenset(
    {"id", "key", "on", "language", "difficulty", "barrier", "clause_ids", "behaviours", "source_digest"}
)
_HEADINGS = {
    "setting": "Setting",
    "learner_role": "The learner",
    "learner_goal": "Their goal",
    "opening_line": "Opening line",
    "short_version": "Three-minute version",
    "objectives": "Objectives",
    "persona": "The other person",
    "others": "Who else is there",
    "exemplars": "Example lines",
    "safety_notes": "Safety notes",
    "slots": "Details that vary",
    "translations": "Translations",
    "clauses": "Clauses",
    "criteria": "Criteria",
}
LEARNER_FIRST = ("setting", "learner_role", "learner_goal", "opening_line", "short_version", "safety_notes")
_READING_ORDER = (
    *LEARNER_FIRST, "objectives", "exemplars", "persona", "others", "name", "role", "relationship", "style", "stance",
    "goals", "mood", "trust", "objections", "line", "concerns", "fact", "topic", "cover", "reveal", "voiced", "effect",
    "text", "question", "scope", "weight", "levels", "anchor", "slots", "translations",
)  # fmt: skip
MOST_DIFFERENCES = 24


@dataclass(frozen=True)
class Mark:
    """A located quote and the number it is shown under."""

    number: int
    start: int
    end: int


def first_sentence(review: Review) -> str:
    """What the verdict comes to, in plain words."""
    verdict = review.verdict
    if verdict is None:
        return "Nothing was judged here; read what changed and decide."
    score, needed = terminal.percent(verdict["score"]), terminal.percent(verdict["pass_threshold"])
    match verdict["outcome"]:
        case "aligned":
            return f"The text meets the criteria: {score}, where {needed} is needed."
        case "refer":
            referred = [plain(c.criterion_id) for c in review.criteria if c.outcome == "refer"]
            return f"The judge is not sure and asks you to settle: {', '.join(referred)}."
        case "revise":
            return f"The verdict speaks against the text: {'; '.join(verdict['reasons'])}"
        case _:
            return f"The judgement failed: {'; '.join(verdict['reasons'])}"


def page(review: Review, only: Collection[str] = (), *, turn: Turn | None = None, me: str = "") -> Group:
    """Everything needed to decide.

    Args:
        review: what waits.
        only: top-level fields of the text to show; empty shows all of it.
        turn: whose turn it is; left out where nobody is asked.
        me: id of the reader, whose own word on levels is called theirs.
    """
    parts: list[RenderableType] = [_head(review)]
    if turn is not None:
        parts += [_title("Whose turn it is"), *turn_lines(turn)]
    if review.brief:
        parts += [_title("The brief"), _brief(review.brief)]
    content = {key: value for key, value in review.content.items() if not only or key in only}
    marks, notes = _marks(review.criteria, _reading_positions(content))
    parts += [_title("The text, and what was found in it"), _side_by_side(content, marks, notes)]
    if only:
        parts.append(Text("… the rest of the text is left out here.", style=terminal.QUIET))
    for each in review.translations:
        style = terminal.QUIET if each.fits else terminal.WARN
        parts.append(Text(f"Translation: {translation_words.standing_told(each)}", style=style))
    if review.criteria:
        parts += [Text(), verdict_table(review), *_struck(review.criteria), *_findings(review.criteria)]
    if review.agreements:
        parts += [_title("What people say of these levels"), *agreement_lines(review, me)]
    if review.asked and not only:
        parts += [_title("Asked in earlier rounds"), *asked_lines(review.asked)]
    if review.provisional is not None:
        parts.append(Text(preview_words.provisional_told(review.provisional), style=terminal.QUIET))
    if review.grounds is not None:
        told = [*preview_words.grounds_told(review.grounds)]
        if review.grounds.provisional:
            told += [preview_words.provisional_told(review.grounds), *(f"· {each}" for each in review.grounds.why)]
        parts += [_title("On what it is to be put in force"), *(Text(each) for each in told)]
    if review.differences:
        parts += [_title(f"What changed since version {review.previous_number}"), *differences(review.differences)]
    if (review.notes or review.unmet) and not only:
        parts += [_title("The author says"), Text(review.notes)]
        parts += [Text(f"Could not do: {each}", style=terminal.WARN) for each in review.unmet]
    if review.decisions:
        parts.append(_title("Decisions so far"))
    for decision in review.decisions:
        name = review.names.get(decision.person_id, "somebody")
        said = "; ".join([decision.reason, *(comment["text"] for comment in decision.comments)]).strip("; ")
        parts.append(Text(f"{name}: {plain(decision.kind)}{f' — {said}' if said else ''}"))
    return Group(*parts)


def reading(content: Mapping[str, Any]) -> Table:
    """The text alone, for somebody who is not to see what was found in it."""
    return _side_by_side(content, {}, {})


def verdict_table(review: Review) -> Table:
    """Criterion by criterion: level, outcome, agreement, and why."""
    made = terminal.table("Criterion", "Level", "Outcome", "Why", title="Verdict", keep=("Outcome",))
    for each in review.criteria:
        why = each.reason or each.rationale or each.anchor
        made.add_row(
            Text(plain(each.criterion_id), style="bold"),
            Text(plain(each.level) if each.level else "none"),
            Text(each.outcome, style=OUTCOMES.get(each.outcome, "")),
            Text(why),
        )
    return made


def quote_text(quote: QuoteView) -> Text:
    """A quote; one that code did not find is struck out, and says so."""
    if quote.struck:
        return (
            Text("✗ ", style=terminal.BAD)
            + Text(f"“{quote.quote}”", style=f"strike {terminal.BAD}")
            + Text("  struck out by code: these words do not stand in the text", style=terminal.BAD)
        )
    return Text(f"“{quote.quote}”")


def differences(found: Iterable[FieldDifference]) -> list[RenderableType]:
    """Word by word: removed in [-…-], added in {+…+}, with colour where there is any."""
    lines: list[RenderableType] = []
    everything = list(found)
    for each in everything[:MOST_DIFFERENCES]:
        line = Text(f"{each.field}: ", style=f"{terminal.ACCENT}")
        for op, text in each.words:
            if op == "delete":
                line.append(f"[-{text.strip()}-] ", style=f"strike {terminal.BAD}")
            elif op == "insert":
                line.append(f"{{+{text.strip()}+}} ", style=f"underline {terminal.GOOD}")
            else:
                line.append(_shortened(text), style="")
        lines.append(line)
    if len(everything) > MOST_DIFFERENCES:
        lines.append(Text(f"… and {len(everything) - MOST_DIFFERENCES} more fields; --json shows them all."))
    return lines


def _shortened(text: str) -> str:
    words = text.split(" ")
    return text if len(words) <= 16 else " ".join([*words[:6], "…", *words[-6:]])


def _title(text: str) -> Text:
    return Text(f"\n{text}", style="bold")


def _head(review: Review) -> Panel:
    title = _title_of(review.content)
    verdict = review.verdict
    style = OUTCOMES.get(verdict["outcome"], "") if verdict else ""
    checkpoint = review.checkpoint
    state = "waits for a decision" if checkpoint.status == "pending" else plain(checkpoint.status)
    body = Text(first_sentence(review), style=style)
    if verdict and verdict["vetoes"]:
        body.append(f"\nVeto: {'; '.join(verdict['vetoes'])}", style=terminal.BAD)
    kind = plain(checkpoint.subject_kind)
    body.append(f"\n{kind} version {review.number}, written by: {review.player}; {state}.", style=terminal.QUIET)
    body.append(f"\nSeen as {review.review_digest[:12]} under policy {checkpoint.policy}.", style=terminal.QUIET)
    return Panel(body, title=Text(title, style="bold"), title_align="left", border_style=style or terminal.ACCENT)


def _title_of(content: Mapping[str, Any]) -> str:
    title = str(content.get("title", "Without a title"))
    for slot in content.get("slots", ()):
        title = title.replace("{" + slot["key"] + "}", slot["values"][0])
    return title


def _brief(brief: Mapping[str, Any]) -> Text:
    text = Text(f"{brief['skill']} — {brief['audience']}, {brief['difficulty']}\n{brief['situation']}")
    if brief.get("worry"):
        text.append(f"\nWhat worries the business: {brief['worry']}", style="italic")
    return text


def _reading_positions(content: Mapping[str, Any]) -> dict[str, int]:
    """Where each field stands on the page."""
    paths = [path for key in _in_order(content) for _, path, _ in _lines(content[key], key)]
    return {path: number for number, path in enumerate(paths)}


def _marks(
    criteria: Iterable[CriterionView], positions: Mapping[str, int]
) -> tuple[dict[str, list[Mark]], dict[str, list[Text]]]:
    """Marks and notes by field, numbered down the page; evidence in fields that are not shown is left out."""
    found = [
        (positions[quote.field], quote.end, quote.start, quote.field, criterion)
        for criterion in criteria
        for quote in criterion.quotes
        if not quote.struck and quote.start is not None and quote.end is not None and quote.field in positions
    ]
    marks: dict[str, list[Mark]] = {}
    notes: dict[str, list[Text]] = {}
    for number, (_, end, start, field, criterion) in enumerate(sorted(found, key=lambda each: each[:3]), 1):
        marks.setdefault(field, []).append(Mark(number, start, end))
        level = plain(criterion.level) if criterion.level else "no level"
        note = Text(f"[{number}] ", style=terminal.ACCENT) + Text(f"{plain(criterion.criterion_id)}: {level}")
        notes.setdefault(field, []).append(note)
    return marks, notes


def _marked(text: str, marks: Iterable[Mark]) -> Text:
    """The text with its evidence underlined, and each mark's number behind it."""
    line = Text(text)
    ordered = sorted(marks, key=lambda mark: (mark.end, mark.number))
    for mark in ordered:
        line.stylize(f"underline {terminal.ACCENT}", mark.start, mark.end)
    out = Text()
    position = 0
    for mark in ordered:
        out.append_text(line[position : mark.end])
        out.append(f" [{mark.number}]", style=f"bold {terminal.ACCENT}")
        position = mark.end
    return out + line[position:]


def _side_by_side(
    content: Mapping[str, Any], marks: Mapping[str, list[Mark]], notes: Mapping[str, list[Text]]
) -> Table:
    made = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, expand=True)
    made.add_column("Text under signature", ratio=3, overflow="fold", header_style=f"bold {terminal.ACCENT}")
    made.add_column("Evidence", ratio=2, overflow="fold", header_style=f"bold {terminal.ACCENT}")
    hidden_said = False
    for key in _in_order(content):
        if key in _CODES or key in ("title", "skill", "audience", "company"):
            continue
        lines = list(_lines(content[key], key))
        if not lines:
            continue
        if key not in LEARNER_FIRST and "persona" in content and not hidden_said:
            hidden_said = True
            made.add_row(Text("— what a learner does not see beforehand —", style=terminal.QUIET), Text())
        made.add_row(Text(_HEADINGS.get(key, plain(key).capitalize()), style="bold"), Text())
        for label, path, text in lines:
            left = Text({"": "", "•": "• "}.get(label, f"{label}: "), style=terminal.QUIET)
            made.add_row(left + _marked(text, marks.get(path, ())), Text("\n").join(notes.get(path, ())))
    return made


def _lines(value: Any, path: str) -> Iterable[tuple[str, str, str]]:
    """(label, path, text) of every text below a field, with what opens a concern in words."""
    if isinstance(value, str):
        if value.strip():
            yield "", path, value
        return
    if isinstance(value, list):
        for index, item in enumerate(value):
            if isinstance(item, str):
                if item.strip():
                    yield "•" if "[" not in path else "", f"{path}[{index}]", item
            else:
                yield from _lines(item, f"{path}[{index}]")
        return
    if isinstance(value, dict):
        if {"key", "anchor"} <= value.keys():
            yield f"level {plain(value['key'])}", f"{path}.anchor", value["anchor"]
            return
        if value.keys() == {"key", "values"}:
            yield "{" + value["key"] + "}", path, ", ".join(value["values"])
            return
        for key in _in_order(value):
            item = value[key]
            if key == "reveal":
                yield "opens", path, _opens(item)
            elif key == "topic":
                yield "topic", path, ", ".join(item)
            elif isinstance(item, str) and key not in _CODES and item.strip():
                yield "" if key == "text" else plain(key), f"{path}.{key}", item
            elif isinstance(item, list | dict) and key not in _CODES:
                for label, where, text in _lines(item, f"{path}.{key}"):
                    yield plain(key) if label in ("", "•") else label, where, text


def _in_order(value: Mapping[str, Any]) -> list[str]:
    """Keys in the order in which people read; stored content has them by alphabet."""
    place = {key: number for number, key in enumerate(_READING_ORDER)}
    return sorted(value, key=lambda key: place.get(key, len(place)))


def _opens(reveal: Mapping[str, Any]) -> str:
    times = int(reveal["times"])
    often = "" if times == 1 else f", {times} times"
    trust = int(reveal["min_trust"])
    return f"on {plain(str(reveal['on']))}{often}" + (f", from trust {trust} on" if trust else "")


def _struck(criteria: Iterable[CriterionView]) -> list[RenderableType]:
    """Invented quotes, struck out."""
    found = [(criterion, quote) for criterion in criteria for quote in criterion.quotes if quote.struck]
    if not found:
        return []
    lines: list[RenderableType] = [_title("Overruled by code")]
    lines += [Text(f"{plain(criterion.criterion_id)}: ") + quote_text(quote) for criterion, quote in found]
    return lines


def _findings(criteria: Iterable[CriterionView]) -> list[RenderableType]:
    """Instructions to the judge that were found in the text."""
    found = sorted({finding for criterion in criteria for finding in criterion.findings})
    if not found:
        return []
    head = _title("Instructions to the judge, found in the text")
    return [head, *(Text(each, style=terminal.WARN) for each in found)]
