"""How well the detectors find each behaviour, beside a naive peer that only looks for a question mark and a few words.

Run ``python -m benchmarks.detectors``. The utterances are in ``tests/practice/data``, labelled by meaning before the
rules ever saw them. Rules were tuned on the ``tune`` split only, but one person wrote the utterances and the word
lists, so even the ``held`` split flatters. Fairest are those written after the rules were finished: no rule was changed
because of them, and behaviours that live by their wording (confrontation, blame, affirmation) are visibly weaker there
than questions and reflections, which live by their form. Expect less again on the speech of others.

The spoken sets are of another kind: professionals who talk with people about change, labelled for questions and
reflections only (``tests/practice/data/README.md``).

How the labels were given: a question is open if it invites an account, closed if a yes, a name, a number or a choice
answers it; "Tell me about …" is open; a rhetorical question is none. A reflection gives back what the other said, and
is complex if it adds a meaning or a feeling. Naming or validating the other's feeling is an acknowledgement as well.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from practice.detectors import available_languages, load_pack, observe
from practice.observation import Behaviour

DATA = Path(__file__).parents[1] / "tests" / "practice" / "data"
RESULTS = Path(__file__).parent / "results"
POOLED = "reflection"
_REFLECTIONS = {Behaviour.SIMPLE_REFLECTION.value, Behaviour.COMPLEX_REFLECTION.value}
_NAIVE = ("open_question", "closed_question", POOLED)
_WH = {
    "en": r"\b(?:what|how|why|which|who|when|where)\b",
    "de": r"\b(?:was|wie|warum|wieso|welche\w?|wer|wann|wo)\b",
    "es": r"\b(?:qu[ée]|c[óo]mo|cu[áa]l\w*|qui[ée]n\w*|cu[áa]ndo|d[óo]nde)\b",
    "fr": r"\b(?:qu['’]est|que|quoi|comment|pourquoi|quel\w*|qui|quand|où)\b",
}
_LIKE = {
    "en": r"\b(?:sounds like|so you)\b",
    "de": r"\b(?:klingt|also)\b",
    "es": r"\b(?:parece que|entonces)\b",
    "fr": r"\b(?:on dirait|donc)\b",
}

Row = dict[str, Any]
Observer = Callable[[Row], set[str]]


@dataclass(frozen=True)
class Score:
    """How often a behaviour was found rightly, wrongly, or missed."""

    found: int = 0
    wrong: int = 0
    missed: int = 0

    @property
    def precision(self) -> float:
        return self.found / (self.found + self.wrong) if self.found + self.wrong else 0.0

    @property
    def recall(self) -> float:
        return self.found / (self.found + self.missed) if self.found + self.missed else 0.0

    @property
    def f1(self) -> float:
        total = 2 * self.found + self.wrong + self.missed
        return 2 * self.found / total if total else 0.0


def rows(language: str) -> list[Row]:
    """The labelled utterances of a language."""
    text = (DATA / f"utterances.{language}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def by_rules(language: str) -> Observer:
    """The detectors."""
    pack = load_pack(language)
    return lambda row: {o.behaviour.value for o in observe(row["text"], pack=pack, previous=row["previous"])}


def naively(language: str) -> Observer:
    """The peer: '?' with a question word is open, another '?' is closed, "sounds like" or "so you" reflects."""

    def seen(row: Row) -> set[str]:
        text = row["text"].lower()
        found = {"complex_reflection"} if re.search(_LIKE[language], text) else set()
        if "?" in text:
            found.add("open_question" if re.search(_WH[language], text) else "closed_question")
        return found

    return seen


def scores(chosen: Iterable[Row], observer: Observer) -> dict[str, Score]:
    """The score of each behaviour, utterance by utterance; simple and complex reflections also count together."""
    counts: dict[str, Counter[str]] = {}
    for row in chosen:
        wanted, found = set(row["labels"]), observer(row)
        for behaviours in (wanted, found):
            if behaviours & _REFLECTIONS:
                behaviours.add(POOLED)
        for behaviour in wanted | found:
            what = "found" if behaviour in wanted & found else "wrong" if behaviour in found else "missed"
            counts.setdefault(behaviour, Counter())[what] += 1
    return {name: Score(c["found"], c["wrong"], c["missed"]) for name, c in counts.items()}


def parts(all_rows: list[Row]) -> dict[str, list[Row]]:
    """The subsets that are measured, by name."""
    held = [row for row in all_rows if row["split"] == "held"]
    found = {
        "tune": [row for row in all_rows if row["split"] == "tune"],
        "held": held,
        "held, written after the rules": [row for row in held if "written" in row],
    }
    for who in ("native", "learner"):
        if chosen := [row for row in held if row.get("speaker", row.get("english")) == who]:
            found[f"held, {who}"] = chosen
    return found


def measure() -> dict[str, Any]:
    """Every figure: language, subset, behaviour."""
    results: dict[str, Any] = {}
    for language in available_languages():
        for part, chosen in parts(rows(language)).items():
            ours, naive = scores(chosen, by_rules(language)), scores(chosen, naively(language))
            results.setdefault(language, {})[part] = {
                "utterances": len(chosen),
                "behaviours": {name: _figures(name, ours, naive) for name in [*Behaviour, POOLED] if name in ours},
            }
    for part in ("tune", "held"):
        chosen = [row for row in spoken() if row["split"] == part]
        ours, naive = scores(chosen, by_rules("en")), scores(chosen, naively("en"))
        results["en"][f"spoken, {part}"] = {
            "utterances": len(chosen),
            "behaviours": {name: _figures(name, ours, naive) for name in _NAIVE},
        }
    return results


def spoken() -> list[Row]:
    """The labelled utterances of spoken, professional talk; a reflection there is of no particular kind."""
    text = (DATA / "spoken.en.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def _figures(name: str, ours: dict[str, Score], naive: dict[str, Score]) -> dict[str, Any]:
    score = ours[name]
    figures: dict[str, Any] = {
        "labelled": score.found + score.missed,
        "precision": round(score.precision, 3),
        "recall": round(score.recall, 3),
        "f1": round(score.f1, 3),
    }
    if name in _NAIVE:
        figures["naive_f1"] = round(naive.get(name, Score()).f1, 3)
    return figures


def table(language: str, part: str, result: dict[str, Any]) -> Table:
    """One subset as a table for the terminal."""
    drawn = Table(title=f"{language} · {part} · {result['utterances']} utterances", title_justify="left")
    drawn.add_column("behaviour")
    for heading in ("labelled", "precision", "recall", "F1", "naive F1"):
        drawn.add_column(heading, justify="right")
    for cells in _cells(result):
        drawn.add_row(*cells)
    return drawn


def markdown(results: dict[str, Any]) -> str:
    """All subsets as Markdown."""
    lines = ["# Detectors", ""]
    lines += [paragraph.replace("\n", " ").replace("``", "`").strip() + "\n" for paragraph in _paragraphs()]
    for language, its_parts in results.items():
        for part, result in its_parts.items():
            lines += [f"## {language}: {part} ({result['utterances']} utterances)", ""]
            lines += ["| behaviour | labelled | precision | recall | F1 | naive F1 |", "|---|---:|---:|---:|---:|---:|"]
            lines += [*(f"| {' | '.join(cells)} |" for cells in _cells(result)), ""]
    return "\n".join(lines).rstrip() + "\n"


def _paragraphs() -> list[str]:
    """What a reader of the figures has to know: this module's own account of itself, without its first line."""
    return (__doc__ or "").split("\n\n")[1:]


def _cells(result: dict[str, Any]) -> list[list[str]]:
    return [
        [
            name.replace("_", " "),
            str(figures["labelled"]),
            *(f"{figures[key]:.2f}" for key in ("precision", "recall", "f1")),
            f"{figures['naive_f1']:.2f}" if "naive_f1" in figures else "",
        ]
        for name, figures in result["behaviours"].items()
    ]


def main() -> None:
    """Measure, print, and store."""
    results = measure()
    console = Console()
    for language, its_parts in results.items():
        for part, result in its_parts.items():
            console.print(table(language, part, result))
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "detectors.json").write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    (RESULTS / "detectors.md").write_text(markdown(results), encoding="utf-8")


if __name__ == "__main__":
    main()
