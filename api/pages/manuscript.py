"""The text under signature as it is read: in sections, line by line, with the evidence marked where it stands.

What matters less for a decision is folded away, but never a line that holds evidence. Whatever no section knows stands
at the end: nothing is signed that is not shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from api.figures import plain
from api.scene_words import BEFORE
from api.wording import _
from evidence.fields import text_fields

if TYPE_CHECKING:
    from graphs.reviewing import CriterionView


@dataclass(frozen=True)
class Piece:
    """A run of text; ``marked`` is evidence, ``starts`` and ``ends`` name the quotes that begin and end with it."""

    text: str
    marked: bool = False
    starts: tuple[str, ...] = ()
    ends: tuple[int, ...] = ()


@dataclass(frozen=True)
class Line:
    """One text with its name; ``path`` is the field that a comment on it is anchored to."""

    label: str
    path: str
    pieces: tuple[Piece, ...]

    @property
    def evidence(self) -> bool:
        """Whether a quote of the judge stands in it."""
        return any(piece.marked for piece in self.pieces)


@dataclass(frozen=True)
class Fold:
    """Lines that open on demand."""

    label: str
    lines: tuple[Line, ...]


@dataclass
class Part:
    """Lines under one heading, and what is folded away below them."""

    heading: str
    lines: list[Line] = field(default_factory=list)
    clauses: tuple[str, ...] = ()
    folds: list[Fold] = field(default_factory=list)

    def fold(self, label: str, lines: Sequence[Line]) -> None:
        """Fold lines away; those that hold evidence stay in sight."""
        self.lines += [line for line in lines if line.evidence]
        if hidden := tuple(line for line in lines if not line.evidence):
            self.folds.append(Fold(label, hidden))

    @property
    def paths(self) -> set[str]:
        """The fields shown here, folded or not."""
        return {line.path for lines in (self.lines, *(each.lines for each in self.folds)) for line in lines}


@dataclass
class Section:
    """Parts that belong together; ``hidden`` says that a learner does not see them beforehand."""

    key: str
    title: str
    told: str
    hidden: bool
    parts: list[Part]


@dataclass(frozen=True)
class Mark:
    """Where a criterion's quote stands; ``number`` is the criterion's, ``key`` the quote's own anchor."""

    number: int
    key: str
    start: int
    end: int


Marks = Mapping[str, Sequence[Mark]]


def marks_of(criteria: Iterable[CriterionView]) -> dict[str, list[Mark]]:
    """Marks by field; criteria are numbered from 1 in the order given, quotes by ``quote_key``."""
    found: dict[str, list[Mark]] = {}
    for number, criterion in enumerate(criteria, 1):
        for place, quote in enumerate(criterion.quotes):
            if not quote.struck and quote.start is not None and quote.end is not None:
                mark = Mark(number, quote_key(number, place), quote.start, quote.end)
                found.setdefault(quote.field, []).append(mark)
    return found


def quote_key(number: int, place: int) -> str:
    """The anchor of a criterion's quote."""
    return f"quote-{number}-{place}"


def pieces(text: str, marks: Sequence[Mark] = ()) -> tuple[Piece, ...]:
    """Cut a text where marks begin and end; joined, the pieces are the text again."""
    cuts = sorted({0, len(text), *(m.start for m in marks), *(m.end for m in marks)})
    return tuple(
        Piece(
            text[left:right],
            marked=any(m.start <= left and right <= m.end for m in marks),
            starts=tuple(m.key for m in marks if m.start == left),
            ends=tuple(sorted({m.number for m in marks if m.end == right})),
        )
        for left, right in pairwise(cuts)
    )


