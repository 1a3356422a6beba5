"""A practice in the terminal: the scene, a reply as it is spoken, hints, the debrief, and what stayed unsaid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text

from api import terminal

if TYPE_CHECKING:
    from api.debrief_charts import Chart
    from api.debriefs import Told
    from practice.debrief import Debrief
    from practice.retrying import Retried
    from practice.unsaid import Unsaid

FILLS = "█░▒·"  # of the parts of a bar, in the order of ``api.debrief_charts.FILLS``
HELP = (
    ("/hint", "help with the next thing to say; each further one says more"),
    ("/simpler", "ask the other person to say it more simply"),
    ("/pause", "leave for now; come back with `conductor practice`"),
    ("/stop", "end here without feedback; you can read the debrief later"),
    ("/finish", "end the scene, reflect, and read the debrief"),
    ("/help", "this list"),
)


class Speech:
    """Prints a reply as its pieces arrive, wrapped at words."""

    def __init__(self, speaker: str) -> None:
        self._console = terminal.out()
        self._speaker = speaker
        self._word = ""
        self._column = 0
        self._begin()

    def _begin(self) -> None:
        head = f"{self._speaker}: "
        self._console.print(Text(head, style=f"bold {terminal.ACCENT}"), end="")
        self._column = len(head)
        self._word = ""

    def add(self, piece: str) -> None:
        """Take the next piece; a word is printed once it is whole."""
        for char in piece:
            if char.isspace():
                self._flush()
            else:
                self._word += char

    def again(self) -> None:
        """Code took the reply back; it is spoken anew."""
        self._console.print(Text(" … (taken back by code, and said again)", style=terminal.QUIET))
        self._begin()

    def end(self) -> None:
        """Finish the line."""
        self._flush()
        self._console.print()

    def _flush(self) -> None:
        if not self._word:
            return
        if self._column + len(self._word) > self._console.width - 1 and self._column:
            self._console.print()
            self._column = 0
        self._console.print(Text(self._word + " "), end="", soft_wrap=True)
        self._column += len(self._word) + 1
        self._word = ""


def before(notes: Sequence[str]) -> Text:
    """What is good to know before beginning; nothing where the scenario has no such notes."""
    from api.scene_words import BEFORE

    return Text("\n").join([Text(f"{BEFORE}:", style="bold"), *(Text(f"• {note}") for note in notes)])


def card(*, title: str, setting: str, role: str, goal: str, persona: str, player: str) -> Panel:
    """What a learner reads before the first word; ``persona`` names everybody."""
    body = Text(f"{setting}\n\n")
    body.append("You: ", style="bold")
    body.append(f"{role}\n")
    body.append("Your goal: ", style="bold")
    body.append(f"{goal}\n")
    body.append("You talk to: ", style="bold")
    body.append(f"{persona}, played by {player}, not by a person\n")
    body.append("No colleague can read this.", style=terminal.QUIET)
    return Panel(body, title=Text(title, style="bold"), title_align="left", border_style=terminal.ACCENT)


def commands() -> None:
    """List what can be typed besides words."""
    for name, what in HELP:
        terminal.out().print(Text(f"  {name:<9}", style=terminal.ACCENT) + Text(what))


def debrief_page(
    debrief: Debrief,
    player: str,
    *,
    reflection: str = "",
    goal: str = "",
    skill: Retried | None = None,
    people: Sequence[str] = ("the other person",),
) -> Group:
    """The debrief: the learner's own view, what happened, what the words showed, and one next step; each thing once."""
    from api.debrief_charts import charts
    from api.debriefs import decisive, goal_told, held_told, told
    from api.scene_words import spoke_with

    parts: list[RenderableType] = []
    if reflection:
        parts += [_head("Your own view"), Text(reflection, style="italic")]
    if goal:
        parts.append(Text(goal_told(goal)))
    happened = f"{spoke_with(people, debrief.opening)} {debrief.opening} {_counted(debrief)}"
    parts += [_head("What happened"), Text(happened.strip())]
    parts += [_drawn(each) for each in charts(debrief, people)]
    parts.append(_head("What your words showed"))
    parts += [_objective(each) for each in told(debrief)]
    if debrief.total is None:
        parts.append(Text("Nothing could be scored: no quote of yours shows an objective."))
    else:
        whole = debrief.share_scored >= 0.999
        scope = "" if whole else f", from {terminal.percent(debrief.share_scored)} of the weights"
        parts.append(Text(f"Altogether: {terminal.percent(debrief.total)}{scope}"))
    parts += [Text(each) for each in decisive(debrief)]
    if debrief.next_action:
        parts += [_head("One next step"), Text(debrief.next_action)]
    if skill is not None:
        parts.append(Text(held_told(skill)))
    by = f"Words by: {player}; every score by code. {debrief.by_rules}".rstrip()
    parts.append(Text(f"\n{debrief.notice} {by}", style=terminal.QUIET))
    return Group(*parts)


