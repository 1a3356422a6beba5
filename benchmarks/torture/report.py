"""A line of the table for every part."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from benchmarks.torture.people import Ledger
from benchmarks.torture.site import Answers
from benchmarks.torture.truth import Truth

COLUMNS = ("", "database", "done", "lost", "doubled", "half", "5xx", "broken or 503", "s to rest, worst", "holds")


@dataclass
class Line:
    """What was done to an installation, and what came of it."""

    part: str
    database: str
    done: str
    lost: int = 0
    doubled: int = 0
    half: int = 0
    failures: int = 0
    away: int = 0
    worst: float | None = None
    limit: float | None = None
    wrong: list[str] = field(default_factory=list)
    job: str = ""
    full: bool = True
    figures: dict[str, Any] = field(default_factory=dict)

    def take(self, truth: Truth, ledger: Ledger | None, answers: Answers) -> Line:
        """Fill in what was found."""
        self.lost, self.doubled, self.half = len(truth.lost), len(truth.doubled), len(truth.half)
        self.failures = answers.failures
        self.away = answers.statuses[0] + answers.statuses[503]
        self.wrong += [*truth.lost[:5], *truth.doubled[:5], *truth.half[:5], *(ledger.wrong[:5] if ledger else ())]
        self.figures |= {"statuses": dict(answers.statuses), "slowest_answer": round(answers.slowest, 2)}
        return self

    @property
    def holds(self) -> bool:
        """Whether nothing went wrong."""
        late = self.worst is not None and self.limit is not None and self.worst > self.limit
        return not (self.lost or self.doubled or self.half or self.failures or self.wrong or late)

    @classmethod
    def stored(cls, raw: dict[str, Any]) -> Line:
        """A line as it was kept."""
        return cls(**{name: value for name, value in raw.items() if name != "holds"})

    def cells(self) -> list[str]:
        """For the table."""
        worst = "" if self.worst is None else f"{self.worst:.1f}"
        counts = [self.lost, self.doubled, self.half, self.failures, self.away]
        return [self.part, self.database, self.done, *map(str, counts), worst, "yes" if self.holds else "NO"]

    def raw(self) -> dict[str, Any]:
        """For the file of everything measured."""
        return asdict(self) | {"holds": self.holds}
