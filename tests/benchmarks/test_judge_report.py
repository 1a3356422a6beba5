"""The README's figures are those of the kept report card, and that is the one of today's judge and labels."""

from __future__ import annotations

import pytest

from agents.build import EnsembleSettings, build_ensemble
from benchmarks.judge_report import BEGIN, END, README, RESULTS, as_markdown, for_readme, kept, with_figures
from examples import COMPANIES
from graphs.judge_report import example_subject, judge_report


def test_the_readme_has_the_figures_of_the_kept_result_and_no_others() -> None:
    readme = README.read_text(encoding="utf-8")
    assert with_figures(readme, kept()) == readme, "run: python -m benchmarks.judge_report --readme"
    assert (RESULTS / "judge_report.md").read_text(encoding="utf-8") == as_markdown(kept())


def test_a_readme_without_its_markers_is_refused() -> None:
    with pytest.raises(ValueError, match="markers"):
        with_figures("# Conductor", kept())
    changed = with_figures(f"before\n{BEGIN}\n| 99 % |\n{END}\nafter", kept())
    assert changed == f"before\n{BEGIN}\n{for_readme(kept())}\n{END}\nafter"


@pytest.mark.parametrize("company", COMPANIES)
async def test_the_kept_result_is_that_of_the_judge_and_the_labels_of_today(company: str) -> None:
    [was] = [each for each in kept() if each["company"] == company]
    now = await judge_report(build_ensemble(EnsembleSettings()), example_subject(company), stressed=0, draws=1)
    why = "run: python -m benchmarks.judge_report, and again with --readme"
    for name in ("labels", "documents", "judge"):
        assert now[name] == was[name], why
    for part in ("held", "tune"):
        for found, before in zip(now[part]["criteria"], was[part]["criteria"], strict=True):
            assert [list(row) for row in found["table"]] == before["table"], why
            assert (found["criterion"], found["abstained"]) == (before["criterion"], before["abstained"]), why
