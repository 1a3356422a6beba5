"""A practice in the terminal: the scene, a reply as it is spoken, hints, the debrief, and what stayed unsaid."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text

from api import terminal

if TYPE_CHECKING:
    from practice.debrief import Debrief, ObjectiveResult
    from practice.unsaid import Unsaid

HELP = (
    ("/hint", "help with the next thing to say; each further one says more"),
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


def card(*, title: str, setting: str, role: str, goal: str, persona: str, player: str) -> Panel:
    """What a learner reads before the first word."""
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


def debrief_page(debrief: Debrief, player: str) -> Group:
    """The debrief: per objective the level with the learner's own words, and one next step."""
    parts: list[RenderableType] = [Text(debrief.opening)] if debrief.opening else []
    for result in debrief.objectives:
        parts += [Text(), _objective(result)]
    if debrief.total is not None:
        whole = debrief.share_scored >= 0.999
        scope = "" if whole else f", from {terminal.percent(debrief.share_scored)} of the weights"
        parts.append(Text(f"\nAltogether: {terminal.percent(debrief.total)}{scope}", style="bold"))
    else:
        parts.append(Text("\nNothing could be scored: no quote of yours shows an objective.", style="bold"))
    if debrief.priorities:
        parts.append(Text("\nWorth trying first:", style="bold"))
        parts += [Text(f"  • {each}") for each in debrief.priorities]
    if debrief.next_action:
        parts.append(Text("Next: ", style="bold") + Text(debrief.next_action))
    talked = f"You said {debrief.learner_turns} {'thing' if debrief.learner_turns == 1 else 'things'}"
    if debrief.talk_ratio is not None:
        talked += f" and {terminal.percent(debrief.talk_ratio)} of all words"
    counted = ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in debrief.counts.items() if count)
    parts.append(Text(f"\n{talked}{f'; seen: {counted}' if counted else ''}.", style=terminal.QUIET))
    parts.append(Text(f"{debrief.notice} Words by: {player}; every score by code.", style=terminal.QUIET))
    return Group(*parts)


def unsaid_page(found: Iterable[Unsaid]) -> Group:
    """Which concerns opened, by which words, and which never did."""
    parts: list[RenderableType] = []
    for each in found:
        if each.opened:
            parts.append(
                Text("● ", style=terminal.GOOD)
                + Text(each.fact)
                + Text(f"\n  opened in turn {each.turn} by your words: “{each.quote}”", style=terminal.GOOD)
            )
        else:
            place = f" (it came up in turn {each.turn})" if each.turn else ""
            line = Text("○ ", style=terminal.WARN) + Text(each.fact)
            line.append(f"\n  never said{place}", style=terminal.WARN)
            if each.might_have_opened:
                line.append(f"\n  might have opened it: “{each.might_have_opened}”")
            parts.append(line)
    return Group(*parts)


def _objective(result: ObjectiveResult) -> Padding:
    head = Text(result.text, style="bold")
    if result.scored and result.level is not None:
        head.append(f"\n{result.level.replace('_', ' ')}: {result.anchor}", style=terminal.ACCENT)
    else:
        head.append(f"\nnot scored: {result.reason_text}", style=terminal.WARN)
    for quote in result.quotes:
        head.append(f"\n  turn {quote.turn}: “{quote.quote}”")
    for quote_text in result.not_found:
        head.append("\n  ✗ ", style=terminal.BAD)
        head.append(f"“{quote_text}”", style=f"strike {terminal.BAD}")
        head.append(" not in what you said", style=terminal.BAD)
    told = " ".join(part for part in (result.situation, result.behaviour, result.impact) if part)
    if told:
        head.append(f"\n{told}", style="")
    if result.next_step:
        head.append(f"\n→ {result.next_step}", style="italic")
    return Padding(head, (0, 0, 0, 2))