class _Writer:
    """Makes lines from content and remembers which texts are shown."""

    def __init__(self, content: Mapping[str, Any], marks: Marks) -> None:
        self.texts = text_fields(content)
        self.shown: set[str] = set()
        self._marks = marks

    def one(self, label: str, path: str) -> list[Line]:
        """The text at a path, or nothing where it is empty."""
        if path not in self.texts:
            return []
        self.shown.add(path)
        return [Line(label, path, pieces(self.texts[path], self._marks.get(path, ())))]

    def each(self, label: str, path: str) -> list[Line]:
        """Every text of a list, a line each."""
        found = [name for name in self.texts if name.startswith(f"{path}[")]
        return [line for name in found for line in self.one(label, name)]

    def joined(self, label: str, path: str) -> list[Line]:
        """The texts of a list on one line."""
        made: list[Piece] = []
        for line in self.each(label, path):
            made += [*([Piece(", ")] if made else []), *line.pieces]
        return [Line(label, path, tuple(made))] if made else []

    def said(self, label: str, path: str, text: str) -> list[Line]:
        """A value put into words."""
        self.shown |= {name for name in self.texts if name.startswith(path)}
        return [Line(label, path, (Piece(text),))]

    def rest(self) -> list[Line]:
        """Every text that is not shown yet."""
        return [line for path in list(self.texts) if path not in self.shown for line in self.one(label_of(path), path)]


def scenario(content: Mapping[str, Any], criteria: Iterable[CriterionView] = ()) -> list[Section]:
    """A scenario (``practice.scenario.Scenario`` as data, slots filled) in the order in which people read."""
    write = _Writer(content, marks_of(criteria))
    seen = Part("")
    for label, path in (
        (_("Setting"), "setting"),
        (_("Who you are"), "learner_role"),
        (_("What you practise"), "learner_goal"),
        (_("First words"), "opening_line"),
    ):
        seen.lines += write.one(label, path)
    seen.lines += write.each(BEFORE, "safety_notes")
    seen.fold(_("Title and skill"), [*write.one(_("Title"), "title"), *write.one(_("Skill"), "skill")])
    short = []
    for label, path in ((_("Setting"), "setting"), (_("First words"), "opening_line"), (_("Goal"), "goal")):
        short += write.one(label, f"short_version.{path}")
    seen.fold(_("The three-minute version"), short)
    sections = [
        Section("seen", _("What a learner sees"), _("Before and during the scene."), False, [seen]),
        Section(
            "hidden",
            _("What a learner does not see"),
            _("It steers the scene. A concern stays with the persona until the learner opens it."),
            True,
            _people(write, content),
        ),
        Section(
            "assessed",
            _("What the debrief looks for"),
            _("Objectives with their levels, and examples of good words; shown after the scene."),
            True,
            [*_objectives(write, content["objectives"]), _exemplars(write)],
        ),
    ]
    slots = Part(_("Details that may vary"))
    for index, slot in enumerate(content.get("slots", ())):
        write.shown.add(f"slots[{index}].key")
        slots.lines += write.joined(plain(slot["key"]), f"slots[{index}].values")
    rest = Part(_("And the rest"), write.rest())
    sections.append(
        Section(
            "rest",
            _("Everything else under the signature"),
            _("Names, codes and wording around the scene. They are signed like the rest."),
            True,
            [part for part in (slots, rest) if part.lines],
        )
    )
    return sections


def document(content: Mapping[str, Any]) -> list[Section]:
    """A charter or criteria set: what holds for the whole, then a part per clause or criterion."""
    write = _Writer(content, {})
    parts = []
    for index, clause in enumerate(content.get("clauses", ())):
        path = f"clauses[{index}]"
        part = Part(str(clause["id"]), write.one(plain(clause["kind"]), f"{path}.text"))
        write.shown |= {f"{path}.id", f"{path}.kind"}
        if clause.get("source"):
            part.lines += write.one(_("From"), f"{path}.source.document")
            part.lines += write.one(_("Where it says"), f"{path}.source.quote")
        parts.append(part)
    for index, criterion in enumerate(content.get("criteria", ())):
        parts.append(_criterion(write, criterion, f"criteria[{index}]"))
    head = Part("", write.rest())
    for figure in ("pass_threshold", "min_agreement", "samples"):
        if figure in content:
            head.lines.append(Line(plain(figure), figure, (Piece(f"{content[figure]:g}"),)))
    return [Section("text", _("The proposed text"), "", False, [head, *parts])]


