from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategy.similarity import compression_ratio, cosines, distinct, layout, masked, vendi

WORDS = st.sampled_from(["we", "ask", "before", "we", "advise", "the", "date", "moved", "Nora", "is", "a", "colleague"])
TEXTS = st.lists(st.lists(WORDS, min_size=1, max_size=20).map(" ".join), min_size=2, max_size=6)


def weighed_by_scikit_learn(texts: list[str]) -> Any:
    """Its table: a row for each text, a column for each of their letter groups."""
    from sklearn.feature_extraction.text import TfidfVectorizer  # here: it loads slowly

    return TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), lowercase=False).fit_transform(texts)


@given(TEXTS)
def test_alike_is_what_scikit_learn_finds(texts: list[str]) -> None:
    theirs = weighed_by_scikit_learn(texts)
    expected = (theirs @ theirs.T).toarray()
    assert cosines(texts) == pytest.approx(expected, abs=1e-9)


def test_the_table_is_summed_over_its_chunks() -> None:
    random = np.random.default_rng(3)
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
    texts = [" ".join("".join(random.choice(letters, 8)) for _ in range(400)) for _ in range(4)]
    theirs = weighed_by_scikit_learn(texts)
    assert theirs.shape[1] > 3 * 4096
    assert cosines(texts) == pytest.approx((theirs @ theirs.T).toarray(), abs=1e-9)


def test_names_and_figures_do_not_make_a_copy_look_different() -> None:
    first = masked("Nora Lindt missed the 14:30 call by 9 days; NORA said so.", ["Nora Lindt"])
    second = masked("Marek Oss missed the 9 call by 1,200 days; MAREK said so.", ["Marek Oss"])
    assert first == second
    assert "nora" not in first


def test_empty_texts_are_alike_only_to_themselves() -> None:
    found = cosines(["", "words that say something"])
    assert found.tolist() == [[1.0, 0.0], [0.0, 1.0]]
    assert cosines([]).shape == (0, 0)


def test_vendi_counts_different_texts() -> None:
    assert vendi(np.eye(4)) == pytest.approx(4)
    assert vendi(np.ones((4, 4))) == pytest.approx(1)
    assert vendi(np.zeros((0, 0))) == 0


def test_repetition_shows_in_distinct_and_in_compression() -> None:
    same = ["we ask before we advise"] * 20
    assert distinct(same, 2) == pytest.approx(4 / 80)
    assert distinct(["we ask before you"], 2) == 1
    assert distinct(["we"], 2) is None
    repeated, once = compression_ratio(same), compression_ratio(same[:1])
    assert repeated is not None
    assert once is not None
    assert repeated > 5 * once
    assert compression_ratio([]) is None


def test_a_plane_keeps_distances_that_fit_into_it() -> None:
    corners = np.array([[0.0, 0.0], [0.3, 0.0], [0.0, 0.4], [0.3, 0.4]])
    apart = np.linalg.norm(corners[:, None] - corners[None], axis=2)
    points = layout(1 - apart)
    assert np.linalg.norm(points[:, None] - points[None], axis=2) == pytest.approx(apart, abs=1e-9)


@given(TEXTS)
def test_a_layout_is_finite_and_the_same_every_time(texts: list[str]) -> None:
    found = cosines(texts)
    points = layout(found)
    assert points.shape == (len(texts), 2)
    assert np.isfinite(points).all()
    assert np.array_equal(points, layout(found.copy()))


def test_one_text_lies_in_the_middle_and_none_nowhere() -> None:
    assert layout(np.ones((1, 1))).tolist() == [[0.0, 0.0]]
    assert layout(np.zeros((0, 0))).shape == (0, 2)
