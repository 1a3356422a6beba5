"""What the suite says: sentences from a file, with the figures put in."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any, cast

from agents.conformance.report import Finding, Outcome, Sample
from evidence.yaml_documents import read_document

_MOST_SAMPLES = 6
_MOST_SHOWN = 600  # characters of one side of an exchange


@cache
def _sentences() -> Mapping[str, Mapping[str, str]]:
    text = (resources.files("agents.conformance") / "sentences.yaml").read_text(encoding="utf-8")
    return cast("Mapping[str, Mapping[str, str]]", read_document(text, "sentences.yaml").data)


def questions() -> Mapping[str, str]:
    """What each probe asks, as a person reads it: probe → question."""
    return {probe: said["question"] for probe, said in _sentences().items() if "question" in said}


def sentence(probe: str, key: str, **values: Any) -> str:
    """One sentence with its values put in."""
    return " ".join(_sentences()[probe][key].format(**values).split())


def finding(probe: str, outcome: Outcome, key: str, samples: Sequence[Sample] = (), **values: Any) -> Finding:
    """A finding in words; of its samples those with a remark come first, because they are why it is as it is."""
    shown = sorted(samples, key=lambda sample: not sample.remark)[:_MOST_SAMPLES]
    return Finding(probe=probe, outcome=outcome, detail=sentence(probe, key, **values), samples=tuple(shown))


def sample(asked: str, replied: str, remark: str = "") -> Sample:
    """One exchange, shortened where it is long."""
    return Sample(asked=_short(asked), replied=_short(replied), remark=_short(remark))


def small(n: int) -> str:
    """How much ``n`` samples without a fault leave open, in words.

    The bound is exact: with this share of faults, ``n`` samples show none in one of twenty checks.
    """
    return sentence("common", "small", n=n, most=math.floor(100 * (1 - 0.05 ** (1 / n))) if n else 100)


def _short(text: str) -> str:
    text = text.strip()
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN].rstrip()} …"
