"""How alike texts are: TF-IDF over runs of three to five letters, with names and figures masked.

Runs of letters tell texts of people from generated ones better than small embeddings do, and need no model. Names and
figures are masked, because they make two copies of one script look different.

Sources: Salton and Buckley (1988), "Term-weighting approaches in automatic text retrieval", Information Processing &
Management 24; Friedman and Dieng (2023), "The Vendi Score", TMLR; Li et al. (2016), "A diversity-promoting objective
function", NAACL (distinct-n).
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

RUNS = (3, 4, 5)
_CHUNK = 4096  # columns of the table that are held at once
_NAME, _FIGURE = "Name", "0"

Matrix = NDArray[np.float64]


def masked(text: str, names: Iterable[str] = ()) -> str:
    """The text with these names (each also part by part) and every figure replaced, in lower case."""
    parts = {part for name in names for part in (name, *name.split()) if len(part) > 1}
    for part in sorted(parts, key=lambda each: (-len(each), each)):
        text = re.sub(rf"\b{re.escape(part)}\b", _NAME, text, flags=re.IGNORECASE)
    return re.sub(r"\d+([.,:]\d+)*", _FIGURE, text).lower()


def cosines(texts: Sequence[str]) -> Matrix:
    """How alike each pair of texts is, in [0, 1]; 1 on the diagonal, also for empty texts.

    Args:
        texts: already masked; the weights of runs come from these texts together.

    Returns:
        A symmetric matrix of shape (texts, texts).
    """
    counted = [_runs(text) for text in texts]
    size = len(texts)
    spread = Counter(run for counts in counted for run in counts)
    place = {run: column for column, run in enumerate(sorted(spread))}
    rarity = np.array([np.log((1 + size) / (1 + spread[run])) + 1 for run in place])
    rows = [
        (np.array([place[run] for run in counts], dtype=np.intp), np.array(list(counts.values()), dtype=np.float64))
        for counts in counted
    ]
    weighed = [(columns, values * rarity[columns]) for columns, values in rows]
    lengths = [float(np.linalg.norm(values)) or 1.0 for _, values in weighed]
    found = np.zeros((size, size))
    for first in range(0, len(place), _CHUNK):
        part = np.zeros((size, _CHUNK))
        for row, (columns, values) in enumerate(weighed):
            here = (columns >= first) & (columns < first + _CHUNK)
            part[row, columns[here] - first] = values[here] / lengths[row]
        found += part @ part.T
    np.fill_diagonal(found, 1.0)
    return np.clip(found, 0.0, 1.0)


def vendi(similarity: Matrix) -> float:
    """The Vendi score of texts from how alike they are: how many different texts there are, in effect, in 1 … n."""
    size = len(similarity)
    if size == 0:
        return 0.0
    shares = np.linalg.eigvalsh(similarity / size)
    shares = shares[shares > 1e-12]
    return float(np.exp(-(shares * np.log(shares)).sum()))


def layout(similarity: Matrix) -> Matrix:
    """Texts as points whose distances come as near to 1 − similarity as a plane allows (classical scaling).

    Source: Torgerson (1952), "Multidimensional scaling: I. Theory and method", Psychometrika 17.

    Args:
        similarity: symmetric, of shape (texts, texts), in [0, 1].

    Returns:
        Of shape (texts, 2), around the origin; each axis points to where its first text that is not at 0 lies.
    """
    size = len(similarity)
    if size == 0:
        return np.zeros((0, 2))
    squared = (1 - similarity) ** 2
    centring = np.eye(size) - 1 / size
    values, vectors = np.linalg.eigh(-centring @ squared @ centring / 2)
    points = np.zeros((size, 2))
    for axis in range(min(2, size)):
        column = vectors[:, -1 - axis] * np.sqrt(max(values[-1 - axis], 0.0))
        far = np.flatnonzero(np.abs(column) > 1e-9)
        points[:, axis] = column * (np.sign(column[far[0]]) if len(far) else 1.0)
    return points


def distinct(texts: Sequence[str], n: int) -> float | None:
    """Share of runs of ``n`` words that are different from each other, over all texts; None where there are none."""
    runs = [tuple(words[i : i + n]) for text in texts for words in [text.split()] for i in range(len(words) - n + 1)]
    return len(set(runs)) / len(runs) if runs else None


def compression_ratio(texts: Sequence[str]) -> float | None:
    """How many times smaller the texts become together when they are compressed; high where they repeat each other."""
    whole = "\n".join(texts).encode()
    return len(whole) / len(zlib.compress(whole, 9)) if whole else None


def _runs(text: str) -> Counter[str]:
    """Runs of letters inside words, where a space stands before and after each word."""
    counts: Counter[str] = Counter()
    for word in text.split():
        padded = f" {word} "
        for length in RUNS:
            if len(padded) <= length:  # the whole word once, however many lengths are longer than it
                counts[padded] += 1
                break
            for start in range(len(padded) - length + 1):
                counts[padded[start : start + length]] += 1
    return counts