def _criterion(write: _Writer, criterion: Mapping[str, Any], path: str) -> Part:
    part = Part(plain(criterion["id"]), write.one(_("Question"), f"{path}.question"))
    write.shown.add(f"{path}.id")
    part.lines += write.joined(_("Cites"), f"{path}.clause_ids")
    part.lines += write.joined(_("Reads"), f"{path}.scope")
    for place, level in enumerate(criterion["levels"]):
        where = f"{path}.levels[{place}]"
        write.shown.add(f"{where}.key")
        proof = "" if level.get("needs_evidence", True) else _(", needs no quote")
        label = f"{plain(level['key'])} ({level['value']:g}{proof})"
        part.lines += write.one(label, f"{where}.anchor")
        part.lines += write.one(_("For example"), f"{where}.positive_example")
        part.lines += write.one(_("Not"), f"{where}.negative_example")
    figures = [_("weight {weight:g}").format(weight=float(criterion.get("weight", 1)))]
    if criterion.get("min_level"):
        figures.append(_("at least {level}").format(level=plain(criterion["min_level"])))
    if criterion.get("veto_below"):
        figures.append(_("veto below {level}").format(level=plain(criterion["veto_below"])))
    may = _("the judge may abstain") if criterion.get("allow_abstain", True) else _("the judge may not abstain")
    figures.append(f"{may} ({criterion.get('abstain_policy', 'refer')})")
    write.shown |= {f"{path}.{name}" for name in ("min_level", "veto_below", "abstain_policy")}
    part.lines.append(Line(_("Counts"), path, (Piece("; ".join(figures) + "."),)))
    return part


def _people(write: _Writer, content: Mapping[str, Any]) -> list[Part]:
    """Everybody's deck, one after the other."""
    others = content.get("others", ())
    parts = [_persona(write, content["persona"]), *_concerns(write, content["persona"])]
    for index, person in enumerate(others):
        where = f"others[{index}]"
        parts.append(_persona(write, person, where, _("Also there: {name}").format(name=person["name"])))
        parts += _concerns(write, person, where)
    return parts


def _persona(write: _Writer, persona: Mapping[str, Any], where: str = "persona", heading: str = "") -> Part:
    part = Part(heading or _("The other person"))
    for label, name in (
        (_("Name"), "name"),
        (_("Role"), "role"),
        (_("Relationship"), "relationship"),
        (_("Stance"), "stance"),
    ):
        part.lines += write.one(label, f"{where}.{name}")
    part.lines += write.each(_("Wants"), f"{where}.goals")
    objections = []
    for index, _objection in enumerate(persona.get("objections", ())):
        objections += write.one(_("Objects"), f"{where}.objections[{index}].line")
        objections += write.joined(_("Answered by words such as"), f"{where}.objections[{index}].answered_by")
    part.fold(_("Objections, and what answers them"), objections)
    manner = write.one(_("Way of speaking"), f"{where}.style")
    manner += write.one(_("Command of the language"), f"{where}.language_level")
    mood, trust = int(persona.get("mood", 0)), int(persona.get("trust", 0))
    feels = _("Mood {mood} (from −3 hostile to 3 warm), trust {trust}.").format(mood=mood, trust=trust)
    manner += [Line(_("At the start"), "persona", (Piece(feels),))]
    manner += write.each(_("Small talk"), f"{where}.small_talk")
    manner += write.each(_("Ends with"), f"{where}.closing")
    part.fold(_("Manner, small talk and endings"), manner)
    return part


