"""What the conformance suite finds, in a terminal: while it runs, and as a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.status import Status
from rich.text import Text

from api import terminal
from api.figures import plain
from api.players import ROLES, STATES, trusted_with

if TYPE_CHECKING:
    from types import TracebackType

    from agents.conformance.report import Finding, Report
    from graphs.fitness import Standing

LONGEST = 240  # characters of one text of a sample, unless all of it is asked for
MOST_SAMPLES = 2  # of one probe, likewise
_LOOKS = {
    "good": ("✓ good", terminal.GOOD),
    "weak": ("• weak", terminal.WARN),
    "bad": ("✗ bad", terminal.BAD),
    "not asked": ("– not asked", terminal.QUIET),
}
_STYLES = {"pass": terminal.GOOD, "provisional": terminal.WARN, "unfit": terminal.BAD}


class Progress:
    """A line that says what was found last; where nobody watches, one line for each probe."""

    def __init__(self, role: str, *, quiet: bool) -> None:
        self._role, self._quiet, self._count = role, quiet, 0
        console = terminal.out()
        self._status = Status(Text(f"{role}: asking …"), console=console) if console.is_terminal and not quiet else None

    def __enter__(self) -> Progress:
        if self._status is not None:
            self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._status is not None:
            self._status.stop()

    def found(self, finding: Finding) -> None:
        """Tell of one probe."""
        if self._quiet:
            return
        self._count += 1
        said = f"{self._role}: {plain(finding.probe)} {_LOOKS[finding.outcome.value][0]}"
        if self._status is not None:
            self._status.update(Text(f"{said} ({self._count} probes so far)"))
        else:
            terminal.say(said)


def show_report(report: Report, now: Standing, *, everything: bool = False) -> None:
    """Print a report and what follows from it.

    Args:
        report: as the suite made it.
        now: the role as it stands with this report.
        everything: samples of every probe, and in full; else only of what went wrong, shortened.
    """
    terminal.say()
    terminal.say(f"{ROLES[report.role]}: model {report.model} at {report.endpoint}", style="bold")
    if report.reach != "reached":
        said = report.findings[0].detail if report.findings else "Its endpoint cannot be reached."
        terminal.say(f"Not reached, so nothing is known and nothing was stored. {said}", style=terminal.BAD)
        return
    made = terminal.table("Probe", "Outcome", "What was seen", keep=("Probe", "Outcome"))
    lines = []
    for finding in report.findings:
        word, style = _LOOKS[finding.outcome.value]
        lines.append((plain(finding.probe), Text(word, style=style), finding.detail))
    terminal.out().print(terminal.rows(made, lines))
    for finding in report.findings:
        if everything or finding.outcome.value in ("weak", "bad"):
            _samples(finding, in_full=everything)
    state = report.fitness.value
    used = report.usage
    terminal.say()
    terminal.say(f"{report.role}: {STATES[state]}. {trusted_with(now)}", style=f"bold {_STYLES[state]}")
    tokens = used.input_tokens + used.output_tokens
    terminal.say(f"{used.calls} calls, {tokens} tokens, {report.seconds:.0f} s. Suite {report.suite}.")


def _samples(finding: Finding, *, in_full: bool) -> None:
    if finding.samples:
        terminal.say(f"\n{plain(finding.probe)}:", style=terminal.ACCENT)
    for sample in finding.samples if in_full else finding.samples[:MOST_SAMPLES]:
        for label, text in (("asked", sample.asked), ("replied", sample.replied), ("remark", sample.remark)):
            if text:
                shown = text if in_full or len(text) <= LONGEST else f"{text[:LONGEST]} …"
                terminal.out().print(Text(f"  {label}: ", style=terminal.QUIET) + Text(" ".join(_clean(shown).split())))


def _clean(text: str) -> str:
    """Without control characters: a model wrote it, and a terminal obeys some of them."""
    return "".join(char if char.isprintable() else " " for char in text)
