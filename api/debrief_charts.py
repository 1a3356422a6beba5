"""Two small charts of a debrief: who said how much, and which questions were asked; a table has the same numbers."""

from __future__ import annotations

from dataclasses import dataclass

from api.wording import _
from practice.debrief import Debrief

WIDTH = 300  # of a whole bar, in the units of its drawing
CELLS = 20  # of a whole bar, in the terminal


@dataclass(frozen=True)
class Part:
    """One piece of a bar: ``start`` and ``width`` in the drawing's units, ``figure`` as people read it."""

    label: str
    figure: str
    start: float
    width: float


@dataclass(frozen=True)
class Chart:
    """A bar of two parts; ``said`` is all of it in one sentence."""

    key: str
    title: str
    said: str
    measure: str
    parts: tuple[Part, Part]

    def cells(self) -> tuple[int, int]:
        """How many of ``CELLS`` characters each part takes."""
        first = round(CELLS * self.parts[0].width / WIDTH)
        return first, CELLS - first


def charts(debrief: Debrief, persona: str) -> list[Chart]:
    """The charts there is anything to draw for."""
    found = []
    if debrief.talk_ratio is not None:
        yours = round(100 * debrief.talk_ratio)
        found.append(
            Chart(
                "words",
                _("Who said how much"),
                _("Of all words, {yours} % were yours and {theirs} % were said by {persona}.").format(
                    yours=yours, theirs=100 - yours, persona=persona
                ),
                _("Share of all words"),
                _parts((_("You"), f"{yours} %", debrief.talk_ratio), (persona, f"{100 - yours} %")),
            )
        )
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
                _parts(
                    (_("Open questions"), str(opened), opened / (opened + closed)), (_("Closed questions"), str(closed))
                ),
            )
        )
    return found


def _parts(first: tuple[str, str, float], second: tuple[str, str]) -> tuple[Part, Part]:
    width = round(WIDTH * first[2], 1)
    return Part(first[0], first[1], 0, width), Part(*second, start=width, width=round(WIDTH - width, 1))