def _concerns(write: _Writer, persona: Mapping[str, Any], where: str = "persona") -> list[Part]:
    parts = []
    for index, concern in enumerate(persona["concerns"]):
        path = f"{where}.concerns[{index}]"
        part = Part(_("Concern {number}: {name}").format(number=index + 1, name=plain(concern["id"])))
        write.shown.add(f"{path}.id")
        part.lines += write.one(_("The fact"), f"{path}.fact")
        part.lines += write.one(_("Until then they say"), f"{path}.cover")
        part.lines += write.said(_("Opens when"), f"{path}.reveal", opens(concern["reveal"]))
        opened = write.joined(_("Recognised by"), f"{path}.topic")
        opened += write.one(_("Then they say"), f"{path}.voiced")
        opened += write.one(_("And then"), f"{path}.effect")
        trust = _("Trust changes by {change:+d}.").format(change=int(concern["trust"]))
        part.fold(_("Once it is open"), [*opened, Line(_("Effect"), path, (Piece(trust),))])
        parts.append(part)
    return parts


def _objectives(write: _Writer, objectives: Sequence[Mapping[str, Any]]) -> list[Part]:
    parts = []
    for index, objective in enumerate(objectives):
        path = f"objectives[{index}]"
        part = Part(_("Objective {number}").format(number=index + 1), clauses=tuple(objective["clause_ids"]))
        write.shown |= {f"{path}.id"} | {p for p in write.texts if p.startswith(f"{path}.clause_ids[")}
        part.lines += write.one(_("The learner"), f"{path}.text")
        levels = []
        for place, level in enumerate(objective["levels"]):
            label = f"{plain(level['key'])} ({level['value']:g})"
            write.shown.add(f"{path}.levels[{place}].key")
            levels += write.one(label, f"{path}.levels[{place}].anchor")
        named = ", ".join(map(plain, objective["behaviours"]))
        levels += write.said(_("Code looks for"), f"{path}.behaviours", named)
        weight = _("Weight {weight:g}.").format(weight=float(objective["weight"]))
        if objective.get("knock_out"):
            weight += " " + _("Without it the scene does not count as mastered.")
        part.fold(_("Levels and weight"), [*levels, Line(_("Counts"), path, (Piece(weight),))])
        parts.append(part)
    return parts


def _exemplars(write: _Writer) -> Part:
    return Part(_("What good sounds like"), write.each(_("Good words"), "exemplars"))


def opens(reveal: Mapping[str, Any]) -> str:
    """When a concern opens, in words."""
    behaviour = {
        "open_question": _("the learner asks an open question that touches it"),
        "acknowledgement": _("the learner acknowledges what they feel"),
        "summary": _("the learner sums up what was said"),
        "reflection": _("the learner says back what they heard about it"),
        "staying": _("the learner stays with the topic"),
    }.get(str(reveal["on"]), plain(reveal["on"]))
    times, trust = int(reveal.get("times", 1)), int(reveal.get("min_trust", 0))
    if times > 1:
        behaviour += " " + _("({times} times)").format(times=times)
    if trust:
        behaviour += " " + _("and trust is at least {trust}").format(trust=trust)
    return f"{behaviour}."


_INDEX = re.compile(r"(\w+)\[(\d+)\]")
_SINGULAR = {"concerns": "concern", "others": "other person", "objectives": "objective", "levels": "level",
             "objections": "objection", "exemplars": "example", "clauses": "clause", "criteria": "criterion",
             "slots": "detail"}  # fmt: skip


def label_of(path: str) -> str:
    """A field path as people read it: ``persona.concerns[0].cover`` is "persona › concern 1 › cover"."""
    words = []
    for step in path.split("."):
        found = _INDEX.fullmatch(step)
        if found is None:
            words.append(plain(step))
        else:
            name = _SINGULAR.get(found[1], plain(found[1]))
            words.append(f"{name} {int(found[2]) + 1}")
    return " › ".join(words)
