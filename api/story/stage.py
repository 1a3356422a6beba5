"""What every station of the story needs: headings, pauses, choices, and the people and companies on stage."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from api import terminal

if TYPE_CHECKING:
    from api.application import Application
    from api.demo import Seeded
    from approvals.people import Actor

STATIONS = 7
EVENT_PACE = 0.25  # seconds between two events on the screen, so that eyes can follow


@dataclass
class Stage:
    """The opened installation, who is on stage, and whether somebody watches."""

    app: Application
    interactive: bool
    tarrow: Seeded
    ellerby: Seeded
    passwords: dict[str, str] = field(default_factory=dict)
    number: int = 0

    @property
    def pace(self) -> float:
        """Seconds between two events on the screen."""
        return EVENT_PACE if self.interactive else 0.0

    def person(self, login: str) -> Actor:
        """Somebody of Tarrow."""
        return self.tarrow.people[login]

    def station(self, title: str, *sentences: str) -> None:
        """Begin the next part of the story."""
        self.number += 1
        console = terminal.out()
        console.print()
        head = Text(f"{self.number} of {STATIONS}  {title}", style="bold")
        console.print(Rule(head, align="left", style=terminal.ACCENT))
        console.print(Text(" ".join(sentences)))

    def narrate(self, text: str) -> None:
        """The narrator's voice."""
        terminal.out().print(Text(f"\n{text}", style="italic"))

    async def breathe(self) -> None:
        """Wait for the reader."""
        await asyncio.sleep(0)
        if self.interactive:
            terminal.ask("\n… Enter to go on (Ctrl-C leaves)")

    def choose(self, prompt: str, options: Sequence[str]) -> int:
        """Let the person choose; without a person the first option is taken, and that is said.

        Returns:
            The index of the option.
        """
        terminal.say()
        made = Table.grid(padding=(0, 2))
        for number, option in enumerate(options, 1):
            made.add_row(Text(f"  {number}", style=f"bold {terminal.ACCENT}"), Text(option))
        terminal.out().print(made)
        if not self.interactive:
            terminal.say(f"{prompt} 1 (chosen by itself)", style=terminal.QUIET)
            return 0
        while True:
            answer = terminal.ask(prompt, "1")
            if answer.isdigit() and 1 <= int(answer) <= len(options):
                return int(answer) - 1
            terminal.say(f"Please type a number from 1 to {len(options)}.")
