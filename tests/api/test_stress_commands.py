"""``conductor judge stress`` and what goes with it, in the terminal, by the offline rules."""

from __future__ import annotations

import json
from pathlib import Path

from api.commands import command
from api.stress_words import Cell, Column, HeatMap, Row
from api.terminal.studies.stress import heat_map
from tests.api.at_terminal import Office


def test_the_judge_is_put_under_stress_and_it_is_written_down(here: Office, tmp_path: Path) -> None:
    assert "No scenario was judged yet" in here.told("judge", "stress", "--login", "sofia", code=command.REFUSED)
    here.waits()
    data, report = tmp_path / "stress.json", tmp_path / "stress.html"
    done = here.run("judge", "stress", "--login", "sofia", "--json", str(data), "--html", str(report), "--seed", "3")
    assert done.exit_code in (command.OK, command.REFUSED), done.output
    found = json.loads(data.read_text())
    result = found["result"]
    assert done.exit_code == (command.REFUSED if result["standing"] == "fails" else command.OK)
    assert found["plan"]["seed"] == 3
    assert result["cost"] == {"calls": 0, "tokens": 0, "cost": 0}
    assert "it costs nothing" in done.output
    assert found["id"] in report.read_text()
    assert "No approved paraphrase" in " ".join(done.output.split())
    again = here.told("study", "show", found["id"][-8:], "--login", "sofia")
    assert "It sees what was taken away" in again
    assert "Only a strategist" in here.told("judge", "stress", "--login", "maria", code=command.REFUSED)


def test_limits_and_paraphrases_in_the_terminal(here: Office) -> None:
    assert here.data("judge", "limits", "--login", "sofia")["most_flips"] == 0.1
    assert "at most 5 %" in here.told("judge", "limits", "--most-flips", "5", "--login", "sofia")
    assert here.data("judge", "limits", "--login", "sofia")["most_flips"] == 0.05
    assert "between 0 and 100" in here.told(
        "judge", "limits", "--most-noise", "100", "--login", "sofia", code=command.REFUSED
    )
    here.waits()
    passage, other = "Nora sits down in your office", "Nora takes a seat in your office"
    refused = here.told("judge", "paraphrase", passage, other, "--login", "maria", code=command.REFUSED)
    assert "read both" in refused
    assert "Approved as" in here.told("judge", "paraphrase", passage, other, "--read-both", "--login", "maria")
    [made] = here.data("judge", "paraphrases", "--login", "maria")
    assert made["stands_in"] == 1
    assert "takes a seat" in here.told("judge", "paraphrases", "--login", "maria")
    assert "no longer" in here.told("judge", "end-paraphrase", made["id"][-8:], "--login", "maria")
    assert here.data("judge", "paraphrases", "--login", "maria") == []


def test_a_narrow_terminal_gets_the_map_in_parts() -> None:
    columns = tuple(Column(f"P{number}", "x", "must stay") for number in range(9))
    cells = tuple(Cell(1, 2, 3, "") for _ in columns)
    found = HeatMap(columns, (Row("one", (None, *cells[1:])),), Row("", cells))
    wide, [first, second] = heat_map(found, 120), heat_map(found, 80)
    assert [len(each.columns) for each in wide] == [10]
    assert (len(first.columns), len(second.columns)) == (8, 3)
