"""Two small charts of a debrief: who said how much, and which questions were asked; a table has the same numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from api.scene_words import together
from api.wording import _
from practice.debrief import Debrief

WIDTH = 300  # of a whole bar, in the units of its drawing
CELLS = 20  # of a whole bar, in the terminal
FILLS = ("solid", "hatched", "dotted", "plain")  # how the parts are told apart without colour; no chart has more


@dataclass(frozen=True)
class Part:
    """One piece of a bar: ``start`` and ``width`` in the drawing's units, ``figure`` as people read it."""

    label: str
    figure: str
    start: float
    width: float
    fill: str


@dataclass(frozen=True)
class Chart:
    """A bar of two parts or more; ``said`` is all of it in one sentence."""

    key: str
    title: str
    said: str
    measure: str
    parts: tuple[Part, ...]

    def cells(self) -> tuple[int, ...]:
        """How many of ``CELLS`` characters each part takes."""
        ends = [round(CELLS * (part.start + part.width) / WIDTH) for part in self.parts[:-1]] + [CELLS]
        return tuple(end - start for start, end in zip([0, *ends], ends, strict=False))


def charts(debrief: Debrief, people: Sequence[str]) -> list[Chart]:
    """The charts there is anything to draw for.

    Args:
        debrief: as it is kept; an older one does not know who of several people said how much.
        people: the names of everybody whom the learner met.
    """
    found = []
    if debrief.talk_ratio is not None:
        found.append(_words(debrief.talk_ratio, _shares(debrief, debrief.talk_ratio, people)))
    opened, closed = debrief.counts.get("open_question", 0), debrief.counts.get("closed_question", 0)
    if opened + closed:
        found.append(
            Chart(
                "questions",
                _("Which questions you asked"),
                _("{opened} open and {closed} closed, as far as code recognises them.").format(
                    opened=opened, closed=closed
                ),
                _("Questions"),
                _parts([(_("Open questions"), str(opened), opened), (_("Closed questions"), str(closed), closed)]),
            )
        )
    return found


def _shares(debrief: Debrief, yours: float, people: Sequence[str]) -> list[tuple[str, float]]:
    """Everybody else's share of all words, by name; of one name for all where it is not known who said what."""
    if len(people) > 1 and debrief.shares:
        return [(name, debrief.shares.get(name, 0.0)) for name in people]
    return [(together(people), 1 - yours)]


def _words(yours: float, theirs: Sequence[tuple[str, float]]) -> Chart:
    percents = _percents([yours, *(share for _name, share in theirs)])
    if len(theirs) == 1:
        said = _("Of all words, {yours} % were yours and {theirs} % were said by {persona}.").format(
            yours=percents[0], theirs=percents[1], persona=theirs[0][0]
        )
    else:
        each = _("{persona} said {theirs} %")
        told = [each.format(persona=theirs[i][0], theirs=percents[i + 1]) for i in range(len(theirs))]
        said = _("Of all words, {yours} % were yours; {told}.").format(yours=percents[0], told=together(told))
    labels = [_("You"), *(name for name, _share in theirs)]
    shares = [yours, *(share for _name, share in theirs)]
    return Chart(
        "words",
        _("Who said how much"),
        said,
        _("Share of all words"),
        _parts([(label, f"{n} %", share) for label, n, share in zip(labels, percents, shares, strict=True)]),
    )


def _percents(shares: Sequence[float]) -> list[int]:
    """Whole per cents that make a hundred: each but the last is rounded with those before it."""
    ends, so_far = [], 0.0
    for share in shares[:-1]:
        so_far += share
        ends.append(round(100 * so_far))
    ends.append(100)
    return [end - start for start, end in zip([0, *ends], ends, strict=False)]


def _parts(found: Sequence[tuple[str, str, float]]) -> tuple[Part, ...]:
    total = sum(amount for _label, _figure, amount in found)
    start, parts = 0.0, list[Part]()
    for fill, (label, figure, amount) in zip(FILLS, found, strict=False):
        last = len(parts) == len(found) - 1
        width = round(WIDTH - start if last else WIDTH * amount / total, 1)
        parts.append(Part(label, figure, round(start, 1), width, fill))
        start += width
    return tuple(parts)