def _head(text: str) -> Text:
    return Text(f"\n{text}", style=f"bold {terminal.ACCENT}")


def _drawn(chart: Chart) -> Text:
    """A chart as one line of full and light characters, with both figures beside it."""
    yours, *theirs = chart.parts
    line = Text(f"{chart.title}: {yours.label} {yours.figure} ")
    for cells, fill in zip(chart.cells(), FILLS, strict=False):
        line.append(fill * cells, style=terminal.ACCENT if fill == FILLS[0] else terminal.QUIET)
    keys = ["", ""] if len(theirs) == 1 else [f"{fill} " for fill in FILLS[1:]]
    return line.append(
        " " + ", ".join(f"{key}{each.label} {each.figure}" for key, each in zip(keys, theirs, strict=False))
    )


def _counted(debrief: Debrief) -> str:
    said = f"You said {debrief.learner_turns} {'thing' if debrief.learner_turns == 1 else 'things'}"
    names = [f"{name.replace('_', ' ')}{f' ×{n}' if n > 1 else ''}" for name, n in debrief.counts.items() if n]
    return f"{said}. " + (f"Code noticed: {', '.join(names)}." if names else "")


def unsaid_page(found: Sequence[Unsaid], people: Sequence[str]) -> Group:
    """Which concerns opened, by which words, and which never did; ``people`` are the names of everybody."""
    from api.scene_words import might_have_opened, unsaid_lead

    opened = [each for each in found if each.opened]
    closed = [each for each in found if not each.opened]
    parts: list[RenderableType] = [Text(unsaid_lead(found, people))]
    if opened:
        parts.append(_head("What opened, and your words that did it"))
    for each in opened:
        parts.append(
            Text("● ", style=terminal.GOOD)
            + Text(f"{each.person}: {each.fact}" if each.person else each.fact)
            + Text(f"\n  turn {each.turn}: “{each.quote}” ({each.behaviour.replace('_', ' ')})", style=terminal.GOOD)
            + Text(f"\n  try another way from turn {each.try_from}", style=terminal.QUIET)
        )
    if closed:
        parts.append(_head("What stayed closed, and what might have opened it"))
    for each in closed:
        line = Text("○ ", style=terminal.WARN) + Text(f"{each.person}: {each.fact}" if each.person else each.fact)
        if each.might_have_opened:
            line.append(f"\n  {might_have_opened(each)} “{each.might_have_opened}”")
        if each.turn:
            line.append(f"\n  you last came near it in turn {each.turn}", style=terminal.QUIET)
        line.append(f"\n  try from turn {each.try_from}", style=terminal.QUIET)
        parts.append(line)
    return Group(*parts)


def _objective(told: Told) -> Padding:
    result = told.result
    head = Text(result.text if told.headed else "", style="bold")
    newline = "\n" if told.headed else ""
    if result.scored and result.level is not None:
        head.append(f"\n{result.level.replace('_', ' ')}: {result.anchor}", style=terminal.ACCENT)
    else:
        head.append(f"{newline}not scored: {result.reason_text}", style=terminal.WARN)
        if result.would_show:
            head.append(f" {result.would_show}")
    if told.said:
        head.append("\n")
    for piece in told.said:
        head.append(f"{piece.text} (turn {piece.turn})" if piece.turn else piece.text)
    for quote in told.quotes:
        head.append(f"\n  turn {quote.turn}: “{quote.quote}”")
    if told.elsewhere:
        turns = " and ".join(str(turn) for turn in told.elsewhere)
        head.append(f"\nYour words of turn {turns}, quoted elsewhere here, show this, too.", style=terminal.QUIET)
    if result.differs:
        head.append(f"\n{result.differs}", style=terminal.QUIET)
    for quote in result.added:
        head.append(f"\n  turn {quote.turn}: “{quote.quote}” (the coach's model points to it; not scored)")
    for quote_text in result.not_found:
        head.append("\n  ✗ ", style=terminal.BAD)
        head.append(f"“{quote_text}”", style=f"strike {terminal.BAD}")
        head.append(" not in what you said", style=terminal.BAD)
    return Padding(head, (0, 0, 1, 2))
