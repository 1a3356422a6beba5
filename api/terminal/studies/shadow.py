"""What a shadow run brought, in the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api import terminal


def show(result: Mapping[str, Any], plan: Mapping[str, Any]) -> None:
    """Say how much was judged, and where the preview is."""
    texts, number = int(result["texts"]), plan["criteria"]["number"]
    read = "one text" if texts == 1 else f"{texts} texts"
    terminal.say(f"The judge has read {read} under criteria version {number}.", style="bold")
    if result["failed"]:
        terminal.say(f"{result['failed']} questions had no answer.", style=terminal.WARN)
    terminal.say(f"What it would change: {terminal.program()} strategy preview {number}", style=terminal.ACCENT)
