"""A text to be labelled in the terminal: the criteria with their levels, and nothing that a judge said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.text import Text

from api import terminal
from api.figures import plain
from api.terminal.review import reading

if TYPE_CHECKING:
    from graphs.blinding import ToLabel

UNKNOWN = "?"  # typed where a person cannot tell


def blind_note() -> Text:
    """Why there is no verdict to see."""
    return Text(
        "You say your own level for each criterion first; then you see what the judge said.", style=terminal.ACCENT
    )


def blind_page(content: Mapping[str, Any], asked: Sequence[ToLabel]) -> Group:
    """The text, and the levels to choose from."""
    parts: list[RenderableType] = [Text(str(content.get("title", "")), style="bold"), blind_note(), reading(content)]
    for each in asked:
        parts.append(Text(f"\n{each.criterion_id}: {each.question}", style="bold"))
        parts += [
            Text("* " if each.said == level.key else "  ")
            + Text(level.key, style=terminal.ACCENT)
            + f"  {level.anchor}"
            for level in each.levels
        ]
    return Group(*parts)


def how_to_label(identifier: str, asked: Sequence[ToLabel]) -> str:
    """The command that says it."""
    example = " ".join(f"{each.criterion_id}={each.levels[-1].key}" for each in asked[:1])
    rest = " …" if len(asked) > 1 else ""
    return (
        f"\nSay yours: {terminal.program()} judge label {terminal.short(identifier)} {example}{rest}\n"
        f"'{UNKNOWN}' instead of a level says that you cannot tell."
    )


def ask_levels(asked: Sequence[ToLabel]) -> dict[str, str | None]:
    """Ask for a level of each criterion.

    Raises:
        Left: the person ended the dialogue; nothing is said then.
    """
    said: dict[str, str | None] = {}
    for each in asked:
        keys = [level.key for level in each.levels]
        prompt = f"{plain(each.criterion_id)} ({', '.join(keys)}; {UNKNOWN} if you cannot tell):"
        while True:
            typed = terminal.ask(prompt, each.said or None).strip().lower().replace(" ", "_")
            if typed == UNKNOWN or typed in keys:
                break
            terminal.complain(f"'{typed}' is no level.", f"Use one of: {', '.join(keys)}, or {UNKNOWN}.")
        said[each.criterion_id] = None if typed == UNKNOWN else typed
    return said
