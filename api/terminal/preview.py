"""A preview and the grounds of criteria, in the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rich.text import Text

from api import preview_words, terminal
from api.figures import plain, share

if TYPE_CHECKING:
    from graphs.foreseen import PreviewView
    from graphs.grounds import Grounds

MOST = 30  # flips that are listed


def show_preview(preview: PreviewView) -> None:
    """Print the sentence first, then the flips, then the figures."""
    found = preview.shown
    terminal.say(found.sentence, style="bold")
    if preview.stale:
        terminal.say(f"This preview is stale. {preview.stale}", style=terminal.WARN)
    terminal.say(preview_words.change_told(found.change))
    for note in found.notes:
        terminal.say(note, style=terminal.QUIET)
    if found.flips:
        made = terminal.table("Id ends", "Text", "Decision", "Would go", "Read by", keep=("Id ends", "Would go"))
        lines = []
        for each in found.flips[:MOST]:
            turn = Text(f"{plain(each.before)} → {plain(each.after)}", style=terminal.BAD if each.reversal else "")
            lines.append(
                (
                    terminal.short(each.checkpoint_id),
                    each.title,
                    preview_words.flip_told(each),
                    turn,
                    preview.read.get(each.checkpoint_id, "nobody yet" if each.reversal else ""),
                )
            )
        terminal.say()
        terminal.out().print(terminal.rows(made, lines))
        if len(found.flips) > MOST:
            terminal.say(f"… and {len(found.flips) - MOST} more; --json has all of them.", style=terminal.QUIET)
    terminal.say()
    terminal.say(preview_words.headline(found.overall))
    for each_told in preview_words.agreement_told(found):
        terminal.say(each_told)
    for criterion in found.by_criterion:
        before, after = share(criterion.before), share(criterion.after)
        few = "" if criterion.enough else f" ({criterion.n} labels: too few)"
        terminal.say(f"{plain(criterion.criterion_id)}: {before} → {after}{few}", style=terminal.QUIET)
    if preview.digest:
        terminal.say(f"Preview {preview.digest}", style=terminal.QUIET)


def show_text(title: str, fields: Mapping[str, str]) -> None:
    """Print a text to be read."""
    terminal.say()
    terminal.say(title, style="bold")
    for name, text in fields.items():
        terminal.out().print(Text(f"{name}: ", style=terminal.QUIET) + Text(text))


def show_grounds(grounds: Grounds) -> None:
    """Print on what criteria are, or would be, put in force."""
    for each in preview_words.grounds_told(grounds):
        terminal.say(each)
    if grounds.provisional:
        terminal.say(preview_words.provisional_told(grounds), style=terminal.WARN)
        for each in grounds.why:
            terminal.say(f"· {each}", style=terminal.QUIET)
    if grounds.lacks:
        terminal.say("Still missing:", style="bold")
        for each in preview_words.lacks_told(grounds.lacks):
            terminal.say(f"· {each}")
