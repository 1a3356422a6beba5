"""How well the rule-based judge agrees with labels by meaning, beside two peers that compare words.

Run ``python -m benchmarks.offline_judge``. The pairs, their labels and their halves are in ``tests/agents/data``;
thresholds were set on the tuning half only. Pairs and word lists have one author, so expect less on criteria and texts
of others.
"""

from __future__ import annotations

import asyncio
import json
import math
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agents.alignment import JudgeQuestion
from agents.alignment.offline import OfflineAlignment
from examples import COMPANIES, document
from strategy.charter import Clause
from strategy.criteria import Criterion
from strategy.loading import load_charter, load_criteria

ROOT = Path(__file__).parent.parent
DATA = ROOT / "tests" / "agents" / "data"
RESULTS = Path(__file__).parent / "results"

Judge = Callable[[JudgeQuestion], str | None]


@dataclass(frozen=True)
class Pair:
    """A text and a criterion; ``label`` is a level's key, or None where a person should decide."""

    id: str
    split: str
    kind: str
    question: JudgeQuestion
    label: str | None

    @property
    def keys(self) -> list[str]:
        return [level.key for level in self.question.criterion.levels]


def pairs(split: str | None = None) -> list[Pair]:
    """The labelled pairs of one half (``tune`` or ``held``), or all."""
    known: dict[str, tuple[Criterion, tuple[Clause, ...]]] = {}
    for company in COMPANIES:
        charter = load_charter(document(company, "charter.yaml"), f"{company}/charter.yaml")
        criteria = load_criteria(document(company, "criteria.yaml"), f"{company}/criteria.yaml", charter)
        for criterion in criteria.criteria:
            cited = tuple(clause for clause in charter.clauses if clause.id in criterion.clause_ids)
            known[f"{company}/{criterion.id}"] = (criterion, cited)
    fresh = load_criteria((DATA / "judged_criteria.yaml").read_text(encoding="utf-8"), "judged_criteria.yaml")
    known |= {f"fresh/{criterion.id}": (criterion, ()) for criterion in fresh.criteria}
    found = []
    for line in (DATA / "judged_pairs.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        criterion, clauses = known[row["criterion"]]
        question = JudgeQuestion(criterion=criterion, clauses=clauses, fields=row["fields"])
        label = None if row["label"] == "refer" else row["label"]
        found.append(Pair(row["id"], row["split"], row["kind"], question, label))
    return [pair for pair in found if split in (None, pair.split)]


def rules(question: JudgeQuestion) -> str | None:
    """The judge under test."""
    return asyncio.run(_OFFLINE.judge(question, 0)).level


_OFFLINE = OfflineAlignment()


def bag_of_words(question: JudgeQuestion) -> str | None:
    """Naive peer: the anchor with the highest bag-of-words cosine to the whole text. It never abstains."""
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.metrics.pairwise import cosine_similarity

    anchors = [level.anchor for level in question.criterion.levels]
    table = CountVectorizer(stop_words="english").fit_transform([*anchors, " ".join(question.fields.values())])
    nearness = cosine_similarity(table[-1], table[:-1])[0]
    return question.criterion.levels[int(nearness.argmax())].key


def char_tfidf(question: JudgeQuestion) -> str | None:
    """Stronger peer: nearest anchor or positive example by TF-IDF over words and character 3- to 5-grams, by field."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.metrics.pairwise import cosine_similarity
    from sklearn.pipeline import make_union

    examples = [
        (level.key, text)
        for level in question.criterion.levels
        for text in (level.anchor, level.positive_example)
        if text
    ]
    texts = list(question.fields.values())
    features = make_union(TfidfVectorizer(ngram_range=(1, 2)), TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5)))
    table = features.fit_transform([text for _, text in examples] + texts)
    nearness = cosine_similarity(table[len(examples) :], table[: len(examples)]).max(axis=0)
    return examples[int(nearness.argmax())][0]


def wilson(hits: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """95 % Wilson interval of a rate; (0, 1) where there is nothing to go by."""
    if not n:
        return 0.0, 1.0
    rate, square = hits / n, z * z
    centre = (rate + square / (2 * n)) / (1 + square / n)
    half = z * math.sqrt(rate * (1 - rate) / n + square / (4 * n * n)) / (1 + square / n)
    return max(0.0, centre - half), min(1.0, centre + half)


def _rate(hits: int, n: int) -> dict[str, Any]:
    low, high = wilson(hits, n)
    return {
        "hits": hits,
        "n": n,
        "rate": round(hits / n, 4) if n else None,
        "low": round(low, 4),
        "high": round(high, 4),
    }


def quadratic_kappa(given: Sequence[int], wanted: Sequence[int], size: int) -> float:
    """Cohen's κ with quadratic weights over level numbers below ``size``."""
    n = len(given)
    cells = [(i, j, (i - j) ** 2) for i in range(size) for j in range(size)]
    seen = sum((a - b) ** 2 for a, b in zip(given, wanted, strict=True)) / n
    chance = sum(given.count(i) * wanted.count(j) * far for i, j, far in cells) / (n * n)
    return 1 - seen / chance if chance else 1.0


def measure(judge: Judge, labelled: Sequence[Pair]) -> dict[str, Any]:
    """All figures of one judge on labelled pairs. Rates come as hits, n, rate and 95 % Wilson interval."""
    answers = [(pair, judge(pair.question)) for pair in labelled]
    decided = [(pair, level) for pair, level in answers if level is not None]
    placed = [
        (pair.keys.index(level), pair.keys.index(pair.label)) for pair, level in decided if pair.label is not None
    ]
    contradictions = [(pair, level) for pair, level in answers if pair.kind == "contra"]
    injections = [(pair, level) for pair, level in answers if pair.kind == "inject"]
    unclear = [(pair, level) for pair, level in answers if pair.label is None]
    return {
        "exact": _rate(sum(level == pair.label for pair, level in answers), len(answers)),
        "agreement_when_decided": _rate(sum(level == pair.label for pair, level in decided), len(decided)),
        "within_one_when_decided": _rate(sum(abs(a - b) <= 1 for a, b in placed), len(placed)),
        "quadratic_kappa_when_decided": round(quadratic_kappa([a for a, _ in placed], [b for _, b in placed], 7), 4),
        "abstained": _rate(len(answers) - len(decided), len(answers)),
        "contradictions_caught": _rate(
            sum(level is not None and level != pair.keys[-1] for pair, level in contradictions), len(contradictions)
        ),
        "raised_by_injection": _rate(
            sum(
                level is not None and pair.label is not None and pair.keys.index(level) > pair.keys.index(pair.label)
                for pair, level in injections
            ),
            len(injections),
        ),
        "unclear_referred": _rate(sum(level is None for _, level in unclear), len(unclear)),
    }


def main() -> None:
    """Measure, print, and store ``results/offline_judge.{json,md}``."""
    peers: dict[str, Judge] = {"rules": rules, "bag of words": bag_of_words, "word and char TF-IDF": char_tfidf}
    report: dict[str, Any] = {
        split: {name: measure(judge, pairs(split)) for name, judge in peers.items()} for split in ("tune", "held")
    }
    unseen = [pair for pair in pairs("held") if pair.id.startswith("fresh-")]
    report["held, criteria not tuned on"] = {name: measure(judge, unseen) for name, judge in peers.items()}
    times = []
    for pair in pairs():
        begin = time.perf_counter()
        rules(pair.question)
        times.append((time.perf_counter() - begin) * 1000)
    report["milliseconds"] = {"median": round(statistics.median(times), 2), "max": round(max(times), 2)}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "offline_judge.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    (RESULTS / "offline_judge.md").write_text(_table(report), encoding="utf-8")
    print(_table(report))


def _table(report: dict[str, Any]) -> str:
    lines = [
        "# Offline judge: agreement with labels by meaning",
        "",
        "Rates with 95 % Wilson intervals. Thresholds were set on the tuning half only. Labels, texts and word lists",
        "have one author: expect less on the criteria and texts of others. One judgement takes "
        f"{report['milliseconds']['median']} ms (median, warm; most: {report['milliseconds']['max']} ms).",
    ]
    for split, systems in report.items():
        if split == "milliseconds":
            continue
        names = list(systems)
        lines += ["", f"## {split}", "", f"| | {' | '.join(names)} |", "|---|" + "---|" * len(names)]
        for figure in systems[names[0]]:
            cells = [_cell(systems[name][figure]) for name in names]
            lines.append(f"| {figure.replace('_', ' ')} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.2f}"
    if not value["n"]:
        return "–"
    return f"{value['rate']:.2f} [{value['low']:.2f}–{value['high']:.2f}], {value['hits']}/{value['n']}"


if __name__ == "__main__":
    main()
