"""``conductor judge report`` from end to end: with offline rules, and with a model that costs money."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import graphs.judge_report
from api.commands import command
from graphs.judge_report import Subject, example_subject
from tests.api.at_terminal import Office
from tests.endpoint.server import Endpoint


@pytest.fixture(autouse=True)
def few_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three texts of each company are enough to see what is printed."""

    def few(company: str) -> Subject:
        found = example_subject(company)
        return replace(found, labelled=found.labelled.model_copy(update={"texts": found.labelled.texts[5:8]}))

    monkeypatch.setattr(graphs.judge_report, "example_subject", few)


def test_the_report_of_the_offline_judge_in_words_and_as_a_page(here: Office, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    told = here.told("judge", "report", "--company", "Ellerby", "--stressed", "1", "--details", "--html", str(page))
    assert "Ellerby Mutual Care: offline rules" in told
    assert "On held-out texts the judge gave our level in" in told
    assert "too few labels" in told
    assert "Agreement beyond chance (AC2, 95 % interval)" in told
    assert "Asked again" in told
    assert "it cost nothing" in told
    assert "judge \\ label" in told
    assert "same question always has the same answer" in told
    html = page.read_text(encoding="utf-8")
    assert html.lstrip().startswith("<!doctype html>")
    assert "Asked again" in html
    assert "<script" not in html
    assert "http" not in html.replace("http://www.w3.org", "")


def test_both_companies_as_json(here: Office) -> None:
    found = here.data("judge", "report", "--stressed", "0")
    assert [each["company"] for each in found] == ["tarrow", "ellerby"]
    assert all(each["judge"]["player"] == "offline" and each["stress"] is None for each in found)


def test_a_company_that_is_none_and_a_file_that_cannot_be_written(here: Office) -> None:
    assert "Did you mean 'ellerby'" in here.told("judge", "report", "-c", "elerby", code=command.USAGE)
    assert "can be written" in here.told("judge", "report", "--html", "nowhere/at/all.html", code=command.USAGE)


@pytest.fixture
def dear(here: Office, endpoint: Endpoint) -> Endpoint:
    """A judge that costs money."""
    at = "CONDUCTOR_MODELS__ALIGNMENT__"
    for name, value in (
        ("PLAYER", "model"),
        ("MODEL__BASE_URL", endpoint.url),
        ("MODEL__MODEL", "scripted-1"),
        ("MODEL__INPUT_PRICE", "1"),
        ("MODEL__OUTPUT_PRICE", "2"),
    ):
        here.patch.setenv(at + name, value)
    return endpoint


def test_a_model_is_asked_only_after_its_price_was_told_and_never_twice(here: Office, dear: Endpoint) -> None:
    asking = ("judge", "report", "-c", "ellerby", "--samples", "1", "--stressed", "0")
    here.gone()
    told = here.told(*asking, code=command.REFUSED)
    assert "at most" in told
    assert "EUR" in told
    assert "Add --yes" in told
    assert dear.requests == []
    here.answers("n")
    here.told(*asking, code=command.REFUSED)
    assert dear.requests == []
    here.answers("y")
    told = here.told(*asking)
    asked = len(dear.requests)
    assert asked > 10
    assert f"{asked} calls" in told
    assert "the model scripted-1" in told
    again = here.data(*asking, "--yes")
    assert len(dear.requests) == asked
    assert again[0]["cost"]["asked"] == 0
